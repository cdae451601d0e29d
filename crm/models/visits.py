"""Visits on site: of a technician, or of somebody from sales."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.policy import visits as policy
from governance.policy.visits import VisitKind, VisitState
from registry.gate import context
from registry.sealed import SealedText


class AddressText(SealedText):
    """Part of an address: for whoever goes there, only as long as they need it.

    Asked where the row is read, so that no page, list or export can forget it.
    """

    def __get__(self, row: Any, owner: type) -> Any:
        if row is not None:
            row.require_address()
        return super().__get__(row, owner)


class FieldVisit(CrmRow):
    """One visit: who goes, when, where, and what was done. `closed_at` starts retention."""

    kind = models.CharField(max_length=8, default=VisitKind.SERVICE)
    state = models.CharField(max_length=10, default=VisitState.PLANNED)
    purpose = models.CharField(max_length=40)
    case = models.ForeignKey(
        "crm.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="visits"
    )
    technician = models.ForeignKey("registry.Staff", on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    report_key = models.UUIDField(null=True, blank=True)
    topic = SealedText()
    contact_name = SealedText()
    contact_phone = SealedText()
    street = AddressText()
    postal_code = AddressText()
    city = AddressText()
    checklist = SealedText()
    report = SealedText()
    signed_by = SealedText()

    class Meta:
        verbose_name = _("visit on site")
        verbose_name_plural = _("visits on site")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_visit_per_origin"
            ),
            models.UniqueConstraint(fields=["controller", "report_key"], name="one_report_per_key"),
            models.CheckConstraint(condition=Q(kind__in=list(VisitKind)), name="known_visit_kind"),
            models.CheckConstraint(
                condition=Q(state__in=list(VisitState)), name="known_visit_state"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="a_visit_has_a_window"
            ),
            models.CheckConstraint(
                condition=Q(state=VisitState.PLANNED, closed_at__isnull=True)
                | (~Q(state=VisitState.PLANNED) & Q(closed_at__isnull=False)),
                name="a_visit_is_closed_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["technician", "starts_at"], name="visits_of_technician"),
            models.Index(fields=["subject"], name="visits_of_subject"),
        ]

    def require_address(self) -> None:
        """Raise unless whoever reads may see where it is now.

        Raises
        ------
        AddressNotShownError
            a technician, before the day before the visit or after it was closed
        """
        access: Any = context.current()
        policy.require_address(
            access.actor.role,
            day=timezone.localdate(self.starts_at),
            is_closed=self.closed_at is not None,
            today=timezone.localdate(access.now),
        )
