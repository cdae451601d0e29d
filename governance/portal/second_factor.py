"""The second factor of those who see people or run the house, and how its secrets are kept.

DPO, legal, auditor, manager, partner and administrator have an authenticator app enrolled before
any page of the portal answers. CUSTODE_SECOND_FACTOR=optional relaxes this for a demonstration and
says so.
"""

import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from governance.crypto import keystore, root
from governance.crypto.envelope import NONCE, derive
from governance.crypto.errors import UnsealError
from governance.policy.vocabulary import Role
from governance.portal.roles import NEEDS_SECOND_FACTOR
from registry.models import Staff

logger = logging.getLogger(__name__)
FORM = "2."  # before it were none, and a key derived from the file of the root key
PLACE, OLD_PLACE = b"custode/totp/v2", b"custode/totp/v1"
TAG = 16
INSTALLATION = UUID(int=0)  # accounts log in before it is known whose they are
ENROLLED = "custode.second_factor_enrolled"


class SealedSecrets(DefaultMFAAdapter):
    """Seals the secrets of authenticator apps; the library would store them in clear."""

    def encrypt(self, text: str) -> str:
        """Return `text` sealed under the keystore's key `account`."""
        nonce = os.urandom(NONCE)
        sealed = _cipher().encrypt(nonce, text.encode(), PLACE)
        return FORM + b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` sealed, now or before. Raises UnsealError for anything else."""
        is_new = encrypted_text.startswith(FORM)
        try:
            whole = b64decode(encrypted_text.removeprefix(FORM), validate=True)
            if len(whole) < NONCE + TAG:
                raise UnsealError
            cipher, place = (_cipher(), PLACE) if is_new else (_old_cipher(), OLD_PLACE)
            return cipher.decrypt(whole[:NONCE], whole[NONCE:], place).decode()
        except (InvalidTag, ValueError):
            raise UnsealError from None


def reseal() -> int:
    """Seal anew what is still under the file of the root key; return how many authenticators.

    Run by `prepare`; what is left is what is found, so it can be interrupted and repeated.
    """
    adapter, done = SealedSecrets(), 0
    for key in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            found = Authenticator.objects.select_for_update().filter(pk=key).first()
            data = found and {name: _renewed(adapter, found.data, name) for name in found.data}
            if found and data != found.data:
                found.data = data
                found.save(update_fields=["data"])
                done += 1
    return done


def _renewed(adapter: SealedSecrets, data: dict[str, Any], name: str) -> Any:
    value = data[name]
    if name in {"secret", "seed"}:
        return value if value.startswith(FORM) else adapter.encrypt(adapter.decrypt(value))
    if name == "migrated_codes":
        return [v if v.startswith(FORM) else adapter.encrypt(adapter.decrypt(v)) for v in value]
    return value


def _cipher() -> AESGCM:
    return AESGCM(keystore.controller_key(INSTALLATION, "account", create=True))


def _old_cipher() -> AESGCM:
    """Return what sealed secrets before they had a key of their own: derived from the file."""
    return AESGCM(derive(root.load().reveal(), OLD_PLACE.decode()))


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
    """Send whoever lacks a second factor they need to enrol, from every page of portal and desk.

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
        inside = request.path.startswith((_path("admin:index"), _path("desk:home")))
        leaving = inside and request.path == _path("admin:logout")
        if not inside or leaving or not is_asked_of(request.user):
            return self.get_response(request)
        if not isinstance(request.user, Staff) or not is_enrolled(request.user):
            return redirect("mfa_activate_totp")
        if not is_shown(request):
            return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
        return self.get_response(request)


@cache
def _path(name: str) -> str:
    """Return the path of a page; it is asked at every request, and stays what it is."""
    return reverse(name)
