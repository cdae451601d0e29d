"""Whose birthday is greeted on a day: day and month suffice, the year is optional.

Who was born on 29 February is greeted on the 28th where there is none: in no year late, and in
none twice. Where the year is known, minors are not greeted: a present is advertising, and they are
protected from it (recital 38, art. 2-quinquies Codice). The day is that of the house's time zone,
which the caller has turned `now` into.
"""

from calendar import isleap
from datetime import date

from governance.policy.analysis import age_on

OF_AGE = 18  # art. 2 c.c.
LEAP = 2000  # a year with every day there is


def day_of(said: str | None) -> tuple[int, int] | None:
    """Return month and day of "MM-DD", or None where it says no day."""
    try:
        month, day = (int(part) for part in (said or "").split("-"))
        date(LEAP, month, day)
    except ValueError:
        return None
    return month, day


def birthday(year: int, month: int, day: int) -> date:
    """Return the day of a year on which a birthday is greeted."""
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def is_greeted(born: date | None, said: str | None, today: date) -> bool:
    """Whether somebody is greeted on a day.

    Arguments
    ---------
    born : the whole date, where it is known
    said : "MM-DD" as they said it themselves, which counts first
    """
    if born is not None and age_on(born, today) < OF_AGE:
        return False
    month_and_day = day_of(said) or ((born.month, born.day) if born else None)
    return month_and_day is not None and birthday(today.year, *month_and_day) == today
