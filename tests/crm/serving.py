"""Cases for tests: opened and worked on through the gate, as staff do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.models import Case
from crm.service import operations
from crm.service.operations import NewCase
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from tests.builders import NOW, Company

CARE = "customer_care"


def a_case(
    company: Company, subject: UUID, *, at: datetime = NOW, purpose: str = CARE, **fields: Any
) -> UUID:
    """A case about somebody, opened by an agent."""
    new = NewCase(**{"topic": "La lampada non si accende", **fields})
    with gate.open(
        company.actor(Role.AGENT), purpose, Operation.CREATE, subjects=subject, now=at
    ) as access:
        case = operations.open_case(access, new, subject=subject, purpose=purpose)
        made: UUID = case.pk
    return made


def does(
    company: Company,
    subject: UUID,
    act: Callable[..., Any],
    case: UUID,
    *,
    at: datetime = NOW,
    **more: Any,
) -> None:
    """Something an agent does with a case."""
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=subject, now=at
    ) as access:
        act(access, case, **more)


def seen(
    company: Company, subject: UUID, look: Callable[[Access], Any], *, at: datetime = NOW
) -> Any:
    """What an agent sees of somebody."""
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=subject, now=at
    ) as access:
        return look(access)


def column(company: Company, subject: UUID, case: UUID, name: str, *, at: datetime = NOW) -> Any:
    """One field of a case."""
    return seen(company, subject, lambda a: getattr(a.rows(Case).get(pk=case), name), at=at)
