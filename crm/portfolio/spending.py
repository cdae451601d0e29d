"""What customers spend at a purchase: the Gamma-Gamma model, by maximum likelihood.

What a customer spends varies about a mean of their own by Gamma(p, nu), and nu over customers by
Gamma(q, gamma), independently of how often they buy. What is known: x purchases with the mean z.

Source: P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value", 2013; equations
(1a) and (5).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from crm.portfolio.errors import NotConvergedError, TooFewEventsError

Numbers = NDArray[np.float64]
FEWEST_RETURNING = 50


@dataclass(frozen=True, slots=True)
class SpendingModel:
    """The three parameters of Gamma-Gamma; gamma in the currency of the sums."""

    p: float
    q: float
    gamma: float

    def expected(self, purchases: Numbers, mean: Numbers) -> Numbers:
        """Return what each customer is expected to spend at a purchase.

        Raises
        ------
        NotConvergedError
            q <= 1: spending is spread so widely that it has no mean
        """
        if self.q <= 1:
            raise NotConvergedError
        return np.asarray(
            self.p * (self.gamma + purchases * mean) / (self.p * purchases + self.q - 1)
        )


def fit(purchases: Numbers, mean: Numbers) -> SpendingModel:
    """Return the model under which these means of so many purchases each are most likely.

    Customers without a purchase, or whose mean is not above zero, say nothing and are left out.

    Raises
    ------
    TooFewEventsError
        fewer than 50 customers are left
    NotConvergedError
        no maximum was found
    """
    counted = (purchases > 0) & (mean > 0)
    if np.count_nonzero(counted) < FEWEST_RETURNING:
        raise TooFewEventsError
    unit = float(np.mean(mean[counted]))
    scaled = _Likelihood(purchases[counted], mean[counted] / unit)
    found = minimize(scaled.of, np.zeros(3), jac=True, method="BFGS", options={"gtol": 1e-7})
    p, q, gamma = np.exp(found.x)
    if not np.all(np.isfinite(found.x)) or np.max(np.abs(found.jac)) > 1e-5:  # noqa: PLR2004 - of a mean
        raise NotConvergedError
    return SpendingModel(float(p), float(q), float(gamma * unit))


class _Likelihood:
    """The mean negative log-likelihood of customers, and its slope, over log parameters."""

    def __init__(self, purchases: Numbers, mean: Numbers) -> None:
        self.x, self.sum, self.log_mean = purchases, purchases * mean, np.log(mean)
        self.values, self.counts = np.unique(purchases, return_counts=True)
        self.log_means = float(np.sum(self.log_mean))
        self.x_log_means = float(purchases @ self.log_mean)

    def of(self, logs: Numbers) -> tuple[float, Numbers]:
        p, q, gamma = np.exp(logs)
        x, n, size = self.values, self.counts, len(self.x)
        reached = gamma + self.sum
        log_sum = np.log(reached)
        sum_logs, x_logs = float(np.sum(log_sum)), float(self.x @ log_sum)
        value = float(
            n @ (gammaln(p * x + q) - gammaln(p * x) + p * x * np.log(x))
            + size * (q * np.log(gamma) - gammaln(q))
            + p * self.x_log_means - self.log_means
            - p * x_logs - q * sum_logs
        )  # fmt: skip
        slope = np.array([
            n @ (x * (digamma(p * x + q) - digamma(p * x) + np.log(x)))
            + self.x_log_means - x_logs,
            n @ digamma(p * x + q) + size * (np.log(gamma) - digamma(q)) - sum_logs,
            size * q / gamma - np.sum((p * self.x + q) / reached),
        ])  # fmt: skip
        return -value / size, -slope * np.exp(logs) / size
