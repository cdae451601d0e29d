"""Fiscal codes as the tax office forms them (D.M. 23 December 1976), for people of the demo."""

from datetime import date

from stdnum.it import codicefiscale

MONTHS = "ABCDEHLMPRST"
VOWELS = "AEIOU"
FEMALE = 40  # added to the day of birth
BIRTHPLACES = ("F205", "H501", "L219", "D612", "A944", "F839", "D969", "L736", "A662", "G273")
"""Land register codes of the ten largest towns."""
_GIVEN_NAME_LETTERS = 4  # consonants from which the second one is left out


def fiscal_code(given: str, family: str, *, born_on: date, is_woman: bool, birthplace: str) -> str:
    """Return the fiscal code of a person, with its check letter.

    Parameters
    ----------
    given, family : in ASCII letters
    birthplace : land register code of the town
    """
    day = born_on.day + (FEMALE if is_woman else 0)
    born = f"{born_on.year % 100:02}{MONTHS[born_on.month - 1]}{day:02}"
    code = f"{_surname(family)}{_given_name(given)}{born}{birthplace}"
    return code + str(codicefiscale.calc_check_digit(code))


def _surname(name: str) -> str:
    consonants, vowels = _parted(name)
    return f"{consonants}{vowels}XXX"[:3]


def _given_name(name: str) -> str:
    consonants, vowels = _parted(name)
    if len(consonants) >= _GIVEN_NAME_LETTERS:
        return consonants[0] + consonants[2] + consonants[3]
    return f"{consonants}{vowels}XXX"[:3]


def _parted(name: str) -> tuple[str, str]:
    letters = [letter for letter in name.upper() if letter.isalpha()]
    vowels = "".join(letter for letter in letters if letter in VOWELS)
    return "".join(letter for letter in letters if letter not in VOWELS), vowels
