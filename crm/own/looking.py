"""What the house has with a person, as they may see it: in their words, without our notes.

Plain values, read inside the access of whoever shows them; nothing of anybody else is in them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from crm.conversations.own_links import PLACE
from crm.loyalty import programmes, showing
from crm.models import Case, Conversation, Interaction, Order, OrderLine, Shipment
from crm.own import tastes as own_tastes
from crm.own.tastes import Tastes
from registry.gate.access import Access

MOST = 20  # of each kind, the newest
MOST_SAID = 200
ORDER_STATE: Mapping[str, Promise] = {
    "draft": pgettext_lazy("own order", "Not confirmed yet"),
    "confirmed": pgettext_lazy("own order", "Confirmed"),
    "partly_fulfilled": pgettext_lazy("own order", "Part of it has left"),
    "fulfilled": pgettext_lazy("own order", "All of it has left"),
    "closed": pgettext_lazy("own order", "Closed"),
    "cancelled": pgettext_lazy("own order", "Cancelled"),
}
CASE_STATE: Mapping[str, Promise] = {
    "new": pgettext_lazy("own case", "Received"),
    "open": pgettext_lazy("own case", "We are working on it"),
    "waiting": pgettext_lazy("own case", "We wait for your answer"),
    "solved": pgettext_lazy("own case", "Solved"),
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipment."""

    shipped_on: date
    delivered_on: date | None
    carrier: str
    tracking: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """One order of theirs."""

    id: UUID
    number: str
    ordered_on: date
    promised_on: date | None
    state: Promise | str
    total: Decimal
    currency: str
    lines: list[str] = field(repr=False)
    parcels: list[Parcel]


@dataclass(frozen=True, slots=True)
class OwnCase:
    """One case of theirs; `solution` once there is one."""

    id: UUID
    number: int
    state: Promise | str
    opened_on: date
    topic: str = field(repr=False)
    solution: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """One message, of theirs or of ours."""

    at: datetime
    is_theirs: bool
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnConversation:
    """One conversation, the messages oldest first."""

    id: UUID
    reference: str
    opened_on: date
    topic: str = field(repr=False)
    said: list[Said] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Own:
    """All that the page shows."""

    orders: list[OwnOrder]
    cases: list[OwnCase]
    conversations: list[OwnConversation]
    programme: showing.Programme | None = None
    membership: showing.Membership | None = None
    tastes: Tastes = field(default_factory=lambda: Tastes(may_say=False))


def look(access: Access, subject: UUID) -> Own:
    """Return what the house has with a person, the newest first."""
    programme = programmes.in_force(access.controller)
    return Own(
        _orders(access, subject), _cases(access, subject), _conversations(access, subject),
        showing.programme(programme) if programme else None,
        showing.of(access, subject, programme) if programme else None,
        own_tastes.look(access, subject),
    )  # fmt: skip


def _orders(access: Access, subject: UUID) -> list[OwnOrder]:
    orders = access.rows(Order).filter(subject=subject).order_by("-ordered_on", "-pk")[:MOST]
    ids = [order.pk for order in orders]
    lines, parcels = defaultdict(list), defaultdict(list)
    for line in access.rows(OrderLine).filter(order__in=ids).order_by("pk"):
        lines[line.order_id].append(f"{line.quantity.normalize():f} × {line.description or ''}")
    for sent in access.rows(Shipment).filter(order__in=ids).order_by("shipped_on", "pk"):
        parcel = Parcel(sent.shipped_on, sent.delivered_on, sent.carrier, sent.tracking or "")
        parcels[sent.order_id].append(parcel)
    return [
        OwnOrder(
            one.pk, one.number, one.ordered_on, one.promised_on,
            ORDER_STATE.get(one.state, one.state), one.total, one.currency,
            lines[one.pk], parcels[one.pk],
        )
        for one in orders
    ]  # fmt: skip


def _cases(access: Access, subject: UUID) -> list[OwnCase]:
    rows = access.rows(Case).filter(subject=subject).order_by("-opened_at", "-pk")[:MOST]
    return [
        OwnCase(
            one.pk, one.number, CASE_STATE.get(one.state, one.state), one.opened_at.date(),
            one.topic or "", (one.solution or "") if one.solved_at else "",
        )
        for one in rows
    ]  # fmt: skip


def _conversations(access: Access, subject: UUID) -> list[OwnConversation]:
    rows = access.rows(Conversation).filter(subject=subject).order_by("-opened_at", "-pk")[:MOST]
    said: dict[UUID | None, list[Said]] = defaultdict(list)
    messages = access.rows(Interaction).filter(
        conversation__in=[one.pk for one in rows], direction__in=["in", "out"], is_private=False
    )
    for message in messages.exclude(state="failed").order_by("-occurred_at", "-pk")[:MOST_SAID]:
        body = message.body or ""
        if PLACE.search(body) is None:  # what only brought them a link, such as that to this page
            row = Said(message.occurred_at, message.direction == "in", body)
            said[message.conversation_id].insert(0, row)
    return [
        OwnConversation(one.pk, one.reference, one.opened_at.date(), one.topic or "", said[one.pk])
        for one in rows
        if said[one.pk]
    ]
