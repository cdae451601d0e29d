"""Finding and beginning conversations: whose a message is, and which thread it goes on with."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from crm.conversations import desks
from crm.models import Conversation
from governance.policy import provisions as law
from governance.policy import service_time, threading
from governance.policy.provisions import Parameter
from governance.policy.threading import LENGTH, SIGNS, Thread
from governance.policy.vocabulary import Channel, Priority
from registry import calendars, provisions
from registry.gate.access import Access
from registry.models import Controller, DataSource

PRIORITIES = tuple(Priority)
ORDINARY = PRIORITIES.index(Priority.NORMAL) + 1


def begin(
    access: Access,
    *,
    subject: UUID,
    channel: Channel,
    network: str = "",
    topic: str = "",
    language: str = "",
    purpose: str = "",
    at: datetime,
    source: DataSource | None = None,
    origin_key: bytes | None = None,
) -> Conversation:
    """Begin a conversation with a person, at the desk that answers the channel."""
    desk = desks.of(access.controller, channel, now=access.now)
    conversation = Conversation(
        controller_id=access.controller, subject_id=subject, source=source,
        collected_at=access.now, origin_key=origin_key, reference=new_reference(),
        channel=channel, network=network, language=language, purpose=purpose or desk.purpose,
        queue=desk, priority=ORDINARY, opened_at=at,
    )  # fmt: skip
    conversation.first_response_due_at, conversation.resolution_due_at = promised(
        access.controller, PRIORITIES[ORDINARY - 1], at=at
    )
    if topic:
        conversation.topic = topic
    return conversation


def new_reference() -> str:
    """Return a number that can be said on the phone and is not guessed."""
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))


def promised(
    controller: UUID, priority: Priority, *, at: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return by when the house promises a first answer and a solution; None where it does not."""
    today = timezone.localdate(at)
    hours = calendars.service_hours(Controller.objects.get(pk=controller), today)
    due: list[datetime | None] = []
    for parameter in (Parameter.FIRST_RESPONSE, Parameter.RESOLUTION):
        said = provisions.value(controller, parameter, on=today)
        time = law.promises(said).get(priority) if said else None
        due.append(service_time.due_at(hours, at, time) if hours and time else None)
    return due[0], due[1]


def of_person(access: Access, subject: UUID) -> Sequence[Thread]:
    """Return the conversations with a person, as far as they decide where a message goes."""
    rows = access.rows(Conversation).filter(subject=subject)
    found = rows.annotate(last=Max("interactions__occurred_at")).values_list(
        "pk", "reference", "last", "opened_at", "closed_at"
    )
    return [Thread(pk, ref, last or opened, closed) for pk, ref, last, opened, closed in found]


def going_on(
    access: Access, subject: UUID, *, answers: UUID | None, quotes: Sequence[str], at: datetime
) -> Conversation | None:
    """Return the conversation that a message of a person goes on with, locked, or None."""
    found = threading.belongs_to(of_person(access, subject), answers=answers, quotes=quotes, at=at)
    if found is None:
        return None
    return access.rows(Conversation).select_for_update(of=("self",)).get(pk=found)


def turn_to_us(conversation: Conversation, *, at: datetime) -> None:
    """Let a conversation wait for us since a moment, whatever it was before."""
    conversation.waiting_since = conversation.waiting_since or at
    conversation.state = "open"
    conversation.snoozed_until = conversation.closed_at = conversation.closed_on = None


def turn_to_them(conversation: Conversation, *, at: datetime) -> None:
    """Let a conversation wait for the person: we have answered."""
    conversation.waiting_since, conversation.snoozed_until = None, None
    conversation.state = "waiting"
    conversation.first_answered_at = conversation.first_answered_at or at
    conversation.closed_at = conversation.closed_on = None


def end(conversation: Conversation, *, at: datetime) -> None:
    """Let a conversation be over: nobody waits. Its period of retention begins."""
    conversation.state, conversation.closed_at = "closed", at
    conversation.closed_on = timezone.localdate(at)
    conversation.waiting_since = conversation.snoozed_until = None
