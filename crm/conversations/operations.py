"""What staff do with a conversation: take it, note, put off, close, open again.

Each takes an open access of the purpose they act for, and leaves its effect in that transaction.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from crm.conversations import desks, threads
from crm.conversations.errors import (
    ConversationNotFoundError,
    ConversationStateError,
    MessageTimeError,
    WordsMissingError,
)
from crm.models import Conversation, Interaction, Mention
from governance.policy.vocabulary import Channel, Priority
from registry.gate.access import Access
from registry.models import Staff

NAMED = re.compile(r"(?<![\w.])@([\w.@+-]{2,150})")


def find(access: Access, conversation: UUID) -> Conversation:
    """Return a conversation of the access, locked.

    Raises
    ------
    ConversationNotFoundError
    """
    rows = access.rows(Conversation).select_for_update(of=("self",))
    found = rows.filter(pk=conversation).first()
    if found is None:
        raise ConversationNotFoundError
    return found


def note(
    access: Access, conversation: UUID, *, body: str, mentions: Collection[UUID] = ()
) -> Interaction:
    """Write a note for ourselves; whoever is named in it, or asked, sees it among their work.

    A note is never shown in a portal or given to a partner. It is about the person, and so is in
    the copy of their data, without what would tell of others (Art. 15(4)).

    Raises
    ------
    ConversationNotFoundError, WordsMissingError
    """
    thread = find(access, conversation)
    if not body.strip():
        raise WordsMissingError
    row = Interaction(
        controller_id=access.controller, subject_id=thread.subject_id, conversation=thread,
        collected_at=access.now, kind="note", channel=thread.channel, network=thread.network,
        direction="own", is_private=True, occurred_at=access.now, purpose=thread.purpose,
        handled_by_id=access.actor.staff,
    )  # fmt: skip
    row.body = body.strip()
    row.save()
    for staff in _asked(access, body, mentions):
        Mention(
            controller_id=access.controller, subject_id=thread.subject_id, interaction=row,
            staff_id=staff, mentioned_at=access.now, collected_at=access.now,
        ).save()  # fmt: skip
    return row


def _asked(access: Access, body: str, mentions: Collection[UUID]) -> list[UUID]:
    names = {name.rstrip(".") for name in NAMED.findall(body)}
    colleagues = Staff.objects.filter(controller=access.controller, is_active=True)
    found = colleagues.filter(Q(pk__in=list(mentions)) | Q(username__in=names))
    return list(found.order_by("pk").values_list("pk", flat=True))


def see(access: Access, interaction: UUID) -> None:
    """Note that the member of staff has seen a note in which they are asked."""
    access.rows(Mention).filter(
        interaction=interaction, staff=access.actor.staff, seen_at__isnull=True
    ).update(seen_at=access.now)


def assign(access: Access, conversation: UUID, *, to: UUID | None) -> Conversation:
    """Give a conversation to a member of staff; None gives it to whose turn it is.

    Raises
    ------
    ConversationNotFoundError
    ConversationStateError
        it is closed, or nobody of the house has this id
    """
    thread = find(access, conversation)
    if thread.state == "closed":
        raise ConversationStateError(state=thread.state)
    if to is None:
        desks.route(thread)
    else:
        if not Staff.objects.filter(pk=to, controller=access.controller, is_active=True).exists():
            raise ConversationStateError(state="unknown_staff")
        thread.assignee_id = to
    thread.save(update_fields=["assignee"])
    return thread


def prioritise(access: Access, conversation: UUID, priority: Priority) -> Conversation:
    """Set how soon an answer is promised, counted from when the conversation began.

    Raises
    ------
    ConversationNotFoundError
    """
    thread = find(access, conversation)
    thread.priority = threads.PRIORITIES.index(priority) + 1
    thread.first_response_due_at, thread.resolution_due_at = threads.promised(
        access.controller, priority, at=thread.opened_at
    )
    thread.save(update_fields=["priority", "first_response_due_at", "resolution_due_at"])
    return thread


def snooze(access: Access, conversation: UUID, *, until: datetime) -> Conversation:
    """Put a conversation off until a moment; a message of the person brings it back before.

    Raises
    ------
    ConversationNotFoundError, ConversationStateError, MessageTimeError
    """
    thread = find(access, conversation)
    if thread.state == "closed":
        raise ConversationStateError(state=thread.state)
    if until <= access.now:
        raise MessageTimeError
    thread.state, thread.snoozed_until = "snoozed", until
    thread.save(update_fields=["state", "snoozed_until"])
    return thread


def close(access: Access, conversation: UUID) -> Conversation:
    """Close a conversation: nothing is left to say. Its period of retention begins.

    Raises
    ------
    ConversationNotFoundError, ConversationStateError
    """
    thread = find(access, conversation)
    if thread.state == "closed":
        raise ConversationStateError(state=thread.state)
    threads.end(thread, at=access.now)
    thread.save()
    return thread


def reopen(access: Access, conversation: UUID) -> Conversation:
    """Open a closed conversation, or one that was put off, again.

    Raises
    ------
    ConversationNotFoundError, ConversationStateError
    """
    thread = find(access, conversation)
    if thread.state not in {"closed", "snoozed"}:
        raise ConversationStateError(state=thread.state)
    threads.turn_to_us(thread, at=access.now)
    thread.save()
    return thread


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened with a person, on paper, in the shop or online, in one shape."""

    kind: str
    channel: Channel
    at: datetime
    direction: str = "in"
    campaign: str = ""
    topic: str = field(default="", repr=False)
    body: str = field(default="", repr=False)


def happened(
    access: Access, subject: UUID, event: Event, *, purpose: str, conversation: UUID | None = None
) -> Interaction:
    """Record an event: a visit, a letter, a coupon handed in, a link followed.

    Raises
    ------
    MessageTimeError, ConversationNotFoundError
    """
    if event.at > access.now:
        raise MessageTimeError
    thread = find(access, conversation) if conversation else None
    row = Interaction(
        controller_id=access.controller, subject_id=subject, conversation=thread,
        collected_at=access.now, kind=event.kind, channel=event.channel,
        direction=event.direction, occurred_at=event.at, campaign=event.campaign,
        contacted_on=timezone.localdate(event.at) if event.direction == "in" else None,
        purpose=purpose, handled_by_id=access.actor.staff,
    )  # fmt: skip
    for name, said in (("topic", event.topic), ("body", event.body)):
        if said.strip():
            setattr(row, name, said.strip())
    row.save()
    return row
