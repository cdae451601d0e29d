"""The register in full: contracts, transfers, measures, assessments, breaches, who drafted."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import governance.crypto.ids
import governance.policy.breaches
import governance.policy.impact
import governance.policy.register
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0009_token_versions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breach",
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
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("aware_at", models.DateTimeField(verbose_name="known since")),
                ("began_at", models.DateTimeField(null=True, verbose_name="happened from")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded on")),
            ],
            options={
                "verbose_name": "breach",
                "verbose_name_plural": "breaches",
            },
        ),
        migrations.CreateModel(
            name="BreachDecision",
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
                ("said_at", models.DateTimeField()),
                ("words", models.BinaryField()),
                ("exception", models.CharField(blank=True, max_length=1)),
            ],
            options={
                "verbose_name": "decision about a breach",
                "verbose_name_plural": "decisions about breaches",
            },
        ),
        migrations.CreateModel(
            name="BreachNotification",
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
                ("said_at", models.DateTimeField()),
                ("words", models.BinaryField()),
                ("told", models.CharField(max_length=10)),
                ("sent_at", models.DateTimeField(verbose_name="sent on")),
                (
                    "reference",
                    models.CharField(blank=True, max_length=120, verbose_name="reference"),
                ),
                ("is_late", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "notification of a breach",
                "verbose_name_plural": "notifications of breaches",
            },
        ),
        migrations.CreateModel(
            name="BreachReport",
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
                ("said_at", models.DateTimeField()),
                ("words", models.BinaryField()),
                ("number", models.PositiveIntegerField()),
                (
                    "nature",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), size=None, verbose_name="nature"
                    ),
                ),
                ("cause", models.CharField(max_length=20, verbose_name="cause")),
                (
                    "categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        size=None,
                        verbose_name="data categories",
                    ),
                ),
                (
                    "subject_kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        size=None,
                        verbose_name="categories of data subjects",
                    ),
                ),
                ("people", models.PositiveIntegerField(null=True, verbose_name="people, about")),
                ("records", models.PositiveIntegerField(null=True, verbose_name="records, about")),
                ("risk", models.CharField(max_length=10, verbose_name="risk to people")),
                (
                    "is_complete",
                    models.BooleanField(default=False, verbose_name="nothing more is expected"),
                ),
            ],
            options={
                "verbose_name": "report of a breach",
                "verbose_name_plural": "reports of breaches",
            },
        ),
        migrations.CreateModel(
            name="ImpactAssessment",
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
                    "description",
                    models.TextField(
                        help_text="Art. 35(7)(a)", verbose_name="the processing and its purposes"
                    ),
                ),
                (
                    "necessity",
                    models.TextField(
                        help_text="Art. 35(7)(b)", verbose_name="necessity and proportionality"
                    ),
                ),
                (
                    "risks",
                    models.TextField(help_text="Art. 35(7)(c)", verbose_name="risks to people"),
                ),
                (
                    "measures",
                    models.TextField(
                        help_text="Art. 35(7)(d)", verbose_name="measures against the risks"
                    ),
                ),
                (
                    "views",
                    models.TextField(
                        blank=True,
                        help_text="Art. 35(9): what they said, or why they were not asked.",
                        verbose_name="views of the people concerned",
                    ),
                ),
                ("residual_risk", models.CharField(max_length=6, verbose_name="risk that is left")),
                ("review_on", models.DateField(verbose_name="to be reviewed by")),
                (
                    "consulted_on",
                    models.DateField(
                        blank=True,
                        help_text="Art. 36(1): needed where the risk that is left is high.",
                        null=True,
                        verbose_name="authority consulted on",
                    ),
                ),
                (
                    "consultation",
                    models.TextField(blank=True, verbose_name="what the authority answered"),
                ),
                (
                    "advice",
                    models.TextField(blank=True, editable=False, verbose_name="advice of the DPO"),
                ),
                ("advised_at", models.DateTimeField(editable=False, null=True)),
                (
                    "drafted_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "concluded_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="concluded on"),
                ),
            ],
            options={
                "verbose_name": "impact assessment",
                "verbose_name_plural": "impact assessments",
            },
        ),
        migrations.CreateModel(
            name="ProcessingOnBehalf",
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
                    "principal",
                    models.CharField(max_length=200, verbose_name="controller we act for"),
                ),
                (
                    "principal_contact",
                    models.CharField(max_length=300, verbose_name="their contact"),
                ),
                (
                    "representative",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="their representative"
                    ),
                ),
                (
                    "dpo_contact",
                    models.CharField(blank=True, max_length=200, verbose_name="their DPO"),
                ),
                (
                    "processing_it",
                    models.TextField(verbose_name="categories of processing, Italian"),
                ),
                (
                    "processing_en",
                    models.TextField(verbose_name="categories of processing, English"),
                ),
                (
                    "transfers",
                    models.TextField(
                        blank=True,
                        help_text="Country or organisation, and the document with the safeguards.",
                        verbose_name="transfers to third countries",
                    ),
                ),
                (
                    "measure_kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="security measures",
                    ),
                ),
                ("measures", models.TextField(blank=True, verbose_name="about the measures")),
                (
                    "agreement_on",
                    models.DateField(blank=True, null=True, verbose_name="agreement of"),
                ),
                (
                    "agreement_until",
                    models.DateField(blank=True, null=True, verbose_name="agreement until"),
                ),
            ],
            options={
                "verbose_name": "processing for others",
                "verbose_name_plural": "processing for others",
            },
        ),
        migrations.CreateModel(
            name="Transfer",
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
                ("country", models.CharField(blank=True, max_length=2, verbose_name="country")),
                (
                    "organisation",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="international organisation"
                    ),
                ),
                (
                    "mechanism",
                    models.CharField(blank=True, max_length=24, verbose_name="mechanism"),
                ),
                (
                    "document",
                    models.CharField(
                        blank=True,
                        help_text="Where the safeguards are written down, and how people get a copy.",
                        max_length=300,
                        verbose_name="document",
                    ),
                ),
                (
                    "assessment",
                    models.TextField(
                        blank=True,
                        help_text="Law and practice of the country, and what is done about them.",
                        verbose_name="assessment of the transfer",
                    ),
                ),
                (
                    "assessed_on",
                    models.DateField(blank=True, null=True, verbose_name="assessed on"),
                ),
            ],
            options={
                "verbose_name": "transfer",
                "verbose_name_plural": "transfers",
            },
        ),
        migrations.AddField(
            model_name="activityversion",
            name="automated_decisions",
            field=models.BooleanField(
                default=False, help_text="Art. 22(1)", verbose_name="decisions by machines alone"
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="balance",
            field=models.CharField(
                blank=True, max_length=24, verbose_name="outcome of the weighing"
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="balancing",
            field=models.TextField(blank=True, verbose_name="weighing against people's interests"),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="decision_logic",
            field=models.TextField(blank=True, verbose_name="logic involved"),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="decision_significance",
            field=models.TextField(
                blank=True, verbose_name="significance and consequences for people"
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="drafters",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="interest",
            field=models.TextField(blank=True, verbose_name="the legitimate interest"),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="measure_kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=24),
                blank=True,
                default=list,
                size=None,
                verbose_name="kinds of measures",
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="necessity",
            field=models.TextField(blank=True, verbose_name="why it is necessary"),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="no_measures_because",
            field=models.CharField(
                blank=True, max_length=300, verbose_name="measures can not be stated, because"
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="no_time_limits_because",
            field=models.CharField(
                blank=True, max_length=300, verbose_name="time limits can not be stated, because"
            ),
        ),
        migrations.AddField(
            model_name="activityversion",
            name="risk_criteria",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=24),
                blank=True,
                default=list,
                help_text="Two or more ask for an impact assessment (Art. 35; WP248).",
                size=None,
                verbose_name="criteria of a high risk",
            ),
        ),
        migrations.AddField(
            model_name="controller",
            name="review_every",
            field=models.CharField(
                default="P12M",
                help_text="ISO 8601, such as P12M",
                max_length=12,
                verbose_name="activities are reviewed every",
            ),
        ),
        migrations.AddField(
            model_name="processingactivity",
            name="review_on",
            field=models.DateField(blank=True, null=True, verbose_name="to be reviewed by"),
        ),
        migrations.AddField(
            model_name="processingactivity",
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
            model_name="processingactivity",
            name="reviewed_on",
            field=models.DateField(blank=True, null=True, verbose_name="last reviewed on"),
        ),
        migrations.AddField(
            model_name="recipient",
            name="address",
            field=models.CharField(blank=True, max_length=300, verbose_name="address"),
        ),
        migrations.AddField(
            model_name="recipient",
            name="agreement_document",
            field=models.CharField(
                blank=True, max_length=200, verbose_name="where the agreement is kept"
            ),
        ),
        migrations.AddField(
            model_name="recipient",
            name="agreement_subject",
            field=models.TextField(
                blank=True,
                help_text="Art. 28(3): subject matter, duration, nature and purpose, data and people.",
                verbose_name="what the agreement is about",
            ),
        ),
        migrations.AddField(
            model_name="recipient",
            name="arrangement",
            field=models.TextField(
                blank=True,
                help_text="Art. 26(2): who does what, made available to people.",
                verbose_name="essence of the arrangement",
            ),
        ),
        migrations.AddField(
            model_name="recipient",
            name="at_end",
            field=models.CharField(
                blank=True, max_length=10, verbose_name="at the end of the service"
            ),
        ),
        migrations.AddField(
            model_name="recipient",
            name="clauses",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                blank=True,
                default=list,
                size=None,
                verbose_name="what the agreement binds them to",
            ),
        ),
        migrations.AddField(
            model_name="recipient",
            name="contact",
            field=models.CharField(
                blank=True,
                help_text="A mailbox or a phone number of the company, not of a person.",
                max_length=200,
                verbose_name="contact",
            ),
        ),
        migrations.AddField(
            model_name="recipient",
            name="sub_processing",
            field=models.CharField(blank=True, max_length=10, verbose_name="further processors"),
        ),
        migrations.AddField(
            model_name="recipient",
            name="sub_processor_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sub_processors",
                to="registry.recipient",
                verbose_name="engaged by the processor",
            ),
        ),
        migrations.AddConstraint(
            model_name="activityversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "measure_kinds__contained_by",
                        [
                            governance.policy.register.Measure["PSEUDONYMISATION"],
                            governance.policy.register.Measure["ENCRYPTION_AT_REST"],
                            governance.policy.register.Measure["ENCRYPTION_IN_TRANSIT"],
                            governance.policy.register.Measure["ACCESS_CONTROL"],
                            governance.policy.register.Measure["STRONG_AUTHENTICATION"],
                            governance.policy.register.Measure["ACCESS_LOGGING"],
                            governance.policy.register.Measure["NETWORK_SECURITY"],
                            governance.policy.register.Measure["MALWARE_PROTECTION"],
                            governance.policy.register.Measure["PHYSICAL_SECURITY"],
                            governance.policy.register.Measure["BACKUPS"],
                            governance.policy.register.Measure["RECOVERY_PLAN"],
                            governance.policy.register.Measure["REGULAR_TESTING"],
                            governance.policy.register.Measure["STAFF_TRAINING"],
                            governance.policy.register.Measure["CONFIDENTIALITY_DUTY"],
                            governance.policy.register.Measure["SECURE_DISPOSAL"],
                        ],
                    )
                ),
                name="known_measures",
            ),
        ),
        migrations.AddConstraint(
            model_name="activityversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "risk_criteria__contained_by",
                        [
                            governance.policy.impact.Criterion["EVALUATION"],
                            governance.policy.impact.Criterion["AUTOMATED_DECISION"],
                            governance.policy.impact.Criterion["SYSTEMATIC_MONITORING"],
                            governance.policy.impact.Criterion["SENSITIVE_DATA"],
                            governance.policy.impact.Criterion["LARGE_SCALE"],
                            governance.policy.impact.Criterion["COMBINING"],
                            governance.policy.impact.Criterion["VULNERABLE_PEOPLE"],
                            governance.policy.impact.Criterion["INNOVATIVE_USE"],
                            governance.policy.impact.Criterion["EXCLUSION"],
                        ],
                    )
                ),
                name="known_criteria",
            ),
        ),
        migrations.AddConstraint(
            model_name="activityversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "balance__in",
                        [
                            "",
                            governance.policy.register.Balance["PREVAILS"],
                            governance.policy.register.Balance["PREVAILS_WITH_SAFEGUARDS"],
                            governance.policy.register.Balance["OVERRIDDEN"],
                        ],
                    )
                ),
                name="known_balance",
            ),
        ),
        migrations.AddConstraint(
            model_name="controller",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("review_every__regex", "^P(\\d+Y)?(\\d+M)?(\\d+D)?$"),
                    models.Q(("review_every", "P"), _negated=True),
                ),
                name="review_every_is_iso_8601",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            governance.policy.register.PartyRole["PROCESSOR"],
                            governance.policy.register.PartyRole["SUB_PROCESSOR"],
                            governance.policy.register.PartyRole["JOINT"],
                            governance.policy.register.PartyRole["INDEPENDENT"],
                        ],
                    )
                ),
                name="known_party_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sub_processor_of__isnull", True),
                    models.Q(
                        ("role", governance.policy.register.PartyRole["SUB_PROCESSOR"]),
                        models.Q(("sub_processor_of", models.F("id")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="sub_processor_of_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "clauses__contained_by",
                        [
                            governance.policy.register.Clause["INSTRUCTIONS"],
                            governance.policy.register.Clause["CONFIDENTIALITY"],
                            governance.policy.register.Clause["SECURITY"],
                            governance.policy.register.Clause["SUB_PROCESSORS"],
                            governance.policy.register.Clause["RIGHTS"],
                            governance.policy.register.Clause["ASSISTANCE"],
                            governance.policy.register.Clause["END"],
                            governance.policy.register.Clause["AUDITS"],
                        ],
                    )
                ),
                name="known_clauses",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "sub_processing__in",
                        [
                            "",
                            governance.policy.register.SubProcessing["NONE"],
                            governance.policy.register.SubProcessing["SPECIFIC"],
                            governance.policy.register.SubProcessing["GENERAL"],
                        ],
                    )
                ),
                name="known_sub_processing",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "at_end__in",
                        [
                            "",
                            governance.policy.register.AtEnd["ERASE"],
                            governance.policy.register.AtEnd["RETURN"],
                        ],
                    )
                ),
                name="known_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreement_until__isnull", True),
                    models.Q(
                        ("agreement_on__isnull", False),
                        ("agreement_until__gte", models.F("agreement_on")),
                    ),
                    _connector="OR",
                ),
                name="agreement_ends_after_it_began",
            ),
        ),
        migrations.AddField(
            model_name="breach",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="breaches",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="breach",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="breachdecision",
            name="breach",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="registry.breach",
            ),
        ),
        migrations.AddField(
            model_name="breachdecision",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="breachdecision",
            name="said_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="breachnotification",
            name="breach",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notifications",
                to="registry.breach",
            ),
        ),
        migrations.AddField(
            model_name="breachnotification",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="breachnotification",
            name="said_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="activities",
            field=models.ManyToManyField(
                to="registry.processingactivity", verbose_name="activities"
            ),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="breach",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="registry.breach",
            ),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="processors",
            field=models.ManyToManyField(to="registry.recipient", verbose_name="processors"),
        ),
        migrations.AddField(
            model_name="breachreport",
            name="said_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="breachnotification",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notifications",
                to="registry.breachreport",
            ),
        ),
        migrations.AddField(
            model_name="impactassessment",
            name="activity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments",
                to="registry.processingactivity",
                verbose_name="processing activity",
            ),
        ),
        migrations.AddField(
            model_name="impactassessment",
            name="advised_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="impactassessment",
            name="concluded_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="impactassessment",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="impactassessment",
            name="drafted_by",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="processingonbehalf",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="processing_on_behalf",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="controller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.controller",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="recipient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="transfers",
                to="registry.recipient",
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.UniqueConstraint(
                fields=("controller", "number"), name="one_breach_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(("aware_at__lte", models.F("recorded_at"))),
                name="aware_before_recorded",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "exception__in",
                        [
                            "",
                            governance.policy.breaches.Exception34["UNINTELLIGIBLE"],
                            governance.policy.breaches.Exception34["RISK_ENDED"],
                            governance.policy.breaches.Exception34["DISPROPORTIONATE"],
                        ],
                    )
                ),
                name="known_exception",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachreport",
            constraint=models.UniqueConstraint(
                fields=("breach", "number"), name="one_report_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="breachreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "nature__contained_by",
                        [
                            governance.policy.breaches.Nature["CONFIDENTIALITY"],
                            governance.policy.breaches.Nature["INTEGRITY"],
                            governance.policy.breaches.Nature["AVAILABILITY"],
                        ],
                    ),
                    ("nature__len__gte", 1),
                ),
                name="known_nature",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "cause__in",
                        [
                            governance.policy.breaches.Cause["EXTERNAL_ATTACK"],
                            governance.policy.breaches.Cause["INTERNAL_ABUSE"],
                            governance.policy.breaches.Cause["EXTERNAL_ACCIDENT"],
                            governance.policy.breaches.Cause["INTERNAL_MISTAKE"],
                            governance.policy.breaches.Cause["UNKNOWN"],
                        ],
                    )
                ),
                name="known_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "risk__in",
                        [
                            governance.policy.breaches.BreachRisk["UNLIKELY"],
                            governance.policy.breaches.BreachRisk["RISK"],
                            governance.policy.breaches.BreachRisk["HIGH"],
                        ],
                    )
                ),
                name="known_risk",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachnotification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "told__in",
                        [
                            governance.policy.breaches.Told["AUTHORITY"],
                            governance.policy.breaches.Told["PEOPLE"],
                        ],
                    )
                ),
                name="known_addressee",
            ),
        ),
        migrations.AddConstraint(
            model_name="breachnotification",
            constraint=models.CheckConstraint(
                condition=models.Q(("sent_at__lte", models.F("said_at"))), name="sent_before_said"
            ),
        ),
        migrations.AddConstraint(
            model_name="impactassessment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("concluded_at__isnull", True)),
                fields=("activity",),
                name="one_open_assessment",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "residual_risk__in",
                        [
                            governance.policy.register.Risk["LOW"],
                            governance.policy.register.Risk["MEDIUM"],
                            governance.policy.register.Risk["HIGH"],
                        ],
                    )
                ),
                name="known_residual_risk",
            ),
        ),
        migrations.AddConstraint(
            model_name="impactassessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("concluded_at__isnull", True),
                    models.Q(
                        ("advised_by__isnull", False),
                        ("concluded_by__isnull", False),
                        models.Q(("advice", ""), _negated=True),
                        models.Q(("concluded_by", models.F("drafted_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="concluded_after_advice_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="processingonbehalf",
            constraint=models.UniqueConstraint(
                fields=("controller", "principal"), name="one_record_per_principal"
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("country", ""), ("organisation", ""), _negated=True),
                name="transfer_to_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "mechanism__in",
                        [
                            "",
                            governance.policy.register.Mechanism["ADEQUACY"],
                            governance.policy.register.Mechanism["PUBLIC_INSTRUMENT"],
                            governance.policy.register.Mechanism["BINDING_RULES"],
                            governance.policy.register.Mechanism["STANDARD_CLAUSES"],
                            governance.policy.register.Mechanism["AUTHORITY_CLAUSES"],
                            governance.policy.register.Mechanism["CODE_OF_CONDUCT"],
                            governance.policy.register.Mechanism["CERTIFICATION"],
                            governance.policy.register.Mechanism["AD_HOC_CLAUSES"],
                            governance.policy.register.Mechanism["ADMINISTRATIVE"],
                            governance.policy.register.Mechanism["EXPLICIT_CONSENT"],
                            governance.policy.register.Mechanism["CONTRACT"],
                            governance.policy.register.Mechanism["CONTRACT_FOR_SUBJECT"],
                            governance.policy.register.Mechanism["PUBLIC_INTEREST"],
                            governance.policy.register.Mechanism["LEGAL_CLAIMS"],
                            governance.policy.register.Mechanism["VITAL_INTEREST"],
                            governance.policy.register.Mechanism["PUBLIC_REGISTER"],
                            governance.policy.register.Mechanism["COMPELLING_INTEREST"],
                        ],
                    )
                ),
                name="known_mechanism",
            ),
        ),
    ]
