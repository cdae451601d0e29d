"""A loyalty programme: how points are earned, what they bring, and how tiers are reached.

A definition is plain JSON:

    {"currency": "EUR", "points_per_unit": "1", "referral_points": 50, "referral_form": "friends",
     "tiers": [{"key": "base", "title_it": "...", "title_en": "...", "points": 0, "days": 0,
                "benefit_it": "...", "benefit_en": "..."}],
     "rewards": [{"key": "bag", "title_it": "...", "title_en": "...", "points": 200}]}

A tier asks for points earned within a year and for days of membership; the first asks for nothing.
It is reached and left by these rules alone, so that each change can be explained by its figures.
Nothing here looks at what was bought: that would be profiling, which is another purpose (Garante,
24 February 2005).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from enum import StrEnum, unique
from itertools import pairwise
from typing import Any

PARTS = {"currency", "points_per_unit", "referral_points", "referral_form", "tiers", "rewards"}
NAMED = {"key", "title_it", "title_en", "points"}
OF_A_TIER = NAMED | {"days", "benefit_it", "benefit_en"}
YEAR = 365  # days in which the points of a tier are earned
MOST, MOST_POINTS, LONGEST, MOST_PER_UNIT = 10, 1_000_000, 200, 100


@unique
class LineKind(StrEnum):
    """Why points were written."""

    EARNED = "earned"  # by an order
    REFERRAL = "referral"  # somebody came by a link of theirs
    REDEEMED = "redeemed"  # for a reward
    CORRECTED = "corrected"  # of an earlier line, which stays


COUNTED = frozenset({LineKind.EARNED, LineKind.REFERRAL, LineKind.CORRECTED})
"""What counts towards a tier: what was spent on rewards was earned all the same."""


@unique
class CorrectedBecause(StrEnum):
    """Why a line was corrected."""

    ORDER_CANCELLED = "order_cancelled"
    MISTAKE = "mistake"
    GOODWILL = "goodwill"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a definition: where, as a JSON pointer, and a word for it."""

    where: str
    code: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a tier is decided by: points earned within a year, and days of membership."""

    points: int
    days: int


def faults(definition: Any) -> list[Fault]:
    """Return what is wrong with a definition, in the order of reading; nothing where it is good."""
    if not isinstance(definition, dict) or set(definition) != PARTS:
        return [Fault("#", "parts")]
    return [
        *_of_numbers(definition),
        *_of_list(definition["tiers"], OF_A_TIER, where="#/tiers"),
        *_of_list(definition["rewards"], NAMED, where="#/rewards"),
        *_of_order(definition["tiers"]),
    ]


def _of_numbers(said: Mapping[str, Any]) -> Iterator[Fault]:
    currency, form = said["currency"], said["referral_form"]
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isupper()):  # noqa: PLR2004 - ISO 4217
        yield Fault("#/currency", "value")
    rate = _decimal(said["points_per_unit"])
    if rate is None or not 0 < rate <= MOST_PER_UNIT:
        yield Fault("#/points_per_unit", "value")
    if not _is_count(said["referral_points"]) or not isinstance(form, str):
        yield Fault("#/referral_points", "value")
    elif said["referral_points"] and not form:
        yield Fault("#/referral_form", "missing")


def _decimal(said: Any) -> Decimal | None:
    try:
        found = Decimal(said) if isinstance(said, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _is_count(said: Any) -> bool:
    return type(said) is int and 0 <= said <= MOST_POINTS


def _of_list(said: Any, parts: set[str], *, where: str) -> Iterator[Fault]:
    if not isinstance(said, list) or len(said) > MOST:
        yield Fault(where, "no_list")
        return
    for number, one in enumerate(said):
        at = f"{where}/{number}"
        if not isinstance(one, dict) or set(one) != parts:
            yield Fault(at, "parts")
            continue
        counts, texts = parts & {"points", "days"}, parts - {"points", "days"}
        wrong = [name for name in sorted(counts) if not _is_count(one[name])]
        wrong += [name for name in sorted(texts) if not _is_text(name, one[name])]
        for name in wrong:
            yield Fault(f"{at}/{name}", "value")
    keys = [one.get("key") for one in said if isinstance(one, dict)]
    if len(set(map(str, keys))) < len(keys):
        yield Fault(where, "twice")


def _is_text(name: str, said: Any) -> bool:
    is_optional = name.startswith("benefit")
    return isinstance(said, str) and len(said) <= LONGEST and (is_optional or bool(said.strip()))


def _of_order(tiers: Any) -> Iterator[Fault]:
    """Each tier asks for no less than the one before, and the first for nothing."""
    try:
        asked = [(one["points"], one["days"]) for one in tiers]
        rises = all(a <= c and b <= d for (a, b), (c, d) in pairwise(asked))
    except (TypeError, KeyError, ValueError):
        return  # said already
    if not asked or asked[0] != (0, 0) or not rises:
        yield Fault("#/tiers", "order")


def points_for(total: Decimal, definition: Mapping[str, Any]) -> int:
    """Return the points of an order, rounded down."""
    found = total * Decimal(definition["points_per_unit"])
    return int(found.to_integral_value(rounding=ROUND_DOWN))


def tier_of(definition: Mapping[str, Any], stands: Standing) -> Mapping[str, Any]:
    """Return the highest tier whose points and days are both reached."""
    reached = [
        one
        for one in definition["tiers"]
        if stands.points >= one["points"] and stands.days >= one["days"]
    ]
    found: Mapping[str, Any] = reached[-1]
    return found


def named(rows: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any] | None:
    """Return the tier or reward of a key, or None."""
    return next((one for one in rows if one["key"] == key), None)
