"""Plots of the desk: bars drawn as SVG by the server, with the table behind each.

A plot is an image with a title and a sentence that says what it shows; who does not see it, or
wants the numbers, opens the table. A value that is not shown is a dashed outline, and its cell in
the table says so. No script draws anything, and no colour alone tells anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise

WIDTH, HEIGHT, GAP = 640, 160, 0.25  # of the drawing; the page scales it
FEW = 8  # labels that fit below the bars on a phone
SLOTS = 12  # bars of which there are fewer are no wider than that
Number = int | float | Decimal
Words = str | Promise


@dataclass(frozen=True, slots=True)
class Point:
    """One bar.

    Attributes
    ----------
    label : below the bar, and in the first cell of its row
    value : None where it is not shown, or there is none
    text : the value as the table says it
    """

    label: Words
    value: Number | None
    text: Words


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar as it is drawn; `mark` is its label where there is room for it."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    is_shown: bool
    mark: Words


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as a page shows it.

    Attributes
    ----------
    key : part of the ids of its elements
    title, says : its name, and what it shows in a sentence
    head : what the two columns of its table are
    """

    key: str
    title: Words
    says: Words
    head: tuple[Words, Words]
    points: Sequence[Point]
    bars: Sequence[Bar]
    top: Words


def plot(
    key: str, title: Words, says: Words, head: tuple[Words, Words], points: Sequence[Point], *,
    top: Point | None = None,
) -> Plot:  # fmt: skip
    """Return a plot of points; nothing is below zero.

    Arguments
    ---------
    top : what the top of the plot stands for; else the highest of the points reaches it
    """
    shown = [point for point in points if point.value is not None]
    highest = top or max(shown, key=_number, default=None)
    scale = _number(highest) if highest else 0.0
    bars = [_bar(n, point, scale, points) for n, point in enumerate(points)]
    return Plot(key, title, says, head, points, bars, highest.text if highest else "")


def _number(point: Point) -> float:
    return max(0.0, float(point.value or 0))


def _bar(number: int, point: Point, top: float, points: Sequence[Point]) -> Bar:
    step = WIDTH / max(len(points), SLOTS)
    is_shown = point.value is not None
    height = HEIGHT * (_number(point) / top if top else 0) if is_shown else HEIGHT * 0.12
    every = -(-len(points) // FEW)
    mark = point.label if (len(points) - 1 - number) % every == 0 else ""
    return Bar(
        x=f"{step * (number + GAP / 2):.1f}", y=f"{HEIGHT - height:.1f}",
        width=f"{step * (1 - GAP):.1f}", height=f"{height:.1f}",
        middle=f"{step * (number + 0.5):.1f}", is_shown=is_shown, mark=mark,
    )  # fmt: skip
