"""Consent and objection: what a person says, and what it changes at once.

The ledger is append-only; the standing is a pure function of it. Among events of the same
moment a refusal wins (Art. 7(3): withdrawing is as easy as giving).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, ConsentState
from registry import restriction, suppression
from registry.gate.access import Access
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    DataSource,
    Objection,
    Purpose,
    QualifyingEvent,
)
from registry.suppression import Door, Verdict, Wish

DERIVED = ("state", "since", "expires_on", "unproven")


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said about one purpose on one channel."""

    subject: UUID
    purpose: Purpose
    channel: Channel
    state: ConsentState


class GrantNotByPersonError(GovernanceError):
    """A consent for a remembered address, which the person did not confirm there themselves."""

    code = "grant_not_by_person"
    article = "7(1)"
    status = 409
    message = _("This address asked to be forgotten, or not to be written to.")
    advice = _("Only a consent that the person confirms at the address itself counts.")


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
    door: Door = Door.STAFF,
    unproven: UUID | None = None,
) -> ConsentEvent:
    """Add one line to the ledger of a person and derive the standing anew; see `record_all`."""
    said = [Said(subject, purpose, channel, state)]
    evidence = Evidence(at, method, statement, notice, expires_on, source, door, unproven)
    return record_all(access, said, evidence)[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How and when it was said (Art. 7(1)).

    Attributes
    ----------
    statement : the words; "" leaves the sealed column empty
    door : who brings it; `Door.PERSON` where they confirmed it at the address
    unproven : the request by which somebody said it whose identity is not known yet
    """

    at: datetime
    method: str
    statement: str = ""
    notice: str = ""
    expires_on: date | None = None
    source: DataSource | None = None
    door: Door = Door.STAFF
    unproven: UUID | None = None


def record_all(access: Access, said: Sequence[Said], how: Evidence) -> list[ConsentEvent]:
    """Add lines to the ledgers of people and derive their standings, set-wise.

    Raises
    ------
    GrantNotByPersonError
        a consent for an address of the memory of deletions or objections, by another door than
        the person's own
    """
    people = {one.subject for one in said}
    # One writer at a time derives the standing of a person; readers do not wait.
    restriction.hold_against_senders(*people)
    granted = {one.subject for one in said if one.state is ConsentState.GIVEN}
    if granted:
        _may_be_given(access, granted, how)
    events = [_event(access, one, how) for one in said]
    ConsentEvent.objects.bulk_create(events, batch_size=2000)
    _derive(access, said, fresh={event.pk for event in events})
    together: dict[tuple[str, ConsentState], dict[UUID, None]] = {}
    for one in said:
        together.setdefault((one.purpose.key, one.state), {})[one.subject] = None
    for (key, state), subjects in together.items():
        entry = log.Event(
            action=Action.CONSENT_RECORDED, purpose=key, subjects=tuple(subjects), reason=state
        )
        log.record(access.actor, entry, now=access.now)
    return events


def _may_be_given(access: Access, people: set[UUID], how: Evidence) -> None:
    """Let a grant through, by the table of docs/spec/erasure.md, section 10."""
    identifiers = suppression.of_people(access, people)
    reasons = suppression.Memory(access.controller, identifiers).reasons(identifiers)
    match suppression.decide(how.door, Wish.GRANT, reasons=reasons, is_held=True):
        case Verdict.NOT_BY_PERSON:
            raise GrantNotByPersonError
        case Verdict.FORGET:
            suppression.forget(access, identifiers, why="came_back")


def _event(access: Access, one: Said, how: Evidence) -> ConsentEvent:
    event = ConsentEvent(
        controller_id=access.controller, subject_id=one.subject, source=how.source,
        purpose=one.purpose, channel=one.channel, state=one.state, at=how.at, method=how.method,
        notice=how.notice, expires_on=how.expires_on, request=how.unproven,
        collected_at=access.now,
    )  # fmt: skip
    if how.statement:  # sealing asks for a key; there is nothing to seal
        event.statement = how.statement
    return event


def standing(events: list[tuple[datetime, ConsentState]]) -> tuple[datetime, ConsentState] | None:
    """Return the event that stands: the latest, and among equals the one that refuses."""
    if not events:
        return None
    return max(events, key=lambda event: (event[0], event[1] is not ConsentState.GIVEN))


def derive(access: Access, subject: UUID, purpose: Purpose, channel: Channel) -> None:
    """Derive the standing of one purpose on one channel from the ledger of a person."""
    _derive(access, [Said(subject, purpose, channel, ConsentState.GIVEN)])  # any state: not asked


def _derive(access: Access, said: Iterable[Said], fresh: Collection[UUID] = ()) -> None:
    """Derive standings anew from the ledger, in four statements; what has no line left goes.

    `fresh` names the lines whose request, if they came by one, nobody has identified yet.
    """
    wanted = {(one.subject, one.purpose.pk, one.channel): one for one in said}
    people = {one.subject for one in wanted.values()}
    histories: dict[tuple[UUID, UUID, str], list[ConsentEvent]] = {key: [] for key in wanted}
    for event in ConsentEvent.objects.filter(subject__in=people):
        if (key := (event.subject_id, event.purpose_id, event.channel)) in histories:
            histories[key].append(event)
    held = {
        (row.subject_id, row.purpose_id, row.channel): row
        for row in ConsentStanding.objects.filter(subject__in=people)
    }
    new: list[ConsentStanding] = []
    changed: list[ConsentStanding] = []
    for key, history in histories.items():
        stands = standing([(event.at, ConsentState(event.state)) for event in history])
        if stands is None:
            continue
        row = held.get(key) or ConsentStanding(
            controller_id=access.controller, subject_id=key[0], purpose_id=key[1], channel=key[2]
        )
        row.since, row.state = stands
        last = next(e for e in history if (e.at, e.state) == stands)
        row.expires_on = last.expires_on
        is_unproven = last.pk in fresh or row.unproven == last.request
        row.unproven = last.request if is_unproven else None
        (changed if key in held else new).append(row)
    ConsentStanding.objects.bulk_create(new, batch_size=2000)
    ConsentStanding.objects.bulk_update(
        changed, ["state", "since", "expires_on", "unproven"], batch_size=500
    )
    empty = [held[key].pk for key, history in histories.items() if key in held and not history]
    ConsentStanding.objects.filter(pk__in=empty).delete()


def object_to(
    access: Access,
    *,
    subject: UUID,
    at: datetime,
    purpose: Purpose | None = None,
    grounds: str = "",
) -> Objection:
    """Record an objection (Art. 21): to one purpose, or without one to all direct marketing."""
    return object_all(access, [subject], at=at, purpose=purpose, grounds=grounds)[0]


def object_all(
    access: Access,
    subjects: Collection[UUID],
    *,
    at: datetime,
    purpose: Purpose | None = None,
    grounds: str = "",
    source: DataSource | None = None,
    unproven: UUID | None = None,
) -> list[Objection]:
    """Record the same objection of several people; see `object_to` and `Evidence.unproven`."""
    restriction.hold_against_senders(*subjects)
    objections = [
        Objection(
            controller_id=access.controller, subject_id=subject, source=source, purpose=purpose,
            to_marketing=purpose is None or purpose.is_marketing, at=at, unproven=unproven,
            collected_at=access.now,
        )
        for subject in subjects
    ]  # fmt: skip
    for objection in objections if grounds else ():
        objection.grounds = grounds
    Objection.objects.bulk_create(objections, batch_size=2000)
    if objections:
        entry = log.Event(
            action=Action.OBJECTION_RECORDED, purpose=purpose.key if purpose else "marketing",
            subjects=tuple(subjects),
        )  # fmt: skip
        log.record(access.actor, entry, now=access.now)
    return objections


def prove(request: UUID) -> None:
    """Let stand what a request said, for its identity is known or it was answered."""
    for model in (ConsentStanding, Objection):
        model.objects.filter(unproven=request).update(unproven=None)


def take_back(access: Access, request: UUID) -> int:
    """Undo what a request said that was refused before anybody knew who asks (Art. 12(6)).

    Nobody else's word ends a consent, and with it the ground on which data is kept.
    """
    events = list(ConsentEvent.objects.filter(request=request).select_related("purpose"))
    said = [
        Said(e.subject_id, e.purpose, Channel(e.channel), ConsentState(e.state)) for e in events
    ]
    objections = list(Objection.objects.filter(unproven=request))
    ConsentEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    Objection.objects.filter(pk__in=[objection.pk for objection in objections]).delete()
    _derive(access, said)
    people = {row.subject_id: None for row in (*events, *objections)}
    if people:
        entry = log.Event(
            action=Action.CONSENT_RECORDED, purpose="duty:answering", subjects=tuple(people),
            reason="taken_back", object_type="request", object_id=request,
        )  # fmt: skip
        log.record(access.actor, entry, now=access.now)
    return len(events) + len(objections)


def qualify(
    access: Access,
    *,
    subject: UUID,
    kind: str,
    at: datetime,
    evidence: UUID | None = None,
    ended_on: date | None = None,
    soft_opt_in: bool = False,
) -> QualifyingEvent:
    """Record evidence of a contract, or of steps asked for before one (Art. 6(1)(b)).

    Arguments
    ---------
    ended_on : last day of a contract that has one
    soft_opt_in : the address came with this sale, for own similar products too, and the person
        could refuse (art. 130(4) Codice)
    """
    event = QualifyingEvent(
        controller_id=access.controller,
        subject_id=subject,
        kind=kind,
        at=at,
        evidence=evidence,
        ended_on=ended_on,
        soft_opt_in_at=at if soft_opt_in else None,
        collected_at=access.now,
    )
    event.save()
    return event
