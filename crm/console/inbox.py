"""The inbox: queue, conversation and person, side by side; on a phone one below the other.

Lists are told apart by their address, which holds words and ids alone, so a view can be kept as a
bookmark. A conversation is opened in one access with the queue beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console import composer, masks, saved, words
from crm.console import person as people
from crm.console.desk import Desk, page
from crm.console.inbox_views import USUAL, VIEWS
from crm.conversations import operations, queries
from crm.conversations.errors import ConversationNotFoundError
from crm.models import Contact, Conversation, Interaction
from governance.policy.vocabulary import Channel, Operation
from registry import labels
from registry.gate.access import Access
from registry.models import DataSubject

PAGE = 40
STATE: dict[str, Promise] = {
    "open": pgettext_lazy("conversation", "Waits for us"),
    "waiting": pgettext_lazy("conversation", "Waits for them"),
    "snoozed": pgettext_lazy("conversation", "Put off"),
    "closed": pgettext_lazy("conversation", "Closed"),
}


@dataclass(frozen=True)
class Line:
    """One conversation of a list."""

    id: UUID
    row: Conversation
    name: str
    topic: str
    channel: str
    state: str | Promise
    assignee: str
    is_late: bool


@dataclass(frozen=True)
class Said:
    """One message or note of a conversation."""

    row: Interaction
    kind: str  # in, out or note
    icon: str
    who: str
    channel: str


def filters_of(desk: Desk) -> tuple[queries.Filters, dict[str, str]]:
    """Return what the address asks for, and its words."""
    asked: QueryDict = desk.request.GET
    view = asked.get("view", USUAL) if asked.get("view", USUAL) in VIEWS else USUAL
    channel = asked.get("channel", "")
    known = channel if channel in list(Channel) else ""
    chosen = queries.Filters(
        states=frozenset({"closed"}) if view == "closed" else queries.Filters().states,
        channel=Channel(known) if known else None,
        assignee=desk.staff.pk if view == "mine" else None,
        unassigned=view == "free",
    )
    return chosen, {"view": view, "channel": known}


def in_view(desk: Desk, conversation: UUID | None = None) -> QuerySet[DataSubject, Any]:
    """Return whom a list is about, and whom the conversation beside it is with."""
    chosen, _words = filters_of(desk)
    wanted = Q(pk__in=queries.people(desk.staff.controller_id, chosen))
    if conversation:
        wanted |= Q(pk__in=queries.of_conversation(conversation))
    return DataSubject.objects.filter(wanted).order_by().values_list("pk", flat=True)


@page(Operation.LIST, people=in_view)
def inbox(desk: Desk) -> HttpResponse:
    """Show a list of conversations."""
    desk.access.forgo(masks.COVERED)
    return desk.render("console/inbox.html", {"title": _("Inbox"), **_queue(desk)})


@page(Operation.LIST, people=in_view)
def conversation(desk: Desk, conversation: UUID) -> HttpResponse:
    """Show one conversation, with the list it is in and the person it is with."""
    access = desk.access
    access.forgo(masks.COVERED)
    row = access.rows(Conversation).filter(pk=conversation).first()
    if row is None:
        raise ConversationNotFoundError
    contact = access.rows(Contact).get(subject=row.subject_id)
    about = people.about(desk, contact)
    last = row.channel if row.channel != Channel.WEB else Channel.EMAIL
    return desk.render(
        "console/inbox.html",
        {
            **about,
            **_queue(desk),
            "thread": row,
            "thread_state": words.said(STATE, row.state),
            "said": _said(access, row),
            "composer": composer.of(desk, about["chips"], about["kinds"], usual=last),
            "is_mine": row.assignee_id == desk.staff.pk,
        },
    )


@page()
def act(desk: Desk, conversation: UUID) -> HttpResponse:
    """Take, give back, close or open again a conversation, or write a note in it."""
    said = desk.request.POST
    if desk.request.method == "POST":
        whom = queries.of_conversation(conversation)
        with desk.open(Operation.UPDATE, subjects=whom) as desk.access:
            _act(desk, conversation, said.get("do", ""), said.get("body", ""))
    return redirect("desk:conversation", conversation=conversation)


def _act(desk: Desk, conversation: UUID, what: str, body: str) -> None:
    match what:
        case "note":
            operations.note(desk.access, conversation, body=body[: composer.WORDS])
        case "take":
            operations.assign(desk.access, conversation, to=desk.staff.pk)
        case "give":
            operations.assign(desk.access, conversation, to=None)
        case "close":
            operations.close(desk.access, conversation)
        case "reopen":
            operations.reopen(desk.access, conversation)


def _queue(desk: Desk) -> dict[str, Any]:
    """Return the list beside, with its counts and the views there are."""
    access = desk.access
    chosen, asked = filters_of(desk)
    found = queries.queue_page(access, chosen, size=PAGE)
    names = {
        contact.subject_id: contact.full_name
        for contact in access.rows(Contact).filter(
            subject__in={row.subject_id for row in found.rows}
        )
    }
    staff = queries.names_of(row.assignee_id for row in found.rows)
    return {
        "lines": [_line(desk, row, names, staff) for row in found.rows],
        "counts": found.counts,
        "kept_back": access.excluded.total(),
        "views": VIEWS.items(),
        "saved": saved.of(desk),
        "channels": [(c.value, labels.text(Channel, c)) for c in Channel],
        "asked": asked,
    }


def _line(desk: Desk, row: Conversation, names: dict[UUID, str], staff: dict[UUID, str]) -> Line:
    due = row.first_response_due_at
    return Line(
        row.pk, row, names.get(row.subject_id, ""), row.topic or "",
        labels.text(Channel, row.channel), words.said(STATE, row.state),
        staff.get(row.assignee_id, "") if row.assignee_id else "",
        row.state == "open" and row.first_answered_at is None and bool(due and due < desk.now),
    )  # fmt: skip


def _said(access: Access, row: Conversation) -> list[Said]:
    rows = queries.said_in(access, row.pk)
    staff = queries.names_of(each.handled_by_id for each in rows)
    return list(_each(rows, staff))


def _each(rows: Iterable[Interaction], staff: dict[UUID, str]) -> Iterable[Said]:
    for row in rows:
        kind = "note" if row.is_private else row.direction
        icon = {"note": "note", "in": "in", "out": "out"}[kind]
        who = staff.get(row.handled_by_id, "") if row.handled_by_id else ""
        yield Said(row, kind, icon, who, labels.text(Channel, row.channel))
