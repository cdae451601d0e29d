"""The gate loses nothing: whichever matcher is installed, the findings are the same."""

import csv
import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.discovery import engine, freetext, gate, loosening
from registry.discovery.gate import Possible
from tests.discovery import data, notes
from tests.discovery.test_identifiers import VALID

MATCHERS = ("hyperscan", "re2", "re")


def texts() -> Iterator[str]:
    """Every note, as it is, in capitals and in small letters; complaints; numbers; nothing."""
    marked = [text for name in notes.SETS for text, _spans in notes.read_set(name)]
    marked += [text for text, _spans in notes.read()]
    for text in marked:
        yield from (text, text.upper(), text.lower())
    with data.path("text/cfpb_complaints_1000.csv").open(encoding="utf-8", newline="") as file:
        yield from [row["Consumer complaint narrative"] for row in csv.DictReader(file)][:40]
    yield from VALID.values()
    yield from ("", " ", "\n", "è", "\udc80 a@b.it")


@pytest.fixture(params=MATCHERS)
def matcher(request: pytest.FixtureRequest) -> Callable[[str], Possible]:
    pytest.importorskip({"re2": "re2", "hyperscan": "hyperscan"}.get(request.param, "re"))
    return gate.matcher(request.param, gate._shapes)


def test_findings_are_the_same_with_every_matcher(
    matcher: Callable[[str], Possible], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list(texts())
    monkeypatch.setattr(gate, "possible", lambda _text: gate.ANYTHING)
    everything = freetext.scan_many(asked, names=False)
    monkeypatch.setattr(gate, "possible", matcher)

    assert freetext.scan_many(asked, names=False) == everything
    assert sum(map(len, everything)) > 700


def test_what_a_pattern_finds_its_loosened_form_does_not_miss(
    matcher: Callable[[str], Possible], is_long: bool
) -> None:
    """On pieces of texts that are cut and put together anywhere, with letters of other scripts."""
    chance = random.Random(9)
    known = "\n".join(texts())
    hits = 0
    for _ in range(4000 if is_long else 400):
        parts = [known[at : at + chance.randrange(2, 60)] for at in
                 (chance.randrange(len(known)) for _ in range(3))]  # fmt: skip
        text = chance.choice(["", " ", "à", "٣", "Ω"]).join(parts)
        seen = matcher(text)
        for shape in gate._shapes:
            if shape.pattern.search(text):
                hits += 1
                assert shape.number in seen, (shape.pattern.pattern[:60], text)
    assert hits > 1000


def test_of_an_ordinary_note_most_patterns_are_not_asked() -> None:
    seen = gate.possible("il cliente chiede quando arriva la merce")

    assert sum(shape.number in seen for shape in gate._shapes) < len(gate._shapes) / 8
    assert engine.by_patterns("il cliente chiede quando arriva la merce", seen) == []


def test_a_letter_that_is_another_in_capitals_is_not_judged() -> None:
    assert gate.possible("paſſword: segreta1") is gate.ANYTHING
    assert [f.entity for f in freetext.scan("la paſſword: segreta1")] == ["PASSWORD"]


def test_threads_may_ask_at_once() -> None:
    asked = list(texts())[:200]
    alone = [set(gate.possible(text)) if text.isascii() else None for text in asked]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(gate.possible, asked * 4))

    for at, text in enumerate(asked):
        if text.isascii():
            assert [set(together[at + n * len(asked)]) for n in range(4)] == [alone[at]] * 4  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("pattern", "loosened"),
    [
        (r"(?<!\w)via(?!\w)", r"(?:^|[^A-Za-z0-9_])via(?:\z|[^A-Za-z0-9_])"),
        (r"a{2,5}b?", r"[\x61]{2,}(?:b)?"),
        (r"(?<=x)identit[àa]", r"identit(?:[\x61]|[\x80-\xff]+)"),
        (r"(?i:sig)\.(?-i:RA)", r"(?i:sig)\.(?-i:RA)"),
        (r"(a)\1z", r"(?:a).*z"),
    ],
)
def test_a_pattern_is_loosened_part_by_part(pattern: str, loosened: str) -> None:
    flags = re.IGNORECASE if "-i" in pattern else 0
    expected = f"(?i){loosened}" if flags else loosened

    assert loosening.loosened(re.compile(pattern, flags)) == expected
