"""Numbers, whose two marks change places between countries: 1.234,50 and 1,234.50.

Which mark stands for decimals is decided for a column as a whole. A value with both
marks decides, and so does a mark that is not followed by exactly three digits. A
column of nothing but `90,000` and its like holds thousands: nobody writes every
amount with three decimals. A single `1.234` says nothing, and is shown to a person.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from crm.imports.parsed import Parsed, problem

_CURRENCY = re.compile(r"(?:EUR|USD|GBP|CHF|[€$£¥]|US\$)|(?<=\d)\s*(?:euro)\b", flags=re.IGNORECASE)
_SPACES = re.compile("[\\s\u00a0\u202f\u2009'’]+")
_PLAIN = re.compile(r"[+-]?\d+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_GROUPS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
_MARKED = re.compile(r"[+-]?\d*(?:[.,]\d+)+")

SAME_GROUPING = 3
"""Different values that must all end in three digits before a column is taken for thousands."""

AGREEMENT = 19
"""Values that must speak for a mark for each one that speaks against it."""


def _bare(text: str) -> str:
    """Strip currency and spaces; write a minus behind or brackets as a minus in front."""
    bare = _SPACES.sub("", _CURRENCY.sub("", text.strip()))
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    elif bare.endswith("-"):
        bare = f"-{bare[:-1]}"
    return bare.replace("\u2212", "-")


def _mark_of(bare: str) -> str | None:
    """Return the decimal mark that one number shows, "" if it shows none, None if unsure."""
    marks = [char for char in bare if char in ".,"]
    if not marks:
        return ""
    last = marks[-1]
    if len(set(marks)) > 1:
        return last
    if len(marks) > 1:
        return "," if last == "." else "."  # a mark that returns separates thousands
    whole = bare.lstrip("+-").partition(last)[0]
    could_be_thousands = _GROUPS.fullmatch(bare) and not whole.startswith("0")
    return None if could_be_thousands else last


def infer_decimal_mark(values: Iterable[str]) -> str | None:
    """Return the decimal mark of a column, "," or ".", or None where it does not tell.

    At most one value in twenty may contradict the others.
    """
    votes = {",": 0, ".": 0}
    unsure: dict[str, set[str]] = {",": set(), ".": set()}
    for text in values:
        bare = _bare(text)
        if not _MARKED.fullmatch(bare):
            continue
        mark = _mark_of(bare)
        if mark is None:
            unsure["," if "," in bare else "."].add(bare)
        elif mark:
            votes[mark] += 1
    for mark, other in ((",", "."), (".", ",")):
        if votes[mark] and votes[mark] > AGREEMENT * votes[other]:
            return mark
    if any(votes.values()):
        return None
    return _mark_of_thousands(unsure)


def _mark_of_thousands(unsure: dict[str, set[str]]) -> str | None:
    """Return the decimal mark of a column in which every number ends in three digits."""
    for separator, mark in ((",", "."), (".", ",")):
        if len(unsure[separator]) >= SAME_GROUPING and not unsure[mark]:
            return mark
    return None


def _grouped(mark: str) -> re.Pattern[str]:
    thousands = re.escape("," if mark == "." else ".")
    return re.compile(
        rf"[+-]?(?:\d{{1,3}}(?:{thousands}\d{{3}})+|\d*)(?:{re.escape(mark)}\d+)?(?<=\d)"
    )


_NUMBER = {mark: _grouped(mark) for mark in ",."}


def parse_decimal(text: str, *, mark: str | None, column: str = "") -> Parsed[Decimal]:
    """Read an exact number; currency signs and spaces around it stay in the text alone.

    Parameters
    ----------
    text : the cell
    mark : decimal mark of the column, "," or ".", as `infer_decimal_mark` says, or None
    column : header of the column, for the problem
    """
    bare = _bare(text)
    if not text.strip():
        return Parsed(text)
    if _PLAIN.fullmatch(bare):
        return Parsed(text, Decimal(bare))
    if not _MARKED.fullmatch(bare):
        code = "damaged_number" if _SCIENTIFIC.fullmatch(bare) else "invalid_number"
        return Parsed(text, problem=problem(code, column))
    mark = mark or _mark_of(bare)
    if mark is None:
        return Parsed(text, problem=problem("ambiguous_number", column))
    if not _NUMBER[mark].fullmatch(bare):
        return Parsed(text, problem=problem("invalid_number", column))
    thousands = "," if mark == "." else "."
    return Parsed(text, Decimal(bare.replace(thousands, "").replace(mark, ".")))


def parse_integer(text: str, *, mark: str | None, column: str = "") -> Parsed[int]:
    """Read a whole number; `2.0` is one. The arguments are those of `parse_decimal`."""
    parsed = parse_decimal(text, mark=mark, column=column)
    if parsed.value is None:
        return Parsed(text, problem=parsed.problem)
    if parsed.value != parsed.value.to_integral_value():
        return Parsed(text, problem=problem("invalid_number", column))
    return Parsed(text, int(parsed.value))
