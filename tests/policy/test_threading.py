"""Where a message goes, and whose turn it is: tables of facts and answers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from governance.policy.routing import Member, next_in_turn
from governance.policy.threading import Thread, belongs_to, quoted

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLD, NEW, CLOSED = UUID(int=1), UUID(int=2), UUID(int=3)


def thread(pk: UUID, *, days: int, closed: int | None = None) -> Thread:
    closed_at = None if closed is None else NOW - timedelta(days=closed)
    return Thread(pk, f"AAAAAAA{pk.int + 1}", NOW - timedelta(days=days), closed_at)


THREADS = [thread(OLD, days=9), thread(NEW, days=1), thread(CLOSED, days=15, closed=14)]


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({}, NEW),
        ({"answers": OLD}, OLD),
        ({"quotes": ("AAAAAAA2",)}, OLD),
        ({"answers": NEW, "quotes": ("AAAAAAA2",)}, NEW),
        ({"answers": CLOSED}, CLOSED),
        ({"answers": UUID(int=9), "quotes": ("ZZZZZZZ9",)}, NEW),
    ],
)
def test_the_answered_the_quoted_the_open_one(said: dict, where: UUID) -> None:
    assert belongs_to(THREADS, at=NOW, **said) == where


def test_a_new_one_begins_where_none_goes_on() -> None:
    assert belongs_to([], at=NOW) is None
    assert belongs_to([thread(CLOSED, days=15, closed=3)], at=NOW) is None, "closed, not answered"
    late = [thread(CLOSED, days=20, closed=15)]
    assert belongs_to(late, answers=CLOSED, at=NOW) is None, "answered after two weeks"


def test_a_number_is_found_in_a_subject_line() -> None:
    assert quoted("Re: Ordine [#abcd2345]", "[#ABCD2345] [#K7QM9P2A]") == ("ABCD2345", "K7QM9P2A")
    assert quoted("[#ABC]", "#ABCD2345", "[#ABCD0123]") == ()


def member(number: int, *, turn: int, languages: str = "", skills: str = "", present: bool = True):
    words = frozenset(languages.split()), frozenset(skills.split())
    return Member(UUID(int=number), *words, turn, is_present=present)


DESK = [
    member(1, turn=3, languages="it"),
    member(2, turn=1, languages="it en"),
    member(3, turn=1, languages="en", skills="warranty"),
    member(4, turn=0, present=False),
]


@pytest.mark.parametrize(
    ("needs", "who"),
    [
        ({}, 2),
        ({"language": "it"}, 2),
        ({"language": "en"}, 2),
        ({"language": "de"}, 2),
        ({"skill": "warranty", "language": "en"}, 2),
    ],
)
def test_whose_turn_it_is(needs: dict[str, str], who: int) -> None:
    assert next_in_turn(DESK, **needs) == UUID(int=who)


def test_skill_binds_and_language_is_preferred() -> None:
    desk = [member(1, turn=0, skills="orders"), member(2, turn=9, skills="warranty")]
    assert next_in_turn(desk, skill="warranty") == UUID(int=2)
    assert next_in_turn(desk, skill="law") is None
    assert next_in_turn([], language="it") is None
