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

from api import tokens
from api.models import ApiToken
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
    token = tokens.find(secret) if secret.startswith(tokens.PREFIX) else None
    if token is None:
        _record_unknown(now)
        raise TokenUnknownError
    actor = actor_of(token)
    if token.revoked_at is not None and token.revoked_at <= now:
        _record_failure(actor, token.pk, TokenRevokedError.code, now)
        raise TokenRevokedError
    if token.expires_at <= now:
        _record_failure(actor, token.pk, TokenExpiredError.code, now)
        raise TokenExpiredError
    return System(token.pk, actor), token


def actor_of(token: ApiToken) -> Actor:
    """Return a token as the gate and the log know it: no wider than its purposes."""
    return Actor(
        controller=token.controller_id,
        kind="token",
        role=Role(token.role),
        purposes=frozenset(token.purposes),
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
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the OpenAPI security scheme."""
        del auto_schema
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cst_ and 43 characters"}
