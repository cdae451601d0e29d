"""Scan notes for personal data: what, where, and of which category.

A finding carries a masked sample and the offsets, never the value; whoever may read the
note through the gate can look at the place. Special categories are reported as words to ask
about (`special`), whatever else covers them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from registry.discovery import engine, gate, people, special
from registry.discovery import language as languages
from registry.discovery.gate import Possible
from registry.discovery.gazetteer import GIVEN_NAMES, fold
from registry.discovery.identifier_table import IDENTIFIERS
from registry.discovery.mask import mask, mask_secret
from registry.discovery.matches import Match

CATEGORY_OF: dict[str, Category] = {
    **{row.entity: row.category for row in IDENTIFIERS},
    "EMAIL_ADDRESS": Category.EMAIL,
    "PHONE_NUMBER": Category.PHONE,
    "IP_ADDRESS": Category.ONLINE_IDENTIFIER,
    "SOCIAL_PROFILE": Category.ONLINE_IDENTIFIER,
    "CREDIT_CARD": Category.PAYMENT_CARD,
    "CARD_CODE": Category.PAYMENT_CARD,
    "IBAN_CODE": Category.BANK_ACCOUNT,
    "PERSON": Category.NAME,
    "BIRTH_DATE": Category.BIRTH,
    "PASSWORD": Category.CREDENTIALS,
    "STREET_ADDRESS": Category.POSTAL_ADDRESS,
    "IT_IDENTITY_CARD": Category.IDENTITY_DOCUMENT,
    "IT_PASSPORT": Category.IDENTITY_DOCUMENT,
    "IT_DRIVER_LICENSE": Category.IDENTITY_DOCUMENT,
    "IT_PLATE": Category.PROPERTY,
    # Recital 35: a number assigned to a person for health care is data concerning health.
    "IT_HEALTH_CARD": Category.HEALTH,
}
"""The category of every entity that may be found; a finder without an entry is a mistake."""

MAX_PIECE = 50_000
"""Characters analysed at once; longer notes are cut at a space, with `OVERLAP`."""
OVERLAP = 200

_NETWORK = r"(?:insta(?:gram)?|ig|tiktok|twitter|telegram|threads|facebook)"
_SOCIAL = gate.shape(
    r"(?:https?://)?(?:www\.)?(?:linkedin\.com/in|facebook\.com|instagram\.com|x\.com|twitter\.com"
    r"|tiktok\.com|t\.me|wa\.me)/@?[\w.\-]{3,60}"
    rf"|(?<![\w@./])@\w[\w.]{{1,28}}\w(?=\W{{1,3}}(?:(?:su|on|di) )?{_NETWORK}\b)",
    re.IGNORECASE,
)
_SOCIAL_NAMED = gate.shape(
    rf"\b(?:{_NETWORK}|seguimi|follow me)(?: on| su)?:?\s(?P<name>@\w[\w.]{{1,28}}\w)",
    re.IGNORECASE,
)
_NUMBER_OF_SOMETHING = re.compile(
    r"\b(?:fattur[ae]|ordin[ei]|pratica|protocollo|prot\.?|contratt[oi]|ticket|bolla|ddt|matricola"
    r"|lotto|spedizione|tracking|invoice|order|case|account|reference|ref|article|articolo)"
    r"\b[^\w\n]{0,4}(?:n(?:r|um|umero|umber|o)?\b[.°º]?|#|id)?\s*:?\s*$",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\b(?:versione?|release|rel|firmware|build|v)\.?\s*$", re.IGNORECASE)
_ASKED, _DENIED = 0.5, 0.4
"""Scores of words of a special category, and of those that somebody is said not to be."""
_MONTH_OF_YEAR = re.compile(r"(?:0?[1-9]|1[0-2])[/.-](?:19|20)\d\d")
_SHORT_PHONE = 8


@dataclass(frozen=True)
class TextFinding:
    """A question about a span of a text.

    Attributes
    ----------
    entity : machine word: "EMAIL_ADDRESS", "IT_FISCAL_CODE", "SPECIAL_CONDITION" ...
    category : data category it would belong to
    start, end : offsets in characters, end exclusive
    score : 0.4 to 1.0; a rank, not a probability
    masked : the shape of what was found, or dots for secrets and special categories
    """

    entity: str
    category: Category
    start: int
    end: int
    score: float
    masked: str


def scan(text: str, language: str | None = None) -> list[TextFinding]:
    """Find personal data in one note.

    Parameters
    ----------
    text : the note
    language : "it" or "en"; guessed from its small words when None

    Returns
    -------
    list of TextFinding
        In order of appearance. Overlapping finds of ordinary data are resolved (the higher
        score, then the longer span); special categories are always reported.
    """
    return scan_many([text], language=language)[0]


def scan_many(
    texts: Sequence[str], *, language: str | None = None, names: bool | None = None
) -> list[list[TextFinding]]:
    """Find personal data in many notes, in batches per language.

    Parameters
    ----------
    texts : the notes
    language : of all of them; guessed for each when None
    names : True runs the model for names on every note of a language that has one, False on
        none, None on those that are sentences

    Returns
    -------
    list of list of TextFinding
        One list per note, in the order given.
    """
    seen = [gate.possible(text) for text in texts]
    batches: dict[tuple[str, bool], list[tuple[int, int, str]]] = defaultdict(list)
    for index, text in enumerate(texts):
        code = language if language in engine.LANGUAGES else languages.guess(text)
        named = languages.is_prose(text) if names is None else names
        for offset, piece in _pieces(text):
            batches[code, named and engine.has_model(code)].append((index, offset, piece))
    found: list[set[Match]] = [set() for _text in texts]
    for (code, named), pieces in batches.items():
        results = engine.analyze(
            [piece for _i, _o, piece in pieces], language=code, names=named,
            seen=[
                seen[at] if piece is texts[at] else gate.possible(piece) for at, _o, piece in pieces
            ],
        )  # fmt: skip
        for (index, offset, _piece), matches in zip(pieces, results, strict=True):
            found[index].update(
                Match(m.entity, m.start + offset, m.end + offset, m.score) for m in matches
            )
    return [_findings(*of_text) for of_text in zip(texts, found, seen, strict=True)]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text at spaces into overlapping pieces, with their offsets."""
    start = 0
    while len(text) - start > MAX_PIECE:
        space = text.rfind(" ", start + MAX_PIECE // 2, start + MAX_PIECE)
        end = space if space > 0 else start + MAX_PIECE
        yield start, text[start:end]
        start = end - OVERLAP
    if text[start:].strip():
        yield start, text[start:]


def _findings(
    text: str, matches: Iterable[Match], possible: Possible = gate.ANYTHING
) -> list[TextFinding]:
    """Resolve overlaps, add social profiles and special categories, mask, and sort."""
    social = [Match("SOCIAL_PROFILE", *h.span(), 0.7) for h in _SOCIAL.within(text, possible)]
    social += [
        Match("SOCIAL_PROFILE", *hit.span("name"), 0.7)
        for hit in _SOCIAL_NAMED.within(text, possible)
    ]
    kept = _without_overlaps(
        m
        for m in (*_plausible(text, matches), *social)
        if not _is_other_number(text, m) and not _is_already_redacted(text, m)
    )
    findings = [
        TextFinding(m.entity, CATEGORY_OF[m.entity], m.start, m.end, m.score, _masked(text, m))
        for m in kept
    ]
    findings.extend(
        TextFinding(
            f"SPECIAL_{word.word_class.upper()}", word.category, word.start, word.end,
            _DENIED if word.is_denied else _ASKED,
            mask_secret(text[word.start : word.end]),
        )
        for word in special.find(text, possible)
    )  # fmt: skip
    return sorted(findings, key=lambda f: (f.start, f.end, f.entity))


def _plausible(text: str, matches: Iterable[Match]) -> Iterator[Match]:
    """Leave out of the names a model proposes titles, halls and museums."""
    for match in matches:
        if match.entity != "PERSON":
            yield match
        elif span := people.plausible_part(text, match.start, match.end):
            yield Match("PERSON", *span, match.score)


def _masked(text: str, match: Match) -> str:
    """Return the sample to show: nothing at all of what may never be stored."""
    category = CATEGORY_OF[match.entity]
    hidden = category in NEVER_STORED or category in SPECIAL
    value = text[match.start : match.end]
    return mask_secret(value) if hidden else mask(value)


def _is_already_redacted(text: str, match: Match) -> bool:
    """Say whether a "name" is what a redaction left ("XXXX XXXX"), and no name we know."""
    parts = fold(text[match.start : match.end]).split()
    redacted = any(len(part) > 1 and not part.strip("x*_.,/0123456789") for part in parts)
    return match.entity == "PERSON" and redacted and not GIVEN_NAMES.intersection(parts)


def _is_other_number(text: str, match: Match) -> bool:
    """Say whether a "phone" is an invoice or too short to be one, or an "IP" is a version."""
    before = text[max(0, match.start - 40) : match.start]
    if match.entity == "IP_ADDRESS":
        return _VERSION.search(before) is not None
    if match.entity != "PHONE_NUMBER":
        return False
    value = text[match.start : match.end]
    digits = sum(character.isdigit() for character in value)
    bare = value.isdigit() and digits < _SHORT_PHONE
    month = _MONTH_OF_YEAR.fullmatch(value) is not None
    return bare or month or _NUMBER_OF_SOMETHING.search(before) is not None


def _without_overlaps(matches: Iterable[Match]) -> list[Match]:
    """Keep of overlapping matches the one with the higher score, then the longer one."""
    kept: list[Match] = []
    ranked = sorted(matches, key=lambda m: (-m.score, m.start - m.end, m.start, m.entity))
    for match in ranked:
        if all(match.end <= other.start or match.start >= other.end for other in kept):
            kept.append(match)
    return kept
