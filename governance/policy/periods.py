"""Periods of the calendar, written as ISO 8601 says: ``P10Y``, ``P24M``, ``P90D``, ``P8W``.

Law counts in years and months, and a month is not thirty days. Adding a period to a
date therefore moves the month first, steps back to the last day of a month that has
no such day, and then adds the days. This is what PostgreSQL does for
``timestamp + interval`` too, so that a sweep written in SQL and a decision taken here
agree on every date (`tests/vectors/periods.json` was computed by PostgreSQL).

Periods in hours are not periods of the calendar: the 72 hours of Art. 33 are a
`timedelta`, see `governance.policy.deadlines`.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.utils.translation import gettext_lazy as _

from governance.policy.errors import GovernanceError

_WRITTEN = re.compile(
    r"P(?:(?P<weeks>[0-9]{1,4})W"
    r"|(?=[0-9])(?:(?P<years>[0-9]{1,4})Y)?(?:(?P<months>[0-9]{1,4})M)?(?:(?P<days>[0-9]{1,5})D)?)",
)


class PeriodError(GovernanceError):
    """A text is not a period of the calendar, or a period leads out of the calendar."""

    code = "period_invalid"
    article = "5(1)(e)"
    message = _("This is not a period.")
    advice = _("Write years, months, weeks or days as in P10Y, P24M, P8W or P90D.")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time in calendar units, kept as it was written.

    ``P24M`` and ``P2Y`` reach the same dates but are two values: a register prints what
    the DPO wrote. Weeks stand alone, as in ISO 8601. A period may be zero, never negative.

    Attributes
    ----------
    years, months, weeks, days : whole numbers, zero or more
    """

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if min(self.years, self.months, self.weeks, self.days) < 0:
            raise PeriodError(because="negative")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ISO 8601 period; raise `PeriodError` for anything else, hours included."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise PeriodError(because="not_written_as_iso_8601")
        return cls(**{unit: int(number or 0) for unit, number in found.groupdict().items()})

    def __str__(self) -> str:
        """Write the period as ISO 8601 does, which PostgreSQL also reads as an interval."""
        parts = (
            (self.years, "Y"),
            (self.months, "M"),
            (self.weeks, "W"),
            (self.days, "D"),
        )
        return "P" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0D")

    def __add__(self, other: Self) -> Self:
        """Return the period as long as both together, unit by unit."""
        return type(self)(
            years=self.years + other.years,
            months=self.months + other.months,
            weeks=self.weeks + other.weeks,
            days=self.days + other.days,
        )

    @property
    def total_months(self) -> int:
        """Years and months, in months."""
        return 12 * self.years + self.months

    @property
    def total_days(self) -> int:
        """Weeks and days, in days."""
        return 7 * self.weeks + self.days

    def after(self, day: date) -> date:
        """Return the date this period after `day`: months first, clamped, then days.

        Raises
        ------
        PeriodError
            the date would lie after the year 9999
        """
        return _shift(day, self.total_months, self.total_days)

    def before(self, day: date) -> date:
        """Return the date this period before `day`: months first, clamped, then days.

        Raises
        ------
        PeriodError
            the date would lie before the year 1
        """
        return _shift(day, -self.total_months, -self.total_days)


def _shift(day: date, months: int, days: int) -> date:
    """Move a date as PostgreSQL moves a timestamp by an interval of months and days."""
    year, month0 = divmod(12 * day.year + day.month - 1 + months, 12)
    try:
        # Reg. 1182/71 Art. 3(2)(c): no such day in the last month means its last day.
        last = monthrange(year, month0 + 1)[1]
        return date(year, month0 + 1, min(day.day, last)) + timedelta(days=days)
    except (ValueError, OverflowError) as error:
        raise PeriodError(
            message=_("The period leads out of the calendar."), because="out_of_calendar"
        ) from error
