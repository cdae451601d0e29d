"""Consent and objection: what a person says, and what it changes at once.

The ledger is append-only; the standing is a pure function of it (`governance.policy.consents`).
Among events of the same moment a refusal wins (Art. 7(3): withdrawing is as easy as giving).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from audit import log
from audit.actions import Action
from governance.policy import consents
from governance.policy.consents import ASKING, IN_FORCE, Line, Mechanism
from governance.policy.deadlines import local_date
from governance.policy.provisions import Parameter, number
from governance.policy.vocabulary import Channel, ConsentState
from registry import activities, one_person, provisions, restriction, suppression
from registry.consent_errors import (
    ConsentInFutureError,
    GrantNotByPersonError,
    GuardianMissingError,
)
from registry.gate.access import Access
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    DataSource,
    Objection,
    PrivacyNotice,
    Purpose,
    QualifyingEvent,
)
from registry.suppression import Door, Verdict, Wish

Key = tuple[UUID, UUID, str]  # whose, for which purpose, on which channel


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said about one purpose on one channel."""

    subject: UUID
    purpose: Purpose
    channel: Channel
    state: ConsentState

    @property
    def key(self) -> Key:
        """Whose ledger, for which purpose and channel, it belongs to."""
        return self.subject, self.purpose.pk, self.channel


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
    notice: PrivacyNotice | None = None,
    expires_on: date | None = None,
    source: DataSource | None = None,
    door: Door = Door.STAFF,
    unproven: UUID | None = None,
) -> ConsentEvent:
    """Add one line to the ledger of a person and derive the standing anew; see `record_all`."""
    said = [Said(subject, purpose, channel, state)]
    evidence = Evidence(
        at, method, statement, notice, expires_on=expires_on, source=source, door=door,
        unproven=unproven,
    )  # fmt: skip
    return record_all(access, said, evidence)[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How and when it was said (Art. 7(1)).

    Attributes
    ----------
    method : one of `Mechanism`
    statement : the exact words that were shown or read out; "" leaves the sealed column empty
    notice : the version of the privacy notice that was shown with them
    proof : where the evidence is: a recording, a signed sheet, an entry of a form
    door : who brings it; `Door.PERSON` where they confirmed it at the address
    unproven : the request by which somebody said it whose identity is not known yet
    born_on : birthday of a person who may be a child; used, and not stored
    guardian : who holds parental responsibility and said it for them, and how we know (Art. 8(2))
    asked : the line by which this was asked for, where it answers one (double opt-in)
    """

    at: datetime
    method: str
    statement: str = ""
    notice: PrivacyNotice | None = None
    proof: str = ""
    expires_on: date | None = None
    source: DataSource | None = None
    door: Door = Door.STAFF
    unproven: UUID | None = None
    born_on: date | None = None
    guardian: str = ""
    asked: UUID | None = None

    @property
    def shows(self) -> bool:
        """Whether it proves a consent that somebody else than the person brings."""
        # A file that says yes, and a system that hands one on, show nothing by saying it.
        return bool(self.proof) or (self.door is Door.STAFF and self.method != Mechanism.IMPORT)


def record_all(access: Access, said: Sequence[Said], how: Evidence) -> list[ConsentEvent]:
    """Add lines to the ledgers of people and derive their standings, set-wise.

    A consent that nobody can prove is recorded as unknown, and opens nothing.

    Raises
    ------
    GrantNotByPersonError
        a consent for an address of the memory of deletions or objections, by another door than
        the person's own
    GuardianMissingError
        a consent of a child below the age of Art. 8(1), without a guardian
    ConsentInFutureError
    """
    granted = {one.subject for one in said if one.state in IN_FORCE}
    if granted and how.at > access.now:  # a stop is taken whatever its clock says (Art. 7(3))
        raise ConsentInFutureError
    by_person = how.door is Door.PERSON
    said = [
        replace(s, state=consents.provable(s.state, by_person=by_person, has_proof=how.shows))
        for s in said
    ]
    asked_for = len(said)
    said = [*said, *_for_other_files(access, said)]
    people = {one.subject for one in said}
    # One writer at a time derives the standing of a person; readers do not wait.
    restriction.hold_against_senders(*people)
    if granted:
        _may_be_given(access, granted, how)
    histories = _histories(said)
    events = _written(access, said, how, histories)
    _derive(access, histories, fresh={event.pk for event in events})
    together: dict[tuple[str, ConsentState], dict[UUID, None]] = {}
    for one in said:
        together.setdefault((one.purpose.key, one.state), {})[one.subject] = None
    for (key, state), subjects in together.items():
        entry = log.Event(
            action=Action.CONSENT_RECORDED, purpose=key, subjects=tuple(subjects), reason=state
        )
        log.record(access.actor, entry, now=access.now)
    return events[:asked_for]


def _for_other_files(access: Access, said: Sequence[Said]) -> list[Said]:
    """Repeat what ends a use for the other files of the person; what allows one stays with its own.

    A consent was given for the addresses of one file. A refusal is the person's (Art. 7(3)).
    """
    stops = [one for one in said if one.state not in IN_FORCE | ASKING]
    files = one_person.reach(access, {one.subject for one in stops}) if stops else {}
    known = {one.key for one in said}
    repeated = (replace(one, subject=o) for one in stops for o in files.get(one.subject, ()))
    return list({one.key: one for one in repeated if one.key not in known}.values())


def _may_be_given(access: Access, people: set[UUID], how: Evidence) -> None:
    """Let a grant through: of the person's age, and by the table of docs/spec/erasure.md, 10."""
    if how.born_on is not None and not how.guardian:
        said_on = local_date(how.at)
        said = provisions.value(access.controller, Parameter.AGE_OF_CONSENT, on=said_on)
        age = number(said) if said else consents.REGULATION_AGE
        if consents.needs_guardian(how.born_on, said_on, age=age):
            raise GuardianMissingError
    identifiers = suppression.of_people(access, people)
    reasons = suppression.Memory(access.controller, identifiers).reasons(identifiers)
    match suppression.decide(how.door, Wish.GRANT, reasons=reasons, is_held=True):
        case Verdict.NOT_BY_PERSON:
            raise GrantNotByPersonError
        case Verdict.FORGET:
            suppression.forget(access, identifiers, why="came_back")


def _written(
    access: Access,
    said: Sequence[Said],
    how: Evidence,
    histories: Mapping[Key, list[ConsentEvent]],
) -> list[ConsentEvent]:
    """Write the lines, each with the one that stood before it, and add them to the histories."""
    versions: dict[str, str] = {}
    for one in said:
        if one.purpose.key not in versions:
            found = activities.in_force(access.controller, one.purpose.key, at=how.at)
            versions[one.purpose.key] = found.terms.reference if found else ""
    events = []
    for one in said:
        history = histories[one.key]
        before = consents.standing(map(line_of, history))
        event = ConsentEvent(
            controller_id=access.controller, subject_id=one.subject, source=how.source,
            purpose=one.purpose, activity=versions[one.purpose.key], channel=one.channel,
            state=one.state, at=how.at, method=how.method, door=how.door,
            recorded_by=access.actor.staff, notice=how.notice.reference if how.notice else "",
            notice_digest=how.notice.digest if how.notice else "", expires_on=how.expires_on,
            request=how.unproven, previous=how.asked or (before.id if before else None),
            collected_at=access.now,
        )  # fmt: skip
        for name in ("statement", "proof", "guardian"):
            if text := getattr(how, name):  # sealing asks for a key; there is nothing to seal
                setattr(event, name, text)
        history.append(event)
        events.append(event)
    ConsentEvent.objects.bulk_create(events, batch_size=2000)
    return events


def line_of(event: ConsentEvent) -> Line:
    """Return what a stored line says, as the pure function takes it."""
    return Line(event.at, ConsentState(event.state), event.expires_on, event.pk)


def derive(access: Access, subject: UUID, purpose: Purpose, channel: Channel) -> None:
    """Derive the standing of one purpose on one channel from the ledger of a person."""
    said = [Said(subject, purpose, channel, ConsentState.UNKNOWN)]  # any state: not asked
    _derive(access, _histories(said))


def _histories(said: Iterable[Said]) -> dict[Key, list[ConsentEvent]]:
    """Return the ledgers that are spoken of, in one statement."""
    histories: dict[Key, list[ConsentEvent]] = {one.key: [] for one in said}
    people = {subject for subject, _purpose, _channel in histories}
    for event in ConsentEvent.objects.filter(subject__in=people):
        if (key := (event.subject_id, event.purpose_id, event.channel)) in histories:
            histories[key].append(event)
    return histories


def _derive(
    access: Access, histories: Mapping[Key, list[ConsentEvent]], fresh: Collection[UUID] = ()
) -> None:
    """Derive standings anew from ledgers, set-wise; what has no line left goes.

    `fresh` names the lines whose request, if they came by one, nobody has identified yet.
    """
    held = {
        (row.subject_id, row.purpose_id, row.channel): row
        for row in ConsentStanding.objects.filter(subject__in={key[0] for key in histories})
    }
    new: list[ConsentStanding] = []
    changed: list[ConsentStanding] = []
    for key, history in histories.items():
        stands = consents.standing(map(line_of, history))
        if stands is None:
            continue
        row = held.get(key) or ConsentStanding(
            controller_id=access.controller, subject_id=key[0], purpose_id=key[1], channel=key[2]
        )
        last = next(event for event in history if event.pk == stands.id)
        row.since, row.expires_on = stands.at, stands.expires_on
        row.state = ConsentState.GIVEN if stands.state in IN_FORCE else stands.state
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
    channel: Channel | None = None,
    grounds: str = "",
    source: DataSource | None = None,
    unproven: UUID | None = None,
) -> list[Objection]:
    """Record the same objection of several people; see `object_to` and `Evidence.unproven`.

    Of somebody who has several files, in each of them. With `channel` it is to marketing by that
    channel, and leaves the others as they are.
    """
    files = one_person.reach(access, subjects) if subjects else {}
    also = {file: None for found in files.values() for file in found}
    subjects = list(dict.fromkeys([*subjects, *also]))
    restriction.hold_against_senders(*subjects)
    objections = [
        Objection(
            controller_id=access.controller, subject_id=subject, source=source, purpose=purpose,
            to_marketing=purpose is None or purpose.is_marketing, channel=channel or "", at=at,
            unproven=unproven, collected_at=access.now,
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


def take_back(access: Access, request: UUID, *, what: str = "request") -> int:
    """Undo what a request said that was refused before anybody knew who asks (Art. 12(6)).

    Nobody else's word ends a consent, and with it the ground on which data is kept. The same for
    what a merge carried over from another file, which `what` then says.
    """
    events = list(ConsentEvent.objects.filter(request=request).select_related("purpose"))
    said = [
        Said(e.subject_id, e.purpose, Channel(e.channel), ConsentState(e.state)) for e in events
    ]
    objections = list(Objection.objects.filter(Q(unproven=request) | Q(merge=request)))
    ConsentEvent.objects.filter(pk__in=[event.pk for event in events]).delete()
    Objection.objects.filter(pk__in=[objection.pk for objection in objections]).delete()
    _derive(access, _histories(said))
    people = {row.subject_id: None for row in (*events, *objections)}
    if people:
        entry = log.Event(
            action=Action.CONSENT_RECORDED, purpose="duty:answering", subjects=tuple(people),
            reason="taken_back", object_type=what, object_id=request,
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
