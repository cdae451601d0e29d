"""Normal forms for look-up: two ways to write one identifier give one string.

A blind index compares keyed hashes, so equality is decided here and nowhere else. A
normal form is a *key*, not a check of validity and not a value to show or write to:
each function is generous about notation, never about identity. Dots and plus signs of
e-mail addresses are kept, because whether they matter is up to the mail provider, and
the letters of an omocodic fiscal code are kept, because they tell two people apart.

`VERSION` is part of every index value. A change of any result here raises it, and the
indexes are computed anew beside the old ones.

None means that the text holds no such identifier. Names come in every script: accents
of Latin, Greek and Cyrillic letters, and the points of Hebrew and Arabic, are dropped;
vowel signs and marks that make another letter (Devanagari, Thai, Kana) are kept.
"""

import re
import unicodedata
from typing import Final

import idna
import phonenumbers

VERSION: Final = 1

SHORTEST_PREFIX: Final = 3
LONGEST_PREFIX: Final = 32

_LOCAL_MAX_OCTETS = 64  # RFC 5321, 4.5.3.1.1
_ADDRESS_MAX_OCTETS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LABEL_MAX_OCTETS = 63  # RFC 1035, 2.3.4

# Specials of RFC 5322, 3.2.3: they show a quoted name, a list or a typing error.
_NOT_LOCAL = re.compile(r"[\s\x00-\x1f\x7f()<>\[\]:;@\\,\"]")
_ASCII_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")

# D.P.R. 605/1973 and D.M. 23 December 1976: sixteen signs, digits replaced by letters from
# the right for people who would share a code; eleven digits are provisional or of a body.
_FISCAL_CODE = re.compile(
    r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"
    r"|[0-9]{11}"
)

_APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u02b9\u02bb\u2032\u00b4`\uff07"
_UNIFY_APOSTROPHES = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
# Letters with a stroke or a ligature have no decomposition in Unicode, but people search
# "Lukasz" for "Łukasz"; the dotless i is how "I" is written in Turkish.
_FOLD = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t",
        "æ": "ae", "œ": "oe", "þ": "th",
    }
)  # fmt: skip
_ELIDED = frozenset({"d", "l", "o", "dell", "dall", "all", "nell", "degl", "sant"})
# Canonical combining classes: overlays, points of Hebrew, Arabic and Syriac, accents.
_OVERLAY, _POINTS, _ACCENTS_FROM = 1, range(10, 37), 200


def email(text: str) -> str | None:
    """Return the normal form of an e-mail address, or None when the text is none.

    NFKC, trimmed, lower case, the domain in ASCII (IDNA 2008 with the mapping of UTS 46).
    """
    folded = _lower(_trimmed(text))
    local, at, domain = folded.rpartition("@")
    if not at or not local or _NOT_LOCAL.search(local):
        return None
    ascii_domain = _domain(domain)
    if ascii_domain is None or len(local.encode()) > _LOCAL_MAX_OCTETS:
        return None
    address = f"{local}@{ascii_domain}"
    return address if len(address.encode()) <= _ADDRESS_MAX_OCTETS else None


def phone(text: str, region: str = "IT") -> str | None:
    """Return a telephone number in E.164, or None when it is not a possible number.

    Parameters
    ----------
    text : any notation; an extension is not part of the normal form
    region : ISO 3166-1 alpha-2 code whose national notation is assumed without a prefix
    """
    try:
        number = phonenumbers.parse(_trimmed(text), region)
    except phonenumbers.NumberParseException:
        return None
    # A number that is possible only within its area would match others elsewhere.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def fiscal_code(text: str) -> str | None:
    """Return an Italian fiscal code in capitals without spaces, or None for another shape.

    The check character is not verified: a mistyped code must still be found by its holder.
    """
    joined = "".join(_trimmed(text).split())
    if not joined.isascii():
        return None
    code = joined.upper()
    return code if _FISCAL_CODE.fullmatch(code) else None


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name, folded, each once, in order.

    Accents are stripped, case is folded, all that is no letter separates. A word with an
    apostrophe gives the joined form and what follows it: "D'Angelo" is found as "dangelo"
    and as "angelo", also when written "D' Angelo".
    """
    words: dict[str, None] = {}
    for chunk in _chunks(_folded(text)):
        head, *tail = chunk
        words[head + "".join(tail)] = None
        words.update(dict.fromkeys(tail))
    return tuple(words)


def name_tokens(text: str) -> frozenset[str]:
    """Return what a name is searched by: its words, and their prefixes of three letters and more.

    Prefixes end at 32 letters, so that a hostile text cannot grow without bound.
    """
    words = name_words(text)
    prefixes = frozenset(
        word[:length]
        for word in words
        for length in range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1)
    )
    return prefixes.union(words)


def _trimmed(text: str) -> str:
    """Apply NFKC, then drop spaces and invisible signs (a byte order mark, say) at both ends."""
    text = unicodedata.normalize("NFKC", text)
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_blank(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cc" or _is_invisible(sign)


def _is_invisible(sign: str) -> bool:
    """Say whether a sign only steers layout: soft hyphens, joiners, marks of direction."""
    return unicodedata.category(sign) == "Cf"


def _lower(text: str) -> str:
    """Lower the case until nothing changes: a lowered sign may compose again under NFKC."""
    lowered = unicodedata.normalize("NFKC", text.lower())
    return lowered if lowered == text else _lower(lowered)


def _domain(text: str) -> str | None:
    """Return a domain in ASCII, or None when it cannot be one."""
    try:
        mapped = idna.uts46_remap(text, std3_rules=False)
        labels = [_label(label) for label in mapped.removesuffix(".").split(".")]
    except (idna.IDNAError, UnicodeError):
        return None
    return ".".join(labels)


def _label(label: str) -> str:
    """Return one label in ASCII; raise `idna.IDNAError` when it cannot be one."""
    if not label.isascii():
        return idna.encode(label).decode("ascii")
    # Labels in ASCII are taken as they are: some in use break a rule of IDNA (hyphens in the
    # third and fourth place, underscores), and mail arrives there all the same.
    if len(label) > _LABEL_MAX_OCTETS or not _ASCII_LABEL.fullmatch(label):
        raise idna.IDNAError("label")
    return label


def _folded(text: str) -> str:
    """Return a name without accents and case, apostrophes unified, marks of letters kept."""
    text = unicodedata.normalize("NFKD", text.translate(_UNIFY_APOSTROPHES))
    text = unicodedata.normalize("NFKD", text.translate(_UNIFY_APOSTROPHES).casefold())
    kept = "".join(sign for sign in text if not (_is_accent(sign) or _is_invisible(sign)))
    return unicodedata.normalize("NFC", kept.translate(_FOLD))


def _is_accent(sign: str) -> bool:
    combining = unicodedata.combining(sign)
    return combining == _OVERLAY or combining in _POINTS or combining >= _ACCENTS_FROM


def _chunks(folded: str) -> list[list[str]]:
    """Return the words as lists of the parts between apostrophes; most have one part."""
    chunks: list[list[str]] = []
    spaced = "".join(sign if _is_of_word(sign) or sign == "'" else " " for sign in folded)
    joins = False
    for written in spaced.split():
        parts = [part for part in written.split("'") if part]
        if not parts:
            continue
        if joins:
            chunks[-1].extend(parts)
        else:
            chunks.append(parts)
        # "D' Angelo" is one name; "Cantu' Mario" are two, the first with a typed accent.
        joins = written.endswith("'") and parts[-1] in _ELIDED
    return chunks


def _is_of_word(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM"
