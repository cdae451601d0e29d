"""Reading XLSX workbooks: as text, a row at a time, and without trusting the archive.

A workbook is a ZIP archive of XML. Before anything is unpacked its directory is
checked (ASVS 5.0, 5.2.3): number of entries, size when unpacked, compression ratio,
encryption, links. XML is parsed by defusedxml, which refuses entities, and a row at a
time; only the table of shared strings is held whole, so that has a smaller limit.
Macros are never looked at, formulas yield the result that was stored with them.

Cells become text as a person sees them: 00042 with the format 00000 keeps its zeros,
days are ISO 8601, whole numbers have no `.0`.
"""

import datetime as dt
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Protocol, cast

import openpyxl
from openpyxl.workbook import Workbook

from crm.imports.delimited import Record
from crm.imports.errors import (
    BinaryFileError,
    BrokenWorkbookError,
    EncryptedWorkbookError,
    ImportFileError,
    LegacyWorkbookError,
    OversizedWorkbookError,
    SheetNotFoundError,
)

if not openpyxl.DEFUSEDXML:  # pragma: no cover - the lock file installs it
    raise ImportError("defusedxml must be installed: workbooks are XML from strangers")

MAX_ENTRIES = 2_000
MAX_UNPACKED = 1 << 30
MAX_SHARED = 1 << 28
MAX_OTHER = 1 << 25
MAX_RATIO = 200
"""Unpacked bytes for each packed byte; honest sheets are near 10, bombs above 1,000."""
SMALL = 1 << 20
"""Parts below this size may have any ratio: they hurt nobody."""

MAX_ROW = 1_048_576  # the last row of a sheet in the format (ISO/IEC 29500 leaves it to programs)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


class _Cell(Protocol):
    """A cell of a sheet that is read a row at a time."""

    value: object
    number_format: str | None


class _Sheet(Protocol):
    """A sheet that is read a row at a time, as openpyxl offers it."""

    title: str
    sheet_state: str
    max_row: int | None
    _worksheet_path: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self, *, max_row: int) -> Iterator[tuple[_Cell, ...]]: ...


def is_workbook(path: Path) -> bool:
    """Say whether a file is an XLSX workbook, by its content.

    Raises
    ------
    EncryptedWorkbookError, LegacyWorkbookError, BinaryFileError, BrokenWorkbookError
    """
    with path.open("rb") as file:
        magic = file.read(len(_OLE))
        if magic == _OLE:
            file.seek(0)
            _refuse_ole(file.read(1 << 24))
    if not magic.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise BrokenWorkbookError from None
    if "xl/workbook.bin" in names:
        raise LegacyWorkbookError(kind="XLSB")
    if "content.xml" in names and "mimetype" in names:
        raise LegacyWorkbookError(kind="ODS")
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
        raise BinaryFileError(kind="ZIP")
    return True


def _refuse_ole(content: bytes) -> None:
    """Say which of the two an OLE file is: a workbook under a password, or one of before 2007."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise EncryptedWorkbookError
    raise LegacyWorkbookError(kind="XLS")


def _check_archive(path: Path) -> None:
    """Refuse an archive that would hurt when unpacked, by its directory alone."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    sizes = 0
    for entry in entries:
        sizes += entry.file_size
        if entry.flag_bits & 1:
            raise EncryptedWorkbookError
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BrokenWorkbookError
        if entry.file_size > max(SMALL, MAX_RATIO * entry.compress_size):
            raise OversizedWorkbookError
        if entry.file_size > _limit(entry.filename):
            raise OversizedWorkbookError
    if len(entries) > MAX_ENTRIES or sizes > MAX_UNPACKED:
        raise OversizedWorkbookError


def _limit(name: str) -> int:
    """Return how large a part may be: sheets are streamed, strings are held, the rest is small."""
    if name.startswith(("xl/worksheets/", "xl/media/")):
        return MAX_UNPACKED
    return MAX_SHARED if name.endswith("sharedStrings.xml") else MAX_OTHER


