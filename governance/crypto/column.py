"""The sealed column of a row: a frame for each data category, under one subject key.

Follows docs/spec/field-encryption.md, section 6. Nothing here touches the database.

    sealed := 0x02 key_version:u8 commitment:32 frame*
    frame  := len(category):u8 category len(blob):u32be blob

Columns of the first format have neither version nor commitment; they are read and written on in
their own format until they are rotated.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance.crypto.envelope import Place, open_blob, seal_blob
from governance.crypto.errors import UnsealError

FIRST, NEWEST = 1, 2
FIRST_BLOB = b"\x01\x01"  # format and key version, which stood before each blob
COMMITMENT = 32
LEAST_PAD = 32


@dataclass(frozen=True)
class Column:
    """What a sealed column holds.

    Attributes
    ----------
    key_version : of the subject key, 1 to 255
    commitment : to that key, 32 bytes; empty in the first format
    frames : blobs by category
    """

    format: int
    key_version: int
    commitment: bytes
    frames: Mapping[str, bytes]

    @classmethod
    def parse(cls, stored: bytes | memoryview) -> "Column":
        """Return the column that was stored.

        Raises
        ------
        UnsealError
            unknown format, truncated frame, repeated or unsorted category
        """
        stored = bytes(stored)
        if stored[:1] == bytes((FIRST,)):
            return cls(FIRST, 1, b"", _frames(stored, 1))
        start = 2 + COMMITMENT
        if stored[:1] != bytes((NEWEST,)) or len(stored) < start or not stored[1]:
            raise UnsealError
        return cls(NEWEST, stored[1], stored[2:start], _frames(stored, start))

    @classmethod
    def empty(cls, commitment: bytes, version: int = 1) -> "Column":
        """Return a column that holds nothing yet, under a version of the key of a subject."""
        return cls(NEWEST, version, commitment, {})

    def stored(self) -> bytes:
        """Return the bytes to store; none where nothing is held."""
        if not self.frames:
            return b""
        parts = [bytes((self.format,))]
        if self.format != FIRST:
            parts += [bytes((self.key_version,)), self.commitment]
        for category in sorted(self.frames):
            name, blob = category.encode("ascii"), self.frames[category]
            parts += [bytes((len(name),)), name, len(blob).to_bytes(4), blob]
        return b"".join(parts)

    def open(self, cipher: AESGCM, place: Place, *, commitment: bytes) -> bytes | None:
        """Return the padded plain text of the category of `place`, or None if it is not held.

        Arguments
        ---------
        cipher : of that category
        commitment : to the subject key it comes from: the tag of GCM alone does not tell one
            key from another that was made to fit (Dodis et al., CRYPTO 2018)

        Raises
        ------
        UnsealError
            for every kind of mismatch
        """
        blob = self.frames.get(place.category)
        if blob is None:
            return None
        self._require(commitment)
        bound = place.associated_data(self.format, self.key_version)
        return open_blob(cipher, bound, blob, prefix=self._prefix())

    def with_sealed(
        self, cipher: AESGCM, place: Place, plain: bytes, *, commitment: bytes
    ) -> "Column":
        """Return the column with `plain`, JSON text, sealed as the category of `place`.

        Raises
        ------
        UnsealError
            the column belongs to another subject key
        """
        self._require(commitment)
        bound = place.associated_data(self.format, self.key_version)
        blob = self._prefix() + seal_blob(cipher, bound, padded(plain))
        return replace(self, frames={**self.frames, place.category: blob})

    def _require(self, commitment: bytes) -> None:
        """Compare what the column commits to; the first format commits to nothing."""
        if self.format != FIRST and not hmac.compare_digest(self.commitment, commitment):
            raise UnsealError

    def _prefix(self) -> bytes:
        return FIRST_BLOB if self.format == FIRST else b""

    def without(self, category: str) -> "Column":
        """Return the column without a category."""
        return replace(
            self, frames={name: blob for name, blob in self.frames.items() if name != category}
        )


def padded(plain: bytes) -> bytes:
    """Return JSON text with spaces after it, which mean nothing.

    To a multiple of 32 bytes, and of long texts to one of a sixteenth to an eighth of their
    length, so that the length tells little.
    """
    step = max(LEAST_PAD, 1 << max(0, len(plain).bit_length() - 4))
    return plain.ljust(-(-len(plain) // step) * step)


def _frames(stored: bytes, at: int) -> dict[str, bytes]:
    frames: dict[str, bytes] = {}
    last = ""
    while at < len(stored):
        name_end = at + 1 + stored[at]
        blob_at = name_end + 4
        end = blob_at + int.from_bytes(stored[name_end:blob_at])
        category = stored[at + 1 : name_end].decode("ascii", errors="replace")
        if end > len(stored) or category <= last:
            raise UnsealError
        frames[category] = stored[blob_at:end]
        at, last = end, category
    return frames
