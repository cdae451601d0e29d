"""Files and folders are looked at as they come from other programs, also broken and hostile ones."""

import json
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from openpyxl import Workbook
from pypdf import PdfWriter
from typst import compile as typeset

from governance.policy.categories import Category
from governance.scanning import documents, running
from governance.scanning.agreement import Standing, of_categories
from governance.scanning.errors import SourceNotFoundError
from governance.scanning.judging import SeenTable
from governance.scanning.report import Report

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
IBAN = "IT60X0542811101000000123456"
CODES = ("RSSMRA80A01H501U", "BNCNNA85M41F205E")
PEOPLE = [
    ("Anna", "Bianchi", "anna.bianchi@example.com", "Cliente celiaca, chiede il menu"),
    ("Luca", "Moretti", "luca.moretti@example.com", f"Rimborso su {IBAN} entro venerdì"),
    ("Giulia", "Ferri", "giulia.ferri@example.com", "Preferisce essere chiamata di mattina"),
]
HEADER = ("Nome", "Cognome", "Email", "Appunti")


def scan(path: Path) -> Report:
    return running.scan(str(path), now=NOW)


def columns(table: SeenTable) -> dict[str, str | None]:
    return {c.header: c.category for c in table.columns}


def spoken(table: SeenTable, header: str) -> dict[Category, int]:
    (column,) = [c for c in table.columns if c.header == header]
    return {one.category: one.found for one in column.spoken}


