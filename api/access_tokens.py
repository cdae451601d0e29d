"""Access tokens of OAuth 2.0 clients: ten minutes long, and nothing of them is stored.

A token is what was granted, encrypted under a key derived from the secret key: by which secret of
which client, for which purposes, until when. It opens nothing by itself: at every call the client
and the secret are looked up, so that revoking either ends the tokens made with it at once.
"""

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from governance.crypto.envelope import derive

PREFIX = "csa_"
LIFE = timedelta(minutes=10)
NONCE = 12
LONGEST = 4096
PLACE = b"custode/access-token/v1"


@dataclass(frozen=True)
class Grant:
    """What a token stands for.

    Attributes
    ----------
    secret : id of the client's secret that it was made with
    """

    secret: UUID
    purposes: frozenset[str]
    expires_at: datetime


def seal(grant: Grant) -> str:
    """Return the token of a grant."""
    nonce = os.urandom(NONCE)
    until = int(grant.expires_at.timestamp())
    said = orjson.dumps([grant.secret.hex, sorted(grant.purposes), until])
    sealed = base64.urlsafe_b64encode(nonce + _cipher().encrypt(nonce, said, PLACE))
    return PREFIX + sealed.rstrip(b"=").decode()


def opened(token: str) -> Grant | None:
    """Return what a token stands for, also when it is over; None where it is none of ours."""
    text = token.removeprefix(PREFIX)
    if text == token or len(text) > LONGEST:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        said = orjson.loads(_cipher().decrypt(raw[:NONCE], raw[NONCE:], PLACE))
    except (binascii.Error, ValueError, InvalidTag):
        return None
    secret, purposes, until = said
    return Grant(UUID(hex=secret), frozenset(purposes), datetime.fromtimestamp(until, UTC))


def _cipher() -> AESGCM:
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return AESGCM(derive(secret, PLACE.decode()))
