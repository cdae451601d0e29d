"""Findings: questions that discovery puts to the DPO. Values are masked, always."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.crypto.ids import uuid7
from registry.models.parties import Controller


class Finding(models.Model):
    """A question about personal data nobody declared, or words of a special category."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="findings")
    place = models.CharField(_("where"), max_length=200)
    category = models.CharField(_("looks like"), max_length=40)
    kind = models.CharField(_("question"), max_length=24)
    reason = models.CharField(_("why"), max_length=200, blank=True)
    masked_sample = models.CharField(_("masked sample"), max_length=80, blank=True)
    count = models.PositiveIntegerField(_("how many"), default=1)
    row = models.UUIDField(null=True, blank=True)
    words = models.UUIDField(null=True, blank=True)  # keyed hash of what was found
    raised_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(_("answer"), max_length=20, blank=True)
    answered_by = models.ForeignKey(
        "registry.Staff", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "place", "category", "kind", "row"],
                name="one_finding_per_place",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(
                    answer__in=[
                        "",
                        "confirmed",
                        "dismissed",
                        "removed",
                        "masked",
                        "another_person",
                        "mistake",
                        "came_back",
                    ]
                ),
                name="known_finding_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.category}"


class TextScan(models.Model):
    """One reading of all free text: how far it has come, so that a crash loses one batch."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    place = models.CharField(_("where"), max_length=80, blank=True)  # the model being read
    cursor = models.UUIDField(null=True, blank=True)  # its last row that is done
    rows_read = models.PositiveBigIntegerField(_("rows read"), default=0)
    rows_unreadable = models.PositiveBigIntegerField(_("rows without a key"), default=0)
    raised = models.PositiveIntegerField(_("questions raised"), default=0)

    class Meta:
        verbose_name = _("scan of free text")
        verbose_name_plural = _("scans of free text")
        constraints = [
            models.UniqueConstraint(
                fields=["controller"],
                condition=Q(finished_at__isnull=True),
                name="one_scan_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
