"""The people of the demonstration, as plain values: who they are and how they are reached.

Nothing here touches the database or the clock. The same seed and the same day give the same
town, so that a load that was interrupted goes on with the same people. Addresses end in
names that nobody can own (RFC 2606, RFC 6761); fiscal codes and accounts have right check
digits and belong to nobody we know of.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum, unique
from random import Random

from faker import Faker

from governance.demo import codes, letters, places
from governance.demo.places import Town
from governance.policy.vocabulary import SubjectKind

SEED = 1958
DOMAINS = ("example.com", "example.org", "example.net", "posta.example", "mail.example")
MOBILES = (
    "320", "327", "328", "329", "331", "333", "334", "335", "338", "339", "340", "342", "345",
    "346", "347", "348", "349", "351", "366", "380", "388", "389", "391",
)  # fmt: skip
WORDS = frozenset({"Abba", "Basso", "Delle", "Fattori"})
"""Names of Faker's that are also words of the catalogue or the register, or look like a piece of
an identifier. Nobody has them, so that a search of a backup for names finds people alone."""
FIRST_NUMBER = 100_001  # of customers


@unique
class Story(StrEnum):
    """How long somebody has been known, and what became of them."""

    REGULAR = "regular"  # buys now and then until today
    INACTIVE = "inactive"  # nothing for three years and more
    FORMER = "former"  # nothing for six years and more
    FORGOTTEN = "forgotten"  # only invoices older than ten years
    BUYER = "buyer"  # works for a company that buys
    LEAD = "lead"  # asked something in the last two years
    COLD = "cold"  # asked something longer ago


HOW_MANY: dict[Story, int] = {
    Story.REGULAR: 700,
    Story.INACTIVE: 340,
    Story.FORMER: 120,
    Story.FORGOTTEN: 90,
    Story.BUYER: 230,
    Story.LEAD: 350,
    Story.COLD: 170,
}
KIND_OF: dict[Story, SubjectKind] = {
    Story.BUYER: SubjectKind.COMPANY_CONTACT,
    Story.LEAD: SubjectKind.PROSPECT,
    Story.COLD: SubjectKind.PROSPECT,
}


@dataclass(frozen=True)
class Address:
    """A postal address."""

    street: str = field(repr=False)
    town: Town


@dataclass(frozen=True)
class Company:
    """A company that buys."""

    number: int
    name: str = field(repr=False)
    vat_number: str = field(repr=False)
    phone: str = field(repr=False)
    address: Address


@dataclass(frozen=True)
class Person:
    """Somebody the demonstration is about.

    Attributes
    ----------
    number : customer number, unique
    known_since : when they were recorded
    company : where they work, for buyers
    """

    number: int
    story: Story
    is_woman: bool
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    address: Address | None
    fiscal_code: str = field(repr=False)
    known_since: date
    company: Company | None = None
    job_title: str = ""
    note: str = ""

    @property
    def kind(self) -> SubjectKind:
        """The category of data subjects."""
        return KIND_OF.get(self.story, SubjectKind.CUSTOMER)

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given_name} {self.family_name}"


class Townsfolk:
    """Makes people; every value comes from one seeded generator."""

    def __init__(self, seed: int = SEED) -> None:
        self.random = Random(seed)  # noqa: S311 - people who do not exist need no secrecy
        self.faker = Faker("it_IT")
        self.faker.seed_instance(seed)
        self._taken: set[str] = set()

    def name(self, *, is_woman: bool) -> tuple[str, str]:
        """Return a given name and a family name, usual ones more often."""
        rare = self.random.random()
        given = self.random.choice(places.WOMEN if is_woman else places.MEN)
        if rare < 0.1:  # noqa: PLR2004 - one in ten has a name of Faker's longer lists
            given = self.faker.first_name_female() if is_woman else self.faker.first_name_male()
        usual = self.random.random() < 0.4  # noqa: PLR2004 - the rest are of the thousand less usual
        family = self.random.choice(places.SURNAMES) if usual else self.faker.last_name()
        return given, family if family not in WORDS else self.random.choice(places.SURNAMES)

    def email(self, given: str, family: str) -> str:
        """Return an address nobody else has, at a domain nobody can own."""
        first, last = _plain(given), _plain(family)
        forms = (f"{first}.{last}", f"{first}{last}", f"{first[0]}.{last}", f"{last}.{first}")
        local, domain = self.random.choice(forms), self.random.choice(DOMAINS)
        address, number = f"{local}@{domain}", 1
        while address in self._taken:
            number += 1
            address = f"{local}{number}@{domain}"
        self._taken.add(address)
        return address

    def mobile(self) -> str:
        """Return a mobile number nobody else has."""
        while True:
            digits = f"{self.random.randrange(10**7):07}"
            number = f"+39 {self.random.choice(MOBILES)} {digits}"
            if number not in self._taken:
                self._taken.add(number)
                return number

    def landline(self, town: Town) -> str:
        """Return a number of the town's network."""
        digits = "".join(str(self.random.randrange(10)) for _ in range(10 - len(town.prefix) - 1))
        return f"+39 {town.prefix} {self.random.randrange(2, 9)}{digits}"

    def address(self) -> Address:
        """Return a street with a number, and a town."""
        number = str(self.random.randrange(1, 180))
        if self.random.random() < 0.08:  # noqa: PLR2004 - some doors have a letter
            number += self.random.choice(("/A", "/B", " bis"))
        street = f"{self.random.choice(places.STREETS)} {number}"
        return Address(street, self.random.choice(places.TOWNS))

    def fiscal_code(self, given: str, family: str, *, is_woman: bool) -> str:
        """Return a fiscal code that fits a name."""
        born_on = date(1940, 1, 1) + timedelta(days=self.random.randrange(66 * 365))
        return codes.fiscal_code(
            _plain(given),
            _plain(family),
            born_on=born_on,
            is_woman=is_woman,
            birthplace=self.random.choice(codes.BIRTHPLACES),
        )

    def company(self, number: int) -> Company:
        """Return a company."""
        kind, word = places.COMPANY_KINDS, places.COMPANY_WORDS
        # Each pair of word and kind once: the words run through, then the kinds move on.
        name = kind[(number // len(word) + number) % len(kind)].format(
            word=word[number % len(word)]
        )
        address = self.address()
        return Company(
            number=FIRST_NUMBER + 500_000 + number,
            name=name,
            vat_number=self.faker.company_vat(),
            phone=self.landline(address.town),
            address=address,
        )

    def person(
        self, number: int, story: Story, today: date, companies: Sequence[Company]
    ) -> Person:
        """Return one person of a story."""
        is_woman = self.random.random() < 0.52  # noqa: PLR2004 - as in the population
        given, family = self.name(is_woman=is_woman)
        company = self.random.choice(companies) if story is Story.BUYER else None
        is_lead = story in {Story.LEAD, Story.COLD}
        has_address = not is_lead and company is None
        return Person(
            number=FIRST_NUMBER + number,
            story=story,
            is_woman=is_woman,
            given_name=given,
            family_name=family,
            email=self.email(given, family) if self._chance(0.94) else "",
            phone=self.mobile(),
            address=self.address() if has_address else None,
            fiscal_code=self.fiscal_code(given, family, is_woman=is_woman)
            if has_address and self._chance(0.35)
            else "",
            known_since=today - timedelta(days=self._days_known(story)),
            company=company,
            job_title=self.random.choice(places.JOBS) if company else "",
            note=self.random.choice(letters.NOTES) if self._chance(0.06) else "",
        )

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _days_known(self, story: Story) -> int:
        first, last = {
            Story.REGULAR: (30, 4300),
            Story.INACTIVE: (1200, 4300),
            Story.FORMER: (2300, 4350),
            Story.FORGOTTEN: (3760, 4380),
            Story.BUYER: (60, 3900),
            Story.LEAD: (5, 690),
            Story.COLD: (770, 2200),
        }[story]
        return self.random.randrange(first, last)


def _plain(name: str) -> str:
    """Return a name as it stands in an address: ASCII letters."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in ascii_name.lower() if letter.isalpha())
