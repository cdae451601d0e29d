"""What happened with a person, newest first, as the desk shows it."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console import words
from crm.models import Interaction, Order
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel
from registry import labels
from registry.gate.access import Access

PAGE = 25
KINDS: dict[str, Promise] = {
    "message": pgettext_lazy("history", "Messages and calls"),
    "note": pgettext_lazy("history", "Notes among ourselves"),
    "order": pgettext_lazy("history", "Orders"),
}
DIRECTION: dict[str, Promise] = {
    "in": pgettext_lazy("message", "From the person"),
    "out": pgettext_lazy("message", "From us"),
    "own": pgettext_lazy("message", "Among ourselves"),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    kind : of `KINDS`
    icon : name of a symbol
    title, text, note : what it was, what was said, a word beside it
    """

    kind: str
    at: datetime
    id: UUID
    icon: str
    title: str | Promise
    text: str = ""
    note: str | Promise = ""


@dataclass(frozen=True)
class History:
    """One page, and from when the next one goes on."""

    events: list[Event]
    before: datetime | None


def of(access: Access, *, kind: str = "", before: datetime | None = None) -> History:
    """Return a page of what happened, of one kind or of all that the purpose may see."""
    found: list[Event] = []
    if Category.COMMUNICATIONS in access.categories and kind in {"", "message", "note"}:
        found += [_said(row) for row in _interactions(access, kind, before)]
    if Category.PURCHASES in access.categories and kind in {"", "order"}:
        found += [_bought(row) for row in _orders(access, before)]
    found.sort(key=lambda event: (event.at, event.id), reverse=True)
    return History(found[:PAGE], found[PAGE - 1].at if len(found) > PAGE else None)


def _interactions(access: Access, kind: str, before: datetime | None) -> QuerySet[Any]:
    rows = access.rows(Interaction).order_by("-occurred_at", "-id")
    if kind:
        rows = rows.filter(is_private=kind == "note")
    if before:
        rows = rows.filter(occurred_at__lt=before)
    return rows[: PAGE + 1]


def _orders(access: Access, before: datetime | None) -> QuerySet[Any]:
    rows = access.rows(Order).order_by("-ordered_on", "-id")
    if before:
        rows = rows.filter(ordered_on__lt=timezone.localdate(before))
    return rows[: PAGE + 1]


def _said(row: Interaction) -> Event:
    way = labels.text(Channel, row.channel)
    title = f"{way}: {row.topic}" if row.topic else way
    icon = {"in": "in", "out": "out"}.get(row.direction, "note")
    return Event(
        "note" if row.is_private else "message", row.occurred_at, row.pk,
        "note" if row.is_private else icon, title, row.body or "",
        words.said(DIRECTION, "own" if row.is_private else row.direction),
    )  # fmt: skip


def _bought(row: Order) -> Event:
    at = timezone.make_aware(datetime.combine(row.ordered_on, time.min))
    title = _("Order %(number)s") % {"number": row.number}
    amount = f"{number_format(row.total, 2, use_l10n=True)} {row.currency}"
    return Event(
        "order", at, row.pk, "order", title, amount, words.said(words.ORDER_STATE, row.state)
    )
