"""Opening an access: the decision, the transaction, and the entry in the audit log.

Follows docs/spec/gate.md, sections 1 to 3.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.decisions import (
    DUTY_CATEGORIES,
    Refusal,
    Request,
    decide_request,
    duty_allows,
)
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry import activities, calendars, provisions, setting_up
from registry.datamap import data_map
from registry.gate import attempt, columns, disclosing, evidence, serving
from registry.gate.access import Access
from registry.gate.deciding import about, decided, refusal_of
from registry.gate.errors import (
    CategoryNotGrantedError,
    GateRefusedError,
    SetUpMissingError,
)
from registry.gate.facts import Question
from registry.models import DataSubject

Subjects = UUID | Iterable[UUID] | QuerySet[DataSubject, UUID] | None

ACTION_OF: dict[Operation, Action] = {
    Operation.READ: Action.DATA_READ,
    Operation.LIST: Action.DATA_LISTED,
    Operation.SEARCH: Action.DATA_SEARCHED,
    Operation.CREATE: Action.DATA_CREATED,
    Operation.UPDATE: Action.DATA_UPDATED,
    Operation.EXPORT: Action.DATA_EXPORTED,
    Operation.SEND: Action.DATA_SENT,
    Operation.IMPORT: Action.DATA_IMPORTED,
}
READS = frozenset({Operation.READ, Operation.LIST, Operation.SEARCH, Operation.EXPORT})
WRITES = frozenset({Operation.CREATE, Operation.UPDATE, Operation.IMPORT})
NEEDS_REFERENCE = frozenset({Duty.ANSWERING, Duty.ERASING})


@dataclass(frozen=True)
class _Asked:
    """One request to the gate, as it came."""

    actor: Actor
    purpose: str
    operation: Operation
    subjects: Subjects
    categories: frozenset[Category] | None
    channel: Channel | None
    recipient: disclosing.Recipient
    offers_opt_out: bool
    now: datetime


@contextmanager
def open(  # noqa: A001 - gate.open is the word of the design
    actor: Actor,
    purpose: str,
    operation: Operation,
    *,
    subjects: Subjects = None,
    categories: frozenset[Category] | None = None,
    channel: Channel | None = None,
    recipient: disclosing.Recipient = None,
    offers_opt_out: bool = False,
    now: datetime,
) -> Iterator[Access]:
    """Open an access for a purpose of the register; one transaction, one audit entry.

    Arguments
    ---------
    subjects : one id (a refusal raises), several or a queryset of ids (the refused are left
        out and counted), or None to create
    categories : what is wanted; None asks for all the activity declares
    recipient : to whom a SEND or EXPORT goes: a recipient that the activity names, or `To`. Each
        member is noted as disclosed to it; what it calls them goes into `access.names_outside`
    offers_opt_out : the message lets the person refuse further ones (art. 130(4) Codice)

    Raises
    ------
    GateRefusedError
        with code, article and the lawful way on (docs/spec/gate.md, section 2)
    """
    asked = _Asked(
        actor, purpose, operation, subjects, categories, channel, recipient, offers_opt_out, now
    )
    event = log.Event(action=ACTION_OF[operation], purpose=attempt.known_word(purpose))
    person = subjects if isinstance(subjects, UUID) else None
    reads = operation in READS
    with attempt.attempt(actor, event, person=person, reads=reads, now=now) as run:
        access, run.event, question = _admit(asked, run.event)
        run.access = access
        with attempt.entered(run):
            yield access
            if reads and disclosing.leaves_the_house(operation, recipient):
                attempt.let_write(access)
            disclosing.note(access, recipient, activity=run.event.activity)
            if operation is Operation.SEND and disclosing.leaves_the_house(operation, recipient):
                disclosing.note_communication(access, today=timezone.localdate(now))
            if question.rules and disclosing.leaves_the_house(operation, recipient):
                disclosing.note_message(
                    access, purpose=question.purpose_id, channel=question.rules.channel
                )


@contextmanager
def duty(
    actor: Actor,
    what: Duty,
    *,
    subjects: Subjects = None,
    reference: UUID | None = None,
    now: datetime,
) -> Iterator[Access]:
    """Open an access for a duty, whose basis is the Regulation itself (spec, section 3).

    `reference` names the request, run or plan it serves; answering and erasing need one.
    """
    event = log.Event(
        action=Action.DUTY_PERFORMED,
        purpose=f"duty:{what}",
        object_type="reference" if reference else "",
        object_id=reference,
    )
    if what in NEEDS_REFERENCE and reference is None:
        msg = f"the duty {what} serves a request: name it"
        raise ValueError(msg)
    with attempt.attempt(actor, event, duty=what, now=now) as run:
        if not duty_allows(actor.role, what):
            raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)
        run.access = Access(
            actor=actor,
            categories=DUTY_CATEGORIES.get(what, frozenset(Category)),
            admitted=None if subjects is None else set(_ids(subjects)),
            now=now,
            may_write_erased=what in NEEDS_REFERENCE,
        )
        run.access.reference = reference
        with attempt.entered(run):
            yield run.access


def _admit(asked: _Asked, event: log.Event) -> tuple[Access, log.Event, Question]:
    """Decide; return the access, the event that will describe it, and what was asked."""
    actor, now = asked.actor, asked.now
    in_force, question, categories = _granted(asked)
    terms, today = in_force.terms, timezone.localdate(now)
    disclosing.require(
        asked.recipient, operation=asked.operation, version=in_force.version_id, today=today
    )
    if asked.operation not in WRITES:
        _require_chosen_by(asked.subjects, categories)
    admitted, excluded = _decide(asked, question, version=in_force.version_id)
    served = serving.of(actor, now=now)
    if asked.operation in READS:
        categories -= served.of_nobody(admitted)
    access = Access(
        actor=actor,
        categories=categories,
        admitted=admitted,
        now=now,
        excluded=excluded,
        kinds=terms.subject_kinds,
        keeps=in_force.keeps,
        may_write=asked.operation not in READS,
        withholds=asked.operation not in WRITES,
        served=served,
    )
    if isinstance(asked.subjects, UUID):
        access.members.add(asked.subjects)  # whatever is read of them, and however
    event = replace(event, basis=terms.basis, activity=terms.reference, operation=asked.operation)
    return access, event, question


def _require_chosen_by(subjects: Subjects, categories: frozenset[Category]) -> None:
    """Refuse people who are chosen by what may not be used: whom one finds tells it too.

    Raises
    ------
    CategoryNotGrantedError
    """
    if not isinstance(subjects, QuerySet):
        return
    held = data_map()
    for model, name in columns.used_by(subjects.query):
        declared = held[model].personal().get(name) if model in held else None
        if declared is not None and declared.category not in categories:
            raise CategoryNotGrantedError(category=declared.category)


def admitted_terms(
    actor: Actor,
    purpose: str,
    operation: Operation,
    event: log.Event,
    *,
    subjects: Subjects,
    categories: frozenset[Category] | None,
    channel: Channel | None,
    offers_opt_out: bool,
    now: datetime,
) -> tuple[Question, frozenset[Category], log.Event]:
    """Decide what does not depend on a person, for people who are counted and not opened.

    Raises
    ------
    GateRefusedError, CategoryNotGrantedError
    """
    asked = _Asked(
        actor, purpose, operation, subjects, categories, channel, None, offers_opt_out, now
    )
    in_force, question, granted = _granted(asked)
    _require_chosen_by(subjects, granted)
    terms = in_force.terms
    event = replace(event, basis=terms.basis, activity=terms.reference, operation=Operation.LIST)
    return question, granted, event


def _granted(asked: _Asked) -> tuple[activities.InForce, Question, frozenset[Category]]:
    """Decide what does not depend on a person: the activity, what is asked of each, the categories.

    Raises
    ------
    GateRefusedError
    """
    actor, now = asked.actor, asked.now
    in_force = activities.in_force(actor.controller, asked.purpose, at=now)
    request = request_of(
        actor, asked.purpose, asked.operation, in_force, now=now,
        categories=asked.categories, channel=asked.channel, offers_opt_out=asked.offers_opt_out,
    )  # fmt: skip
    refusal = decide_request(
        request,
        purpose_exists=in_force is not None
        or activities.purpose_exists(actor.controller, asked.purpose),
        activity=in_force.terms if in_force else None,
    )
    if refusal or in_force is None:
        if in_force is None and (step := setting_up.missing(actor.controller, at=now)):
            raise SetUpMissingError(step)
        raise GateRefusedError(refusal or Refusal.NO_ACTIVE_ACTIVITY)
    terms = in_force.terms
    categories = terms.usable_by(actor.role) if asked.categories is None else asked.categories
    return in_force, question_of(in_force, request, now=now), categories


def request_of(
    actor: Actor,
    purpose: str,
    operation: Operation,
    in_force: activities.InForce | None,
    *,
    now: datetime,
    categories: frozenset[Category] | None = None,
    channel: Channel | None = None,
    offers_opt_out: bool = False,
) -> Request:
    """Return a request as the decision takes it, with the law in force for its channel."""
    rules = None
    if in_force and in_force.terms.is_marketing and channel:
        rules = provisions.channel_rules(actor.controller, channel, on=timezone.localdate(now))
    return Request(
        role=actor.role,
        allowed_purposes=actor.purposes,
        purpose=purpose,
        operation=operation,
        categories=categories,
        channel=channel,
        offers_opt_out=offers_opt_out,
        rules=rules,
        local=timezone.localtime(now),
        is_holiday=bool(rules and rules.hours) and calendars.is_holiday(actor.controller, now),
    )


def question_of(in_force: activities.InForce, request: Request, *, now: datetime) -> Question:
    """Return what is asked about each person."""
    return Question(
        activity=in_force.terms,
        purpose_id=in_force.purpose_id,
        master_rules=in_force.master_rules,
        channel=request.channel,
        now=now,
        importing=request.operation is Operation.IMPORT,
        rules=request.rules,
    )


def _decide(
    asked: _Asked, question: Question, *, version: UUID
) -> tuple[set[UUID], Counter[Refusal]]:
    subjects = asked.subjects
    if subjects is None:
        return set(), Counter()
    if isinstance(subjects, UUID):
        if asked.operation is Operation.SEND:
            _lock(subjects)
        known = about(subjects, question)
        if refusal := refusal_of(known, question):
            proof = evidence.of_refusal(refusal, subjects, question, version=version)
            raise GateRefusedError(refusal, evidence=[str(row) for row in proof])
        if known is None or known.person is None or asked.operation not in READS:
            return {subjects}, Counter()
        return _all_files(subjects, known.person, question)
    return _each(subjects, question)


def _each(
    subjects: Iterable[UUID] | QuerySet[DataSubject, Any], question: Question
) -> tuple[set[UUID], Counter[Refusal]]:
    """Decide about each of several people, in one statement."""
    admitted: set[UUID] = set()
    excluded: Counter[Refusal] = Counter()
    for subject, code in decided(subjects, question):
        if code:
            excluded[Refusal(code)] += 1
        else:
            admitted.add(subject)
    return admitted, excluded


def _all_files(
    subject: UUID, person: UUID, question: Question
) -> tuple[set[UUID], Counter[Refusal]]:
    """Admit the other files of a person who is read, each as it would be by itself.

    A write is about one file; a message goes to the addresses of one (docs/spec/merging.md).
    """
    attempt.widen()
    files = (
        DataSubject.objects.filter(person=person).exclude(pk=subject).values_list("pk", flat=True)
    )
    admitted, excluded = _each(files, question)
    return {subject, *admitted}, excluded


def _lock(subject: UUID) -> None:
    """Hold a person against a withdrawal until the message has left (spec, section 2.6).

    In a statement of its own: the facts are read after it, and so see who came first.
    """
    rows = DataSubject.objects.select_for_update(no_key=True).filter(pk=subject)
    list(rows.values_list("pk"))


def _ids(subjects: Subjects) -> Iterable[UUID]:
    if subjects is None:
        return ()
    return (subjects,) if isinstance(subjects, UUID) else subjects


def as_role(actor: Actor, role: Role) -> Actor:
    """Return the actor as another role would be asked about, without the limits of a token."""
    return replace(actor, role=role, purposes=None)
