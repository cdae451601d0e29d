"""Breaches in real hours, notices of Art. 14 at the earliest of three days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from governance.policy.deadlines import GDPR, ROME, ClockState
from governance.policy.holidays import ITALY
from governance.policy.notifications import (
    AwarenessError,
    NoticeDue,
    NoticeGround,
    breach_notify_by,
    breach_state,
    notice_due,
)


@pytest.mark.parametrize(
    ("aware_at", "notify_by", "wall_clock"),
    [
        # Friday evening to Monday evening: the weekend counts.
        ((2026, 5, 8, 18, 30), (2026, 5, 11, 16, 30), (2026, 5, 11, 18, 30)),
        # Over the change to summer time the wall clock shows an hour more.
        ((2026, 3, 27, 12, 0), (2026, 3, 30, 11, 0), (2026, 3, 30, 13, 0)),
        # Over the change to winter time an hour less.
        ((2026, 10, 23, 12, 0), (2026, 10, 26, 10, 0), (2026, 10, 26, 11, 0)),
        # Christmas does not stop it.
        ((2026, 12, 24, 9, 0), (2026, 12, 27, 8, 0), (2026, 12, 27, 9, 0)),
    ],
)
def test_seventy_two_real_hours(
    aware_at: tuple[int, ...], notify_by: tuple[int, ...], wall_clock: tuple[int, ...]
) -> None:
    year, month, day, hour, minute = aware_at
    due_at = breach_notify_by(datetime(year, month, day, hour, minute, tzinfo=ROME))
    assert due_at.timetuple()[:5] == notify_by
    assert due_at.utcoffset() == timedelta(0)
    assert due_at.astimezone(ROME).timetuple()[:5] == wall_clock


def test_the_hours_are_a_parameter() -> None:
    aware_at = datetime(2026, 5, 8, 12, tzinfo=UTC)
    proposed = replace(GDPR, version="proposal", breach_within=timedelta(hours=96))
    assert breach_notify_by(aware_at, rules=proposed) == datetime(2026, 5, 12, 12, tzinfo=UTC)


def test_states_of_a_breach() -> None:
    aware_at = datetime(2026, 5, 8, 12, tzinfo=UTC)
    second = timedelta(seconds=1)
    half, whole = aware_at + timedelta(hours=36), aware_at + timedelta(hours=72)
    assert breach_state(aware_at, half - second) is ClockState.ON_TIME
    assert breach_state(aware_at, half) is ClockState.DUE_SOON
    assert breach_state(aware_at, whole) is ClockState.DUE_SOON
    assert breach_state(aware_at, whole + second) is ClockState.LATE


def test_awareness_without_a_zone_is_refused() -> None:
    with pytest.raises(AwarenessError) as refused:
        breach_notify_by(datetime(2026, 5, 8, 12, 0))  # noqa: DTZ001 -- the case under test
    assert refused.value.details == {"because": "no_time_zone"}


MONTH = NoticeDue(date(2026, 3, 2), NoticeGround.ONE_MONTH)


@pytest.mark.parametrize(
    ("communication", "disclosure", "expected"),
    [
        (None, None, MONTH),
        (date(2026, 2, 8), None, NoticeDue(date(2026, 2, 8), NoticeGround.FIRST_COMMUNICATION)),
        (None, date(2026, 2, 7), NoticeDue(date(2026, 2, 7), NoticeGround.FIRST_DISCLOSURE)),
        (
            date(2026, 2, 8),
            date(2026, 2, 7),
            NoticeDue(date(2026, 2, 7), NoticeGround.FIRST_DISCLOSURE),
        ),
        # A message planned for later does not put the month off.
        (date(2026, 6, 1), date(2026, 7, 1), MONTH),
        # On the same day the event sets it: the notice is due with the message, not that evening.
        (date(2026, 3, 2), None, NoticeDue(date(2026, 3, 2), NoticeGround.FIRST_COMMUNICATION)),
    ],
)
def test_the_notice_is_due_at_the_earliest_of_three(
    communication: date | None, disclosure: date | None, expected: NoticeDue
) -> None:
    assert (
        notice_due(
            date(2026, 1, 30),
            ITALY,
            first_communication_on=communication,
            first_disclosure_on=disclosure,
        )
        == expected
    )
