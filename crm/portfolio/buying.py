"""How often customers buy, and whether they still do: the BG/NBD model, by maximum likelihood.

A customer buys at a rate of their own, and after each purchase leaves for good with a chance of
their own; rates are spread over customers by Gamma(r, alpha), chances by Beta(a, b). What is known
of a customer: x repeat purchases, the last of them t_x after the first one, seen for T.

Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers" the Easy Way, Marketing
Science 24(2), 2005; equations (6), (7) and (10), (10) after Euler's transformation of 2F1, which
keeps every factor near one.

Only what depends on both times is computed for each customer. The rest depends on x alone, of which
there are few values, so a hundred thousand customers are fitted in a fraction of a second.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln, hyp2f1

from crm.portfolio.errors import NotConvergedError, TooFewEventsError

Numbers = NDArray[np.float64]
FEWEST_RETURNING = 50
AT_ONE = 1e-6  # the expectation has a removable hole at a = 1


@dataclass(frozen=True, slots=True)
class Purchases:
    """What is known of many customers: one item of each array is one customer.

    Arguments
    ---------
    repeats : x, days with a purchase after the first
    last : t_x, time from the first purchase to the last, 0 where there is one only
    seen : T, time from the first purchase to the end; all times in one unit
    """

    repeats: Numbers
    last: Numbers
    seen: Numbers


@dataclass(frozen=True, slots=True)
class BuyingModel:
    """The four parameters of BG/NBD."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, known: Purchases) -> Numbers:
        """Return the probability that each customer still buys."""
        return np.asarray(1 / (1 + self._odds_gone(known)))

    def expected(self, known: Purchases, ahead: float) -> Numbers:
        """Return how many purchases are expected of each customer in the time ahead."""
        a = self.a + AT_ONE if abs(self.a - 1) < AT_ONE else self.a
        x, total = known.repeats, self.alpha + known.seen
        share = total / (total + ahead)
        left = share ** (a - 1) * hyp2f1(
            a + self.b - 1 - self.r, a - 1, a + self.b + x - 1, 1 - share
        )
        return np.asarray((a + self.b + x - 1) / (a - 1) * (1 - left) * self.alive(known))

    def _odds_gone(self, known: Purchases) -> Numbers:
        x = known.repeats
        returned = x > 0
        after = np.where(returned, self.b + x - 1, 1.0)
        ratio = (self.alpha + known.seen) / (self.alpha + known.last)
        return np.asarray(np.where(returned, self.a / after * ratio ** (self.r + x), 0.0))


def fit(known: Purchases) -> BuyingModel:
    """Return the model under which what is known is most likely.

    Raises
    ------
    TooFewEventsError
        fewer than 50 customers came back
    NotConvergedError
        no maximum was found
    """
    if np.count_nonzero(known.repeats) < FEWEST_RETURNING:
        raise TooFewEventsError
    # In units of the mean time seen, so that days and weeks are fitted alike.
    unit = float(np.mean(known.seen))
    scaled = _Likelihood(Purchases(known.repeats, known.last / unit, known.seen / unit))
    found = minimize(scaled.of, np.zeros(4), jac=True, method="BFGS", options={"gtol": 1e-7})
    r, alpha, a, b = np.exp(found.x)
    if not np.all(np.isfinite(found.x)) or np.max(np.abs(found.jac)) > 1e-5:  # noqa: PLR2004 - of a mean
        raise NotConvergedError
    return BuyingModel(float(r), float(alpha * unit), float(a), float(b))


class _Likelihood:
    """The mean negative log-likelihood of customers, and its slope, over log parameters.

    Of those who came once only T counts, and many share it; the others are computed one by one.
    """

    def __init__(self, known: Purchases) -> None:
        back = known.repeats > 0
        self.size = len(known.repeats)
        self.values, self.counts = np.unique(known.repeats, return_counts=True)
        self.once, self.times_once = np.unique(known.seen[~back], return_counts=True)
        self.back = Purchases(known.repeats[back], known.last[back], known.seen[back])

    def of(self, logs: Numbers) -> tuple[float, Numbers]:
        parameters = np.exp(logs)
        parts = [self._counted(*parameters), self._came_once(*parameters), self._back(*parameters)]
        value = sum(one for one, _slope in parts)
        slope = np.sum([one for _value, one in parts], axis=0)
        return -value / self.size, -slope * parameters / self.size

    def _counted(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Numbers]:
        """Return A1 and A2, which depend on the number of purchases alone."""
        x, n = self.values, self.counts
        each = (
            gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gammaln(a + b) + gammaln(b + x)
            - gammaln(b) - gammaln(a + b + x)
        )  # fmt: skip
        both = digamma(a + b) - digamma(a + b + x)
        slopes = (
            digamma(r + x) - digamma(r) + np.log(alpha), r / alpha, both,
            both + digamma(b + x) - digamma(b),
        )  # fmt: skip
        return float(n @ each), np.array([np.sum(n * slope) for slope in slopes])

    def _came_once(self, r: float, alpha: float, _a: float, _b: float) -> tuple[float, Numbers]:
        """Return A3 of those who did not come back, who cannot have left."""
        until_end, n = alpha + self.once, self.times_once
        logs = float(n @ np.log(until_end))
        return -r * logs, np.array([-logs, -r * float(np.sum(n / until_end)), 0.0, 0.0])

    def _back(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Numbers]:
        """Return the sum of A3 and A4 of those who came back: they stayed, or left after that."""
        x = self.back.repeats
        rate, after = r + x, b + x - 1
        until_end, until_last = alpha + self.back.seen, alpha + self.back.last
        log_end = np.log(until_end)
        since = log_end - np.log(until_last)
        odds = np.log(a / after) + rate * since
        gone = expit(odds)
        # log(1 + e^odds) = odds - log(gone), and gone is never 0 here: odds are finite
        total = odds - np.log(gone) - rate * log_end
        slopes = (
            gone * since - log_end,
            -rate * ((1 - gone) / until_end + gone / until_last),
            gone / a,
            -gone / after,
        )
        return float(np.sum(total)), np.array([np.sum(slope) for slope in slopes])
