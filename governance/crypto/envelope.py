"""Sealing: wrapped keys, derived keys and blobs.

Follows docs/spec/field-encryption.md, sections 1 and 6. Nothing here touches the database.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from governance.crypto.errors import UnsealError

NONCE = 12
TAG = 16


@dataclass(frozen=True)
class Place:
    """Where a blob belongs; it opens nowhere else (associated data)."""

    controller: UUID
    table: str
    row: UUID
    category: str
    subject: UUID
    scope: str

    def associated_data(self, schema: int, key_version: int) -> bytes:
        """Return the bytes that bind a blob to this place, in a version of the column's format."""
        parts = (
            f"custode/blob/v{schema}",
            self.controller.hex,
            self.table,
            self.row.hex,
            self.category,
            self.subject.hex,
            self.scope,
            str(key_version),
        )
        return "|".join(parts).encode()


def derive(key: bytes, info: str) -> bytes:
    """Return 32 bytes derived from a uniformly random key (RFC 5869, expand step)."""
    return HKDFExpand(algorithm=SHA256(), length=32, info=info.encode()).derive(key)


def derive_all(key: bytes, infos: Iterable[str]) -> list[bytes]:
    """Return what `derive` returns for each of `infos`, of one key set up once.

    One block of the expand step is HMAC(key, info || 0x01).
    """
    begun, found = HMAC(key, SHA256()), []
    for info in infos:
        one = begun.copy()
        one.update(info.encode() + b"\x01")
        found.append(one.finalize())
    return found


def wrap(outer: AESGCM, key: bytes, context: str) -> bytes:
    """Return `key` wrapped under `outer`, bound to `context`: whose it is, and where it belongs."""
    return seal_blob(outer, context.encode(), key)


def unwrap(outer: AESGCM, wrapped: bytes, context: str) -> bytes:
    """Return the key that `wrap` wrapped. Raises UnsealError for a wrong key or context."""
    return _open(outer, bytes(wrapped), context.encode())


def seal_blob(cipher: AESGCM, bound: bytes, plain: bytes) -> bytes:
    """Return nonce, ciphertext and tag of `plain`, bound to associated data."""
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, plain, bound)


def open_blob(cipher: AESGCM, bound: bytes, blob: bytes, *, prefix: bytes = b"") -> bytes:
    """Return what `seal_blob` sealed. Raises UnsealError for every kind of mismatch."""
    if not blob.startswith(prefix):
        raise UnsealError
    return _open(cipher, blob[len(prefix) :], bound)


def _open(cipher: AESGCM, nonce_and_text: bytes, associated: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce_and_text[:NONCE], nonce_and_text[NONCE:], associated)
    except (InvalidTag, ValueError):
        pass
    raise UnsealError  # here, where no cause hangs on it
