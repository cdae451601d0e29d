"""Retention: the latest end wins, a hold freezes, nothing unknown is destroyed."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.periods import Period
from governance.policy.retention import (
    BasisEnded,
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
    decide_parts,
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


CATEGORIES = ("name", "email", "preferences", "purchases")
ENDS = st.integers(0, 40)


def is_to_go(decision: Decision) -> bool:
    """Whether something is to be destroyed now: what is to be reviewed stays."""
    return isinstance(decision, Due | BasisEnded) and decision.action is RetentionAction.ERASE


@st.composite
def needing(draw: st.DrawFn) -> Rule:
    """A rule of some activity that needs some categories, or, naming none, all."""
    return Rule(
        activity=draw(st.sampled_from(["a", "b", "c"])),
        record_class=RecordClass.MASTER_DATA,
        anchor=draw(st.sampled_from([Anchor.LAST_ORDER, Anchor.LAST_CONTACT])),
        period=Period.parse(f"P{draw(ENDS)}M"),
        action=draw(st.sampled_from([RetentionAction.ERASE, RetentionAction.REVIEW])),
        legal_reference=draw(st.sampled_from(["x", "y"])),
        categories=draw(st.frozensets(st.sampled_from(CATEGORIES))),
    )


def naive(
    category: str,
    live: list[Rule],
    lapsed: list[Rule],
    anchors: Mapping[Anchor, date | None],
    today: date,
) -> bool:
    """Whether one field is to go, asked of every rule by itself; written without the product's."""
    mine = [r for r in live if not r.categories or category in r.categories]
    others = [r for r in lapsed if not r.categories or category in r.categories]
    if not mine:
        return bool(others) and not any(r.action is RetentionAction.REVIEW for r in others)
    starts = [anchors.get(r.anchor) for r in mine]
    if None in starts:
        return False
    last = [
        _months_later(start, r.period.months)
        for start, r in zip(starts, mine, strict=True)
        if start
    ]
    if today <= max(last):
        return False
    return not any(
        r.action is RetentionAction.REVIEW
        for r, end in zip(mine, last, strict=True)
        if end == max(last)
    )


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = start.day
    while True:
        try:
            return date(year, month + 1, day)
        except ValueError:
            day -= 1


@given(
    live=st.lists(needing(), max_size=4),
    lapsed=st.lists(needing(), max_size=3),
    last_order=st.none() | st.dates(date(2020, 1, 1), date(2024, 12, 31)),
    last_contact=st.none() | st.dates(date(2020, 1, 1), date(2024, 12, 31)),
    today=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
)
def test_each_part_goes_as_a_field_that_is_asked_for_by_itself(
    live: list[Rule],
    lapsed: list[Rule],
    last_order: date | None,
    last_contact: date | None,
    today: date,
) -> None:
    anchors = {Anchor.LAST_ORDER: last_order, Anchor.LAST_CONTACT: last_contact}
    parts = decide_parts(
        CATEGORIES, rules_that_apply=live, rules_without_basis=lapsed, anchors=anchors, holds=(),
        today=today,
    )  # fmt: skip
    assert {c for c, of in parts.items() if is_to_go(of)} == {
        c for c in CATEGORIES if naive(c, live, lapsed, anchors, today)
    }
    row = decide(
        rules_that_apply=live, rules_without_basis=lapsed, anchors=anchors, holds=(), today=today
    )
    if is_to_go(row):
        assert not any(isinstance(of, Kept | Indeterminate) for of in parts.values())


@given(rules=st.lists(needing(), min_size=1, max_size=4), today=st.dates(date(2030, 1, 1)))
def test_a_hold_keeps_every_part(rules: list[Rule], today: date) -> None:
    parts = decide_parts(
        CATEGORIES, rules_that_apply=rules, anchors=ANCHORS, holds=[CLAIM], today=today
    )
    assert all(isinstance(of, Held) for of in parts.values())
    assert not any(is_to_go(of) for of in parts.values())
