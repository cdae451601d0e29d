"""A client of the portal per role, with the second factor where the role needs one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from dsar import requests
from dsar.identity import Requester
from dsar.models import SubjectRequest
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_company, a_person
from tests.logins import logged_in

As = Callable[[Role], Client]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def company(db: None, now: datetime) -> Company:
    return a_company(now=now)


@pytest.fixture
def as_role(company: Company) -> As:
    def client(role: Role) -> Client:
        return logged_in(company.staff[role])

    return client


@pytest.fixture
def anna(company: Company, now: datetime) -> SubjectRequest:
    """A request for access by somebody we hold, received today."""
    a_person(company, now=now)
    return ask(company, "access", days=0, now=now)


def ask(company: Company, right: str, *, days: int, now: datetime) -> SubjectRequest:
    return requests.receive(
        company.actor(Role.DPO),
        right=right,
        channel="email",
        received_at=now - timedelta(days=days),
        language="en",
        requester=Requester("Anna Bianchi", "anna.bianchi@example.it", "", "My data, please"),
        evidence="message id",
        now=now,
    )


def entries(company: Company) -> list[Entry]:
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        return list(Entry.objects.order_by("id"))


def new_entries(company: Company, before: list[Entry]) -> list[Entry]:
    """The entries since `before`, without those of reading the log itself."""
    known = {entry.pk for entry in before}
    return [e for e in entries(company) if e.pk not in known and e.actor != "system"]
