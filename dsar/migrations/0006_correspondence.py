"""Letters to and from people about their requests."""

import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0005_preference_links"),
        ("registry", "0023_consent_ledger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correspondence",
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
                ("direction", models.CharField(default="out", max_length=3)),
                ("kind", models.CharField(max_length=24)),
                ("channel", models.CharField(max_length=12)),
                ("language", models.CharField(max_length=5)),
                ("state", models.CharField(default="waiting", max_length=8)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("written_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("closed_on", models.DateField(blank=True, null=True)),
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
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to="dsar.subjectrequest",
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
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
                "indexes": [
                    models.Index(
                        condition=models.Q(("not_before__isnull", False)),
                        fields=["not_before"],
                        name="letters_to_send",
                    ),
                    models.Index(fields=["request"], name="letters_of_request"),
                    models.Index(fields=["subject"], name="letters_of_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "sent", "failed", "handed", "received"])
                        ),
                        name="known_state_of_letter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("direction", "in"), ("state", "received")),
                            models.Q(
                                ("direction", "out"), models.Q(("state", "received"), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="only_letters_in_are_received",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "failed"]),
                            ("sent_at__isnull", False),
                            _connector="OR",
                        ),
                        name="letter_that_went_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("not_before__isnull", True), ("state", "waiting"), _connector="OR"
                        ),
                        name="only_waiting_letters_are_sent",
                    ),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
    ]
