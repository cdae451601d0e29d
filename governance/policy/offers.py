"""What makes a message an offer, in Italian and English: a rule over plain text (C4).

A service message says how an order or a case stands. With an offer in it, it would be direct
marketing (art. 130 D.Lgs. 196/2003), and would go out past a refusal of marketing. The list is
cautious: it refuses some harmless sentences, which can be put otherwise.
"""

import re

WORDS = (
    # Italian
    "acquista", "acquistate", "affar*", "anteprima", "approfitt*", "bonus", "buono sconto",
    "compra", "compralo", "comprate", "convenien*", "coupon", "gratis", "gratuit*", "imperdibil*",
    "in regalo", "occasioni", "offerta", "offerte", "omaggi*", "promo", "promozion*", "ribass*",
    "risparmi*", "saldi", "scont*", "scopri*", "sottocosto", "svendit*", "vantaggios*",
    # English
    "bargain*", "buy", "cashback", "cheap*", "deals", "discount*", "discover*", "exclusive*",
    "for free", "free of charge", "gift*", "half price", "hurry", "limited time", "new arrivals",
    "offer", "offers", "on sale", "promotion*", "save up", "special price", "voucher*",
)  # fmt: skip
"""Words and phrases; a star stands for any ending."""

_ANY = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in WORDS)
_FOUND = re.compile(rf"\b(?:{_ANY})\b|\d\s?%", re.IGNORECASE)


def offers(text: str) -> list[str]:
    """Return the words of a text that offer something, in order, each once."""
    return list(dict.fromkeys(found.group().casefold() for found in _FOUND.finditer(text)))
