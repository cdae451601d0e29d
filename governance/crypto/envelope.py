"""Sealing: wrapped keys, derived keys, blobs and the frames of a sealed column.

Follows docs/spec/field-encryption.md, sections 1 and 2. Nothing here touches the database.
"""

import os
from collections.abc import Iterable, Mapping
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
BLOB_FORMAT = 1
COLUMN_FORMAT = 1
KEY_VERSION = 1
PAD = 32


@dataclass(frozen=True)
class Place:
    """Where a blob belongs; it opens nowhere else (associated data)."""

    controller: UUID
    table: str
    row: UUID
    category: str
    subject: UUID
    scope: str

    def associated_data(self, key_version: int) -> bytes:
        """Return the bytes that bind a blob to this place."""
        parts = (
            "custode/blob/v1",
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


def wrap(root: bytes, key: bytes, context: str) -> bytes:
    """Return `key` wrapped under `root`, bound to `context` (subject, use, scope)."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(root).encrypt(nonce, key, f"custode/key/v1|{context}".encode())


def unwrap(root: bytes, wrapped: bytes, context: str) -> bytes:
    """Return the key that `wrap` wrapped. Raises UnsealError for a wrong key or context."""
    return _open(AESGCM(root), bytes(wrapped), f"custode/key/v1|{context}".encode())


def seal(category_key: AESGCM, place: Place, plain: bytes) -> bytes:
    """Return the blob for `plain`, padded with spaces to a multiple of 32 bytes.

    `plain` is JSON text, in which trailing spaces mean nothing.
    """
    padded = plain.ljust(-(-len(plain) // PAD) * PAD)
    nonce = os.urandom(NONCE)
    sealed = category_key.encrypt(nonce, padded, place.associated_data(KEY_VERSION))
    return bytes((BLOB_FORMAT, KEY_VERSION)) + nonce + sealed


def unseal(category_key: AESGCM, place: Place, blob: bytes) -> bytes:
    """Return the padded plain text of a blob. Raises UnsealError for every kind of mismatch."""
    if len(blob) < 2 + NONCE + TAG or blob[0] != BLOB_FORMAT or blob[1] != KEY_VERSION:
        raise UnsealError
    return _open(category_key, blob[2:], place.associated_data(blob[1]))


def _open(cipher: AESGCM, nonce_and_text: bytes, associated: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce_and_text[:NONCE], nonce_and_text[NONCE:], associated)
    except (InvalidTag, ValueError):
        raise UnsealError from None  # the cause is not told


def pack(frames: Mapping[str, bytes]) -> bytes:
    """Return the sealed column for blobs by category."""
    if not frames:
        return b""
    parts = [bytes((COLUMN_FORMAT,))]
    for category in sorted(frames):
        name, blob = category.encode("ascii"), frames[category]
        parts += [bytes((len(name),)), name, len(blob).to_bytes(4), blob]
    return b"".join(parts)


def unpack(column: bytes) -> dict[str, bytes]:
    """Return the blobs by category of a sealed column.

    Raises
    ------
    UnsealError
        unknown format, truncated frame, repeated or unsorted category
    """
    column = bytes(column)
    frames: dict[str, bytes] = {}
    if not column:
        return frames
    if column[0] != COLUMN_FORMAT:
        raise UnsealError
    at, last = 1, ""
    while at < len(column):
        name_end = at + 1 + column[at]
        blob_at = name_end + 4
        end = blob_at + int.from_bytes(column[name_end:blob_at])
        category = column[at + 1 : name_end].decode("ascii", errors="replace")
        if end > len(column) or category <= last:
            raise UnsealError
        frames[category] = column[blob_at:end]
        at, last = end, category
    return frames
