"""Fitting lifetime value for 100,000 customers, against `lifetimes` (goal: five times faster).

Customers are drawn from known models. Both fit BG/NBD and Gamma-Gamma on the same arrays, in turns;
the parameters found are compared, so that nobody is fast by stopping early. Days are whole.
"""

import argparse
import logging
import time
import warnings
from collections.abc import Callable

import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter
from support import figures

from crm.portfolio import buying, spending
from crm.portfolio.buying import Purchases

ROUNDS = 3
GOAL = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    said = parser.parse_args()
    logging.disable()  # the peer warns of divisions it expects
    repeats, last, seen, mean = customers(said.people)
    known, bought = Purchases(repeats, last, seen), repeats > 0

    def ours() -> tuple[float, float]:
        model = buying.fit(known)
        money = spending.fit(repeats, mean)
        return model.alpha, money.gamma

    def theirs() -> tuple[float, float]:
        model = BetaGeoFitter(0.0).fit(repeats, last, seen)
        money = GammaGammaFitter(0.0).fit(repeats[bought], mean[bought])
        return float(model.params_["alpha"]), float(money.params_["v"])

    ratios = []
    for _round in range(ROUNDS):
        peer, theirs_found = timed(theirs)
        mine, ours_found = timed(ours)
        np.testing.assert_allclose(ours_found, theirs_found, rtol=0.01)
        ratios.append(peer / mine)
        print(f"{said.people} customers: lifetimes {peer:.2f} s, ours {mine:.2f} s", flush=True)
    figures.show(f"fit lifetime value of {said.people} customers", ratios, goal=GOAL)
    figures.end()


def timed(work: Callable[[], tuple[float, float]]) -> tuple[float, tuple[float, float]]:
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = work()
    return time.perf_counter() - start, found


def customers(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw repeats, last, seen (in weeks) and mean spent of customers of known models."""
    random = np.random.default_rng(1997)
    rate, leaving = random.gamma(0.8, 1 / 6, size), random.beta(1.2, 3.0, size)
    seen = random.integers(140, 420, size) / 7
    repeats, last, now = np.zeros(size), np.zeros(size), np.zeros(size)
    gone = np.zeros(size, bool)
    while not gone.all():
        now = now + random.exponential(1 / rate)
        bought = ~gone & (now < seen)
        repeats[bought] += 1
        last[bought] = now[bought]
        gone |= ~bought | (random.random(size) < leaving)
    nu = random.gamma(4, 1 / 15, size)
    mean = random.gamma(np.maximum(6 * repeats, 1), 1 / nu) / np.maximum(repeats, 1)
    last = np.floor(last * 7) / 7
    return repeats, last, seen, np.where(repeats > 0, mean, 0.0)


if __name__ == "__main__":
    main()