@contextmanager
def _opened(path: Path) -> Iterator[Workbook]:
    """Open a workbook that passed the check, and turn every accident inside into one error."""
    try:
        _check_archive(path)
        with path.open("rb") as file:
            workbook = openpyxl.load_workbook(
                file, read_only=True, data_only=True, keep_links=False
            )
            try:
                yield workbook
            finally:
                workbook.close()
    except ImportFileError:
        raise
    except Exception:  # noqa: BLE001 - a hostile workbook can fail anywhere in the parser
        raise BrokenWorkbookError from None


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets, for a person to choose from."""
    with _opened(path) as workbook:
        return tuple(sheet.title for sheet in workbook.worksheets)


def _find(workbook: Workbook, sheet: str | None) -> _Sheet:
    """Return the sheet of a name, or the first one that a person sees."""
    # The package's annotations know only the sheets that are held whole.
    sheets = cast("list[_Sheet]", workbook.worksheets)
    for candidate in sheets:
        if candidate.title == sheet or (sheet is None and candidate.sheet_state == "visible"):
            return candidate
    raise SheetNotFoundError(sheets=len(sheets))


def sheet_records(path: Path, *, sheet: str | None) -> Iterator[Record]:
    """Yield the rows of a sheet that have any cell filled, without empty cells at the end.

    Raises
    ------
    SheetNotFoundError, BrokenWorkbookError, OversizedWorkbookError, EncryptedWorkbookError
    """
    with _opened(path) as workbook:
        found = _find(workbook, sheet)
        # The size that the sheet states may be smaller than it is: rows beyond it would be lost.
        found.reset_dimensions()
        for number, cells in enumerate(found.iter_rows(max_row=MAX_ROW), start=1):
            values = [as_text(cell.value, cell.number_format) for cell in cells]
            while values and not values[-1]:
                values.pop()
            if values:
                yield Record(number, tuple(values))


def describe(path: Path, *, sheet: str | None) -> tuple[str, int | None, tuple[str, ...]]:
    """Return the name of the sheet to be read, its stated number of rows, and notes."""
    with _opened(path) as workbook:
        found = _find(workbook, sheet)
        notes = []
        if sheet is None and len(workbook.worksheets) > 1:
            notes.append("other_sheets")
        name, stated, part = found.title, found.max_row, found._worksheet_path
    with zipfile.ZipFile(path) as archive:
        if any(entry.endswith("vbaProject.bin") for entry in archive.namelist()):
            notes.append("macros_ignored")
        if _has_bare_formulas(archive, part):
            notes.append("formula_without_result")
    return name, stated, tuple(notes)


_BARE_FORMULA = re.compile(
    rb'<c (?![^>]*t="str")[^>]*><f[^>]*>[^<]*</f>\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)


def _has_bare_formulas(archive: zipfile.ZipFile, part: str) -> bool:
    """Say whether formulas were saved without results, as programs that cannot count do."""
    tail = b""
    with archive.open(part.lstrip("/")) as file:
        while block := file.read(1 << 20):
            if _BARE_FORMULA.search(tail + block):
                return True
            tail = block[-(1 << 12) :]
    return False


_ZEROS = re.compile("0{2,}")
EXACT = 15
"""Significant digits that a spreadsheet keeps and shows."""


def as_text(value: object, number_format: str | None) -> str:  # noqa: PLR0911 - one for each type
    """Return a cell as the text that a person sees, without a loss.

    Parameters
    ----------
    value : what the cell holds
    number_format : its format; one of zeros alone says how many digits are shown
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            digits = _digits(value)
            shown = number_format or ""
            return digits.zfill(len(shown)) if _ZEROS.fullmatch(shown) else digits
        case dt.datetime():
            is_day = value.time() == dt.time()
            return value.date().isoformat() if is_day else value.isoformat()
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)


def _digits(value: float) -> str:
    """Return a number without exponent and without the noise of its last binary digits."""
    if isinstance(value, int):
        return str(value)
    exact = Decimal(f"{value:.{EXACT}g}")
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
