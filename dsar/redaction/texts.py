"""The texts of a copy in which others can be named: what the data map calls free text."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from dsar.gathering import Group
from registry.datamap import Personal, data_map


@dataclass(frozen=True)
class Text:
    """One text of one row.

    Attributes
    ----------
    title : what a person is told the record is
    is_exchanged : the person wrote it to us in a request, or was sent it
    """

    record: str
    title: str
    row: UUID
    field: str
    value: str
    is_exchanged: bool

    @property
    def key(self) -> str:
        """Return what a decision about the text is filed by: the text itself and where it stands.

        Not the row: the same words in two rows are read once, and a row that is written again
        with the same words stays read.
        """
        return key(self.record, self.field, self.value)


def key(record: str, field: str, value: str) -> str:
    """Return the key of a text in a field of a kind of record."""
    return sha256(f"{record}\n{field}\n{value}".encode()).hexdigest()


def free_fields(record: str) -> dict[str, Personal]:
    """Return the fields of a kind of record that people write sentences in."""
    holding = next(h for h in data_map().answered() if h.model == record)
    return {name: said for name, said in holding.personal().items() if said.free_text}


def of(groups: Iterable[Group]) -> list[Text]:
    """Return the free texts of gathered groups, in the order of the copy."""
    found = []
    for group in groups:
        free = free_fields(group.record)
        found += [
            Text(group.record, group.title, row.id, cell.name, str(cell.value),
                 free[cell.name].exchanged)
            for row in group.rows
            for cell in row.cells
            if cell.name in free
        ]  # fmt: skip
    return found
