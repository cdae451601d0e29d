"""Where and when a fiscal code says that somebody was born: the places that existed then.

`birthplaces.txt` is derived from the register of municipalities and foreign states of the Italian
population register (ANPR, Ministero dell'Interno, github.com/italia/anpr, CC BY 4.0): the cadastral
code with the first and the last year in which a municipality or state had it.
"""

from functools import cache
from pathlib import Path

_DIGITS = str.maketrans("LMNPQRSTUV", "0123456789")  # omocodia
_FILE = Path(__file__).with_name("birthplaces.txt")
_CENTURIES = (1900, 2000)


@cache
def years() -> dict[str, tuple[int, int]]:
    """Return the first and the last year of every code."""
    found = {}
    for line in _FILE.read_text("ascii").splitlines():
        if not line.startswith("#"):
            code, first, last = line.split()
            found[code] = (int(first), int(last))
    return found


def exists(fiscal_code: str) -> bool:
    """Say whether the place of birth existed in the year of birth, in one of two centuries.

    Parameters
    ----------
    fiscal_code : sixteen characters in capitals without separators, of the right shape
    """
    year = int(fiscal_code[6:8].translate(_DIGITS))
    place = fiscal_code[11] + fiscal_code[12:15].translate(_DIGITS)
    span = years().get(place)
    # A year more on both sides: codes were given out some time after the birth.
    return span is not None and any(
        span[0] - 1 <= century + year <= span[1] + 1 for century in _CENTURIES
    )
