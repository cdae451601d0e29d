"""The ladder of identity: more signs never lower it, more risk never eases it, a way on stands."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy import identity
from governance.policy.identity import (
    ACT_OF,
    DECIDING,
    FOR_ANOTHER,
    LIGHT,
    NEEDED,
    Act,
    Assurance,
    Behalf,
    Block,
    Capacity,
    Facts,
    Given,
    Means,
    Point,
    Pressed,
    Proof,
    Represented,
    Signal,
    Step,
    assess,
)
from governance.policy.lookalikes import are_alike
from governance.policy.vocabulary import Right

TODAY = date(2026, 11, 23)
STAFF = [UUID(int=1), UUID(int=2)]
KEYS = [b"a", b"b", b"c"]

points = st.builds(
    Point, key=st.sampled_from(KEYS), is_shared=st.booleans(), is_lost=st.booleans(),
    is_former=st.booleans(),
    changed_on=st.none() | st.dates(TODAY - timedelta(days=60), TODAY),
)  # fmt: skip
proofs = st.builds(
    Proof, means=st.sampled_from(Means), point=st.sampled_from([b"", *KEYS]),
    by=st.none() | st.sampled_from(STAFF), place=st.integers(0, 9),
)  # fmt: skip
pressed = st.builds(Pressed, by=st.sampled_from(STAFF), place=st.integers(0, 9))
represented = st.builds(
    Represented, behalf=st.sampled_from(Behalf), is_verified=st.booleans(),
    by_person=st.booleans(), capacity=st.none() | st.sampled_from(Capacity),
    valid_until=st.none() | st.dates(TODAY - timedelta(days=9), TODAY + timedelta(days=9)),
)  # fmt: skip
facts = st.builds(
    Facts, today=st.just(TODAY), right=st.sampled_from(Right), is_held=st.booleans(),
    proofs=st.lists(proofs, max_size=4).map(tuple),
    pressed=st.lists(pressed, max_size=2).map(tuple),
    points=st.lists(points, max_size=3, unique_by=lambda p: p.key).map(tuple),
    given=st.sampled_from(Given), represented=st.none() | represented,
    born_on=st.none() | st.dates(date(1930, 1, 1), TODAY), is_deceased=st.booleans(),
    bans=st.frozensets(st.sampled_from(Right), max_size=3), failed_codes=st.integers(0, 20),
)  # fmt: skip
acts = st.sampled_from(Act)
HEAVY = [act for act in Act if act not in LIGHT]


@given(acts, facts, proofs)
def test_another_sign_never_makes_us_less_sure(act: Act, known: Facts, more: Proof) -> None:
    after = replace(known, proofs=(*known.proofs, more))
    assert assess(act, after).reached >= assess(act, known).reached
    assert assess(act, known).is_enough <= assess(act, after).is_enough


@given(acts, facts)
def test_whoever_is_held_up_has_a_lawful_way_on(act: Act, known: Facts) -> None:
    found = assess(act, known)
    assert bool(found.steps) != found.is_enough
    if not found.is_enough:
        assert {Step.DECIDE, Step.VERIFY, Step.REFUSE, Step.TELL_CHILD} & set(found.steps)


@given(facts)
def test_what_stops_and_what_is_answered_in_words_needs_nothing(known: Facts) -> None:
    for act in (Act.WORDS, Act.STOP):
        assert assess(act, known).is_enough


@given(acts, facts)
def test_no_sign_of_risk_eases_anything(act: Act, known: Facts) -> None:
    calm = Facts(today=TODAY, right=known.right, is_held=known.is_held)
    assert assess(act, known).needed >= assess(act, calm).needed


@given(st.sampled_from(HEAVY), facts)
def test_nothing_leaves_by_points_that_show_nothing(act: Act, known: Facts) -> None:
    """New, shared, lost, of a former company: whatever came by them, they are no sign."""
    worthless = tuple(replace(p, changed_on=TODAY) for p in known.points)
    by_points = tuple(p for p in known.proofs if p.means in identity.AT_A_POINT)
    after = replace(known, points=worthless, proofs=by_points)
    assert assess(act, after).reached is Assurance.NONE


@given(st.sampled_from(HEAVY), facts, st.sampled_from(STAFF))
def test_the_word_of_who_pressed_counts_no_more(act: Act, known: Facts, staff: UUID) -> None:
    theirs = tuple(replace(p, by=staff, place=5) for p in known.proofs if p.means != Means.CODE)
    after = replace(known, proofs=theirs, pressed=(Pressed(staff, 4),))
    assert assess(act, after).reached is Assurance.NONE


@given(st.sampled_from(HEAVY), facts)
def test_nobody_acts_for_another_unless_it_is_shown(act: Act, known: Facts) -> None:
    if known.is_held and known.behalf in FOR_ANOTHER and known.represented:
        claimed = replace(known, represented=replace(known.represented, is_verified=False))
        assert not assess(act, claimed).is_enough
        assert assess(act, claimed).block is not None


@pytest.mark.parametrize("right", Right)
def test_each_right_has_its_act(right: Right) -> None:
    assert NEEDED[ACT_OF[right]] <= Assurance.KNOWN


def known(**said: object) -> Facts:
    point = Point(b"a")
    base = Facts(today=TODAY, right=Right.ACCESS, points=(point,), given=Given.ON_FILE)
    return replace(base, **said)  # type: ignore[arg-type] - by name


BY_MAIL = Proof(Means.KNOWN_CONTACT, b"a", STAFF[0])


def test_an_honest_person_is_asked_for_one_thing() -> None:
    assert assess(Act.RELEASE, known(proofs=(BY_MAIL,))).is_enough
    assert assess(Act.RELEASE, known()).steps[0] is Step.SEND_CODE


@pytest.mark.parametrize(
    ("said", "signal"),
    [
        ({"given": Given.UNKNOWN}, Signal.NEW_ADDRESS),
        ({"given": Given.LOOK_ALIKE}, Signal.LOOK_ALIKE),
        ({"failed_codes": 5}, Signal.CODES_FAILED),
        ({"points": (Point(b"a"), Point(b"b", changed_on=TODAY))}, Signal.CONTACT_CHANGED),
        ({"points": (Point(b"a"), Point(b"b", is_lost=True))}, Signal.MAILBOX_LOST),
        ({"points": (Point(b"a"), Point(b"b", is_former=True))}, Signal.LEFT_COMPANY),
    ],
)  # fmt: skip
def test_a_sign_of_risk_asks_for_a_second_way(said: dict[str, object], signal: Signal) -> None:
    found = assess(Act.RELEASE, known(proofs=(BY_MAIL,), **said))
    assert (found.needed, found.reached) == (Assurance.TWICE, Assurance.KNOWN)
    assert signal in found.because
    decided = Proof(Means.DECISION, by=STAFF[1])
    assert assess(Act.RELEASE, known(proofs=(BY_MAIL, decided), **said)).is_enough
    assert assess(Act.CONFIRM_STOP, known(proofs=(BY_MAIL,), **said)).is_enough


def test_thirty_days_after_a_change_the_new_address_is_known() -> None:
    for days, is_known in ((29, False), (30, True)):
        point = Point(b"a", changed_on=TODAY - timedelta(days=days))
        assert assess(Act.RELEASE, known(points=(point,), proofs=(BY_MAIL,))).is_enough is is_known


def test_two_ways_are_two_and_not_the_same_twice() -> None:
    again = Proof(Means.CODE, b"a")
    other = Proof(Means.CALLED_BACK, b"b", STAFF[0])
    base = known(points=(Point(b"a"), Point(b"b")), given=Given.UNKNOWN)
    assert not assess(Act.RELEASE, replace(base, proofs=(BY_MAIL, again))).is_enough
    assert assess(Act.RELEASE, replace(base, proofs=(BY_MAIL, other))).is_enough


PARENT = Represented(Behalf.CHILD, is_verified=True)
SEEN = Proof(Means.DECISION, by=STAFF[0])


@pytest.mark.parametrize(
    ("age", "right", "block"),
    [
        (12, Right.WITHDRAWAL, None), (13, Right.WITHDRAWAL, None),
        (14, Right.WITHDRAWAL, Block.CHILD_DECIDES), (15, Right.ACCESS, None),
        (17, Right.ERASURE, None), (18, Right.ACCESS, Block.CHILD_DECIDES),
    ],
)  # fmt: skip
def test_a_parent_acts_until_the_child_decides(
    age: int, right: Right, block: Block | None
) -> None:  # fmt: skip
    """Fourteen is the age of consent to services alone; otherwise a minor is one until 18."""
    born = date(TODAY.year - age, TODAY.month, TODAY.day)
    about = known(born_on=born, right=right, represented=PARENT, proofs=(SEEN,))
    assert assess(ACT_OF[right], about).block is block


def test_a_minor_alone_needs_somebody_who_judged_that_they_understand() -> None:
    about = known(born_on=date(2011, 1, 1), proofs=(BY_MAIL,))
    assert assess(Act.RELEASE, about).needed is Assurance.DECIDED
    assert assess(Act.CONFIRM_STOP, about).is_enough  # and stops what they agreed to by themselves
    assert assess(Act.RELEASE, replace(about, proofs=(SEEN,))).is_enough


def test_a_prohibition_binds_all_but_a_defence() -> None:
    about = known(is_deceased=True, bans=frozenset({Right.ACCESS}), proofs=(SEEN,))
    for capacity in Capacity:
        heir = Represented(Behalf.DECEASED, is_verified=True, capacity=capacity)
        found = assess(Act.RELEASE, replace(about, represented=heir))
        is_defence = capacity is Capacity.DEFENCE
        assert found.block is (None if is_defence else Block.FORBIDDEN)
        other = assess(Act.ERASE, replace(about, represented=heir, right=Right.ERASURE))
        assert other.is_enough  # it was partial


def test_ways_of_deciding_are_named() -> None:
    assert {Means.DOCUMENT, Means.IN_PERSON, Means.DECISION} == DECIDING


MINE = "anna.bianchi@example.it"


@pytest.mark.parametrize(
    "other",
    [
        "anna.bianchi+crm@example.it", "annabianchi@example.it", "anna_bianchi@example.it",
        "anna.bianchl@example.it", "аnna.bianchi@example.it", "anna.bianchi@examp1e.it",
        "anna.bianchi@exаmple.it", "anna.bianchi@xn--exmple-4nf.it", "anna.bianchi@exampl.it",
        "ana.bianchi@example.it", "anna.bianchii@example.it", "anna.biacnhi@example.it",
        "ànna.bianchi@example.it", "ANNA.BIANCHI+x@EXAMPLE.IT", "anna.bianchi@exarnple.it",
    ],
)  # fmt: skip
def test_what_the_eye_takes_for_the_same(other: str) -> None:
    assert are_alike(MINE, other)
    assert are_alike(other, MINE)


@pytest.mark.parametrize(
    "other",
    [MINE, "Anna.Bianchi@Example.IT", "", "anna", "@", "bruno.neri@example.it", "anna@other.example",
     "anna.bianchi@posta.example"],
)  # fmt: skip
def test_what_is_the_same_or_another(other: str) -> None:
    assert not are_alike(MINE, other)


@given(st.emails(), st.text(max_size=30))
def test_any_text_can_be_compared(address: str, text: str) -> None:
    assert are_alike(address, text) == are_alike(text, address)
    assert not are_alike(address, address)
