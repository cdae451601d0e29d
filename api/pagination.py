"""Pages by cursor: stable while rows are added, and nothing about anybody in the address.

A cursor is the position of the last row, encrypted under a key derived from the secret key and
bound to the token and the list it belongs to. A position may hold a date of something a person
did, which has no place in an address, and what cannot be read cannot be built upon.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from governance.crypto.envelope import derive
from governance.policy.errors import GovernanceError

LARGEST = 100
USUAL = 50
NONCE = 12
PARAMETERS = ("cursor", "page_size")
LONGEST_CURSOR = 500


class CursorInvalidError(GovernanceError):
    """The cursor was not made here, or for another list."""

    code = "cursor_invalid"
    message = _("The cursor is not valid for this list.")
    advice = _("Start without a cursor, and follow `next` as it is.")


class PageSizeInvalidError(GovernanceError):
    """The page size is no number from 1 to 100."""

    code = "page_size_invalid"
    message = _("The page size must be a number from 1 to 100.")
    advice = _("Ask for at most 100 records and follow `next` for more.")


@dataclass(frozen=True)
class Page:
    """How many records, after which position; `place` says in which list."""

    size: int
    after: tuple[str, ...]
    place: str

    def cursor(self, position: Sequence[str]) -> str:
        """Return the cursor of a position in this list."""
        nonce = os.urandom(NONCE)
        sealed = _cipher().encrypt(nonce, orjson.dumps(list(position)), self.place.encode())
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def link(self, path: str, purpose: str, position: Sequence[str]) -> str:
        """Return the address of the page after a position, relative to the host."""
        query = {"purpose": purpose, "page_size": self.size, "cursor": self.cursor(position)}
        return f"{path}?{urlencode(query)}"


def page(*, size: Any, cursor: Any, place: str, parts: int) -> Page:
    """Return the page that is asked for; `parts` is how many values a position has.

    Raises
    ------
    PageSizeInvalidError, CursorInvalidError
    """
    return Page(_size(size), _opened(cursor, place, parts), place)


def _size(said: Any) -> int:
    if said is None or said == "":
        return USUAL
    text = str(said)
    if isinstance(said, bool) or not (text.isascii() and text.isdigit() and len(text) <= 3):  # noqa: PLR2004 - 100 has three digits
        raise PageSizeInvalidError
    if not 1 <= int(text) <= LARGEST:
        raise PageSizeInvalidError
    return int(text)


def _opened(cursor: Any, place: str, parts: int) -> tuple[str, ...]:
    if cursor is None or cursor == "":
        return ()
    if not isinstance(cursor, str) or len(cursor) > LONGEST_CURSOR:
        raise CursorInvalidError
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = orjson.loads(_cipher().decrypt(raw[:NONCE], raw[NONCE:], place.encode()))
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise CursorInvalidError from error
    if len(position) != parts:
        raise CursorInvalidError
    return tuple(position)


def _cipher() -> AESGCM:
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return AESGCM(derive(secret, "custode/cursor/v1"))
