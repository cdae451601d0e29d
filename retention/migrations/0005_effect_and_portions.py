import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0041_objection_to_a_channel"),
        ("retention", "0004_second_approval"),
    ]

    operations = [
        migrations.AddField(
            model_name="retentionrun",
            name="draft",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="registry.activityversion",
            ),
        ),
        migrations.AddField(
            model_name="retentionrun",
            name="most_people",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
