"""Links by which people say what they agree to, without a login."""

import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.vocabulary
import registry.sealed
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0004_certificate_v2"),
        ("registry", "0023_consent_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="PreferenceLink",
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
                (
                    "scope",
                    models.CharField(
                        default=governance.policy.vocabulary.Scope["ORDINARY"],
                        editable=False,
                        max_length=16,
                    ),
                ),
                ("collected_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sealed", models.BinaryField(default=b"")),
                ("digest", models.BinaryField()),
                ("kind", models.CharField(max_length=12)),
                ("channel", models.CharField(blank=True, max_length=12)),
                ("asked", models.UUIDField(blank=True, null=True)),
                ("expires_on", models.DateField(blank=True, null=True)),
                (
                    "controller",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.controller",
                    ),
                ),
                (
                    "purpose",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.purpose",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.datasource",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.datasubject",
                    ),
                ),
            ],
            options={
                "verbose_name": "preference link",
                "verbose_name_plural": "preference links",
                "indexes": [models.Index(fields=["subject"], name="link_by_subject")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "digest"), name="one_link_per_token"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("asked__isnull", True),
                                ("kind", "preferences"),
                                ("purpose__isnull", True),
                            ),
                            models.Q(
                                ("asked__isnull", True),
                                ("kind", "unsubscribe"),
                                ("purpose__isnull", False),
                            ),
                            models.Q(
                                ("asked__isnull", False),
                                ("kind", "confirm"),
                                ("purpose__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="link_says_what_it_can_do",
                    ),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
    ]
