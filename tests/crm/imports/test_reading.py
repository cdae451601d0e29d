"""Text files of every make read as they were meant, and rows that cannot be are not lost."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest

from crm.imports.dialects import sniff
from crm.imports.reading import NOTES, Format, Hints, Row, open_source, rows, sample
from tests.crm.imports.files import real, write

PEOPLE = "codice;nome;città\n007;Niccolò;Forlì\n008;Zoë;Mérida\n009;Søren;Málaga\n"
PEOPLE_ROWS = [("007", "Niccolò", "Forlì"), ("008", "Zoë", "Mérida"), ("009", "Søren", "Málaga")]


def values(path: Path, hints: Hints | None = None) -> list[tuple[str, ...]]:
    return [row.values for row in rows(open_source(path, hints=hints or Hints()))]


@pytest.mark.parametrize(
    ("encoding", "found", "notes"),
    [
        ("utf-8", "utf-8", ()),
        ("utf-8-sig", "utf-8-sig", ("utf8_bom",)),
        ("utf-16", "utf-16", ()),
        ("utf-16-le", "utf-16-le", ()),
        ("utf-16-be", "utf-16-be", ()),
        ("utf-32", "utf-32", ()),
        ("cp1252", "cp1252", ()),
        ("iso-8859-1", "cp1252", ()),  # the same bytes mean the same in both
        ("mac-roman", "mac-roman", ()),
        ("cp850", "cp850", ()),
    ],
)
def test_encodings_are_recognised(
    tmp_path: Path, encoding: str, found: str, notes: tuple[str, ...]
) -> None:
    path = write(tmp_path, PEOPLE.encode(encoding))
    source = open_source(path)
    assert (source.encoding, source.notes, source.delimiter) == (found, notes, ";")
    assert source.header == ("codice", "nome", "città")
    assert values(path) == PEOPLE_ROWS


def test_windows_signs_are_kept(tmp_path: Path) -> None:
    text = "nome;importo;nota\nD’Angelo;12,50 €;“Però…” – così\n"
    path = write(tmp_path, text.encode("cp1252"))
    assert open_source(path).encoding == "cp1252"
    assert values(path) == [("D’Angelo", "12,50 €", "“Però…” – così")]


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "cp850"])
@pytest.mark.parametrize(
    "name",
    [
        "chinook/Customer.csv",
        "northwind/Customers.csv",
        "companies_datenanfragen/companies.csv",
        "fakenamegenerator/FakeNameGenerator_odd_1500.csv",
    ],
)
def test_real_names_are_recognised_in_every_western_encoding(
    tmp_path: Path, name: str, encoding: str
) -> None:
    lines = real(name).read_text(encoding="utf-8-sig").splitlines(keepends=True)
    kept = [line for line in lines if line == line.encode(encoding, "ignore").decode(encoding)]
    source = open_source(write(tmp_path, "".join(kept).encode(encoding)))
    assert (source.encoding, "encoding_guessed" in source.notes) == (encoding, False)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("Niccolò", "cp850"), ("Niccolò", "mac-roman"), ("Forlì", "cp850"), ("È vero", "cp1252"),
     ("L’Aquila", "mac-roman"), ("Müller", "cp850"), ("Gesù", "cp1252")],
)  # fmt: skip
def test_one_word_may_be_enough(tmp_path: Path, name: str, encoding: str) -> None:
    path = write(tmp_path, f"id;nome\n1;{name}\n".encode(encoding))
    assert values(path) == [("1", name)]


def test_a_choice_that_could_be_another_is_said_to_be_a_guess(tmp_path: Path) -> None:
    path = write(tmp_path, "id;nome\n1;Straße\n".encode("cp850"))
    assert "encoding_guessed" in open_source(path).notes


def test_other_alphabets_are_guessed_and_said_to_be(tmp_path: Path) -> None:
    line = "Иванов Иван Петрович;улица Ленина, дом пятый;Москва\n"
    path = write(
        tmp_path, ("nome;indirizzo;città\n".replace("à", "a") + line * 20).encode("cp1251")
    )
    source = open_source(path)
    assert (source.encoding, source.notes) == ("cp1251", ("encoding_guessed",))
    assert set(values(path)) == {tuple(line.strip().split(";"))}


def test_a_person_may_name_the_encoding(tmp_path: Path) -> None:
    path = write(tmp_path, "nome;citta\nŽiga;Škofja Loka\n".encode("cp1250"))
    assert values(path, Hints(encoding="cp1250")) == [("Žiga", "Škofja Loka")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "+|", "||", "|~|"])
def test_delimiters_are_recognised(tmp_path: Path, delimiter: str) -> None:
    lines = [("Id", "Nome", "Note"), ("1", "Rossi, Mario", "a;b"), ("2", "Bianchi", "x")]
    text = "".join(
        delimiter.join(f'"{c}"' if "," in c or ";" in c else c for c in line) + "\r\n"
        for line in lines
    )
    path = write(tmp_path, text)
    source = open_source(path)
    assert (source.delimiter, source.quotechar) == (delimiter, '"')
    assert [source.header, *values(path)] == lines


def test_a_long_delimiter_inside_quotes_is_text(tmp_path: Path) -> None:
    path = write(tmp_path, 'Id+|Nome\n1+|"a+|b"\n2+|c\n')
    assert values(path) == [("1", "a+|b"), ("2", "c")]


def test_single_quotes_are_recognised_where_the_header_has_them(tmp_path: Path) -> None:
    path = write(tmp_path, "'id','nome'\n'1','O''Hara, Scarlett'\n")
    assert open_source(path).quotechar == "'"
    assert values(path) == [("1", "O'Hara, Scarlett")]
    plain = write(tmp_path, "id,nome\n1,'Ndrangheta\n", name="plain.csv")
    assert values(plain) == [("1", "'Ndrangheta")]


def test_the_line_by_which_excel_names_its_delimiter_is_no_row(tmp_path: Path) -> None:
    path = write(tmp_path, "sep=;\r\nid;nome\r\n1;Mario, detto Rossi\r\n")
    source = open_source(path)
    assert (source.delimiter, source.header) == (";", ("id", "nome"))
    assert list(rows(source)) == [Row(3, ("1", "Mario, detto Rossi"))]


def test_rows_are_numbered_by_their_first_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,nota\n1,"a\nb\nc"\n\n2,d\n3,"e\r\nf"\n')
    assert list(rows(open_source(path))) == [
        Row(2, ("1", "a\nb\nc")),
        Row(6, ("2", "d")),
        Row(7, ("3", "e\r\nf")),
    ]


def test_ragged_rows_are_rejected_one_by_one(tmp_path: Path) -> None:
    path = write(
        tmp_path, "id,nome,città\n1,Anna,Roma\n2,Bruno\n3,Carla,Bari,Puglia\n4,Dino,Asti\n"
    )
    found = list(rows(open_source(path)))
    assert [(row.number, row.problem and row.problem.code) for row in found] == [
        (2, None),
        (3, "ragged_row"),
        (4, "ragged_row"),
        (5, None),
    ]
    assert found[2].values == ("3", "Carla", "Bari", "Puglia")
    problem = found[2].problem
    assert problem is not None
    assert "4" in str(problem.message)
    assert "Puglia" not in f"{problem.message}{problem.advice}"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_stray_quote_costs_one_row(tmp_path: Path, ending: str) -> None:
    lines = ["id,nome", "1,Anna", '2,"Bruno', "3,Carla", '4,"Di"no",', "5,Elio"]
    path = write(tmp_path, ending.join(lines) + ending)
    assert [
        (r.number, r.values, r.problem and r.problem.code) for r in rows(open_source(path))
    ] == [
        (2, ("1", "Anna"), None),
        (3, ('2,"Bruno',), "broken_quoting"),
        (4, ("3", "Carla"), None),
        (5, ('4,"Di"no",',), "broken_quoting"),
        (6, ("5", "Elio"), None),
    ]


def test_a_quote_never_closed_in_a_long_file_costs_one_row(tmp_path: Path) -> None:
    body = "".join(f"{number},riga\n" for number in range(30_000))
    path = write(tmp_path, f'id,nome\nx,"aperta\n{body}')
    found = list(rows(open_source(path)))
    assert len(found) == 30_001
    assert [row.number for row in found if row.problem] == [2]
    assert found[-1] == Row(30_002, ("29999", "riga"))


def test_headers_are_told_from_data(tmp_path: Path) -> None:
    cases = {
        "Nome;Cognome\nMario;Rossi\n": (True, ()),
        "primo_campo;altro_campo\na;b\n": (True, ()),
        "alfa;beta\n1;2020-01-01\n2;2020-01-02\n": (True, ()),
        "alfa;beta\ngamma;delta\n": (True, ("header_uncertain",)),
        "1;mario@example.it\n2;anna@example.it\n": (False, ("no_header",)),
        "Mario;Rossi;1980-01-01\nAnna;Bianchi;1981-01-01\n": (False, ("no_header",)),
        "email\na@example.it\n": (True, ()),
        "Nome;;Cognome\nMario;x;Rossi\n": (True, ("unnamed_columns",)),
        "Nome;Cognome\n": (True, ("no_rows",)),
    }
    for number, (text, expected) in enumerate(cases.items()):
        source = open_source(write(tmp_path, text, name=f"{number}.csv"))
        assert (source.has_header, source.notes) == expected, text
        assert all(note in NOTES for note in source.notes)


def test_a_person_may_say_that_there_is_no_header(tmp_path: Path) -> None:
    path = write(tmp_path, "Nome;Cognome\nMario;Rossi\n")
    source = open_source(path, hints=Hints(has_header=False))
    assert source.header == ("column 1", "column 2")
    assert len(list(rows(source))) == 2


def test_double_encoded_text_is_noted_and_survives(tmp_path: Path) -> None:
    path = write(tmp_path, "id,nome\n1,CafÃ© Perù\n2,CittÃ\xa0\n")
    source = open_source(path)
    assert source.notes == ("mojibake",)
    assert values(path) == [("1", "CafÃ© Perù"), ("2", "CittÃ\xa0")]


def test_the_estimate_is_exact_for_small_files_and_near_for_large_ones(tmp_path: Path) -> None:
    small = open_source(write(tmp_path, PEOPLE))
    assert small.row_count_estimate == 3
    body = "".join(f"{number:08d};riga numero;àé\n" for number in range(50_000))
    large = open_source(write(tmp_path, "id;nome;nota\n" + body, name="large.csv"))
    assert large.row_count_estimate is not None
    assert abs(large.row_count_estimate - 50_000) < 100


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("id;nome;nota\n")
        for number in range(100_000):
            file.write(f'{number};"Rossi; Mario";{"x" * 100}\n')
    tracemalloc.start()
    source = open_source(path)
    assert sum(1 for _row in rows(source)) == 100_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 12_000_000
    assert peak < 10_000_000


def test_the_sample_has_sound_rows_only(tmp_path: Path) -> None:
    path = write(tmp_path, "id,nome\n1,Anna\n2\n3,Carla\n")
    assert [row.values[0] for row in sample(open_source(path), limit=5)] == ["1", "3"]
    assert open_source(path).format is Format.DELIMITED


def test_sniffing_agrees_with_the_columns_below() -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";")
    writer.writerows([["nome", "indirizzo, civico"], ["Anna", "Via Po, 1"], ["Bruno", "Largo"]])
    assert sniff(stream.getvalue()).delimiter == ";"
