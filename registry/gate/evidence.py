"""The rows that an answer of the gate rests on: kind and id, never a value.

Read after the decision and only where somebody is told why; the facts themselves are in
`registry.gate.facts`, from the same rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from governance.policy.decisions import Asks, Refusal
from governance.policy.vocabulary import LawfulBasis
from registry.gate import facts
from registry.gate.facts import Question
from registry.models import (
    ConsentStanding,
    Disclosure,
    OppositionCheck,
    RetentionRule,
)

ASKED_BY: dict[Refusal, Asks] = {
    Refusal.RESTRICTED: Asks.RESTRICTION,
    Refusal.OBJECTED: Asks.OBJECTION,
    Refusal.NO_CONSENT: Asks.BASIS,
    Refusal.NO_CONTRACT: Asks.BASIS,
    Refusal.CONSENT_NEEDED: Asks.ELECTRONIC,
    Refusal.NO_SOFT_OPT_IN: Asks.ELECTRONIC,
    Refusal.OPPOSITION_UNCHECKED: Asks.REGISTER,
    Refusal.OPPOSITION_OUTDATED: Asks.REGISTER,
    Refusal.OPPOSITION_REGISTERED: Asks.REGISTER,
    Refusal.TOO_OFTEN: Asks.FREQUENCY,
    Refusal.NOTICE_OVERDUE: Asks.NOTICE,
    Refusal.RETENTION_OVER: Asks.RETENTION,
}
"""Refusals that rest on rows about the person or the register, and their question."""


@dataclass(frozen=True)
class Evidence:
    """One row, by the name of its model and its id."""

    kind: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def of_refusal(
    refusal: Refusal, subject: UUID, question: Question, *, version: UUID
) -> tuple[Evidence, ...]:
    """Return what a refusal about a person rests on."""
    asks = ASKED_BY.get(refusal)
    return of(asks, subject, question, version=version) if asks else ()


def of(asks: Asks, subject: UUID, question: Question, *, version: UUID) -> tuple[Evidence, ...]:
    """Return the rows that the answer to one question about a person rests on."""
    about_them = (rows.filter(subject=subject) for rows in _rows(asks, question))
    found = [*_named(about_them)]
    if asks is Asks.RETENTION:
        rules = RetentionRule.objects.filter(version=version, record_class="master_data")
        found += _named([rules])
    return tuple(found)


def _rows(asks: Asks, question: Question) -> Iterator[QuerySet[Model]]:
    match asks:
        case Asks.RESTRICTION:
            yield facts.restrictions(question.now)
        case Asks.OBJECTION:
            to_this = Q(purpose=question.purpose_id) | Q(to_marketing=True)
            yield facts.objections(question).filter(to_this)
        case Asks.BASIS if question.activity.basis is LawfulBasis.CONTRACT:
            yield facts.events(question)
        case Asks.BASIS if question.activity.basis is LawfulBasis.CONSENT:
            yield _standings(question)
        case Asks.ELECTRONIC:
            yield _standings(question)
            yield facts.events(question).filter(soft_opt_in_at__isnull=False)
        case Asks.REGISTER:
            yield OppositionCheck.objects.filter(channel=question.channel)
            yield facts.events(question).filter(
                Q(ended_on__isnull=False) | Q(kind=facts.CONTRACT_THAT_RUNS)
            )
        case Asks.FREQUENCY if question.rules and question.rules.frequency:
            yield facts.sendings(question, question.rules.frequency)
        case Asks.NOTICE:
            yield Disclosure.objects.filter(at__lte=question.now)


def _standings(question: Question) -> QuerySet[Model]:
    """Return what was said about the purpose, also where it is no consent in force."""
    said = ConsentStanding.objects.filter(purpose=question.purpose_id)
    return said.filter(channel=question.channel) if question.channel else said


def _named(all_rows: Iterable[QuerySet[Model]]) -> Iterator[Evidence]:
    for rows in all_rows:
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            yield Evidence(str(rows.model._meta.model_name), pk)
