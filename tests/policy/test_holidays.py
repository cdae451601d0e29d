"""Calendars: Italy against an independent list, validity in time, extra days."""

from datetime import date

import holidays as package
import pytest
from dateutil.easter import easter

from governance.policy.holidays import (
    ITALY,
    CalendarNotCoveredError,
    EasterHoliday,
    FixedHoliday,
    SingleHoliday,
    easter_sunday,
    from_package,
)

SUNDAY = 6


def test_italy_has_these_thirteen_days_in_2026() -> None:
    assert [day.isoformat()[5:] for day in ITALY.in_year(2026)] == [
        "01-01", "01-06", "04-05", "04-06", "04-25", "05-01", "06-02", "08-15", "10-04",
        "11-01", "12-08", "12-25", "12-26",
    ]  # fmt: skip


def test_saint_francis_is_a_holiday_from_2026_on() -> None:
    assert [ITALY.is_holiday(date(year, 10, 4)) for year in (2024, 2025, 2026, 2027)] == [
        False, False, True, True,
    ]  # fmt: skip


def test_italy_agrees_with_the_holidays_package_on_every_weekday_until_2060() -> None:
    # Sundays are left out: the package lists the Day of National Unity, always a Sunday.
    theirs = package.country_holidays("IT", years=range(2001, 2061))
    ours = {day for year in range(2001, 2061) for day in ITALY.in_year(year)}
    assert {d for d in ours if d.weekday() != SUNDAY} == {
        d for d in theirs if d.weekday() != SUNDAY
    }


def test_easter_agrees_with_dateutil_for_every_gregorian_year() -> None:
    assert [year for year in range(1583, 4100) if easter_sunday(year) != easter(year)] == []


def test_working_days_around_a_long_weekend() -> None:
    good_friday, easter_monday = date(2026, 4, 3), date(2026, 4, 6)
    assert ITALY.is_working_day(good_friday)
    assert not ITALY.is_working_day(easter_monday)
    assert ITALY.on_or_after(date(2026, 4, 4)) == date(2026, 4, 7)
    assert ITALY.on_or_before(easter_monday) == good_friday
    assert ITALY.on_or_after(good_friday) == ITALY.on_or_before(good_friday) == good_friday


def test_a_patron_saint_is_off_until_a_controller_adds_it() -> None:
    ambrose = FixedHoliday(12, 7, "Sant'Ambrogio", 2020, "municipality of Milan")
    milan = ITALY.with_extra([ambrose], version="IT-2026.1+milan")
    assert not ITALY.is_holiday(date(2026, 12, 7))
    assert milan.is_holiday(date(2026, 12, 7))
    assert not milan.is_holiday(date(2019, 12, 7))
    assert (ITALY.version, milan.version) == ("IT-2026.1", "IT-2026.1+milan")
    assert len(ITALY.holidays) == 14


def test_two_lists_cannot_share_a_version() -> None:
    with pytest.raises(ValueError, match="another version"):
        ITALY.with_extra([], version=ITALY.version)


def test_a_holiday_ends_with_its_last_year_and_a_single_day_is_single() -> None:
    calendar = ITALY.with_extra(
        [
            FixedHoliday(3, 19, "San Giuseppe", 2001, "test", until_year=2003),
            EasterHoliday(39, "Ascensione", 2001, "test", until_year=2003),
            SingleHoliday(date(2013, 7, 2), "day of mourning", "test"),
        ],
        version="test",
    )
    assert [y for y in range(2000, 2006) if calendar.is_holiday(date(y, 3, 19))] == [
        2001, 2002, 2003,
    ]  # fmt: skip
    assert calendar.is_holiday(date(2003, 5, 29))
    assert not calendar.is_holiday(date(2004, 5, 20))
    assert [y for y in range(2009, 2016) if calendar.is_holiday(date(y, 7, 2))] == [2013]
    assert [y for y in range(2009, 2016) if ITALY.is_holiday(date(y, 3, 17))] == [2011]


def test_another_member_state_and_the_years_it_was_loaded_for() -> None:
    france = from_package("FR", years=range(2026, 2028))
    assert france.is_holiday(date(2026, 7, 14))
    assert not ITALY.is_holiday(date(2026, 7, 14))
    assert france.covers == (2026, 2027)
    assert france.is_holiday(date(2027, 7, 14))
    with pytest.raises(CalendarNotCoveredError) as refused:
        france.is_working_day(date(2028, 7, 14))
    assert refused.value.code == "calendar_not_covered"


@pytest.mark.parametrize(("country", "years"), [("XX", range(2026, 2027)), ("FR", range(0))])
def test_an_unknown_country_or_no_year_is_refused(country: str, years: range) -> None:
    with pytest.raises(CalendarNotCoveredError):
        from_package(country, years=years)
