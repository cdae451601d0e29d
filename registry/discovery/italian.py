"""What Presidio does not find in Italian notes: documents, plates, streets, people, dates of birth.

Numbers of documents have no check digit and share their shape (a paper identity card and a
passport are both two letters and seven digits), so they count only near a word that names
the document, and the nearest word decides. People are found by title or by given name;
this is a rule, not a model, and it misses whoever has neither.
"""

import re
from collections.abc import Iterator

from registry.discovery import gate
from registry.discovery.gate import Possible
from registry.discovery.identifiers import is_iban
from registry.discovery.matches import Match

_I = re.IGNORECASE
_WINDOW = 45

_DOCUMENTS: tuple[tuple[str, gate.Shape, re.Pattern[str]], ...] = (
    ("IT_IDENTITY_CARD",
     gate.shape(r"(?<!\w)(?:[A-Z]{2}\d{5}[A-Z]{2}|[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2})(?!\w)", _I),
     re.compile(
         r"\b(?:carta (?:d['’] ?|di )?identit[àa]['’]?|c\.i\.|cie|identity card|documento)", _I
     )),
    ("IT_PASSPORT", gate.shape(r"(?<!\w)[A-Z]{2} ?\d{7}(?!\w)", _I),
     re.compile(r"\b(?:passaporto|passport)\b", _I)),
    ("IT_DRIVER_LICENSE",
     gate.shape(r"(?<!\w)(?:[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z])(?!\w)", _I),
     re.compile(r"\b(?:patente|driving licen[cs]e|driver['’]?s? licen[cs]e|licen[cs]e)\b", _I)),
)  # fmt: skip

_PLATE_LETTER = "[A-HJ-NPR-TV-Z]"  # no I, O, Q, U on Italian plates
_PLATE = gate.shape(rf"(?<!\w){_PLATE_LETTER}{{2}} ?\d{{3}} ?{_PLATE_LETTER}{{2}}(?!\w)")
_PLATE_WORDS = re.compile(r"\b(?:targ(?:a|he|at[oa])|veicolo|auto(?:vettura)?|furgone|plate)\b", _I)
_MOTORCYCLE = gate.shape(
    rf"\b(?i:moto(?:ciclo)?|scooter|targ\w+)\W{{1,3}}(?P<plate>{_PLATE_LETTER}{{2}} ?\d{{5}})(?!\w)"
)
# People group an IBAN as they please; Presidio knows groups of four.
_IBAN = gate.shape(r"(?<!\w)IT ?\d{2} ?[A-Z](?: ?\d){10}(?: ?[A-Z0-9]){12}(?!\w)", _I)
# ISO/IEC 7812: 80 health, 380 Italy; twenty digits on the back of the card (TEAM).
_TEAM = gate.shape(r"(?<!\w)80380 ?\d{5} ?\d{5} ?\d{5}(?!\w)")

_TYPE = (
    r"(?:via|viale|v\.le|piazza|p\.?zza|p\.za|piazzale|p\.le|corso|c\.so|largo|vicolo|vico|strada"
    r"|contrada|c\.da|localit[àa]['’]?|loc\.|lungomare|lungotevere|borgo|salita|traversa|frazione|fraz\.)"
)
_WORD = r"[^\W\d_][\w'’.]*"
_STREET = gate.shape(
    rf"\b(?P<type>{_TYPE})\s+"
    rf"(?P<name>(?:[XVI]+\s+|\d{{1,2}}\s+(?=[a-z]))?{_WORD}(?:[ -]{_WORD}){{0,4}}?)"
    r"(?:,?\s*(?:n\.?|n°|num\.|civico|nr\.)?\s*"
    r"(?P<number>\d{1,4}(?:\s?/\s?\w{1,3}|\s?(?:bis|ter)\b|\s?km\s?\d+|[A-Za-z]\b)?|s\.?n\.?c\b\.?))"
    r"(?P<town>\s*[,–-]?\s*\d{5}\s+[A-ZÀ-Ý][\w'’]*(?:\s[A-ZÀ-Ý][\w'’]*){0,3}(?:\s*\([A-Z]{2}\))?)?"
    r"(?![\d%€])",
    _I,
)
_NOT_A_STREET = re.compile(
    r"(?:mail|e-?mail|pec|fax|telefono|web|sms|whatsapp|internet|posta|che|per|a|da|in|app)\b",
    _I,
)  # "via mail 3 volte", "corso di 12 ore"
_STREET_NO_NUMBER = gate.shape(
    r"\b(?i:abit[aoi]\w*|risied\w+|resident[ei]|domiciliat[oaie]|indirizzo:?|vive|consegna\w*)"
    rf"[^.;\n]{{0,25}}?\b(?P<street>(?i:{_TYPE})\s+(?:(?:de[li]|della|degli|delle|dei)\s+)?[A-ZÀ-Ý][\w'’]+"
    r"(?:\s[A-ZÀ-Ý][\w'’]+){0,3})"
)
_STREET_EN = gate.shape(
    r"(?<!\w)\d{1,5}[A-Z]? (?:(?:[NSEW]\.?|[A-Z][\w'’.-]*|\d+(?:st|nd|rd|th)) ){1,4}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Square|Sq"
    r"|Terrace|Crescent|Close)\b\.?"
)

