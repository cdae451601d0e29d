"""How sure we must be who asks, how sure we are, and the lawful way on (Art. 12(2), 12(6)).

Proportionate (EDPB guidelines 01/2022): what only stops needs nothing, a question needs nothing,
what shows, changes or destroys data needs a sign that whoever asks is the person, and more where
something speaks against it. Never a copy of a document by default. Follows docs/spec/identity.md.

Decided here, over plain values; `dsar.ladder` gathers them and asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum, StrEnum, unique
from uuid import UUID

from governance.policy.consents import needs_guardian
from governance.policy.vocabulary import Right

RECENT = timedelta(days=30)  # a contact detail changed since then is not known yet
MANY_CODES = 5  # wrong ones, from which somebody seems to guess
MAJORITY = 18  # art. 2 Codice civile


@unique
class Assurance(IntEnum):
    """How sure we are, lightest first."""

    NONE = 0  # anybody can type a name and an address
    KNOWN = 1  # a session of theirs, or an answer by a contact point we knew before
    TWICE = 2  # two of these that do not depend on one another
    DECIDED = 3  # a person on our side looked and decided, with a reason


@unique
class Means(StrEnum):
    """How a doubt was removed; what the file of the request says."""

    ACCOUNT = "account"  # they asked from an account they are logged in to
    KNOWN_CONTACT = "known_contact"  # they answered from the address we hold
    CODE = "code"  # a code sent to a contact point on file came back
    CALLED_BACK = "called_back"  # we rang the number on file, and they answered
    DOCUMENT = "document"  # a document was seen; no copy is kept (recital 64)
    IN_PERSON = "in_person"
    DECISION = "decision"  # with a reason in words


DECIDING = frozenset({Means.DOCUMENT, Means.IN_PERSON, Means.DECISION})
AT_A_POINT = frozenset({Means.KNOWN_CONTACT, Means.CODE, Means.CALLED_BACK})


@unique
class Act(StrEnum):
    """What is about to be done for whoever asks."""

    WORDS = "words"  # answer a question or a complaint
    STOP = "stop"  # marketing, a consent, a use: stopped on the spot
    CONFIRM_STOP = "confirm_stop"  # write which uses and consents ended
    RESTRICT = "restrict"
    REVIEW = "review"
    RECTIFY = "rectify"
    RECTIFY_CONTACT = "rectify_contact"  # by which the next answer would be sent
    ERASE = "erase"
    RELEASE = "release"  # of a copy


NEEDED: dict[Act, Assurance] = {
    Act.WORDS: Assurance.NONE,
    Act.STOP: Assurance.NONE,
    Act.CONFIRM_STOP: Assurance.KNOWN,
    Act.RESTRICT: Assurance.KNOWN,
    Act.REVIEW: Assurance.KNOWN,
    Act.RECTIFY: Assurance.KNOWN,
    Act.RECTIFY_CONTACT: Assurance.TWICE,
    Act.ERASE: Assurance.KNOWN,
    Act.RELEASE: Assurance.KNOWN,
}
LIGHT = frozenset({Act.WORDS, Act.STOP, Act.CONFIRM_STOP, Act.RESTRICT})
"""What shows and destroys nothing: no sign of risk raises what it needs."""

ACT_OF: dict[Right, Act] = {
    Right.ACCESS: Act.RELEASE,
    Right.PORTABILITY: Act.RELEASE,
    Right.RECTIFICATION: Act.RECTIFY,
    Right.ERASURE: Act.ERASE,
    Right.RESTRICTION: Act.RESTRICT,
    Right.OBJECTION: Act.CONFIRM_STOP,
    Right.WITHDRAWAL: Act.CONFIRM_STOP,
    Right.HUMAN_REVIEW: Act.REVIEW,
    Right.COMPLAINT: Act.WORDS,
    Right.QUESTION: Act.WORDS,
}


@unique
class Signal(StrEnum):
    """What speaks against taking somebody's word, or one sign alone."""

    CONTACT_CHANGED = "contact_changed"  # a contact detail changed within `RECENT`
    NEW_ADDRESS = "new_address"  # the answer is to go where we do not know them
    LOOK_ALIKE = "look_alike"  # from an address that is merely similar
    MAILBOX_LOST = "mailbox_lost"  # mail came back: closed, or somebody else's by now
    LEFT_COMPANY = "left_company"  # the mailbox is their former employer's
    REPRESENTED = "represented"
    MINOR = "minor"
    DECEASED = "deceased"
    CODES_FAILED = "codes_failed"
    PRESSURE = "pressure"  # a copy was asked for before anybody knew who asks


