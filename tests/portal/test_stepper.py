"""The steps of a request are those of its right: what is done, by whom and when, and what is next."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from django.utils import translation

from dsar.models import Correspondence, Erasure, Proposal, SubjectRequest
from governance.policy.vocabulary import Right
from governance.portal.stepper import steps
from registry.models import Staff
from tests.builders import NOW


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def a_request(right: str = "access", **said: object) -> SubjectRequest:
    return SubjectRequest(
        **{"right": right, "channel": "email", "received_on": date(2026, 11, 23), **said}
    )


def shown(*args: object) -> list[tuple[str, str]]:
    return [(step.title, step.state) for step in steps(*args)]


def test_what_is_next_is_the_first_that_is_not_done() -> None:
    assert shown(a_request(), None) == [
        ("Received", "done"), ("Identity", "current"), ("Copy made", "todo"), ("Letter", "todo"),
    ]  # fmt: skip
    assert shown(a_request(state="identified", identified_at=NOW), None)[1:3] == [
        ("Identity", "done"), ("Copy made", "current"),
    ]  # fmt: skip


@pytest.mark.parametrize("right", [Right.COMPLAINT, Right.QUESTION])
def test_what_is_answered_in_words_asks_for_no_identity(right: str) -> None:
    assert [title for title, _state in shown(a_request(right), None)] == [
        "Received", "Answered in words", "Letter",
    ]  # fmt: skip


def test_an_erasure_has_its_own_steps_with_who_approved_it() -> None:
    dpo = Staff(username="dpo")
    erasure = Erasure(planned_at=NOW, approved_at=NOW, approved_by=dpo)
    row = a_request("erasure", state="identified", identified_at=NOW)
    found = steps(row, erasure)
    assert [(step.title, step.state) for step in found] == [
        ("Received", "done"), ("Identity", "done"), ("Planned", "done"), ("Approved", "done"),
        ("Erased", "current"), ("Certified", "todo"), ("Letter", "todo"),
    ]  # fmt: skip
    assert found[3].detail == "dpo, 23 November 2026"
    assert found[0].detail.endswith("23 November 2026")


def test_a_refusal_by_two_shows_the_second_and_its_letter_counts_when_it_left() -> None:
    legal = Staff(username="legal")
    row = a_request(state="refused", closed_on=date(2026, 11, 24), handled_by=legal)
    proposal = Proposal(decided_at=NOW, decided_by=legal)
    waiting = Correspondence(state="waiting")
    assert shown(row, None, [proposal], [waiting]) == [
        ("Received", "done"), ("Second person", "done"), ("Refused", "done"),
        ("Letter", "current"),
    ]  # fmt: skip
    left = Correspondence(state="sent", sent_at=NOW)
    assert shown(row, None, [proposal], [left])[-1] == ("Letter", "done")


def test_a_person_of_whom_nothing_is_held_needs_no_identity() -> None:
    assert ("Identity", "current") not in shown(a_request(is_held=False), None)


def test_a_day_is_that_of_the_place(settings: object) -> None:
    late = datetime.fromisoformat("2026-11-23T23:30:00+00:00")  # the 24th in Rome
    (step,) = (s for s in steps(a_request(identified_at=late), None) if s.title == "Identity")
    assert step.detail == "24 November 2026"
