"""Why the gate opens for one person, or does not: every question with its answer.

Follows docs/spec/gate.md, section 5. The same functions decide; here they are asked to the end.
Nothing of the person is shown: words, and the ids of rows. Asking is an access with an entry.
"""

from collections.abc import Iterator
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
from governance.policy.decisions import Asks, Refusal, duty_allows, request_answers, subject_answers
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry import activities, search
from registry.gate import attempt, disclosing, evidence, opening
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.gate.evidence import Evidence
from registry.gate.facts import Question, facts_of, with_facts
from registry.models import DataSubject


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know: whether, and why, this could be done to this person.

    Attributes
    ----------
    who : the person, or a search that has to find exactly one
    searched_by : the category of data that the search uses
    role : as whom, for those who supervise; None for one's own
    recipient : to whom a SEND or EXPORT would go
    """

    who: UUID | QuerySet[Any, Any]
    purpose: str
    operation: Operation
    channel: Channel | None = None
    searched_by: Category | None = None
    role: Role | None = None
    recipient: disclosing.Recipient = disclosing.To.THE_PERSON
    offers_opt_out: bool = True


@dataclass(frozen=True)
class Answer:
    """One question: what it refuses, if anything, and the rows it rests on."""

    asks: Asks
    refusal: Refusal | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """All answers in order, under the version of the activity that was asked."""

    asked: Asked
    subject: UUID
    role: Role
    activity: str
    at: datetime
    answers: tuple[Answer, ...]

    @property
    def refusal(self) -> Refusal | None:
        """What the gate would answer: the first question that fails, or None."""
        return next((answer.refusal for answer in self.answers if answer.refusal), None)


def explain(actor: Actor, asked: Asked, *, now: datetime) -> Explanation:
    """Answer every question of the gate about one person.

    Raises
    ------
    GateRefusedError
        the person is not held, or the actor can not ask the gate for this purpose and does not
        supervise
    """
    event = log.Event(
        action=Action.DECISION_EXPLAINED,
        purpose=attempt.known_word(asked.purpose),
        operation=asked.operation,
    )
    with attempt.attempt(actor, event, reads=True, now=now) as run:
        in_force = activities.in_force(actor.controller, asked.purpose, at=now)
        if not duty_allows(actor.role, Duty.SUPERVISION):
            _require_asker(actor, asked, in_force)
        elif asked.searched_by and not duty_allows(actor.role, Duty.ANSWERING):
            raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)  # an auditor looks nobody up
        explanation = _explained(actor, asked, in_force, now)
        subject = explanation.subject
        run.access = Access(actor=actor, categories=frozenset(), admitted={subject}, now=now)
        run.event = replace(
            event, activity=explanation.activity, reason=explanation.refusal or "open"
        )
        with attempt.entered(run):
            run.access.members.add(subject)
    return explanation


def _require_asker(actor: Actor, asked: Asked, in_force: activities.InForce | None) -> None:
    """Let those ask why who may ask whether: purpose, role and what they search by are theirs."""
    if in_force is None:
        known = activities.purpose_exists(actor.controller, asked.purpose)
        raise GateRefusedError(Refusal.NO_ACTIVE_ACTIVITY if known else Refusal.UNKNOWN_PURPOSE)
    limit = actor.purposes
    is_limited = limit is not None and asked.purpose not in limit
    if asked.role or is_limited or actor.role not in in_force.terms.roles:
        raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)
    if asked.searched_by and asked.searched_by not in in_force.terms.usable_by(actor.role):
        raise GateRefusedError(Refusal.CATEGORY_NOT_COVERED)


def _explained(
    actor: Actor, asked: Asked, in_force: activities.InForce | None, now: datetime
) -> Explanation:
    subject = search.the_one(asked.who)
    if subject is None or not DataSubject.objects.filter(pk=subject).exists():
        raise GateRefusedError(Refusal.SUBJECT_UNKNOWN)
    acting = opening.as_role(actor, asked.role) if asked.role else actor
    request = opening.request_of(
        acting, asked.purpose, asked.operation, in_force, now=now,
        channel=asked.channel, offers_opt_out=asked.offers_opt_out,
    )  # fmt: skip
    exists = in_force is not None or activities.purpose_exists(actor.controller, asked.purpose)
    terms = in_force.terms if in_force else None
    answers = [
        Answer(asks, refusal)
        for asks, refusal in request_answers(request, purpose_exists=exists, activity=terms)
    ]
    if in_force:
        question = opening.question_of(in_force, request, now=now)
        answers += _of_recipient(asked, in_force, now)
        answers += _of_person(subject, question, in_force)
    order = list(Asks)
    return Explanation(
        asked=asked,
        subject=subject,
        role=acting.role,
        activity=terms.reference if terms else "",
        at=now,
        answers=tuple(sorted(answers, key=lambda answer: order.index(answer.asks))),
    )


def _of_recipient(asked: Asked, in_force: activities.InForce, now: datetime) -> Iterator[Answer]:
    if asked.operation in disclosing.DISCLOSING:
        today = timezone.localdate(now)
        refusal = disclosing.refusal_of(asked.recipient, version=in_force.version_id, today=today)
        yield Answer(Asks.RECIPIENT, refusal)


def _of_person(subject: UUID, question: Question, in_force: activities.InForce) -> Iterator[Answer]:
    row = with_facts(DataSubject.objects.filter(pk=subject), question).get()
    for asks, refusal in subject_answers(
        facts_of(row),
        activity=question.activity,
        today=timezone.localdate(question.now),
        importing=question.importing,
        rules=question.rules,
    ):
        rows = evidence.of(asks, subject, question, version=in_force.version_id)
        yield Answer(asks, refusal, rows)
