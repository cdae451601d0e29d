"""Every kind of bad file has its own error, with what to do and without what it holds."""

import random
from pathlib import Path

import pytest

from crm.imports import errors
from crm.imports.delimited import MAX_LINE
from crm.imports.reading import Hints, Limits, open_source
from governance.policy.errors import GovernanceError
from tests.crm.imports.files import write

CANARY = "Zanzibari"


def refused(path: Path, expected: type[errors.ImportFileError], **options: object) -> str:
    """Open a file that must be refused, and return what is said about it."""
    with pytest.raises(expected) as caught:
        open_source(path, **options)  # type: ignore[arg-type] # options of several types
    error = caught.value
    assert type(error) is expected
    assert error.code == expected.code
    assert str(error.message)
    assert str(error.advice)
    assert "{" not in str(error)
    assert CANARY not in str(error)
    return str(error.message)


@pytest.mark.parametrize("content", ["", "\n\r\n  \n", "\ufeff"])
def test_empty_files(tmp_path: Path, content: str) -> None:
    refused(write(tmp_path, content), errors.EmptyFileError)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n" + CANARY.encode(),
        b"\x89PNG\r\n\x1a\n\0\0",
        b"\x1f\x8b\x08\0" + bytes(range(256)),
        random.Random(1).randbytes(5000),
    ],
)
def test_binary_files_called_csv(tmp_path: Path, content: bytes) -> None:
    refused(write(tmp_path, content), errors.BinaryFileError)


def test_nul_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, f"id,nome\n1,{CANARY}\n2,a\0b\n")
    assert "line 3" in refused(path, errors.NulBytesError)
    wide = write(tmp_path, f"id,nome\n1,{CANARY}\n2,a\0b\n".encode("utf-16"), name="wide.csv")
    assert "line 3" in refused(wide, errors.NulBytesError)


def test_encodings_nobody_knows(tmp_path: Path) -> None:
    ebcdic = (f"ID,NAME\n1,{CANARY}\n" * 20).encode("cp500")
    with pytest.raises(errors.ImportFileError) as caught:
        open_source(write(tmp_path, ebcdic))
    assert caught.value.code in {"unknown_encoding", "binary_file"}
    odd = b"id;nome\n" + b"1;a\xff\xfe\xf8\xf0b\xd7\xf7\xb6x\n" * 3
    refused(write(tmp_path, odd, name="odd.csv"), errors.UnknownEncodingError)


def test_encodings_that_do_not_fit(tmp_path: Path) -> None:
    path = write(tmp_path, "id;nome\n1;Niccolò\n".encode("cp1252"))
    for encoding in ("utf-8", "ebcdic", "rot13", "unicode_escape", "idna", "a\0b"):
        refused(path, errors.WrongEncodingError, hints=Hints(encoding=encoding))


def test_one_line_in_another_encoding(tmp_path: Path) -> None:
    lines = ["id;nome", *(f"{number};{CANARY} Niccolò" for number in range(20))]
    content = [line.encode() for line in lines]
    content[7] = lines[7].encode("cp1252")
    path = write(tmp_path, b"\n".join(content))
    assert "line 8" in refused(path, errors.MixedEncodingError)


def test_a_header_that_was_asked_for_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path, f"1,{CANARY},a@example.it\n2,{CANARY},b@example.it\n")
    refused(path, errors.MissingHeaderError, require_header=True)
    assert open_source(path).has_header is False


def test_a_title_above_the_table_is_no_header(tmp_path: Path) -> None:
    table = "id;nome;città\n" + f"1;{CANARY};Roma\n" * 5
    refused(write(tmp_path, f"Elenco di {CANARY}\n{table}"), errors.MissingHeaderError)


@pytest.mark.parametrize("header", ["id,Email,nome,Email", "id,Email,nome, email "])
def test_two_columns_of_one_name(tmp_path: Path, header: str) -> None:
    path = write(tmp_path, f"{header}\n1,a,b,c\n")
    assert refused(path, errors.DuplicateHeaderError) == "Columns 2 and 4 have the same name."


def test_two_hundred_columns(tmp_path: Path) -> None:
    header = ",".join(f"campo_{number}" for number in range(200))
    path = write(tmp_path, f"{header}\n{','.join('1' * 200)}\n")
    said = refused(path, errors.TooManyColumnsError)
    assert said == "The file has 200 columns; at most 150 are accepted."
    most = ",".join(f"campo_{number}" for number in range(150))
    assert len(open_source(write(tmp_path, f"{most}\n", name="most.csv")).header) == 150


def test_too_large_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, "id,nome\n1,Anna\n")
    said = refused(path, errors.FileTooLargeError, limits=Limits(max_bytes=10))
    assert said == "The file has 15 bytes; at most 10 are accepted."


def test_a_line_without_an_end(tmp_path: Path) -> None:
    refused(write(tmp_path, "id,nome\n1," + "x" * (MAX_LINE + 10)), errors.LineTooLongError)
    refused(write(tmp_path, "x" * 300_000, name="one.csv"), errors.LineTooLongError)


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("Workbook", errors.LegacyWorkbookError),
        ("EncryptedPackage", errors.EncryptedWorkbookError),
    ],
)
def test_workbooks_of_before_2007_and_under_a_password(
    tmp_path: Path, marker: str, expected: type[errors.ImportFileError]
) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + marker.encode("utf-16-le") + bytes(512)
    refused(write(tmp_path, ole, name="export.xls"), expected)


def test_every_error_has_a_code_of_its_own() -> None:
    def below(cls: type[GovernanceError]) -> list[type[GovernanceError]]:
        return [cls, *(found for child in cls.__subclasses__() for found in below(child))]

    classes = below(errors.ImportFileError) + below(errors.MappingError)
    codes = [cls.code for cls in classes]
    assert len(codes) == len(set(codes)) == 22
    assert all(cls.advice for cls in classes if cls is not errors.ImportFileError)