RAISES: dict[Signal, Assurance] = {
    Signal.CONTACT_CHANGED: Assurance.TWICE,
    Signal.NEW_ADDRESS: Assurance.TWICE,
    Signal.LOOK_ALIKE: Assurance.TWICE,
    Signal.MAILBOX_LOST: Assurance.TWICE,
    Signal.LEFT_COMPANY: Assurance.TWICE,
    Signal.CODES_FAILED: Assurance.TWICE,
    Signal.REPRESENTED: Assurance.DECIDED,
    Signal.MINOR: Assurance.DECIDED,
    Signal.DECEASED: Assurance.DECIDED,
}
"""To what; `PRESSURE` raises nothing, but the word of who pressed counts no more."""


@unique
class Behalf(StrEnum):
    """For whom somebody asks."""

    SELF = "self"
    CHILD = "child"
    WARD = "ward"  # interdetto, beneficiario di amministrazione di sostegno
    MANDATE = "mandate"  # lawyer, agent, association of Art. 80(1)
    DECEASED = "deceased"  # art. 2-terdecies Codice
    COMPANY_CONTACT = "company"  # for themselves, as who we know them by a company


FOR_ANOTHER = frozenset({Behalf.CHILD, Behalf.WARD, Behalf.MANDATE, Behalf.DECEASED})


@unique
class Capacity(StrEnum):
    """In what capacity the rights of the dead are used (art. 2-terdecies(1) Codice)."""

    OWN_INTEREST = "own_interest"
    PROTECTION = "protection"  # as their agent, to protect the deceased
    FAMILY = "family"  # family reasons worth protecting
    DEFENCE = "defence"  # in court, or rights of property of others: no ban reaches it, (5)


@dataclass(frozen=True, slots=True)
class Represented:
    """Who is said to be represented, and how far that is shown.

    Attributes
    ----------
    by_person : the person themselves confirmed it, at a contact point we knew
    """

    behalf: Behalf
    is_verified: bool = False
    by_person: bool = False
    valid_until: date | None = None
    capacity: Capacity | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point on file; `key` stands for it and tells nothing."""

    key: bytes
    is_shared: bool = False  # another person has it too
    is_lost: bool = False  # mail came back
    is_former: bool = False  # an e-mail address, and they left the company
    changed_on: date | None = None  # None where it is as old as what we know of them

    def is_recent(self, today: date) -> bool:
        """Whether it changed so lately that it shows nothing yet."""
        return self.changed_on is not None and today - self.changed_on < RECENT


@dataclass(frozen=True, slots=True)
class Proof:
    """One sign that it is they.

    Attributes
    ----------
    point : by which contact point; empty where by none
    by : the member of staff whose word it is; None where a machine compared
    place : in the order in which things happened to the request
    """

    means: Means
    point: bytes = b""
    by: UUID | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Pressed:
    """A member of staff asked for what the level did not allow."""

    by: UUID | None
    place: int


@unique
class Given(StrEnum):
    """What the address that the answer would go to is to us."""

    ON_FILE = "on_file"
    UNKNOWN = "unknown"
    LOOK_ALIKE = "look_alike"
    NONE = "none"  # no address was given: the answer goes to one on file, or by hand


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a request when it is asked how sure we are.

    Attributes
    ----------
    is_held : whether anything is held; if not, nothing can reach the wrong person
    bans : rights the person forbade others to use after their death
    age_of_consent : Art. 8(1), as the law of the country sets it
    """

    today: date
    right: Right
    is_held: bool = True
    proofs: tuple[Proof, ...] = ()
    pressed: tuple[Pressed, ...] = ()
    points: tuple[Point, ...] = ()
    given: Given = Given.NONE
    represented: Represented | None = None
    born_on: date | None = None
    is_deceased: bool = False
    bans: frozenset[Right] = field(default_factory=frozenset)
    failed_codes: int = 0
    age_of_consent: int = 14

    def is_under(self, years: int) -> bool:
        """Whether the person is known to be younger than that."""
        return self.born_on is not None and needs_guardian(self.born_on, self.today, age=years)

    def has_turned(self, years: int) -> bool:
        """Whether the person is known to be that old."""
        return self.born_on is not None and not self.is_under(years)

    @property
    def behalf(self) -> Behalf:
        """Return for whom it is asked."""
        return self.represented.behalf if self.represented else Behalf.SELF


