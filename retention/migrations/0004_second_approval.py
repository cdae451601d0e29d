import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("retention", "0003_notifications"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="retentionrun", name="known_run_state"),
        migrations.AddConstraint(
            model_name="retentionrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["previewed", "approved", "running", "waiting", "done", "failed"],
                    )
                ),
                name="known_run_state",
            ),
        ),
        migrations.AddField(
            model_name="retentionrun",
            name="second_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="retentionrun",
            name="second_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="retentionrun",
            name="second_approval",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="retentionrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_by__isnull", True),
                    models.Q(("second_by", models.F("approved_by")), _negated=True),
                    _connector="OR",
                ),
                name="run_approved_by_two",
            ),
        ),
    ]
