"""Larger lists of names for free text: those of Faker (MIT), which Custode has anyway.

A list proves nothing: a word on it still needs a capital, a neighbour or a word before it that
speaks of people (`people`). Names that are also words, places or trades are taken out.
"""

from functools import cache
from importlib import import_module

from registry.discovery.gazetteer import CITIES, GIVEN_NAMES, fold
from registry.discovery.name_words import ALSO_WORDS, NO_NAMES, SURNAMES

_LOCALES = ("it_IT", "en_GB", "en_US", "fr_FR", "de_DE", "es_ES", "pt_PT", "ro_RO", "pl_PL",
            "hr_HR", "sl_SI", "nl_NL", "sv_SE", "yo_NG", "en_IN")  # fmt: skip
"""Where the people of an Italian customer desk come from, as far as Faker writes Latin letters."""

_SHORTEST = 3


@cache
def given() -> frozenset[str]:
    """Return given names, folded."""
    return GIVEN_NAMES | _of_faker("first_names")


@cache
def family() -> frozenset[str]:
    """Return family names, folded."""
    return SURNAMES | _of_faker("last_names")


@cache
def known() -> frozenset[str]:
    """Return given and family names together."""
    return given() | family()


@cache
def ambiguous() -> frozenset[str]:
    """Return the names that are words, towns or both sorts of name: alone they say little."""
    return ALSO_WORDS | frozenset(CITIES)


def _of_faker(kind: str) -> frozenset[str]:
    found: set[str] = set()
    for locale in _LOCALES:
        provider = import_module(f"faker.providers.person.{locale}").Provider
        found.update(fold(name) for name in getattr(provider, kind))
    return frozenset(n for n in found if len(n) >= _SHORTEST and n.isalpha()) - NO_NAMES
