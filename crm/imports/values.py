"""Typing the cells of an import without losing anything.

A file writes the same thing in many ways, and one cell alone often cannot say which:
`04/08/1966` is April or August, `1.234` is a thousand or one and a bit. The column
can. So the conventions of a column are inferred first, from all the values that can
be looked at, and then each cell is read under them. What stays ambiguous is a problem
to be shown, never a guess.

Every reading keeps the original text beside the typed value: leading zeros, casing
and spacing survive whatever the type makes of them. A problem names the column and
what to do; it never holds the value.
"""

import re
from collections.abc import Sequence
from typing import assert_never

import phonenumbers

from crm.imports.dates import infer_date_order, parse_date, parse_datetime
from crm.imports.numbers import infer_decimal_mark, parse_decimal, parse_integer
from crm.imports.parsed import NO_CONVENTIONS, Conventions, Parsed, ValueType, problem

__all__ = [
    "NO_CONVENTIONS",
    "Conventions",
    "Parsed",
    "ValueType",
    "infer_conventions",
    "infer_date_order",
    "infer_decimal_mark",
    "parse_boolean",
    "parse_date",
    "parse_datetime",
    "parse_decimal",
    "parse_email",
    "parse_integer",
    "parse_phone",
    "parse_text",
    "parse_value",
]

_YES = frozenset({"true", "t", "yes", "y", "sì", "si", "s", "vero", "v", "1", "1.0", "on", "x"})
_NO = frozenset({"false", "f", "no", "n", "falso", "0", "0.0", "off"})


def parse_text(text: str) -> Parsed[str]:
    """Read a text: spaces around it go, everything else stays as it is."""
    return Parsed(text, text.strip() or None)


def parse_boolean(text: str, *, column: str = "") -> Parsed[bool]:
    """Read yes or no in English and Italian, as letters, words or digits."""
    word = text.strip().casefold()
    if not word:
        return Parsed(text)
    if word in _YES:
        return Parsed(text, value=True)
    if word in _NO:
        return Parsed(text, value=False)
    return Parsed(text, problem=problem("invalid_boolean", column))


_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})+")
_WRAPPED = re.compile(r"(?:mailto:|[^<>@]*<)([^<>\s]+@[^<>\s]+?)>?", flags=re.IGNORECASE)
_MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


def parse_email(text: str, *, column: str = "") -> Parsed[str]:
    """Read one e-mail address and normalise it for comparison.

    The value is lower-case throughout. RFC 5321 (2.4) lets a host tell `A@x` from
    `a@x`; no host of note does, and people write their own address in both ways. The
    text keeps what was written.
    """
    stripped = text.strip()
    if not stripped:
        return Parsed(text)
    if match := _WRAPPED.fullmatch(stripped):
        stripped = match[1]
    if stripped.count("@") > 1 and re.search(r"[;,\s]", stripped):
        return Parsed(text, problem=problem("several_emails", column))
    dots = ".." in stripped or stripped.startswith(".") or ".@" in stripped
    if dots or len(stripped) > _MAX_ADDRESS or not _ADDRESS.fullmatch(stripped):
        return Parsed(text, problem=problem("invalid_email", column))
    return Parsed(text, stripped.lower())


_NOT_DIALLED = re.compile(r"[\s\u00a0().\-–/\\]+")
_AS_WRITTEN = re.compile(r"\+?\d{3,20}(?:(?:x|ext|int)\.?\d{1,6})?", flags=re.IGNORECASE)


def parse_phone(text: str, *, column: str = "", region: str | None = None) -> Parsed[str]:
    """Read a telephone number; the value is E.164 where the number is valid.

    Numbers that no plan knows are common in real exports and are still how somebody is
    reached, so they are kept as the digits that were written, leading zeros included.

    Parameters
    ----------
    text : the cell
    column : header of the column, for the problem
    region : ISO 3166 code of the country for numbers without "+", or None
    """
    stripped = text.strip()
    if not stripped:
        return Parsed(text)
    try:
        number = phonenumbers.parse(stripped, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and phonenumbers.is_valid_number(number):
        value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return Parsed(text, f"{value};ext={number.extension}" if number.extension else value)
    written = _NOT_DIALLED.sub("", stripped)
    if not _AS_WRITTEN.fullmatch(written):
        return Parsed(text, problem=problem("invalid_phone", column))
    return Parsed(text, written)


def infer_conventions(
    values: Sequence[str], *, latest_year: int | None = None, region: str | None = None
) -> Conventions:
    """Return how a column writes dates and numbers, from as many values as can be had."""
    return Conventions(
        day_first=infer_date_order(values),
        decimal_mark=infer_decimal_mark(values),
        latest_year=latest_year,
        region=region,
    )


def parse_value(  # noqa: PLR0911 - one return for each type, checked to be all of them
    kind: ValueType, text: str, *, column: str = "", conventions: Conventions = NO_CONVENTIONS
) -> Parsed[object]:
    """Read a cell as the type of its target, under the conventions of its column."""
    day_first, mark = conventions.day_first, conventions.decimal_mark
    latest_year = conventions.latest_year
    match kind:
        case ValueType.TEXT:
            return parse_text(text)
        case ValueType.EMAIL:
            return parse_email(text, column=column)
        case ValueType.PHONE:
            return parse_phone(text, column=column, region=conventions.region)
        case ValueType.DATE:
            return parse_date(text, day_first=day_first, column=column, latest_year=latest_year)
        case ValueType.DATETIME:
            return parse_datetime(text, day_first=day_first, column=column, latest_year=latest_year)
        case ValueType.DECIMAL:
            return parse_decimal(text, mark=mark, column=column)
        case ValueType.INTEGER:
            return parse_integer(text, mark=mark, column=column)
        case ValueType.BOOLEAN:
            return parse_boolean(text, column=column)
        case _:
            assert_never(kind)
