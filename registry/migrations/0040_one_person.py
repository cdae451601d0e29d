"""Two files of one person: the merge, who leads, and what was carried over."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.consents
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0031_warranty_and_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
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
                ("pair", models.UUIDField()),
                ("other", models.UUIDField()),
                ("state", models.CharField(default="proposed", max_length=8)),
                ("likeness", models.SmallIntegerField()),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("is_leading", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name="consentevent",
            name="known_consent_mechanism",
        ),
        migrations.AddField(
            model_name="datasubject",
            name="person",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="objection",
            name="merge",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="datasubject",
            index=models.Index(
                condition=models.Q(("person__isnull", False)),
                fields=["person"],
                name="files_of_one_person",
            ),
        ),
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(
                condition=models.Q(("merge__isnull", False)),
                fields=["merge"],
                name="objection_by_merge",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "method__in",
                        [
                            governance.policy.consents.Mechanism["FORM"],
                            governance.policy.consents.Mechanism["PHONE"],
                            governance.policy.consents.Mechanism["PAPER"],
                            governance.policy.consents.Mechanism["IN_PERSON"],
                            governance.policy.consents.Mechanism["IMPORT"],
                            governance.policy.consents.Mechanism["REQUEST"],
                            governance.policy.consents.Mechanism["DOUBLE_OPT_IN"],
                            governance.policy.consents.Mechanism["PREFERENCES"],
                            governance.policy.consents.Mechanism["ONE_CLICK"],
                            governance.policy.consents.Mechanism["MERGE"],
                        ],
                    )
                ),
                name="known_consent_mechanism",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="merge",
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
            model_name="merge",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="merge",
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
            model_name="merge",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["pair"], name="merge_by_pair"),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("is_leading", True), ("state", "proposed")),
                fields=["controller", "pair"],
                name="open_merge_proposals",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["proposed", "refused", "merged", "undone"])),
                name="known_merge_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "proposed")),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="merge_decided_by_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "undone"), _negated=True),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="merge_undone_by_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["proposed", "merged"])),
                fields=("controller", "subject", "other"),
                name="one_merge_per_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_leading", False), ("state", "merged")),
                fields=("controller", "subject"),
                name="one_file_to_follow",
            ),
        ),
    ]
