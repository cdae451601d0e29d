"""What is written alike everywhere: e-mail and IP addresses, cards, IBANs, telephone numbers.

Presidio has recognisers for these, and runs every pattern over every text. Here a pattern is asked
where the gate saw its shape (`gate`), and a check follows where the pattern hits. That nothing is
lost by it, `tests/discovery/test_same_findings.py` shows.
"""

import ipaddress
import re
from collections.abc import Iterator

from registry.discovery import gate, telephones
from registry.discovery.gate import Possible
from registry.discovery.identifiers import is_card_number, is_iban
from registry.discovery.matches import Match

_EMAIL = gate.shape(
    r"(?<![\w!#$%&*+/=?^`{|}~-])\w(?:[\w!#$%&'*+/=?^`{|}~-]|\.(?!\.))*"
    r"@\w+(?:(?:--?|\.)\w+)*\.(?:[^\W\d_]{2,24}|xn--\w+)(?![\w@])"
)
_IP = gate.shape(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}"
    r"|(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{0,4}|\d{1,3}(?:\.\d{1,3}){3}))(?:%\w+)?(?:/\d{1,3})?(?![\w:]|\.\d)",
    re.IGNORECASE,
)
_CARD = gate.shape(r"(?<![\w.])(?<![A-Z]\d\d )\d(?:[ -]?\d){11,18}(?![\w-]|[.,]\d)")
_IBAN = gate.shape(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_SHORTEST_IBAN = 15
_SURE, _SCORE_IP = 1.0, 0.6


def find(text: str, possible: Possible = gate.ANYTHING) -> Iterator[Match]:
    """Find everything this module knows, in no particular order; spans may overlap.

    Parameters
    ----------
    possible : what the gate saw in the text (`gate.possible`)
    """
    for hit in _EMAIL.within(text, possible):
        yield Match("EMAIL_ADDRESS", hit.start(), hit.end(), _SURE)
    sure = [*_addresses(text, possible), *_cards(text, possible), *_ibans(text, possible)]
    yield from sure
    yield from telephones.find(text, possible, beside=sure)


def _addresses(text: str, possible: Possible) -> Iterator[Match]:
    """Find IPv4 and IPv6 addresses that exist; "::" alone is nobody's."""
    for hit in _IP.within(text, possible):
        plain = hit.group().partition("/")[0]
        try:
            address = ipaddress.ip_address(plain)
        except ValueError:
            continue
        if int(address) or "0" in plain:
            yield Match("IP_ADDRESS", hit.start(), hit.end(), _SCORE_IP)


def _cards(text: str, possible: Possible) -> Iterator[Match]:
    for hit in _CARD.within(text, possible):
        if is_card_number(hit.group()):
            yield Match("CREDIT_CARD", hit.start(), hit.end(), _SURE)


def _ibans(text: str, possible: Possible) -> Iterator[Match]:
    """Find IBANs however they are spaced; words in capitals after one are taken off."""
    for hit in _IBAN.within(text, possible):
        for end in range(hit.end(), hit.start() + _SHORTEST_IBAN - 1, -1):
            whole = end == len(text) or not text[end].isalnum()
            written = text[hit.start() : end]
            if whole and written[-1].isalnum() and not _mixed(written) and is_iban(written):
                yield Match("IBAN_CODE", hit.start(), end, _SURE)
                break


def _mixed(written: str) -> bool:
    """Say whether letters change their case, which nobody does within an account."""
    return written != written.upper() and written != written.lower()
