"""Browsers in which somebody of the staff is logged in."""

from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from governance.policy.vocabulary import Role
from governance.portal.roles import NEEDS_SECOND_FACTOR
from governance.portal.second_factor import ENROLLED
from registry.models import Staff


def logged_in(staff: Staff, *, language: str = "en", **kept: Any) -> Client:
    """A browser of somebody, with the second factor where their role needs one.

    `kept` goes into the session beside it.
    """
    needs_one = Role(staff.role) in NEEDS_SECOND_FACTOR
    if needs_one:
        TOTP.activate(staff, generate_totp_secret())
    browser = Client(headers={"accept-language": language} if language else None)
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session[ENROLLED] = needs_one
    session.update(kept)
    session.save()
    return browser
