"""What the values of a column say: one test for each kind, over distinct values.

A test answers for one value; `Sample.share` gives the part of the distinct values that
pass. A kind that a header suggests is kept only when its test is passed by enough values.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

import phonenumbers

from registry.discovery.gazetteer import (
    CITIES,
    COUNTRIES,
    COURTESY_TITLES,
    GIVEN_NAMES,
    HOUSEHOLD_MARKERS,
    JOB_WORDS,
    LANGUAGES,
    PROVINCES_IT,
    STATES_US_CA,
    STREET_WORDS,
    fold,
    word_set,
)

MAX_DISTINCT = 200
"""Distinct values looked at; more do not change a share by more than a few points."""

Test = Callable[[str], bool]

_NOTHING = frozenset({"", "null", "none", "n/a", "#n/a", "nd", "n.d.", "-", "--", "\\n", "nan"})

EMAIL = re.compile(r"[^\s@<>;,]{1,64}@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+[a-z]{2,10}(?:/\S*)?", re.IGNORECASE)
PHONE = re.compile(r"\+?[\d(][\d\s().\-/]{4,22}\d(?:\s?(?:x|ext\.?|int\.?)\s?\d{1,5})?")
POSTAL = re.compile(r"(?:[A-Z]{1,2}-)?[A-Z0-9]{2,5}[ -]?[A-Z0-9]{0,4}", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?[€$£]?\s?[-+]?\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d+)?\s?[€$£%]?")
INTEGER = re.compile(r"-?\d{1,9}(?:\.0+)?")
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})(?: .*)?"
    r"|\d{1,2}[- ](?:[A-Za-z]{3,9})[- ]\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}|(?:19|20)\d{6}"
)
_YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d{2}(?!\d)")
EXPIRY = re.compile(
    r"(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d{2}|[A-Za-z]{3}-\d{2}|\d{2}-[A-Za-z]{3}"
    r"|20\d{2}-(?:0[1-9]|1[0-2])"
)
DAMAGED_CARD = re.compile(
    r"[2-6](?:[.,]\d+)?E\+1[3-8]", re.IGNORECASE
)  # what Excel leaves of a card number
MASKED_CARD = re.compile(r"(?:[*xX•]{4}[ -]?){1,3}[*xX•]*\d{4}|\d{4,6}[*xX•]{5,9}\d{4}")
HASH = re.compile(
    r"\$2[abxy]?\$\d\d\$.{53}|\$argon2\w*\$.+|(?:pbkdf2_\w+|argon2|bcrypt\w*|scrypt)\$.+|\$[156]\$.+|\{SSHA\d*\}.+"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?:ghp|sk|pk|xox[abp])[-_]\w{16,}"
)
_IP_BEGINS = re.compile(r"\s*[0-9a-f]{0,4}[.:]", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|['’. -])*")
_WORDS = re.compile(r"[^\W\d_]+")
_BOOLEANS = word_set("true false yes no y n si s t f 0 1 vero falso ja nein oui non on off x")
_GENDERS = word_set("""
    m f male female man woman maschio femmina uomo donna d x na other altro non-binary u diverse h w
""")
_MARITAL = word_set("""
    m s d w single married divorced widowed separated celibe nubile coniugato coniugata divorziato
    divorziata vedovo vedova separato separata sposato sposata partner unknown yes no
