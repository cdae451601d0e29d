"""How a person may be written to: for each purpose and channel one word, as the gate would decide.

Follows docs/spec/gate.md, section 2: the same questions about the person, asked for every activity
that sends. What the house may not do everybody who meets the person must know, or they do it; why,
and since when, is told to roles that act for the purpose alone (as `explaining` has it). Asked
inside an access that is open for the person, whose entry names what was looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from governance.policy.decisions import Refusal, SubjectFacts, decide_subject
from governance.policy.vocabulary import Channel, ConsentState, Operation, SubjectKind
from registry import activities, labels
from registry.activities import InForce
from registry.gate import opening
from registry.gate.access import Access
from registry.gate.facts import Question, facts_of, with_facts
from registry.models import ConsentStanding, DataSubject


@unique
class Standing(StrEnum):
    """What may be done, in one word."""

    ALLOWED = "allowed"
    NEEDS = "needs"  # a step that the advice names comes first
    REFUSED = "refused"  # by the person
    LIMITED = "limited"  # by the law or the register, for now


STANDING_OF: dict[Refusal, Standing] = {
    Refusal.SOURCE_UNVERIFIED: Standing.NEEDS,
    Refusal.NO_CONSENT: Standing.NEEDS,
    Refusal.NO_CONTRACT: Standing.NEEDS,
    Refusal.CONSENT_NEEDED: Standing.NEEDS,
    Refusal.NO_SOFT_OPT_IN: Standing.NEEDS,
    Refusal.OPPOSITION_UNCHECKED: Standing.NEEDS,
    Refusal.OPPOSITION_OUTDATED: Standing.NEEDS,
    Refusal.NOTICE_OVERDUE: Standing.NEEDS,
    Refusal.OBJECTED: Standing.REFUSED,
    Refusal.OPPOSITION_REGISTERED: Standing.REFUSED,
    Refusal.SUBJECT_ERASED: Standing.LIMITED,
    Refusal.RESTRICTED: Standing.LIMITED,
    Refusal.TOO_OFTEN: Standing.LIMITED,
    Refusal.RETENTION_OVER: Standing.LIMITED,
}
"""A refusal about a person that is not here is about an activity that is not for them at all."""
SAID_NO = frozenset(
    {ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.REVOKED, ConsentState.INVALIDATED}
)
WANTS_CONSENT = frozenset({Refusal.NO_CONSENT, Refusal.CONSENT_NEEDED, Refusal.NO_SOFT_OPT_IN})
READ = ("registry.ConsentStanding.state", "registry.Objection.at", "registry.Restriction.placed_at")


@dataclass(frozen=True)
class Permission:
    """One purpose on one channel, or on all of them.

    Attributes
    ----------
    title : of the activity, in the language of the page
    channel : None where the purpose asks nothing of the channel
    refusal : the question that fails, if one does
    may_ask_why : whether `since` and `said` are told to the role that asks
    since : the moment the answer rests on
    said : what the ledger says of the purpose on the channel
    """

    purpose: str
    title: str
    channel: Channel | None
    standing: Standing
    refusal: Refusal | None
    may_ask_why: bool
    since: datetime | None = None
    said: ConsentState | None = None


def of(access: Access, subject: UUID, *, channels: tuple[Channel, ...]) -> list[Permission]:
    """Return how a person may be written to, by purpose and by those of `channels` that matter."""
    kind = DataSubject.objects.values_list("kind", flat=True).get(pk=subject)
    access.fields.update(READ)
    found: list[Permission] = []
    for version, in_force in activities.sending(access.controller, at=access.now):
        if SubjectKind(kind) in in_force.terms.subject_kinds:
            by = channels if in_force.terms.is_marketing else (None,)
            title = labels.titled(version.title_it, version.title_en)
            found += _of_activity(access, subject, in_force, title, by)
    return found


def _of_activity(
    access: Access,
    subject: UUID,
    in_force: InForce,
    title: str,
    channels: tuple[Channel | None, ...],
) -> Iterator[Permission]:
    for channel in channels:
        request = opening.request_of(
            access.actor, in_force.terms.purpose, Operation.SEND, in_force,
            now=access.now, channel=channel, offers_opt_out=True,
        )  # fmt: skip
        question = opening.question_of(in_force, request, now=access.now)
        yield _decided(access, subject, question, title)


def _decided(access: Access, subject: UUID, question: Question, title: str) -> Permission:
    row = _with_said(subject, question).get()
    facts = facts_of(row)
    refusal = decide_subject(
        facts,
        activity=question.activity,
        today=timezone.localdate(access.now),
        rules=question.rules,
    )
    said = ConsentState(row.said) if row.said else None
    may_ask_why = access.actor.role in question.activity.roles
    return Permission(
        purpose=question.activity.purpose,
        title=title,
        channel=question.channel,
        standing=_standing(refusal, said),
        refusal=refusal,
        may_ask_why=may_ask_why,
        since=_since(facts, refusal, row.said_at) if may_ask_why else None,
        said=said if may_ask_why else None,
    )


def _with_said(subject: UUID, question: Question) -> Any:
    """Return the facts of the gate, and what the ledger says beside them."""
    lines = ConsentStanding.objects.filter(subject=OuterRef("pk"), purpose=question.purpose_id)
    if question.channel:
        lines = lines.filter(channel=question.channel)
    latest = lines.order_by("-since")
    return with_facts(DataSubject.objects.filter(pk=subject), question).annotate(
        said=Subquery(latest.values("state")[:1]), said_at=Subquery(latest.values("since")[:1])
    )


def _standing(refusal: Refusal | None, said: ConsentState | None) -> Standing:
    if refusal is None:
        return Standing.ALLOWED
    if refusal in WANTS_CONSENT and said in SAID_NO:
        return Standing.REFUSED
    return STANDING_OF.get(refusal, Standing.LIMITED)


def _since(
    facts: SubjectFacts, refusal: Refusal | None, said_at: datetime | None
) -> datetime | None:
    """Return the moment that an answer rests on."""
    match refusal:
        case None:
            return facts.consented_at or facts.soft_opt_in_at
        case Refusal.RESTRICTED:
            return facts.restricted_at
        case Refusal.OBJECTED:
            return facts.marketing_objected_at or facts.objected_at
        case Refusal.OPPOSITION_REGISTERED:
            return facts.enrolled_at
        case _ if refusal in WANTS_CONSENT:
            return said_at
    return None
