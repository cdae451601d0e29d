"""Consent, objection, restriction: what a person says, and what it changes at once.

The ledger is append-only; the standing is a pure function of it. Among events of the same
moment a refusal wins (Art. 7(3): withdrawing is as easy as giving).
"""

from datetime import date, datetime
from uuid import UUID

from audit import log
from audit.actions import Action
from governance.policy.vocabulary import Channel, ConsentState
from registry import released
from registry.gate.access import Access
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    DataSource,
    DataSubject,
    Objection,
    Purpose,
    QualifyingEvent,
    Restriction,
)


def record(
    access: Access,
    *,
    subject: UUID,
    purpose: Purpose,
    channel: Channel,
    state: ConsentState,
    at: datetime,
    method: str,
    statement: str = "",
    notice: str = "",
    expires_on: date | None = None,
    source: DataSource | None = None,
) -> ConsentEvent:
    """Add one line to the ledger of a person and derive the standing anew."""
    # One writer at a time derives the standing of a person; readers and the gate do not wait.
    list(DataSubject.objects.select_for_update(no_key=True).filter(pk=subject).values_list("pk"))
    event = ConsentEvent(
        controller_id=access.controller,
        subject_id=subject,
        source=source,
        purpose=purpose,
        channel=channel,
        state=state,
        at=at,
        method=method,
        notice=notice,
        expires_on=expires_on,
        collected_at=access.now,
    )
    event.statement = statement
    event.save()
    derive(access, subject, purpose, channel)
    entry = log.Event(
        action=Action.CONSENT_RECORDED, purpose=purpose.key, subjects=(subject,), reason=state
    )
    log.record(access.actor, entry, now=access.now)
    return event


def standing(events: list[tuple[datetime, ConsentState]]) -> tuple[datetime, ConsentState] | None:
    """Return the event that stands: the latest, and among equals the one that refuses."""
    if not events:
        return None
    return max(events, key=lambda event: (event[0], event[1] is not ConsentState.GIVEN))


def derive(access: Access, subject: UUID, purpose: Purpose, channel: Channel) -> None:
    """Derive the standing of one purpose on one channel from the ledger of a person."""
    rows = ConsentEvent.objects.filter(subject=subject, purpose=purpose, channel=channel)
    history = list(rows)
    stands = standing([(row.at, ConsentState(row.state)) for row in history])
    if stands is None:
        return
    at, state = stands
    expires = next(row.expires_on for row in history if (row.at, row.state) == (at, state))
    current = ConsentStanding.objects.filter(
        subject=subject, purpose=purpose, channel=channel
    ).first() or ConsentStanding(
        controller_id=access.controller, subject_id=subject, purpose=purpose, channel=channel
    )
    current.state, current.since, current.expires_on = state, at, expires
    current.save()


def object_to(
    access: Access,
    *,
    subject: UUID,
    at: datetime,
    purpose: Purpose | None = None,
    grounds: str = "",
) -> Objection:
    """Record an objection (Art. 21): to one purpose, or without one to all direct marketing."""
    objection = Objection(
        controller_id=access.controller,
        subject_id=subject,
        purpose=purpose,
        to_marketing=purpose is None or purpose.is_marketing,
        at=at,
        collected_at=access.now,
    )
    objection.grounds = grounds
    objection.save()
    entry = log.Event(
        action=Action.OBJECTION_RECORDED,
        purpose=purpose.key if purpose else "marketing",
        subjects=(subject,),
    )
    log.record(access.actor, entry, now=access.now)
    return objection


def restrict(access: Access, *, subject: UUID, ground: str, at: datetime) -> Restriction:
    """Place a restriction (Art. 18(1), letter a-d): stored, not used, until lifted."""
    restriction = Restriction(
        controller_id=access.controller,
        subject_id=subject,
        ground=ground,
        placed_at=at,
        collected_at=access.now,
    )
    restriction.save()
    entry = log.Event(
        action=Action.RESTRICTION_PLACED,
        purpose="duty:answering",
        subjects=(subject,),
        reason=f"ground_{ground}",
    )
    log.record(access.actor, entry, now=access.now)
    return restriction


def lift_restriction(access: Access, restriction: UUID, *, informed_at: datetime) -> None:
    """End a restriction, after the person was told (Art. 18(3)).

    What it kept from being erased goes then by itself.

    Raises
    ------
    Restriction.DoesNotExist
        it does not stand
    """
    row = Restriction.objects.select_for_update().get(pk=restriction, lifted_at__isnull=True)
    row.informed_at, row.lifted_at = informed_at, access.now
    row.save(update_fields=["informed_at", "lifted_at"])
    entry = log.Event(
        action=Action.RESTRICTION_LIFTED,
        purpose="duty:answering",
        subjects=(row.subject_id,),
        object_type="restriction",
        object_id=restriction,
    )
    log.record(access.actor, entry, now=access.now)
    released.tell(access, row.subject_id)


def qualify(
    access: Access, *, subject: UUID, kind: str, at: datetime, evidence: UUID | None = None
) -> QualifyingEvent:
    """Record evidence of a contract, or of steps asked for before one (Art. 6(1)(b))."""
    event = QualifyingEvent(
        controller_id=access.controller,
        subject_id=subject,
        kind=kind,
        at=at,
        evidence=evidence,
        collected_at=access.now,
    )
    event.save()
    return event