""")
_DEGREES = re.compile(
    r"bachelor|graduate|high scho|partial|college|degree|diploma|laurea|licenza|master|phd|school"
    r"|universit|dottorato",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(r"(?:1[89]|20)\d{2}|[1-9]\d?|\d{1,2}:\d{2}.*")  # a year, a month, a time
_CARD_BRANDS = word_set("visa mastercard amex maestro discover diners jcb vpay postepay")
_INCOME_BAND = re.compile(r".*\d.*")
_MIN_NAME, _MAX_NAME = 2, 40
_MIN_PASSWORD, _MAX_PASSWORD = 6, 24
_MAX_CHILDREN, _MAX_AGE = 20, 120
_PHONE_DIGITS = range(5, 17)


def is_boolean(value: str) -> bool:
    """Say whether a value is one half of a yes or no."""
    return fold(value) in _BOOLEANS


def is_ip(value: str) -> bool:
    """Say whether a value is an IPv4 or IPv6 address."""
    if _IP_BEGINS.match(value) is None:
        return False
    try:
        ip_address(value.strip())
    except ValueError:
        return False
    return True


def is_phone(value: str) -> bool:
    """Say whether a value is written like a telephone number (5 to 16 digits)."""
    text = value.strip()
    if PHONE.fullmatch(text) is None or sum(c.isdigit() for c in text) not in _PHONE_DIGITS:
        return False
    return not (is_date(text) or is_ip(text) or re.fullmatch(r"\d+\.\d{1,4}", text))


def is_evident_phone(value: str) -> bool:
    """Say whether a value is a telephone number even without a header that says so."""
    if not is_phone(value) or not re.search(r"^\+|\(|\d[ .\-/]+\d", value):
        return False
    if re.fullmatch(r"1?[ -]?(?:\(\d+\)[ -]?)*\d{3}[ -]?\d{3}-\d{4}|\(\d{3}\) ?\d{3}-\d{4}", value):
        return True
    return any(_valid_in(value, region) for region in ("IT", "GB", "US", "DE", "FR", "ES"))


def _valid_in(value: str, region: str) -> bool:
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(value, region)))
    except phonenumbers.NumberParseException:
        return False


def is_date(value: str) -> bool:
    """Say whether a value is a calendar date, with or without a time."""
    return DATE.fullmatch(value.strip()) is not None


def year_of(value: str) -> int | None:
    """Return the four-digit year in a date, or None."""
    found = _YEAR.search(value)
    return int(found.group()) if found else None


def is_word_name(value: str) -> bool:
    """Say whether a value could be a part of a name: letters, no digits, not a yes or no."""
    return _MIN_NAME <= len(value) <= _MAX_NAME and bool(_LETTERS.fullmatch(value))


def is_known_given_name(value: str) -> bool:
    """Say whether a value is a given name of our list (the first word of it)."""
    words = _WORDS.findall(fold(value))
    return bool(words) and words[0] in GIVEN_NAMES


def is_household(value: str) -> bool:
    """Say whether a value names a household ("Rossi Family"): the name of people."""
    words = fold(value).split()
    return len(words) > 1 and bool({words[-1], words[0]} & HOUSEHOLD_MARKERS)


def is_street(value: str) -> bool:
    """Say whether a value reads as a street with a number or a street word."""
    words = fold(value.replace(",", " ")).split()
    has_letters = any(c.isalpha() for c in value)
    return (
        has_letters
        and len(words) > 1
        and (any(c.isdigit() for c in value) or bool(STREET_WORDS.intersection(words)))
    )


def is_evident_street(value: str) -> bool:
    """Say whether a value is a street even without a header: a number and a street word."""
    words = fold(re.sub(r"[,\d]", " ", value)).split()
    return any(c.isdigit() for c in value) and len(words) > 1 and bool(STREET_WORDS & set(words))


def is_place(value: str) -> bool:
    """Say whether a value could name a place: mostly letters, not a yes or no."""
    return len(value) <= 60 and not is_boolean(value) and bool(_WORDS.search(value))  # noqa: PLR2004  # the longest municipality has 58


def is_region(value: str) -> bool:
    """Say whether a value could be a region, a province or its code."""
    return is_place(value) or fold(value) in PROVINCES_IT | STATES_US_CA


def is_postal_code(value: str) -> bool:
    """Say whether a value could be a postal code: at least two digits among 3 to 10 signs."""
    fits = 3 <= len(value) <= 10 and POSTAL.fullmatch(value) is not None  # noqa: PLR2004  # the docstring names them
    return fits and any(c.isdigit() for c in value)


def is_password(value: str) -> bool:
    """Say whether a value mixes cases and digits the way passwords do and names do not."""
    return HASH.fullmatch(value) is not None or (
        _MIN_PASSWORD <= len(value) <= _MAX_PASSWORD
        and not re.search(r"[\s@/]", value)
        and bool(
            re.search(r"[a-z]", value) and re.search(r"[A-Z]", value) and re.search(r"\d", value)
        )
    )


def is_prose(value: str) -> bool:
    """Say whether a value is a sentence: eight words or more."""
    return len(value.split()) >= 8  # noqa: PLR2004  # the docstring names it


def _in(words: frozenset[str]) -> Test:
    return lambda value: fold(value.strip()).strip(".") in words or fold(value.strip()) in words


def _whole(pattern: re.Pattern[str]) -> Test:
    return lambda value: pattern.fullmatch(value.strip()) is not None


def _integer_up_to(limit: int) -> Test:
    def test(value: str) -> bool:
        return INTEGER.fullmatch(value) is not None and 0 <= float(value) <= limit

    return test  # fmt: skip


def _not_boolean(value: str) -> bool:
    return fold(value) not in _BOOLEANS - {"s", "t", "f", "x", "n", "y", "0", "1"}


def _text(value: str) -> bool:
    return not is_boolean(value) and bool(_WORDS.search(value)) and not is_date(value)


def _words_of_a_job(value: str) -> bool:
    return bool(JOB_WORDS.intersection(_WORDS.findall(fold(value))))


def _card(value: str) -> bool:
    digits = re.sub(r"[ -]", "", value)
    long = digits.isdigit() and 13 <= len(digits) <= 19  # noqa: PLR2004  # ISO/IEC 7812
    return long or bool(DAMAGED_CARD.fullmatch(value) or MASKED_CARD.fullmatch(value))


def _official(value: str) -> bool:
    return any(c.isdigit() for c in value) and 5 <= len(value) <= 25 and not is_date(value)  # noqa: PLR2004  # from Icelandic VAT to spaced NIR


TESTS: dict[str, tuple[Test, float]] = {
    "given_name": (is_word_name, 0.7),
    "middle_name": (lambda v: bool(_LETTERS.fullmatch(v)), 0.7),
    "family_name": (is_word_name, 0.7),
    "full_name": (lambda v: len(v) > _MIN_NAME and _text(v) and not _words_are_labels(v), 0.7),
    "title": (_in(COURTESY_TITLES), 0.6),
    "mothers_maiden_name": (is_word_name, 0.7),
    "email": (_whole(EMAIL), 0.5),
    "phone": (lambda v: is_phone(v) or INTEGER.fullmatch(v) is not None, 0.5),
    "phone_prefix": (lambda v: re.fullmatch(r"\+?\d{1,4}(?:-\d{1,4})?", v) is not None, 0.7),
    "fax": (is_phone, 0.5),
    "street": (lambda v: not is_boolean(v) and not is_date(v) and not EMAIL.fullmatch(v), 0.7),
    "city": (is_place, 0.6),
    "region": (is_region, 0.6),
    "country": (is_place, 0.6),
    "postal_code": (is_postal_code, 0.6),
    "username": (lambda v: _not_boolean(v) and " " not in v.strip(), 0.6),
    "ip": (is_ip, 0.6),
    "device_id": (_official, 0.5),
    "national_id": (_official, 0.5),
    "vat_number": (_official, 0.5),
    "identity_document": (_official, 0.5),
    "health_card": (_official, 0.5),
    "customer_number": (lambda v: fold(v) not in ("true", "false", "yes", "no"), 0.9),
    "person_reference": (lambda v: _not_boolean(v) and not is_date(v), 0.9),
    "birth_date": (lambda v: is_date(v) or re.fullmatch(r"(?:19|20)\d{2}", v) is not None, 0.5),
    "birth_place": (is_place, 0.6),
    "age": (lambda v: bool(re.search(r"\d", v)) and len(v) <= 12, 0.6),  # noqa: PLR2004  # "under 18 years"
    "gender": (_in(_GENDERS), 0.7),
    "marital_status": (lambda v: fold(v) in _MARITAL or _integer_up_to(_MAX_CHILDREN)(v), 0.6),
    "children": (lambda v: is_boolean(v) or _integer_up_to(_MAX_CHILDREN)(v), 0.7),
    "company": (_text, 0.6),
    "job_title": (_text, 0.6),
    "education": (lambda v: _text(v) or bool(_DEGREES.search(v)), 0.6),
    "income": (_whole(_INCOME_BAND), 0.5),
    "iban": (lambda v: bool(re.match(r"[A-Z]{2}\d{2}", v)), 0.5),
    "bank_account": (_official, 0.5),
    "card_number": (_card, 0.5),
    "card_type": (lambda v: fold(re.sub(r"\s", "", v)) in _CARD_BRANDS or _text(v), 0.5),
    "card_code": (lambda v: re.fullmatch(r"\d{1,4}", v) is not None, 0.7),
    "card_expiry": (lambda v: bool(EXPIRY.fullmatch(v)) or is_date(v) or v.isdigit(), 0.6),
    "password": (_not_boolean, 0.7),
    "home_owner": (lambda v: is_boolean(v) or _text(v), 0.7),
    "vehicle": (lambda v: fold(v) not in ("true", "false"), 0.7),
    "note": (_text, 0.5),
    "language": (lambda v: _in(LANGUAGES)(v) or _text(v), 0.5),
    "preferred_channel": (_text, 0.6),
    "opted_out_email": (is_boolean, 0.7),
    "opted_out_fax": (is_boolean, 0.7),
    "opted_out": (is_boolean, 0.7),
    "do_not_call": (is_boolean, 0.7),
    "do_not_contact": (is_boolean, 0.7),
    "consent": (lambda v: len(v) <= 60, 0.7),  # noqa: PLR2004  # a state or a date, not a text
    "url": (lambda v: "." in v or "/" in v, 0.5),
    "amount": (_whole(NUMBER), 0.6),
    "date": (lambda v: is_date(v) or bool(_OTHER_DATE.fullmatch(v)), 0.6),
    "quantity": (_whole(NUMBER), 0.6),
}  # fmt: skip
"""For each kind the test of one value, and the share of values that must pass it."""

_LABELS = word_set(
    "household__c home work mobile personal other casa lavoro yes no true false none active"
)


def _words_are_labels(value: str) -> bool:
    return fold(value) in _LABELS or "__c" in fold(value)


def share_of(values: Sequence[str], test: Test, needed: float) -> float:
    """Return the part of some values that pass a test, or 0.0 where less than `needed` do.

    Most tests of a column fail, and most of them at once: a few values say so.
    """
    passed = 0
    for at, value in enumerate(values):
        passed += test(value)
        if (passed + len(values) - at - 1) / len(values) < needed:
            return 0.0
    return passed / len(values) if values else 0.0


@dataclass(frozen=True)
class Sample:
    """Distinct, non-empty values of one column, in the order first seen.

    Attributes
    ----------
    values : at most `MAX_DISTINCT` distinct values, stripped
    filled : number of values that were not empty
    distinct : number of distinct values among them
    """

    values: tuple[str, ...]
    filled: int
    distinct: int

    @classmethod
    def of(cls, values: Sequence[str]) -> "Sample":
        """Take the sample of a column."""
        stripped = (str(value).strip() for value in values)
        counts = Counter(value for value in stripped if value.lower() not in _NOTHING)
        return cls(tuple(list(counts)[:MAX_DISTINCT]), counts.total(), len(counts))

    def share(self, test: Test, needed: float = 0.0) -> float:
        """Return the part of the distinct values that pass a test, 0.0 for no values.

        Parameters
        ----------
        needed : a part below which the answer may be 0.0, as soon as it is out of reach
        """
        return share_of(self.values, test, needed)

    @cached_property
    def is_boolean(self) -> bool:
        """Whether the column answers yes or no."""
        return 0 < self.distinct <= 3 and self.share(is_boolean) == 1.0  # noqa: PLR2004  # yes, no, and one spelling more

    def confirms(self, kind: str) -> bool | None:
        """Say whether the values bear out a kind; None when there are none, or no test."""
        if not self.values or kind not in TESTS:
            return None
        test, needed = TESTS[kind]
        return self.share(test, needed) >= needed


def is_city(value: str) -> bool:
    """Say whether a value is a town of our list."""
    return fold(value) in CITIES


def is_country(value: str) -> bool:
    """Say whether a value is a country of our list."""
    return fold(value) in COUNTRIES


def is_job(value: str) -> bool:
    """Say whether a value has a word of an occupation."""
    return _words_of_a_job(value)


def is_degree(value: str) -> bool:
    """Say whether a value names a degree or a school."""
    return _DEGREES.search(value) is not None
