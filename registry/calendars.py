"""The public holidays of a controller's Member State (Reg. 1182/71 Art. 2(1))."""

from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from governance.policy.holidays import ITALY, Calendar, from_package
from registry.models import Controller

YEARS_AHEAD = 2


def calendar_of(controller: Controller, first: date) -> Calendar:
    """Return the calendar of a controller from the year of a day on."""
    if controller.country == "IT":
        return ITALY
    return from_package(controller.country, years=range(first.year, first.year + YEARS_AHEAD))


def is_holiday(controller: UUID, now: datetime) -> bool:
    """Whether a moment falls on a public holiday where the controller is."""
    today = timezone.localdate(now)
    return calendar_of(Controller.objects.get(pk=controller), today).is_holiday(today)
