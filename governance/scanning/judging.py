"""What a piece shows: a proposal for each column, and what texts speak of; values are masked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from governance.scanning.pieces import Table, Text
from registry.discovery import freetext
from registry.discovery.columns import ColumnProposal, propose_table
from registry.discovery.mask import mask, mask_secret

TEXTS = 200
"""Sentences of a column that are read for what they speak of."""
SENTENCE = 4
"""Words of a value from which on it is read as a sentence."""
_PROSE = frozenset({"text", "note", "job_title", "company", "product"})
_UNREAD = "bytes"


@dataclass(frozen=True)
class Spoken:
    """What texts speak of: how often each category was found, and in how many of the texts."""

    category: Category
    found: int
    texts: int
    masked: str


@dataclass(frozen=True)
class SeenColumn:
    """A column of a table, and what it seems to hold.

    Attributes
    ----------
    category : what its values are; None where they are not personal by themselves
    confidence : 0.0 to 1.0
    reasons : why, without values
    filled, distinct : of the sample
    masked : the shape of one value; of secrets and special categories dots
    spoken : what its sentences speak of, where it holds sentences
    """

    header: str
    kind: str
    category: Category | None
    confidence: float
    reasons: tuple[str, ...]
    filled: int
    distinct: int
    masked: str
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True)
class SeenTable:
    """A table, and what its columns seem to hold."""

    name: str
    total: int | None
    sampled: int
    columns: tuple[SeenColumn, ...]


@dataclass(frozen=True)
class SeenText:
    """A document or mail, and what it speaks of."""

    name: str
    characters: int
    is_whole: bool
    spoken: tuple[Spoken, ...]


def judge_table(table: Table) -> SeenTable:
    """Propose what each column of a table holds."""
    proposals = propose_table(table.header, table.rows)
    columns = tuple(
        _column(one, [row[at] if at < len(row) else "" for row in table.rows], table)
        for at, one in enumerate(proposals)
    )
    return SeenTable(table.name, table.total, len(table.rows), columns)


def _column(proposal: ColumnProposal, values: Sequence[str], table: Table) -> SeenColumn:
    filled = [value.strip() for value in values if value.strip()]
    if proposal.header in table.unread:
        reason = ("holds bytes, which are not looked at",)
        return SeenColumn(proposal.header, _UNREAD, None, 0.0, reason, 0, 0, "")
    return SeenColumn(
        proposal.header, proposal.kind, proposal.category, proposal.confidence, proposal.reasons,
        filled=len(filled), distinct=len(set(filled)),
        masked=_masked(proposal.category, filled[0]) if filled and proposal.category else "",
        spoken=_spoken(_sentences(filled)) if proposal.kind in _PROSE else (),
    )  # fmt: skip


def _sentences(values: Sequence[str]) -> list[str]:
    """Return values that are sentences, from all over the sample."""
    long = [value for value in dict.fromkeys(values) if len(value.split()) >= SENTENCE]
    return long[:: max(1, len(long) // TEXTS)][:TEXTS]


def judge_text(text: Text) -> SeenText:
    """Say what a document or mail speaks of."""
    return SeenText(text.name, len(text.text), text.is_whole, _spoken([text.text]))


def _spoken(texts: Sequence[str]) -> tuple[Spoken, ...]:
    found: Counter[Category] = Counter()
    within: Counter[Category] = Counter()
    samples: dict[Category, str] = {}
    for findings in freetext.scan_many(texts):
        found.update(one.category for one in findings)
        within.update({one.category for one in findings})
        for one in findings:
            samples.setdefault(one.category, one.masked)
    return tuple(
        Spoken(category, number, within[category], samples[category])
        for category, number in found.most_common()
    )


def _masked(category: Category, value: str) -> str:
    return mask_secret(value) if category in NEVER_STORED | SPECIAL else mask(value)


def categories(
    tables: Iterable[SeenTable], texts: Iterable[SeenText]
) -> dict[Category, list[tuple[str, str]]]:
    """Return where each category was seen: pairs of a table and column, or a text and ""."""
    seen: dict[Category, list[tuple[str, str]]] = {}
    for table in tables:
        for column in table.columns:
            held = {column.category} if column.category else set()
            for category in held | {one.category for one in column.spoken}:
                seen.setdefault(category, []).append((table.name, column.header))
    for text in texts:
        for one in text.spoken:
            seen.setdefault(one.category, []).append((text.name, ""))
    return {category: seen[category] for category in Category if category in seen}
