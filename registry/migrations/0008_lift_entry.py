"""What the log said of a hold or a restriction waits until the keystore can be shown it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_suppression")]
    operations = [
        migrations.CreateModel(
            name="StopEntry",
            fields=[
                ("reference", models.UUIDField(primary_key=True, serialize=False)),
                ("entry", models.UUIDField()),
                ("is_lift", models.BooleanField()),
                (
                    "controller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.controller",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry about a stop",
                "verbose_name_plural": "entries about stops",
            },
        ),
    ]
