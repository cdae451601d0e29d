"""Mentions of people in texts that may be handed to somebody: names, addresses, numbers.

The narrow way from a text to what in it may be about a person, for whoever redacts. It says what
stands where; whose it is, the caller knows. More is found than `freetext` reports (`name_rules`),
and never everything: what leaves the house is read by a person besides (docs/spec/redaction.md).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from registry.discovery import freetext, name_rules
from registry.discovery.gazetteer import GIVEN_NAMES, fold
from registry.discovery.matches import Match


@unique
class Kind(StrEnum):
    """What a mention is; `WORDS` is said by people alone."""

    PERSON = "person"
    EMAIL = "email"
    PHONE = "phone"
    POSTAL_ADDRESS = "postal_address"
    OFFICIAL_NUMBER = "official_number"
    BANK = "bank"
    PLATE = "plate"
    BIRTH_DATE = "birth_date"
    ONLINE_NAME = "online_name"
    SECRET = "secret"  # noqa: S105 - a word, no secret
    WORDS = "words"


@dataclass(frozen=True, order=True)
class Mention:
    """A span of a text; `is_sure` is False where little speaks for it."""

    start: int
    end: int
    kind: Kind
    is_sure: bool = True


_KINDS: dict[str, Kind] = {
    "PERSON": Kind.PERSON,
    "EMAIL_ADDRESS": Kind.EMAIL,
    "PHONE_NUMBER": Kind.PHONE,
    "STREET_ADDRESS": Kind.POSTAL_ADDRESS,
    "IBAN_CODE": Kind.BANK,
    "CREDIT_CARD": Kind.BANK,
    "IT_PLATE": Kind.PLATE,
    "BIRTH_DATE": Kind.BIRTH_DATE,
    "IP_ADDRESS": Kind.ONLINE_NAME,
    "SOCIAL_PROFILE": Kind.ONLINE_NAME,
    "PASSWORD": Kind.SECRET,
    "CARD_CODE": Kind.SECRET,
}
_SPELLED_EMAIL = re.compile(
    r"[\w.+\-]+\s?(?:\(at\)|\[at\]|\{at\}|\schiocciola\s|\sat\s(?=\w+\s(?:dot|punto)\s))\s?"
    r"[\w\-]+(?:(?:\.|\s?(?:\(dot\)|\[dot\]|\spunto\s|\sdot\s)\s?)[\w\-]+)+",
    re.IGNORECASE,
)
_PLAIN_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_][\w.]{2,29}(?!\w)")
_MOBILE = re.compile(
    r"(?<![\w+/])(?:(?:\+|00)\d{2}[ .\-]?)?3\d{2}[ .\-/]?\d{3}[ .\-]?\d{2}[ .\-]?\d{1,2}(?![\w/])"
)
# The shape alone: a code or an account with a mistyped sign still tells whose it is.
_FISCAL_CODE = re.compile(
    r"(?<!\w)[A-Z]{6}\s?[0-9LMNP-V]{2}\s?[A-EHLMPRST]\s?[0-9LMNP-V]{2}\s?[A-Z][0-9LMNP-V]{3}\s?[A-Z](?!\w)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_CALLED_ON = re.compile(
    r"(?:\b(?:tel|telefono|cell|cellulare|numero|fax|chiamare|al|phone|mobile|number|call|on|ring)\b"
    r"[^\w\n+]{0,4})(?P<number>(?:\+|00?)[1-9][\d ./\-]{6,14}\d)(?![\w/])",
    re.IGNORECASE,
)
_SHAPES = (
    (_IBAN, Kind.BANK),
    (_CALLED_ON, Kind.PHONE),
    (_PLAIN_EMAIL, Kind.EMAIL),
    (_SPELLED_EMAIL, Kind.EMAIL),
    (_FISCAL_CODE, Kind.OFFICIAL_NUMBER),
    (_MOBILE, Kind.PHONE),
    (_HANDLE, Kind.ONLINE_NAME),
)
_SURE_FROM = 0.6
_BEFORE, _AFTER = " ([{<\"'", " ,;:."


def find(texts: Sequence[str]) -> list[list[Mention]]:
    """Find what may be about a person in each of the texts.

    Returns
    -------
    list of list of Mention
        One list per text, in order of appearance, without overlaps. Offsets are those of the text
        as it is, with the invisible signs that somebody may have put into a name.
    """
    visible = [_visible(text) for text in texts]
    found = freetext.scan_many([text for text, _places in visible], names=True)
    return [
        [_back(mention, places) for mention in _mentions(text, findings)]
        for (text, places), findings in zip(visible, found, strict=True)
    ]


def is_after_kin(text: str, start: int) -> bool:
    """Say whether the word before a name says that it is somebody else's: "sua moglie Anna"."""
    return name_rules.is_after_kin(text, start)


