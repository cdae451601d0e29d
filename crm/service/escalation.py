"""Escalation: a broken promise is raised once, and stays raised.

The book of a company (`CaseBook.next_due_at`) says when to look next, so that nothing is opened
for nothing. Raising is one statement that finds what is over and not raised yet: two workers at
once, or the same one again, change nothing more. No lease is needed.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from crm.models import Case, CaseBook
from governance.policy.actors import system
from governance.policy.cases import CaseState, Promise
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation, Role
from registry import activities
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject

DONE = {Promise.FIRST_RESPONSE: "first_response_at", Promise.RESOLUTION: "solved_at"}
NEXT = """
SELECT min(due) FROM (
    SELECT first_response_due_at AS due FROM crm_case
    WHERE first_response_at IS NULL AND solved_at IS NULL
    UNION ALL
    SELECT resolution_due_at FROM crm_case WHERE solved_at IS NULL
) AS promises WHERE due >= %s
"""
NEEDED = frozenset({Category.COMMUNICATIONS})


def over(rows: "QuerySet[Case]", promise: Promise, *, now: datetime) -> "QuerySet[Case]":
    """Return the cases of which a promise is over, not kept, and not raised yet."""
    return rows.exclude(state=CaseState.SOLVED).filter(
        **{
            f"{promise}_due_at__lt": now,
            f"{promise}_escalated_at__isnull": True,
            f"{DONE[promise]}__isnull": True,
        }
    )


def waiting(*, now: datetime) -> list[UUID]:
    """Return the companies in which some promise may be over."""
    due = CaseBook.objects.filter(next_due_at__lt=now)
    return list(due.values_list("controller", flat=True))


def escalate(controller: UUID, *, now: datetime) -> int:
    """Raise what is over in one company; return how many promises were raised.

    For every purpose under which the system may change what it uses. People who are restricted
    are left out by the gate: storing is all that may be done with their data (Art. 18(2)).
    """
    CaseBook.objects.filter(controller=controller).update(next_due_at=None)
    return sum(
        _escalate_for(controller, version.activity.purpose.key, now=now)
        for version in activities.all_in_force(controller, at=now)
        if Role.SYSTEM in version.roles
        and Operation.UPDATE in version.operations
        and set(version.categories) >= NEEDED
    )


def _escalate_for(controller: UUID, purpose: str, *, now: datetime) -> int:
    cases = Case.objects.filter(purpose=purpose)
    late = [over(cases, promise, now=now) for promise in Promise]
    people = DataSubject.objects.filter(
        Q(pk__in=late[0].values("subject")) | Q(pk__in=late[1].values("subject"))
    ).values_list("pk", flat=True)
    actor = system(controller)
    with gate.open(
        actor, purpose, Operation.UPDATE, subjects=people, categories=NEEDED, now=now
    ) as access:
        raised = sum(_raise(access, promise, purpose, now=now) for promise in Promise)
        _look_again(controller, now=now)
    return raised


def _raise(access: Access, promise: Promise, purpose: str, *, now: datetime) -> int:
    rows = access.rows(Case).filter(purpose=purpose)
    return over(rows, promise, now=now).update(**{f"{promise}_escalated_at": now})


def _look_again(controller: UUID, *, now: datetime) -> None:
    """Write down when the next promise ends: a moment of the whole company, of nobody's case."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [now])
        (moment,) = cursor.fetchone()
    CaseBook.objects.filter(controller=controller).update(next_due_at=moment)