@unique
class Block(StrEnum):
    """What no level of assurance removes."""

    NOT_SHOWN = "not_shown"  # nobody has shown that they may act for the person
    EXPIRED = "expired"  # the mandate has ended
    CHILD_DECIDES = "child_decides"  # Art. 8; art. 2-quinquies Codice
    FORBIDDEN = "forbidden"  # art. 2-terdecies(2)-(4) Codice
    DEAD = "dead"  # asked as if by a person who has died


@unique
class Step(StrEnum):
    """A lawful way on."""

    SEND_CODE = "send_code"
    CALL_BACK = "call_back"
    ANSWER_ON_FILE = "answer_on_file"
    ASK_PERSON = "ask_person"  # the person represented, at a contact point on file
    VERIFY = "verify"  # look at the evidence of who acts for them
    NOT_VERIFIED = "not_verified"  # answer the person directly
    DECIDE = "decide"
    COLLEAGUE = "colleague"  # somebody else than who pressed
    ASK = "ask"  # for further information; the clock stands
    TELL_CHILD = "tell_child"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Assessment:
    """How sure we are, how sure we must be and why, and what to do next."""

    reached: Assurance
    needed: Assurance
    because: tuple[Signal, ...]
    block: Block | None
    steps: tuple[Step, ...]

    @property
    def is_enough(self) -> bool:
        """Whether it may be done."""
        return self.block is None and self.reached >= self.needed


def assess(act: Act, facts: Facts) -> Assessment:
    """Say whether an act may be done for whoever asks, and if not, what is the way on."""
    if not facts.is_held or NEEDED[act] is Assurance.NONE:
        return Assessment(reached(act, facts), Assurance.NONE, (), None, ())
    found = signals(facts)
    because = tuple(s for s in Signal if s in found and act not in LIGHT)
    level = max([NEEDED[act], *(_raised(s, facts) for s in because)])
    has, block = reached(act, facts), _block(facts)
    is_enough = block is None and has >= level
    return Assessment(has, level, because, block, () if is_enough else _steps(act, facts, block))


def signals(facts: Facts) -> frozenset[Signal]:
    """Return what speaks against taking somebody's word."""
    found = {
        Signal.CONTACT_CHANGED: any(p.is_recent(facts.today) for p in facts.points),
        Signal.NEW_ADDRESS: facts.given is Given.UNKNOWN,
        Signal.LOOK_ALIKE: facts.given is Given.LOOK_ALIKE,
        Signal.MAILBOX_LOST: any(p.is_lost for p in facts.points),
        Signal.LEFT_COMPANY: any(p.is_former for p in facts.points),
        Signal.REPRESENTED: facts.behalf in FOR_ANOTHER,
        Signal.MINOR: facts.is_under(MAJORITY) and not facts.is_deceased,
        Signal.DECEASED: facts.is_deceased,
        Signal.CODES_FAILED: facts.failed_codes >= MANY_CODES,
        Signal.PRESSURE: bool(facts.pressed),
    }
    return frozenset(signal for signal, is_there in found.items() if is_there)


