"""What values prove, and what they merely suggest, about a column.

`by_shape` is proof: it holds against a misleading header. `by_generic_name` reads headers
that say too little alone ("Name", "Title"). `by_values` is the last resort, for columns
whose header is missing or unknown.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from registry.discovery import identifiers, special
from registry.discovery import values as tests
from registry.discovery.gazetteer import (
    PROVINCES_IT,
    STATES_US_CA,
    fold,
    has_company_marker,
    looks_like_person,
    word_set,
)
from registry.discovery.identifier_table import PERSON, VAT
from registry.discovery.kinds import SPECIAL_KINDS
from registry.discovery.values import Sample

_OPAQUE = re.compile(
    r"(?=.*\d)(?:[a-zA-Z0-9]{15}|[a-zA-Z0-9]{18})|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-fA-F]{24,64}"
)
_USELESS = word_set(
    "unknown column col field campo colonna unnamed c f x var variable attribute dato untitled"
)
MOST = 0.8  # real columns hold some rubbish
NEARLY_ALL = 0.9  # what machines write is regular
HALF = 0.5
SOME = 0.4  # our lists of names and words are short
FEW = 0.3
SEVERAL = 2  # distinct values above which a vocabulary is no accident
_LOCAL_PHONES = 0.7  # local numbers of small countries may not parse
_MORE_THAN_HALF = 0.6
_A_HANDFUL = 5
_SHORT_NAME = 2  # "Maria Grazia"
_SHORT_VALUE = 4  # words; longer values are notes
_BIRTH_SPREAD = 15
_ADULT_BORN_BEFORE = 1985
_LAST_BIRTH_YEAR = 2012


@dataclass(frozen=True)
class Evidence:
    """A kind, how sure, and why."""

    kind: str
    confidence: float
    reason: str


def _percent(share: float) -> str:
    return f"{share:.0%} of the values"


def by_shape(sample: Sample, *, hints: AbstractSet[str]) -> Evidence | None:
    """Return what the values prove by check digits or unmistakable shape, or None."""
    if not sample.values or sample.is_boolean:
        return None
    for rule in (_contact, _payment, _secret, _official, _address_of_computer):
        found = rule(sample, hints)
        if found is not None:
            return found
    return None


def _contact(sample: Sample, hints: AbstractSet[str]) -> Evidence | None:
    share = sample.share(lambda v: tests.EMAIL.fullmatch(v) is not None, MOST)
    if share >= MOST:
        return Evidence("email", 0.98, f"{_percent(share)} are e-mail addresses")
    share = sample.share(tests.is_evident_phone, _LOCAL_PHONES)
    if share >= _LOCAL_PHONES and not hints & {
        "phone",
        "fax",
        "national_id",
        "vat_number",
        "postal_code",
    }:
        return Evidence("phone", 0.8, f"{_percent(share)} are telephone numbers")
    return None


def _payment(sample: Sample, hints: AbstractSet[str]) -> Evidence | None:
    enough = len(sample.values) > 1 or "card_number" in hints
    share = sample.share(identifiers.is_card_number, MOST)
    if enough and share >= MOST and "device_id" not in hints:
        return Evidence("card_number", 0.97, f"{_percent(share)} are card numbers (Luhn)")
    share = sample.share(identifiers.is_iban, MOST)
    if share >= MOST:
        return Evidence("iban", 0.98, f"{_percent(share)} are IBANs (mod 97)")
    share = sample.share(lambda v: tests.MASKED_CARD.fullmatch(v) is not None, MOST)
    if share >= MOST:
        return Evidence("card_number", 0.8, f"{_percent(share)} are masked card numbers")
    return None


def _secret(sample: Sample, _hints: AbstractSet[str]) -> Evidence | None:
    share = sample.share(lambda v: tests.HASH.fullmatch(v) is not None, MOST)
    if share >= MOST:
        return Evidence("password", 0.97, f"{_percent(share)} are password hashes or tokens")
    return None


def _official(sample: Sample, hints: AbstractSet[str]) -> Evidence | None:
    wanted = hints & {PERSON, VAT}
    found = identifiers.recognise(sample.values, hints=wanted)
    if found is None:
        return None
    reason = f"{_percent(found.share)} pass the check of {found.identifier.entity}"
    return Evidence(found.identifier.kind, 0.97, reason)


def _address_of_computer(sample: Sample, hints: AbstractSet[str]) -> Evidence | None:
    share = sample.share(tests.is_ip, MOST)
    if share >= MOST:
        return Evidence("ip", 0.95, f"{_percent(share)} are IP addresses")
    share = sample.share(lambda v: tests.URL.fullmatch(v) is not None, NEARLY_ALL)
    if share >= NEARLY_ALL and not hints & {"username", "email"}:
        return Evidence("url", 0.9, f"{_percent(share)} are web addresses")
    return None


def by_generic_name(words: tuple[str, ...], sample: Sample) -> Evidence | None:
    """Read a header that says too little ("Name", "Nome", "Title") with its values."""
    if words in (("title",), ("titolo",)):
        return _title(sample)
    if words in (("name",), ("nome",)):
        return _name(words[0], sample)
    return None


def _title(sample: Sample) -> Evidence:
    if not sample.values:
        return Evidence("title", 0.4, "a title of unknown sort, no values")
    confirmed = sample.confirms("title")
    if confirmed:
        return Evidence("title", 0.9, "header says title, values are courtesy titles")
    share = sample.share(tests.is_job, SOME)
    if share >= SOME:
        return Evidence("job_title", 0.85, f"header says title, {_percent(share)} are occupations")
    return Evidence("text", 0.5, "a title of something that is not a person")


def _name(word: str, sample: Sample) -> Evidence:
    if not sample.values:
        kind = "given_name" if word == "nome" else "full_name"
        return Evidence(kind, 0.4, "a name of unknown sort, no values")
    rules: tuple[tuple[str, Callable[[str], bool], float, float, str], ...] = (
        ("full_name", tests.is_household, 0.3, 0.8, "name households"),
        ("company", has_company_marker, 0.25, 0.75, "carry the mark of an organisation"),
        ("full_name", looks_like_person, 0.4, 0.85, "read as names of people"),
    )
    for kind, test, needed, confidence, what in rules:
        share = sample.share(test, needed)
        if share >= needed:
            return Evidence(kind, confidence, f"header says {word!r}, {_percent(share)} {what}")
    share = sample.share(
        lambda v: tests.is_known_given_name(v) and len(v.split()) <= _SHORT_NAME, SOME
    )
    if share >= SOME:
        return Evidence("given_name", 0.85, f"header says {word!r}, {_percent(share)} given names")
    return Evidence("text", 0.5, "the values do not read as names of people")


def refine(kind: str, phrase: str, sample: Sample) -> tuple[str, str]:
    """Correct what a header says where values tell two kinds apart; the kind and the reason."""
    if kind == "full_name" and len(sample.values) > _A_HANDFUL:
        people = sample.share(looks_like_person)
        of_delivery = phrase.split(maxsplit=1)[0] in (
            "ship",
            "bill",
            "billing",
            "shipping",
            "recipient",
        )
        if sample.share(has_company_marker) > max(SOME, people) or (of_delivery and people < FEW):
            return "company", "values read as names of organisations"
    if kind == "company" and sample.share(looks_like_person) >= _MORE_THAN_HALF:
        return "full_name", "values read as names of people"
    return kind, ""


def is_opaque(sample: Sample) -> bool:
    """Say whether the values are keys that a system made (Salesforce ids, UUIDs, digests)."""
    return (
        bool(sample.values)
        and sample.share(lambda v: _OPAQUE.fullmatch(v) is not None, NEARLY_ALL) >= NEARLY_ALL
    )


def is_useless(words: tuple[str, ...]) -> bool:
    """Say whether a header says nothing: missing, "column 3", "unknown", only digits."""
    return all(word.isdigit() or len(word) == 1 or word in _USELESS for word in words)


_VALUE_RULES: tuple[tuple[str, Callable[[str], bool], float, float], ...] = (
    ("full_name", tests.is_household, 0.5, 0.7),
    ("full_name", looks_like_person, 0.5, 0.7),
    ("street", tests.is_evident_street, 0.6, 0.7),
    ("country", tests.is_country, 0.6, 0.65),
    ("education", tests.is_degree, 0.8, 0.55),
    ("job_title", tests.is_job, 0.6, 0.55),
    ("note", tests.is_prose, 0.5, 0.6),
)  # fmt: skip


def by_values(sample: Sample, *, header_useless: bool) -> Evidence:
    """Return what the values suggest without any help; "text" or "empty" at the least."""
    if not sample.values:
        return Evidence("empty", 0.0, "no values, and the header says nothing")
    if sample.is_boolean:
        return Evidence("boolean", 0.6, "values answer yes or no")
    if is_opaque(sample):
        return Evidence("code", 0.6, "values are keys of a system")
    for rule in (_special, _few_words, _given_names, _dates):
        found = rule(sample)
        if found is not None:
            return found
    several = sample.distinct > SEVERAL
    for kind, test, needed, confidence in _VALUE_RULES if several else ():
        share = sample.share(test, needed)
        if share >= needed:
            return Evidence(kind, confidence, f"{_percent(share)} look like {kind}")
    return _places_and_secrets(sample, header_useless=header_useless)


def _special(sample: Sample) -> Evidence | None:
    """Find columns of short values whose words are of a special category."""
    found: dict[str, int] = {}
    for value in sample.values:
        kinds = {SPECIAL_KINDS[match.category] for match in special.find(value)}
        for kind in kinds if len(value.split()) <= _SHORT_VALUE else ():
            found[kind] = found.get(kind, 0) + 1
    for kind, count in found.items():
        if count / len(sample.values) >= HALF and count > 1:
            share = _percent(count / len(sample.values))
            return Evidence(kind, 0.6, f"{share} are words of a special category")
    return None


def _few_words(sample: Sample) -> Evidence | None:
    """Recognise gender and courtesy titles by their closed vocabularies."""
    if sample.share(tests.TESTS["title"][0], NEARLY_ALL) >= NEARLY_ALL:
        return Evidence("title", 0.75, "values are courtesy titles")
    found = {fold(value) for value in sample.values}
    pairs = ({"m", "f"}, {"male", "female"}, {"maschio", "femmina"}, {"uomo", "donna"})
    if (
        sample.confirms("gender")
        and len(found) <= _A_HANDFUL
        and any(pair <= found for pair in pairs)
    ):
        return Evidence("gender", 0.8, "values are the words for gender")
    return None


def _given_names(sample: Sample) -> Evidence | None:
    share = sample.share(lambda v: len(v.split()) <= _SHORT_NAME and tests.is_known_given_name(v))
    single = sample.share(lambda v: len(v.split()) == 1)
    if share >= HALF and single >= _LOCAL_PHONES and len(sample.values) > SEVERAL:
        return Evidence("given_name", 0.7, f"{_percent(share)} are given names")
    return None


def _dates(sample: Sample) -> Evidence | None:
    """Tell dates of birth from other dates: old, and spread over many years."""
    share = sample.share(tests.is_date, MOST)
    if share < MOST:
        return None
    years = [year for year in map(tests.year_of, sample.values) if year is not None]
    old = sum(year < _ADULT_BORN_BEFORE for year in years) * 2 > len(years)
    spread = bool(years) and max(years) - min(years) >= _BIRTH_SPREAD
    if old and spread and max(years) <= _LAST_BIRTH_YEAR:
        return Evidence("birth_date", 0.6, "dates spread as dates of birth are")
    return Evidence("date", 0.6, f"{_percent(share)} are dates")


def _places_and_secrets(sample: Sample, *, header_useless: bool) -> Evidence:
    """Judge what is left: towns, provinces, cards that Excel damaged, passwords, numbers."""
    codes = PROVINCES_IT | STATES_US_CA
    passwords = sample.share(tests.is_password)
    lengths = {len(value) for value in sample.values}
    damaged = sample.share(lambda v: tests.DAMAGED_CARD.fullmatch(v) is not None)
    result = Evidence("text", 0.3, "nothing personal shows")
    if sample.share(tests.is_city) >= FEW:
        result = Evidence("city", 0.6, "towns among the values")
    elif sample.distinct > SEVERAL and sample.share(lambda v: fold(v) in codes) >= NEARLY_ALL:
        result = Evidence("region", 0.5, "values are codes of provinces or states")
    elif damaged >= NEARLY_ALL and len(sample.values) > SEVERAL:
        result = Evidence("card_number", 0.5, "sixteen-digit numbers damaged by a spreadsheet")
    elif (
        header_useless
        and passwords >= _MORE_THAN_HALF
        and len(lengths) > SEVERAL
        and sample.distinct > SEVERAL
    ):
        result = Evidence(
            "password", 0.5, f"{_percent(passwords)} mix letters and digits as passwords do"
        )
    elif sample.share(lambda v: tests.NUMBER.fullmatch(v) is not None) >= NEARLY_ALL:
        decimal = sample.share(lambda v: bool(re.search(r"[.,]\d", v))) > HALF
        result = Evidence("amount" if decimal else "code", 0.4, "values are numbers")
    return result
