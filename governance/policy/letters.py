"""Whether a letter is a request about one's data, and which rights it speaks of. Pure.

No form may be asked of a request (recital 59; EDPB Guidelines 01/2022, 52-57): it is one by what
it says. Rules with weights, and no statistics, so that whoever decides sees why something is
proposed. What is found is a proposal; a person accepts it or not. A letter of which the rules are
not sure is shown to the person without one.

What was quoted from earlier letters and what stands below a signature is not the letter.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache

from governance.policy.letter_phrases import (
    ABOUT_OTHER_THINGS,
    ARTICLE,
    ARTICLES,
    ENGLISH,
    ENGLISH_WORDS,
    ITALIAN,
    ITALIAN_WORDS,
    ON_BEHALF,
    SURE,
    Phrase,
)
from governance.policy.vocabulary import Right

LONGEST = 20_000  # characters that are looked at: a request says what it wants sooner
GAP = r"(?:[^\w]{1,3}[\w'-]+){0,6}?[^\w]{1,3}"
NO_OTHER_RIGHT = (Right.COMPLAINT, Right.QUESTION)
QUOTE = re.compile(
    r"^(?:>.*|[- ]{2,}(?:messaggio originale|original message)[- ]*"
    r"|(?:il|on) .{6,80}(?:ha scritto|avete scritto|wrote): *|(?:da|from): .+@.+)$",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"^-- ?$")
LAW = re.compile(r"\bgdpr\b|\b2016/679\b|\bprivacy\b|\bdati personali\b|\bpersonal data\b")


@unique
class Verdict(StrEnum):
    """What the rules make of a letter."""

    REQUEST = "request"
    UNSURE = "unsure"  # a person reads it without a proposal
    OTHER = "other"  # nothing in it speaks of a right


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that matched, and the words of the letter it matched."""

    key: str
    right: Right | None
    weight: int
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules propose for a letter.

    Attributes
    ----------
    rights : those proposed, in the order of the Regulation; of an unsure letter, the possible ones
    on_behalf : whether it seems to be written for somebody else, whose mandate is then asked for
    found : why
    """

    verdict: Verdict
    rights: tuple[Right, ...]
    language: str
    on_behalf: bool
    found: tuple[Found, ...]


def read(subject: str, body: str) -> Reading:
    """Return what a letter seems to be.

    Arguments
    ---------
    subject : its subject line; of a reply it is the other's words and does not count
    body : its text
    """
    own = written(body)
    text = folded(own if is_reply(subject) else f"{subject}\n{own}")[:LONGEST]
    found = tuple(_found(text))
    names_the_law = LAW.search(text) is not None
    against = 0 if names_the_law else sum(one.weight for one in found if one.right is None)
    scores = {
        right: against + sum(one.weight for one in found if one.right is right)
        for right in {one.right for one in found if one.right is not None}
    }
    sure = _settled({right for right, score in scores.items() if score >= SURE})
    maybe = {right for right, score in scores.items() if 0 < score < SURE}
    verdict = Verdict.OTHER
    if sure or maybe or names_the_law:
        verdict = Verdict.REQUEST if sure else Verdict.UNSURE
    return Reading(
        verdict=verdict,
        rights=tuple(right for right in Right if right in (sure or maybe)),
        language=language_of(text),
        on_behalf=any(re.search(pattern, text) for pattern in ON_BEHALF),
        found=found,
    )


def _settled(sure: set[Right]) -> set[Right]:
    """Leave out questions and complaints where a right is used: people ask and grumble, too."""
    own = sure - set(NO_OTHER_RIGHT)
    return own or sure


def _found(text: str) -> Iterable[Found]:
    for phrase, pattern in _patterns():
        if match := pattern.search(text):
            yield Found(phrase.key, phrase.right, phrase.weight, match[0])


@cache
def _patterns() -> tuple[tuple[Phrase, re.Pattern[str]], ...]:
    named = [
        Phrase(f"article_{name}", right, SURE, ARTICLE.format(n=number))
        for name, right, number in ARTICLES
    ]
    every = (*named, *ITALIAN, *ENGLISH, *ABOUT_OTHER_THINGS)
    return tuple(
        (one, re.compile(one.pattern.replace(" … ", GAP).replace(" …", GAP))) for one in every
    )


def written(body: str) -> str:
    """Return what the sender wrote: without quoted letters and what follows a signature mark."""
    kept = []
    for line in body.splitlines():
        if SIGNATURE.match(line):
            break
        if re.match(r"^[- ]{2,}(?:messaggio originale|original message)", line, re.IGNORECASE):
            break
        if not QUOTE.match(line.strip()):
            kept.append(line)
    return "\n".join(kept)


def folded(text: str) -> str:
    """Return text as the rules read it: lower case, no accents, straight apostrophes, one space."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(kept.casefold().split())


def is_reply(subject: str) -> bool:
    """Whether a subject line is that of an answer."""
    return re.match(r"^\s*(?:re|r|ris|rif|aw)\s*:", subject, re.IGNORECASE) is not None


def language_of(text: str) -> str:
    """Return `it` or `en`, by the small words of a folded text; Italian where they say nothing."""
    words = re.findall(r"[a-z]+", text)
    italian = sum(word in ITALIAN_WORDS for word in words)
    english = sum(word in ENGLISH_WORDS for word in words)
    return "en" if english > italian else "it"
