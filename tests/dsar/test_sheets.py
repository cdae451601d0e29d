"""Sheets that nothing executes, and from which every value comes back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.sheets import sheet
from registry.neutral import neutral, restored


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+39 02 123", "'+39 02 123"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("'già così", "''già così"),
        ("a,=1+1", "a,'=1+1"),
        ("a;'b", "a;''b"),
        ("Via Po, 3", "Via Po, 3"),
        ("Anna", "Anna"),
        ("", ""),
    ],
)
def test_a_formula_becomes_text(text: str, cell: str) -> None:
    assert neutral(text) == cell
    assert restored(cell) == text


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert restored(neutral(text)) == text


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_every_sheet_reads_back(rows: list[list[str]]) -> None:
    content = sheet(["a", "b"], rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    assert read[0] == ["a", "b"]
    assert [[restored(cell) for cell in row] for row in read[1:]] == rows
