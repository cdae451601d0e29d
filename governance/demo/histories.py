"""What happened with each person: what they bought, and what was said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from governance.demo import letters
from governance.demo.catalogue import GOODS
from governance.demo.people import HOW_MANY, SEED, Company, Person, Story, Townsfolk
from governance.policy.vocabulary import Channel

COMPANIES = 90
UNASKED = 70  # letters with something nobody asked for
LAST_DAY_OF = {Story.INACTIVE: 1130, Story.FORMER: 2250, Story.FORGOTTEN: 3700}
"""Days since the last order could have been."""


CHANNEL_OF_TOPIC = {
    "Incontro": Channel.IN_PERSON,
    "Modulo": Channel.WEB,
    "Sollecito": Channel.PHONE,
    "Visita": Channel.PHONE,
}
"""Topics that say how it was said."""
LAMPS = [name for code, name, _price in GOODS if code.startswith("L")]
FURNITURE = [name for code, name, _price in GOODS if code.startswith("M")]


@dataclass(frozen=True)
class Purchase:
    """An order: its number, its day, and lines of (index in the catalogue, quantity)."""

    number: str
    ordered_on: date
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Exchange:
    """Something that was said."""

    channel: Channel
    direction: str
    at: datetime
    topic: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True)
class Life:
    """A person with their history."""

    person: Person
    purchases: tuple[Purchase, ...]
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True)
class Demo:
    """Everybody, and the companies some of them work for."""

    companies: tuple[Company, ...]
    lives: tuple[Life, ...]


def demo(today: date) -> Demo:
    """Return the town as it is on a day; the same day gives the same town."""
    return _Writer(today).demo()


class _Writer:
    """Writes everybody's history, drawn from a generator of its own.

    Who they are then does not hang on what day it is.
    """

    def __init__(self, today: date) -> None:
        self._folk = Townsfolk()
        self._others = Townsfolk(SEED + 4)  # whom letters mention
        self._random: Random = self._others.random
        self._today = today
        self._numbers: dict[int, int] = {}
        self._unasked = 0

    def demo(self) -> Demo:
        companies = [self._folk.company(number) for number in range(COMPANIES)]
        return Demo(tuple(companies), tuple(self._lives(companies)))

    def _lives(self, companies: Sequence[Company]) -> Iterator[Life]:
        number = 0
        for story, how_many in HOW_MANY.items():
            for _ in range(how_many):
                person = self._folk.person(number, story, self._today, companies)
                purchases = self._purchases(person)
                yield Life(person, purchases, self._exchanges(person, purchases))
                number += 1

    # What was bought

    def _purchases(self, person: Person) -> tuple[Purchase, ...]:
        if person.story in {Story.LEAD, Story.COLD}:
            return ()
        how_many = self._random.choices((1, 2, 3, 5, 8), (60, 23, 11, 4, 2))[0]
        last = self._today - timedelta(days=LAST_DAY_OF.get(person.story, 2))
        # The first order is what made them customers.
        days = {person.known_since}
        days |= {self._between(person.known_since, last) for _ in range(how_many - 1)}
        if person.story in {Story.REGULAR, Story.BUYER}:
            recent = max(person.known_since, self._today - timedelta(days=850))
            days.add(self._between(recent, self._today))
        return tuple(self._purchase(day) for day in sorted(days))

    def _purchase(self, day: date) -> Purchase:
        self._numbers[day.year] = self._numbers.get(day.year, 0) + 1
        kinds = self._random.choices((1, 2, 3), (68, 24, 8))[0]
        goods = self._random.sample(range(len(GOODS)), kinds)
        lines = tuple((at, self._random.choices((1, 2, 4), (75, 20, 5))[0]) for at in goods)
        return Purchase(f"LC-{day.year}-{self._numbers[day.year]:05}", day, lines)

    # What was said

    def _exchanges(self, person: Person, purchases: Sequence[Purchase]) -> tuple[Exchange, ...]:
        if person.story is Story.FORGOTTEN:
            return ()
        if person.story in {Story.LEAD, Story.COLD}:
            return tuple(self._asked(person))
        groups: list[Exchange] = []
        for purchase in purchases:
            if self._random.random() < 0.38:  # noqa: PLR2004 - most orders need no word
                groups += self._about(person, purchase)
        return tuple(sorted(groups, key=lambda exchange: exchange.at))

    def _asked(self, person: Person) -> Iterator[Exchange]:
        """A prospect asked once or twice; sometimes we answered."""
        how_many = self._random.choices((1, 2), (70, 30))[0]
        latest = self._today if person.story is Story.LEAD else self._today - timedelta(days=740)
        for _ in range(how_many):
            day = self._between(person.known_since, latest)
            yield self._said(person, letters.FAIRS, Channel.EMAIL, day, None)

    def _about(self, person: Person, purchase: Purchase) -> list[Exchange]:
        day = self._between(purchase.ordered_on, purchase.ordered_on + timedelta(days=40))
        if self._unasked < UNASKED and purchase.ordered_on > self._today - timedelta(days=700):
            self._unasked += 1
            pair = letters.UNASKED[self._unasked % len(letters.UNASKED)]
            return [self._said(person, (pair,), Channel.EMAIL, day, purchase)]
        if person.story is Story.BUYER:
            return [self._said(person, letters.COMPANIES, Channel.EMAIL, day, purchase)]
        group, channel = self._random.choices(
            (
                (letters.QUESTIONS, Channel.EMAIL),
                (letters.COMPLAINTS, Channel.EMAIL),
                (letters.CALLS, Channel.PHONE),
                (letters.CHATS, Channel.CHAT),
            ),
            (38, 22, 28, 12),
        )[0]
        said = [self._said(person, group, channel, day, purchase)]
        if channel is Channel.EMAIL and self._random.random() < 0.7:  # noqa: PLR2004 - some wait in vain
            answered = min(day + timedelta(days=self._random.randrange(1, 4)), self._today)
            said.append(
                self._said(person, letters.REPLIES, channel, answered, purchase, direction="out")
            )
        return said

    def _said(
        self,
        person: Person,
        group: Sequence[tuple[str, str]],
        channel: Channel,
        day: date,
        purchase: Purchase | None,
        *,
        direction: str = "in",
    ) -> Exchange:
        topic, body = self._random.choice(group)
        words = self._words(person, day, purchase)
        if group[0] in letters.UNASKED:
            words |= self._unasked_words(person)
        minute = self._random.randrange(8 * 60, 18 * 60)
        at = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=UTC)
        channel = CHANNEL_OF_TOPIC.get(topic.split()[0], channel)
        return Exchange(channel, direction, at, topic.format(**words), body.format(**words))

    def _words(self, person: Person, day: date, purchase: Purchase | None) -> dict[str, str]:
        random = self._random
        bought = [GOODS[at][1] for at, _quantity in purchase.lines] if purchase else []
        town = person.address.town.name if person.address else "Milano"
        due = day + timedelta(days=random.randrange(1, 9))
        return {
            "name": person.name,
            "product": bought[0] if bought else random.choice(LAMPS + FURNITURE),
            "lamp": random.choice([name for name in bought if name in LAMPS] or LAMPS),
            "furniture": random.choice([name for name in bought if name in FURNITURE] or FURNITURE),
            "order": purchase.number if purchase else "",
            "day": f"{due.day}/{due.month}",
            "city": town,
        }

    def _unasked_words(self, person: Person) -> dict[str, str]:
        random, faker = self._random, self._others.faker
        return {
            "man": " ".join(self._others.name(is_woman=False)),
            "woman": " ".join(self._others.name(is_woman=True)),
            "iban": faker.iban(),
            "fiscal_code": person.fiscal_code
            or self._others.fiscal_code(
                person.given_name, person.family_name, is_woman=person.is_woman
            ),
            "card": faker.credit_card_number("visa16"),
            "secret": f"Casa{random.randrange(100, 999)}!luce",
            "document": f"CA{random.randrange(10000, 99999)}AB",
        }

    def _between(self, first: date, last: date) -> date:
        last = min(last, self._today - timedelta(days=1))
        return first + timedelta(days=self._random.randrange(max((last - first).days, 1)))


def total(lines: Sequence[tuple[int, int]]) -> Decimal:
    """Return the amount of an order."""
    return sum((Decimal(GOODS[at][2]) * quantity for at, quantity in lines), Decimal(0))


__all__ = ["Demo", "Exchange", "Life", "Purchase", "demo", "total"]
