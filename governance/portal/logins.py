"""Logins, logouts and failed logins in the audit log, from Django's own signals.

What somebody typed as a login name is never logged: people type passwords there.
"""

import logging
from typing import Any

from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from audit import log
from audit.actions import Action, Outcome
from governance.policy import actors
from governance.policy.actors import Actor
from governance.portal.guard import ACCESS_LOGGING
from registry.models import Controller, Staff

logger = logging.getLogger(__name__)


@receiver(user_logged_in, dispatch_uid="custode.logged_in")
def logged_in(user: Any, **_kwargs: Any) -> None:
    """Record a login."""
    if isinstance(user, Staff):
        _record(user.actor(), Action.LOGIN_SUCCEEDED, Outcome.DONE)


@receiver(user_logged_out, dispatch_uid="custode.logged_out")
def logged_out(user: Any, **_kwargs: Any) -> None:
    """Record a logout; an expired session has nobody to record."""
    if isinstance(user, Staff):
        _record(user.actor(), Action.LOGOUT_DONE, Outcome.DONE)


@receiver(user_login_failed, dispatch_uid="custode.login_failed")
def login_failed(credentials: dict[str, Any], **_kwargs: Any) -> None:
    """Record a failed login: under the account's name if there is one, else under the company's."""
    staff = Staff.objects.filter(username=credentials.get("username") or "").first()
    if staff is not None:
        _record(staff.actor(), Action.LOGIN_FAILED, Outcome.REFUSED, "wrong_password")
        return
    controllers = list(Controller.objects.values_list("pk", flat=True)[:2])
    if len(controllers) == 1:
        _record(
            actors.system(controllers[0]), Action.LOGIN_FAILED, Outcome.REFUSED, "unknown_account"
        )
    else:
        logger.warning("A login failed for an account that does not exist.")


@receiver(authentication_failed, dispatch_uid="custode.factor_failed")
def factor_failed(user: Any, **_kwargs: Any) -> None:
    """Record a wrong code of the second factor, at login and when it is asked again."""
    if isinstance(user, Staff):
        _record(user.actor(), Action.LOGIN_FAILED, Outcome.REFUSED, "wrong_code")


def _record(actor: Actor, action: Action, outcome: Outcome, reason: str = "") -> None:
    event = log.Event(action=action, purpose=ACCESS_LOGGING, outcome=outcome, reason=reason)
    log.record_apart(actor, event, now=timezone.now())