_DATE = r"\d{1,2}[/.\- ](?:\d{1,2}|[a-zà-ÿ]{3,9})[/.\- ](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2}"
_BIRTH = gate.shape(
    r"(?:\bnat[oaie]\b(?:\s+(?:a|ad|in)\s+[^\d\n,;]{2,40}?)?,?\s*(?:\([A-Z]{2}\)\s*)?"
    r"(?:il|nel|l['’]|in data)?"
    r"|\bdata di nascita|\bd\.?o\.?b\b\.?|\bdate of birth|\bborn(?:\s+in\s+\w+)?\s+on|\bcompleanno)"
    rf"\s*[:=]?\s*(?:è\s+|e['’]\s+|is\s+|il\s+)?(?P<date>{_DATE})",
    _I,
)
_SECRET = gate.shape(
    r"\b(?:password|passwd|pwd|psw|pw|parola d['’]ordine|passphrase|pin)\b\s*"
    r"(?:[:=]|è|e['’]|is|era|was)\s*"
    r"(?P<secret>[^\s,;]{4,64})",
    _I,
)
_CARD_CODE = gate.shape(
    r"\b(?:cvv2?|cvc2?|cv2|codice di sicurezza|security code)\b\D{0,12}(?P<code>\d{3,4})(?!\d)", _I
)


def documents(text: str, possible: Possible) -> Iterator[Match]:
    """Find identity cards, passports and driving licences near the word that names them."""
    for entity, shape, _words in _DOCUMENTS:
        for hit in shape.within(text, possible):
            if not hit.group()[:2].isdigit() and hit.group()[:2].isspace():
                continue
            if _nearest_document(text, hit) == entity:
                yield Match(entity, hit.start(), hit.end(), 0.85)


def _nearest_document(text: str, hit: re.Match[str]) -> str | None:
    """Return the document whose word stands nearest before the number, if its shape fits."""
    before = text[max(0, hit.start() - _WINDOW) : hit.start()]
    nearest: tuple[int, str] | None = None
    for entity, shape, words in _DOCUMENTS:
        for word in words.finditer(before):
            if shape.pattern.fullmatch(hit.group()) and (
                nearest is None or word.end() > nearest[0]
            ):
                nearest = (word.end(), entity)
    return None if nearest is None else nearest[1]


def things(text: str, possible: Possible) -> Iterator[Match]:
    """Find number plates, health cards (TEAM) and Italian IBANs however they are spaced."""
    for hit in _MOTORCYCLE.within(text, possible):
        yield Match("IT_PLATE", hit.start("plate"), hit.end("plate"), 0.8)
    for hit in _IBAN.within(text, possible):
        if is_iban(hit.group()):
            yield Match("IBAN_CODE", hit.start(), hit.end(), 1.0)
    for hit in _PLATE.within(text, possible):
        named = _PLATE_WORDS.search(text[max(0, hit.start() - _WINDOW) : hit.end() + 20])
        yield Match("IT_PLATE", hit.start(), hit.end(), 0.85 if named else 0.5)
    for hit in _TEAM.within(text, possible):
        yield Match("IT_HEALTH_CARD", hit.start(), hit.end(), 0.9)


def streets(text: str, possible: Possible) -> Iterator[Match]:
    """Find street addresses, Italian ones and the usual English form."""
    for hit in _STREET.within(text, possible):
        course = hit["type"].lower() == "corso" and hit["name"].lower().startswith("di ")
        if not course and _NOT_A_STREET.match(hit["name"]) is None:
            end = hit.end("town") if hit["town"] else hit.end("number")
            yield Match("STREET_ADDRESS", hit.start(), end, 0.85 if hit["town"] else 0.7)
    for hit in _STREET_NO_NUMBER.within(text, possible):
        yield Match("STREET_ADDRESS", hit.start("street"), hit.end("street"), 0.5)
    for hit in _STREET_EN.within(text, possible):
        yield Match("STREET_ADDRESS", hit.start(), hit.end(), 0.65)


def dates_and_secrets(text: str, possible: Possible) -> Iterator[Match]:
    """Find dates of birth, and secrets that people write into notes."""
    for hit in _BIRTH.within(text, possible):
        yield Match("BIRTH_DATE", hit.start("date"), hit.end("date"), 0.85)
    for hit in _SECRET.within(text, possible):
        yield Match("PASSWORD", hit.start("secret"), hit.end("secret"), 0.8)
    for hit in _CARD_CODE.within(text, possible):
        yield Match("CARD_CODE", hit.start("code"), hit.end("code"), 0.85)


def find(text: str, possible: Possible = gate.ANYTHING) -> Iterator[Match]:
    """Find everything this module knows, in no particular order.

    Parameters
    ----------
    possible : what the gate saw in the text (`gate.possible`)
    """
    yield from documents(text, possible)
    yield from things(text, possible)
    yield from streets(text, possible)
    yield from dates_and_secrets(text, possible)
