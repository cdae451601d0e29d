"""Blind indexes: equality without plaintext (docs/spec/field-encryption.md, section 4).

The token is the full HMAC-SHA256 of the normalised value under a key of the controller
and the kind; the version of the normaliser is part of the input.
"""

import hmac
from hashlib import sha256

from governance.crypto import normalise
from governance.crypto.envelope import derive


class Index:
    """Tokens of one controller. `key` is the controller's key for the use `index`."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._kinds: dict[str, bytes] = {}

    def token(self, kind: str, normalised: str) -> bytes:
        """Return the token of an already normalised value."""
        key = self._kinds.get(kind) or self._kinds.setdefault(
            kind, derive(self._key, f"custode/index/v1|{kind}")
        )
        return hmac.new(key, f"{normalise.VERSION}|{normalised}".encode(), sha256).digest()
