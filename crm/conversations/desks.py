"""Desks: which queue takes a conversation, whose turn it is, and what nobody took.

A house that named no desk has one, `care`; a desk that names no purpose answers for the first one
of the register by which people may be answered. Turns are taken under a lock on the desk, so that
two conversations that come at once go to two people.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce

from audit import log
from audit.actions import Action
from crm.conversations.errors import DeskMissingError
from crm.models import Conversation, Queue, QueueMember
from governance.policy import routing
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.vocabulary import Channel, Duty, Operation
from registry import activities
from registry.gate import opening as gate
from registry.gate.access import Access

DEFAULT = "care"
ANSWERING = frozenset({Operation.CREATE, Operation.SEND})


def of(controller: UUID, channel: Channel, *, now: datetime) -> Queue:
    """Return the desk that answers a channel: one that names it, or one that answers all.

    Raises
    ------
    DeskMissingError
    """
    desks = list(Queue.objects.filter(controller=controller).order_by("key"))
    own = (desk for desk in desks if channel in desk.channels.split())
    found = next(own, None) or next((desk for desk in desks if not desk.channels), None)
    desk = found or _first(controller)
    desk.purpose = desk.purpose or _purpose(controller, now)
    return desk


def _first(controller: UUID) -> Queue:
    desk, _made = Queue.objects.get_or_create(
        controller_id=controller, key=DEFAULT, defaults={"name": DEFAULT}
    )
    return desk


def _purpose(controller: UUID, now: datetime) -> str:
    terms = map(activities.terms_of, activities.all_in_force(controller, at=now))
    purpose = next(
        (
            one.purpose
            for one in terms
            if not one.is_marketing
            and one.operations >= ANSWERING
            and Category.COMMUNICATIONS in one.usable
        ),
        None,
    )
    if purpose is None:
        raise DeskMissingError
    return purpose


def route(conversation: Conversation) -> UUID | None:
    """Give a conversation to whose turn it is at its desk; None where nobody present can."""
    if conversation.queue_id is None:
        return None
    desk = Queue.objects.select_for_update().get(pk=conversation.queue_id)
    members = [
        routing.Member(
            member.staff_id, frozenset(member.languages.split()), frozenset(member.skills.split()),
            member.turn, member.is_present,
        )
        for member in desk.members.filter(staff__is_active=True)
    ]  # fmt: skip
    chosen = routing.next_in_turn(members, language=conversation.language, skill=conversation.skill)
    if chosen is not None:
        desk.turns += 1
        desk.save(update_fields=["turns"])
        QueueMember.objects.filter(queue=desk, staff=chosen).update(turn=desk.turns)
    conversation.assignee_id = chosen
    return chosen


def alarm(controller: UUID, *, now: datetime) -> list[UUID]:
    """Mark what nobody took in the time of its desk, each conversation once; return which.

    The mark, and an entry in the log, are what is shown: in the queue, and to whoever supervises.
    """
    with gate.duty(system(controller), Duty.SUPERVISION, now=now) as access:
        aged = list(_untaken(access).select_for_update(of=("self",)).order_by("waiting_since"))
        for conversation in aged:
            conversation.alarmed_at = now
            conversation.save(update_fields=["alarmed_at"])
        if aged:
            _note(access, aged)
    return [conversation.pk for conversation in aged]


def wake(controller: UUID, *, now: datetime) -> int:
    """Bring back what was put off until now; return how many."""
    with gate.duty(system(controller), Duty.SUPERVISION, now=now):
        return Conversation.objects.filter(state="snoozed", snoozed_until__lte=now).update(
            state="open", snoozed_until=None, waiting_since=Coalesce("waiting_since", Value(now))
        )


def _untaken(access: Access) -> QuerySet[Conversation]:
    patience = ExpressionWrapper(
        F("queue__unassigned_after") * Value(timedelta(minutes=1)), output_field=DurationField()
    )
    until = ExpressionWrapper(F("waiting_since") + patience, output_field=DateTimeField())
    waiting = access.rows(Conversation).filter(
        state="open", assignee__isnull=True, alarmed_at__isnull=True
    )
    return waiting.annotate(until=until).filter(until__lte=access.now)


def _note(access: Access, aged: list[Conversation]) -> None:
    event = log.Event(
        action=Action.CONVERSATION_UNTAKEN, purpose="duty:supervision",
        subjects=tuple({one.subject_id for one in aged}), counts={"conversations": len(aged)},
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
