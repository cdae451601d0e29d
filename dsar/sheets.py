"""CSV sheets that a spreadsheet opens as they are, and does not execute.

Separator `;` (what Italian spreadsheets expect), UTF-8 with byte order mark, lines end with
CRLF, every cell in quotes. Texts that a spreadsheet could take for a formula are marked with
apostrophes (`registry.neutral`): to read the value back, take one away at its beginning, and one
after each comma, semicolon, tab and end of line. Nothing else is changed.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from registry.neutral import neutral

SEPARATOR = ";"
BOM = b"\xef\xbb\xbf"


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
