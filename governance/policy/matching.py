"""Whether two files are about one person: points for what agrees, and the reasons in words.

Follows docs/spec/merging.md, section 2. Nothing is decided here: below the threshold nobody is
asked, above it a person is. A household shares an address, a number and often a mailbox, so none
of these, nor all of them together, outweigh names that differ. What a purpose may not see is not
compared.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique

THRESHOLD = 60
"""From this many points on a person is asked whether two files are one."""

SHORTEST_ALIKE = 4  # letters of a word in which one slip of the hand is forgiven


@unique
class Reason(StrEnum):
    """What was found, exact agreement first."""

    SAME_CODE = "same_code"
    SAME_EMAIL = "same_email"
    SAME_PHONE = "same_phone"
    SAME_NAME = "same_name"
    TRANSPOSED_NAME = "transposed_name"
    LONGER_NAME = "longer_name"
    NICKNAME = "nickname"
    SIMILAR_NAME = "similar_name"
    SAME_BIRTH = "same_birth"
    SAME_ADDRESS = "same_address"
    PART_OF_NAME = "part_of_name"
    OTHER_NAME = "other_name"
    OTHER_BIRTH = "other_birth"
    OTHER_CODE = "other_code"


POINTS: dict[Reason, int] = {
    Reason.SAME_CODE: 90,
    Reason.SAME_EMAIL: 25,
    Reason.SAME_PHONE: 20,
    Reason.SAME_NAME: 40,
    Reason.TRANSPOSED_NAME: 40,
    Reason.LONGER_NAME: 35,
    Reason.NICKNAME: 35,
    Reason.SIMILAR_NAME: 35,
    Reason.SAME_BIRTH: 25,
    Reason.SAME_ADDRESS: 10,
    Reason.PART_OF_NAME: -20,
    Reason.OTHER_NAME: -40,
    Reason.OTHER_BIRTH: -40,
    Reason.OTHER_CODE: -90,
}

NICKNAMES = (
    ("alessandro", "sandro", "ale", "alex"),
    ("alessandra", "sandra", "ale", "alex"),
    ("antonio", "tonio", "tonino", "nino", "toni"),
    ("antonella", "antonia", "tonia"),
    ("caterina", "katia", "rina"),
    ("domenico", "mimmo", "nico"),
    ("elisabetta", "betta", "elisa", "lisa"),
    ("federico", "fede", "rico"),
    ("filippo", "pippo"),
    ("francesca", "franca", "checca"),
    ("francesco", "franco", "ciccio", "checco"),
    ("gaetano", "tano"),
    ("giovanna", "gianna", "vanna"),
    ("giovanni", "gianni", "nanni", "gio"),
    ("giuseppe", "beppe", "peppe", "pino", "peppino", "geppi"),
    ("giuseppina", "pina", "giusy", "pinuccia"),
    ("luigi", "gigi", "gino"),
    ("margherita", "rita", "marga"),
    ("michele", "lele"),
    ("pasquale", "lino"),
    ("raffaele", "lello", "raf"),
    ("roberto", "roby", "berto"),
    ("salvatore", "totò", "toto", "turi", "salvo"),
    ("stefania", "stefy"),
    ("vincenzo", "enzo", "cenzo"),
    ("andrew", "andy", "drew"),
    ("elizabeth", "liz", "beth", "betty"),
    ("katherine", "kate", "kathy", "katie"),
    ("margaret", "maggie", "peggy"),
    ("robert", "bob", "rob", "bobby"),
    ("william", "bill", "will", "billy"),
)
"""Names and what their bearers are called; a short form may belong to several."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is compared of one person, in normal form; empty where it is not held or not granted.

    Arguments
    ---------
    name : words of the name, folded, in the order in which they are written
    codes : tax codes
    addresses : street and postal code, in one text each
    """

    name: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    births: frozenset[date] = frozenset()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much speaks for one person, and what does."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def is_worth_asking(self) -> bool:
        """Whether a person should look at the two."""
        return self.score >= THRESHOLD


def compare(one: Card, other: Card) -> Likeness:
    """Return how alike two people are; the order of the two makes no difference."""
    found = [*_identifiers(one, other), *_name(one.name, other.name), *_facts(one, other)]
    reasons = tuple(sorted(found, key=list(Reason).index))
    return Likeness(sum(POINTS[reason] for reason in reasons), reasons)


def _identifiers(one: Card, other: Card) -> Iterator[Reason]:
    if one.codes and other.codes:
        yield Reason.SAME_CODE if one.codes & other.codes else Reason.OTHER_CODE
    if one.emails & other.emails:
        yield Reason.SAME_EMAIL
    if one.phones & other.phones:
        yield Reason.SAME_PHONE


def _facts(one: Card, other: Card) -> Iterator[Reason]:
    if one.births and other.births:
        yield Reason.SAME_BIRTH if one.births & other.births else Reason.OTHER_BIRTH
    if one.addresses & other.addresses:
        yield Reason.SAME_ADDRESS


def _name(one: tuple[str, ...], other: tuple[str, ...]) -> Iterator[Reason]:
    """Compare names as words, for which of them is the family name nobody can tell."""
    if not one or not other:
        return
    shared = set(one) & set(other)
    if set(one) == set(other):
        yield Reason.SAME_NAME if one == other else Reason.TRANSPOSED_NAME
    elif len(shared) > 1 and shared in (set(one), set(other)):
        yield Reason.LONGER_NAME
    elif way := _pairwise(set(one) - shared, set(other) - shared, is_shared=bool(shared)):
        yield way
    else:
        yield Reason.PART_OF_NAME if shared else Reason.OTHER_NAME


def _pairwise(one: Collection[str], other: Collection[str], *, is_shared: bool) -> Reason | None:
    """Say how the words that differ match each other, one to one, if they do."""
    if len(one) != len(other):
        return None
    left, ways = list(other), set[Reason]()
    for word in sorted(one):
        match = next(((w, why) for w in sorted(left) if (why := _alike(word, w))), None)
        if match is None:
            return None
        left.remove(match[0])
        ways.add(match[1])
    if Reason.SIMILAR_NAME in ways:
        return Reason.SIMILAR_NAME
    return Reason.NICKNAME if is_shared else None


def _alike(one: str, other: str) -> Reason | None:
    if any(one in group and other in group for group in NICKNAMES):
        return Reason.NICKNAME
    if min(len(one), len(other)) >= SHORTEST_ALIKE and _one_slip(one, other):
        return Reason.SIMILAR_NAME
    return None


def _one_slip(one: str, other: str) -> bool:
    """Whether a letter was left out, added, changed, or two neighbours swapped.

    The last letter stands: Paolo and Paola, Mario and Maria are other people.
    """
    if one[-1] != other[-1] or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    if start is None:
        return True
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    rest = short[start + 1 :] == long[start + 1 :]
    is_swap = short[start : start + 2] == long[start : start + 2][::-1]
    return rest or (is_swap and short[start + 2 :] == long[start + 2 :])
