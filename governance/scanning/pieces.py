"""What a source is made of, while it is looked at: tables, texts, and what could not be read.

Pieces live in memory, one after the other; nothing of them is stored or copied.
"""

from dataclasses import dataclass, field

from governance.policy.errors import GovernanceError

LONGEST_CELL = 4_000
"""Characters of a cell that are looked at: what it is shows long before."""
LONGEST_TEXT = 2_000_000
"""Characters of one text that are looked at."""


@dataclass(frozen=True)
class Table:
    """A table, with a sample of its rows.

    Attributes
    ----------
    name : where it is: a path, a path and a sheet, or schema and table
    header : names of the columns
    rows : the sample, cells as text, none longer than `LONGEST_CELL`
    total : how many rows there are, exactly or about; None where nothing tells
    unread : columns that are not looked at, because they hold bytes
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    total: int | None = None
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Text:
    """A text that somebody wrote: a letter, a document, a note."""

    name: str
    text: str = field(repr=False)
    is_whole: bool = True


@dataclass(frozen=True)
class Unread:
    """What could not be looked at, and what to do about it."""

    name: str
    error: GovernanceError


Piece = Table | Text | Unread


def text_of(name: str, text: str) -> Text:
    """Return a text, cut where it is longer than is looked at."""
    return Text(name, text[:LONGEST_TEXT], is_whole=len(text) <= LONGEST_TEXT)
