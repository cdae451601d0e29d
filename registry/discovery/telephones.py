"""Telephone numbers: what libphonenumber says of a stretch of digits, asked where it may say yes.

libphonenumber takes its time over everything that is no number: dates, addresses of computers, the
number of an order. Its own metadata say in one regular expression for each region what a valid
number is; a stretch none of whose groups can begin one is passed over. That its answers are the
same, `tests/discovery/test_telephones.py` shows.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from registry.discovery import gate
from registry.discovery.gate import Possible
from registry.discovery.identifiers import near
from registry.discovery.matches import Match

PHONE_REGIONS = ("IT", "GB", "US")
"""Regions whose local writing is understood; numbers with "+" are understood from everywhere."""

_NUMBER = gate.shape(r"(?<!\w)[+(]{0,2}\d(?:[\d\s()./+~\-\u2010-\u2015]{0,3}\d){5,19}")
_CALLED_ON = gate.shape(
    r"(?<!\w)(?:tel(?:efono)?|cell(?:ulare)?|num(?:ero)?|fax|chiamare|phone|mobile|call(?: back)?"
    r"|text me on|ring|whatsapp)\b[^\w\n+]{0,4}"
    r"(?P<number>(?:\+|00?)[1-9][\d ./-]{6,14}\d)(?![\w/])",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?<!\w)(?:tel(?:efono)?|cell(?:ulare)?|numero|(?:ri)?chiam(?:are|ami)|mobile|phone|call|whatsapp"
    r"|fisso|recapito|fax|ring|text)(?!\w)",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\d+")
_PLAIN = re.compile(r"[0-9]+(?:[ .-][0-9]+)*")
_ALONE = re.compile(r"(?:[\s:,(]|^)(?P<number>[0-9 .-]+)(?:[.,:)]?(?:\s[^xX#~;\d]*|$))", re.ASCII)
"""Nothing before or after, within a window, that libphonenumber would make a part of a number."""
_SHAPE, _IN_CONTEXT, _CALLED = 0.4, 0.75, 0.5
_SHORTEST, _LONGEST = 5, 20
_LONGEST_LOCAL = 11
_ABROAD = re.compile(r"(?:00|011)[1-9]\d{5,16}")
"""A number of another country as these regions dial it; the longest of all plans has 17 digits."""
_EXTENSION = 8
_HOME = PHONE_REGIONS[0]
# Of the national numbering plans, with and without the 0 or 1 before the number.
_DIGITS = {"GB": range(7, 25), "US": range(10, 25)}
_KINDS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip",
    "pager", "uan", "voicemail",
)  # fmt: skip


def find(text: str, possible: Possible, *, beside: Sequence[Match]) -> Iterator[Match]:
    """Find telephone numbers that exist in a region we know, or that are called one.

    Parameters
    ----------
    possible : what the gate saw in the text
    beside : surer matches; digits within them are no telephone
    """
    if _NUMBER.number not in possible:
        return  # what is called a telephone has as many digits
    clear = text
    for match in beside:
        clear = clear[: match.start] + "\0" * (match.end - match.start) + clear[match.end :]
    for hit in _NUMBER.pattern.finditer(clear):
        yield from _parsed(clear, hit.start(), hit.end())
    for hit in _CALLED_ON.within(clear, possible):
        yield Match("PHONE_NUMBER", hit.start("number"), hit.end("number"), _CALLED)


def _parsed(text: str, start: int, end: int) -> Iterator[Match]:
    """Ask libphonenumber about one stretch of digits, for one region after the other."""
    first = max(0, start - 1)
    window = text[first : end + _EXTENSION]
    if _is_plain(window, text[start:end]):
        yield Match("PHONE_NUMBER", start, end, _score(text, start, end))
        return
    regions = [region for region in _regions(text[start:end]) if may_hold(window, region)]
    if not regions:
        return
    from phonenumbers import PhoneNumberMatcher

    score = _score(text, start, end)
    for region in regions:
        for match in PhoneNumberMatcher(window, region):
            yield Match("PHONE_NUMBER", first + match.start, first + match.end, score)
            if first + match.start <= start and first + match.end >= end:
                return  # another region can add nothing


def _score(text: str, start: int, end: int) -> float:
    return _IN_CONTEXT if near(text, start, end, words=_WORDS) else _SHAPE


def _is_plain(window: str, written: str) -> bool:
    """Say whether a stretch is a number of the first region, written as libphonenumber expects it.

    Italy has no prefix that is dialled at home, so its plan alone decides.
    """
    alone = _ALONE.fullmatch(window)
    return (
        alone is not None
        and alone["number"].strip(" .-") == written
        and "int" not in window
        and _PLAIN.fullmatch(written) is not None
        and _plan(_HOME).fullmatch("".join(_GROUP.findall(written))) is not None
    )


def _regions(written: str) -> Sequence[str]:
    """Return the regions in whose numbering plan so many digits may be a number."""
    if written.startswith("+"):
        return PHONE_REGIONS[:1]  # the same from everywhere
    count = sum(sign.isdigit() for sign in written)
    if written.startswith("0") and count > _LONGEST_LOCAL:
        return PHONE_REGIONS  # 0044, 011 39
    return [region for region in PHONE_REGIONS if count in _DIGITS.get(region, range(99))]


def may_hold(window: str, region: str) -> bool:
    """Say whether some groups of digits in a row can be a valid number of a region.

    Parameters
    ----------
    window : a stretch of digits with what stands beside it
    region : one of `PHONE_REGIONS`
    """
    groups = _GROUP.findall(window)
    if "+" in window or not all(group.isascii() and len(group) <= _LONGEST for group in groups):
        return True  # of any country, or not for us to judge
    is_number = _plan(region, dialled=True).fullmatch
    for at in range(len(groups)):
        together = ""
        for group in groups[at:]:
            together += group
            if len(together) > _LONGEST:
                break
            if len(together) >= _SHORTEST and (is_number(together) or _ABROAD.fullmatch(together)):
                return True
    return False


@cache
def _plan(region: str, *, dialled: bool = False) -> re.Pattern[str]:
    """Return what a number of a region is, or with `dialled` what may be written of one.

    Regions that share a country's code share its numbers (Canada, Jersey, the Vatican).
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    known: Any = PhoneMetadata.metadata_for_region(region)
    sharing = map(
        PhoneMetadata.metadata_for_region, COUNTRY_CODE_TO_REGION_CODE[known.country_code]
    )
    kinds = [getattr(one, kind) for one in sharing for kind in _KINDS]
    numbers = "|".join(sorted({
        kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern
    }))  # fmt: skip
    trunk = known.national_prefix_for_parsing or ""
    # libphonenumber takes a prefix off more than once: "111 579 628 3377" is American to it.
    before = f"(?:{trunk})?(?:{known.country_code})?(?:{trunk}){{0,2}}" if dialled else ""
    return re.compile(f"{before}(?:{numbers})")
