"""The public holidays of a controller: its Member State's and its own (Reg. 1182/71 Art. 2(1))."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from governance.policy import provisions as law
from governance.policy.holidays import (
    ITALY,
    Calendar,
    FixedHoliday,
    Holiday,
    SingleHoliday,
    from_package,
)
from governance.policy.provisions import Parameter
from governance.policy.service_time import ServiceHours
from registry import provisions
from registry.models import Controller, HouseHoliday

YEARS_AHEAD = 2


def calendar_of(controller: Controller, first: date) -> Calendar:
    """Return the calendar of a controller from the year of a day on."""
    if controller.country == "IT":
        calendar = ITALY
    else:
        years = range(first.year, first.year + YEARS_AHEAD)
        calendar = from_package(controller.country, years=years)
    own = list(HouseHoliday.objects.filter(controller=controller).order_by("entered_at", "pk"))
    if not own:
        return calendar
    ended = sum(row.last_year is not None for row in own)
    version = f"{calendar.version}+{len(own)}.{ended}"
    return calendar.with_extra(map(_holiday, own), version=version)


def _holiday(row: HouseHoliday) -> Holiday:
    day = row.first_on
    if not row.is_yearly:
        return SingleHoliday(day, row.name, row.source)
    return FixedHoliday(day.month, day.day, row.name, day.year, row.source, row.last_year)


def is_holiday(controller: UUID, now: datetime) -> bool:
    """Whether a moment falls on a public holiday where the controller is."""
    today = timezone.localdate(now)
    return calendar_of(Controller.objects.get(pk=controller), today).is_holiday(today)


def service_hours(controller: Controller, on: date) -> ServiceHours | None:
    """Return the hours in which the times of service count; None where no provision says."""
    said = provisions.value(controller.pk, Parameter.HOURS_SERVICE, on=on)
    if said is None:
        return None
    zone = ZoneInfo(settings.TIME_ZONE)
    return ServiceHours(law.hours(said), calendar_of(controller, on), zone)
