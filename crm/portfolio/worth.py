"""What a customer is worth: purchases expected (BG/NBD) times what each brings (Gamma-Gamma).

The future is discounted month by month. The interval is of what the customer will spend, not of the
mean: it comes from drawing futures of the two models, so it is as wide as the future is unsure. In
BG/NBD whoever is alive has a rate of Gamma(r + x, alpha + T) and a chance of leaving of
Beta(a, b + x), independently of each other; in Gamma-Gamma nu is Gamma(p x + q, gamma + x z).
"""

from dataclasses import dataclass

import numpy as np

from crm.portfolio.buying import BuyingModel, Numbers, Purchases
from crm.portfolio.spending import SpendingModel

WITHIN = 0.9
AT_ONCE = 5_000  # customers whose futures are drawn together, for the sake of memory


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far is looked, and what a later month counts.

    Arguments
    ---------
    month : length of a month in the unit of time of the purchases (weeks: 4.345)
    months : how many
    discount : by which share less each month counts than the one before it, 0.01 for one percent
    """

    month: float
    months: int = 12
    discount: float = 0.01


@dataclass(frozen=True, slots=True)
class Worth:
    """Value over the horizon: the mean, and between what nine of ten futures lie."""

    mean: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Two models and what they were fitted on."""

    buying: BuyingModel
    spending: SpendingModel
    purchases: Purchases
    mean_spent: Numbers

    def value(self, horizon: Horizon) -> Numbers:
        """Return the discounted value that is expected of each customer."""
        total = np.zeros(len(self.mean_spent))
        before = np.zeros(len(self.mean_spent))
        for number in range(1, horizon.months + 1):
            until = self.buying.expected(self.purchases, number * horizon.month)
            total += (until - before) / (1 + horizon.discount) ** number
            before = until
        return np.asarray(total * self.spending.expected(self.purchases.repeats, self.mean_spent))

    def worth(self, horizon: Horizon, *, draws: int = 400, seed: int) -> Worth:
        """Return value and interval of each customer; the same seed gives the same interval."""
        random = np.random.default_rng(seed)
        parts = [
            np.quantile(
                self._futures(slice(start, start + AT_ONCE), horizon, draws, random),
                [(1 - WITHIN) / 2, (1 + WITHIN) / 2],
                axis=0,
            )
            for start in range(0, len(self.mean_spent), AT_ONCE)
        ]
        low, high = np.concatenate(parts, axis=1)
        return Worth(self.value(horizon), low, high)

    def _futures(
        self, part: slice, horizon: Horizon, draws: int, random: np.random.Generator
    ) -> Numbers:
        """Return drawn discounted values, one row a draw, one column a customer."""
        known = Purchases(
            self.purchases.repeats[part], self.purchases.last[part], self.purchases.seen[part]
        )
        x, spent = known.repeats, self.mean_spent[part]
        shape = (draws, len(x))
        rate = random.gamma(self.buying.r + x, 1 / (self.buying.alpha + known.seen), shape)
        leaving = np.clip(random.beta(self.buying.a, self.buying.b + x, shape), 1e-12, 1)
        left = random.geometric(leaving)  # purchases until they leave, the last one with it
        left[random.random(shape) >= self.buying.alive(known)] = 0
        each = random.gamma(
            self.spending.p * x + self.spending.q, 1 / (self.spending.gamma + x * spent), shape
        )
        total = np.zeros(shape)
        for number in range(1, horizon.months + 1):
            bought = np.minimum(random.poisson(rate * horizon.month), left)
            left -= bought
            sums = random.gamma(self.spending.p * bought) / each
            total += sums / (1 + horizon.discount) ** number
        return np.asarray(total)
