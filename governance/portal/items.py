"""Things that are due, and their order on the page: pure, over values.

What the law gives a day to comes before what it gives none; late before everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry import labels


@dataclass(frozen=True)
class Item:
    """One thing that is due, and the next lawful step with it.

    Attributes
    ----------
    kind : what sort of thing, in words
    title, detail : which one, and where it stands; never a name of a person
    step, url : the next step, as a button says it
    due_on : the last lawful day, or None where the law gives none
    aim_on : the internal target, earlier
    since_on : the day its time began to run, for the bar
    is_over : whether its last hour is over, where the law counts hours
    """

    kind: str
    title: str
    detail: str
    step: str
    url: str
    due_on: date | None = None
    aim_on: date | None = None
    since_on: date | None = None
    is_over: bool = False

    def is_late(self, today: date) -> bool:
        """Whether the last lawful day, or hour, is over."""
        return self.is_over or (self.due_on is not None and today > self.due_on)


@dataclass(frozen=True)
class Row:
    """An item as the page shows it on one day.

    Attributes
    ----------
    urgency : `late`, `soon`, `fine` or `none`
    left : days left, in words
    used : share of the time that has passed, 0 to 100
    """

    item: Item
    urgency: str
    left: str
    used: int


def arranged(items: Iterable[Item], *, today: date) -> list[Row]:
    """Return rows in order: the soonest last day first, what has none at the end."""
    ordered = sorted(items, key=lambda item: (item.due_on or date.max, item.aim_on or date.max))
    return [_row(item, today) for item in ordered]


def _row(item: Item, today: date) -> Row:
    if item.due_on is None:
        return Row(item, "none", "", 0)
    urgency = "late" if item.is_late(today) else "fine"
    if urgency == "fine" and item.aim_on is not None and today >= item.aim_on:
        urgency = "soon"
    left = labels.days_left((item.due_on - today).days)
    return Row(item, urgency, left, _used(item, today))


def _used(item: Item, today: date) -> int:
    if item.due_on is None or item.since_on is None or today > item.due_on:
        return 100
    whole = max((item.due_on - item.since_on).days, 1)
    return min(100, max(0, round(100 * (today - item.since_on).days / whole)))
