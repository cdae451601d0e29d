"""Files and folders as pieces. What a file is, its content says; a broken one stops nothing."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from crm.imports import reading, workbook
from crm.imports.errors import EmptyFileError
from governance.policy.errors import GovernanceError
from governance.scanning import databases, documents
from governance.scanning.errors import (
    FileTooLargeToScanError,
    SourceNotFoundError,
    TooManyFilesError,
)
from governance.scanning.pieces import LONGEST_CELL, Piece, Table, Unread

MOST_FILES = 10_000
_SQLITE = b"SQLite format 3\x00"


def found(path: Path) -> list[Path]:
    """Return the files of a path: itself, or what is below it, in order; no links, nothing hidden.

    Raises
    ------
    SourceNotFoundError
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SourceNotFoundError
    below = (p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
    shown = (p for p in below if not any(x.startswith(".") for x in p.relative_to(path).parts))
    return sorted(islice(shown, MOST_FILES + 1))


def pieces(path: Path, root: Path, *, sample: int, is_rest: bool = False) -> Iterator[Piece]:
    """Yield what one file holds, or why it could not be read.

    Parameters
    ----------
    root : names are given from here
    sample : rows of a table that are looked at
    is_rest : whether the file stands for more than one scan looks at
    """
    name = path.name if path == root else str(path.relative_to(root))
    if is_rest:
        yield Unread(root.name, TooManyFilesError())
        return
    try:
        yield from _of(path, name, sample)
    except GovernanceError as error:
        yield Unread(name, error)


def _of(path: Path, name: str, sample: int) -> Iterator[Piece]:
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
    except OSError:
        raise SourceNotFoundError from None
    if not head:
        raise EmptyFileError
    if head == _SQLITE:
        with databases.opened(f"sqlite:///{path}") as database:
            for one in database.tables():
                yield database.look_at(one, sample=sample, prefix=f"{name} › ")
    elif documents.is_document(name, head):
        if path.stat().st_size > documents.MOST_BYTES:
            raise FileTooLargeToScanError
        yield from documents.read(name, path.read_bytes())
    elif workbook.is_workbook(path):
        for sheet in workbook.sheet_names(path):
            yield _table(path, f"{name} › {sheet}", sample, sheet=sheet)
    else:
        yield _table(path, name, sample)


def _table(path: Path, name: str, sample: int, *, sheet: str | None = None) -> Piece:
    """Take rows at equal distances, so that a file in the order of its years shows all of them."""
    try:
        source = reading.open_source(path, sheet=sheet)
    except GovernanceError as error:
        return Unread(name, error)
    step = max(1, (source.row_count_estimate or 0) // sample)
    good = (row.values for row in reading.rows(source) if row.problem is None)
    chosen = islice(good, 0, None, step)
    rows = tuple(tuple(v[:LONGEST_CELL] for v in row) for row in islice(chosen, sample))
    return Table(name, source.header, rows, total=source.row_count_estimate)
