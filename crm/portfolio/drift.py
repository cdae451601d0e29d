"""Who buys at another pace than they themselves used to (A19): each is compared with nobody else.

Over the last ninety days so many purchases are expected as the pace before them says. The count of
purchases is taken as Poisson's: people are more regular than that, so that a steady customer is
flagged less often than the level says.

    slower   P(X <= seen) < 5 %        faster   P(X >= seen) < 1 %
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, unique
from typing import TypeVar

from governance.policy.chance import at_least, at_most

K = TypeVar("K")
RECENT = timedelta(days=90)
FEWEST = 4  # days of buying that make a pace
SLOWER_BELOW, FASTER_BELOW = 0.05, 0.01


@unique
class Pace(StrEnum):
    """How somebody buys now, against how they used to."""

    SLOWER = "slower"
    FASTER = "faster"


@dataclass(frozen=True, slots=True)
class Drift:
    """A change of pace, in the numbers that tell it.

    Attributes
    ----------
    expected : days of buying in the last ninety days, at the pace before them
    seen : how many there were
    """

    pace: Pace
    expected: float
    seen: int


def drifts(bought: Mapping[K, Sequence[date]], *, today: date) -> dict[K, Drift]:
    """Return who changed their pace; who bought too little before to have one is not in it."""
    found = ((one, drift(days, today=today)) for one, days in bought.items())
    return {one: told for one, told in found if told is not None}


def drift(days: Sequence[date], *, today: date) -> Drift | None:
    """Return how somebody's pace changed, or None.

    Arguments
    ---------
    days : on which they bought, each once, in order
    """
    begins = today - RECENT
    before = [day for day in days if day <= begins]
    seen = len(days) - len(before)
    if len(before) < FEWEST:
        return None
    # The first purchase begins the time, and is none of those that fall into it.
    expected = (len(before) - 1) / max(1, (begins - before[0]).days) * RECENT.days
    if at_most(seen, expected) < SLOWER_BELOW:
        return Drift(Pace.SLOWER, expected, seen)
    if at_least(seen, expected) < FASTER_BELOW:
        return Drift(Pace.FASTER, expected, seen)
    return None
