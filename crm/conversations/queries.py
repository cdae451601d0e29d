"""Looking at conversations: the queue with its counts, one with all that was said, campaigns.

`people` says whom a list is about and is evaluated by the gate, inside its transaction; the rest
takes the open access. Who works for a partner never gets our notes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce

from crm.models import Conversation, Interaction, Mention
from governance.policy.vocabulary import Channel, Role
from registry.gate.access import Access
from registry.models import Staff

OUTSIDE = frozenset({Role.PARTNER, Role.DATA_SUBJECT})
"""Who does not belong to the house, and gets no note of ours."""

COUNTED = {
    "total": Q(),
    "unassigned": Q(assignee__isnull=True),
    "overdue": Q(first_answered_at__isnull=True) & Q(first_response_due_at__lt=F("asked_at")),
    "untaken": Q(alarmed_at__isnull=False, assignee__isnull=True),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of conversations is narrowed to; nothing personal, so it may be in an address.

    Attributes
    ----------
    states : those not closed, where none is named
    assignee : of whom; None for all
    """

    states: frozenset[str] = frozenset({"open", "waiting", "snoozed"})
    queue: UUID | None = None
    channel: Channel | None = None
    assignee: UUID | None = None
    unassigned: bool = False


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue, and how many there are in all of it."""

    rows: Sequence[Conversation]
    counts: dict[str, int]


def filtered(controller: UUID, filters: Filters) -> QuerySet[Conversation]:
    """Return the conversations of a list, not evaluated."""
    rows = Conversation.objects.filter(controller=controller, state__in=filters.states)
    if filters.queue:
        rows = rows.filter(queue=filters.queue)
    if filters.channel:
        rows = rows.filter(channel=filters.channel)
    if filters.assignee:
        rows = rows.filter(assignee=filters.assignee)
    return rows.filter(assignee__isnull=True) if filters.unassigned else rows


def people(controller: UUID, filters: Filters) -> QuerySet[Any, Any]:
    """Return whom a list is about, for `gate.open(..., subjects=...)`."""
    return filtered(controller, filters).order_by().values_list("subject_id", flat=True).distinct()


def of_conversation(conversation: UUID) -> QuerySet[Any, Any]:
    """Return whom a conversation is with, for `gate.open(..., subjects=...)`."""
    rows = Conversation.objects.filter(pk=conversation)
    return rows.order_by().values_list("subject_id", flat=True)


def queue_page(access: Access, filters: Filters, *, size: int = 50, offset: int = 0) -> QueuePage:
    """Return a page of the queue with its counts, in one statement.

    Urgent first, then who waits longest; whoever waits for us before those whose turn it is.
    """
    counts = {
        name: Window(Count("pk", filter=condition) if condition else Count("pk"))
        for name, condition in COUNTED.items()
    }
    mine = access.rows(Conversation).filter(
        pk__in=filtered(access.controller, filters).values("pk")
    )
    rows = list(
        mine.annotate(asked_at=Value(access.now))
        .annotate(**counts)
        .select_related("queue")
        .order_by("priority", F("waiting_since").asc(nulls_last=True), "pk")[offset : offset + size]
    )
    first = rows[0] if rows else None
    return QueuePage(rows, {name: getattr(first, name) if first else 0 for name in COUNTED})


def said_in(access: Access, conversation: UUID) -> list[Interaction]:
    """Return what was said in a conversation, the oldest first; notes only to the house."""
    rows = access.rows(Interaction).filter(conversation=conversation)
    return list(shown_to(access, rows).order_by("occurred_at", "pk"))


def shown_to(access: Access, rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """Return the interactions that whoever has the access may see."""
    return rows.exclude(is_private=True) if access.actor.role in OUTSIDE else rows


def names_of(staff: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the login names of members of staff, for whoever shows who does what."""
    known = Staff.objects.filter(pk__in={one for one in staff if one})
    return dict(known.values_list("pk", "username"))


def asked_of(access: Access) -> list[Mention]:
    """Return the notes in which the member of staff is asked and that they have not seen."""
    rows = access.rows(Mention).filter(staff=access.actor.staff, seen_at__isnull=True)
    return list(rows.select_related("interaction__conversation").order_by("mentioned_at", "pk"))


def people_asked_of(controller: UUID, staff: UUID) -> QuerySet[Any, Any]:
    """Return whom notes are about in which a member of staff is asked, unseen yet."""
    rows = Mention.objects.filter(controller=controller, staff=staff, seen_at__isnull=True)
    return rows.order_by().values_list("subject_id", flat=True).distinct()


def by_campaign(access: Access, *, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """Count what a campaign brought, on paper and online alike, by kind; whoever it is about."""
    rows = access.rows(Interaction).filter(
        direction="in", occurred_at__gte=since, occurred_at__lt=until
    )
    counted = (
        rows.exclude(campaign="")
        .order_by()
        .values("campaign", "kind")
        .annotate(number=Coalesce(Count("pk"), 0))
    )
    found: dict[str, dict[str, int]] = {}
    for row in counted:
        found.setdefault(row["campaign"], {})[row["kind"]] = row["number"]
    return found
