"""Emergency access to the data of one person, from its reason to its review."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models.subjects import SubjectRow
from registry.sealed import SealedText

VERDICTS = ("justified", "unjustified")


class EmergencyAccess(SubjectRow):
    """A member of staff may read one person's data for a while (docs/spec/gate.md, section 6)."""

    staff = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened at"))
    ends_at = models.DateTimeField(_("ends at"))
    reviewed_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, blank=True)
    reason = SealedText()
    review = SealedText()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("opened_at")), name="emergency_ends"),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("staff")),
                name="reviewed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, verdict__in=VERDICTS),
                name="review_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="emergency_by_subject")]
