"""Who calls: `Authorization: Bearer cst_...`, checked at every call.

A failed attempt is recorded in the audit log of the controller the token belongs to. An
unknown secret belongs to nobody: where the installation has one controller it is recorded
there, otherwise it is counted (`unattributed`) and logged as a number. Guessing 256 bits is
hopeless, so the record of unknown secrets is limited per process and minute, to keep
strangers from filling the log; what the limit leaves out is counted too.
"""

import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from api import access_tokens, clients, tokens
from api.models import ApiToken, ClientSecret
from audit import log
from audit.actions import Action, Outcome
from governance.policy.actors import Actor
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Role
from registry.models import Controller

SCHEME = "bearer"
ENTRIES_PER_MINUTE = 30
logger = logging.getLogger(__name__)


class TokenUnknownError(GovernanceError):
    """The secret belongs to no token."""

    code = "token_unknown"
    article = "32(1)(b)"
    status = 401
    message = _("The token is not known.")
    advice = _("Send `Authorization: Bearer cst_...` with the token your DPO issued.")


class TokenExpiredError(GovernanceError):
    """The token's time is over."""

    code = "token_expired"
    article = "32(1)(b)"
    status = 401
    message = _("The token has expired.")
    advice = _("Ask your DPO for a new token.")


class TokenRevokedError(GovernanceError):
    """The token was ended before its time."""

    code = "token_revoked"
    article = "32(1)(b)"
    status = 401
    message = _("The token was revoked.")
    advice = _("Ask your DPO why, and for a new token if the system still needs one.")


@dataclass(frozen=True)
class System:
    """A connected system that has shown a valid token."""

    token: UUID
    actor: Actor
    is_authenticated: bool = True


class Unattributed:
    """Failed attempts that no audit entry stands for: how many, since the process started."""

    def __init__(self) -> None:
        self.count = 0
        self._recent: deque[datetime] = deque(maxlen=ENTRIES_PER_MINUTE)
        self._lock = Lock()

    def may_record(self, now: datetime) -> bool:
        """Whether another entry fits into this minute."""
        with self._lock:
            if len(self._recent) == ENTRIES_PER_MINUTE and (
                now - self._recent[0] < timedelta(minutes=1)
            ):
                return False
            self._recent.append(now)
            return True

    def add(self) -> None:
        """Count one and say the number."""
        with self._lock:
            self.count += 1
            count = self.count
        logger.warning("failed API authentications without an audit entry: %d", count)


unattributed = Unattributed()


class TokenAuthentication(BaseAuthentication):
    """Authenticate by bearer token; a call without the header is anonymous."""

    def authenticate(self, request: Request) -> tuple[Any, ApiToken] | None:
        """Return the calling system and its token, or None without credentials.

        Raises
        ------
        TokenUnknownError, TokenExpiredError, TokenRevokedError
        """
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        return authenticated(secret if scheme.lower() == SCHEME else "", now=timezone.now())

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 answer."""
        del request
        return 'Bearer realm="custode"'


def authenticated(secret: str, *, now: datetime) -> tuple[System, ApiToken]:
    """Return who shows a secret, and its token; a failure is recorded.

    Raises
    ------
    TokenUnknownError, TokenExpiredError, TokenRevokedError
    """
    if secret.startswith(access_tokens.PREFIX):
        return _exchanged(secret, now=now)
    token = tokens.find(secret) if secret.startswith(tokens.PREFIX) else None
    if token is None:
        _record_unknown(now)
        raise TokenUnknownError
    actor = actor_of(token)
    _check_valid(token, actor, now)
    return System(token.pk, actor), token


def _exchanged(access_token: str, *, now: datetime) -> tuple[System, ApiToken]:
    """Return who shows an access token: a client, within what was granted and what it may still."""
    grant = access_tokens.opened(access_token)
    rows = ClientSecret.objects.select_related("client")
    held = rows.filter(pk=grant.secret).first() if grant else None
    if grant is None or held is None:
        _record_unknown(now)
        raise TokenUnknownError
    actor = actor_of(held.client, within=grant.purposes)
    _check_valid(held.client, actor, now)
    if not held.is_live(now):
        _record_failure(actor, held.client_id, TokenRevokedError.code, now)
        raise TokenRevokedError
    if grant.expires_at <= now:
        _record_failure(actor, held.client_id, TokenExpiredError.code, now)
        raise TokenExpiredError
    return System(held.client_id, actor), held.client


def client(identifier: UUID, secret: str, *, now: datetime) -> ClientSecret | None:
    """Return the secret that an OAuth client shows; None, recorded, where it may get no token."""
    token = ApiToken.objects.filter(pk=identifier, secret_hash__isnull=True).first()
    if token is None:
        _record_unknown(now)
        return None
    try:
        _check_valid(token, actor_of(token), now)
    except (TokenRevokedError, TokenExpiredError):
        return None
    held = clients.shown_by(identifier, secret, now=now)
    if held is None:
        _record_failure(actor_of(token), token.pk, TokenUnknownError.code, now)
    return held


def record_grant(token: ApiToken, *, now: datetime) -> None:
    """Record that a client got an access token."""
    event = log.Event(
        action=Action.LOGIN_SUCCEEDED, purpose="access_logging", object_type="api_token",
        object_id=token.pk,
    )  # fmt: skip
    log.record_apart(actor_of(token), event, now=now)


def _check_valid(token: ApiToken, actor: Actor, now: datetime) -> None:
    if token.revoked_at is not None and token.revoked_at <= now:
        _record_failure(actor, token.pk, TokenRevokedError.code, now)
        raise TokenRevokedError
    if token.expires_at <= now:
        _record_failure(actor, token.pk, TokenExpiredError.code, now)
        raise TokenExpiredError


def actor_of(token: ApiToken, *, within: frozenset[str] | None = None) -> Actor:
    """Return a token as the gate and the log know it: no wider than its purposes.

    Arguments
    ---------
    within : purposes that it was granted for a while; None for all of its own
    """
    own = frozenset(token.purposes)
    return Actor(
        controller=token.controller_id,
        kind="token",
        role=Role(token.role),
        purposes=own if within is None else own & within,
    )


def _record_unknown(now: datetime) -> None:
    controllers = list(Controller.objects.values_list("pk", flat=True)[:2])
    if len(controllers) == 1 and unattributed.may_record(now):
        # Nobody knows as what it wanted to act; the log wants a role, and this one reads nothing.
        nobody = Actor(controller=controllers[0], kind="unknown", role=Role.ADMINISTRATOR)
        _record_failure(nobody, None, TokenUnknownError.code, now)
    else:
        unattributed.add()


def _record_failure(actor: Actor, token: UUID | None, reason: str, now: datetime) -> None:
    event = log.Event(
        action=Action.LOGIN_FAILED,
        purpose="access_logging",
        outcome=Outcome.REFUSED,
        object_type="api_token" if token else "",
        object_id=token,
        reason=reason,
    )
    log.record_apart(actor, event, now=now)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """How the schema names the authentication."""

    target_class = TokenAuthentication
    name = ["token", "oauth"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Return the OpenAPI security schemes."""
        del auto_schema
        token = {"type": "http", "scheme": "bearer", "bearerFormat": "cst_ and 43 characters"}
        flow = {"tokenUrl": "/api/v1/oauth/token/", "scopes": {}}  # a scope is a purpose
        return [token, {"type": "oauth2", "flows": {"clientCredentials": flow}}]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Return that either is enough."""
        del auto_schema
        return [{name: []} for name in self.name]
