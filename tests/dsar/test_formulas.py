"""Sheets that a spreadsheet opens without running anything, at whatever separator it splits them (P-8).

LibreOffice opens them; each is opened unmarked too, so that a spreadsheet which runs nothing at
all would fail here.
"""

import csv
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import orjson
import pytest

from dsar import access_right
from dsar.redaction.passages import Verdict
from dsar.sheets import BOM, sheet
from governance.policy.vocabulary import Right, Role
from governance.portal import register_sheets
from registry.exchange.sheets import Sheet
from registry.neutral import UNSEEN, neutral, restored
from tests.builders import NOW, Company, a_person, an_interaction
from tests.dsar import acts
from tests.dsar.others import read_all
from tests.naughty import EVERYTHING, FORMULAS, STRINGS

SEPARATORS = {"semicolon": 59, "comma": 44, "tab": 9}
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
FORMULA = re.compile(rb"table:formula=")
PATIENCE = 300.0  # seconds; it starts slowly on a busy machine


def rows_of(texts: tuple[str, ...]) -> list[list[str]]:
    """Each text alone, after another cell, and inside a longer text."""
    return [
        [text, "Rossi", f"Nota: {text}", f"a,{text},b;{text}\t{text}\n{text}"] for text in texts
    ]


def unmarked(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return BOM + out.getvalue().encode()


def as_rejected(rows: list[list[str]]) -> bytes:
    """As the rows that an import rejected are written: commas, quotes where they must be, no mark."""
    out = io.StringIO()
    csv.writer(out).writerows([neutral(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def formulas(folder: Path, contents: dict[str, bytes], separator: int | None) -> dict[str, int]:
    """Open files in LibreOffice, and return how many formulas it found in each."""
    folder.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    reading = [f"--infilter=CSV:{separator},34,76,1,,0,false,true"] if separator else []
    subprocess.run(
        [str(OFFICE), f"-env:UserInstallation={(folder.parent / 'profile').as_uri()}", "--headless",
         *reading, "--convert-to", "fods", "--outdir", str(folder / "out"), *contents],
        cwd=folder, check=True, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    opened = {name: (folder / "out" / name).with_suffix(".fods").read_bytes() for name in contents}
    assert all(b"Rossi" in content for content in opened.values())
    return {name: len(FORMULA.findall(content)) for name, content in opened.items()}


def test_there_are_enough_of_them() -> None:
    assert len(FORMULAS) >= 300
    assert len(STRINGS) >= 200
    assert len(set(EVERYTHING)) == len(EVERYTHING)


@pytest.mark.parametrize("text", ["1\n- latte\n- pane", "alle 10; 11", "a, b", "Via Po, 3"])
def test_ordinary_texts_stay_readable(text: str) -> None:
    assert len(neutral(text)) - len(text) <= 2
    assert neutral("Via Roma, 1; interno 2") == "Via Roma, 1; interno 2"


def test_every_string_comes_back() -> None:
    for text in EVERYTHING:
        for cell in rows_of((text,))[0]:
            assert restored(neutral(cell)) == cell, repr(cell)
    rows = rows_of(tuple(text for text in EVERYTHING if "\0" not in text))
    read = list(
        csv.reader(io.StringIO(sheet("abcd", rows).decode("utf-8-sig"), newline=""), delimiter=";")
    )
    assert [[restored(cell) for cell in row] for row in read[1:]] == rows


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_spreadsheet_finds_no_formula(tmp_path: Path, separator: str, is_long: bool) -> None:
    if OFFICE is None:
        pytest.skip("no LibreOffice: soffice is not on the PATH")
    if separator == "tab" and not is_long:
        pytest.skip("two of three separators are enough for a quick run: --long")
    hidden = tuple(text for text in FORMULAS if text[0] in UNSEEN)
    rows = rows_of(EVERYTHING if is_long else FORMULAS[::3] + hidden)
    ours = sheet("abcd", rows)
    files = {
        "ours.csv": ours, "without-bom.csv": ours.removeprefix(BOM), "rejected.csv": as_rejected(rows),
        "unmarked.csv": unmarked(rows),
    }  # fmt: skip
    found = formulas(tmp_path / "csv", files, SEPARATORS[separator])
    assert found.pop("unmarked.csv") > 0
    assert set(found.values()) == {0}, found


def test_a_workbook_of_the_register_holds_no_formula(tmp_path: Path) -> None:
    if OFFICE is None:
        pytest.skip("no LibreOffice: soffice is not on the PATH")
    made = register_sheets.written([Sheet("R", rows_of(EVERYTHING))])
    assert formulas(tmp_path / "xlsx", {"register.xlsx": made}, None) == {"register.xlsx": 0}


def test_a_copy_holds_whatever_somebody_wrote(company: Company) -> None:
    """The CSV of the copy read back, and its JSON, are what is held."""
    subject = a_person(
        company, given="=1+1", family='@SUM("A1")', email="a@example.it", orders=[NOW.date()]
    )
    for text in STRINGS:
        an_interaction(company, subject, body=f"x{text}x")
    request = acts.ask_and_identify(company, Right.ACCESS, email="a@example.it")
    by = company.actor(Role.DPO)
    read_all(company, request, verdict=Verdict.NOBODY)
    package = access_right.fulfil(request.pk, by, NOW)
    copy = zipfile.ZipFile(io.BytesIO(access_right.disclose(package.pk, by, NOW)))
    content = copy.read("csv/crm.Interaction.csv").decode("utf-8-sig")
    read = csv.DictReader(io.StringIO(content, newline=""), delimiter=";")
    assert {restored(row["body"]) for row in read} == {f"x{text}x" for text in STRINGS}
    assert "=1+1" in copy.read("data.json").decode()
    orjson.loads(copy.read("data.json"))
