"""What a breach asks for next: the whole way of Art. 33 and 34, and what ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from governance.policy.breaches import BreachFacts, BreachRisk, Step, due_at, is_late, next_step

AWARE = datetime(2026, 10, 23, 16, 0, tzinfo=UTC)  # a Friday; the clock changes on the Sunday
LATER = AWARE + timedelta(hours=5)


def test_the_whole_way_of_a_high_risk() -> None:
    facts = BreachFacts(AWARE)
    way = [next_step(facts)]
    for change in (
        {"risk": BreachRisk.HIGH},
        {"notified_at": LATER, "is_latest_notified": True},
        {"is_decided": True, "tells_people": True},
        {"told_people_at": LATER},
        {"is_complete": True, "is_latest_notified": False},  # a further report
        {"is_latest_notified": True},
    ):
        facts = replace(facts, **change)
        way.append(next_step(facts))
    assert way == [
        Step.ASSESS, Step.NOTIFY, Step.DECIDE, Step.TELL, Step.COMPLETE, Step.SUPPLEMENT, Step.NONE,
    ]  # fmt: skip


def test_an_unlikely_risk_is_documented_and_nobody_is_notified() -> None:
    facts = BreachFacts(AWARE, risk=BreachRisk.UNLIKELY)
    assert next_step(facts) is Step.COMPLETE
    assert next_step(replace(facts, is_complete=True)) is Step.NONE


def test_an_exception_ends_the_duty_to_tell_people() -> None:
    facts = BreachFacts(
        AWARE, risk=BreachRisk.HIGH, is_complete=True, notified_at=LATER, is_latest_notified=True,
        is_decided=True, tells_people=False,
    )  # fmt: skip
    assert next_step(facts) is Step.NONE


def test_a_risk_that_turns_out_high_asks_about_people() -> None:
    facts = BreachFacts(
        AWARE, risk=BreachRisk.RISK, is_complete=True, notified_at=LATER, is_latest_notified=True
    )
    assert next_step(facts) is Step.NONE
    assert next_step(replace(facts, risk=BreachRisk.HIGH)) is Step.DECIDE


def test_seventy_two_real_hours_over_a_weekend_and_a_change_of_the_clock() -> None:
    facts = BreachFacts(AWARE)
    assert due_at(facts) == datetime(2026, 10, 26, 16, 0, tzinfo=UTC)
    end = AWARE + timedelta(hours=72)
    assert not is_late(end, facts)
    assert is_late(end + timedelta(seconds=1), facts)
    further = replace(facts, risk=BreachRisk.RISK, notified_at=end)
    assert not is_late(end + timedelta(days=9), further), "phases have no hour of their own"
    assert due_at(further) is None


@given(
    risk=st.sampled_from(list(BreachRisk)),
    notified=st.booleans(),
    latest=st.booleans(),
    decided=st.booleans(),
    tells=st.booleans(),
    told=st.booleans(),
    complete=st.booleans(),
)
def test_nothing_is_left_only_when_all_that_is_owed_was_done(
    risk, notified, latest, decided, tells, told, complete
) -> None:
    facts = BreachFacts(
        AWARE, risk=risk, is_complete=complete, notified_at=LATER if notified else None,
        is_latest_notified=latest, is_decided=decided, tells_people=tells,
        told_people_at=LATER if told else None,
    )  # fmt: skip
    owed_to_authority = risk is not BreachRisk.UNLIKELY
    done = (
        complete
        and (not owed_to_authority or (notified and latest))
        and (risk is not BreachRisk.HIGH or decided)
        and (not tells or told)
    )
    assert (next_step(facts) is Step.NONE) == done
