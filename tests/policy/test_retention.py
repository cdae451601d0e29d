"""Retention: the latest end wins, a hold freezes, nothing unknown is destroyed."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.periods import Period
from governance.policy.retention import (
    Decision,
    Due,
    Held,
    Hold,
    HoldKind,
    Indeterminate,
    Kept,
    Rule,
    Uncovered,
    decide,
    ends_on,
)
from governance.policy.vocabulary import Anchor, RecordClass, RetentionAction

LOYALTY = Rule(
    activity="loyalty",
    record_class=RecordClass.PURCHASE_DETAIL,
    anchor=Anchor.LAST_ORDER,
    period=Period.parse("P24M"),
    action=RetentionAction.ERASE,
    legal_reference="Garante, 24 February 2005",
)
BOOKS = Rule(
    activity="bookkeeping",
    record_class=RecordClass.PURCHASE_DETAIL,
    anchor=Anchor.DOCUMENT_DATE,
    period=Period.parse("P10Y"),
    action=RetentionAction.REVIEW,
    legal_reference="art. 2220 c.c.",
)
ANCHORS = {Anchor.LAST_ORDER: date(2020, 2, 29), Anchor.DOCUMENT_DATE: date(2016, 3, 15)}
CLAIM = Hold("hold-1", HoldKind.LEGAL_HOLD, date(2026, 1, 10))


def at(
    today: date,
    *rules: Rule,
    anchors: Mapping[Anchor, date | None] = ANCHORS,
    holds: tuple[Hold, ...] = (),
) -> Decision:
    return decide(rules_that_apply=rules, anchors=anchors, holds=holds, today=today)


def test_the_end_day_is_the_last_day_of_keeping() -> None:
    assert ends_on(LOYALTY, ANCHORS) == date(2022, 2, 28)
    assert at(date(2022, 2, 28), LOYALTY) == Kept(LOYALTY, date(2022, 2, 28))
    assert at(date(2022, 3, 1), LOYALTY) == Due(LOYALTY, date(2022, 2, 28), RetentionAction.ERASE)


def test_the_latest_end_of_all_activities_decides_and_brings_its_action() -> None:
    assert at(date(2026, 3, 15), LOYALTY, BOOKS) == Kept(BOOKS, date(2026, 3, 15))
    assert at(date(2026, 3, 16), LOYALTY, BOOKS) == Due(
        BOOKS, date(2026, 3, 15), RetentionAction.REVIEW
    )


def test_of_two_rules_that_end_together_a_person_looks_first() -> None:
    review = Rule(
        activity="a-review",
        record_class=LOYALTY.record_class,
        anchor=LOYALTY.anchor,
        period=Period.parse("P2Y"),
        action=RetentionAction.REVIEW,
        legal_reference="",
    )
    expected = Due(review, date(2022, 2, 28), RetentionAction.REVIEW)
    assert at(date(2022, 3, 1), LOYALTY, review) == expected
    assert at(date(2022, 3, 1), review, LOYALTY) == expected


@pytest.mark.parametrize("anchors", [{Anchor.DOCUMENT_DATE: date(2016, 3, 15)},
    {Anchor.DOCUMENT_DATE: date(2016, 3, 15), Anchor.LAST_ORDER: None}])  # fmt: skip
def test_a_rule_without_its_start_makes_the_row_indeterminate(
    anchors: dict[Anchor, date | None],
) -> None:
    assert ends_on(LOYALTY, anchors) is None
    assert at(date(2099, 1, 1), LOYALTY, BOOKS, anchors=anchors) == Indeterminate(
        (LOYALTY,), date(2026, 3, 15)
    )
    assert at(date(2099, 1, 1), LOYALTY, anchors={}) == Indeterminate((LOYALTY,), None)


def test_a_row_no_rule_covers_is_a_finding() -> None:
    assert at(date(2099, 1, 1)) == Uncovered()


def test_a_hold_freezes_and_says_what_it_freezes() -> None:
    due = Due(LOYALTY, date(2022, 2, 28), RetentionAction.ERASE)
    assert at(date(2026, 1, 10), LOYALTY, holds=(CLAIM,)) == Held((CLAIM,), due)
    assert at(date(2026, 1, 9), LOYALTY, holds=(CLAIM,)) == due
    assert at(date(2026, 1, 10), holds=(CLAIM,)) == Held((CLAIM,), Uncovered())


def test_a_lifted_hold_freezes_no_more_from_that_day() -> None:
    lifted = Hold("hold-2", HoldKind.RESTRICTION, date(2026, 1, 10), date(2026, 2, 1))
    assert lifted.freezes(date(2026, 1, 31))
    assert not lifted.freezes(date(2026, 2, 1))
    both = at(date(2026, 1, 31), LOYALTY, holds=(lifted, CLAIM))
    assert isinstance(both, Held)
    assert both.holds == (lifted, CLAIM)
    after = at(date(2026, 2, 1), LOYALTY, holds=(lifted, CLAIM))
    assert isinstance(after, Held)
    assert after.holds == (CLAIM,)


def test_a_start_that_means_never_is_kept_and_does_not_fail() -> None:
    never = {Anchor.LAST_ORDER: date(9999, 12, 31)}
    assert at(date(2026, 1, 1), LOYALTY, anchors=never) == Kept(LOYALTY, date.max)


def test_a_period_of_no_length_ends_with_its_own_day() -> None:
    at_once = Rule(
        "intake", RecordClass.STAGING, Anchor.COLLECTED, Period(), RetentionAction.ERASE, ""
    )
    collected = {Anchor.COLLECTED: date(2026, 1, 1)}
    assert at(date(2026, 1, 1), at_once, anchors=collected) == Kept(at_once, date(2026, 1, 1))
    assert isinstance(at(date(2026, 1, 2), at_once, anchors=collected), Due)


# Properties

some_days = st.dates(date(2010, 1, 1), date(2050, 12, 31))
some_rules = st.lists(
    st.builds(
        Rule,
        activity=st.sampled_from(["loyalty", "bookkeeping", "support"]),
        record_class=st.just(RecordClass.PURCHASE_DETAIL),
        anchor=st.sampled_from(Anchor),
        period=st.builds(Period, months=st.integers(0, 130), days=st.integers(0, 90)),
        action=st.sampled_from(RetentionAction),
        legal_reference=st.sampled_from(["art. 2220 c.c.", "consent"]),
    ),
    max_size=4,
)
some_anchors = st.dictionaries(st.sampled_from(Anchor), some_days | st.none())
all_anchors = st.fixed_dictionaries(dict.fromkeys(Anchor, some_days))
some_holds = st.lists(
    st.builds(
        Hold,
        reference=st.just("h"),
        kind=st.sampled_from(HoldKind),
        placed_on=some_days,
        lifted_on=some_days | st.none(),
    ),
    max_size=3,
)


@given(some_rules, some_anchors, some_holds, some_days)
def test_due_means_every_rule_has_ended_and_no_hold_is_in_force(
    rules: list[Rule], anchors: dict[Anchor, date | None], holds: list[Hold], today: date
) -> None:
    decision = decide(rules_that_apply=rules, anchors=anchors, holds=holds, today=today)
    if isinstance(decision, Due):
        ends = [ends_on(rule, anchors) for rule in rules]
        assert ends
        assert all(end is not None and end < today for end in ends)
        assert not any(hold.freezes(today) for hold in holds)


@given(some_rules, some_anchors, some_holds, some_days)
def test_a_hold_in_force_always_wins(
    rules: list[Rule], anchors: dict[Anchor, date | None], holds: list[Hold], today: date
) -> None:
    in_force = Hold("now", HoldKind.OPEN_REQUEST, today)
    decision = decide(
        rules_that_apply=rules, anchors=anchors, holds=[*holds, in_force], today=today
    )
    assert isinstance(decision, Held)
    assert in_force in decision.holds
    assert decision.otherwise == decide(
        rules_that_apply=rules, anchors=anchors, holds=[], today=today
    )


@given(some_rules.filter(bool), some_rules, all_anchors, some_days)
def test_another_rule_never_makes_the_end_earlier(
    rules: list[Rule], more: list[Rule], anchors: dict[Anchor, date], today: date
) -> None:
    before = decide(rules_that_apply=rules, anchors=anchors, holds=[], today=today)
    after = decide(rules_that_apply=[*rules, *more], anchors=anchors, holds=[], today=today)
    assert isinstance(before, Due | Kept)
    assert isinstance(after, Due | Kept)
    assert after.until >= before.until
    assert not (isinstance(before, Kept) and isinstance(after, Due))


@given(some_rules, some_anchors, some_days, st.integers(0, 5000))
def test_what_is_due_stays_due(
    rules: list[Rule], anchors: dict[Anchor, date | None], today: date, later: int
) -> None:
    now = decide(rules_that_apply=rules, anchors=anchors, holds=[], today=today)
    then = decide(
        rules_that_apply=rules, anchors=anchors, holds=[], today=today + timedelta(days=later)
    )
    assert isinstance(now, Kept) or then == now


@given(some_rules, some_anchors, some_days)
def test_the_order_of_rules_does_not_matter_to_what_happens(
    rules: list[Rule], anchors: dict[Anchor, date | None], today: date
) -> None:
    shuffled = list(reversed(rules))
    one = decide(rules_that_apply=rules, anchors=anchors, holds=[], today=today)
    two = decide(rules_that_apply=shuffled, anchors=anchors, holds=[], today=today)
    assert type(one) is type(two)
    if isinstance(one, Due) and isinstance(two, Due):
        assert (one.until, one.action) == (two.until, two.action)
