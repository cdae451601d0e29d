"""What the gate in full decides by: provisions, messages sent, checks of the register, emergencies."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.provisions
import governance.policy.vocabulary
import registry.sealed
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0012_safeguard_is_typed"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmergencyAccess",
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
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("ends_at", models.DateTimeField(verbose_name="ends at")),
                (
                    "reviewed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reviewed at"),
                ),
                ("verdict", models.CharField(blank=True, max_length=12, verbose_name="verdict")),
            ],
            options={
                "verbose_name": "emergency access",
                "verbose_name_plural": "emergency accesses",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="OppositionCheck",
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
                ("channel", models.CharField(max_length=12)),
                ("token", models.UUIDField()),
                ("checked_on", models.DateField()),
                ("enrolled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "answer of the register of oppositions",
                "verbose_name_plural": "answers of the register of oppositions",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.CreateModel(
            name="OppositionList",
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
                ("channel", models.CharField(max_length=12, verbose_name="channel")),
                (
                    "sha256",
                    models.CharField(
                        max_length=64,
                        validators=[django.core.validators.RegexValidator("^[0-9a-f]{64}$")],
                        verbose_name="SHA-256 of the file",
                    ),
                ),
                ("checked_on", models.DateField(verbose_name="answered on")),
                ("lines", models.PositiveIntegerField(verbose_name="lines")),
                ("enrolled", models.PositiveIntegerField(verbose_name="of these enrolled")),
                ("matched", models.PositiveIntegerField(verbose_name="of these of people held")),
                (
                    "imported_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="imported at"
                    ),
                ),
            ],
            options={
                "verbose_name": "check of the register of oppositions",
                "verbose_name_plural": "checks of the register of oppositions",
            },
        ),
        migrations.CreateModel(
            name="Provision",
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
                ("country", models.CharField(default="IT", max_length=2, verbose_name="country")),
                ("parameter", models.CharField(max_length=40, verbose_name="parameter")),
                ("value", models.CharField(blank=True, max_length=200, verbose_name="value")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                (
                    "entered_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="entered at"
                    ),
                ),
            ],
            options={
                "verbose_name": "provision",
                "verbose_name_plural": "provisions",
            },
        ),
        migrations.CreateModel(
            name="Sending",
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
                ("channel", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "message sent",
                "verbose_name_plural": "messages sent",
            },
            bases=(registry.sealed.SealedRow, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name="restriction",
            name="told_before_lifting",
        ),
        migrations.AddField(
            model_name="activityversion",
            name="despite_restriction",
            field=models.CharField(
                blank=True,
                max_length=20,
                verbose_name="although processing is restricted (Art. 18(2))",
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="soft_opt_in",
            field=models.BooleanField(
                default=False,
                help_text="Without consent, to addresses that were given with a sale.",
                verbose_name="own similar products (art. 130(4) Codice)",
            ),
        ),
        migrations.AddField(
            model_name="qualifyingevent",
            name="ended_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="qualifyingevent",
            name="soft_opt_in_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="activityversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "despite_restriction__in",
                        [
                            "",
                            governance.policy.vocabulary.RestrictionException["LEGAL_CLAIMS"],
                            governance.policy.vocabulary.RestrictionException["RIGHTS_OF_OTHERS"],
                            governance.policy.vocabulary.RestrictionException["PUBLIC_INTEREST"],
                        ],
                    )
                ),
                name="known_exception_from_restriction",
            ),
        ),
        migrations.AddConstraint(
            model_name="restriction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at__isnull", True),
                    models.Q(
                        ("informed_at__isnull", False),
                        ("informed_at__lte", models.F("lifted_at")),
                    ),
                    _connector="OR",
                ),
                name="told_before_lifting",
            ),
        ),
        migrations.AddField(
            model_name="emergencyaccess",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="emergencyaccess",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="emergencyaccess",
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
            model_name="emergencyaccess",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="emergencyaccess",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="oppositioncheck",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="oppositioncheck",
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
            model_name="oppositioncheck",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddField(
            model_name="oppositionlist",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="oppositionlist",
            name="imported_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="oppositioncheck",
            name="list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="registry.oppositionlist",
            ),
        ),
        migrations.AddField(
            model_name="provision",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="provisions",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="provision",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="controller",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="purpose",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.purpose"
            ),
        ),
        migrations.AddField(
            model_name="sending",
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
            model_name="sending",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.datasubject",
            ),
        ),
        migrations.AddIndex(
            model_name="emergencyaccess",
            index=models.Index(fields=["subject"], name="emergency_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("opened_at"))), name="emergency_ends"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by__isnull", True),
                    models.Q(("reviewed_by", models.F("staff")), _negated=True),
                    _connector="OR",
                ),
                name="reviewed_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("reviewed_at__isnull", True),
                        ("reviewed_by__isnull", True),
                        ("verdict", ""),
                    ),
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        ("verdict__in", ("justified", "unjustified")),
                    ),
                    _connector="OR",
                ),
                name="review_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="oppositionlist",
            constraint=models.UniqueConstraint(
                fields=("controller", "channel", "sha256", "checked_on"), name="one_list_per_file"
            ),
        ),
        migrations.AddConstraint(
            model_name="oppositionlist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "channel__in",
                        [
                            governance.policy.vocabulary.Channel["PHONE"],
                            governance.policy.vocabulary.Channel["POST"],
                        ],
                    )
                ),
                name="register_of_phone_and_post",
            ),
        ),
        migrations.AddIndex(
            model_name="oppositioncheck",
            index=models.Index(fields=["subject", "channel"], name="opposition_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="oppositioncheck",
            constraint=models.UniqueConstraint(
                fields=("controller", "channel", "token"), name="one_answer_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="provision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "parameter__in",
                        [
                            governance.policy.provisions.Parameter["AGE_OF_CONSENT"],
                            governance.policy.provisions.Parameter["BREACH_HOURS"],
                            governance.policy.provisions.Parameter["CONSENT_CHANNELS"],
                            governance.policy.provisions.Parameter["SOFT_OPT_IN_CHANNELS"],
                            governance.policy.provisions.Parameter["OPPOSITION_CHANNELS"],
                            governance.policy.provisions.Parameter["OPPOSITION_VALID_FOR"],
                            governance.policy.provisions.Parameter["OPPOSITION_GRACE"],
                            governance.policy.provisions.Parameter["HOURS_EMAIL"],
                            governance.policy.provisions.Parameter["HOURS_PHONE"],
                            governance.policy.provisions.Parameter["HOURS_SMS"],
                            governance.policy.provisions.Parameter["HOURS_WHATSAPP"],
                            governance.policy.provisions.Parameter["FREQUENCY_EMAIL"],
                            governance.policy.provisions.Parameter["FREQUENCY_PHONE"],
                            governance.policy.provisions.Parameter["FREQUENCY_SMS"],
                            governance.policy.provisions.Parameter["FREQUENCY_WHATSAPP"],
                            governance.policy.provisions.Parameter["FREQUENCY_POST"],
                            governance.policy.provisions.Parameter["EMERGENCY_ROLES"],
                            governance.policy.provisions.Parameter["EMERGENCY_MINUTES"],
                        ],
                    )
                ),
                name="known_parameter",
            ),
        ),
        migrations.AddConstraint(
            model_name="provision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to__isnull", True),
                    ("valid_to__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="provision_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="provision",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True), name="provision_has_a_source"
            ),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(fields=["subject", "channel", "at"], name="sending_by_subject"),
        ),
    ]
