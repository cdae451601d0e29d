"""The second factor of those who see people or run the house, and how its secrets are kept.

DPO, legal, auditor and administrator have an authenticator app enrolled before any page of the
portal answers. CUSTODE_SECOND_FACTOR=optional relaxes this for a demonstration and says so.
"""

import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from governance.crypto import root
from governance.crypto.envelope import NONCE, derive
from governance.crypto.errors import UnsealError
from governance.policy.vocabulary import Role
from governance.portal.roles import NEEDS_SECOND_FACTOR
from registry.models import Staff

logger = logging.getLogger(__name__)
PLACE = b"custode/totp/v1"
ENROLLED = "custode.second_factor_enrolled"


class SealedSecrets(DefaultMFAAdapter):
    """Seals the secrets of authenticator apps; the library would store them in clear."""

    def encrypt(self, text: str) -> str:
        """Return `text` sealed under a key derived from the root key."""
        nonce = os.urandom(NONCE)
        return b64encode(nonce + _cipher().encrypt(nonce, text.encode(), PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` sealed. Raises UnsealError for anything else."""
        try:
            whole = b64decode(encrypted_text, validate=True)
            return _cipher().decrypt(whole[:NONCE], whole[NONCE:], PLACE).decode()
        except (InvalidTag, ValueError):
            raise UnsealError from None


def _cipher() -> AESGCM:
    return AESGCM(derive(root.load().reveal(), PLACE.decode()))


def is_enrolled(staff: Staff) -> bool:
    """Whether the member of staff has an authenticator app."""
    return bool(
        Authenticator.objects.filter(user_id=staff.pk, type=Authenticator.Type.TOTP).exists()
    )


def is_asked_of(user: object) -> bool:
    """Whether `user` may use the portal with a second factor only."""
    return (
        settings.CUSTODE_SECOND_FACTOR == "required"
        and isinstance(user, Staff)
        and Role(user.role) in NEEDS_SECOND_FACTOR
    )


def is_shown(request: HttpRequest) -> bool:
    """Whether this session has shown the second factor, or enrolled it.

    An enrolment is not enough: a session opened before it, with a password alone, proves nothing.
    """
    records = get_authentication_records(request, request.user)
    return ENROLLED in request.session or any(r.get("method") == "mfa" for r in records)


@receiver(authenticator_added, dispatch_uid="custode.enrolled")
def enrolled(request: HttpRequest, **_kwargs: object) -> None:
    """Note in the session that it enrolled the second factor itself."""
    request.session[ENROLLED] = True


class SecondFactorMiddleware:
    """Send whoever lacks a second factor they need to enrol, from every page of the portal.

    Who has one is asked for it at login, by the login pages themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        if settings.CUSTODE_SECOND_FACTOR == "optional":
            logger.warning(
                "CUSTODE_SECOND_FACTOR=optional: staff can enter the portal with a password alone."
            )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request pass, or redirect it."""
        inside = request.path.startswith(reverse("admin:index"))
        leaving = request.path == reverse("admin:logout")
        if not inside or leaving or not is_asked_of(request.user):
            return self.get_response(request)
        if not isinstance(request.user, Staff) or not is_enrolled(request.user):
            return redirect("mfa_activate_totp")
        if not is_shown(request):
            return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
        return self.get_response(request)
