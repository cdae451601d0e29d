"""Tokens of connected systems: issued once, stored as a hash, limited in role, purposes and time.

A token looks like `cst_` and 43 characters: 256 bits from the operating system. It is shown
once, when it is issued; what rests in the database is the SHA-256 of it, which needs no salt
because nothing can be guessed about a random secret.
"""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import BinaryField
from django.utils.translation import gettext_lazy as _

from api.models import ApiToken
from audit import log
from audit.actions import Action
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from registry.gate.statements import Given, Statement
from registry.models import Purpose, Staff
from registry.operations import KEEPING

PREFIX = "cst_"
SECRET_BYTES = 32
LONGEST = timedelta(days=366)
# Not the administrator, who can not read customers and would otherwise issue a way to do so.
MAY_ISSUE = frozenset({Role.DPO})
NO_SYSTEM = frozenset({Role.DATA_SUBJECT, Role.ADMINISTRATOR})


class IssuerNotAllowedError(GovernanceError):
    """The role of the issuer does not give out access."""

    code = "token_issuer_not_allowed"
    article = "32(4)"
    status = 403
    message = _("Your role may not issue or revoke API tokens.")
    advice = _("Ask the DPO of your company.")


class TokenTermsError(GovernanceError):
    """The terms of a new token are not acceptable; `about` names which."""

    code = "token_terms_refused"
    article = "25(2)"
    message = _("The token can not be issued with these terms.")
    advice = _(
        "Give a name that was never used, a role of a system, purposes of the register,"
        " and an end within 366 days."
    )


@dataclass(frozen=True)
class Issued:
    """A new token; `secret` is shown now and never again."""

    token: ApiToken
    secret: str = field(repr=False)


@transaction.atomic
def issue(
    *,
    by: Staff,
    name: str,
    role: Role,
    purposes: Collection[str],
    expires_at: datetime,
    now: datetime,
) -> Issued:
    """Issue a token of the issuer's controller, for a role and some purposes, until a moment.

    Raises
    ------
    IssuerNotAllowedError
        `by` is not the DPO
    TokenTermsError
        the name is taken, the role is not one of systems, a purpose is not in the
        register, or the end is past or more than 366 days away
    """
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = admit(
        by=by, name=name, role=role, purposes=purposes, expires_at=expires_at,
        secret_hash=hashed(secret), now=now,
    )  # fmt: skip
    return Issued(token, secret)


def admit(
    *,
    by: Staff,
    name: str,
    role: Role,
    purposes: Collection[str],
    expires_at: datetime,
    secret_hash: bytes | None,
    now: datetime,
) -> ApiToken:
    """Record a system that may call, in the open transaction; see `issue` for the terms.

    Arguments
    ---------
    secret_hash : of the secret it sends with each call; None for a client of `api.clients`
    """
    _check_issuer(by)
    _check_terms(by, name, role, purposes)
    if not now < expires_at <= now + LONGEST:
        raise TokenTermsError(about="expires_at")
    token = ApiToken.objects.create(
        controller=by.controller,
        name=name,
        role=role,
        purposes=sorted(purposes),
        secret_hash=secret_hash,
        issued_by=by,
        issued_at=now,
        expires_at=expires_at,
    )
    record(by, token, Action.TOKEN_ISSUED, now=now)
    return token


@transaction.atomic
def revoke(*, token: ApiToken, by: Staff, now: datetime) -> ApiToken:
    """End a token at once. Revoking it again changes nothing and records nothing.

    Raises
    ------
    IssuerNotAllowedError
        `by` is not the DPO of the token's controller
    """
    token = held(token, by=by)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record(by, token, Action.TOKEN_REVOKED, now=now)
    return token


def held(token: ApiToken, *, by: Staff) -> ApiToken:
    """Return a token of the issuer's controller, locked until the transaction ends.

    Raises
    ------
    IssuerNotAllowedError
        `by` is not the DPO of the token's controller
    """
    _check_issuer(by)
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.controller_id != by.controller_id:
        raise IssuerNotAllowedError
    return token


def find(secret: str) -> ApiToken | None:
    """Return the token of a secret, also an expired or revoked one."""
    found: list[ApiToken] = _by_secret().rows(secret=hashed(secret))
    return found[0] if found else None


@cache
def _by_secret() -> Statement:
    return Statement(ApiToken.objects.filter(secret_hash=Given("secret", BinaryField())))


def hashed(secret: str) -> bytes:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _check_issuer(by: Staff) -> None:
    if by.role not in MAY_ISSUE or not by.is_active:
        raise IssuerNotAllowedError


def _check_terms(by: Staff, name: str, role: Role, purposes: Collection[str]) -> None:
    if role in NO_SYSTEM:
        raise TokenTermsError(about="role")
    known = Purpose.objects.filter(controller=by.controller_id, key__in=list(purposes)).count()
    # An auditor or an authority looks at how the rules are kept, and acts for no purpose.
    needs_purpose = role is not Role.AUDITOR
    if (needs_purpose and not purposes) or known != len(set(purposes)):
        raise TokenTermsError(about="purposes")
    taken = ApiToken.objects.filter(controller=by.controller_id, name=name).exists()
    if taken or not name.strip():
        raise TokenTermsError(about="name")


def record(by: Staff, token: ApiToken, action: Action, *, now: datetime) -> None:
    """Record what the issuer did with a token."""
    event = log.Event(
        action=action,
        purpose=KEEPING,
        object_type="api_token",
        object_id=token.pk,
        reason=token.role,
        counts={"purposes": len(token.purposes)},
    )
    log.record(by.actor(), event, now=now)
