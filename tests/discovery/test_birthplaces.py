"""Birthplaces of fiscal codes against the history of Italian municipalities."""

import csv
from collections.abc import Iterator

import openpyxl
import pytest
from stdnum.it import codicefiscale

from registry.discovery import birthplaces, identifiers
from tests.discovery import data

Years = tuple[int, int]


def official() -> Iterator[tuple[str, Years]]:
    """Yield code and years of each entry of ANPR's two registers."""
    with data.path("geo_it/ANPR_archivio_comuni.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if len(row["CODCATASTALE"]) == 4:
                years = int(row["DATAISTITUZIONE"][:4]), int(row["DATACESSAZIONE"][:4])
                yield row["CODCATASTALE"], years
    book = openpyxl.load_workbook(data.path("geo_it/ANPR_tab_Stati_Esteri.xlsx"), read_only=True)
    for cells in book.active.iter_rows(min_row=2, values_only=True):
        if cells[9] and len(cells[9]) == 4:
            yield cells[9], (int(cells[4][-4:]), int(cells[5][-4:]))


def merged() -> dict[str, Years]:
    found: dict[str, Years] = {}
    for code, (first, last) in official():
        known = found.get(code, (first, last))
        found[code] = (min(known[0], first), max(known[1], last))
    return found


def test_the_table_is_that_of_the_official_registers() -> None:
    assert birthplaces.years() == merged()


@pytest.mark.parametrize(
    ("code", "exists"),
    [
        ("RSSMRA80A01H501U", True),  # Roma
        ("RSSMRAULALMHRLMX", True),  # the same, every digit a letter
        ("RSSMRA80A01Z110X", True),  # France
        ("RSSMRA80A01A002X", False),  # a municipality until 1928
        ("RSSMRA20A01A002X", True),
        ("RSSMRA80A01N999X", False),  # never given
    ],
)
def test_a_place_existed_in_the_year(code: str, exists: bool) -> None:
    assert birthplaces.exists(code) is exists


def test_a_valid_code_of_no_place_is_reported_with_a_lower_score() -> None:
    def written(body: str) -> float:
        code = body + codicefiscale.calc_check_digit(body)
        return next(m.score for m in identifiers.find(f"dati: {code}"))

    assert (written("RSSMRA80A01H501"), written("RSSMRA80A01N999")) == (0.9, 0.5)