def a_csv(path: Path, repeat: int = 1) -> Path:
    lines = [";".join(HEADER), *(";".join(row) for row in PEOPLE * repeat)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_is_looked_at_column_by_column_and_its_sentences_read(tmp_path: Path) -> None:
    (table,) = scan(a_csv(tmp_path / "clienti.csv")).tables
    assert (table.name, table.total, table.sampled) == ("clienti.csv", 3, 3)
    seen = columns(table)
    assert (seen["Nome"], seen["Cognome"], seen["Email"]) == ("name", "name", "email")
    assert spoken(table, "Appunti") == {Category.HEALTH: 1, Category.BANK_ACCOUNT: 1}


def test_nothing_of_the_values_is_in_either_report(tmp_path: Path) -> None:
    report = scan(a_csv(tmp_path / "clienti.csv"))
    for made in (json.dumps(report.to_json()), report.to_html("it"), report.to_html("en")):
        for value in (IBAN, "anna.bianchi", "Moretti", "celiac", "Ferri"):
            assert value not in made


def test_every_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Persone"
    for row in (HEADER, *PEOPLE):
        book.active.append(row)
    other = book.create_sheet("Listino")
    for row in (("Articolo", "Prezzo"), ("Vite M4", 3), ('=HYPERLINK("http://x.example")', 4)):
        other.append(row)
    book.save(tmp_path / "dati.xlsx")
    people, prices = scan(tmp_path / "dati.xlsx").tables
    assert (people.name, columns(people)["Email"]) == ("dati.xlsx › Persone", "email")
    assert set(columns(prices).values()) == {None}


def test_lists_of_objects_in_json_are_tables(tmp_path: Path) -> None:
    orders = [{"iban": IBAN, "note": "x"}]
    people = [
        {"name": {"first": g, "last": f}, "email": e, "orders": orders} for g, f, e, _n in PEOPLE
    ]
    (tmp_path / "a.json").write_text(json.dumps({"customers": people, "made": "2026"}))
    lines = "\n".join(json.dumps({"codice_fiscale": code}) for code in CODES)
    (tmp_path / "b.jsonl").write_text(lines)
    found = {table.name: columns(table) for table in scan(tmp_path).tables}
    assert found["a.json › customers"]["email"] == "email"
    assert found["a.json › customers"]["name.first"] == "name"
    assert found["a.json › customers › orders"]["iban"] == "bank_account"
    assert found["b.jsonl"] == {"codice_fiscale": "national_id"}


def test_the_text_of_a_pdf_is_read(tmp_path: Path) -> None:
    source = tmp_path / "letter.typ"
    source.write_text(
        f"Il mio codice fiscale è {CODES[0]}, bonifico su {IBAN}. Mio figlio è celiaco."
    )
    (tmp_path / "lettera.pdf").write_bytes(typeset(str(source)))
    source.unlink()
    (text,) = scan(tmp_path).texts
    assert {one.category for one in text.spoken} == {"national_id", "bank_account", "health"}


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Anna Bianchi <anna.bianchi@example.com>"
    mail["Subject"] = "Rimborso"
    mail.set_content(f"Buongiorno, il mio IBAN è {IBAN}.")
    mail.add_attachment(
        f"CF {CODES[0]}".encode(), maintype="text", subtype="plain", filename="cf.txt"
    )
    mail.add_attachment(
        b"\x00\x01", maintype="application", subtype="zip", filename="Anna Bianchi.zip"
    )
    return mail


def test_a_mail_is_read_with_its_attachments(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(bytes(a_mail()))
    report = scan(tmp_path)
    letter, attached = report.texts
    assert {one.category for one in letter.spoken} >= {"email", "bank_account"}
    assert (attached.name, attached.spoken[0].category) == ("1.eml › 1.txt", "national_id")
    (left,) = report.unread
    assert (left.name, left.error.code) == ("1.eml › 2.zip", "scan_attachment_not_read")


def test_what_a_folder_hides_or_links_to_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "dati"
    (folder / ".git").mkdir(parents=True)
    a_csv(folder / ".git" / "nascosto.csv")
    a_csv(tmp_path / "altrove.csv")
    (folder / "legame.csv").symlink_to(tmp_path / "altrove.csv")
    a_csv(folder / "clienti.csv")
    assert [table.name for table in scan(folder).tables] == ["clienti.csv"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("rotto.pdf", b"%PDF-1.7\n1 0 obj\n<< /Length 99999999 >>\nstream\n", "scan_broken_document"),
        ("vuoto.csv", b"", "empty_file"),
        ("rotto.json", b'{"a": [1, 2', "scan_broken_document"),
        ("profondo.json", b"[" * 100_000 + b"]" * 100_000, "scan_broken_document"),
        ("nidi.json", b'{"a":' * 60 + b"1" + b"}" * 60, "scan_broken_document"),
        ("latino.json", '{"città": 1}'.encode("latin-1"), "scan_broken_document"),
        ("programma.csv", b"MZ" + bytes(range(256)) * 10, "binary_file"),
        ("archivio.zip", b"PK\x03\x04" + bytes(100), "broken_workbook"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_and_stops_nothing(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    a_csv(tmp_path / "zz.csv")
    report = scan(tmp_path)
    (left,) = report.unread
    assert (left.name, left.error.code, bool(str(left.error.advice))) == (name, code, True)
    assert [table.name for table in report.tables] == ["zz.csv"]


def test_a_bomb_in_a_workbook_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomba.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (300 << 20))
    (left,) = scan(tmp_path).unread
    assert left.error.code == "oversized_workbook"


def test_a_document_too_large_to_hold_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "MOST_BYTES", 1000)
    (tmp_path / "grande.txt").write_text("x" * 2000)
    (left,) = scan(tmp_path).unread
    assert left.error.code == "scan_file_too_large"


def test_a_pdf_under_a_password_and_one_of_pictures_say_so(tmp_path: Path) -> None:
    for name, password in (("chiuso.pdf", "segreta"), ("scansione.pdf", "")):
        writer = PdfWriter()
        writer.add_blank_page(width=200, height=200)
        if password:
            writer.encrypt(password, algorithm="AES-256")
        writer.write(tmp_path / name)
    found = {one.name: one.error.code for one in scan(tmp_path).unread}
    assert found == {"chiuso.pdf": "scan_locked_document", "scansione.pdf": "scan_no_text"}


def test_cells_as_long_as_books_are_cut(tmp_path: Path) -> None:
    long = "parola " * 20_000
    (tmp_path / "a.csv").write_text(f"Nome;Nota\nAnna;{long}\nLuca;{long}\n")
    (table,) = scan(tmp_path).tables
    assert columns(table)["Nome"] == "name"


def test_rows_are_taken_from_all_over_a_file(tmp_path: Path) -> None:
    rows = [*(["x"] * 5000), *([CODES[0]] * 5000)]
    lines = ["Numero;Codice", *(f"{n};{row}" for n, row in enumerate(rows))]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    (table,) = running.scan(str(tmp_path / "a.csv"), now=NOW, sample=100).tables
    assert table.sampled == 100
    assert table.columns[1].distinct == 2


def test_a_folder_without_end_is_cut_and_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.scanning.files.MOST_FILES", 2)
    for n in range(4):
        a_csv(tmp_path / f"{n}.csv")
    report = scan(tmp_path)
    assert len(report.tables) == 2
    assert [one.error.code for one in report.unread] == ["scan_too_many_files"]


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError):
        scan(tmp_path / "niente")


@pytest.mark.parametrize(
    ("held", "register", "expected"),
    [
        (set(), None, Standing.NOT_PERSONAL),
        ({Category.EMAIL}, None, Standing.SEEN),
        ({Category.EMAIL}, {Category.EMAIL: ("x",)}, Standing.COVERED),
        ({Category.EMAIL, Category.NAME}, {Category.EMAIL: ("x",)}, Standing.NOT_COVERED),
        ({Category.HEALTH}, None, Standing.SPECIAL),
        ({Category.HEALTH}, {Category.HEALTH: ("x",)}, Standing.COVERED),
        ({Category.HEALTH, Category.CREDENTIALS}, {Category.CREDENTIALS: ("x",)}, Standing.SECRET),
    ],
)
def test_the_gravest_of_what_is_held_decides(held, register, expected) -> None:
    assert of_categories(held, register) is expected
