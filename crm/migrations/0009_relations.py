"""How people stand to the house: stages, accounts, handles, and where fields came from."""

import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.lifecycle
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0008_desks_and_priorities"),
        ("registry", "0029_categories_by_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountRole",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("stands_as", models.CharField(max_length=10)),
                ("active_from", models.DateField()),
                ("active_to", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "role of an account",
                "verbose_name_plural": "roles of accounts",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="AccountUser",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("active_to", models.DateField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "user of an account",
                "verbose_name_plural": "users of accounts",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="FieldOrigin",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("row", models.UUIDField()),
                ("field", models.CharField(max_length=40)),
            ],
            options={
                "verbose_name": "origin of a field",
                "verbose_name_plural": "origins of fields",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="HandleLink",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("network", models.CharField(max_length=12)),
                ("shown_by", models.CharField(max_length=6)),
                ("token", models.BinaryField()),
                ("code", models.BinaryField(default=b"")),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("linked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "linked handle",
                "verbose_name_plural": "linked handles",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="SharedCase",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("shared_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "shared case",
                "verbose_name_plural": "shared cases",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="StageEvent",
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
                ("origin_key", models.BinaryField(blank=True, null=True)),
                ("stage", models.CharField(max_length=12)),
                ("came_from", models.CharField(blank=True, max_length=12)),
                ("ground", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "stage of a relation",
                "verbose_name_plural": "stages of relations",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name="contact",
            name="known_contact_stage",
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stage__in",
                        [
                            governance.policy.lifecycle.LifeStage["LEAD"],
                            governance.policy.lifecycle.LifeStage["PROSPECT"],
                            governance.policy.lifecycle.LifeStage["CUSTOMER"],
                            governance.policy.lifecycle.LifeStage["ADVOCATE"],
                            governance.policy.lifecycle.LifeStage["FORMER"],
                            "employee",
                        ],
                    )
                ),
                name="known_contact_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to__isnull", True),
                    ("active_from__isnull", True),
                    ("active_to__gte", models.F("active_from")),
                    _connector="OR",
                ),
                name="membership_ends_after_it_began",
            ),
        ),
        migrations.AddField(
            model_name="accountrole",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="crm.account"
            ),
        ),
        migrations.AddField(
            model_name="accountrole",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="accountrole",
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
            model_name="accountrole",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="accountuser",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="users", to="crm.account"
            ),
        ),
        migrations.AddField(
            model_name="accountuser",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="accountuser",
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
            model_name="accountuser",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="accountuser",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="fieldorigin",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="fieldorigin",
            name="noted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="fieldorigin",
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
            model_name="fieldorigin",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="handlelink",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="handlelink",
            name="linked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="handlelink",
            name="point",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="crm.contactpoint",
            ),
        ),
        migrations.AddField(
            model_name="handlelink",
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
            model_name="handlelink",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="sharedcase",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="crm.account"
            ),
        ),
        migrations.AddField(
            model_name="sharedcase",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="shared", to="crm.case"
            ),
        ),
        migrations.AddField(
            model_name="sharedcase",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="sharedcase",
            name="shared_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sharedcase",
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
            model_name="sharedcase",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="stageevent",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="stageevent",
            name="moved_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="stageevent",
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
            model_name="stageevent",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddIndex(
            model_name="accountrole",
            index=models.Index(fields=["subject"], name="roles_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="accountrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stands_as__in", ("customer", "supplier", "partner", "press", "other"))
                ),
                name="known_role_of_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("active_to__isnull", True),
                    ("active_to__gte", models.F("active_from")),
                    _connector="OR",
                ),
                name="account_role_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountrole",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active_to__isnull", True)),
                fields=("controller", "account", "stands_as"),
                name="one_running_role_of_a_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="accountuser",
            index=models.Index(fields=["subject"], name="users_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="accountuser",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active_to__isnull", True)),
                fields=("controller", "staff"),
                name="one_account_per_user",
            ),
        ),
        migrations.AddIndex(
            model_name="fieldorigin",
            index=models.Index(fields=["subject"], name="origins_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="fieldorigin",
            constraint=models.UniqueConstraint(
                fields=("controller", "row", "field"), name="one_origin_per_field"
            ),
        ),
        migrations.AddIndex(
            model_name="handlelink",
            index=models.Index(fields=["subject"], name="handles_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="handlelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("network__in", ("x", "instagram", "facebook"))),
                name="network_of_handle",
            ),
        ),
        migrations.AddConstraint(
            model_name="handlelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("shown_by__in", ("code", "oauth", "agent"))),
                name="known_way_to_show",
            ),
        ),
        migrations.AddConstraint(
            model_name="handlelink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("linked_at__isnull", True), ("point__isnull", False), _connector="OR"
                ),
                name="linked_handle_has_its_point",
            ),
        ),
        migrations.AddConstraint(
            model_name="handlelink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("shown_by", "agent"), _negated=True),
                    ("linked_by__isnull", False),
                    _connector="OR",
                ),
                name="handle_shown_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="handlelink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("linked_at__isnull", False),
                    models.Q(("expires_at__isnull", False), ("shown_by", "code")),
                    _connector="OR",
                ),
                name="only_a_code_is_waited_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="handlelink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("linked_at__isnull", False)),
                fields=("controller", "token"),
                name="one_person_per_handle",
            ),
        ),
        migrations.AddIndex(
            model_name="sharedcase",
            index=models.Index(fields=["subject"], name="shared_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="sharedcase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("controller", "case", "account"),
                name="shared_once_with_an_account",
            ),
        ),
        migrations.AddIndex(
            model_name="stageevent",
            index=models.Index(fields=["subject", "at"], name="stages_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="stageevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "stage__in",
                        [
                            governance.policy.lifecycle.LifeStage["LEAD"],
                            governance.policy.lifecycle.LifeStage["PROSPECT"],
                            governance.policy.lifecycle.LifeStage["CUSTOMER"],
                            governance.policy.lifecycle.LifeStage["ADVOCATE"],
                            governance.policy.lifecycle.LifeStage["FORMER"],
                        ],
                    )
                ),
                name="known_life_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="stageevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "came_from__in",
                        [
                            "",
                            governance.policy.lifecycle.LifeStage["LEAD"],
                            governance.policy.lifecycle.LifeStage["PROSPECT"],
                            governance.policy.lifecycle.LifeStage["CUSTOMER"],
                            governance.policy.lifecycle.LifeStage["ADVOCATE"],
                            governance.policy.lifecycle.LifeStage["FORMER"],
                        ],
                    )
                ),
                name="known_earlier_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="stageevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("came_from", ""), ("ground", "")),
                    models.Q(
                        models.Q(("came_from", ""), _negated=True),
                        (
                            "ground__in",
                            [
                                governance.policy.lifecycle.Needs["TURNED_TO_US"],
                                governance.policy.lifecycle.Needs["CONTRACT"],
                                governance.policy.lifecycle.Needs["RECOMMENDED"],
                                governance.policy.lifecycle.Needs["NOTHING_RUNS"],
                                governance.policy.lifecycle.Needs["RECOMMENDS_NO_MORE"],
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="known_ground_of_a_move",
            ),
        ),
    ]
