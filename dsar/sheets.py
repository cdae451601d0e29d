"""CSV sheets that a spreadsheet opens as they are, and does not execute.

Separator `;` (what Italian spreadsheets expect), UTF-8 with byte order mark, lines end with
CRLF, every cell in quotes. A text that a spreadsheet could take for a formula gets one
apostrophe in front, and so does a text that begins with an apostrophe: to read the value
back, take one leading apostrophe away. Nothing else is changed.
"""

import csv
import io
from collections.abc import Iterable, Sequence

SEPARATOR = ";"
BOM = b"\xef\xbb\xbf"
MARK = "'"
# What spreadsheets read as the start of a formula or command, full-width forms included.
RISKY = frozenset("=+-@|%\t\r\n＝＋－＠")


def neutral(text: str) -> str:
    """Return `text` so that no spreadsheet executes it; `restored` undoes it."""
    start = text.lstrip()[:1] or text[:1]
    risky = start in RISKY or text[:1] in RISKY
    return MARK + text if risky or text.startswith(MARK) else text


def restored(cell: str) -> str:
    """Return the value of a cell that `neutral` made."""
    return cell.removeprefix(MARK)


def sheet(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return one CSV file; None is an empty cell, numbers and truth values stay as they are."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=SEPARATOR, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([neutral(title) for title in titles])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return BOM + out.getvalue().encode("utf-8")


def _cell(value: object) -> str:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else str(value)
