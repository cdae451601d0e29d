"""Masking: show the shape of a value to a person who must recognise it, and not the value.

A masked sample keeps separators, the kind of each character and at most the first and the
last one, and never more than a third of the value: "RSSMRA80A01H501U" becomes
"RXXXXX99X99X999U". It is still personal data under Art. 4(5) when joined with its row, so
it is shown in the portal and not written to logs.
"""

MAX_SHOWN = 40
"""Characters of a masked sample; a longer one is cut, so that its length says little."""

_MIN_FOR_FIRST = 3  # one character of three is a third
_MIN_FOR_BOTH = 6  # two characters of six are a third


def _shape(character: str) -> str:
    """Return the class of one character: 9 for digits, X or x for letters, itself otherwise."""
    if character.isnumeric():  # also "²" and "Ⅷ"
        return "9"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return character


_ASCII = {number: _shape(chr(number)) for number in range(128)}


def mask(value: str) -> str:
    """Return the shape of a value, with at most its first and its last character.

    Parameters
    ----------
    value : any text; short values (under three letters or digits) are masked entirely

    Returns
    -------
    str
        Letters as X and x, digits as 9, separators kept, at most `MAX_SHOWN` characters.
    """
    telling = [at for at, character in enumerate(value) if character.isalnum()]
    kept: set[int] = set()
    if len(telling) >= _MIN_FOR_FIRST:
        kept.add(telling[0])
    if len(telling) >= _MIN_FOR_BOTH:
        kept.add(telling[-1])
    hidden = value.translate(_ASCII) if value.isascii() else "".join(map(_shape, value))
    shown = "".join(value[at] if at in kept else c for at, c in enumerate(hidden))
    return shown if len(shown) <= MAX_SHOWN else shown[: MAX_SHOWN - 1] + "…"


def mask_secret(value: str) -> str:
    """Mask a value of which nothing may be shown: passwords, card codes, special categories."""
    return "•" * min(len(value), 8)
