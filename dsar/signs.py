"""Signs that people read, type and spell: Crockford's, in groups of four."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as another sign
GROUP = 4
MISREAD = str.maketrans("OIL", "011")


def at_random(number: int) -> str:
    """Return so many signs that nobody can guess, five bits each, in groups."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(number)))


def from_digest(digest: bytes) -> str:
    """Return 80 bits of a digest as sixteen signs, in groups."""
    number = int.from_bytes(digest[:10])
    return grouped("".join(ALPHABET[number >> (5 * at) & 31] for at in range(16)))


def grouped(signs: str) -> str:
    """Return signs with a hyphen after every four."""
    return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))


def signs_of(text: str) -> str:
    """Return the signs of what somebody typed: any case, any separators, O for 0, I or L for 1."""
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(MISREAD)
