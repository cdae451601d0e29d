"""The retention rules of the register that are in force, and whose they are.

A rule applies to a row when its activity covers the kind of person and its basis holds for
them. Fiscal records, request files and evidence of consent are kept for duties and claims
of the controller; their rules apply whatever the person has agreed to.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import rfc8785
from django.utils import timezone

from governance.policy.decisions import ActivityTerms, Refusal, decide_subject
from governance.policy.periods import Period
from governance.policy.retention import Rule
from governance.policy.vocabulary import (
    Anchor,
    ConsentState,
    LawfulBasis,
    RecordClass,
    RetentionAction,
    SubjectKind,
    SubjectStatus,
)
from registry import activities
from registry.gate.facts import Question, facts_of, with_facts
from registry.models import ActivityVersion, ConsentStanding, DataSubject, RetentionRule
from retention.errors import RegisterChangedError
from retention.models import RetentionRun

ENGINE = "ways"  # what a rule means: rows, parts of them, and ways to end besides erasing
OPEN_QUESTIONS = (ConsentState.REQUESTED, ConsentState.DEFERRED)
WHATEVER_THE_BASIS = frozenset(
    {RecordClass.CONSENT_EVIDENCE, RecordClass.FISCAL_RECORD, RecordClass.REQUEST_FILE}
)
ASKS_THE_PERSON = frozenset(
    {
        LawfulBasis.CONSENT,
        LawfulBasis.CONTRACT,
        LawfulBasis.LEGITIMATE_INTEREST,
        LawfulBasis.PUBLIC_TASK,
    }
)


@dataclass(frozen=True, slots=True)
class RegisteredRule:
    """A rule in force, with what decides whether it applies to a person.

    Attributes
    ----------
    rule : as the decision takes it; `rule.activity` is `purpose.vN`
    kinds : categories of data subjects its activity covers
    is_statutory : a duty to keep, which Art. 17(3)(b) sets above an erasure
    """

    rule: Rule
    kinds: frozenset[SubjectKind]
    is_statutory: bool


@dataclass(frozen=True)
class Activity:
    """An activity in force, and the purpose that consent and objection refer to."""

    terms: ActivityTerms
    purpose_id: UUID


@dataclass(frozen=True)
class RuleBook:
    """All rules of one controller that are in force at one moment.

    Attributes
    ----------
    activities : those with rules that apply only while their basis holds
    """

    rules: tuple[RegisteredRule, ...]
    activities: tuple[Activity, ...]

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the rules and of what decides whether they apply, 64 hex digits."""
        return hashlib.sha256(rfc8785.dumps([ENGINE, *self.said()])).hexdigest()

    def said(self) -> list[list[Any]]:
        """Return the rules in words, in a stable order; first the reference of the activity."""
        return sorted(
            [
                entry.rule.activity,
                entry.rule.record_class,
                entry.rule.anchor,
                str(entry.rule.period),
                entry.rule.action,
                entry.rule.legal_reference,
                entry.is_statutory,
                sorted(entry.rule.categories),
                sorted(entry.kinds),
                str(entry.rule.archive or ""),
                entry.rule.notice_days,
            ]
            for entry in self.rules
        )

    @cached_property
    def anchors(self) -> frozenset[Anchor]:
        """The start events that some rule counts from."""
        return frozenset(entry.rule.anchor for entry in self.rules)

    def for_row(
        self, record_class: RecordClass, kind: SubjectKind, *, held_by: Collection[str]
    ) -> tuple[tuple[RegisteredRule, ...], tuple[RegisteredRule, ...]]:
        """Return the rules that apply to a row, and those whose basis does not hold.

        Arguments
        ---------
        held_by : references of the activities whose basis holds for the person
        """
        covering = [entry for entry in self._by_class.get(record_class, ()) if kind in entry.kinds]
        if record_class in WHATEVER_THE_BASIS:
            return tuple(covering), ()
        return (
            tuple(entry for entry in covering if entry.rule.activity in held_by),
            tuple(entry for entry in covering if entry.rule.activity not in held_by),
        )

    def differs(self, record_class: RecordClass, parts: Collection[str]) -> bool:
        """Whether some rule of a class does without one of these categories, and some needs it."""
        own = [entry.rule for entry in self._by_class.get(record_class, ())]
        return any(len({rule.needs(part) for rule in own}) > 1 for part in parts)

    def duties(self) -> "RuleBook":
        """Return the statutory rules alone, with the activities whose basis they ask about.

        They are all that keeps a row from an erasure; the basis of the rest need not be asked.
        """
        rules = tuple(entry for entry in self.rules if entry.is_statutory)
        asking = {e.rule.activity for e in rules if e.rule.record_class not in WHATEVER_THE_BASIS}
        activities = (a for a in self.activities if a.terms.reference in asking)
        return RuleBook(rules, tuple(activities))

    @cached_property
    def _by_class(self) -> dict[RecordClass, list[RegisteredRule]]:
        found: dict[RecordClass, list[RegisteredRule]] = {}
        for entry in self.rules:
            found.setdefault(entry.rule.record_class, []).append(entry)
        return found


