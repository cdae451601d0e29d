"""How likely a count is by chance alone, where so many are expected: Poisson's distribution."""

from math import exp


def at_most(seen: int, expected: float) -> float:
    """Return the probability of so many or fewer; of fewer than none it is zero."""
    if seen < 0:
        return 0.0
    term = total = exp(-expected)
    for number in range(1, seen + 1):
        term *= expected / number
        total += term
    return total


def at_least(seen: int, expected: float) -> float:
    """Return the probability of so many or more."""
    return 1 - at_most(seen - 1, expected)