def is_unread(text: str) -> bool:
    """Say whether a text is in a script that nothing here reads: none found says nothing."""
    return name_rules.is_in_another_script(text)


def _visible(text: str) -> tuple[str, list[int]]:
    """Return a text without signs that only steer its layout, and where each of its signs was."""
    places = [i for i, sign in enumerate(text) if unicodedata.category(sign) != "Cf"]
    return "".join(text[i] for i in places), places


def _back(mention: Mention, places: list[int]) -> Mention:
    start, end = places[mention.start], places[mention.end - 1] + 1
    return Mention(start, end, mention.kind, mention.is_sure)


def _mentions(text: str, findings: Iterable[freetext.TextFinding]) -> list[Mention]:
    """Put numbers and addresses first, then names between them, joined where they overlap."""
    others = [
        Mention(*hit.span(hit.lastgroup or 0), kind) for shape, kind in _SHAPES
        for hit in shape.finditer(text)
    ]  # fmt: skip
    people = [Match(m.entity, m.start, m.end, m.score) for m in name_rules.find(text)]
    for f in findings:
        if f.entity == "PERSON":
            span = name_rules.trimmed(text, f.start, f.end)
            if span and _is_name(text[slice(*span)]):
                people.append(Match(f.entity, *span, f.score))
        elif not f.entity.startswith("SPECIAL_"):
            kind = _KINDS.get(f.entity, Kind.OFFICIAL_NUMBER)
            others.append(Mention(f.start, f.end, kind, f.score >= _SURE_FROM))
    kept = _joined(_tidy(text, one) for one in others)
    names = _joined([Mention(m.start, m.end, Kind.PERSON, m.score >= _SURE_FROM) for m in people])
    between = [n for n in names if all(n.end <= o.start or n.start >= o.end for o in kept)]
    return sorted([*kept, *between])


def _is_name(words: str) -> bool:
    """Say whether words have a capital, or a name we know: the model takes verbs for names."""
    known = {word for word in fold(words).split() if len(word) > 2}  # noqa: PLR2004  # "al", "ed"
    return words != words.lower() or bool(known & GIVEN_NAMES)


def _tidy(text: str, one: Mention) -> Mention:
    """Leave a bracket or a stop that somebody put before or after outside."""
    start, end = one.start, one.end
    while start < end - 1 and text[start] in _BEFORE and text[start:end].count(")") == 0:
        start += 1
    while end > start + 1 and text[end - 1] in _AFTER:
        end -= 1
    return Mention(start, end, one.kind, one.is_sure)


def _joined(mentions: Iterable[Mention]) -> list[Mention]:
    """Join what overlaps: hidden is the whole, called by what begins first and is longest."""
    kept: list[Mention] = []
    for one in sorted(mentions, key=lambda m: (m.start, -m.end, not m.is_sure)):
        last = kept[-1] if kept else None
        if last is None or one.start >= last.end:
            kept.append(one)
        elif one.end > last.end or one.is_sure:
            kept[-1] = Mention(
                last.start, max(last.end, one.end), last.kind, last.is_sure or one.is_sure
            )
    return kept
