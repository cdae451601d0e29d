"""Holidays of the house: entering or ending one computes every open time limit again.

Reg. 1182/71 Art. 2(1) and 3(4). The rows are the register's; whoever asked while one was missing
gets the date that is right now.
"""

from dataclasses import dataclass
from datetime import date, datetime

from audit import log
from audit.actions import Action
from dsar import clock, requests
from dsar.errors import HolidayRefusedError
from dsar.models import SubjectRequest
from governance.crypto.ids import uuid7
from governance.policy.holidays import Calendar
from governance.policy.vocabulary import Duty, Role
from registry.calendars import calendar_of
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import HouseHoliday, Staff
from registry.operations import KEEPING

MAY_ENTER = frozenset({Role.DPO, Role.LEGAL})


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many open requests there are, and how many of them have another date now."""

    open: int
    moved: int


def enter(
    *, name: str, first_on: date, is_yearly: bool, source: str, by: Staff, now: datetime
) -> Recomputed:
    """Add a holiday and compute the dates of all open requests again, in one transaction.

    Raises
    ------
    HolidayRefusedError
        not the role, without name or source, or there is one on this day
    """
    if by.role not in MAY_ENTER or not name.strip() or not source.strip():
        raise HolidayRefusedError
    row_id = uuid7()
    with gate.duty(by.actor(), Duty.ANSWERING, reference=row_id, now=now) as access:
        if HouseHoliday.objects.filter(controller=by.controller_id, first_on=first_on).exists():
            raise HolidayRefusedError(because="twice")
        row = HouseHoliday.objects.create(
            id=row_id, controller_id=by.controller_id, name=name.strip(), first_on=first_on,
            is_yearly=is_yearly, source=source.strip(), entered_by=by, entered_at=now,
        )  # fmt: skip
        return _recompute(access, row, Action.HOLIDAY_ENTERED, by)


def end(holiday: HouseHoliday, *, last_year: int, by: Staff, now: datetime) -> Recomputed:
    """Say in which year a yearly holiday falls for the last time.

    Raises
    ------
    HolidayRefusedError
        not the role, another company's, not yearly, ended before, or before its first year
    """
    with gate.duty(by.actor(), Duty.ANSWERING, reference=holiday.pk, now=now) as access:
        rows = HouseHoliday.objects.select_for_update()
        row = rows.filter(pk=holiday.pk, controller=by.controller_id).first()
        if row is None or by.role not in MAY_ENTER or not row.is_yearly or row.last_year:
            raise HolidayRefusedError
        if last_year < row.first_on.year:
            raise HolidayRefusedError(because="year")
        row.last_year = last_year
        row.save(update_fields=["last_year"])
        return _recompute(access, row, Action.HOLIDAY_ENDED, by)


def _recompute(access: Access, row: HouseHoliday, action: Action, by: Staff) -> Recomputed:
    found = access.rows(SubjectRequest).filter(state__in=requests.OPEN_STATES)
    changed: list[SubjectRequest] = []
    count = 0
    calendars: dict[int, Calendar] = {}  # of a country they may differ by the year of receipt
    for request in found.select_related("controller").select_for_update(of=("self",)):
        count += 1
        year = request.received_on.year
        if year not in calendars:
            calendars[year] = calendar_of(by.controller, request.received_on)
        if clock.settle(request, calendars[year]):
            changed.append(request)
    for request in changed:
        request.save(update_fields=["due_on", "internal_on", "extended_to"])
    event = log.Event(
        action=action, purpose=KEEPING, object_type="holiday", object_id=row.pk,
        counts={"open": count, "moved": len(changed)},
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
    return Recomputed(count, len(changed))
