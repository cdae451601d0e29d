"""Who may buy nothing more within ninety days: learned from the past, tried on a later past.

    ---- train: features ----|-- what happened --|-- what happened --|
                         180 days ago         90 days ago          today
                             |-- try: features ---|

The model is fitted on what was known 180 days ago and what happened in the ninety days after, and
tried on what was known 90 days ago. So nothing it is judged by was there to learn from. Where there
is too little, or the mathematics is not installed, a rule says late, due or not yet.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from crm.portfolio.errors import (
    AnalysisNotInstalledError,
    NotConvergedError,
    TooFewEventsError,
)
from crm.scores.history import History, Row, features, went
from governance.policy.errors import GovernanceError
from governance.policy.scores import VALID_FOR, Logic, Reason, rule_of_churn

FEATURES = ("days_since_order", "order_days", "days_known", "mean_spent")
BASE = "base"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one person. The reasons add up to the log-odds, or to the rule's chance."""

    value: float
    reasons: list[Reason]


@dataclass(frozen=True, slots=True)
class Churn:
    """The scores of everybody, by what logic, and how well it did."""

    told: dict[UUID, Told]
    logic: Logic
    fallback: str = ""
    quality: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)


def churn(history: History, today: date) -> Churn:
    """Return the chance of each customer that they buy nothing within ninety days."""
    now = features(history, today, FEATURES)
    try:
        return _learned(history, today, now)
    except (TooFewEventsError, NotConvergedError, AnalysisNotInstalledError) as error:
        return _by_rule(now, error)


def _by_rule(now: dict[UUID, Row], why: GovernanceError) -> Churn:
    told = {}
    for subject, (since, days, known, _spent) in now.items():
        chance = rule_of_churn(since, days, known)
        told[subject] = Told(chance, [Reason("days_since_order", chance)])
    return Churn(told, Logic.RULE, fallback=why.code)


def _learned(history: History, today: date, now: dict[UUID, Row]) -> Churn:
    try:
        import numpy as np

        from crm.scores import logistic
    except ModuleNotFoundError as missing:
        raise AnalysisNotInstalledError from missing

    def table(rows: Sequence[Row]) -> Any:
        # Times, counts and sums are spread over orders of magnitude; their logarithms are not.
        return np.log1p(np.array(rows, float).reshape(len(rows), len(FEATURES)))

    def past(until: date) -> tuple[Any, Any]:
        rows = features(history, until, FEATURES)
        return table(list(rows.values())), np.array(went(history, rows, until), bool)

    learned, happened = past(today - 2 * VALID_FOR)
    model = logistic.fit(learned, happened)
    tried, came = past(today - VALID_FOR)
    share = float(happened.mean())
    found = logistic.quality(model.probability(tried), came, share=share)
    parts = model.contributions(table(list(now.values())))
    chances = model.probability(table(list(now.values())))
    told = {
        subject: Told(
            float(chance),
            [
                Reason(BASE, model.intercept),
                *(Reason(n, float(p)) for n, p in zip(FEATURES, row, strict=True)),
            ],
        )
        for subject, row, chance in zip(now, parts, chances, strict=True)
    }
    coefficients = dict(zip(FEATURES, model.coefficients.tolist(), strict=True))
    return Churn(
        told, Logic.LOGISTIC, quality=asdict(found) | {"trained_on": len(happened)},
        parameters={"intercept": model.intercept, "coefficients": coefficients},
    )  # fmt: skip
