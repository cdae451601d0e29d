"""What happened with one person, newest first, page by page: orders, interactions, or both.

Both are read by keyset: the position of a page is the moment and id of its last row, so that a
row added meanwhile moves nothing. The day of an order stands for its first moment, local time.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from api.pagination import CursorInvalidError, Page
from api.v1 import shapes
from crm.conversations.queries import shown_to
from crm.models import Interaction, Order
from crm.people import timeline as people
from registry.gate.access import Access
from registry.models import SubjectRow

M = TypeVar("M", bound=SubjectRow)


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

    def older(self, rows: QuerySet[M], moment: str) -> QuerySet[M]:
        """Return the rows that come after this position, where the newest come first."""
        same = Q(**{moment: self.at, "pk__lt": self.row})
        return rows.filter(Q(**{f"{moment}__lt": self.at}) | same)


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


def timeline(access: Access, page: Page) -> Slice:
    """Return a page of whatever happened, in one order; the access says which kinds it shows."""
    position = Position.of(page)
    before = people.Position(position.at, position.row) if position else None
    entries, last = people.page(access, size=page.size, before=before)
    shown = _shapes(access, entries)
    items = [{"at": e.at, "type": e.kind, **shown[e.row.pk]} for e in entries]
    return Slice(items, (last.at.isoformat(), str(last.row)) if last else None)


def _shapes(access: Access, entries: list[people.Entry]) -> dict[UUID, dict[str, Any]]:
    """Return each entry as the API shows its kind elsewhere, or with the fields of its kind."""
    orders = [entry.row for entry in entries if entry.kind == "order"]
    said = [entry.row for entry in entries if entry.kind == "interaction"]
    known = [*shapes.orders(access, orders), *shapes.interactions(access, said)]
    shown: dict[UUID, dict[str, Any]] = {item["id"]: item for item in known}
    for entry in entries:
        if entry.row.pk not in shown:
            shown[entry.row.pk] = {
                "id": entry.row.pk,
                "contact": entry.row.subject_id,
                "details": people.details(access, entry),
            }
    return shown


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
        rows = position.older(rows, "occurred_at")
    return list(rows[: page.size + 1])
