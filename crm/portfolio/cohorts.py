"""Cohorts: of those who came in the same month, who bought, who bought again, and who lapsed (A12).

Purchases in, a table out: it knows no table of the database and no person. Nothing is shown of it
before small counts are hidden.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from governance.policy.periods import Period

K = TypeVar("K")
LAPSES_AFTER = Period(years=1)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people who came in one month.

    Attributes
    ----------
    month : its first day
    acquired : how many came
    ordered : of them, who bought at least once
    repeated : of those who ordered, who bought on another day too
    lapsed : of those who ordered, who bought nothing for longer than `LAPSES_AFTER`
    """

    month: date
    acquired: int
    ordered: int
    repeated: int
    lapsed: int


def cohorts(
    acquired: Mapping[K, date], bought: Mapping[K, Sequence[date]], *, today: date
) -> list[Cohort]:
    """Return the cohorts, the oldest first.

    Arguments
    ---------
    acquired : the day each came; who bought before it came on the day of the first order
    bought : on which days each bought, in order; nothing for who did not
    """
    lapsed_before = LAPSES_AFTER.before(today)
    counts: dict[date, Counter[str]] = {}
    for one in acquired.keys() | bought.keys():
        days = bought.get(one, ())
        month = min([*days[:1], *_day(acquired.get(one))]).replace(day=1)
        counts.setdefault(month, Counter()).update(_reached(days, lapsed_before))
    return [
        Cohort(month, n["acquired"], n["ordered"], n["repeated"], n["lapsed"])
        for month, n in sorted(counts.items())
    ]


def _day(day: date | None) -> list[date]:
    return [] if day is None else [day]


def _reached(days: Sequence[date], lapsed_before: date) -> Iterable[str]:
    yield "acquired"
    if days:
        yield "ordered"
    if len(set(days)) > 1:
        yield "repeated"
    if days and days[-1] < lapsed_before:
        yield "lapsed"
