"""Workbooks read as text that a person sees, and hostile ones are refused."""

import datetime as dt
import stat
import zipfile
from pathlib import Path

import openpyxl
import pytest

from crm.imports import errors, workbook
from crm.imports.reading import Format, Row, open_source, rows
from tests.crm.imports.files import CRM, write

SEEN = dt.datetime(2020, 1, 2, 3, 4)  # noqa: DTZ001 - a workbook knows no zones


def make(folder: Path, table: list[list[object]], *, name: str = "export.xlsx") -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in table:
        sheet.append(line)
    for row in sheet.iter_rows(min_row=2):
        if row[0].data_type == "n":
            row[0].number_format = "00000"
    book.create_sheet("Altro").append(["id", "nome"])
    path = folder / name
    book.save(path)
    return path


def repack(path: Path, changes: dict[str, bytes]) -> Path:
    """Write the parts of a workbook again, some of them changed or added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | changes
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_cells_are_read_as_they_are_seen(tmp_path: Path) -> None:
    table: list[list[object]] = [
        ["CAP", "nome", "nato il", "visto", "saldo", "socio", "nota"],
        [184, "007", dt.date(1980, 2, 29), SEEN, 12.5, True, "a\nb"],
        [20121, None, None, None, 1e15, False, None],
        [None, None, None, None, None, None, None],
        [1, " x ", None, None, 0.1 + 0.2, None, "=1+1"],
    ]
    source = open_source(make(tmp_path, table))
    assert (source.format, source.sheet, source.encoding) == (Format.WORKBOOK, "Sheet", "")
    assert source.notes == ("other_sheets", "formula_without_result")
    assert source.row_count_estimate == 4
    assert list(rows(source)) == [
        Row(2, ("00184", "007", "1980-02-29", "2020-01-02T03:04:00", "12.5", "true", "a\nb")),
        Row(3, ("20121", "", "", "", "1000000000000000", "false", "")),
        Row(5, ("00001", " x ", "", "", "0.3", "", "")),
    ]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = make(tmp_path, [["id", "nome"], [1, "Anna"]])
    assert workbook.sheet_names(path) == ("Sheet", "Altro")
    source = open_source(path, sheet="Altro")
    assert (source.sheet, list(rows(source)), source.notes) == ("Altro", [], ("no_rows",))
    with pytest.raises(errors.SheetNotFoundError) as caught:
        open_source(path, sheet="Mario Rossi")
    assert str(caught.value.message) == "The workbook has no such sheet; it has 2."


def test_rows_beyond_the_stated_size_are_not_lost(tmp_path: Path) -> None:
    path = make(tmp_path, [["id", "nome", "città"], [1, "Anna", "Roma"], [2, "Bruno", "Bari"]])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    lying = sheet.replace(b'ref="A1:C3"', b'ref="A1:B2"')
    assert lying != sheet
    repack(path, {"xl/worksheets/sheet1.xml": lying})
    assert [row.values for row in rows(open_source(path))] == [
        ("00001", "Anna", "Roma"),
        ("00002", "Bruno", "Bari"),
    ]


def test_cells_beyond_the_header_are_a_column_without_a_name(tmp_path: Path) -> None:
    path = make(tmp_path, [["id", "nome"], [1, "Anna", None, "x"], [2, "Bruno"]])
    source = open_source(path)
    assert source.header == ("id", "nome", "column 3", "column 4")
    assert [row.values for row in rows(source)] == [
        ("00001", "Anna", "", "x"),
        ("00002", "Bruno", "", ""),
    ]


def test_a_workbook_called_csv_is_read_and_said_to_be_one(tmp_path: Path) -> None:
    source = open_source(make(tmp_path, [["id", "nome"], [1, "Anna"]], name="export.csv"))
    assert source.format is Format.WORKBOOK
    assert "not_a_csv_name" in source.notes


def test_macros_are_ignored_and_named(tmp_path: Path) -> None:
    path = repack(make(tmp_path, [["id", "nome"], [1, "A"]]), {"xl/vbaProject.bin": b"macro"})
    assert "macros_ignored" in open_source(path).notes


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = make(tmp_path, [["id", "nome"], [1, "Anna"]])
    repack(path, {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 50_000_000})
    with pytest.raises(errors.OversizedWorkbookError):
        open_source(path)
    many = make(tmp_path, [["id", "nome"]], name="many.xlsx")
    repack(many, {f"xl/media/{number}": b"" for number in range(workbook.MAX_ENTRIES)})
    with pytest.raises(errors.OversizedWorkbookError):
        open_source(many)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path, [["id", "nome"], [1, "Anna"]])
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
    repack(path, {"xl/worksheets/sheet1.xml": bomb})
    with pytest.raises(errors.BrokenWorkbookError):
        open_source(path)


def test_links_in_the_archive_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path, [["id", "nome"], [1, "Anna"]])
    link = zipfile.ZipInfo("xl/media/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(errors.BrokenWorkbookError):
        open_source(path)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["word/document.xml", "[Content_Types].xml"], errors.BinaryFileError),
        (["content.xml", "mimetype"], errors.LegacyWorkbookError),
        (["xl/workbook.bin", "[Content_Types].xml"], errors.LegacyWorkbookError),
        (["xl/workbook.xml", "[Content_Types].xml"], errors.BrokenWorkbookError),
    ],
)
def test_other_archives(
    tmp_path: Path, names: list[str], expected: type[errors.ImportFileError]
) -> None:
    path = tmp_path / "export.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(expected):
        open_source(path)


def test_a_cut_workbook_is_broken(tmp_path: Path) -> None:
    whole = make(tmp_path, [["id", "nome"], [1, "Anna"]]).read_bytes()
    path = write(tmp_path, whole[: len(whole) // 2], name="cut.xlsx")
    with pytest.raises(errors.BrokenWorkbookError):
        open_source(path)


def test_a_real_workbook_reads_completely() -> None:
    path = CRM.parent / "geo_it" / "ANPR_tab_Stati_Esteri.xlsx"
    if not path.exists():
        pytest.skip("the collection of real exports is not beside the repository")
    source = open_source(path)
    found = list(rows(source))
    assert (len(found), len(source.header), source.row_count_estimate) == (238, 18, 238)
    assert found[0].values[:5] == ("1", "AFGHANISTAN", "Afghanistan", "Afghanistan", "01/01/1900")
    assert [row.number for row in found if row.problem] == []
