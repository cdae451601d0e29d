"""The state of a ledger is a function of its lines, whatever their order; ties end consent."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy import consents
from governance.policy.consents import Line
from governance.policy.vocabulary import ConsentState

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)
LINES = st.lists(
    st.builds(
        Line,
        at=st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours)),
        state=st.sampled_from(ConsentState),
        expires_on=st.none() | st.integers(0, 40).map(lambda d: date(2026, 11, 1) + timedelta(d)),
        id=st.uuids(),
    ),
    max_size=12,
)


def by_hand(lines: list[Line], today: date) -> ConsentState:
    """The same, written as the law reads: hour by hour, and within one hour the no after the yes."""
    yes = {"given", "renewed"}
    state, until, asked = None, None, ConsentState.UNKNOWN
    for hour in sorted({line.at for line in lines}):
        said = [line for line in lines if line.at == hour]
        noes = [line.state for line in said if line.state not in yes | set(consents.ASKING)]
        yeses = [line for line in said if line.state in yes]
        if noes:
            state, until = "no", None
        elif yeses:
            ends = [line.expires_on for line in yeses if line.expires_on]
            state, until = "yes", min(ends) if ends else None
    if state == "yes":
        return ConsentState.EXPIRED if until and until < today else ConsentState.GIVEN
    return ConsentState.REFUSED if state == "no" else asked


def coarse(state: ConsentState, lines: list[Line]) -> ConsentState:
    """What the reference tells apart: in force, expired by itself, ended, undecided."""
    if state is ConsentState.GIVEN or state in consents.ASKING:
        return state if state is ConsentState.GIVEN else ConsentState.UNKNOWN
    ended_by_line = state in {line.state for line in lines}
    return ConsentState.REFUSED if ended_by_line else ConsentState.EXPIRED


@given(LINES)
def test_the_fold_is_the_one_written_by_hand(lines: list[Line]) -> None:
    stands = consents.standing(lines)
    found = consents.state_on(stands, DAY)
    is_over = stands is not None and stands.state in consents.IN_FORCE and found == "expired"
    expected = by_hand(lines, DAY)
    assert (ConsentState.EXPIRED if is_over else coarse(found, lines)) == expected


@given(LINES, st.randoms(use_true_random=False))
def test_late_and_repeated_lines_change_nothing(lines: list[Line], order: random.Random) -> None:
    again = [*lines, *order.sample(lines, len(lines) // 2)]
    order.shuffle(again)
    assert consents.standing(again) == consents.standing(lines)


@pytest.mark.parametrize("ending", ["refused", "withdrawn", "revoked", "invalidated", "expired"])
def test_of_one_moment_the_end_stands(ending: str) -> None:
    lines = [Line(START, ConsentState.GIVEN), Line(START, ConsentState(ending))]
    for order in (lines, lines[::-1]):
        stands = consents.standing(order)
        assert stands is not None
        assert stands.state == ending


@pytest.mark.parametrize("asking", sorted(consents.ASKING))
def test_asking_again_takes_nothing_away_and_gives_nothing(asking: ConsentState) -> None:
    later = Line(START + timedelta(days=1), asking)
    given = consents.standing([Line(START, ConsentState.GIVEN), later])
    withdrawn = consents.standing([Line(START, ConsentState.WITHDRAWN), later])
    assert consents.state_on(given, DAY) is ConsentState.GIVEN
    assert consents.state_on(withdrawn, DAY) is ConsentState.WITHDRAWN
    assert consents.state_on(consents.standing([later]), DAY) is asking


def test_a_consent_ends_with_its_last_day() -> None:
    line = Line(START, ConsentState.RENEWED, expires_on=DAY)
    assert consents.state_on(line, DAY) is ConsentState.GIVEN
    assert consents.state_on(line, DAY + timedelta(days=1)) is ConsentState.EXPIRED
    assert consents.state_on(None, DAY) is ConsentState.UNKNOWN


def test_a_yes_without_proof_is_unknown_and_a_no_needs_none() -> None:
    def recorded(state: ConsentState, *, person: bool = False, proof: bool = False) -> ConsentState:
        return consents.provable(state, by_person=person, has_proof=proof)

    assert recorded(ConsentState.GIVEN) is ConsentState.UNKNOWN
    assert recorded(ConsentState.RENEWED) is ConsentState.UNKNOWN
    assert recorded(ConsentState.GIVEN, person=True) is ConsentState.GIVEN
    assert recorded(ConsentState.GIVEN, proof=True) is ConsentState.GIVEN
    assert recorded(ConsentState.WITHDRAWN) is ConsentState.WITHDRAWN


def test_a_child_needs_a_guardian_until_the_birthday() -> None:
    assert consents.needs_guardian(date(2012, 11, 21), DAY, age=14)
    assert not consents.needs_guardian(date(2012, 11, 20), DAY, age=14)
