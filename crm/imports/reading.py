"""Opening what somebody exported: what the file is, and its rows one after the other.

`open_source` looks at a file and either says what it is, with everything it had to
decide, or raises the error that tells a person what to do. `rows` then reads it as
often as wanted; each time it starts at the top, so that a dry run and the import see
the same rows under the same numbers. Nothing is held but the row at hand.

The number of a row is its line in the file (its row in the sheet), because that is
what somebody who corrects the source looks for.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from crm.imports import workbook
from crm.imports.delimited import MAX_LINE, Dialect, Record, records
from crm.imports.dialects import SAMPLE_RECORDS, has_header, sniff
from crm.imports.encodings import detect
from crm.imports.errors import (
    DuplicateHeaderError,
    EmptyFileError,
    FileTooLargeError,
    LineTooLongError,
    MissingHeaderError,
    RowProblem,
    TooManyColumnsError,
    broken_quoting,
    ragged_row,
)
from crm.imports.mojibake import has_mojibake, repair_mojibake
from governance.policy.errors import Text

__all__ = [
    "Format",
    "Hints",
    "Limits",
    "Row",
    "Source",
    "open_source",
    "repair_mojibake",
    "rows",
    "sample",
]


@unique
class Format(StrEnum):
    """What a file is, whatever its name says."""

    DELIMITED = "csv"
    WORKBOOK = "xlsx"


@dataclass(frozen=True)
class Limits:
    """How much of a file is accepted: bytes, and columns."""

    max_bytes: int = 512 * 1024 * 1024
    max_columns: int = 150


@dataclass(frozen=True)
class Hints:
    """What a person says about a file; None leaves the question to the program."""

    encoding: str | None = None
    delimiter: str | None = None
    quotechar: str | None = None
    has_header: bool | None = None


LIMITS = Limits()
NO_HINTS = Hints()
SAMPLE_CHARACTERS = 1 << 18

NOTES: dict[str, Text] = {
    "utf8_bom": _("The file starts with the mark of UTF-8; it was removed."),
    "encoding_guessed": _("The encoding was guessed: check the accents before importing."),
    "mojibake": _("Some texts were damaged by a wrong encoding; a repair is offered."),
    "no_header": _("The first line holds data: the columns are named by their position."),
    "header_uncertain": _("It is not certain that the first line names the columns: check it."),
    "unnamed_columns": _("Some columns have no name and are named by their position."),
    "no_rows": _("The file has a header and no rows."),
    "not_a_csv_name": _("The file is a workbook although its name says something else."),
    "other_sheets": _("The workbook has further sheets; only the first is read."),
    "macros_ignored": _("The workbook contains macros; they are ignored."),
    "formula_without_result": _("Some cells hold formulas without a result and are read as empty."),
}
"""What a person should know about a source, by the codes in `Source.notes`."""


@dataclass(frozen=True)
class Source:
    """A file that can be read, with all that was found out about it.

    Attributes
    ----------
    path : the file
    format : what it is
    encoding : Python's name of its encoding; "" for a workbook
    delimiter, quotechar, terminator : how it is cut; "" for a workbook
    header : names of the columns, each different; made from positions where there is none
    has_header : whether the first record is the header
    row_count_estimate : number of rows, exact for small files; None where nothing tells
    notes : keys of `NOTES`
    sheet : name of the sheet; None for delimited text
    """

    path: Path
    format: Format
    encoding: str
    delimiter: str
    quotechar: str
    terminator: str
    header: tuple[str, ...]
    has_header: bool
    row_count_estimate: int | None
    notes: tuple[str, ...]
    sheet: str | None = None


@dataclass(frozen=True)
class Row:
    """One row of a source.

    Attributes
    ----------
    number : line of the file, or row of the sheet, on which it starts, from 1
    values : its cells, one for each column unless there is a problem
    problem : why it must be rejected as it stands, or None
    """

    number: int
    values: tuple[str, ...]
    problem: RowProblem | None = None


def open_source(
    path: Path,
    *,
    sheet: str | None = None,
    hints: Hints = NO_HINTS,
    limits: Limits = LIMITS,
    require_header: bool = False,
) -> Source:
    """Find out what a file is and how it is read.

    Parameters
    ----------
    path : the file; its name is not believed
    sheet : name of the sheet of a workbook, or None for the first
    hints : what a person says about it
    limits : how large it may be
    require_header : whether to refuse a file whose first record is not a header

    Raises
    ------
    ImportFileError in one of its forms; nothing of the file is in it
    """
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise FileTooLargeError(size=size, limit=limits.max_bytes)
    if size == 0:
        raise EmptyFileError
    if workbook.is_workbook(path):
        source = _open_workbook(path, sheet, hints)
    else:
        source = _open_delimited(path, hints, size)
    return _with_header(source, hints=hints, limits=limits, require_header=require_header)


def _open_workbook(path: Path, sheet: str | None, hints: Hints) -> Source:
    name, stated, notes = workbook.describe(path, sheet=sheet)
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        notes = (*notes, "not_a_csv_name")
    return Source(
        path, Format.WORKBOOK, "", "", "",
        terminator="", header=(), has_header=bool(hints.has_header),
        row_count_estimate=stated, notes=notes, sheet=name,
    )  # fmt: skip


def _open_delimited(path: Path, hints: Hints, size: int) -> Source:
    detected = detect(path, encoding=hints.encoding)
    text, share = _beginning(path, detected.encoding, size)
    dialect = sniff(text, delimiter=hints.delimiter, quotechar=hints.quotechar)
    notes = detected.notes
    if _any_mojibake(path, detected.encoding):
        notes = (*notes, "mojibake")
    return Source(
        path, Format.DELIMITED, detected.encoding, dialect.delimiter, dialect.quotechar,
        terminator=dialect.terminator, header=(), has_header=bool(hints.has_header),
        row_count_estimate=_count(text, dialect, share), notes=notes,
    )  # fmt: skip


def _beginning(path: Path, encoding: str, size: int) -> tuple[str, float]:
    """Return the first whole lines of a file, and which share of its bytes they are."""
    with path.open(encoding=encoding, newline="") as stream:
        text = stream.read(SAMPLE_CHARACTERS)
        if not stream.read(1):
            return text, 1.0
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    if not end:
        raise LineTooLongError(line=1, limit=min(MAX_LINE, SAMPLE_CHARACTERS))
    text = text[:end]
    return text, min(1.0, len(text.encode(encoding)) / size)


def _count(text: str, dialect: Dialect, share: float) -> int:
    """Return how many records the file has, or would have if the rest were like its beginning."""
    found = sum(1 for _record in records(io.StringIO(text, newline=""), dialect))
    return round(found / share) if share else found


def _any_mojibake(path: Path, encoding: str) -> bool:
    """Say whether any text of the file looks as if decoded wrongly before it was saved."""
    with path.open(encoding=encoding, newline="") as stream:
        while block := stream.read(1 << 20):
            if has_mojibake(block):
                return True
    return False


def _records(source: Source) -> Iterator[Record]:
    if source.format is Format.WORKBOOK:
        yield from workbook.sheet_records(source.path, sheet=source.sheet)
        return
    dialect = Dialect(source.delimiter, source.quotechar, source.terminator)
    with source.path.open(encoding=source.encoding, newline="") as stream:
        yield from records(stream, dialect)


def _with_header(source: Source, *, hints: Hints, limits: Limits, require_header: bool) -> Source:
    """Decide about the header, and check it."""
    found = list(islice(_records(source), SAMPLE_RECORDS))
    if not found:
        raise EmptyFileError
    first, *below = found
    if len(first.values) > limits.max_columns:
        raise TooManyColumnsError(columns=len(first.values), limit=limits.max_columns)
    named, certain = has_header(first.values, below)
    if hints.has_header is not None:
        named, certain = hints.has_header, True
    if require_header and not named:
        raise MissingHeaderError
    # A sheet has no width of its own, and neither has a table without a header.
    is_open = not named or source.format is Format.WORKBOOK
    width = max([len(first.values), *(len(record.values) for record in below if is_open)])
    header, notes = _names(first.values if named else (), width)
    if not certain:
        notes = (*notes, "header_uncertain")
    if named and not below:
        notes = (*notes, "no_rows")
    estimate = source.row_count_estimate
    if estimate is not None and named:
        estimate -= 1
    return replace(
        source, header=header, has_header=named, row_count_estimate=estimate,
        notes=(*source.notes, *notes),
    )  # fmt: skip


def _names(cells: tuple[str, ...], width: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a name for each column, and notes; two equal names are an error."""
    seen: dict[str, int] = {}
    names = []
    for position in range(1, width + 1):
        name = cells[position - 1].strip() if position <= len(cells) else ""
        if name and (first := seen.setdefault(name.casefold(), position)) != position:
            raise DuplicateHeaderError(first=first, second=position)
        names.append(name or f"column {position}")
    if not cells:
        return tuple(names), ("no_header",)
    return tuple(names), ("unnamed_columns",) if len(seen) < width else ()


def rows(source: Source) -> Iterator[Row]:
    """Yield the rows of a source below its header, in order, with bounded memory.

    A row that cannot be taken as it stands has a problem and is yielded all the same:
    what becomes of it is for the caller to say, and none is lost here.
    """
    width = len(source.header)
    found = _records(source)
    if source.has_header:
        next(found, None)
    for record in found:
        values = record.values
        if source.format is Format.WORKBOOK:
            values += ("",) * (width - len(values))
        problem = None
        if record.is_broken:
            problem = broken_quoting()
        elif len(values) != width:
            problem = ragged_row(found=len(values), expected=width)
        yield Row(record.number, values, problem)


def sample(source: Source, *, limit: int = SAMPLE_RECORDS) -> tuple[Row, ...]:
    """Return the first rows without a problem, for a proposal of the mapping."""
    return tuple(islice((row for row in rows(source) if row.problem is None), limit))
