"""The Art. 30 register: purposes, sources, processing activities in versions with their rules.

An activity is drafted by one person and approved by another; only an approved version that
is in force lets anything be read. A purpose has exactly one activity, so that the question
"on which basis?" has one answer.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.impact import Criterion
from governance.policy.register import Balance, Measure
from governance.policy.vocabulary import (
    ActivityState,
    Anchor,
    LawfulBasis,
    RecordClass,
    RestrictionException,
    RetentionAction,
)
from registry.models.parties import Controller
from registry.models.recipients import Recipient

WORDS_OF_THE_LOG = (
    "emergency",
    "unknown",
)  # what stands there where no purpose of the register does


class Purpose(models.Model):
    """Why data is processed (Art. 5(1)(b)), in words a customer understands."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="purposes")
    key = models.SlugField(_("key"), max_length=40)
    text_it = models.CharField(_("in Italian"), max_length=300)
    text_en = models.CharField(_("in English"), max_length=300)
    is_marketing = models.BooleanField(
        _("direct marketing"), default=False, help_text=_("Art. 21(2): any objection ends it.")
    )

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")
        constraints = [
            models.UniqueConstraint(fields=["controller", "key"], name="one_purpose_per_key"),
            models.CheckConstraint(
                condition=~Q(key__in=WORDS_OF_THE_LOG), name="purpose_is_no_word_of_the_log"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def text(self) -> str:
        """The purpose in words, in the language of the page."""
        return self.text_en if get_language() == "en" else self.text_it


class DataSource(models.Model):
    """Where data came from (Art. 15(1)(g)), and whether somebody has verified it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, default="import")
    from_subject = models.BooleanField(_("given by the person"), default=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("data source")
        verbose_name_plural = _("data sources")
        constraints = [
            models.UniqueConstraint(fields=["controller", "name"], name="one_source_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class ProcessingActivity(models.Model):
    """An entry of the record of processing activities (Art. 30(1)); its content is versioned."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="activities")
    purpose = models.OneToOneField(Purpose, on_delete=models.PROTECT, related_name="activity")
    first_recorded_on = models.DateField(default=timezone.localdate)
    reviewed_on = models.DateField(_("last reviewed on"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_on = models.DateField(_("to be reviewed by"), null=True, blank=True)

    class Meta:
        verbose_name = _("processing activity")
        verbose_name_plural = _("processing activities")

    def __str__(self) -> str:
        return self.purpose.key


class ActivityVersion(models.Model):
    """What an activity said from one day to another: the row that the gate executes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    activity = models.ForeignKey(
        ProcessingActivity, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, default=ActivityState.DRAFT)
    title_it = models.CharField(_("title, Italian"), max_length=200)
    title_en = models.CharField(_("title, English"), max_length=200)
    basis = models.CharField(_("lawful basis"), max_length=24)
    basis_reference = models.TextField(_("law or interest relied on"), blank=True)
    categories = ArrayField(models.CharField(max_length=40), verbose_name=_("data categories"))
    subject_kinds = ArrayField(
        models.CharField(max_length=20), verbose_name=_("categories of data subjects")
    )
    roles = ArrayField(models.CharField(max_length=20), verbose_name=_("roles that may act"))
    # Words of `registry.seeing`: a role that is named sees these categories and no others.
    role_categories = ArrayField(
        models.CharField(max_length=61), verbose_name=_("roles that do not see everything"),
        default=list, blank=True,
    )  # fmt: skip
    operations = ArrayField(models.CharField(max_length=20), verbose_name=_("operations"))
    sources = models.ManyToManyField(DataSource, blank=True, verbose_name=_("sources"))
    recipients = models.ManyToManyField(Recipient, blank=True, verbose_name=_("recipients"))
    transfers = models.TextField(_("transfers to third countries"), blank=True)
    measures = models.TextField(_("security measures (Art. 32(1))"), blank=True)
    measure_kinds = ArrayField(
        models.CharField(max_length=24), verbose_name=_("kinds of measures"),
        default=list, blank=True,
    )  # fmt: skip
    no_measures_because = models.CharField(
        _("measures can not be stated, because"), max_length=300, blank=True
    )
    no_time_limits_because = models.CharField(
        _("time limits can not be stated, because"), max_length=300, blank=True
    )
    context = models.CharField(_("context"), max_length=200, blank=True)
    special_ground = models.CharField(
        _("ground for special categories (Art. 9(2), 10)"), max_length=200, blank=True
    )
    profiling = models.BooleanField(_("profiling"), default=False)
    automated_decisions = models.BooleanField(
        _("decisions by machines alone"), default=False, help_text=_("Art. 22(1)")
    )
    decision_logic = models.TextField(_("logic involved"), blank=True)
    decision_significance = models.TextField(
        _("significance and consequences for people"), blank=True
    )
    interest = models.TextField(_("the legitimate interest"), blank=True)
    necessity = models.TextField(_("why it is necessary"), blank=True)
    balancing = models.TextField(_("weighing against people's interests"), blank=True)
    balance = models.CharField(_("outcome of the weighing"), max_length=24, blank=True)
    risk_criteria = ArrayField(
        models.CharField(max_length=24), verbose_name=_("criteria of a high risk"),
        default=list, blank=True,
        help_text=_("Two or more ask for an impact assessment (Art. 35; WP248)."),
    )  # fmt: skip
    # What authorities ask besides, by the keys of `registry.exchange.asked`; nothing executes it.
    answers = models.JSONField(_("further questions of authorities"), default=dict, blank=True)
    # Everybody who ever saved the draft: none of them approves it, whoever saved it last.
    drafters = ArrayField(models.UUIDField(), default=list, blank=True, editable=False)
    despite_restriction = models.CharField(
        _("although processing is restricted (Art. 18(2))"), max_length=20, blank=True
    )
    soft_opt_in = models.BooleanField(
        _("own similar products (art. 130(4) Codice)"),
        default=False,
        help_text=_("Without consent, to addresses that were given with a sale."),
    )
    drafted_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    drafted_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("version of an activity")
        verbose_name_plural = _("versions of activities")
        constraints = [
            models.UniqueConstraint(fields=["activity", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["activity"],
                condition=Q(state=ActivityState.APPROVED, active_to__isnull=True),
                name="one_version_in_force",
            ),
            models.UniqueConstraint(
                fields=["activity"], condition=Q(state=ActivityState.DRAFT), name="one_open_draft"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(drafted_by__isnull=True)
                | ~Q(approved_by=F("drafted_by")),
                name="approved_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(state=ActivityState.DRAFT)
                | Q(approved_by__isnull=False, active_from__isnull=False),
                name="approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=list(LawfulBasis)), name="known_lawful_basis"
            ),
            models.CheckConstraint(
                condition=Q(measure_kinds__contained_by=list(Measure)), name="known_measures"
            ),
            models.CheckConstraint(
                condition=Q(risk_criteria__contained_by=list(Criterion)), name="known_criteria"
            ),
            models.CheckConstraint(condition=Q(balance__in=["", *Balance]), name="known_balance"),
            models.CheckConstraint(
                condition=Q(despite_restriction__in=["", *RestrictionException]),
                name="known_exception_from_restriction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity.purpose.key} v{self.number}"


class RetentionRule(models.Model):
    """How long a class of records is kept under an activity, from which event, by which law."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(
        ActivityVersion, on_delete=models.CASCADE, related_name="retention_rules"
    )
    record_class = models.CharField(_("records"), max_length=20)
    anchor = models.CharField(_("from"), max_length=20)
    period = models.CharField(_("for"), max_length=12, help_text=_("ISO 8601, such as P24M"))
    action = models.CharField(_("then"), max_length=10, default=RetentionAction.ERASE)
    archive_period = models.CharField(
        _("in the archive for"),
        max_length=12,
        default="",
        blank=True,
        help_text=_("After the period, where the records are archived; ISO 8601, such as P8Y."),
    )
    notice_days = models.PositiveSmallIntegerField(
        _("days of notice"),
        default=0,
        help_text=_("How long before the person is told that the data go; 0: they are not told."),
    )
    legal_reference = models.CharField(_("legal reference"), max_length=200)
    categories = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("data categories kept"),
        default=list,
        blank=True,
        help_text=_("Of a row kept after an erasure; none means all."),
    )
    statutory = models.BooleanField(
        _("duty to keep"), default=False, help_text=_("Art. 17(3)(b): kept against an erasure.")
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "record_class", "anchor"], name="one_rule_per_class_and_anchor"
            ),
            models.CheckConstraint(
                condition=Q(record_class__in=list(RecordClass)), name="known_record_class"
            ),
            models.CheckConstraint(condition=Q(anchor__in=list(Anchor)), name="known_anchor"),
            models.CheckConstraint(
                condition=Q(action__in=list(RetentionAction)), name="known_retention_action"
            ),
            models.CheckConstraint(
                condition=Q(archive_period="")
                | Q(archive_period__regex=r"^P(\d+Y)?(\d+M)?(\d+D)?$") & ~Q(archive_period="P"),
                name="archive_period_is_iso_8601",
            ),
            models.CheckConstraint(
                condition=Q(period__regex=r"^P(\d+Y)?(\d+M)?(\d+D)?$") & ~Q(period="P"),
                name="period_is_iso_8601",
            ),
        ]

    def __str__(self) -> str:
        from registry import labels

        records = labels.text(RecordClass, self.record_class)
        return f"{records}: {labels.period_from(self.period, self.anchor)}"
