"""When an impact assessment is needed, and what then keeps an activity from being approved."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.categories import SPECIAL, Category
from governance.policy.impact import (
    BLOCKING,
    Concluded,
    Criterion,
    Standing,
    criteria,
    is_needed,
    standing,
)
from governance.policy.register import Risk
from governance.policy.vocabulary import SubjectKind

TODAY = date(2026, 11, 23)
NEXT_YEAR = TODAY + timedelta(days=365)


def met(*declared: Criterion, **facts) -> frozenset[Criterion]:
    known = {"categories": [], "subject_kinds": [], "is_profiling": False, "is_deciding": False}
    return criteria(declared, **{**known, **facts})


def test_there_are_nine_criteria_and_any_two_ask_for_an_assessment() -> None:
    assert len(Criterion) == 9
    assert not any(is_needed([one]) for one in Criterion)
    assert all(is_needed(pair) for pair in combinations(Criterion, 2))
    assert not is_needed([Criterion.LARGE_SCALE, Criterion.LARGE_SCALE]), "one, said twice"


@pytest.mark.parametrize(
    ("facts", "criterion"),
    [
        ({"is_profiling": True}, Criterion.EVALUATION),
        ({"is_deciding": True}, Criterion.AUTOMATED_DECISION),
        ({"categories": [Category.HEALTH]}, Criterion.SENSITIVE_DATA),
        ({"categories": [Category.CRIMINAL_OFFENCE]}, Criterion.SENSITIVE_DATA),
        ({"subject_kinds": [SubjectKind.EMPLOYEE]}, Criterion.VULNERABLE_PEOPLE),
    ],
)
def test_what_the_entry_shows_counts_though_nobody_ticked_it(facts, criterion) -> None:
    assert met(**facts) == {criterion}
    assert is_needed(met(Criterion.LARGE_SCALE, **facts))


@given(
    declared=st.sets(st.sampled_from(list(Criterion))),
    categories=st.sets(st.sampled_from(list(Category))),
)
def test_what_was_declared_is_never_lost(declared, categories) -> None:
    found = met(*declared, categories=categories)
    assert declared <= found
    assert (Criterion.SENSITIVE_DATA in found - declared) <= bool(SPECIAL & categories)


TWO = {Criterion.LARGE_SCALE, Criterion.COMBINING}


@pytest.mark.parametrize(
    ("criteria_met", "latest", "wanted"),
    [
        (set(), None, Standing.NOT_NEEDED),
        ({Criterion.LARGE_SCALE}, None, Standing.NOT_NEEDED),
        (TWO, None, Standing.MISSING),
        (TWO, Concluded(Risk.LOW, False, NEXT_YEAR), Standing.IN_ORDER),
        (TWO, Concluded(Risk.HIGH, False, NEXT_YEAR), Standing.CONSULTATION_MISSING),
        (TWO, Concluded(Risk.HIGH, True, NEXT_YEAR), Standing.IN_ORDER),
        (TWO, Concluded(Risk.MEDIUM, False, TODAY), Standing.IN_ORDER),
        (TWO, Concluded(Risk.MEDIUM, False, TODAY - timedelta(days=1)), Standing.REVIEW_OVERDUE),
        (set(), Concluded(Risk.LOW, False, TODAY - timedelta(days=1)), Standing.REVIEW_OVERDUE),
    ],
)
def test_where_an_activity_stands(criteria_met, latest, wanted) -> None:
    assert standing(criteria_met, latest, today=TODAY) is wanted


def test_a_late_review_does_not_block_and_a_missing_assessment_does() -> None:
    assert {Standing.MISSING, Standing.CONSULTATION_MISSING} == BLOCKING
