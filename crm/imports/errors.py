"""What can be wrong with a file that somebody wants to import, and with one row of it.

A *file error* stops the import before anything is written: the file is not what it
says it is, or nobody could tell what its columns mean. It is an exception with the
usual code, message and advice. A *row problem* concerns one row and never stops a
run: the row goes to the reject file with the problem beside it, and the next row is
read. It is a plain value.

Neither carries what the file holds. Counts, line numbers and column positions are
named; a cell, a header found by guessing or the name of a sheet may be personal data
and is not (ASVS 5.0, 16.2.5).
"""

from dataclasses import dataclass
from typing import cast

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError, Text


def _fill(text: Text, **details: int | str) -> Text:
    """Put figures into a text when it is shown, in the language it is then shown in."""
    # A lazy text is a text to everything but the type checker.
    return format_lazy(cast("str", text), **details)


class ImportFileError(GovernanceError):
    """The root of everything that makes a whole file impossible to import.

    Parameters
    ----------
    details : counts, limits, line numbers and encodings named in the message; never a value
    """

    code = "import_file_error"
    message = _("The file cannot be imported.")

    def __init__(self, **details: int | str) -> None:
        super().__init__(
            message=_fill(self.message, **details), advice=_fill(self.advice, **details), **details
        )


class EmptyFileError(ImportFileError):
    """There is nothing in the file, or nothing but blank lines."""

    code = "empty_file"
    message = _("The file is empty.")
    advice = _("Export the data again and check that the file has at least a header and one row.")


class FileTooLargeError(ImportFileError):
    """The file is larger than this installation accepts (ASVS 5.0, 5.2.1)."""

    code = "file_too_large"
    status = 413
    message = _("The file has {size} bytes; at most {limit} are accepted.")
    advice = _("Split the export into several files and import them one after the other.")


class BinaryFileError(ImportFileError):
    """The content is not text, whatever the name says (ASVS 5.0, 5.2.2)."""

    code = "binary_file"
    status = 415
    message = _("The file is not a table of text: its content looks like {kind}.")
    advice = _(
        "Export the data as CSV or XLSX; changing the ending of a file's name is not enough."
    )


class NulBytesError(ImportFileError):
    """Text with NUL bytes in it: damaged, or written by a program that pads its fields."""

    code = "nul_bytes"
    message = _("The file is text but contains NUL bytes, the first on line {line}.")
    advice = _("The file is damaged or was cut. Export it again, as CSV in UTF-8.")


class UnknownEncodingError(ImportFileError):
    """No encoding that we know makes readable text of the bytes."""

    code = "unknown_encoding"
    message = _("The encoding of the file could not be recognised.")
    advice = _("Export the file again as UTF-8, or say which encoding it has.")


class WrongEncodingError(ImportFileError):
    """The encoding that a person named does not fit the bytes, or is not one we know."""

    code = "wrong_encoding"
    message = _("The file cannot be read with the encoding that was chosen.")
    advice = _("Leave the choice to the program, or export the file again as UTF-8.")


class MixedEncodingError(ImportFileError):
    """Almost all of the file is UTF-8, and some bytes are not."""

    code = "mixed_encoding"
    message = _("The file is written in UTF-8 except for some lines, the first being line {line}.")
    advice = _("Correct that line in the source, or export the file again as UTF-8.")


class LineTooLongError(ImportFileError):
    """One line would fill the memory: this is no table."""

    code = "line_too_long"
    message = _("Line {line} is longer than {limit} characters.")
    advice = _("Check that the file is a table with one record on a line.")


class MissingHeaderError(ImportFileError):
    """The first line does not name the columns, and a header was asked for."""

    code = "missing_header"
    message = _("The first line of the file does not name its columns.")
    advice = _(
        "Add a line with the column names at the top and remove titles above it, or say that the "
        "file has no header and assign the columns by hand."
    )


class DuplicateHeaderError(ImportFileError):
    """Two columns have one name, so that nobody can say which is meant."""

    code = "duplicate_header"
    message = _("Columns {first} and {second} have the same name.")
    advice = _("Give every column a name of its own, or remove the one that is not needed.")


