"""Moving a person from stage to stage: decided by rules, recorded as dated events, never undone.

One person has one file from the first trace on; a stage says what the register lets be done with
it, for the kind of person changes with it and the gate asks for the kind.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from crm.models import Contact, Interaction, Order, StageEvent
from crm.people.errors import StageNotReachedError
from governance.policy import lifecycle
from governance.policy.lifecycle import KIND_OF, LifeStage, Relation
from registry import activities
from registry.gate.access import Access
from registry.models import DataSubject, QualifyingEvent

OPEN_ORDERS = ("draft", "confirmed", "partly_fulfilled", "fulfilled")
EVIDENCE = ("order", "contract", "stated")  # of a contract; `request` is a step before one


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage, since when, and on what it was entered; the first has no ground but its source."""

    stage: str
    at: datetime
    ground: str = ""


def relation(access: Access, subject: UUID, *, recommends: bool) -> Relation:
    """Return what the file shows of a relation."""
    events = QualifyingEvent.objects.filter(subject=subject, at__lte=access.now)
    today = timezone.localdate(access.now)
    runs = Q(kind__in=("contract", "stated")) & (Q(ended_on__isnull=True) | Q(ended_on__gte=today))
    orders = access.rows(Order).filter(subject=subject, state__in=OPEN_ORDERS)
    wrote = access.rows(Interaction).filter(subject=subject, direction="in", is_private=False)
    return Relation(
        turned_to_us=wrote.exists() or events.filter(kind="request").exists(),
        has_contract=events.filter(kind__in=EVIDENCE).exists(),
        is_running=events.filter(runs).exists() or orders.exists(),
        recommends=recommends,
    )


def move(
    access: Access, subject: UUID, then: LifeStage, *, recommends: bool = False
) -> StageEvent | None:
    """Record that a person reached a stage; None where they were there already.

    Arguments
    ---------
    recommends : whether somebody noted that the person recommends us

    Raises
    ------
    StageNotReachedError
    """
    contact = access.rows(Contact).select_for_update(of=("self",)).get(subject=subject)
    if contact.stage == then:
        return None
    stage = _stage_of(contact)
    need = lifecycle.needs(stage, then) if stage else None
    shown = relation(access, subject, recommends=recommends)
    if stage is None or need is None or not lifecycle.is_met(need, shown):
        raise StageNotReachedError
    event = StageEvent(
        controller_id=access.controller, subject_id=subject, stage=then, came_from=stage,
        ground=need, at=access.now, moved_by_id=access.actor.staff, collected_at=access.now,
    )  # fmt: skip
    event.save()
    contact.stage = then
    contact.save(update_fields=["stage"])
    DataSubject.objects.filter(pk=subject).update(kind=KIND_OF[then])
    return event


def history(access: Access, subject: UUID) -> list[Reached]:
    """Return the stages of a person, first to last; the first is the one they came with."""
    contact = access.rows(Contact).get(subject=subject)
    events = list(access.rows(StageEvent).filter(subject=subject).order_by("at", "pk"))
    first = events[0].came_from if events else contact.stage
    return [
        Reached(first, contact.collected_at),
        *(Reached(event.stage, event.at, event.ground) for event in events),
    ]


def purposes_of(access: Access, stage: LifeStage) -> list[str]:
    """Return the purposes that the register in force has for people at a stage."""
    return sorted(
        version.activity.purpose.key
        for version in activities.all_in_force(access.controller, at=access.now)
        if KIND_OF[stage] in version.subject_kinds
    )


def _stage_of(contact: Contact) -> LifeStage | None:
    return LifeStage(contact.stage) if contact.stage in set(LifeStage) else None
