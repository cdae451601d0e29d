"""What is written alike everywhere: e-mail and IP addresses, cards, IBANs, telephone numbers.

Presidio has recognisers for these, and runs every pattern over every text. Here a text is asked
first whether it has the sign that such a thing cannot do without (an "@", five digits); shape and
check follow only there. That nothing is lost by it, `tests/discovery/test_same_findings.py` shows.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence

from registry.discovery.identifiers import is_card_number, is_iban, near
from registry.discovery.matches import Match

PHONE_REGIONS = ("IT", "GB", "US")
"""Regions whose local writing is understood; numbers with "+" are understood from everywhere."""

_EMAIL = re.compile(
    r"(?<![\w!#$%&*+/=?^`{|}~-])\w(?:[\w!#$%&'*+/=?^`{|}~-]|\.(?!\.))*"
    r"@\w+(?:(?:--?|\.)\w+)*\.(?:[^\W\d_]{2,24}|xn--\w+)(?![\w@])"
)
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}"
    r"|(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{0,4}|\d{1,3}(?:\.\d{1,3}){3}))(?:%\w+)?(?:/\d{1,3})?(?![\w:]|\.\d)",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\w.])(?<![A-Z]\d\d )\d(?:[ -]?\d){11,18}(?![\w-]|[.,]\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_SHORTEST_IBAN = 15
_TWELVE_DIGITS = re.compile(r"(?:\d[ -]?){11}\d")
_SIX_DIGITS = re.compile(r"(?:\d\D{0,3}){5}\d")
_NUMBER = re.compile(r"(?<!\w)[+(]{0,2}\d(?:[\d\s()./+~\-\u2010-\u2015]{0,3}\d){5,19}")
_PHONE_WORDS = re.compile(
    r"(?<!\w)(?:tel(?:efono)?|cell(?:ulare)?|numero|(?:ri)?chiam(?:are|ami)|mobile|phone|call|whatsapp"
    r"|fisso|recapito|fax|ring|text)(?!\w)",
    re.IGNORECASE,
)
_CALLED_ON = re.compile(
    r"(?<!\w)(?:tel(?:efono)?|cell(?:ulare)?|num(?:ero)?|fax|chiamare|phone|mobile|call(?: back)?"
    r"|text me on|ring|whatsapp)\b[^\w\n+]{0,4}"
    r"(?P<number>(?:\+|00?)[1-9][\d ./-]{6,14}\d)(?![\w/])",
    re.IGNORECASE,
)
_SURE, _SHAPE, _IN_CONTEXT, _CALLED = 1.0, 0.4, 0.75, 0.5
_SCORE_IP = 0.6
_MIN_COLONS = 2
_LONGEST_LOCAL = 11
# Of the national numbering plans, with and without the 0 or 1 before the number.
_DIGITS = {"GB": range(7, 25), "US": range(10, 25)}


def find(text: str) -> Iterator[Match]:
    """Find everything this module knows, in no particular order; spans may overlap."""
    if "@" in text:
        for hit in _EMAIL.finditer(text):
            yield Match("EMAIL_ADDRESS", hit.start(), hit.end(), _SURE)
    if "." in text or text.count(":") >= _MIN_COLONS:
        yield from _addresses(text)
    sure = []
    if _TWELVE_DIGITS.search(text):
        sure = list(_cards(text))
        yield from sure
    if _SIX_DIGITS.search(text):
        ibans = list(_ibans(text))
        yield from ibans
        yield from phones(text, beside=[*sure, *ibans])


def _addresses(text: str) -> Iterator[Match]:
    """Find IPv4 and IPv6 addresses that exist; "::" alone is nobody's."""
    for hit in _IP.finditer(text):
        plain = hit.group().partition("/")[0]
        try:
            address = ipaddress.ip_address(plain)
        except ValueError:
            continue
        if int(address) or "0" in plain:
            yield Match("IP_ADDRESS", hit.start(), hit.end(), _SCORE_IP)


def _cards(text: str) -> Iterator[Match]:
    for hit in _CARD.finditer(text):
        if is_card_number(hit.group()):
            yield Match("CREDIT_CARD", hit.start(), hit.end(), _SURE)


def _ibans(text: str) -> Iterator[Match]:
    """Find IBANs however they are spaced; words in capitals after one are taken off."""
    for hit in _IBAN.finditer(text):
        for end in range(hit.end(), hit.start() + _SHORTEST_IBAN - 1, -1):
            whole = end == len(text) or not text[end].isalnum()
            written = text[hit.start() : end]
            if whole and written[-1].isalnum() and not _mixed(written) and is_iban(written):
                yield Match("IBAN_CODE", hit.start(), end, _SURE)
                break


def _mixed(written: str) -> bool:
    """Say whether letters change their case, which nobody does within an account."""
    return written != written.upper() and written != written.lower()


def phones(text: str, *, beside: Sequence[Match]) -> Iterator[Match]:
    """Find telephone numbers that exist in a region we know, or that are called one.

    Parameters
    ----------
    beside : surer matches; digits within them are no telephone
    """
    clear = text
    for match in beside:
        clear = clear[: match.start] + "\0" * (match.end - match.start) + clear[match.end :]
    for hit in _NUMBER.finditer(clear):
        yield from _parsed(clear, hit.start(), hit.end())
    for hit in _CALLED_ON.finditer(clear):
        yield Match("PHONE_NUMBER", hit.start("number"), hit.end("number"), _CALLED)


def _parsed(text: str, start: int, end: int) -> Iterator[Match]:
    """Ask libphonenumber about one stretch of digits, for one region after the other."""
    from phonenumbers import PhoneNumberMatcher

    first = max(0, start - 1)
    window = text[first : end + 8]  # an extension may follow
    named = near(text, start, end, words=_PHONE_WORDS)
    score = _IN_CONTEXT if named else _SHAPE
    for region in _regions(text[start:end]):
        for match in PhoneNumberMatcher(window, region):
            yield Match("PHONE_NUMBER", first + match.start, first + match.end, score)
            if first + match.start <= start and first + match.end >= end:
                return  # another region can add nothing


def _regions(written: str) -> Sequence[str]:
    """Return the regions in whose numbering plan so many digits may be a number."""
    if written.startswith("+"):
        return PHONE_REGIONS[:1]  # the same from everywhere
    count = sum(sign.isdigit() for sign in written)
    if written.startswith("0") and count > _LONGEST_LOCAL:
        return PHONE_REGIONS  # 0044, 011 39
    return [region for region in PHONE_REGIONS if count in _DIGITS.get(region, range(99))]
