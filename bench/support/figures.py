"""Figures: the median over rounds of a ratio that is measured in each round."""

import json
from collections.abc import Sequence
from statistics import median

_results: list[bool] = []


def show(
    figure: str,
    values: Sequence[float],
    *,
    goal: float | None,
    is_most: bool = False,
    unit: str = "ratio",
) -> None:
    """Print one figure as a line of JSON; a figure without a goal is for information.

    Arguments
    ---------
    values : one per round; ratios are ours to the peer's
    goal : the least that is wanted, or the most where `is_most` is given
    unit : what the values are, if no ratios
    """
    value = _rounded(median(values))
    line: dict[str, object] = {
        "figure": figure,
        unit: value,
        "spread": [_rounded(min(values)), _rounded(max(values))],
    }
    if goal is not None:
        met = value <= goal if is_most else value >= goal
        _results.append(met)
        line |= {"goal": goal, "met": met}
    print(json.dumps(line), flush=True)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def end() -> None:
    """Print how many goals were met."""
    print(f"goals met: {sum(_results)}/{len(_results)}")
