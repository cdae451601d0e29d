"""What the standard writer writes reads back equal, whatever the dialect and the encoding."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crm.imports.delimited import Dialect, records
from crm.imports.errors import ImportFileError
from crm.imports.reading import Hints, open_source, rows

CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufdd0"), max_size=12
)
TABLES = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)
PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\r\n"), max_size=12
)
PRINTABLE_TABLES = st.integers(2, 6).flatmap(
    lambda width: st.lists(
        st.lists(PRINTABLE, min_size=width, max_size=width), min_size=1, max_size=8
    )
)
WIDE = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
LATIN = st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=12)


def written(table: list[list[str]], **dialect: object) -> str:
    stream = io.StringIO()
    csv.writer(stream, **dialect).writerows(table)  # type: ignore[arg-type] # one of csv's many
    return stream.getvalue()


@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    quotechar=st.sampled_from("\"'"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
@settings(max_examples=200)
def test_every_dialect_reads_back(
    table: list[list[str]], delimiter: str, quotechar: str, quoting: int
) -> None:
    # The default end of line, CR LF, makes the writer quote cells with either of the two.
    text = written(table, delimiter=delimiter, quotechar=quotechar, quoting=quoting)
    found = records(io.StringIO("\r\n" + text, newline=""), Dialect(delimiter, quotechar))
    assert [(list(r.values), r.is_broken) for r in found] == [(line, False) for line in table]


@given(table=TABLES, delimiter=st.sampled_from(["+|", "||", "|~|"]))
def test_long_delimiters_read_back(table: list[list[str]], delimiter: str) -> None:
    text = "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in line) + "\r\n"
        for line in table
    )
    found = records(io.StringIO(text, newline=""), Dialect(delimiter, '"'))
    assert [list(record.values) for record in found] == table


@given(table=PRINTABLE_TABLES, delimiter=st.sampled_from(",;\t|"), encoding=WIDE)
@settings(max_examples=150, deadline=None)
def test_a_file_with_a_header_reads_back_without_a_hint(
    table: list[list[str]], delimiter: str, encoding: str
) -> None:
    header = [f"campo_{position}" for position in range(len(table[0]))]
    text = written([header, *table], delimiter=delimiter)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(text.encode(encoding))
        source = open_source(path)
        assert (source.header, source.delimiter) == (tuple(header), delimiter)
        assert [list(row.values) for row in rows(source)] == table
        assert source.row_count_estimate == len(table)


@given(
    table=st.lists(st.lists(LATIN, min_size=3, max_size=3), min_size=1, max_size=6),
    encoding=st.sampled_from(["iso-8859-1", "utf-8"]),
)
@settings(deadline=None)
def test_a_file_without_a_header_reads_back_with_hints(
    table: list[list[str]], encoding: str
) -> None:
    hints = Hints(encoding=encoding, delimiter=";", quotechar='"', has_header=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(written(table, delimiter=";").encode(encoding))
        source = open_source(path, hints=hints)
        assert [list(row.values) for row in rows(source)] == table


@given(content=st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(content)
        try:
            source = open_source(path)
            found = list(rows(source))
        except ImportFileError as error:
            assert str(error.message)  # noqa: PT017 - both outcomes are allowed
        else:
            assert all(row.problem or len(row.values) == len(source.header) for row in found)


@given(text=st.text(alphabet='ab",\n', max_size=60))
@settings(max_examples=300)
def test_no_line_is_lost_to_quotes(text: str) -> None:
    found = list(records(io.StringIO(text, newline=""), Dialect()))
    covered = sum(
        1 if record.is_broken else 1 + sum(cell.count("\n") for cell in record.values)
        for record in found
    )
    blank = sum(not line for line in text.split("\n"))
    lines = text.count("\n") + (not text.endswith("\n"))
    assert lines - blank <= covered <= lines
    assert [record.number for record in found] == sorted({record.number for record in found})
