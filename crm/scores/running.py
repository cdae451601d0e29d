"""Computing a score for everybody whom a purpose reaches, anew and in place of the one before.

All scores of the kind go first, those of people the gate does not admit any more with them. So who
objects is out of scores and of what the next model learns from within one run.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from crm.chosen import people_of
from crm.models import AnalyticRow, Contact, Interaction, Order, Score, ScoreRun
from crm.scores import churn as churning
from crm.scores import outcomes, worth
from crm.scores.history import bought
from crm.service.reports import smallest_cell
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.scores import (
    GROUPS,
    VALID_FOR,
    Logic,
    Reason,
    ScoreKind,
    Sign,
    lead_reasons,
    total,
    written,
)
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject, Purpose, QualifyingEvent

PLACES = Decimal("0.0001")
LEADS = ("lead", "prospect")


@dataclass(frozen=True, slots=True)
class Found:
    """What one person's score is, between what, and out of what."""

    subject: UUID
    value: float
    reasons: list[Reason]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """All scores of a run, and what is told of the run."""

    found: list[Found]
    logic: Logic
    told: dict[str, Any] = field(default_factory=dict)


def run_churn(
    actor: Actor, purpose: str, *, since: date, currency: str = "EUR", now: datetime
) -> ScoreRun:
    """Compute who may buy nothing more (ST4).

    Raises
    ------
    GateRefusedError
        the purpose is not in force, or not for this actor
    """

    def computed(access: Access) -> Result:
        today = timezone.localdate(now)
        outcomes.settle(access, today=today)
        made = churning.churn(bought(access, since=since, currency=currency), today)
        found = [Found(one, told.value, told.reasons) for one, told in made.told.items()]
        told = {
            "fallback": made.fallback, "quality": made.quality,
            "parameters": made.parameters | {"experience": outcomes.experience(access)},
            "parity": parity(access, purpose, found),
        }  # fmt: skip
        return Result(found, made.logic, told)

    return _run(actor, purpose, ScoreKind.CHURN, computed, since=since, now=now)


def run_worth(
    actor: Actor, purpose: str, *, since: date, currency: str = "EUR", now: datetime
) -> ScoreRun:
    """Compute what customers will spend in twelve months, with an interval (A15).

    Raises
    ------
    AnalysisNotInstalledError
        nothing is changed: there is no rule for it
    GateRefusedError
        the purpose is not in force, or not for this actor
    """
    worth.require_installed()

    def computed(access: Access) -> Result:
        history = bought(access, since=since, currency=currency)
        made = worth.worth(history, timezone.localdate(now))
        found = [
            Found(one, told.value, told.reasons, told.low, told.high)
            for one, told in made.told.items()
        ]
        return Result(
            found, Logic.BG_NBD, {"fallback": made.fallback, "parameters": made.parameters}
        )

    return _run(actor, purpose, ScoreKind.LIFETIME_VALUE, computed, since=since, now=now)


def run_leads(actor: Actor, purpose: str, *, since: date, now: datetime) -> ScoreRun:
    """Compute how much interest those showed who are no customers yet (O25).

    What they wrote counts only where the purpose may use communications.
    """

    def computed(access: Access) -> Result:
        today = timezone.localdate(now)
        signs = _signs(access, since=since)
        found = []
        for subject, shown in signs.items():
            reasons = lead_reasons(shown, today=today)
            found.append(Found(subject, total(reasons), reasons))
        return Result(found, Logic.POINTS)

    return _run(
        actor, purpose, ScoreKind.LEAD, computed, since=since, now=now,
        people=people_of(Contact.objects.order_by()),
    )  # fmt: skip


def _signs(access: Access, *, since: date) -> dict[UUID, list[Sign]]:
    """Return the signs of interest of leads and prospects."""
    leads = access.rows(Contact).filter(stage__in=LEADS).values_list("subject_id", flat=True)
    signs: dict[UUID, list[Sign]] = {subject: [] for subject in leads}
    asked = QualifyingEvent.objects.filter(kind="request", at__date__gte=since)
    for subject, at in asked.values_list("subject_id", "at"):
        if subject in signs:
            signs[subject].append(Sign("request", timezone.localdate(at)))
    if Category.COMMUNICATIONS in access.categories:
        came = access.rows(Interaction).filter(direction="in", occurred_at__date__gte=since)
        for subject, kind, at in came.values_list("subject_id", "kind", "occurred_at"):
            if subject in signs:
                signs[subject].append(Sign(kind, timezone.localdate(at)))
    return signs


def _run(
    actor: Actor, purpose: str, kind: ScoreKind, computed: Callable[[Access], Result], *,
    since: date, now: datetime, people: gate.Subjects = None,
) -> ScoreRun:  # fmt: skip
    """Compute and keep a score of one kind, in one access and one transaction."""
    today = timezone.localdate(now)
    if people is None:
        people = people_of(Order.objects.order_by())
    with gate.open(actor, purpose, Operation.UPDATE, subjects=people, now=now) as access:
        forget(access, kind)
        result = computed(access)
        run = ScoreRun.objects.create(
            controller_id=access.controller,
            purpose=Purpose.objects.get(controller=access.controller, key=purpose),
            score_kind=kind, logic=result.logic, ran_at=now, since=since,
            people=len(result.found),
            left_out={str(code): n for code, n in access.excluded.items()}, **result.told,
        )  # fmt: skip
        alive = _alive(access, {one.subject for one in result.found})
        Score.objects.bulk_create(
            (_score(run, one, today=today) for one in result.found if one.subject in alive),
            batch_size=1000,
        )
        return run


def forget(access: Access, kind: ScoreKind) -> None:
    """Remove the scores of a kind of everybody, also of those the access is not for."""
    access.writes_at_large()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM crm_score WHERE controller_id = %s AND score_kind = %s",
            [access.controller, kind],
        )


def _alive(access: Access, people: set[UUID]) -> set[UUID]:
    """Return those of the people of an access who are not being erased at this moment."""
    rows = DataSubject.objects.filter(pk__in=access.among(people))
    return set(rows.exclude(status__in=("erasing", "erased")).values_list("pk", flat=True))


def _score(run: ScoreRun, one: Found, *, today: date) -> Score:
    score = Score(
        controller_id=run.controller_id, subject_id=one.subject, run=run,
        score_kind=run.score_kind, logic=run.logic, value=Decimal(one.value).quantize(PLACES),
        low=_number(one.low), high=_number(one.high), computed_on=today,
        expires_on=today + VALID_FOR, collected_at=run.ran_at,
    )  # fmt: skip
    score.contributions = written(one.reasons)
    return score


def _number(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(PLACES)


def parity(access: Access, purpose: str, found: list[Found]) -> dict[str, dict[str, Any]]:
    """Return the mean score by band of age and by gender, of groups that are no small ones.

    Out of the extract of the purpose, where it was drawn and the purpose may use them.
    """
    names = [name for name, category in GROUPS.items() if category in access.categories]
    values = {one.subject: one.value for one in found}
    smallest = smallest_cell(access.controller, now=access.now)
    rows = access.rows(AnalyticRow).filter(extract__purpose__key=purpose)
    groups: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for subject, *words in rows.values_list("subject_id", *names):
        for name, word in zip(names, words, strict=True):
            if word and subject in values:
                groups[name].setdefault(word, []).append(values[subject])
    return {
        name: {
            word: {"people": len(of), "mean": sum(of) / len(of)}
            for word, of in sorted(by.items())
            if len(of) >= smallest
        }
        for name, by in groups.items()
    }
