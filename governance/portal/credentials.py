"""Staff change their own password and second factor: the change and its entry are one transaction.

The pages are the login library's; its signals say what was done.
"""

from allauth.account import views as account
from allauth.account.signals import password_changed
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp import views as totp
from django.db import transaction
from django.dispatch import Signal
from django.urls import URLPattern, path
from django.utils import timezone

from audit import log
from audit.actions import Action
from registry.models import Staff
from registry.operations import KEEPING

CHANGES: dict[Signal, str] = {
    password_changed: "password_changed",
    authenticator_added: "second_factor_added",
    authenticator_removed: "second_factor_removed",
    authenticator_reset: "recovery_codes_renewed",
}


def urls() -> list[URLPattern]:
    """Return the library's pages that change something, each as one transaction."""
    return [
        path(
            "password/change/",
            transaction.atomic(account.password_change),
            name="account_change_password",
        ),
        path(
            "2fa/totp/activate/", transaction.atomic(totp.activate_totp), name="mfa_activate_totp"
        ),
        path(
            "2fa/totp/deactivate/",
            transaction.atomic(totp.deactivate_totp),
            name="mfa_deactivate_totp",
        ),
        path(
            "2fa/recovery-codes/generate/",
            transaction.atomic(recovery_codes.generate_recovery_codes),
            name="mfa_generate_recovery_codes",
        ),
    ]


def record(signal: Signal, user: object, **_more: object) -> None:
    """Append what somebody changed of their own account, in the transaction of the change."""
    if not isinstance(user, Staff):
        return
    event = log.Event(
        action=Action.STAFF_CHANGED,
        purpose=KEEPING,
        subjects=(user.subject_id,),
        object_type="staff",
        object_id=user.pk,
        reason=CHANGES[signal],
    )
    log.record(user.actor(), event, now=timezone.now())


for _signal in CHANGES:
    _signal.connect(record, dispatch_uid="custode.credentials")
