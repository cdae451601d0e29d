import django.db.models.deletion
import governance.crypto.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0002_initial"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="IntakeKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=governance.crypto.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("public", models.BinaryField()),
                ("published_at", models.DateTimeField()),
                (
                    "controller",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.controller",
                    ),
                ),
            ],
            options={
                "verbose_name": "intake key",
                "verbose_name_plural": "intake keys",
            },
        ),
    ]