class TooManyColumnsError(ImportFileError):
    """More columns than anybody needs for the purpose (Art. 5(1)(c)) or can review."""

    code = "too_many_columns"
    article = "5(1)(c)"
    message = _("The file has {columns} columns; at most {limit} are accepted.")
    advice = _("Export only the columns that are needed for the purpose.")


class SheetNotFoundError(ImportFileError):
    """The workbook has no sheet of that name, or no sheet with cells at all."""

    code = "sheet_not_found"
    message = _("The workbook has no such sheet; it has {sheets}.")
    advice = _("Choose one of the sheets of the workbook.")


class EncryptedWorkbookError(ImportFileError):
    """The workbook is protected by a password."""

    code = "encrypted_workbook"
    status = 415
    message = _("The file is protected by a password.")
    advice = _("Save it without a password and import that copy; then delete the copy.")


class LegacyWorkbookError(ImportFileError):
    """A spreadsheet in a format that is not read: .xls, .xlsb, .ods."""

    code = "legacy_workbook"
    status = 415
    message = _("The file is a spreadsheet in a format that is not read ({kind}).")
    advice = _("Open it in the spreadsheet program and save it as XLSX or as CSV in UTF-8.")


class BrokenWorkbookError(ImportFileError):
    """The XLSX file is damaged, or is not a workbook inside."""

    code = "broken_workbook"
    message = _("The workbook is damaged and cannot be read.")
    advice = _("Open it in the spreadsheet program, save it again as XLSX, and import that file.")


class OversizedWorkbookError(ImportFileError):
    """The workbook would unpack to more than is safe (ASVS 5.0, 5.2.3)."""

    code = "oversized_workbook"
    status = 413
    message = _("The workbook would take too much room when unpacked.")
    advice = _("Save only the sheet that is needed, as CSV in UTF-8, and import that file.")


class MappingError(GovernanceError):
    """A choice in a column mapping that cannot be followed."""

    code = "mapping_error"
    message = _("The column mapping cannot be used.")
    advice = _("Start again from the mapping that is proposed.")


class UnknownTargetError(MappingError):
    """There is no such field for records of this kind."""

    code = "unknown_target"
    message = _("The column is mapped to a field that records of this kind do not have.")
    advice = _("Choose one of the fields offered, or leave the column out.")


class UnknownColumnError(MappingError):
    """The file has no such column."""

    code = "unknown_column"
    message = _("The mapping names a column that the file does not have.")
    advice = _("Choose one of the columns of the file.")


class ForbiddenColumnError(MappingError):
    """Secrets and special categories are not imported into ordinary fields."""

    code = "forbidden_column"
    article = "9(1)"
    message = _("The column holds secrets or special categories of data and cannot be imported.")
    advice = _("Leave the column out. If it was recognised by mistake, rename it in the source.")


class MappingMismatchError(MappingError):
    """A saved mapping was made for a file with other columns."""

    code = "mapping_mismatch"
    message = _("The saved mapping was made for a file with other columns.")
    advice = _("Let the program propose a mapping for this file.")


@dataclass(frozen=True)
class RowProblem:
    """Why one row, or one cell of it, was not taken; printed in the reject file.

    Attributes
    ----------
    code : stable machine word
    column : header of the cell, or "" where the whole row is concerned
    message, advice : what is wrong and what to do, translatable; never the value
    """

    code: str
    column: str
    message: Text
    advice: Text


def ragged_row(*, found: int, expected: int) -> RowProblem:
    """Describe a row with more or fewer cells than the header."""
    return RowProblem(
        "ragged_row",
        "",
        _fill(
            _("The row has {found} cells, the header has {expected}."),
            found=found,
            expected=expected,
        ),
        _("Check for a missing delimiter, or for a delimiter inside a cell without quotes."),
    )


def broken_quoting() -> RowProblem:
    """Describe a line whose quotes do not match; its one cell is the line as it was read."""
    return RowProblem(
        "broken_quoting",
        "",
        _("The quotes in the row do not match."),
        _("Double the quotes inside a cell, and close those that surround it."),
    )
