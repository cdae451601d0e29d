"""What people are told about their cases, sealed to their codes."""

import django.db.models.deletion
import governance.crypto.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0011_clock_by_letter"),
        ("registry", "0023_consent_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseDocument",
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
                ("request", models.UUIDField()),
                ("digest", models.BinaryField()),
                ("public", models.BinaryField()),
                ("blob", models.BinaryField(default=b"")),
                ("told", models.CharField(blank=True, max_length=64)),
                ("expires_on", models.DateField()),
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
                "verbose_name": "case document",
                "verbose_name_plural": "case documents",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "digest"), name="one_case_document_per_token"
                    ),
                    models.UniqueConstraint(
                        fields=("controller", "request"), name="one_case_document_per_request"
                    ),
                ],
            },
        ),
    ]
