"""How a delimited file is built: its delimiter, its quotes, and whether it has a header.

The first record decides which delimiters are possible, because it must have columns;
the records below it decide among those, because they must have as many. A first line
is a header unless it looks like data, and where nothing tells, that is said in a note
and a person decides.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from crm.imports import headers
from crm.imports.dates import parse_date
from crm.imports.delimited import SEPARATOR_LINE, Dialect, Record, records
from crm.imports.errors import MissingHeaderError

DELIMITERS = ("+|", "||", "|~|", "~|~", "^|^", "@|@", ",", ";", "\t", "|")
"""What is looked for; the longer ones first, because they contain the shorter."""

TERMINATORS = ("&|",)
SAMPLE_RECORDS = 200
PREAMBLE = 3
"""Columns below a first line of one from which that line is a title and no header."""


@dataclass(frozen=True)
class _Trial:
    """One way to cut a sample, and how well it went."""

    dialect: Dialect
    first: tuple[str, ...]
    good: float

    @property
    def width(self) -> int:
        """Return the number of columns of the first record."""
        return len(self.first)

    @property
    def merit(self) -> float:
        """Return how many columns are cut off, weighted by the records that agree on them."""
        return self.good * (self.width - 1)


def _try(sample: str, dialect: Dialect) -> _Trial:
    cut = list(islice(records(io.StringIO(sample, newline=""), dialect), SAMPLE_RECORDS))
    first = cut[0].values if cut else ()
    good = sum(len(record.values) == len(first) and not record.is_broken for record in cut)
    return _Trial(dialect, first, good / max(len(cut), 1))


def _terminator(sample: str, delimiter: str) -> str:
    """Return the sign that ends records, for the files that are not cut at lines."""
    if len(delimiter) == 1:
        return ""
    return next((t for t in TERMINATORS if re.search(f"{re.escape(t)}\r?\n", sample)), "")


def _quotechars(sample: str, delimiter: str) -> Iterator[str]:
    """Yield the quotes worth trying: single ones only where the first line is all in them."""
    yield '"'
    first = sample.lstrip("\r\n").splitlines()[:1]
    if first and all(
        len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in first[0].split(delimiter)
    ):
        yield "'"


def sniff(sample: str, *, delimiter: str | None = None, quotechar: str | None = None) -> Dialect:
    """Return the dialect of a sample that ends with a whole line.

    Parameters
    ----------
    sample : the beginning of the file
    delimiter, quotechar : what a person says, or None to find out

    Raises
    ------
    MissingHeaderError where a title stands above the table
    """
    if delimiter is None and (stated := SEPARATOR_LINE.match(sample)):
        delimiter = stated[1]
    trials = [
        _try(sample, Dialect(candidate, quote, _terminator(sample, candidate)))
        for candidate in ([delimiter] if delimiter else DELIMITERS)
        if candidate in sample
        for quote in ([quotechar] if quotechar is not None else _quotechars(sample, candidate))
    ]
    # Equal merit goes to the quote tried last: single quotes are tried on evidence only.
    best = max(
        (trial for trial in reversed(trials) if trial.width > 1 and not _is_part(trial, trials)),
        key=lambda trial: (trial.merit, len(trial.dialect.delimiter)),
        default=None,
    )
    if best is not None:
        return best.dialect
    if delimiter is None and any(_has_preamble(sample, trial.dialect) for trial in trials):
        raise MissingHeaderError
    if quotechar is None:
        quotechar = list(_quotechars(sample, delimiter or ","))[-1]
    return Dialect(delimiter or ",", quotechar)


def _is_part(trial: _Trial, trials: Sequence[_Trial]) -> bool:
    """Say whether a delimiter occurs only inside a longer one that cuts the sample well."""
    delimiter = trial.dialect.delimiter
    return any(
        delimiter in other.dialect.delimiter
        and len(delimiter) < len(other.dialect.delimiter)
        and other.width > 1
        and other.good > 1 / 2
        and all(delimiter not in cell for cell in other.first)
        for other in trials
    )


def _has_preamble(sample: str, dialect: Dialect) -> bool:
    """Say whether a table of at least three columns begins below the first line."""
    cut = list(islice(records(io.StringIO(sample, newline=""), dialect), SAMPLE_RECORDS))
    widths = [len(record.values) for record in cut[1:]]
    if len(widths) < PREAMBLE:
        return False
    usual = max(set(widths), key=widths.count)
    return usual >= PREAMBLE and widths.count(usual) > len(widths) * 4 / 5


# --- header or data ----------------------------------------------------------------------

MAX_NAME = 80
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FIGURES = re.compile(r"[-+]?[$€£]?\s?\d[\d.,' ]*(?:[eE][-+]?\d+)?%?")
_DIALLED = re.compile(r"\+?\(?\d[\d\s().\-/]{5,}")
_IDENTIFIER = re.compile(
    r"[A-Za-z]+(?:_[A-Za-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+|(?:[A-Z][a-z]+){2,}(?:ID)?"
)


def looks_like_data(cell: str) -> bool:
    """Say whether a cell is a value rather than the name of a column."""
    text = cell.strip()
    return bool(
        len(text) > MAX_NAME
        or "\n" in text
        or _EMAIL.fullmatch(text)
        or _FIGURES.fullmatch(text)
        or _DIALLED.fullmatch(text)
        or (text[:1].isdigit() and parse_date(text, day_first=True).value is not None)
    )


def has_header(first: Sequence[str], below: Sequence[Record]) -> tuple[bool, bool]:
    """Say whether the first record names the columns, and whether that is certain."""
    names = [cell for cell in first if cell.strip()]
    known = sum(map(headers.is_known, names))
    if any(map(looks_like_data, names)):
        return known * 2 >= len(first), True
    if len(names) * 2 < len(first):
        return False, True
    if known * 4 >= len(first) or any(_IDENTIFIER.fullmatch(name.strip()) for name in names):
        return True, True
    return True, _contrasts(len(first), below)


def _contrasts(width: int, below: Sequence[Record]) -> bool:
    """Say whether some column holds data of a kind below a name that is none."""
    rows = [record.values for record in below if len(record.values) == width]
    for column in zip(*rows, strict=True):
        filled = [cell for cell in column if cell.strip()]
        if filled and sum(map(looks_like_data, filled)) > len(filled) * 4 / 5:
            return True
    return False
