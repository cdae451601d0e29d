"""Figures: the median over rounds of a ratio that is measured in each round."""

import json
from collections.abc import Sequence
from statistics import median

_results: list[bool] = []


def show(
    figure: str, ratios: Sequence[float], *, goal: float | None, is_most: bool = False
) -> None:
    """Print one figure as a line of JSON; a figure without a goal is for information.

    Arguments
    ---------
    ratios : one per round, ours to the peer's
    goal : the least that is wanted, or the most where `is_most` is given
    """
    ratio = round(median(ratios), 3)
    line: dict[str, object] = {
        "figure": figure,
        "ratio": ratio,
        "spread": [round(min(ratios), 3), round(max(ratios), 3)],
    }
    if goal is not None:
        met = ratio <= goal if is_most else ratio >= goal
        _results.append(met)
        line |= {"goal": goal, "met": met}
    print(json.dumps(line))


def end() -> None:
    """Print how many goals were met."""
    print(f"goals met: {sum(_results)}/{len(_results)}")
