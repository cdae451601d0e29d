"""Whether a letter is a request: the rules against letters, some of which they never saw."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from governance.policy import letters
from governance.policy.letters import Verdict
from governance.policy.vocabulary import Right

FOLDER = Path(__file__).parents[1] / "vectors" / "letters"


@dataclass(frozen=True)
class Letter:
    rights: frozenset[str]
    language: str
    on_behalf: bool
    subject: str
    body: str


def corpus(name: str) -> Iterator[Letter]:
    """The letters of a file, as its first line describes them."""
    for block in (FOLDER / name).read_text().split("\n=== ")[1:]:
        head, _, rest = block.partition("\n")
        rights, language, marks = (part.strip() for part in head.split("|"))
        subject, _, body = rest.partition("\n")
        named = frozenset() if rights == "none" else frozenset(rights.split(", "))
        yield Letter(
            named, language, "behalf" in marks, subject.partition(":")[2].strip(), body.strip()
        )


def figures(name: str) -> dict[str, float]:
    """Precision and recall of the rights proposed, and what became of requests and of the rest."""
    right, count = Counter[str](), Counter[str]()
    for letter in corpus(name):
        read = letters.read(letter.subject, letter.body)
        is_sure = read.verdict is Verdict.REQUEST
        proposed = {str(one) for one in read.rights} if is_sure else set()
        right["found"] += len(letter.rights & proposed)
        right["wrong"] += len(proposed - letter.rights)
        right["missed"] += len(letter.rights - proposed)
        count["letters"] += 1
        count["request"] += bool(letter.rights)
        count["request proposed"] += bool(letter.rights) and is_sure
        count["other proposed"] += not letter.rights and is_sure
        count["behalf missed"] += letter.on_behalf and not read.on_behalf
        count["language wrong"] += letter.language != read.language
    return {
        **count,
        "precision": right["found"] / (right["found"] + right["wrong"]),
        "recall": right["found"] / (right["found"] + right["missed"]),
    }


@pytest.mark.parametrize("letter", list(corpus("written.txt")), ids=lambda one: one.subject)
def test_the_rules_read_what_they_were_written_for(letter: Letter) -> None:
    read = letters.read(letter.subject, letter.body)
    proposed = {str(one) for one in read.rights} if read.verdict is Verdict.REQUEST else set()
    assert (proposed, read.language, read.on_behalf) == (
        letter.rights, letter.language, letter.on_behalf,
    )  # fmt: skip


def test_letters_that_the_rules_never_saw() -> None:
    seen = figures("held_out.txt")
    assert seen["letters"] == 62
    assert seen["other proposed"] == 0, "an order or a parcel is never proposed as a request"
    assert seen["precision"] >= 0.95
    assert seen["recall"] >= 0.9
    assert seen["behalf missed"] == 0
    assert seen["language wrong"] == 0


def test_a_quoted_letter_and_a_signature_are_not_the_letter() -> None:
    body = (
        "Grazie, tutto a posto.\n\nIl giorno 3 marzo 2026 Acme ha scritto:\n"
        "> Per la cancellazione dei dati personali scriva a privacy@acme.example\n"
    )
    assert letters.read("Re: cancellazione dei dati personali", body).verdict is Verdict.OTHER
    signed = (
        "Ci vediamo martedì.\n-- \nStudio Rossi. Informativa privacy: diritto di accesso art. 15"
    )
    assert letters.read("Appuntamento", signed).verdict is Verdict.OTHER


def test_it_says_why() -> None:
    read = letters.read("", "Vi prego di cancellare i miei dati (art. 17 GDPR).")
    assert read.rights == (Right.ERASURE,)
    assert {(one.key, one.words) for one in read.found} == {
        ("article_erasure", "art. 17"), ("it_erase", "cancellare i miei dati"),
    }  # fmt: skip


def test_who_is_not_sure_says_so() -> None:
    read = letters.read("Domanda", "Da chi avete avuto il contatto?")
    assert (read.verdict, read.rights) == (Verdict.UNSURE, (Right.ACCESS,))
    assert letters.read("GDPR", "Buongiorno, vi scrivo per il GDPR.").verdict is Verdict.UNSURE


@pytest.mark.parametrize("text", ["", " " * 100_000, "a " * 200_000, "non voglio " * 50_000,
                                  "(" * 100_000, "cancellare i " * 50_000, "à" * 100_000])  # fmt: skip
def test_no_letter_takes_long(text: str) -> None:
    letters.read(text, text)  # the time of the test is limited
