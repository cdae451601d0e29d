"""Data protection impact assessments (Art. 35): drafted, advised on, concluded, then kept."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from governance.policy.register import Risk
from registry.models.activities import ProcessingActivity
from registry.models.parties import Controller


class ImpactAssessment(models.Model):
    """One assessment of one activity; a review makes a new one, the old one stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    activity = models.ForeignKey(
        ProcessingActivity, on_delete=models.PROTECT, related_name="assessments",
        verbose_name=_("processing activity"),
    )  # fmt: skip
    description = models.TextField(
        _("the processing and its purposes"), help_text=_("Art. 35(7)(a)")
    )
    necessity = models.TextField(_("necessity and proportionality"), help_text=_("Art. 35(7)(b)"))
    risks = models.TextField(_("risks to people"), help_text=_("Art. 35(7)(c)"))
    measures = models.TextField(_("measures against the risks"), help_text=_("Art. 35(7)(d)"))
    views = models.TextField(
        _("views of the people concerned"), blank=True,
        help_text=_("Art. 35(9): what they said, or why they were not asked."),
    )  # fmt: skip
    residual_risk = models.CharField(_("risk that is left"), max_length=6)
    review_on = models.DateField(_("to be reviewed by"))
    consulted_on = models.DateField(
        _("authority consulted on"), null=True, blank=True,
        help_text=_("Art. 36(1): needed where the risk that is left is high."),
    )  # fmt: skip
    consultation = models.TextField(_("what the authority answered"), blank=True)
    advice = models.TextField(_("advice of the DPO"), blank=True, editable=False)
    advised_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    advised_at = models.DateTimeField(null=True, editable=False)
    drafted_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, editable=False, related_name="+"
    )
    drafted_at = models.DateTimeField(default=timezone.now, editable=False)
    concluded_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    concluded_at = models.DateTimeField(_("concluded on"), null=True, editable=False)

    class Meta:
        verbose_name = _("impact assessment")
        verbose_name_plural = _("impact assessments")
        constraints = [
            models.UniqueConstraint(
                fields=["activity"],
                condition=Q(concluded_at__isnull=True),
                name="one_open_assessment",
            ),
            models.CheckConstraint(
                condition=Q(residual_risk__in=list(Risk)), name="known_residual_risk"
            ),
            models.CheckConstraint(
                # Art. 35(2): the advice comes before; and nobody concludes their own draft.
                condition=Q(concluded_at__isnull=True)
                | (
                    Q(concluded_by__isnull=False, advised_by__isnull=False)
                    & ~Q(advice="")
                    & ~Q(concluded_by=F("drafted_by"))
                ),
                name="concluded_after_advice_by_another",
            ),
        ]

    def __str__(self) -> str:
        drafted = date_format(timezone.localtime(self.drafted_at), "j F Y")
        return f"{self.activity.purpose.text}, {drafted}"
