"""Origin keys: the same row of the same source is one row, however often it is imported.

A keyed hash of (source, entity, the source's own id); without an id, of the whole row. What is
hashed is not kept, so these keys are never rotated. Each stands in the keystore by itself, so that
the index key, from which the first of them were derived, can end (docs/spec/field-encryption.md,
section 8).
"""

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from crm.imports.targets import Entity
from governance.crypto import keystore
from governance.crypto.envelope import derive
from registry.search import INDEX_KEY

PART, ROW = "part", "|row"
KINDS = (*Entity, *(f"{entity}{ROW}" for entity in Entity), PART)
FORM = b"1|"  # of what is hashed; it does not change


class Origins:
    """Origin keys of one controller and one source."""

    def __init__(self, controller: UUID, source: UUID) -> None:
        self._controller = controller
        self._source = source.hex
        self._keys: dict[str, bytes] = {}

    def key(self, entity: str, external_id: str) -> bytes:
        """Return the key of one record by the id it has at its source."""
        key = self._keys.get(entity) or self._keys.setdefault(entity, self._stored(entity))
        return hmac.digest(key, FORM + external_id.encode(), sha256)

    def of_row(self, entity: str, values: Sequence[str]) -> bytes:
        """Return the key of a record that has no id: all its cells together."""
        return self.key(f"{entity}{ROW}", "\x1f".join(values))

    def part(self, origin: bytes, name: str) -> bytes:
        """Return the key of a part of a record, such as one address of a person."""
        return self.key(PART, f"{origin.hex()}|{name}")

    def keep(self) -> None:
        """Store the key of every kind of record, before the index key it may come from ends."""
        for kind in KINDS:
            self._stored(kind)

    def _stored(self, kind: str) -> bytes:
        use = f"origin:{self._source}:{kind.replace('|', ':')}"
        found = keystore.controller_keys(self._controller, use)
        if not found:
            keystore.store_controller_key(self._controller, use, self._first(kind))
            found = keystore.controller_keys(self._controller, use)
        return found[1]

    def _first(self, kind: str) -> bytes:
        """Return the key that records of before are under; a random one where there are none.

        The first version of the index is followed by a second only after `keep`.
        """
        index = keystore.controller_keys(self._controller, INDEX_KEY)
        if index.keys() != {1}:
            return secrets.token_bytes(32)
        return derive(index[1], f"custode/index/v1|origin|{self._source}|{kind}")