def _raised(signal: Signal, facts: Facts) -> Assurance:
    known = facts.represented
    if signal is Signal.REPRESENTED and known and known.by_person:
        return Assurance.KNOWN  # the person themselves said so: their own contact point is enough
    return RAISES.get(signal, Assurance.NONE)


def reached(act: Act, facts: Facts) -> Assurance:
    """Return how sure we are.

    A contact point shows something if it is the person's alone, was theirs before and still is.
    For what is light one on file is enough. The word of who pressed for it counts no more.
    """
    counting = {p.key for p in facts.points if act in LIGHT or shows(p, facts.today)}
    proofs = [p for p in facts.proofs if not _is_pressed(p, facts)]
    if any(p.means in DECIDING for p in proofs):
        return Assurance.DECIDED
    ways = {p.point for p in proofs if p.means in AT_A_POINT and p.point in counting}
    number = len(ways) + any(p.means is Means.ACCOUNT for p in proofs)
    return Assurance(min(number, Assurance.TWICE))


def shows(point: Point, today: date) -> bool:
    """Whether what is answered from a contact point on file shows whose it is."""
    return not (point.is_shared or point.is_lost or point.is_former or point.is_recent(today))


def usable(facts: Facts) -> tuple[Point, ...]:
    """Return the contact points by which a code or a call shows something."""
    return tuple(p for p in facts.points if shows(p, facts.today))


def _is_pressed(proof: Proof, facts: Facts) -> bool:
    return proof.by is not None and any(
        one.by == proof.by and one.place < proof.place for one in facts.pressed
    )


def _block(facts: Facts) -> Block | None:
    return next(_blocks(facts), None)


def _blocks(facts: Facts) -> Iterator[Block]:
    known = facts.represented
    if facts.is_deceased and facts.behalf is not Behalf.DECEASED:
        yield Block.DEAD
    if known is None or known.behalf not in FOR_ANOTHER:
        return
    decides_at = facts.age_of_consent if facts.right is Right.WITHDRAWAL else MAJORITY
    if known.behalf is Behalf.CHILD and facts.has_turned(decides_at):
        yield Block.CHILD_DECIDES
    if (
        known.behalf is Behalf.DECEASED
        and facts.right in facts.bans
        and known.capacity is not Capacity.DEFENCE
    ):
        yield Block.FORBIDDEN
    if not known.is_verified:
        yield Block.NOT_SHOWN
    if known.valid_until is not None and known.valid_until < facts.today:
        yield Block.EXPIRED


def _steps(act: Act, facts: Facts, block: Block | None) -> tuple[Step, ...]:
    match block:
        case Block.CHILD_DECIDES:
            return Step.TELL_CHILD, Step.REFUSE
        case Block.FORBIDDEN:
            return Step.VERIFY, Step.REFUSE  # another capacity, (5), or no
        case Block.DEAD:
            return Step.VERIFY, Step.ASK, Step.REFUSE
        case Block.NOT_SHOWN | Block.EXPIRED:
            can_ask = facts.behalf is Behalf.MANDATE and usable(facts)
            asked = (Step.ASK_PERSON, Step.NOT_VERIFIED) if can_ask else ()
            return Step.VERIFY, *asked, Step.ASK, Step.REFUSE
        case None:
            return tuple(_rungs(act, facts))


def _rungs(act: Act, facts: Facts) -> Iterator[Step]:
    """Yield the next rungs, the lightest first."""
    asked = {p.point for p in facts.proofs}
    left = [p for p in usable(facts) if p.key not in asked]
    is_person_needed = any(_raised(s, facts) is Assurance.DECIDED for s in signals(facts))
    if left and (act in LIGHT or not is_person_needed):
        yield Step.SEND_CODE
        yield Step.CALL_BACK
    if facts.given in {Given.UNKNOWN, Given.LOOK_ALIKE} and usable(facts):
        yield Step.ANSWER_ON_FILE
    if facts.pressed:
        yield Step.COLLEAGUE
    yield Step.DECIDE
    yield Step.ASK
