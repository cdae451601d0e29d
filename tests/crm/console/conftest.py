"""Somebody at the desk."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from crm.console import purposes
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Role
from registry import provisions
from tests.builders import Company, a_company
from tests.logins import logged_in

At = Callable[..., Client]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def company(db: None, now: datetime) -> Company:
    return a_company(now=now)


@pytest.fixture
def at_desk(company: Company) -> At:
    """A browser of a role, with the second factor, and a purpose if one is named."""

    def client(role: Role, purpose: str = "", *, language: str = "en") -> Client:
        chosen = {purposes.CHOSEN: purpose} if purpose else {}
        return logged_in(company.staff[role], language=language, **chosen)

    return client


def show_every_count(company: Company) -> None:
    """Let the register hide no count, however small: as shipped it hides those below five."""
    now = timezone.now()
    provisions.enter(
        controller=company.controller, parameter=Parameter.SMALLEST_CELL, value="1",
        source="Prova", valid_from=timezone.localdate(now), by=company.staff[Role.DPO], now=now,
    )  # fmt: skip
