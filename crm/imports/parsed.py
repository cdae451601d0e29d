"""What the typing of a cell yields: the text, the value, or the problem.

A column has conventions (day first, decimal comma) that one cell alone cannot show;
they are inferred from the column and handed to each reading.
"""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from crm.imports.errors import RowProblem
from governance.policy.errors import Text

T_co = TypeVar("T_co", covariant=True)


@unique
class ValueType(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    DATETIME = "datetime"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Parsed(Generic[T_co]):
    """One cell, as written and as understood.

    Attributes
    ----------
    text : the cell exactly as the file has it
    value : the typed, normalised value; None where the cell is empty or has a problem
    problem : why the cell could not be understood, if it could not
    """

    text: str
    value: T_co | None = None
    problem: RowProblem | None = None


@dataclass(frozen=True)
class Conventions:
    """How one column writes what can be written in several ways.

    Attributes
    ----------
    day_first : 31/12 rather than 12/31; None where the column does not tell
    decimal_mark : "," or "."; None where the column does not tell
    latest_year : the last year a two-digit year can mean; None refuses two-digit years
    region : ISO 3166 code under which telephone numbers without "+" are read, or None
    """

    day_first: bool | None = None
    decimal_mark: str | None = None
    latest_year: int | None = None
    region: str | None = None


NO_CONVENTIONS = Conventions()

_PROBLEMS: dict[str, tuple[Text, Text]] = {
    "invalid_date": (
        _("The cell is not a date that exists."),
        _("Correct it in the source; 31 December 2024 is best written 2024-12-31."),
    ),
    "ambiguous_date": (
        _("The date can be read with the day first or with the month first."),
        _("Say which of the two the column uses."),
    ),
    "ambiguous_year": (
        _("The year has only two digits."),
        _("Write all four digits of the year."),
    ),
    "invalid_number": (
        _("The cell is not a number as this column writes numbers."),
        _("Correct it in the source, or say which decimal mark the column uses."),
    ),
    "ambiguous_number": (
        _("It cannot be told whether the mark in the number is for decimals or for thousands."),
        _("Say which decimal mark the column uses."),
    ),
    "damaged_number": (
        _("A spreadsheet has replaced the last digits of the number by an exponent."),
        _("Export the column as text; the digits that were lost cannot be recovered here."),
    ),
    "invalid_boolean": (
        _("The cell is neither yes nor no."),
        _("Write true or false."),
    ),
    "invalid_email": (
        _("The cell is not an e-mail address."),
        _("Correct the address, or leave the cell empty."),
    ),
    "several_emails": (
        _("The cell holds more than one e-mail address."),
        _("Put one address in each column."),
    ),
    "invalid_phone": (
        _("The cell is not a telephone number."),
        _("Correct the number, or leave the cell empty."),
    ),
}


def problem(code: str, column: str) -> RowProblem:
    """Describe what is wrong with a cell of a column, by the code of the problem."""
    message, advice = _PROBLEMS[code]
    return RowProblem(code, column, message, advice)
