"""Tiers of customers by recency, frequency and monetary value of their orders: pure rules.

Each figure is scored in fifths of the customers compared, 5 the best; equal figures have equal
scores. A score is the number of fifths that begin at or below the share of customers who are
worse. With R the score of recency and W the rounded mean of the other two:

    R >= 4, W >= 4   champion        R >= 3, W >= 3   loyal         R >= 4, W <= 2   new
    R <= 2, W >= 3   at_risk         R <= 2, W <= 2   dormant       R  = 3, W <= 2   occasional

`crm.sales.tiers` computes the same in one statement; a test keeps the two alike.
"""

from bisect import bisect_left
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, unique
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
FIFTHS, MIDDLE = 5, 3


@unique
class Tier(StrEnum):
    """How a customer buys."""

    CHAMPION = "champion"
    LOYAL = "loyal"
    NEW = "new"
    OCCASIONAL = "occasional"
    AT_RISK = "at_risk"
    DORMANT = "dormant"


@dataclass(frozen=True, slots=True)
class Buying:
    """What a customer's orders come to."""

    last_on: date
    orders: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of a customer, and the tier they make."""

    recency: int
    frequency: int
    monetary: int

    @property
    def tier(self) -> Tier:
        """Return the tier of the scores."""
        return tier_of(self.recency, self.frequency, self.monetary)


def fifth(worse: int, of: int) -> int:
    """Return the score of a customer when so many of all are worse."""
    return 1 + min(FIFTHS - 1, FIFTHS * worse // of)


def tier_of(recency: int, frequency: int, monetary: int) -> Tier:
    """Return the tier of three scores; the table of this module."""
    worth = (frequency + monetary + 1) // 2
    match recency:
        case 4 | 5:
            named = (Tier.NEW, Tier.LOYAL, Tier.CHAMPION)
        case 3:
            named = (Tier.OCCASIONAL, Tier.LOYAL, Tier.LOYAL)
        case _:
            named = (Tier.DORMANT, Tier.AT_RISK, Tier.AT_RISK)
    return named[0 if worth < MIDDLE else 1 if worth == MIDDLE else 2]


def scored(customers: Mapping[K, Buying]) -> dict[K, Scored]:
    """Return the scores of customers, compared with each other."""
    days = sorted(one.last_on for one in customers.values())
    counts = sorted(one.orders for one in customers.values())
    sums = sorted(one.spent for one in customers.values())
    size = len(customers)

    def score(values: list, value: object) -> int:  # type: ignore[type-arg]  # of one kind each
        return fifth(bisect_left(values, value), size)

    return {
        key: Scored(score(days, one.last_on), score(counts, one.orders), score(sums, one.spent))
        for key, one in customers.items()
    }
