"""Cells become typed values, or problems without the value; the text always survives."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.functional import Promise
from hypothesis import given
from hypothesis import strategies as st

from crm.imports import parsed as parsing
from crm.imports.values import (
    Conventions,
    ValueType,
    infer_date_order,
    infer_decimal_mark,
    parse_boolean,
    parse_date,
    parse_datetime,
    parse_decimal,
    parse_email,
    parse_integer,
    parse_phone,
    parse_text,
    parse_value,
)


@pytest.mark.parametrize(
    ("text", "day_first", "day"),
    [
        ("1980-02-29", None, dt.date(1980, 2, 29)),
        ("19800229", None, dt.date(1980, 2, 29)),
        ("2021-01-01 00:00:00", None, dt.date(2021, 1, 1)),
        ("1945-12-30 00:00:00.000", None, dt.date(1945, 12, 30)),
        ("2019-12-11T17:30:00.000Z", None, dt.date(2019, 12, 11)),
        ("31/12/1999", None, dt.date(1999, 12, 31)),
        ("12/31/1999", None, dt.date(1999, 12, 31)),
        ("04/08/1966", True, dt.date(1966, 8, 4)),
        ("04/08/1966", False, dt.date(1966, 4, 8)),
        ("5/5/1966", None, dt.date(1966, 5, 5)),
        ("4.8.1966", None, dt.date(1966, 8, 4)),
        (" 4-8-1966 09:30 ", True, dt.date(1966, 8, 4)),
        ("12 marzo 1984", None, dt.date(1984, 3, 12)),
        ("1° gennaio 2020", None, dt.date(2020, 1, 1)),
        ("3-Sep-2020", None, dt.date(2020, 9, 3)),
    ],
)
def test_dates(text: str, day_first: bool | None, day: dt.date) -> None:
    assert parse_date(text, day_first=day_first) == parsing.Parsed(text, day)


@pytest.mark.parametrize(
    ("text", "day_first", "code"),
    [
        ("31/02/1980", True, "invalid_date"),
        ("1980-02-31", None, "invalid_date"),
        ("02/31/1980", False, "invalid_date"),
        ("31/12/1980", False, "invalid_date"),
        ("04/08/1966", None, "ambiguous_date"),
        ("29/3/82", True, "ambiguous_year"),
        ("30039", None, "invalid_date"),
        ("2021-01-01 25:00", None, "invalid_date"),
        ("12 brumaio 1984", None, "invalid_date"),
        ("ieri", None, "invalid_date"),
    ],
)
def test_dates_that_are_none_are_problems(text: str, day_first: bool | None, code: str) -> None:
    found = parse_date(text, day_first=day_first, column="Nato il")
    assert (found.text, found.value) == (text, None)
    assert found.problem is not None
    assert (found.problem.code, found.problem.column) == (code, "Nato il")
    assert isinstance(found.problem.message, Promise)
    assert text not in f"{found.problem.message} {found.problem.advice}"


def test_two_digit_years_need_a_last_year() -> None:
    found = parse_date("29/3/82", day_first=True, latest_year=2026)
    assert found.value == dt.date(1982, 3, 29)
    assert parse_date("1/1/26", day_first=True, latest_year=2026).value == dt.date(2026, 1, 1)
    assert parse_date("1/1/27", day_first=True, latest_year=2026).value == dt.date(1927, 1, 1)


def test_the_column_tells_the_order_of_its_dates() -> None:
    assert infer_date_order(["04/08/1966", "5/14/1965"]) is False
    assert infer_date_order(["04/08/1966", "14/5/1965"]) is True
    assert infer_date_order(["04/08/1966", "05/09/1965"]) is None
    assert infer_date_order(["13/1/2000"] * 10 + ["1/13/2000"]) is None
    assert infer_date_order(["13/1/2000"] * 20 + ["1/13/2000"]) is True
    assert infer_date_order(["1980-12-31", "", "n/a"]) is None


def test_times_keep_their_offset() -> None:
    found = parse_datetime("2019-12-11T17:30:00.250+02:00", day_first=None)
    zone = dt.timezone(dt.timedelta(hours=2))
    assert found.value == dt.datetime(2019, 12, 11, 17, 30, 0, 250_000, zone)
    naive = parse_datetime("31/12/2020 9.05", day_first=None)
    assert naive.value == dt.datetime(2020, 12, 31, 9, 5)  # noqa: DTZ001 - the file names no zone


@given(st.dates(min_value=dt.date(1000, 1, 1)), st.sampled_from("/-."))
def test_every_date_reads_back(day: dt.date, sign: str) -> None:
    assert parse_date(day.isoformat(), day_first=None).value == day
    european = f"{day.day}{sign}{day.month}{sign}{day.year}"
    assert parse_date(european, day_first=True).value == day
    american = f"{day.month}/{day.day}/{day.year}"
    assert parse_date(american, day_first=False).value == day


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("$90,000 ", ".", "90000"),
        ("1.234,50", ",", "1234.50"),
        ("1.234,50", None, "1234.50"),
        ("1,234.50", None, "1234.50"),
        ("€ 1.234.567", None, "1234567"),
        ("1 234,5 €", ",", "1234.5"),
        ("1'234.50", ".", "1234.50"),
        ("40000.0000", None, "40000.0000"),
        ("0.125", None, "0.125"),
        ("(12,30)", ",", "-12.30"),
        ("12,30-", ",", "-12.30"),
        ("007", None, "7"),
        (".5", ".", "0.5"),
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
    ],
)
def test_numbers(text: str, mark: str | None, value: str) -> None:
    assert parse_decimal(text, mark=mark) == parsing.Parsed(text, Decimal(value))


@pytest.mark.parametrize(
    ("text", "mark", "code"),
    [
        ("1.234", None, "ambiguous_number"),
        ("1,234.50", ",", "invalid_number"),
        ("1,5", ".", "invalid_number"),
        ("12.34.56", None, "invalid_number"),
        ("5.54563E+15", ".", "damaged_number"),
        ("molti", ".", "invalid_number"),
        ("-", ".", "invalid_number"),
        ("€", None, "invalid_number"),
    ],
)
def test_numbers_that_are_none_are_problems(text: str, mark: str | None, code: str) -> None:
    found = parse_decimal(text, mark=mark, column="Importo")
    assert (found.text, found.value) == (text, None)
    assert found.problem is not None
    assert found.problem.code == code


def test_the_column_tells_its_decimal_mark() -> None:
    assert infer_decimal_mark(["1.234", "12,5"]) == ","
    assert infer_decimal_mark(["1,234", "12.5"]) == "."
    assert infer_decimal_mark(["$90,000 ", "$60,000 ", "$70,000 "]) == "."
    assert infer_decimal_mark(["90.000", "60.000", "70.000"]) == ","
    assert infer_decimal_mark(["90.000", "60.000"]) is None
    assert infer_decimal_mark(["12,5", "12.5"]) is None
    assert infer_decimal_mark(["12", "", "x"]) is None


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
    )
)
def test_every_amount_reads_back_in_both_countries(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    italian = english.translate(str.maketrans(",.", ".,"))
    assert parse_decimal(english, mark=".").value == amount
    assert parse_decimal(italian, mark=",").value == amount
    assert parse_decimal(italian, mark=None).value == amount


def test_whole_numbers() -> None:
    assert parse_integer("2.0", mark=".").value == 2
    half = parse_integer("2.5", mark=".", column="Figli").problem
    assert half is not None
    assert half.code == "invalid_number"


@pytest.mark.parametrize("text", ["true", "Y", "sì", "SI", "1", "1.0", "Yes", "vero", "x"])
def test_yes(text: str) -> None:
    assert parse_boolean(text) == parsing.Parsed(text, value=True)


@pytest.mark.parametrize("text", ["false", "N", "no", "0", "FALSO"])
def test_no(text: str) -> None:
    assert parse_boolean(text) == parsing.Parsed(text, value=False)


def test_maybe_is_a_problem() -> None:
    problem = parse_boolean("forse", column="Consenso").problem
    assert problem is not None
    assert (problem.code, problem.column) == ("invalid_boolean", "Consenso")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" Mario.Rossi@Example.IT ", "mario.rossi@example.it"),
        ("mailto:a@b.it", "a@b.it"),
        ("Mario Rossi <m.rossi@example.it>", "m.rossi@example.it"),
        ("x+news@sub.example.co.uk", "x+news@sub.example.co.uk"),
        ("info@società.it", "info@società.it"),
    ],
)
def test_email_addresses(text: str, value: str) -> None:
    assert parse_email(text) == parsing.Parsed(text, value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mario", "invalid_email"),
        ("a@b", "invalid_email"),
        ("a..b@example.it", "invalid_email"),
        ("a b@example.it", "invalid_email"),
        ("a@example.it; b@example.it", "several_emails"),
        ("a" * 65 + "@example.it", "invalid_email"),
    ],
)
def test_email_addresses_that_are_none(text: str, code: str) -> None:
    problem = parse_email(text, column="E-mail").problem
    assert problem is not None
    assert problem.code == code


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("+55 (12) 3923-5555", None, "+551239235555"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("+39 02 39310212", None, "+390239310212"),
        ("02 1234 5678", None, "0212345678"),
        ("070 7086 0753", None, "07070860753"),
        ("245-555-0173", None, "2455550173"),
        ("001-22", None, "00122"),
    ],
)
def test_telephone_numbers(text: str, region: str | None, value: str) -> None:
    assert parse_phone(text, region=region) == parsing.Parsed(text, value)


@pytest.mark.parametrize("text", ["n.d.", "12", "chiedere a Maria"])
def test_telephone_numbers_that_are_none(text: str) -> None:
    problem = parse_phone(text, column="Tel").problem
    assert problem is not None
    assert problem.code == "invalid_phone"


def test_texts_keep_their_zeros() -> None:
    assert parse_text("00184 ") == parsing.Parsed("00184 ", "00184")


@pytest.mark.parametrize("kind", list(ValueType))
@given(text=st.text(max_size=30))
def test_no_cell_breaks_a_reading_or_loses_its_text(kind: ValueType, text: str) -> None:
    found = parse_value(kind, text, conventions=Conventions(day_first=True, decimal_mark=","))
    assert found.text == text
    assert found.value is None or found.problem is None
    if not text.strip():
        assert (found.value, found.problem) == (None, None)
