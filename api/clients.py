"""OAuth 2.0 clients: systems that exchange an id and a secret for short-lived tokens.

A client is a token of the house like every other (`api.tokens`), with role, purposes and end; only
that its secret is not sent with each call. So it can be renewed while the system runs: two secrets
live beside each other for a week, then the older one ends. Follows RFC 6749, section 4.4.
"""

import hmac
import secrets as random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from api import tokens
from api.access_tokens import LIFE, Grant, seal
from api.models import ApiToken, ClientSecret
from audit.actions import Action
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from registry.models import Staff

PREFIX = "css_"
OVERLAP = timedelta(days=7)


class NotAClientError(GovernanceError):
    """The secret of a token that is sent as it is cannot be renewed."""

    code = "not_an_oauth_client"
    status = 409
    message = _("This token has no secret to renew, or is no longer valid.")
    advice = _("Issue a new one, and revoke this when the system uses it.")


@dataclass(frozen=True)
class Registered:
    """A client with a new secret, which is shown now and never again."""

    client: ApiToken
    secret: str = field(repr=False)


@transaction.atomic
def register(
    *,
    by: Staff,
    name: str,
    role: Role,
    purposes: Collection[str],
    expires_at: datetime,
    now: datetime,
) -> Registered:
    """Register a client of the issuer's controller; see `api.tokens.issue` for the terms.

    Raises
    ------
    IssuerNotAllowedError, TokenTermsError
    """
    client = tokens.admit(
        by=by, name=name, role=role, purposes=purposes, expires_at=expires_at, secret_hash=None,
        now=now,
    )  # fmt: skip
    return Registered(client, _new_secret(client, now=now))


@transaction.atomic
def renew(*, client: ApiToken, by: Staff, at_once: bool = False, now: datetime) -> Registered:
    """Give a client another secret; the one before goes on for a week, or ends at once.

    Of two that are live the older one ends: there are never three.

    Raises
    ------
    IssuerNotAllowedError
    NotAClientError
        it has no secret to renew, was revoked, or its time is over
    """
    client = tokens.held(client, by=by)
    if client.secret_hash is not None or client.revoked_at or client.expires_at <= now:
        raise NotAClientError
    newest_first = _live(client, now=now).order_by("-made_at", "-pk")
    for number, held in enumerate(newest_first):
        _end(held, at=now if at_once or number else now + OVERLAP)
    secret = _new_secret(client, now=now)
    tokens.record(by, client, Action.TOKEN_RENEWED, now=now)
    return Registered(client, secret)


def shown_by(client: UUID, secret: str, *, now: datetime) -> ClientSecret | None:
    """Return the live secret that a client shows; None where it is none of its own."""
    digest = tokens.hashed(secret)
    for held in ClientSecret.objects.filter(client=client).select_related("client"):
        if hmac.compare_digest(bytes(held.secret_hash), digest) and held.is_live(now):
            return held
    return None


def grant(held: ClientSecret, wanted: frozenset[str], *, now: datetime) -> tuple[str, Grant]:
    """Return an access token, no wider than the client's purposes and no longer than its time.

    Arguments
    ---------
    wanted : purposes, all of them the client's
    """
    ends = [now + LIFE, held.client.expires_at, *([held.ends_at] if held.ends_at else [])]
    given = Grant(held.pk, wanted, min(ends))
    return seal(given), given


def _live(client: ApiToken, *, now: datetime) -> "QuerySet[ClientSecret]":
    ends = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    return ClientSecret.objects.filter(ends, client=client)


def _end(secret: ClientSecret, *, at: datetime) -> None:
    if secret.ends_at is None or secret.ends_at > at:
        secret.ends_at = at
        secret.save(update_fields=["ends_at"])


def _new_secret(client: ApiToken, *, now: datetime) -> str:
    secret = PREFIX + random.token_urlsafe(tokens.SECRET_BYTES)
    ClientSecret.objects.create(
        controller_id=client.controller_id, client=client, secret_hash=tokens.hashed(secret),
        made_at=now,
    )  # fmt: skip
    return secret