def in_force(controller: UUID, *, at: datetime) -> RuleBook:
    """Return the rules of a controller's approved activities at a moment."""
    return _book(activities.all_in_force(controller, at=at))


def same(run: RetentionRun, *, now: datetime) -> RuleBook:
    """Return the rules in force, if they are those of a run's preview.

    Raises
    ------
    RegisterChangedError
    """
    book = in_force(run.controller_id, at=now)
    if book.fingerprint != run.register:
        raise RegisterChangedError
    return book


def with_draft(draft: ActivityVersion, *, at: datetime) -> RuleBook:
    """Return the rules as they would be if a draft took the place of what is in force."""
    others = (
        version
        for version in activities.all_in_force(draft.controller_id, at=at)
        if version.activity_id != draft.activity_id
    )
    return _book([*others, draft])


def are_changed_by(draft: ActivityVersion, *, at: datetime) -> bool:
    """Whether a draft changes how long something is kept that is in force already.

    The rules are compared, and what decides whom and what they cover. An activity that is not in
    force yet changes no rule.
    """
    before = [
        version
        for version in activities.all_in_force(draft.controller_id, at=at)
        if version.activity_id == draft.activity_id
    ]
    return any(_terms(version) != _terms(draft) for version in before)


def _terms(version: ActivityVersion) -> list[list[Any]]:
    """Return what a version says about keeping, without its number."""
    book = _book([version])
    asked = [activity.terms.basis for activity in book.activities]
    return [asked, *(said[1:] for said in book.said())]


def _book(versions: Iterable[ActivityVersion]) -> RuleBook:
    rules: list[RegisteredRule] = []
    asked: list[Activity] = []
    for version in versions:
        terms = activities.terms_of(version)
        own = [
            RegisteredRule(as_rule(row, terms), terms.subject_kinds, row.statutory)
            for row in version.retention_rules.all()
        ]
        if any(entry.rule.record_class not in WHATEVER_THE_BASIS for entry in own):
            asked.append(Activity(terms, version.activity.purpose_id))
        rules += own
    return RuleBook(tuple(rules), tuple(asked))


def as_rule(row: RetentionRule, activity: ActivityTerms) -> Rule:
    """Return a row of the register as the decision takes it.

    It keeps the categories that it names, and those of its activity where it names none.
    """
    return Rule(
        activity=activity.reference,
        record_class=RecordClass(row.record_class),
        anchor=Anchor(row.anchor),
        period=Period.parse(row.period),
        action=RetentionAction(row.action),
        legal_reference=row.legal_reference,
        categories=frozenset(row.categories) or activity.categories,
        archive=Period.parse(row.archive_period) if row.archive_period else None,
        notice_days=row.notice_days,
    )


def bases_that_hold(
    book: RuleBook, subjects: Collection[UUID], *, now: datetime
) -> dict[UUID, frozenset[str]]:
    """Return, for each person, the activities whose basis holds: one statement per activity.

    Only the basis is asked: restriction, quarantine, a notice owed and erasure do not end one, and
    a period is what retention itself computes.
    """
    always = {a.terms.reference for a in book.activities if a.terms.basis not in ASKS_THE_PERSON}
    held = {subject: set(always) for subject in subjects}
    for activity in book.activities:
        if activity.terms.basis in ASKS_THE_PERSON:
            for subject in _with_basis(activity, subjects, now=now):
                held[subject].add(activity.terms.reference)
    return {subject: frozenset(references) for subject, references in held.items()}


def bases_to_come(
    book: RuleBook, bases: Mapping[UUID, frozenset[str]]
) -> dict[UUID, frozenset[str]]:
    """Return, for each person, the activities whose basis does not hold and has not ended.

    A consent that was asked for and not answered, a contract that nothing tells of yet.

    Arguments
    ---------
    bases : activities whose basis holds, by person
    """
    asking = {a.purpose_id: a.terms.reference for a in book.activities}
    rows = ConsentStanding.objects.filter(
        subject__in=list(bases), purpose__in=list(asking), state__in=OPEN_QUESTIONS
    )
    contracts = {
        a.terms.reference for a in book.activities if a.terms.basis is LawfulBasis.CONTRACT
    }
    found = {subject: contracts - held for subject, held in bases.items()}
    for subject, purpose in rows.values_list("subject", "purpose"):
        found[subject] |= {asking[purpose]} - bases[subject]
    return {subject: frozenset(references) for subject, references in found.items()}


def _with_basis(activity: Activity, subjects: Collection[UUID], *, now: datetime) -> list[UUID]:
    question = Question(
        activity=activity.terms,
        purpose_id=activity.purpose_id,
        master_rules=(),
        channel=None,
        now=now,
    )
    today = timezone.localdate(now)
    covered = DataSubject.objects.filter(
        pk__in=list(subjects), kind__in=sorted(activity.terms.subject_kinds)
    )
    rows = with_facts(covered, question)
    return [row.pk for row in rows if _basis_refusal(row, activity, today) is None]


def _basis_refusal(row: DataSubject, activity: Activity, today: date) -> Refusal | None:
    facts = replace(
        facts_of(row), status=SubjectStatus.ACTIVE, restricted_at=None, notice_due_on=None
    )
    return decide_subject(facts, activity=activity.terms, today=today)
