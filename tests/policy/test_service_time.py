"""The clock of service against a walk from minute to minute, written without the code it checks."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from governance.policy import provisions
from governance.policy.holidays import ITALY, SingleHoliday
from governance.policy.provisions import ProvisionInvalidError
from governance.policy.service_time import (
    ServiceHours,
    Span,
    due_at,
    read,
    working_time,
)
from governance.policy.vocabulary import Priority

ROME = ZoneInfo("Europe/Rome")
MINUTE = timedelta(minutes=1)
HOURS = ServiceHours(
    provisions.hours("mon-fri 09:00-13:00, mon-fri 14:00-18:00, sat 09:00-13:00"), ITALY, ROME
)
CASES = 300
FREE = {
    date(2026, 10, 4), date(2026, 11, 1), date(2026, 12, 8), date(2026, 12, 25), date(2026, 12, 26),
    date(2027, 1, 1), date(2027, 1, 6), date(2027, 3, 28), date(2027, 3, 29), date(2027, 4, 25),
}  # fmt: skip


def rome(*when: int) -> datetime:
    return datetime(*when, tzinfo=ROME)  # type: ignore[arg-type, misc]


def is_open(moment: datetime) -> bool:
    local = moment.astimezone(ROME)
    if local.date() in FREE or local.strftime("%a") == "Sun":
        return False
    if local.strftime("%a") == "Sat":
        return 9 <= local.hour < 13
    return 9 <= local.hour < 13 or 14 <= local.hour < 18


def counts(moment: datetime, pauses: list[Span]) -> bool:
    standing = any(p.start <= moment and (p.end is None or moment < p.end) for p in pauses)
    return is_open(moment) and not standing


def walked(start: datetime, end: datetime, pauses: list[Span]) -> timedelta:
    moment, total = start, timedelta(0)
    while moment < end:
        total += counts(moment, pauses) * MINUTE
        moment += MINUTE
    return total


def scene(chance: random.Random) -> tuple[datetime, list[Span]]:
    """A start between October and March, changes of clocks included, and up to three pauses."""
    start = datetime(2026, 10, 1, tzinfo=UTC) + chance.randrange(180 * 24 * 60) * MINUTE
    pauses = []
    for _ in range(chance.randrange(4)):
        begins = start + chance.randrange(-600, 6000) * MINUTE
        pauses.append(Span(begins, begins + chance.randrange(-10, 3000) * MINUTE))
    return start, pauses


@pytest.mark.parametrize("seed", range(CASES))
def test_working_time_is_what_a_walk_from_minute_to_minute_counts(seed: int) -> None:
    chance = random.Random(seed)
    start, pauses = scene(chance)
    end = start + chance.randrange(5 * 24 * 60) * MINUTE
    assert working_time(HOURS, start, end, pauses=pauses) == walked(start, end, pauses)


@pytest.mark.parametrize("seed", range(CASES))
def test_due_is_the_first_moment_at_which_the_promise_is_used_up(seed: int) -> None:
    chance = random.Random(seed)
    start, pauses = scene(chance)
    promised = chance.randrange(1, 24 * 60) * MINUTE
    due = due_at(HOURS, start, promised, pauses=pauses)
    assert due is not None
    assert working_time(HOURS, start, due, pauses=pauses) == promised
    assert counts(due - MINUTE, pauses)


def test_o13_holidays_of_italy_and_of_the_house_do_not_count() -> None:
    friday = rome(2026, 12, 24, 17, 0)  # the 25th and 26th are holidays, the 27th a Sunday
    assert due_at(HOURS, friday, timedelta(hours=2)) == rome(2026, 12, 28, 10, 0)
    ambrose = ITALY.with_extra(
        [SingleHoliday(date(2026, 12, 7), "Sant'Ambrogio", "statute")], version="IT+1"
    )
    milan = ServiceHours(HOURS.week, ambrose, ROME)
    saturday = rome(2026, 12, 5, 12, 30)  # the 7th is the patron's day, the 8th a holiday
    assert due_at(HOURS, saturday, timedelta(hours=1)) == rome(2026, 12, 7, 9, 30)
    assert due_at(milan, saturday, timedelta(hours=1)) == rome(2026, 12, 9, 9, 30)


@pytest.mark.parametrize(
    ("day", "passed"),
    [(date(2027, 3, 28), 3), (date(2026, 10, 25), 5), (date(2026, 10, 18), 4)],
)
def test_a_span_across_a_change_of_clocks_counts_what_really_passes(day: date, passed: int) -> None:
    night = ServiceHours(
        provisions.hours("sun 00:00-04:00"), ITALY.with_extra([], version="night"), ROME
    )
    if day.month == 3:  # Easter Sunday of 2027: the night watch has no holidays
        night = ServiceHours(night.week, type(ITALY)("IT", "none", ()), ROME)
    start = datetime.combine(day, time(0), ROME)
    assert working_time(night, start, start.astimezone(UTC) + timedelta(hours=9)) == timedelta(
        hours=passed
    )


def test_o13_the_clock_pauses_while_the_house_waits_and_goes_on() -> None:
    start = rome(2026, 11, 23, 9, 0)
    waits = Span(rome(2026, 11, 23, 11, 0))
    paused = read(HOURS, start, timedelta(hours=4), pauses=[waits], now=rome(2026, 11, 24, 9, 0))
    assert (paused.elapsed, paused.due_at) == (timedelta(hours=2), None)
    assert paused.is_paused
    assert not paused.is_breached
    answered = [Span(waits.start, rome(2026, 11, 24, 10, 0))]
    again = read(HOURS, start, timedelta(hours=4), pauses=answered, now=rome(2026, 11, 24, 11, 0))
    assert (again.elapsed, again.due_at) == (timedelta(hours=3), rome(2026, 11, 24, 12, 0))
    assert not again.is_paused
    late = read(HOURS, start, timedelta(hours=4), pauses=answered, now=rome(2026, 11, 24, 12, 1))
    assert late.is_breached
    kept = read(
        HOURS, start, timedelta(hours=4), pauses=answered,
        kept_at=rome(2026, 11, 24, 12, 0), now=rome(2026, 12, 1, 9, 0),
    )  # fmt: skip
    assert not kept.is_breached


def test_pauses_that_meet_or_lie_within_each_other_count_once() -> None:
    start = rome(2026, 11, 23, 9, 0)
    pauses = [
        Span(rome(2026, 11, 23, 10, 0), rome(2026, 11, 23, 12, 0)),
        Span(rome(2026, 11, 23, 10, 30), rome(2026, 11, 23, 11, 0)),
        Span(rome(2026, 11, 23, 12, 0), rome(2026, 11, 23, 12, 30)),
    ]
    assert working_time(HOURS, start, rome(2026, 11, 23, 13, 0), pauses=pauses) == timedelta(
        hours=1, minutes=30
    )


def test_where_nothing_is_promised_or_the_house_never_opens_there_is_no_date() -> None:
    start = rome(2026, 11, 23, 9, 0)
    nothing = read(HOURS, start, None, now=start + timedelta(days=9))
    assert (nothing.due_at, nothing.is_breached) == (None, False)
    never = ServiceHours(provisions.Hours(()), ITALY, ROME)
    assert due_at(never, start, MINUTE) is None


def test_promises_are_read_by_priority_and_refused_when_they_cannot_be() -> None:
    said = provisions.promises("urgent=PT1H high=PT4H normal=PT8H30M low=PT45M")
    assert said[Priority.NORMAL] == timedelta(hours=8, minutes=30)
    assert said[Priority.LOW] == timedelta(minutes=45)
    for wrong in ("", "urgent", "urgent=P1D", "soon=PT1H", "low=PT0H", "low=PT1H low=PT2H"):
        with pytest.raises(ProvisionInvalidError):
            provisions.promises(wrong)
