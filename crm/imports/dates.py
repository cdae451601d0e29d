"""Dates and times of day, in the ways that exports write them.

ISO 8601 says which is which. `04/08/1966` does not, and is decided for a column as a
whole: one value above twelve is enough. A day that does not exist, such as 31 February,
is a problem of the row and never moves to a day that does.
"""

import datetime as dt
import re
from collections.abc import Iterable

from crm.imports.parsed import Parsed, problem

_TIME = (
    r"(?:[T ]+(?P<time>\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?)"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?"
)
_ISO = re.compile(rf"(?P<y>\d{{4}})(?P<s>[-/.]?)(?P<m>\d{{2}})(?P=s)(?P<d>\d{{2}}){_TIME}")
_NUMERIC = re.compile(
    rf"(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s)(?P<y>\d{{2}}|\d{{4}}){_TIME}"
)
_NAMED = re.compile(rf"(?P<d>\d{{1,2}})°?[ -](?P<m>[^\W\d_]{{3,10}})\.?[ -](?P<y>\d{{4}}){_TIME}")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january gen gennaio", "feb february febbraio", "mar march marzo",
            "apr april aprile", "may mag maggio", "jun june giu giugno", "jul july lug luglio",
            "aug august ago agosto", "sep sept september set sett settembre",
            "oct october ott ottobre", "nov november novembre", "dec december dic dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


MONTHS = 12
AGREEMENT = 19
"""Values that must speak for an order for each one that speaks against it."""


def infer_date_order(values: Iterable[str]) -> bool | None:
    """Say whether a column writes the day before the month.

    One value above twelve decides, unless as many others contradict it that at most
    nineteen in twenty agree; then the column does not tell, and None is returned.
    """
    first = second = 0
    for text in values:
        match = _NUMERIC.fullmatch(text.strip())
        if match is None or not (int(match["a"]) and int(match["b"])):
            continue
        a, b = int(match["a"]), int(match["b"])
        first += a > MONTHS >= b
        second += b > MONTHS >= a
    if first and first > AGREEMENT * second:
        return True
    if second and second > AGREEMENT * first:
        return False
    return None


def _full_year(text: str, latest: int | None) -> int | None:
    """Return the year, reading two digits as the last such year not after `latest`."""
    if len(text) > len("99"):
        return int(text)
    if latest is None:
        return None
    return latest - (latest - int(text)) % 100


def _numeric_day(
    match: re.Match[str], *, day_first: bool | None, latest_year: int | None
) -> dt.date | str:
    """Return the day that 1/2/2003 means, or the code of the problem."""
    a, b = int(match["a"]), int(match["b"])
    year = _full_year(match["y"], latest_year)
    if year is None:
        return "ambiguous_year"
    if match["s"] == ".":
        day_first = True  # only countries that write the day first use full stops
    if day_first is None and a != b:
        if a <= MONTHS and b <= MONTHS:
            return "ambiguous_date"
        day_first = a > MONTHS
    day, month = (a, b) if day_first else (b, a)
    return _day(year, month, day)


def _day(year: int, month: int, day: int) -> dt.date | str:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return "invalid_date"


def _read_moment(
    text: str, *, day_first: bool | None, latest_year: int | None
) -> tuple[dt.date, dt.time] | str:
    """Return the day and the time of day, or the code of the problem."""
    if match := _ISO.fullmatch(text):
        day = _day(int(match["y"]), int(match["m"]), int(match["d"]))
    elif match := _NUMERIC.fullmatch(text):
        day = _numeric_day(match, day_first=day_first, latest_year=latest_year)
    elif (match := _NAMED.fullmatch(text)) and match["m"].lower() in _MONTHS:
        day = _day(int(match["y"]), _MONTHS[match["m"].lower()], int(match["d"]))
    else:
        return "invalid_date"
    if isinstance(day, str):
        return day
    time = _read_time(match)
    return time if isinstance(time, str) else (day, time)


def _read_time(match: re.Match[str]) -> dt.time | str:
    """Return the time of day of a match, midnight where none is written."""
    if match["time"] is None:
        return dt.time()
    hour, minute, *rest = re.split("[:.,]", match["time"])
    second, fraction = [*rest, "0", "0"][:2]
    zone = None
    if match["zone"]:
        sign = -1 if match["zone"].startswith("-") else 1
        digits = re.sub(r"\D", "", match["zone"]) or "0000"
        zone = dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
    try:
        return dt.time(int(hour), int(minute), int(second), int(fraction.ljust(6, "0")[:6]), zone)
    except ValueError:
        return "invalid_date"


def parse_date(
    text: str, *, day_first: bool | None, column: str = "", latest_year: int | None = None
) -> Parsed[dt.date]:
    """Read a calendar date; a time of day after it is allowed and kept in the text alone.

    Parameters
    ----------
    text : ISO 8601, or numeric with `/`, `-` or `.`, or with an English or Italian month name
    day_first : as `infer_date_order` says of the column
    column : header of the column, for the problem
    latest_year : the last year a two-digit year can mean; None refuses two-digit years
    """
    stripped = text.strip()
    if not stripped:
        return Parsed(text)
    moment = _read_moment(stripped, day_first=day_first, latest_year=latest_year)
    if isinstance(moment, str):
        return Parsed(text, problem=problem(moment, column))
    return Parsed(text, moment[0])


def parse_datetime(
    text: str, *, day_first: bool | None, column: str = "", latest_year: int | None = None
) -> Parsed[dt.datetime]:
    """Read a date with an optional time of day; without an offset the result is naive.

    The arguments are those of `parse_date`. Which zone a naive time means is for the
    caller to say: the file does not.
    """
    stripped = text.strip()
    if not stripped:
        return Parsed(text)
    moment = _read_moment(stripped, day_first=day_first, latest_year=latest_year)
    if isinstance(moment, str):
        return Parsed(text, problem=problem(moment, column))
    return Parsed(text, dt.datetime.combine(*moment))
