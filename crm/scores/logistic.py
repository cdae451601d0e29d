"""Logistic regression with a small ridge, and how well it does: arrays in, arrays out.

The log-odds are a sum: intercept plus coefficient times standardised feature. So the explanation of
a score is exact, and can be checked with a pencil. Fitted by maximum likelihood with an intercept,
the mean of the probabilities is the share of events, which is what calibration starts from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from crm.portfolio.errors import NotConvergedError, TooFewEventsError

Numbers = NDArray[np.float64]
FEWEST_EVENTS = 20  # of each outcome; below it a rule does no worse and is honest
RIDGE = 1.0
BINS = 10


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted model: means and spreads of the features, intercept and coefficients."""

    mean: Numbers
    spread: Numbers
    intercept: float
    coefficients: Numbers

    def contributions(self, features: Numbers) -> Numbers:
        """Return what each feature adds to the log-odds, one row a person."""
        return np.asarray((features - self.mean) / self.spread * self.coefficients)

    def probability(self, features: Numbers) -> Numbers:
        """Return the probability of the event."""
        return np.asarray(expit(self.intercept + self.contributions(features).sum(axis=1)))


def fit(features: Numbers, happened: NDArray[np.bool_]) -> Logistic:
    """Return the model under which what happened is most likely.

    Raises
    ------
    TooFewEventsError
        the event, or its absence, was seen fewer than twenty times
    NotConvergedError
    """
    if min(np.count_nonzero(happened), np.count_nonzero(~happened)) < FEWEST_EVENTS:
        raise TooFewEventsError
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    size = len(design)
    held = np.full(design.shape[1], RIDGE / size)
    held[0] = 0.0  # the intercept is free, or the mean would be off

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        odds = design @ weights
        value = np.mean(np.logaddexp(0, odds) - happened * odds) + held @ weights**2 / 2
        return float(value), design.T @ (expit(odds) - happened) / size + held * weights

    found = minimize(loss, np.zeros(design.shape[1]), jac=True, method="BFGS")
    if not np.all(np.isfinite(found.x)) or np.max(np.abs(found.jac)) > 1e-3:  # noqa: PLR2004 - of a mean
        raise NotConvergedError
    return Logistic(mean, spread, float(found.x[0]), found.x[1:])


@dataclass(frozen=True, slots=True)
class Quality:
    """How well probabilities foretold what happened.

    Attributes
    ----------
    auc : chance that somebody to whom it happened had the higher one; 0.5 says nothing
    brier : mean squared error
    baseline : the Brier score of telling everybody the share of the training set
    calibration : in tenths of the people, what was foretold and what happened
    """

    people: int
    events: int
    auc: float
    brier: float
    baseline: float
    calibration: Sequence[tuple[float, float]]


def quality(told: Numbers, happened: NDArray[np.bool_], *, share: float) -> Quality:
    """Return how well it was told; `share` is that of the events in the training set.

    Raises
    ------
    TooFewEventsError
        the event, or its absence, was not seen at all
    """
    events = int(np.count_nonzero(happened))
    others = len(happened) - events
    if not events or not others:
        raise TooFewEventsError
    ranks = rankdata(told)
    above = float(ranks[happened].sum()) - events * (events + 1) / 2
    parts = np.array_split(np.argsort(told, kind="stable"), min(BINS, len(told)))
    return Quality(
        people=len(told),
        events=events,
        auc=above / (events * others),
        brier=float(np.mean((told - happened) ** 2)),
        baseline=float(np.mean((share - happened) ** 2)),
        calibration=[(float(told[part].mean()), float(happened[part].mean())) for part in parts],
    )
