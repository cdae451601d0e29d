"""What happened with one person, newest first, page by page: orders, interactions, or both.

Both are read by keyset: the position of a page is the moment and id of its last row, so that a
row added meanwhile moves nothing. The day of an order stands for its first moment, local time.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from api.pagination import CursorInvalidError, Page
from api.v1 import shapes
from crm.conversations.queries import shown_to
from crm.models import Interaction, Order
from registry.gate.access import Access


@dataclass(frozen=True)
class Position:
    """Before which row a page starts: older than `at`, or as old with a smaller id."""

    at: datetime
    row: UUID

    @classmethod
    def of(cls, page: Page) -> "Position | None":
        """Return the position of a page, or None for the first."""
        if not page.after:
            return None
        try:
            return cls(datetime.fromisoformat(page.after[0]), UUID(page.after[1]))
        except ValueError as error:
            raise CursorInvalidError from error


@dataclass(frozen=True)
class Slice:
    """The items of one page, and the position of its last one if more follow."""

    items: list[dict[str, Any]]
    last: tuple[str, str] | None


def start_of(day: date) -> datetime:
    """Return the first moment of a day, local time."""
    return timezone.make_aware(datetime.combine(day, time.min))


def orders(access: Access, page: Page) -> Slice:
    """Return a page of the orders of the access."""
    rows = _orders(access, page)
    shown = shapes.orders(access, rows[: page.size])
    ends = [(start_of(row.ordered_on), row.pk) for row in rows]
    return Slice(shown, _last(ends, page))


def interactions(access: Access, page: Page) -> Slice:
    """Return a page of the interactions of the access."""
    rows = _interactions(access, page)
    shown = shapes.interactions(access, rows[: page.size])
    return Slice(shown, _last([(row.occurred_at, row.pk) for row in rows], page))


def timeline(access: Access, page: Page, *, kinds: frozenset[str]) -> Slice:
    """Return a page of orders and interactions in one order; `kinds` says which are granted."""
    bought = _orders(access, page) if "order" in kinds else []
    said = _interactions(access, page) if "interaction" in kinds else []
    ends = [(start_of(o.ordered_on), o.pk) for o in bought]
    ends = sorted([*ends, *((i.occurred_at, i.pk) for i in said)], reverse=True)
    chosen = {row for _, row in ends[: page.size]}
    shown = {
        item["id"]: {"type": kind, **item}
        for kind, items in (
            ("order", shapes.orders(access, [o for o in bought if o.pk in chosen])),
            ("interaction", shapes.interactions(access, [i for i in said if i.pk in chosen])),
        )
        for item in items
    }
    items = [{"at": at, **shown[row]} for at, row in ends[: page.size]]
    return Slice(items, _last(ends, page))


def _last(ends: list[tuple[datetime, UUID]], page: Page) -> tuple[str, str] | None:
    if len(ends) <= page.size:
        return None
    at, row = ends[page.size - 1]
    return at.isoformat(), str(row)


def _orders(access: Access, page: Page) -> list[Order]:
    rows = access.rows(Order).order_by("-ordered_on", "-id")
    if position := Position.of(page):
        day = timezone.localdate(position.at)
        same = Q(ordered_on=day)
        if start_of(day) == position.at:
            same &= Q(pk__lt=position.row)
        rows = rows.filter(Q(ordered_on__lt=day) | same)
    return list(rows[: page.size + 1])


def _interactions(access: Access, page: Page) -> list[Interaction]:
    rows = shown_to(access, access.rows(Interaction)).order_by("-occurred_at", "-id")
    if position := Position.of(page):
        same = Q(occurred_at=position.at, pk__lt=position.row)
        rows = rows.filter(Q(occurred_at__lt=position.at) | same)
    return list(rows[: page.size + 1])
