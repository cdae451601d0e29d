"""Cases as they are looked at: what comes next, what is late, and how old what is open is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from crm.chosen import people_of
from crm.models import Case
from governance.policy.cases import CaseKind, CaseState
from governance.policy.vocabulary import Priority
from registry.gate.access import Access
from registry.models import DataSubject

AGES = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))


@dataclass(frozen=True)
class Age:
    """How many open cases are younger than `below` and not younger than the step before."""

    below: timedelta | None
    cases: int
    late: int


@dataclass(frozen=True)
class Filters:
    """What a list of cases is narrowed to; nothing personal, so it may be in an address.

    Attributes
    ----------
    states : those not solved, where none is named
    assignee : of whom; None for all
    """

    states: frozenset[CaseState] = frozenset(CaseState) - {CaseState.SOLVED}
    kind: CaseKind | None = None
    priority: Priority | None = None
    assignee: UUID | None = None


def filtered(purpose: str, filters: Filters) -> "QuerySet[Case]":
    """Return the cases of a list under a purpose, not evaluated."""
    rows = Case.objects.filter(purpose=purpose, state__in=filters.states)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.priority:
        rows = rows.filter(priority=filters.priority)
    return rows.filter(assigned_to=filters.assignee) if filters.assignee else rows


def people(purpose: str, *, only_open: bool = True) -> "QuerySet[DataSubject, UUID]":
    """Return the people who have cases under a purpose, for whom a list is opened."""
    cases = Case.objects.filter(purpose=purpose)
    if only_open:
        cases = cases.exclude(state=CaseState.SOLVED)
    return people_of(cases)


def open_cases(access: Access, purpose: str) -> "QuerySet[Case]":
    """Return open cases, those first whose next promise ends first; what is paused comes last."""
    rows = access.rows(Case).filter(purpose=purpose).exclude(state=CaseState.SOLVED)
    first_due = Coalesce(Least("first_response_due_at", "resolution_due_at"), "resolution_due_at")
    return rows.alias(due=first_due).order_by(F("due").asc(nulls_last=True), "number")


def cases_of(access: Access, subject: UUID) -> "QuerySet[Case]":
    """Return the cases of one person, newest first."""
    return access.rows(Case).filter(subject=subject).order_by("-opened_at", "-number")


def ageing(access: Access, purpose: str, *, now: datetime) -> list[Age]:
    """Return how old the open cases are, in one statement."""
    rows = access.rows(Case).filter(purpose=purpose).exclude(state=CaseState.SOLVED)
    steps: list[tuple[timedelta | None, Q]] = []
    upper = now
    for age in AGES:
        steps.append((age, Q(opened_at__gt=now - age, opened_at__lte=upper)))
        upper = now - age
    steps.append((None, Q(opened_at__lte=upper)))
    late = Q(first_response_escalated_at__isnull=False) | Q(resolution_escalated_at__isnull=False)
    counts = {}
    for number, (_age, within) in enumerate(steps):
        counts[f"cases_{number}"] = Count("pk", filter=within)
        counts[f"late_{number}"] = Count("pk", filter=within & late)
    found = rows.aggregate(**counts)
    return [
        Age(age, found[f"cases_{number}"], found[f"late_{number}"])
        for number, (age, _within) in enumerate(steps)
    ]
