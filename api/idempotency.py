"""A write with an `Idempotency-Key` happens once, however often it is sent.

The key is claimed inside the transaction of the access, under a unique constraint: of two calls
at once the second waits for the first, and then finds what it made. If the first is undone,
so is its claim. Keys and bodies are kept as keyed hashes, because both may hold personal data
and this table outlives an erasure; `forget` removes them after a week.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from api.models import IdempotentWrite
from api.purposes import Asked
from governance.policy.errors import GovernanceError

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=7)
VALID = re.compile(r"^[\x21-\x7e]{1,255}$")
CREATED = 201
UNDER_WAY = UUID(int=0)


class KeyInvalidError(GovernanceError):
    """The key is empty, too long, or not printable."""

    code = "idempotency_key_invalid"
    message = _("The header Idempotency-Key is not usable.")
    advice = _("Send up to 255 printable characters without spaces, such as a random UUID.")


class KeyReusedError(GovernanceError):
    """The key came before, with another body, address or purpose."""

    code = "idempotency_key_reused"
    status = 409
    message = _("This Idempotency-Key was used for another call.")
    advice = _("Use a new key for a new call; send the same body to repeat one.")


@dataclass(frozen=True)
class Key:
    """The key of a call, as it is stored, and the digest of what the call says."""

    token: UUID
    controller: UUID
    name: str
    digest: str


@dataclass(frozen=True)
class Written:
    """What a write made: the id of the record, and whether it was there already."""

    resource: UUID
    is_repeated: bool


def key_of(request: Request, question: Asked, body: bytes) -> Key | None:
    """Return the key of a call, or None if it has none.

    Raises
    ------
    KeyInvalidError
    """
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    if not VALID.match(sent):
        raise KeyInvalidError
    said = b"\x00".join((request.path.encode(), question.purpose.encode(), body))
    return Key(
        token=question.token,
        controller=question.actor.controller,
        name=_keyed("key", question.token.bytes + sent.encode()),
        digest=_keyed("body", said),
    )


def once(key: Key | None, make: Callable[[], UUID], *, now: datetime) -> Written:
    """Run `make` unless the key says that it ran; call it inside the access that writes.

    Raises
    ------
    KeyReusedError
        the key belongs to a call that said something else
    """
    if key is None:
        return Written(make(), is_repeated=False)
    mine, is_new = claim(key, now=now)
    if not is_new:
        return Written(mine.resource, is_repeated=True)
    mine.resource = make()
    mine.save(update_fields=["resource"])
    return Written(mine.resource, is_repeated=False)


def claim(key: Key, *, now: datetime) -> tuple[IdempotentWrite, bool]:
    """Claim a key in the open transaction; return the claim and whether it is new.

    Raises
    ------
    KeyReusedError
    """
    found, is_new = IdempotentWrite.objects.get_or_create(
        controller_id=key.controller,
        token_id=key.token,
        key=key.name,
        defaults={
            "request_digest": key.digest,
            "resource": UNDER_WAY,
            "status": CREATED,
            "made_at": now,
        },
    )
    if found.request_digest != key.digest:
        raise KeyReusedError
    return found, is_new


def forget(*, now: datetime) -> int:
    """Remove the keys older than a week; return how many."""
    old = IdempotentWrite.objects.filter(made_at__lt=now - KEPT_FOR)
    return old.delete()[0]


def _keyed(use: str, value: bytes) -> str:
    return salted_hmac(f"custode.idempotency.{use}", value, algorithm="sha256").hexdigest()
