"""What may be computed about how likely somebody is to do something: pure rules.

A score is a conclusion about a person (Art. 4(4)): it has a purpose, is told with its logic
(Art. 15(1)(h)), ends after ninety days, and decides nothing by itself (Art. 22; CJEU C-634/21).
It is computed from a closed list of features. Age band and gender are none of them; by them a run
is only compared between groups, so that a difference is seen. Where people live, what they are
called and which language they speak stand for origin, and are refused as such.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, unique

from governance.policy.categories import SPECIAL, Category

VALID_FOR = timedelta(days=90)
HALF_LIFE = 30  # days in which a point of a lead loses half of its weight


@unique
class ScoreKind(StrEnum):
    """What is estimated."""

    CHURN = "churn"  # buys nothing more within ninety days
    LIFETIME_VALUE = "lifetime_value"  # what will be spent in twelve months
    LEAD = "lead"  # how much interest somebody showed
    OFFER = "offer"  # what goes with what; a run alone, no score of anybody


@unique
class Logic(StrEnum):
    """How it is estimated."""

    LOGISTIC = "logistic"
    RULE = "rule"
    BG_NBD = "bg_nbd"
    POINTS = "points"
    AFFINITY = "affinity"


FEATURES: Mapping[str, Category] = {
    "days_since_order": Category.PURCHASES,
    "order_days": Category.PURCHASES,
    "days_known": Category.PURCHASES,
    "mean_spent": Category.PURCHASES,
}
"""What a score may be computed from, and the category it belongs to."""
GROUPS: Mapping[str, Category] = {
    "age_band": Category.BIRTH,
    "declared_gender": Category.GENDER,
}
"""By what the parity of a run is looked at; never a feature."""
PROXIES: Mapping[str, Category] = {
    "area": Category.ETHNIC_ORIGIN,
    "region": Category.ETHNIC_ORIGIN,
    "postal_code": Category.ETHNIC_ORIGIN,
    "city": Category.ETHNIC_ORIGIN,
    "country": Category.ETHNIC_ORIGIN,
    "language": Category.ETHNIC_ORIGIN,
    "spoken": Category.ETHNIC_ORIGIN,
    "given_name": Category.ETHNIC_ORIGIN,
    "family_name": Category.ETHNIC_ORIGIN,
    "interests": Category.SEXUAL_LIFE,
    "declared_interests": Category.SEXUAL_LIFE,
    "products": Category.HEALTH,
}
"""What stands for a special category (Art. 9; CJEU C-184/20), and for which."""


@unique
class Fault(StrEnum):
    """Why a feature is refused."""

    SPECIAL = "special"
    PROXY = "proxy"
    GROUP = "group"
    UNDECLARED = "undeclared"


def faults(features: Iterable[str]) -> dict[str, Fault]:
    """Return the features that may not be used, and why."""
    return {name: fault for name in features if (fault := _fault(name)) is not None}


def _fault(name: str) -> Fault | None:
    if name in {category.value for category in SPECIAL}:
        return Fault.SPECIAL
    if name in PROXIES:
        return Fault.PROXY
    if name in GROUPS:
        return Fault.GROUP
    return None if name in FEATURES else Fault.UNDECLARED


@dataclass(frozen=True, slots=True)
class Reason:
    """What one feature or event adds to a score; the reasons of a score add up to it."""

    name: str
    points: float


POINTS: Mapping[str, float] = {
    "message": 10.0,  # wrote to us
    "coupon": 15.0,
    "click": 5.0,
    "request": 20.0,  # asked for a quote
}
"""What a sign of interest counts on its day."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something by which somebody showed interest, and when."""

    kind: str
    on: date


def lead_reasons(signs: Sequence[Sign], *, today: date) -> list[Reason]:
    """Return what the signs of a lead add up to, by kind: each halves within thirty days.

    Signs of other kinds, and those that lie ahead, count nothing.
    """
    found: dict[str, float] = {}
    for sign in signs:
        age = (today - sign.on).days
        if sign.kind in POINTS and age >= 0:
            points = POINTS[sign.kind] * 0.5 ** (age / HALF_LIFE)
            found[sign.kind] = found.get(sign.kind, 0.0) + points
    return [Reason(kind, found[kind]) for kind in sorted(found)]


def total(reasons: Iterable[Reason]) -> float:
    """Return the score that reasons add up to."""
    return sum(reason.points for reason in reasons)


LATE_BY = 2.0  # usual gaps between orders


def rule_of_churn(days_since_order: float, order_days: float, days_known: float) -> float:
    """Return the chance by rule, where there is too little for a model: 0.25, 0.5 or 0.75.

    Late is who has not bought for twice their usual gap, or with one order for ninety days.
    """
    bought = days_known - days_since_order
    usual = bought / (order_days - 1) if order_days > 1 else VALID_FOR.days / LATE_BY
    if days_since_order > LATE_BY * max(usual, 1.0):
        return 0.75
    return 0.5 if days_since_order > max(usual, 1.0) else 0.25


def written(reasons: Iterable[Reason]) -> str:
    """Return reasons in one line, as they are stored."""
    return " ".join(f"{reason.name}:{reason.points:+.4f}" for reason in reasons)


def read(line: str) -> list[Reason]:
    """Return the reasons of a stored line."""
    parts = (part.rpartition(":") for part in line.split())
    return [Reason(name, float(points)) for name, _colon, points in parts]
