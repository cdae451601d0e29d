"""The statutory clock on requests: vectors, instants, pauses, extension, states."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.deadlines import (
    GDPR,
    ROME,
    ClockRules,
    ClockState,
    Deadline,
    Extension,
    ExtensionGround,
    ExtensionRefusedError,
    Pause,
    PauseGround,
    PauseRefusedError,
    ReceiptRefusedError,
    deadline,
    due_after,
    due_on,
    end_of,
    extend,
    local_date,
    month_after,
    pause,
    receipt_date,
    rules_on,
    state,
)
from governance.policy.holidays import ITALY, SingleHoliday
from governance.policy.periods import Period

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "deadlines.json").read_text())
VECTORS: list[dict[str, Any]] = FILE["vectors"]

receipts = st.dates(date(2018, 5, 25), date(2060, 12, 31))
COMPLEX = Extension(ExtensionGround.COMPLEXITY, "many systems", date(2026, 2, 10))


def on(text: str) -> date:
    return date.fromisoformat(text)


def test_the_vectors_belong_to_this_calendar_and_these_rules() -> None:
    assert (FILE["calendar"], FILE["rules"]) == (ITALY.version, GDPR.version)
    assert len(VECTORS) == 20


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["received_on"])
def test_vector(vector: dict[str, Any]) -> None:
    received_on = on(vector["received_on"])
    clock = deadline(received_on, ITALY)
    assert month_after(received_on) == clock.raw_on == on(vector["raw_on"])
    assert due_on(received_on, ITALY) == clock.due_on == clock.binding_on == on(vector["due_on"])
    assert clock.extended_on is None
    thirty_days = received_on + timedelta(days=30)
    assert thirty_days == on(vector["plus_30_days"])
    assert (thirty_days > clock.due_on) is vector["plus_30_is_late"]
    if "extended_on" in vector:
        extended = deadline(received_on, ITALY, extension=COMPLEX)
        assert extended.extended_on == extended.binding_on == on(vector["extended_on"])
        assert extended.due_on == clock.due_on


def test_every_date_of_a_plain_deadline() -> None:
    assert deadline(on("2026-01-30"), ITALY) == Deadline(
        received_on=on("2026-01-30"),
        raw_on=on("2026-02-28"),
        due_on=on("2026-03-02"),
        extended_on=None,
        cautious_on=on("2026-02-28"),
        internal_target_on=on("2026-02-20"),  # 21 February is a Saturday
        paused_days=0,
        paused_since=None,
    )


def test_the_cautious_date_of_an_extension_is_counted_from_the_end_of_the_month() -> None:
    clock = deadline(on("2026-01-31"), ITALY, extension=COMPLEX)
    assert (clock.extended_on, clock.cautious_on) == (on("2026-04-30"), on("2026-04-28"))
    assert clock.internal_target_on == on("2026-04-21")


def test_an_extension_is_three_months_and_not_sixty_days() -> None:
    received_on = on("2026-07-01")
    clock = deadline(received_on, ITALY, extension=COMPLEX)
    assert clock.extended_on == on("2026-10-01")
    assert clock.due_on + timedelta(days=60) == on("2026-10-02")  # 1 August is a Saturday


def test_a_holiday_added_later_moves_the_date_when_it_is_computed_again() -> None:
    mourning = SingleHoliday(on("2026-09-30"), "day of mourning", "decree")
    calendar = ITALY.with_extra([mourning], version="IT-2026.2")
    assert due_on(on("2026-08-31"), ITALY) == on("2026-09-30")
    assert due_on(on("2026-08-31"), calendar) == on("2026-10-01")


# Instants and days


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-01-31T22:59:59+00:00", "2026-01-31"),  # 23:59:59 in winter
        ("2026-01-31T23:00:00+00:00", "2026-02-01"),
        ("2026-07-31T21:59:59+00:00", "2026-07-31"),  # 23:59:59 in summer
        ("2026-07-31T22:00:00+00:00", "2026-08-01"),
        ("2026-03-29T00:59:59+00:00", "2026-03-29"),  # the second before summer time
        ("2026-10-25T00:30:00+00:00", "2026-10-25"),  # the hour that comes twice
        ("2026-10-25T01:30:00+00:00", "2026-10-25"),
        ("2026-10-25T23:00:00+00:00", "2026-10-26"),
        ("2026-01-31T23:59:59-05:00", "2026-02-01"),
    ],
)
def test_the_legal_day_of_an_instant_is_the_date_in_rome(instant: str, day: str) -> None:
    assert local_date(datetime.fromisoformat(instant)) == on(day)


def test_another_zone_has_another_day() -> None:
    instant = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)
    assert local_date(instant, ZoneInfo("Europe/Athens")) == on("2026-02-01")


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ReceiptRefusedError) as refused:
        local_date(datetime(2026, 1, 31, 12, 0))  # noqa: DTZ001 -- the case under test
    assert refused.value.details == {"because": "no_time_zone"}


def test_a_day_ends_at_midnight_in_rome_also_when_the_clock_changes() -> None:
    assert end_of(on("2026-03-02")) == datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert end_of(on("2026-03-28")) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end_of(on("2026-03-29")) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert end_of(on("2026-10-25")) == datetime(2026, 10, 25, 23, tzinfo=UTC)


@given(st.datetimes(datetime(2018, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- bounds take no zone
def test_an_instant_lies_before_the_end_of_its_day_and_after_the_day_before(at: datetime) -> None:
    day = local_date(at)
    assert end_of(day - timedelta(days=1)) <= at < end_of(day)


NOON = datetime(2026, 5, 11, 12, 0, tzinfo=ROME)


def test_receipt_today_needs_no_evidence_and_an_earlier_one_does() -> None:
    earlier = NOON - timedelta(days=3)
    assert receipt_date(NOON, entered_at=NOON, evidence="") == on("2026-05-11")
    assert receipt_date(earlier, entered_at=NOON, evidence="postmark") == on("2026-05-08")
    with pytest.raises(ReceiptRefusedError) as refused:
        receipt_date(earlier, entered_at=NOON, evidence="  ")
    assert refused.value.details == {"because": "no_evidence"}


def test_receipt_is_never_later_than_the_entry() -> None:
    with pytest.raises(ReceiptRefusedError) as refused:
        receipt_date(NOON + timedelta(seconds=1), entered_at=NOON, evidence="letter")
    assert refused.value.details == {"because": "in_the_future"}


# Regulation 1182/71, Article 3, beyond months


@pytest.mark.parametrize(
    ("day", "period", "end"),
    [
        ("2026-12-24", "P1D", "2026-12-28"),  # one day has no two working days to hold
        ("2026-12-24", "P3D", "2026-12-29"),  # 3(5): Monday 28 and Tuesday 29
        ("2026-05-11", "P2W", "2026-05-25"),  # the same day of the week (C-171/03)
        ("2026-05-11", "P8W", "2026-07-06"),  # Art. 36(2), consultation
        ("2026-05-11", "P14W", "2026-08-17"),
        ("2026-05-08", "P2D", "2026-05-12"),  # Sunday: 3(4) says Monday, 3(5) Tuesday
    ],
)
def test_periods_in_days_and_weeks(day: str, period: str, end: str) -> None:
    assert due_after(on(day), Period.parse(period), calendar=ITALY) == on(end)


# Pauses


def test_the_days_between_question_and_answer_are_added() -> None:
    clock = deadline(on("2026-05-11"), ITALY)
    asked = pause(clock, "identity_doubt", message_sent_on=on("2026-05-13"))
    assert asked == Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-13"))
    answered = deadline(on("2026-05-11"), ITALY, pauses=[asked.resumed(on("2026-05-20"))])
    assert (clock.due_on, answered.raw_on, answered.due_on) == (
        on("2026-06-11"), on("2026-06-18"), on("2026-06-18"),
    )  # fmt: skip
    assert (answered.paused_days, answered.paused_since) == (7, None)
    assert answered.internal_target_on == on("2026-06-11")


def test_an_answer_on_the_day_of_the_question_adds_nothing() -> None:
    same_day = Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-13"), on("2026-05-13"))
    assert deadline(on("2026-05-11"), ITALY, pauses=[same_day]) == deadline(on("2026-05-11"), ITALY)


def test_while_a_pause_runs_the_clock_stands_where_it_stood() -> None:
    asked = Pause(PauseGround.SPECIFICATION_ASKED, on("2026-05-13"))
    clock = deadline(on("2026-05-11"), ITALY, pauses=[asked])
    assert clock.paused_since == on("2026-05-13")
    assert clock.due_on == on("2026-06-11")
    assert state(clock, on("2026-12-01")) is ClockState.ON_TIME
    after = deadline(on("2026-05-11"), ITALY, pauses=[asked.resumed(on("2026-12-01"))])
    assert after.due_on == on("2026-12-30")  # 29 days were left
    assert state(after, on("2026-12-30")) is ClockState.DUE_SOON


def test_days_that_two_pauses_share_count_once() -> None:
    pauses = [
        Pause(PauseGround.SPECIFICATION_ASKED, on("2026-05-20"), on("2026-05-25")),
        Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-13"), on("2026-05-22")),
        Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-14"), on("2026-05-16")),
        Pause(PauseGround.IDENTITY_DOUBT, on("2026-06-01"), on("2026-06-03")),
    ]
    assert deadline(on("2026-05-11"), ITALY, pauses=pauses).paused_days == 14


def test_an_ended_pause_beside_a_running_one_counts_up_to_its_start() -> None:
    pauses = [
        Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-13"), on("2026-05-20")),
        Pause(PauseGround.SPECIFICATION_ASKED, on("2026-05-15")),
        Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-18"), on("2026-05-19")),
    ]
    clock = deadline(on("2026-05-11"), ITALY, pauses=pauses)
    assert (clock.paused_days, clock.paused_since) == (2, on("2026-05-15"))


@pytest.mark.parametrize(
    ("ground", "sent_on", "because"),
    [
        ("internal_discussion", "2026-05-13", "ground"),
        ("", "2026-05-13", "ground"),
        ("identity_doubt", None, "message_not_sent"),
        ("identity_doubt", "2026-05-10", "before_receipt"),
        ("identity_doubt", "2026-06-12", "expired"),
    ],
)
def test_the_clock_stops_for_nothing_else(ground: str, sent_on: str | None, because: str) -> None:
    clock = deadline(on("2026-05-11"), ITALY)
    with pytest.raises(PauseRefusedError) as refused:
        pause(clock, ground, message_sent_on=on(sent_on) if sent_on else None)
    assert refused.value.details == {"because": because}


def test_on_the_last_day_the_clock_can_still_stop() -> None:
    clock = deadline(on("2026-05-11"), ITALY)
    assert pause(clock, "identity_doubt", message_sent_on=clock.due_on).sent_on == clock.due_on


def test_facts_about_a_pause_that_cannot_be_are_refused() -> None:
    asked = Pause(PauseGround.IDENTITY_DOUBT, on("2026-05-13"))
    with pytest.raises(PauseRefusedError):
        asked.resumed(on("2026-05-12"))
    with pytest.raises(PauseRefusedError):
        deadline(on("2026-05-14"), ITALY, pauses=[asked])
    answered = asked.resumed(on("2026-05-15"))
    assert answered.resumed(on("2026-06-30")) == answered


# Extension


def test_an_extension_takes_effect_when_its_notice_was_sent() -> None:
    received_on = on("2026-01-31")
    clock = deadline(received_on, ITALY)
    extension = extend(
        clock, "complexity", reasons=" eleven systems ", notice_sent_on=on("2026-03-02")
    )
    assert extension == Extension(ExtensionGround.COMPLEXITY, "eleven systems", on("2026-03-02"))
    assert deadline(received_on, ITALY, extension=extension).extended_on == on("2026-04-30")


@pytest.mark.parametrize(
    ("ground", "reasons", "sent_on", "because"),
    [
        ("staff_on_holiday", "August", "2026-02-10", "ground"),
        ("complexity", "  ", "2026-02-10", "no_reasons"),
        ("complexity", "eleven systems", None, "notice_not_sent"),
        ("complexity", "eleven systems", "2026-01-30", "before_receipt"),
        ("complexity", "eleven systems", "2026-03-03", "expired"),
    ],
)
def test_what_does_not_extend(ground: str, reasons: str, sent_on: str | None, because: str) -> None:
    clock = deadline(on("2026-01-31"), ITALY)
    with pytest.raises(ExtensionRefusedError) as refused:
        extend(clock, ground, reasons=reasons, notice_sent_on=on(sent_on) if sent_on else None)
    assert refused.value.details == {"because": because}
    assert refused.value.article == "12(3)"


def test_there_is_one_extension_only() -> None:
    clock = deadline(on("2026-01-31"), ITALY, extension=COMPLEX)
    with pytest.raises(ExtensionRefusedError) as refused:
        extend(clock, "number_of_requests", reasons="40", notice_sent_on=on("2026-02-11"))
    assert refused.value.details == {"because": "extended_before"}


def test_a_pause_moves_the_extended_date_too() -> None:
    paused = Pause(PauseGround.IDENTITY_DOUBT, on("2026-02-02"), on("2026-02-06"))
    clock = deadline(on("2026-01-31"), ITALY, pauses=[paused], extension=COMPLEX)
    assert (clock.raw_on, clock.due_on) == (on("2026-03-04"), on("2026-03-04"))
    assert clock.extended_on == on("2026-05-04")  # 30 April and four days
    assert clock.cautious_on == on("2026-05-04")


# States


def test_states_change_at_the_target_and_after_the_last_day() -> None:
    clock = deadline(on("2026-01-30"), ITALY)
    expected = {
        "2026-02-19": ClockState.ON_TIME,
        "2026-02-20": ClockState.DUE_SOON,
        "2026-03-02": ClockState.DUE_SOON,
        "2026-03-03": ClockState.LATE,
    }
    assert {day: state(clock, on(day)) for day in expected} == expected


def test_an_extended_deadline_is_late_only_after_the_extension() -> None:
    clock = deadline(on("2026-01-30"), ITALY, extension=COMPLEX)
    assert state(clock, on("2026-03-03")) is ClockState.ON_TIME
    assert state(clock, on("2026-04-30")) is ClockState.DUE_SOON
    assert state(clock, on("2026-05-01")) is ClockState.LATE


# Rules with a date


def test_rules_are_those_in_force_on_the_day() -> None:
    later = ClockRules(
        version="later",
        applies_from=on("2030-01-01"),
        answer_within=GDPR.answer_within,
        extension=GDPR.extension,
        notice_within=GDPR.notice_within,
        breach_within=timedelta(hours=96),
        internal_margin=Period(days=10),
    )
    table = (later, GDPR)
    assert rules_on(on("2029-12-31"), table) is GDPR
    assert rules_on(on("2030-01-01"), table) is later
    assert rules_on(on("2017-01-01"), table) is GDPR
    clock = deadline(on("2030-05-06"), ITALY, rules=rules_on(on("2030-05-06"), table))
    assert (clock.due_on, clock.internal_target_on) == (on("2030-06-06"), on("2030-05-27"))


def test_a_margin_longer_than_the_month_aims_at_the_day_of_receipt() -> None:
    hasty = replace(GDPR, version="hasty", internal_margin=Period(days=40))
    assert deadline(on("2026-05-11"), ITALY, rules=hasty).internal_target_on == on("2026-05-11")


# Properties


@given(receipts, st.booleans(), st.integers(0, 40), st.integers(0, 60))
def test_dates_are_ordered_and_the_last_one_is_a_working_day(
    received_on: date, extended: bool, asked_after: int, paused: int
) -> None:
    sent_on = received_on + timedelta(days=asked_after)
    stood = Pause(PauseGround.IDENTITY_DOUBT, sent_on, sent_on + timedelta(days=paused))
    clock = deadline(received_on, ITALY, pauses=[stood], extension=COMPLEX if extended else None)
    assert clock.received_on <= clock.internal_target_on < clock.cautious_on <= clock.binding_on
    assert clock.raw_on <= clock.due_on <= clock.binding_on
    assert ITALY.is_working_day(clock.binding_on)
    assert ITALY.is_working_day(clock.due_on)
    assert clock.paused_days == paused


@given(receipts, receipts)
def test_a_later_receipt_is_never_due_earlier(one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert due_on(first, ITALY) <= due_on(second, ITALY)


@given(receipts)
def test_the_move_to_a_working_day_skips_only_days_off(received_on: date) -> None:
    clock = deadline(received_on, ITALY)
    assert due_on(received_on, ITALY) == clock.due_on
    skipped = range((clock.due_on - clock.raw_on).days)
    assert not any(ITALY.is_working_day(clock.raw_on + timedelta(days=n)) for n in skipped)
