"""Official numbers, decided by their check digits (see `identifier_table` for the rows).

The same rows serve two readers: `find` looks for numbers inside free text, where a shape of
digits needs a context word near it; `recognise` looks at all values of a column, where many
valid check digits in a row are evidence by themselves (nine digits pass one check in ten by
chance, thirty of them in a row never do).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from stdnum import iban, luhn

from registry.discovery import birthplaces, gate
from registry.discovery.gate import Possible
from registry.discovery.identifier_table import IDENTIFIERS, PERSON, Identifier
from registry.discovery.matches import Match
from registry.discovery.values import share_of

BEFORE = 60
AFTER = 25
"""Characters around a number in which a context word counts."""

_SCORE_NOWHERE = 0.5  # a check letter that is right by chance, or a place we do not know
_SCORE_SHAPE = 0.6
_SCORE_CHECKED = 0.9
_SCORE_IN_CONTEXT = 1.0
_MIN_SHARE = 0.85
_BY_CHANCE = 1e-3
_IBAN_BEGINS = re.compile(r"\s*[A-Z]\W?[A-Z]\W?\d\W?\d", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s._/-]")
# Of those with 1 only the cards of airlines: thirteen digits are a time in milliseconds.
_CARD = re.compile(r"(?:4|5[0-5]|2[2-7]|3[0-9]|6[0-9]|1(?!\d{12}$))\d+")
_CARD_DIGITS = range(13, 20)  # ISO/IEC 7812: at most 19


_FISCAL_CODE = next(row for row in IDENTIFIERS if row.entity == "IT_FISCAL_CODE")


@dataclass(frozen=True)
class Recognition:
    """What a column of numbers is: the row, and the share of values that pass its check."""

    identifier: Identifier
    share: float


_WORDS = sorted({word for row in IDENTIFIERS for word in row.context}, key=len, reverse=True)
_CONTEXT = gate.shape(rf"(?<!\w)(?:{'|'.join(map(re.escape, _WORDS))})(?!\w)", re.IGNORECASE)
"""All context words, the longest first."""
_ALONE = [(row, gate.Shape(row.pattern)) for row in IDENTIFIERS if row.alone]
_NAMED = [row for row in IDENTIFIERS if not row.alone]


@cache
def _module(name: str) -> object:
    return import_module(f"stdnum.{name}")


def is_valid(identifier: Identifier, value: str) -> bool:
    """Say whether a value has the shape of a row and passes its check digit."""
    text = value.strip()
    if identifier.pattern.fullmatch(text) is None:
        return False
    if not identifier.module:
        return True
    compact = _SEPARATORS.sub("", text) if "_" in text else text
    allowed = {identifier.allow: True} if identifier.allow else {}
    return bool(_module(identifier.module).is_valid(compact, **allowed))  # type: ignore[attr-defined]  # modules share no protocol


def is_iban(value: str) -> bool:
    """Say whether a value is an IBAN: length of its country and ISO 7064 mod 97."""
    return _IBAN_BEGINS.match(value) is not None and bool(iban.is_valid(value, check_country=False))


def is_card_number(value: str) -> bool:
    """Say whether a value is a payment card number: issuer range, length and Luhn."""
    digits = re.sub(r"[ -]", "", value.strip())
    return (
        digits.isascii()
        and digits.isdigit()
        and len(digits) in _CARD_DIGITS
        and len(set(digits)) > 1
        and _CARD.match(digits) is not None
        and bool(luhn.is_valid(digits))
    )


def near(text: str, start: int, end: int, *, words: re.Pattern[str]) -> bool:
    """Say whether one of the words stands shortly before or after a span."""
    return bool(words.search(text[max(0, start - BEFORE) : end + AFTER]))


def find(text: str, possible: Possible = gate.ANYTHING) -> Iterator[Match]:
    """Find the official numbers in a text, with offsets.

    A number that is not distinctive by shape and check needs one of its context words
    within `BEFORE` characters before or `AFTER` after it.

    Parameters
    ----------
    possible : what the gate saw in the text (`gate.possible`)
    """
    for row, shape in _ALONE:
        if shape.number in possible:
            yield from _of_row(row, text)
    named = {hit.group().lower() for hit in _CONTEXT.within(text, possible)}
    for row in _NAMED if named else ():
        if not named.isdisjoint(row.context):
            yield from _of_row(row, text)


def _of_row(row: Identifier, text: str) -> Iterator[Match]:
    for hit in row.pattern.finditer(text):
        match = _judge(row, text, hit)
        if match is not None:
            yield match


def _judge(row: Identifier, text: str, hit: re.Match[str]) -> Match | None:
    """Turn a hit of a shape into a match, when its check and its context allow it."""
    if not is_valid(row, hit.group()):
        return None
    if row is _FISCAL_CODE and not birthplaces.exists(_SEPARATORS.sub("", hit.group()).upper()):
        return Match(row.entity, hit.start(), hit.end(), _SCORE_NOWHERE)
    if near(text, hit.start(), hit.end(), words=row.context_pattern):
        score = _SCORE_IN_CONTEXT
    elif row.alone:
        vague = hit.group().isdigit() or not row.module
        score = _SCORE_SHAPE if vague else _SCORE_CHECKED
    else:
        return None
    return Match(row.entity, hit.start(), hit.end(), score)


def recognise(values: Sequence[str], *, hints: Iterable[str] = ()) -> Recognition | None:
    """Say which official number a column holds, when chance cannot explain it.

    Parameters
    ----------
    values : distinct, non-empty values of one column
    hints : ISO country codes or kinds (`national_id`, `vat_number`) to prefer between equals

    Returns
    -------
    Recognition or None
        None when under 85 % of the values pass any check, or when so few values were seen
        that luck explains them (probability over one in a thousand).
    """
    wanted = set(hints)
    best: tuple[tuple[float, int, int, float], Recognition] | None = None
    for row in IDENTIFIERS:
        share = _share(row, values)
        if share < _MIN_SHARE or not _beats_chance(row, share, len(values), wanted):
            continue
        hinted = len(wanted & {row.country, row.kind})
        key = (round(share, 1), hinted, int(row.country == "IT"), -row.chance)
        if best is None or key > best[0]:
            best = (key, Recognition(row, share))
    return None if best is None else best[1]


def _share(row: Identifier, values: Sequence[str]) -> float:
    """Return the share of values that pass, giving up early on columns of other things."""
    first = values[:8]
    if not first or sum(is_valid(row, value) for value in first) * 2 < len(first):
        return 0.0
    return share_of(values, lambda value: is_valid(row, value), _MIN_SHARE)


def _beats_chance(row: Identifier, share: float, count: int, wanted: set[str]) -> bool:
    """Say whether the valid values are more than luck; a hint from the header needs less."""
    if row.kind in wanted:
        return True
    distinctive = row.alone and not row.shape.startswith(r"\d")
    if distinctive and row.kind == PERSON and row.country == "IT":
        return True  # sixteen structured characters with a date and a check letter
    return bool(row.chance ** (share * count) < _BY_CHANCE)
