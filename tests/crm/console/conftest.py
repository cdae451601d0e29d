"""Somebody at the desk."""

from collections.abc import Callable
from datetime import datetime

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from crm.console import purposes
from governance.policy.vocabulary import Role
from governance.portal.roles import NEEDS_SECOND_FACTOR
from governance.portal.second_factor import ENROLLED
from tests.builders import Company, a_company

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
        staff = company.staff[role]
        if role in NEEDS_SECOND_FACTOR:
            TOTP.activate(staff, generate_totp_secret())
        browser = Client(headers={"accept-language": language})
        browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
        session = browser.session
        session[ENROLLED] = role in NEEDS_SECOND_FACTOR
        if purpose:
            session[purposes.CHOSEN] = purpose
        session.save()
        return browser

    return client
