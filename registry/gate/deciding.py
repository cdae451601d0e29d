"""Deciding about one person in Python, and about many in SQL, by statements that are written once.

What a statement looks like depends on the question, not on the moment and the people. Only
marketing by a channel, whose rules compute with the moment, is written anew each time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import cast
from uuid import UUID

from django.db.models import Count, QuerySet, UUIDField

from governance.policy.decisions import Refusal, SubjectFacts, decide_subject
from registry.gate.facts import FACTS, NOW, Question, facts_of, with_facts, with_refusal
from registry.gate.statements import Given, GivenRows, Statement
from registry.models import DataSubject

PERSON, PEOPLE = Given("person", UUIDField()), GivenRows("people")
ASKED = (*FACTS, "person")
MOST = 512  # questions that a process remembers: activities times what differs between calls


@dataclass(frozen=True)
class About:
    """What is known of one file: the facts of the decision, and whose file it is beside others.

    Arguments
    ---------
    person : of a person whose files were merged; None for one who has this file alone
    """

    facts: SubjectFacts
    person: UUID | None


def about(subject: UUID, question: Question) -> About | None:
    """Return what is known about one file, or None where nobody is held by this id."""
    if question.rules is not None:
        row = with_facts(DataSubject.objects.filter(pk=subject), question).first()
        return About(facts_of(row), row.person) if row else None
    statement = _statement_about_one(replace(question, now=NOW))
    for values in statement.values(person=subject, now=question.now, today=question.today):
        row = SimpleNamespace(**dict(zip(ASKED, values, strict=True)))
        return About(facts_of(row), row.person)
    return None


def refusal_of(known: About | None, question: Question) -> Refusal | None:
    """Decide about one person; somebody who is not held is refused too."""
    if known is None:
        return Refusal.SUBJECT_UNKNOWN
    return decide_subject(
        known.facts,
        activity=question.activity,
        today=question.today,
        importing=question.importing,
        rules=question.rules,
    )


def decided(
    subjects: "Iterable[UUID] | QuerySet[DataSubject, UUID]", question: Question
) -> list[tuple[UUID, str]]:
    """Return the answer about each of many people: the code of a refusal, or ""."""
    if question.rules is not None:
        written, given = _statement_about_many(question), {}
    else:
        written = _statements_about_many(replace(question, now=NOW))
        given = {"now": question.now, "today": question.today}
    return cast("list[tuple[UUID, str]]", written.values(people=subjects, **given))


def counted(subjects: "QuerySet[DataSubject, UUID]", question: Question) -> dict[str, int]:
    """Return how many of many people have each answer, by the code of the refusal or ""."""
    facts = with_facts(DataSubject.objects.filter(pk__in=subjects), question)
    answers = with_refusal(facts, question).order_by().values("refusal")
    return dict(answers.annotate(people=Count("pk")).values_list("refusal", "people"))


@lru_cache(maxsize=MOST)
def _statement_about_one(question: Question) -> Statement:
    return Statement(
        with_facts(DataSubject.objects.filter(pk=PERSON), question).values_list(*ASKED)
    )


@lru_cache(maxsize=MOST)
def _statements_about_many(question: Question) -> Statement:
    return _statement_about_many(question)


def _statement_about_many(question: Question) -> Statement:
    chosen = DataSubject.objects.filter(pk__in=PEOPLE.ids)
    return Statement(
        with_refusal(with_facts(chosen, question), question).values_list("pk", "refusal")
    )
