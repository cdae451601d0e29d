"""What customers will spend in twelve months, out of their orders: BG/NBD times Gamma-Gamma."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from crm.portfolio.errors import (
    AnalysisNotInstalledError,
    NotConvergedError,
    TooFewEventsError,
)
from crm.scores.history import Day, History
from governance.policy.scores import Reason

MONTH = 365.25 / 12  # days
SEED = 1  # the same orders give the same interval


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one person; the value is the product of the two reasons."""

    value: float
    low: float
    high: float
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Worths:
    """The values of everybody, or why there are none."""

    told: dict[UUID, Told] = field(default_factory=dict)
    fallback: str = ""
    parameters: dict[str, float] = field(default_factory=dict)


def require_installed() -> None:
    """Say so when the mathematics is not there.

    Raises
    ------
    AnalysisNotInstalledError
    """
    try:
        import crm.portfolio.worth  # noqa: F401
    except ModuleNotFoundError as missing:
        raise AnalysisNotInstalledError from missing


def worth(history: History, today: date) -> Worths:
    """Return what each customer will spend in twelve months, discounted by one percent a month."""
    import numpy as np

    from crm.portfolio import buying, spending
    from crm.portfolio.worth import Horizon, Portfolio

    if not history:
        return Worths(fallback=TooFewEventsError.code)
    repeats, last, seen, mean = np.array([_row(days, today) for days in history.values()]).T
    known = buying.Purchases(repeats, last, seen)
    try:
        buys, spends = buying.fit(known), spending.fit(repeats, mean)
        each = spends.expected(repeats, mean)
    except (TooFewEventsError, NotConvergedError) as error:
        return Worths(fallback=error.code)
    found = Portfolio(buys, spends, known, mean).worth(Horizon(month=MONTH), seed=SEED)
    told = {
        subject: Told(
            float(value), float(low), float(high),
            [Reason("purchases_ahead", float(value / one)), Reason("per_purchase", float(one))],
        )
        for subject, value, low, high, one in zip(
            history, found.mean, found.low, found.high, each, strict=True
        )
    }  # fmt: skip
    parameters: dict[str, Any] = {
        "r": buys.r, "alpha": buys.alpha, "a": buys.a, "b": buys.b,
        "p": spends.p, "q": spends.q, "gamma": spends.gamma,
    }  # fmt: skip
    return Worths(told, parameters=parameters)


def _row(days: list[Day] | Any, today: date) -> tuple[float, float, float, float]:
    first, *later = days
    last = later[-1] if later else first
    mean = sum(day.spent for day in later) / len(later) if later else 0.0
    return (
        float(len(later)),
        float((last.on - first.on).days),
        float(max(1, (today - first.on).days)),
        mean,
    )
