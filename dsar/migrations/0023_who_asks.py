"""Who asks: signs of identity, codes, documents; who acts for whom; death and prohibitions."""

import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.identity
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dsar", "0022_texts_for_letters"),
        ("registry", "0024_house_holidays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Death",
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
                ("died_on", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
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
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "verbose_name": "death",
                "verbose_name_plural": "deaths",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("controller", "subject"), name="one_death_a_person"
                    )
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="IdentityCode",
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
                ("point", models.BinaryField()),
                ("challenge", models.BinaryField(default=bytes)),
                ("to_person", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="codes",
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
            ],
            options={
                "verbose_name": "code sent to a contact point",
                "verbose_name_plural": "codes sent to contact points",
                "indexes": [
                    models.Index(fields=["subject"], name="codes_of_subject"),
                    models.Index(fields=["point", "asked_at"], name="codes_to_point"),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="IdentityEvidence",
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
                ("kind", models.CharField(max_length=12)),
                ("was_asked", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("destroy_on", models.DateField()),
                ("destroyed_at", models.DateTimeField(blank=True, null=True)),
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
                        related_name="documents",
                        to="dsar.subjectrequest",
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "verbose_name": "document of identity",
                "verbose_name_plural": "documents of identity",
                "indexes": [
                    models.Index(fields=["subject"], name="documents_of_subject"),
                    models.Index(
                        condition=models.Q(("destroyed_at__isnull", True)),
                        fields=["destroy_on"],
                        name="documents_to_destroy",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["identity", "mandate", "certificate", "other"])
                        ),
                        name="known_kind_of_document",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("seen_at__isnull", True),
                            ("destroyed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="seen_is_destroyed",
                    ),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="IdentityProof",
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
                ("means", models.CharField(max_length=16)),
                ("point", models.BinaryField(default=bytes)),
                ("at", models.DateTimeField()),
                ("place", models.PositiveSmallIntegerField()),
                ("closed_on", models.DateField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        related_name="proofs",
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
            ],
            options={
                "verbose_name": "sign of identity",
                "verbose_name_plural": "signs of identity",
                "indexes": [
                    models.Index(fields=["request"], name="proofs_of_request"),
                    models.Index(fields=["subject"], name="proofs_of_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "means__in",
                                [
                                    governance.policy.identity.Means["ACCOUNT"],
                                    governance.policy.identity.Means["KNOWN_CONTACT"],
                                    governance.policy.identity.Means["CODE"],
                                    governance.policy.identity.Means["CALLED_BACK"],
                                    governance.policy.identity.Means["DOCUMENT"],
                                    governance.policy.identity.Means["IN_PERSON"],
                                    governance.policy.identity.Means["DECISION"],
                                ],
                            )
                        ),
                        name="known_means_of_proof",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("means", governance.policy.identity.Means["CODE"]), _negated=True
                            ),
                            ("by__isnull", True),
                            _connector="OR",
                        ),
                        name="machine_compares_codes",
                    ),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="PostMortemProhibition",
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
                ("rights", models.JSONField()),
                ("said_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("revoked_on", models.DateField(blank=True, null=True)),
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
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "verbose_name": "prohibition after death",
                "verbose_name_plural": "prohibitions after death",
                "indexes": [models.Index(fields=["subject"], name="prohibitions_of_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rights", []), _negated=True),
                        name="prohibition_is_specific",
                    )
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="RefusedAttempt",
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
                ("at", models.DateTimeField()),
                ("place", models.PositiveSmallIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                        related_name="attempts",
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
            ],
            options={
                "verbose_name": "refused attempt",
                "verbose_name_plural": "refused attempts",
                "indexes": [
                    models.Index(fields=["request"], name="attempts_of_request"),
                    models.Index(fields=["subject"], name="attempts_of_subject"),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="Representation",
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
                ("behalf", models.CharField(max_length=16)),
                ("state", models.CharField(default="claimed", max_length=12)),
                ("by_person", models.BooleanField(default=False)),
                ("capacity", models.CharField(blank=True, max_length=12)),
                ("since", models.PositiveSmallIntegerField(default=0)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                ("valid_until", models.DateField(blank=True, null=True)),
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="representation",
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
                    "verified_by",
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
                "verbose_name": "representation",
                "verbose_name_plural": "representations",
                "indexes": [models.Index(fields=["subject"], name="representations_of_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "behalf__in",
                                [
                                    governance.policy.identity.Behalf["SELF"],
                                    governance.policy.identity.Behalf["CHILD"],
                                    governance.policy.identity.Behalf["WARD"],
                                    governance.policy.identity.Behalf["MANDATE"],
                                    governance.policy.identity.Behalf["DECEASED"],
                                    governance.policy.identity.Behalf["COMPANY_CONTACT"],
                                ],
                            )
                        ),
                        name="known_behalf",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["claimed", "verified", "not_verified"])),
                        name="known_representation_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "capacity__in",
                                [
                                    "",
                                    governance.policy.identity.Capacity["OWN_INTEREST"],
                                    governance.policy.identity.Capacity["PROTECTION"],
                                    governance.policy.identity.Capacity["FAMILY"],
                                    governance.policy.identity.Capacity["DEFENCE"],
                                ],
                            )
                        ),
                        name="known_capacity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "verified"), _negated=True),
                            ("verified_at__isnull", False),
                            _connector="OR",
                        ),
                        name="verified_at_a_time",
                    ),
                ],
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
    ]
