"""The register of breaches (Art. 33(5)): what was known when, what was told, what was decided.

Every row is written once: what is found out later is a further report. Words that may name
somebody are sealed under a key of the controller (`registry.breaches`).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.breaches import BreachRisk, Cause, Exception34, Nature, Told
from registry.models.activities import ProcessingActivity
from registry.models.parties import Controller
from registry.models.recipients import ProcessingOnBehalf, Recipient


class Breach(models.Model):
    """A personal data breach (Art. 4(12)), from the moment the controller became aware of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="breaches")
    number = models.PositiveIntegerField(_("number"))
    aware_at = models.DateTimeField(_("known since"))
    began_at = models.DateTimeField(_("happened from"), null=True)
    recorded_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded on"))

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        constraints = [
            models.UniqueConstraint(fields=["controller", "number"], name="one_breach_per_number"),
            models.CheckConstraint(
                condition=Q(aware_at__lte=models.F("recorded_at")), name="aware_before_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.aware_at:%Y}/{self.number}"


class BreachRow(models.Model):
    """The base of what is said about a breach: once, by somebody, at a moment."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    said_by = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField()
    words = models.BinaryField(editable=False)  # sealed; which they are, `registry.breaches` says

    class Meta:
        abstract = True


class BreachReport(BreachRow):
    """What is known at a moment: the content of Art. 33(3), as far as it goes."""

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveIntegerField()
    nature = ArrayField(models.CharField(max_length=16), verbose_name=_("nature"))
    cause = models.CharField(_("cause"), max_length=20)
    categories = ArrayField(models.CharField(max_length=40), verbose_name=_("data categories"))
    subject_kinds = ArrayField(
        models.CharField(max_length=20), verbose_name=_("categories of data subjects")
    )
    people = models.PositiveIntegerField(_("people, about"), null=True)
    records = models.PositiveIntegerField(_("records, about"), null=True)
    risk = models.CharField(_("risk to people"), max_length=10)
    is_complete = models.BooleanField(_("nothing more is expected"), default=False)
    activities = models.ManyToManyField(ProcessingActivity, verbose_name=_("activities"))
    processors = models.ManyToManyField(Recipient, verbose_name=_("processors"))
    # As a processor we tell the controller (33(2)), who notifies; our own data may be hit as well.
    is_ours = models.BooleanField(_("data of our own"), default=True)
    principals = models.ManyToManyField(
        ProcessingOnBehalf, verbose_name=_("controllers we act for"), related_name="+"
    )

    class Meta:
        verbose_name = _("report of a breach")
        verbose_name_plural = _("reports of breaches")
        constraints = [
            models.UniqueConstraint(fields=["breach", "number"], name="one_report_per_number"),
            models.CheckConstraint(
                condition=Q(nature__contained_by=list(Nature)) & Q(nature__len__gte=1),
                name="known_nature",
            ),
            models.CheckConstraint(condition=Q(cause__in=list(Cause)), name="known_cause"),
            models.CheckConstraint(condition=Q(risk__in=list(BreachRisk)), name="known_risk"),
        ]

    def __str__(self) -> str:
        return f"{self.breach} report {self.number}"


class BreachNotification(BreachRow):
    """That a report went to the authority (33(1), (4)), a controller (33(2)) or people (34(1)).

    `principal` is the controller we act for that was told.
    """

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="notifications")
    report = models.ForeignKey(BreachReport, on_delete=models.PROTECT, related_name="notifications")
    told = models.CharField(max_length=10)
    principal = models.ForeignKey(
        ProcessingOnBehalf, on_delete=models.PROTECT, null=True, related_name="+"
    )
    sent_at = models.DateTimeField(_("sent on"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    is_late = models.BooleanField(default=False)  # then `words` hold the reasons

    class Meta:
        verbose_name = _("notification of a breach")
        verbose_name_plural = _("notifications of breaches")
        constraints = [
            models.CheckConstraint(condition=Q(told__in=list(Told)), name="known_addressee"),
            models.CheckConstraint(
                condition=Q(told=Told.CONTROLLER, principal__isnull=False)
                | (~Q(told=Told.CONTROLLER) & Q(principal__isnull=True)),
                name="controller_is_named",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__lte=models.F("said_at")), name="sent_before_said"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.breach} {self.told}"


class BreachDecision(BreachRow):
    """Whether people are told of a high risk; if not, by which exception of Art. 34(3)."""

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="decisions")
    exception = models.CharField(max_length=1, blank=True)  # none: people are told

    class Meta:
        verbose_name = _("decision about a breach")
        verbose_name_plural = _("decisions about breaches")
        constraints = [
            models.CheckConstraint(
                condition=Q(exception__in=["", *Exception34]), name="known_exception"
            )
        ]

    def __str__(self) -> str:
        return f"{self.breach} 34"
