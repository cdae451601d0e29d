"""Backups of the main database are noted, and what is to be repeated after a restore is told."""

import django.db.models.deletion
from django.db import migrations, models

import governance.crypto.ids


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_disclosures")]
    operations = [
        migrations.CreateModel(
            name="Backup",
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
                ("begun_at", models.DateTimeField(verbose_name="begun at")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
            ],
            options={
                "verbose_name": "backup",
                "verbose_name_plural": "backups",
                "indexes": [models.Index(fields=["begun_at"], name="backup_by_begin")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(finished_at__isnull=True)
                        | models.Q(finished_at__gte=models.F("begun_at")),
                        name="backup_ends_after_it_began",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("body", models.JSONField()),
                (
                    "controller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.controller",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of the outbox",
                "verbose_name_plural": "lines of the outbox",
                "db_table": "registry_outbox",
            },
        ),
    ]
