"""Public holidays and working days, as a value that is passed in.

Reg. 1182/71 Art. 2(1) takes the public holidays of the Member State where the act is
to be done, so a deadline is computed against the calendar of the controller's Member
State. Lists of holidays change: each entry has its own years of validity and its legal
source, and each calendar has a version that is stored beside every date it produced.
A new holiday is a new calendar and a recomputation, never an edit of history.

Italy is here as data; other Member States come from the `holidays` package through
`from_package`, for the years asked, and refuse to answer for any other year. The
Italian list is complete from 2001 on. The municipal patron saint is no national
holiday: a controller that wants it says so with `with_extra`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import metadata

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError

_DAY = timedelta(days=1)
_SATURDAY = 5  # date.weekday(): Saturday and Sunday are 5 and 6


class CalendarNotCoveredError(GovernanceError):
    """A calendar was asked about a year for which it has no list."""

    code = "calendar_not_covered"
    article = "12(3)"
    status = 409
    message = _("The calendar of public holidays does not reach this year.")
    advice = _("Load a newer calendar, then compute the deadline again.")


@dataclass(frozen=True, slots=True)
class FixedHoliday:
    """A holiday on the same day of every year.

    Attributes
    ----------
    month, day : 1-12, 1-31
    name : as the law names it
    from_year, until_year : first and last year of validity; None is "still valid"
    source : the law
    """

    month: int
    day: int
    name: str
    from_year: int
    source: str
    until_year: int | None = None

    def falls_on(self, day: date) -> bool:
        """Say whether this holiday is that day."""
        return (day.month, day.day) == (self.month, self.day) and _is_valid(self, day.year)


@dataclass(frozen=True, slots=True)
class EasterHoliday:
    """A holiday some days after (or, negative, before) Easter Sunday; see `FixedHoliday`."""

    offset: int
    name: str
    from_year: int
    source: str
    until_year: int | None = None

    def falls_on(self, day: date) -> bool:
        """Say whether this holiday is that day."""
        feast = easter_sunday(day.year) + timedelta(days=self.offset)
        return day == feast and _is_valid(self, day.year)


@dataclass(frozen=True, slots=True)
class SingleHoliday:
    """A holiday of one date only: a day of mourning, a list given year by year."""

    on: date
    name: str
    source: str

    def falls_on(self, day: date) -> bool:
        """Say whether this holiday is that day."""
        return day == self.on


Holiday = FixedHoliday | EasterHoliday | SingleHoliday


def _is_valid(holiday: FixedHoliday | EasterHoliday, year: int) -> bool:
    return holiday.from_year <= year and (holiday.until_year is None or year <= holiday.until_year)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, by the method of Gauss as completed later.

    Parameters
    ----------
    year : 1583 or later
    """
    golden = year % 19
    century = year // 100
    solar = century - century // 4
    lunar = (8 * century + 13) // 25
    epact_days = (19 * golden + solar - lunar + 15) % 30
    # The two exceptions of the Gregorian epacts keep the full moon before 19 April.
    full_moon = epact_days - (epact_days == 29 or (epact_days == 28 and golden > 10))  # noqa: PLR2004 -- numbers of the method itself
    weekday = (year + year // 4 + full_moon + 2 - solar) % 7
    return date(year, 3, 28) + timedelta(days=full_moon - weekday)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The public holidays against which deadlines are computed.

    Attributes
    ----------
    country : ISO 3166-1 alpha-2 code of the Member State
    version : name of this list, stored beside the dates it produced
    holidays : the entries
    covers : first and last year the list is made for; None is every year
    """

    country: str
    version: str
    holidays: tuple[Holiday, ...]
    covers: tuple[int, int] | None = None

    def is_holiday(self, day: date) -> bool:
        """Say whether `day` is a public holiday (weekends are not, by themselves).

        Raises
        ------
        CalendarNotCoveredError
            the list was not made for that year
        """
        if self.covers is not None and not self.covers[0] <= day.year <= self.covers[1]:
            raise CalendarNotCoveredError(country=self.country, version=self.version)
        return any(holiday.falls_on(day) for holiday in self.holidays)

    def is_working_day(self, day: date) -> bool:
        """Say whether `day` is no Saturday, Sunday or public holiday (Reg. 1182/71 Art. 2(2))."""
        return not self.is_holiday(day) and day.weekday() < _SATURDAY

    def on_or_after(self, day: date) -> date:
        """Return `day`, or the next working day when it is none (Reg. 1182/71 Art. 3(4))."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        """Return `day`, or the last working day before it: for internal targets, never for law."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def in_year(self, year: int) -> tuple[date, ...]:
        """Return the public holidays of a year, in order."""
        first = date(year, 1, 1)
        days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
        return tuple(day for day in days if self.is_holiday(day))

    def with_extra(self, extra: Iterable[Holiday], *, version: str) -> "Calendar":
        """Return a calendar with further holidays of one controller, under a version of its own.

        Parameters
        ----------
        extra : for instance the municipal patron saint
        version : must differ from this calendar's, or two lists would share a name
        """
        if version == self.version:
            raise ValueError("a calendar with other holidays needs another version")
        return replace(self, version=version, holidays=(*self.holidays, *extra))


_L260 = "L. 27 May 1949 n. 260, art. 2"

ITALY = Calendar(
    country="IT",
    version="IT-2026.1",
    holidays=(
        FixedHoliday(1, 1, "Capodanno", 1950, _L260),
        FixedHoliday(1, 6, "Epifania", 1986, "D.P.R. 28 December 1985 n. 792"),
        EasterHoliday(0, "Pasqua", 1950, _L260),
        EasterHoliday(1, "Lunedì dell'Angelo", 1950, _L260),
        FixedHoliday(4, 25, "Anniversario della Liberazione", 1950, _L260),
        FixedHoliday(5, 1, "Festa del lavoro", 1950, _L260),
        FixedHoliday(6, 2, "Festa della Repubblica", 2001, "L. 20 November 2000 n. 336"),
        FixedHoliday(8, 15, "Assunzione", 1950, _L260),
        FixedHoliday(10, 4, "San Francesco d'Assisi", 2026, "L. 8 October 2025 n. 151"),
        FixedHoliday(11, 1, "Ognissanti", 1950, _L260),
        FixedHoliday(12, 8, "Immacolata Concezione", 1950, _L260),
        FixedHoliday(12, 25, "Natale", 1950, _L260),
        FixedHoliday(12, 26, "Santo Stefano", 1950, _L260),
        SingleHoliday(
            date(2011, 3, 17), "150 anni dell'Unità d'Italia", "D.L. 22 February 2011 n. 5"
        ),
    ),
)
"""National holidays of Italy. A day missing here makes a deadline earlier, never later."""


def from_package(country: str, *, years: range) -> Calendar:
    """Return the national holidays of a Member State as the `holidays` package lists them.

    Parameters
    ----------
    country : ISO 3166-1 alpha-2 code
    years : the years to list; the calendar refuses to answer for others

    Raises
    ------
    CalendarNotCoveredError
        the package does not know the country, or no years were asked
    """
    import holidays as package  # a large table, loaded only by controllers outside Italy

    if not years or country not in package.list_supported_countries(include_aliases=False):
        raise CalendarNotCoveredError(country=country)
    source = f"holidays {metadata.version('holidays')}"
    days = package.country_holidays(country, years=years, language="en_US")
    entries = tuple(SingleHoliday(day, name, source) for day, name in sorted(days.items()))
    return Calendar(
        country=country,
        version=f"{country}-{source.replace(' ', '-')}-{years[0]}-{years[-1]}",
        holidays=entries,
        covers=(years[0], years[-1]),
    )
