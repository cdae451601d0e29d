"""Reading delimited text without losing a line and without filling the memory.

The standard reader does the parsing, strictly: a quote that closes in the middle of a
cell is an error and not a licence to guess. What it lacks is added around it. After an
error the *first* line alone is given up, as a broken record that holds the line as it
was read, and the lines after it are read again: one stray quote costs one row, not the
rest of the file. A delimiter of several characters (`+|`) is replaced by one that text
cannot contain, and put back inside quoted cells. Files that end their records with a
sign of their own (`&|`) are cut there.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from crm.imports.errors import LineTooLongError

MAX_LINE = 1 << 22
"""Characters of one line, of one cell and, nearly, of one record: 4 Mi."""

MAX_RECORD_LINES = 20_000
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", flags=re.IGNORECASE)
_STAND_IN = "\ufdd0"  # a noncharacter: "not for interchange" (Unicode 23.7)

# The reader's own limit is one for the whole process and smaller than an e-mail's body.
csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))


@dataclass(frozen=True)
class Dialect:
    """How a file separates and surrounds its cells.

    Attributes
    ----------
    delimiter : one or more characters
    quotechar : one character, or "" where cells are not quoted
    terminator : what ends a record before the end of the line, or "" for nothing
    """

    delimiter: str = ","
    quotechar: str = '"'
    terminator: str = ""


@dataclass(frozen=True)
class Record:
    """One record as it was cut.

    Attributes
    ----------
    number : line of the file on which it starts, from 1
    values : its cells; of a broken record the line as it was read, as one cell
    is_broken : whether its quotes do not match
    """

    number: int
    values: tuple[str, ...]
    is_broken: bool = False


class _EndlessRecord(Exception):  # noqa: N818 - caught five lines further on, never an error
    """A quote was opened and has not been closed for longer than any cell is."""


class _Lines:
    """The lines of a stream, remembered while they belong to one record."""

    def __init__(self, stream: TextIO, delimiter: str) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._again: deque[str] = deque()
        self._size = 0
        self.number = 0
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.record) >= MAX_RECORD_LINES or self._size > MAX_LINE:
            raise _EndlessRecord
        line = self._again.popleft() if self._again else self._stream.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > MAX_LINE:
            raise LineTooLongError(line=self.number + 1, limit=MAX_LINE)
        self.number += 1
        self._size += len(line)
        self.record.append(line)
        if len(self._delimiter) > 1:
            return line.replace(self._delimiter, _STAND_IN)
        return line

    def skip_separator_line(self) -> None:
        """Pass over a first line such as `sep=;`, by which Excel names its delimiter."""
        line = self._stream.readline(MAX_LINE + 1)
        if SEPARATOR_LINE.match(line):
            self.number = 1
        elif line:
            self._again.append(line)

    def begin(self) -> int:
        """Start a new record, and return the line on which it starts."""
        self.record = []
        self._size = 0
        return self.number + 1

    def give_up_first(self) -> str:
        """Return the first line of the record; the others will be read again."""
        first, *others = self.record
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        return first.rstrip("\r\n")


def records(stream: TextIO, dialect: Dialect) -> Iterator[Record]:
    """Yield the records of a stream that was opened with `newline=""`.

    Blank lines are no records. Memory is bounded by one record.

    Raises
    ------
    LineTooLongError
    """
    if dialect.terminator:
        yield from _terminated(stream, dialect)
        return
    lines = _Lines(stream, dialect.delimiter)
    lines.skip_separator_line()
    is_long = len(dialect.delimiter) > 1
    reader = csv.reader(
        lines,
        delimiter=_STAND_IN if is_long else dialect.delimiter,
        quotechar=dialect.quotechar or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quotechar else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        number = lines.begin()
        try:
            values = next(reader)
        except StopIteration:
            return
        except (csv.Error, _EndlessRecord):
            yield Record(number, (lines.give_up_first(),), is_broken=True)
            continue
        if is_long:
            values = [value.replace(_STAND_IN, dialect.delimiter) for value in values]
        if values:
            yield Record(number, tuple(values))


def _terminated(stream: TextIO, dialect: Dialect) -> Iterator[Record]:
    """Yield records that end with a sign of their own; nothing in them is quoted."""
    rest, number = "", 1
    while block := stream.read(1 << 16):
        *whole, rest = (rest + block).split(dialect.terminator)
        for text in whole:
            if record := _cut(text, number, dialect):
                yield record
            number += text.count("\n")
        if len(rest) > MAX_LINE:
            raise LineTooLongError(line=number, limit=MAX_LINE)
    if record := _cut(rest, number, dialect):
        yield record


def _cut(text: str, number: int, dialect: Dialect) -> Record | None:
    """Return the record in a piece of text, which starts with the end of the line before."""
    body = text.lstrip("\r\n")
    if not body.strip():
        return None
    start = number + text[: len(text) - len(body)].count("\n")
    return Record(start, tuple(body.split(dialect.delimiter)))
