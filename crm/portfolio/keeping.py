"""Keeping customers: how many were kept, whom to look after (ST5), and who may grow (ST6).

Purchases in, people and numbers out. A customer is kept who bought before a period and bought
again in it: an equal time before it is looked at, so that two periods can be compared.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from crm.scores.history import Day
from governance.policy.campaigns import rate
from governance.policy.tiers import Buying, Scored, scored

K = TypeVar("K", bound=Hashable)
RECENT_FROM, OFTEN_FROM, LITTLE_TO = 3, 4, 2  # fifths, 5 the best


@dataclass(frozen=True, slots=True)
class Span:
    """A period by its first and last day."""

    since: date
    until: date

    @property
    def before(self) -> "Span":
        """The period of the same length that ends when this one begins."""
        length = self.until - self.since
        last = self.since - timedelta(days=1)
        return Span(last - length, last)

    def has(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Retention:
    """How many bought before, how many of them were kept, and how many bought for the first time.

    Attributes
    ----------
    new, repeated : who bought for the first time in the period, and of them who bought again in it
    """

    before: int
    kept: int
    new: int
    repeated: int

    @property
    def rate(self) -> Decimal | None:
        """The share that was kept; None where nobody bought before."""
        return rate(self.kept, self.before)

    @property
    def repeat_rate(self) -> Decimal | None:
        """The share of the new who bought again; None where nobody is new."""
        return rate(self.repeated, self.new)


@dataclass(frozen=True, slots=True)
class ToSave:
    """Somebody who bought before the period and not in it.

    Attributes
    ----------
    spent : before and in it
    usual : days between two purchases; None for who bought once
    silent : days since the last one
    """

    spent: float
    usual: int | None
    silent: int


def retention(bought: Mapping[K, Sequence[Day]], span: Span) -> Retention:
    """Return who was kept, and who is new."""
    before = kept = new = repeated = 0
    for days in bought.values():
        in_it = sum(span.has(day.on) for day in days)
        was_here = any(span.before.has(day.on) for day in days)
        is_new = bool(days) and span.has(days[0].on)
        before += was_here
        kept += was_here and in_it > 0
        new += is_new
        repeated += is_new and in_it > 1
    return Retention(before, kept, new, repeated)


def to_save(bought: Mapping[K, Sequence[Day]], span: Span) -> dict[K, ToSave]:
    """Return who was not kept, who spent most first.

    Who is silent for less than twice their usual time is only slow, and is left alone.
    """
    found = {}
    for one, days in bought.items():
        known = [day for day in days if day.on <= span.until]
        if not known or not span.before.has(known[-1].on):
            continue
        usual = (known[-1].on - known[0].on).days // (len(known) - 1) if len(known) > 1 else None
        silent = (span.until - known[-1].on).days
        if usual is None or silent >= 2 * usual:
            found[one] = ToSave(sum(day.spent for day in known), usual, silent)
    return dict(sorted(found.items(), key=lambda item: -item[1].spent))


def growth(bought: Mapping[K, Sequence[Day]]) -> dict[K, Scored]:
    """Return whom more could be sold to: who bought lately and buys often, and spends little.

    In fifths of all customers (`governance.policy.tiers`): recency from 3, frequency from 4, and
    money in all up to 2.
    """
    sums = {
        one: Buying(days[-1].on, len(days), Decimal(sum(day.spent for day in days)))
        for one, days in bought.items() if days
    }  # fmt: skip
    return {one: told for one, told in _fifths(sums).items() if _may_grow(told)}


def _fifths(sums: Mapping[K, Buying]) -> dict[K, Scored]:
    return scored(sums) if sums else {}


def _may_grow(told: Scored) -> bool:
    is_here = told.recency >= RECENT_FROM and told.frequency >= OFTEN_FROM
    return is_here and told.monetary <= LITTLE_TO
