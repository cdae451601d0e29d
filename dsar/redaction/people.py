"""Who is who in one copy: the same other person is the same letter, everywhere in it.

A letter says in which order somebody appears in this copy and nothing else, so that the letters of
two copies tell nothing about each other.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from dsar.redaction import own
from dsar.redaction.passages import Passage
from registry.discovery.mentions import Kind

NEAR = 80
"""Characters after a name within which a number or an address is taken for that person's."""


@dataclass(frozen=True)
class Staff:
    """A member of our staff, as far as a text can tell: the words of their login name, and role."""

    words: frozenset[str]
    role: str


@dataclass(frozen=True)
class Somebody:
    """Another person: by letter, or by role where they are of our staff."""

    letter: str = ""
    is_staff: bool = False
    role: str = ""


Said = tuple[str, Sequence[Passage]]
"""A text, and what is hidden of it."""


class People:
    """The other people of one copy.

    Arguments
    ---------
    said : the texts in the order of the copy, with what is hidden of each
    staff : of the company
    domain : of the company's mailboxes; a box there is a colleague's, unless it is published
    """

    def __init__(self, said: Iterable[Said], *, staff: Sequence[Staff], domain: str) -> None:
        self._staff = [*staff]
        self._domain = domain
        self._persons: list[set[str]] = []
        self._letters: dict[int, str] = {}
        texts = [*said]
        self._find_colleagues(texts)
        names = [words for text, hidden in texts for words in _names(text, hidden)]
        for words in sorted(names, key=_whole, reverse=True):  # full names first
            self._place(words)
        for words in names:
            self._letter(words)

    def _find_colleagues(self, texts: Sequence[Said]) -> None:
        """Learn colleagues' names from their mailboxes: "mario.rossi@" of the company."""
        for text, hidden in texts:
            for one in hidden:
                local, at, domain = text[one.start : one.end].casefold().partition("@")
                if one.kind is Kind.EMAIL and at and domain == self._domain:
                    self._staff.append(Staff(frozenset(re.findall(r"[^\W\d_]+", local)), ""))

    def _number(self, words: set[str]) -> int | None:
        """Return the number of the one person with these words, or None."""
        fitting = [n for n, person in enumerate(self._persons) if _fits(words, person)]
        if len(fitting) == 1:
            return fitting[0]
        return next((n for n in fitting if self._persons[n] == words), None)

    def _place(self, words: set[str]) -> int:
        """Return the number of the person with these words, a new one where nobody fits alone."""
        number = self._number(words)
        if number is None:
            self._persons.append(set(words))
            return len(self._persons) - 1
        self._persons[number] |= {word for word in words if len(word) > 1}
        return number

    def _letter(self, words: set[str]) -> None:
        """Give the person with these words the next letter, unless they are of our staff."""
        number = self._place(words)
        if self._colleague(words) is None:
            self._letters.setdefault(number, lettered(len(self._letters)))

    def _colleague(self, words: set[str]) -> Somebody | None:
        for staff in self._staff:
            if _whole(staff.words) > 1 and staff.words <= words:
                return Somebody(is_staff=True, role=staff.role)
        return None

    def __len__(self) -> int:
        return len(self._letters)

    def whose(self, text: str, hidden: Sequence[Passage], one: Passage) -> Somebody | None:
        """Return whom a passage is about, as far as can be told."""
        if one.kind is Kind.PERSON:
            return self._named(set(own.name_words(text[one.start : one.end])))
        if one.kind is Kind.EMAIL:
            local, _at, domain = text[one.start : one.end].casefold().partition("@")
            if domain == self._domain:
                return Somebody(is_staff=True)
            if found := self._by_address(set(re.findall(r"[^\W\d_]+", local))):
                return found
        before = [p for p in hidden if p.kind is Kind.PERSON and p.end <= one.start]
        if before and one.start - before[-1].end <= NEAR:
            if "\n" in text[before[-1].end : one.start]:
                return None
            return self._named(set(own.name_words(text[before[-1].start : before[-1].end])))
        return None

    def _named(self, words: set[str]) -> Somebody | None:
        if colleague := self._colleague(words):
            return colleague
        number = self._number(words)
        return Somebody(self._letters.get(number, "")) if number is not None else None

    def _by_address(self, local: set[str]) -> Somebody | None:
        """Return the one person whose name stands in the local part of an address."""
        fitting = [
            number for number, person in enumerate(self._persons)
            if number in self._letters and any(len(w) > 2 and w in local for w in person)  # noqa: PLR2004  # "di", "lo"
        ]  # fmt: skip
        return Somebody(self._letters[fitting[0]]) if len(fitting) == 1 else None


def _names(text: str, hidden: Sequence[Passage]) -> list[set[str]]:
    said = [text[p.start : p.end] for p in hidden if p.kind is Kind.PERSON]
    return [words for name in said if (words := set(own.name_words(name)))]


def _whole(words: Iterable[str]) -> int:
    return sum(len(word) > 1 for word in words)


def _fits(words: set[str], person: set[str]) -> bool:
    """Say whether one name is a part of the other; an initial fits what begins with it."""
    whole = {word for word in words if len(word) > 1}
    if not whole:
        return False
    initials = words - whole
    if not all(any(w.startswith(i) for w in person - whole) for i in initials):
        return False
    return whole <= person or (_whole(person) > 1 and person <= whole)


def lettered(number: int) -> str:
    """Return A to Z, then AA, AB and on."""
    name = ""
    number += 1
    while number:
        number, place = divmod(number - 1, len(ascii_uppercase))
        name = ascii_uppercase[place] + name
    return name
