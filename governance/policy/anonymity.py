"""Counting rows about people into figures about nobody, and measuring that they are: pure.

What is left of a row is its time, made coarser step by step, and a few words of closed lists; rows
that agree in them are one figure: how many rows, of how many people, and their sums. A figure is
anonymous where it is of enough people (k-anonymity, Sweeney 2002) and nobody makes up most of it
(the dominance rule of statistical offices: Hundepool et al., *Statistical Disclosure Control*,
2012, chapter 4.2). Figures share no row, and none is ever added to: the difference of two tells
nobody. Of rows that are in none, nothing is told: they stay pseudonymous, whatever was cut out of
them (recital 26), and what is about people ends by their clock.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, unique
from uuid import UUID

AT_LEAST = 5
"""Fewer people are no crowd, whatever a register says of the smallest count that is shown."""
MOST_OF_ONE = Decimal("0.5")
"""The share of a sum that one person may make up."""


@unique
class Grain(StrEnum):
    """How coarse the time of a figure is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Counted:
    """One row, as far as figures go.

    Attributes
    ----------
    words : values of the columns that tell groups apart
    sums : values of the columns that are added up
    """

    row: UUID
    subject: UUID
    day: date
    words: tuple[str, ...] = ()
    sums: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows that agree in what is left of them.

    Attributes
    ----------
    start : first day of its time; None of all time
    words : none where the figure is of all of them
    """

    grain: Grain
    start: date | None
    words: tuple[str, ...]
    rows: tuple[Counted, ...]

    @property
    def people(self) -> int:
        """How many people it is of."""
        return len({row.subject for row in self.rows})

    def sums(self) -> tuple[Decimal, ...]:
        """Return the totals, in the order of the columns."""
        columns = zip(*(row.sums for row in self.rows), strict=True)
        return tuple(sum(column, Decimal()) for column in columns)


_Place = tuple[Grain, date | None, tuple[str, ...]]


def _by_time(grain: Grain) -> Callable[[Counted], _Place]:
    return lambda row: (grain, _start(grain, row.day), row.words)


STEPS: tuple[Callable[[Counted], _Place], ...] = (
    _by_time(Grain.MONTH),
    _by_time(Grain.QUARTER),
    _by_time(Grain.YEAR),
    lambda row: (Grain.YEAR, _start(Grain.YEAR, row.day), ()),
    lambda _row: (Grain.ALL, None, ()),
)
"""From fine to coarse: first the time, then the words."""


def figures(rows: Iterable[Counted], *, smallest: int) -> tuple[list[Figure], list[Counted]]:
    """Return the finest anonymous figures, and the rows that are in none.

    Arguments
    ---------
    smallest : number of people of a figure, `AT_LEAST` or more
    """
    left, found = list(rows), list[Figure]()
    for step in STEPS:
        groups: dict[_Place, list[Counted]] = defaultdict(list)
        for row in left:
            groups[step(row)].append(row)
        left = []
        for place, members in sorted(groups.items(), key=str):
            if is_anonymous(members, smallest=smallest):
                found.append(Figure(*place, tuple(members)))
            else:
                left += members
    return found, left


def is_anonymous(rows: Sequence[Counted], *, smallest: int) -> bool:
    """Whether rows together are of enough people, of whom none makes up most of a sum."""
    return len({row.subject for row in rows}) >= max(smallest, AT_LEAST) and not _dominated(rows)


def _dominated(rows: Sequence[Counted]) -> bool:
    for place in range(len(rows[0].sums)):
        shares: dict[UUID, Decimal] = defaultdict(Decimal)
        for row in rows:
            shares[row.subject] += abs(row.sums[place])
        if max(shares.values()) > MOST_OF_ONE * sum(shares.values()):
            return True
    return False


def _start(grain: Grain, day: date) -> date:
    month = {Grain.MONTH: day.month, Grain.QUARTER: 3 * ((day.month - 1) // 3) + 1}.get(grain, 1)
    return date(day.year, month, 1)


def portions(figure: Figure, *, most: int, smallest: int) -> list[Figure]:
    """Split a figure into anonymous ones of about `most` rows, where it can be, by people.

    So that no transaction is longer than it has to be.
    """
    ordered = sorted(figure.rows, key=lambda row: row.subject)
    parts: list[list[Counted]] = [[]]
    for row in ordered:
        if len(parts[-1]) >= most and parts[-1][-1].subject != row.subject:
            parts.append([])
        parts[-1].append(row)
    if all(is_anonymous(part, smallest=smallest) for part in parts):
        place = (figure.grain, figure.start, figure.words)
        return [Figure(*place, tuple(part)) for part in parts]
    return [figure]
