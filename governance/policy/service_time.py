"""The clock of service: promised times, counted in the hours the house is open.

A promise such as "resolved within eight hours" counts working time: the weekly hours of the
house, without public holidays and those of the house, in the time zone where it is. While the
house waits for the customer the clock is paused. Everything is computed from the moments that
are stored, so the same rows give the same answer at any time; nothing ticks.

Moments are aware. Within a day the hours are those on the wall: the night in which clocks are
changed is shorter or longer, and a span across it counts the minutes that really pass.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from governance.policy.holidays import Calendar
from governance.policy.provisions import Hours

ZERO = timedelta(0)
_DAY = timedelta(days=1)
_LONGEST_CLOSURE = 400  # days without one open minute, after which there is none at all


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time from `start` up to, and without, `end`; without an end it goes on."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When the house is open.

    Attributes
    ----------
    week : spans of the day by day of the week, on the wall
    holidays : public holidays, and those of the house
    zone : where the house is
    """

    week: Hours
    holidays: Calendar
    zone: ZoneInfo

    def on(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the open spans of a day, in UTC, in order and apart from one another.

        Raises
        ------
        CalendarNotCoveredError
            the list of holidays does not reach that year
        """
        if self.holidays.is_holiday(day):
            return []
        said = sorted((a, b) for weekday, a, b in self.week.spans if weekday == day.weekday())
        spans: list[tuple[datetime, datetime]] = []
        for opens, closes in said:
            start = datetime.combine(day, opens, self.zone).astimezone(UTC)
            end = datetime.combine(day, closes, self.zone).astimezone(UTC)
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    def from_(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open spans after a moment, without end unless the house stays closed."""
        day, closed = moment.astimezone(self.zone).date(), 0
        while closed < _LONGEST_CLOSURE:
            spans = [(max(start, moment), end) for start, end in self.on(day) if end > moment]
            yield from spans
            closed = 0 if spans else closed + 1
            day += _DAY


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock says at a moment.

    Attributes
    ----------
    elapsed : working time that counted
    due_at : when the promise ends; None where nothing is promised, or while the clock is paused
        and nobody can tell yet
    is_paused : whether the house waits for the customer
    is_breached : whether the promise was not kept, then or by now
    """

    elapsed: timedelta
    due_at: datetime | None
    is_paused: bool
    is_breached: bool


def working_time(
    hours: ServiceHours, start: datetime, end: datetime, *, pauses: Iterable[Span] = ()
) -> timedelta:
    """Return the working time from `start` up to `end` outside the pauses."""
    total = ZERO
    standing = _merged(pauses)
    for opens, closes in hours.from_(start.astimezone(UTC)):
        if opens >= end:
            break
        total += _outside(opens, min(closes, end), standing)
    return total


def due_at(
    hours: ServiceHours, start: datetime, promised: timedelta, *, pauses: Iterable[Span] = ()
) -> datetime | None:
    """Return the moment at which the promised working time is used up.

    None while a pause without an end stands before it, or where the house never opens.
    """
    left, standing = promised, _merged(pauses)
    for opens, closes in hours.from_(start.astimezone(UTC)):
        for piece_start, piece_end in _pieces(opens, closes, standing):
            if piece_end - piece_start >= left:
                return piece_start + left
            left -= piece_end - piece_start
        if standing and standing[-1].end is None and closes >= standing[-1].start:
            return None
    return None


def read(
    hours: ServiceHours,
    start: datetime,
    promised: timedelta | None,
    *,
    pauses: Iterable[Span] = (),
    kept_at: datetime | None = None,
    now: datetime,
) -> Reading:
    """Read the clock: `kept_at` is when what was promised was done, if it was."""
    pauses = list(pauses)
    until = kept_at or now
    elapsed = working_time(hours, start, until, pauses=pauses)
    is_paused = kept_at is None and any(
        pause.start <= now and (pause.end is None or now < pause.end) for pause in pauses
    )
    due = None if promised is None else due_at(hours, start, promised, pauses=pauses)
    return Reading(
        elapsed=elapsed,
        due_at=due,
        is_paused=is_paused,
        is_breached=promised is not None and elapsed > promised,
    )


def _merged(pauses: Iterable[Span]) -> list[Span]:
    """Return pauses in order and apart; one that ends before it begins is none."""
    merged: list[Span] = []
    for pause in sorted(pauses, key=lambda span: span.start):
        if pause.end is not None and pause.end <= pause.start:
            continue
        last = merged[-1] if merged else None
        if last is None or (last.end is not None and last.end < pause.start):
            merged.append(pause)
        elif last.end is not None and (pause.end is None or pause.end > last.end):
            merged[-1] = Span(last.start, pause.end)
    return merged


def _pieces(
    start: datetime, end: datetime, standing: list[Span]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left of a stretch outside merged pauses."""
    for pause in standing:
        if pause.end is not None and pause.end <= start:
            continue
        if pause.start >= end:
            break
        if pause.start > start:
            yield start, pause.start
        if pause.end is None:
            return
        start = pause.end
    if start < end:
        yield start, end


def _outside(start: datetime, end: datetime, standing: list[Span]) -> timedelta:
    return sum((b - a for a, b in _pieces(start, end, standing)), ZERO)
