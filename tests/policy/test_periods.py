"""Periods: ISO 8601 in and out, and the arithmetic of PostgreSQL."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.periods import Period, PeriodError

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "periods.json").read_text())

periods = st.builds(
    Period,
    years=st.integers(0, 50),
    months=st.integers(0, 60),
    days=st.integers(0, 4000),
)
days = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda v: f"{v['day']}+{v['period']}")
def test_dates_are_those_postgresql_computed(vector: dict[str, str]) -> None:
    period, day = Period.parse(vector["period"]), date.fromisoformat(vector["day"])
    assert period.after(day).isoformat() == vector["after"]
    assert period.before(day).isoformat() == vector["before"]


def test_all_vectors_of_postgresql_are_there() -> None:
    assert len(VECTORS["vectors"]) == 120


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P10Y", Period(years=10)),
        ("P24M", Period(months=24)),
        ("P90D", Period(days=90)),
        ("P8W", Period(weeks=8)),
        ("P1Y6M10D", Period(years=1, months=6, days=10)),
        ("P0D", Period()),
    ],
)
def test_a_period_is_written_as_it_was_read(text: str, period: Period) -> None:
    assert Period.parse(text) == period
    assert str(period) == text


@pytest.mark.parametrize(
    "text",
    ["", "P", "10Y", "p10y", "P10", "PT72H", "P1.5Y", "P-1M", "P1M1Y", "P1W2D", "P1M\n", " P1M",
     "P١M", "P99999Y", "ten years"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        Period.parse(text)
    assert refused.value.details == {"because": "not_written_as_iso_8601"}


def test_a_negative_period_cannot_be_made() -> None:
    with pytest.raises(PeriodError) as refused:
        Period(days=-1)
    assert refused.value.details == {"because": "negative"}


def test_a_date_outside_the_calendar_is_an_error_and_not_another_date() -> None:
    for period, day in [
        (Period(years=1), date(9999, 12, 31)),
        (Period(days=1), date(9999, 12, 31)),
    ]:
        with pytest.raises(PeriodError) as refused:
            period.after(day)
        assert refused.value.details == {"because": "out_of_calendar"}
    with pytest.raises(PeriodError):
        Period(months=1).before(date(1, 1, 31))


@given(periods)
def test_reading_what_was_written_gives_the_same_period(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(periods, days, days)
def test_a_later_start_never_ends_earlier(period: Period, one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert period.after(first) <= period.after(second)


@given(periods, periods, days)
def test_a_longer_period_never_ends_earlier(period: Period, more: Period, day: date) -> None:
    assert (period + more).after(day) >= period.after(day)


@given(st.integers(0, 600), days)
def test_months_keep_the_day_or_take_the_last_one(months: int, day: date) -> None:
    end = Period(months=months).after(day)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and Period(days=1).after(end).day == 1)
