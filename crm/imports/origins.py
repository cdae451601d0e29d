"""Origin keys: the same row of the same source is one row, however often it is imported.

A keyed hash of (source, entity, the source's own id); without an id, of the whole row.
"""

from collections.abc import Sequence
from uuid import UUID

from governance.crypto import keystore
from governance.crypto.blindindex import Index
from registry.search import INDEX_KEY


class Origins:
    """Origin keys of one controller and one source."""

    def __init__(self, controller: UUID, source: UUID) -> None:
        self._index = Index(keystore.controller_key(controller, INDEX_KEY, create=True))
        self._source = source.hex

    def key(self, entity: str, external_id: str) -> bytes:
        """Return the key of one record by the id it has at its source."""
        return self._index.token(f"origin|{self._source}|{entity}", external_id)

    def of_row(self, entity: str, values: Sequence[str]) -> bytes:
        """Return the key of a record that has no id: all its cells together."""
        return self.key(f"{entity}|row", "\x1f".join(values))

    def part(self, origin: bytes, name: str) -> bytes:
        """Return the key of a part of a record, such as one address of a person."""
        return self.key("part", f"{origin.hex()}|{name}")
