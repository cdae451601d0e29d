"""Dated law as pure look-ups: which row is in force, and how its words are read."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from governance.policy import provisions
from governance.policy.errors import GovernanceError
from governance.policy.periods import Period
from governance.policy.provisions import Parameter, Provision, channel_rules, in_force
from governance.policy.vocabulary import Channel, Role

DAY = date(2026, 11, 23)
WEEK = timedelta(days=7)


def row(value: str, start: date, end: date | None = None, country: str = "IT") -> Provision:
    return Provision(country, Parameter.BREACH_HOURS, value, start, end)


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([row("72", DAY)], "72"),
        ([row("72", DAY + WEEK)], None),  # not yet
        ([row("72", DAY - WEEK, DAY - timedelta(days=1))], None),  # no longer
        ([row("72", DAY - WEEK, DAY)], "72"),  # to the end of its last day
        ([row("96", DAY), row("72", DAY - WEEK)], "96"),  # begun last, wherever it stands
        ([row("72", DAY - WEEK), row("96", DAY - WEEK)], "96"),  # of several, entered last
        ([row("72", DAY - WEEK), row("24", DAY, DAY)], "24"),  # a derogation
        ([row("72", DAY - WEEK), row("24", DAY - WEEK, DAY - WEEK)], "72"),  # which has ended
        ([row("72", DAY, country="FR")], None),
    ],
)
def test_the_row_in_force_on_a_day(rows: list[Provision], value: str | None) -> None:
    found = in_force(rows, country="IT", on=DAY).get(Parameter.BREACH_HOURS)
    assert (found.value if found else None) == value


def test_hours_are_spans_of_days_and_end_before_their_end() -> None:
    hours = provisions.hours("mon-fri 09:00-20:00, sat 10:00-19:00")
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert hours.allow(monday, is_holiday=False)
    assert not hours.allow(monday, is_holiday=True)
    assert not hours.allow(monday.replace(hour=8, minute=59), is_holiday=False)
    assert not hours.allow(monday.replace(hour=20), is_holiday=False)
    saturday = monday + timedelta(days=5)
    assert not hours.allow(saturday, is_holiday=False)
    assert hours.allow(saturday.replace(hour=10), is_holiday=False)
    assert not hours.allow(monday + timedelta(days=6), is_holiday=False)
    assert len(hours.spans) == 6
    assert hours.spans[0] == (0, time(9), time(20))


def test_a_frequency_counts_back_from_the_moment() -> None:
    frequency = provisions.frequency("4/P1M")
    assert (frequency.most, frequency.within) == (4, Period(months=1))
    moment = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
    assert frequency.since(moment) == datetime(2026, 2, 28, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Parameter.BREACH_HOURS, "0"),
        (Parameter.BREACH_HOURS, "settantadue"),
        (Parameter.AGE_OF_CONSENT, "14,5"),
        (Parameter.CONSENT_CHANNELS, "email telepathy"),
        (Parameter.EMERGENCY_ROLES, "boss"),
        (Parameter.OPPOSITION_VALID_FOR, "15"),
        (Parameter.HOURS_PHONE, "mon-fri 20:00-09:00"),
        (Parameter.HOURS_PHONE, "fri-mon 09:00-20:00"),
        (Parameter.HOURS_PHONE, "mon 25:00-26:00"),
        (Parameter.HOURS_PHONE, "lun 09:00-20:00"),
        (Parameter.FREQUENCY_EMAIL, "0/P7D"),
        (Parameter.FREQUENCY_EMAIL, "4/P0D"),
        (Parameter.FREQUENCY_EMAIL, "4/PT7H"),
    ],
)
def test_what_cannot_be_read_is_not_taken(parameter: Parameter, value: str) -> None:
    with pytest.raises(GovernanceError):
        provisions.check(parameter, value)


def test_every_parameter_has_its_reader() -> None:
    good = {
        "hours": "mon 09:00-10:00", "frequency": "1/P1D", "breach": "72", "consent": "14",
        "marketing": "email", "emergency.roles": "dpo", "emergency.minutes": "60",
        "opposition.channels": "phone", "opposition": "P15D", "service": "urgent=PT1H",
        "warranty": "P24M", "figures": "5",
    }  # fmt: skip
    for parameter in Parameter:
        provisions.check(parameter, good.get(parameter, good.get(parameter.partition(".")[0], "")))
    assert provisions.roles("dpo legal") == {Role.DPO, Role.LEGAL}
    assert provisions.channels("") == frozenset()


def test_a_channel_without_its_law_has_no_rules() -> None:
    law = {
        parameter: Provision("IT", parameter, value, DAY)
        for parameter, value in {
            Parameter.CONSENT_CHANNELS: "email sms",
            Parameter.SOFT_OPT_IN_CHANNELS: "email",
            Parameter.OPPOSITION_CHANNELS: "phone post",
            Parameter.OPPOSITION_VALID_FOR: "P15D",
            Parameter.OPPOSITION_GRACE: "P30D",
        }.items()
    }
    found = {channel: channel_rules(law, channel) for channel in (Channel.EMAIL, Channel.PHONE)}
    said = {
        channel: (rules.needs_consent, rules.soft_opt_in, rules.check_valid_for)
        for channel, rules in found.items()
        if rules
    }
    assert said == {
        Channel.EMAIL: (True, True, None),
        Channel.PHONE: (False, False, Period(days=15)),
    }
    for parameter in law:
        partial = {name: one for name, one in law.items() if name != parameter}
        assert channel_rules(partial, Channel.EMAIL) is None
