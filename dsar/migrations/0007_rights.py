"""Families of requests, two more rights, refusals decided by two, supplementary statements."""

import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0015_case_documents"),
        ("registry", "0023_consent_ledger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
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
                ("act", models.CharField(max_length=12)),
                ("ground", models.CharField(max_length=24)),
                ("record", models.CharField(blank=True, max_length=60)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("is_accepted", models.BooleanField(blank=True, null=True)),
                ("closed_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "proposal",
                "verbose_name_plural": "proposals",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="Statement",
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
                ("request", models.UUIDField()),
                ("record", models.CharField(blank=True, max_length=60)),
                ("row", models.UUIDField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "supplementary statement",
                "verbose_name_plural": "supplementary statements",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name="subjectrequest",
            name="known_right",
        ),
        migrations.AddField(
            model_name="subjectrequest",
            name="family",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="subjectrequest",
            index=models.Index(
                condition=models.Q(("family__isnull", False)),
                fields=["family"],
                name="requests_of_family",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "right__in",
                        [
                            governance.policy.vocabulary.Right["ACCESS"],
                            governance.policy.vocabulary.Right["RECTIFICATION"],
                            governance.policy.vocabulary.Right["ERASURE"],
                            governance.policy.vocabulary.Right["RESTRICTION"],
                            governance.policy.vocabulary.Right["PORTABILITY"],
                            governance.policy.vocabulary.Right["OBJECTION"],
                            governance.policy.vocabulary.Right["HUMAN_REVIEW"],
                            governance.policy.vocabulary.Right["WITHDRAWAL"],
                            governance.policy.vocabulary.Right["COMPLAINT"],
                            governance.policy.vocabulary.Right["QUESTION"],
                        ],
                    )
                ),
                name="known_right",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="proposals",
                to="dsar.subjectrequest",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasource",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasource",
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["request"], name="proposals_of_request"),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(fields=["subject"], name="proposals_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("act__in", ["refuse", "refuse_part"])),
                name="known_act_of_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="proposal_is_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("is_accepted", None),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("is_accepted__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="proposal_is_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)),
                fields=("controller", "request", "act", "record"),
                name="one_open_proposal_of_a_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["subject"], name="statements_of_subject"),
        ),
    ]
