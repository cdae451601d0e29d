"""Generalising what is known about people before it is analysed, and hiding small groups.

An analysis needs a band of age and not a birthday, a region and not a street. What is shown of it
counts people, and a count of few can name one: counts below a smallest cell are hidden, together
with one more where the hidden one could be found by subtraction from the total.
"""

from collections.abc import Hashable, Mapping
from datetime import date
from itertools import pairwise
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
AGES = (18, 25, 35, 45, 55, 65, 75)
UNDER_AGE = "0-17"
BANDS: tuple[str, ...] = (
    UNDER_AGE, *(f"{low}-{high - 1}" for low, high in pairwise(AGES)), f"{AGES[-1]}+",
)  # fmt: skip
"""The bands of age, the youngest first."""
LONGEST_WORD, MOST_INTERESTS = 40, 20
GENDERS = {"f": "female", "female": "female", "femmina": "female", "donna": "female",
           "m": "male", "male": "male", "maschio": "male", "uomo": "male"}  # fmt: skip
OTHER = "other"


def age_on(birth: date, today: date) -> int:
    """Return the age in full years; who was born on 29 February is older from 1 March on."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def age_band(birth: date | None, today: date) -> str:
    """Return the band of an age; "" where the birthday is not known or lies ahead."""
    if birth is None or birth > today:
        return ""
    age = age_on(birth, today)
    return BANDS[sum(age >= low for low in AGES)]


def area(region: str | None, postal_code: str | None, country: str | None) -> str:
    """Return the area somebody lives in: their region, else the first two digits of their code."""
    if said := _word(region):
        return said
    zone = "".join((postal_code or "").split())[:2]
    return _word(f"{country or ''} {zone}") if zone else ""


def declared_gender(said: str | None) -> str:
    """Return what somebody declared as one of three words; "" where they declared nothing."""
    word = _word(said)
    return GENDERS.get(word, OTHER) if word else ""


def language(said: str | None) -> str:
    """Return the two letters of a language, without its country."""
    return (said or "").strip()[:2].casefold()


def interests(said: str | None) -> tuple[str, ...]:
    """Return what somebody said interests them, each once, in the order in which they said it."""
    words = (_word(word) for word in (said or "").split(","))
    return tuple(dict.fromkeys(word for word in words if word))[:MOST_INTERESTS]


def _word(said: str | None) -> str:
    return " ".join((said or "").split()).casefold()[:LONGEST_WORD]


def suppressed(counts: Mapping[K, int], smallest: int) -> dict[K, int | None]:
    """Return counts with small ones hidden, as None; a hidden one cannot be found by subtraction.

    Arguments
    ---------
    smallest : counts from one to below it are hidden; none is an empty group and stays
    """
    hidden = {key for key, count in counts.items() if 0 < count < smallest}
    if len(hidden) == 1:
        shown = [key for key, count in counts.items() if count >= smallest]
        hidden |= {min(shown, key=lambda key: counts[key])} if shown else set()
    return {key: None if key in hidden else count for key, count in counts.items()}
