"""Addresses that a person would take for another: written alike, and not the same.

A mailbox is its exact address, so whoever has a similar one shows nothing (Art. 12(6)). That it is
similar is itself a sign: of a slip, or of somebody who bought it for this.
"""

import unicodedata

# Letters of other scripts, digits and pairs that look like letters of ours.
LOOKS_LIKE = str.maketrans(
    {
        "а": "a", "ɑ": "a", "α": "a", "в": "b", "с": "c", "ϲ": "c", "ԁ": "d", "е": "e", "ё": "e",
        "һ": "h", "і": "i", "ı": "i", "ι": "i", "ӏ": "i", "ј": "j", "к": "k", "κ": "k", "ո": "n",
        "о": "o", "ο": "o", "օ": "o", "р": "p", "ρ": "p", "ԛ": "q", "ѕ": "s", "т": "t", "υ": "u",
        "ս": "u", "ν": "v", "ѵ": "v", "ԝ": "w", "х": "x", "χ": "x", "у": "y", "γ": "y",
        "0": "o", "1": "i", "l": "i", "3": "e", "5": "s", "7": "t", "|": "i",
    }
)  # fmt: skip
PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
FAMILY = {"googlemail.com": "gmail.com"}  # one provider's names for the same mailbox


def are_alike(one: str, other: str) -> bool:
    """Whether two different addresses could be taken for one another.

    Dots and what stands after a plus in the local part, letters that look alike, also of other
    scripts and behind `xn--`, and one sign that is missing, added, changed or swapped.
    """
    if one.strip().casefold() == other.strip().casefold():
        return False
    first, second = _seen(one), _seen(other)
    if not first or not second:
        return False
    return first == second or _is_one_sign_apart(first, second)


def _seen(address: str) -> str:
    """Return what the eye keeps of an address."""
    local, at, domain = unicodedata.normalize("NFKC", address).strip().casefold().rpartition("@")
    if not at or not local or not domain:
        return ""
    domain = ".".join(_label(label) for label in domain.split("."))
    local = local.partition("+")[0].replace(".", "").replace("-", "").replace("_", "")
    return f"{_folded(local)}@{_folded(FAMILY.get(domain, domain)).replace('-', '')}"


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in bare if not unicodedata.combining(sign))
    for pair, single in PAIRS:
        plain = plain.replace(pair, single)
    return plain.translate(LOOKS_LIKE)


def _is_one_sign_apart(one: str, other: str) -> bool:
    """Whether one insertion, removal, change or swap of neighbours leads from one to the other."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter)
    )
    rest, other_rest = shorter[start:], longer[start:]
    if len(shorter) < len(longer):
        return rest == other_rest[1:]
    is_swapped = rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
    return rest[1:] == other_rest[1:] or is_swapped
