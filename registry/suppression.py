"""The memory of deletions and objections: what is remembered, who may come back, by which door.

An identifier of somebody who was erased, or who objected to direct marketing, is remembered as a
keyed hash under a key of its own (Art. 17(1), 21(3)). `decide` is the table of
docs/spec/erasure.md, section 10, over plain values; every door asks it. A row that is not taken
becomes a question for the DPO (`registry.returns`), who sees why and no value: there is none.
"""

import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from hashlib import sha256
from typing import assert_never
from uuid import UUID

from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.crypto import keystore, normalise
from registry import search
from registry.datamap import Lookup, data_map
from registry.gate.access import Access
from registry.models import SubjectRow, Suppression

KEY = "suppression"
ADDRESSES = (Lookup.EMAIL, Lookup.PHONE)
REMEMBERED = (*ADDRESSES, Lookup.FISCAL_CODE)
Identifiers = Mapping[Lookup, Iterable[str]]


@unique
class Reason(StrEnum):
    """Why an identifier is remembered."""

    ERASED = "erased"  # Art. 17; activity `deletion_memory`, legitimate interest
    OBJECTED = "objected"  # Art. 21(3); activity `suppression`, legal obligation


ACTIVITY_OF = {Reason.ERASED: "deletion_memory", Reason.OBJECTED: "suppression"}
"""Purpose of the register that each reason is kept for, and whose period it ends with."""


@unique
class Door(StrEnum):
    """Who brings data: somebody else, in three ways, or the person."""

    IMPORT = "import"
    SYNC = "sync"  # a connected system, by the API
    STAFF = "staff"
    PERSON = "person"  # themselves, confirmed at the address


@unique
class Wish(StrEnum):
    """What is brought."""

    KEEP = "keep"  # master data, to be stored
    GRANT = "grant"  # a consent
    STOP = "stop"  # a withdrawal or an objection


@unique
class Verdict(StrEnum):
    """What becomes of it."""

    ACCEPT = "accept"
    FORGET = "forget"  # accepted, and the memory of the deletion ends
    LIVING = "living"  # belongs to the living person who holds the identifier
    QUESTION = "question"  # nothing is stored; the DPO is asked
    NOT_BY_PERSON = "grant_not_by_person"


def decide(door: Door, wish: Wish, *, reasons: Collection[Reason], is_held: bool) -> Verdict:
    """Decide what becomes of data that names remembered identifiers.

    Arguments
    ---------
    reasons : why its identifiers are remembered; empty where none is
    is_held : whether it is about a living person who holds every one of them already
    """
    if wish is Wish.STOP or not reasons:
        return Verdict.ACCEPT
    if door is Door.PERSON:
        return Verdict.FORGET
    match wish:
        case Wish.GRANT:
            return Verdict.NOT_BY_PERSON
        case Wish.KEEP:
            return Verdict.LIVING if is_held else Verdict.QUESTION
        case _:
            assert_never(wish)


@dataclass(frozen=True, slots=True)
class Remembered:
    """One identifier in the memory: why, since which day, and the id of its row."""

    lookup: Lookup
    reason: Reason
    on: date
    row: UUID


class Memory:
    """What is remembered of some identifiers, and who of the living holds them.

    Two statements for any number of rows; the second only where something is remembered.
    """

    def __init__(self, controller: UUID, said: Identifiers) -> None:
        tokens: dict[bytes, tuple[Lookup, set[str]]] = {}
        for lookup in REMEMBERED:
            for token, values in tokens_of(controller, lookup, said.get(lookup, ())).items():
                tokens[token] = (lookup, values)
        self._found: dict[tuple[Lookup, str], list[Remembered]] = defaultdict(list)
        rows = Suppression.objects.filter(
            controller=controller, kind__in=REMEMBERED, token__in=list(tokens)
        )
        for row in rows.order_by("reason") if tokens else ():
            lookup, values = tokens[bytes(row.token)]
            for value in values:
                one = Remembered(lookup, Reason(row.reason), row.at, row.pk)
                self._found[lookup, value].append(one)
        self._holders = search.holders(controller, self._found)

    def of(self, said: Identifiers) -> list[Remembered]:
        """Return what is remembered of these identifiers."""
        return [one for key in _keys(said) for one in self._found.get(key, ())]

    def reasons(self, said: Identifiers) -> set[Reason]:
        """Return why these identifiers are remembered."""
        return {one.reason for one in self.of(said)}

    def is_held(self, said: Identifiers, subject: UUID | None) -> bool:
        """Whether a living person holds every one of these identifiers that is remembered."""
        return subject is not None and all(
            subject in self._holders.get(key, ()) for key in _keys(said) if key in self._found
        )

    def objected_on(self, said: Identifiers) -> date | None:
        """Return the latest day of an objection remembered for these identifiers."""
        days = [one.on for one in self.of(said) if one.reason is Reason.OBJECTED]
        return max(days, default=None)


def _keys(said: Identifiers) -> Iterable[tuple[Lookup, str]]:
    return ((lookup, value) for lookup in REMEMBERED for value in said.get(lookup, ()))


def tokens_of(controller: UUID, lookup: Lookup, values: Iterable[str]) -> dict[bytes, set[str]]:
    """Return the tokens of identifiers, each with the ways in which it was written.

    Under every version of the key: what is remembered cannot be hashed anew.
    """
    found: dict[bytes, set[str]] = defaultdict(set)
    forms = [(value, form) for value in values for form in search.normalised(lookup, value)]
    keys = keystore.controller_keys(controller, KEY, create=True) if forms else {}
    for key in keys.values():
        for value, form in forms:
            found[_hash(key, lookup, form)].add(value)
    return found


def _by_form(controller: UUID, lookup: Lookup, values: Iterable[str]) -> list[list[bytes]]:
    """Return the tokens of each identifier, that of the newest version last."""
    written = {form for value in values for form in search.normalised(lookup, value)}
    keys = keystore.controller_keys(controller, KEY, create=True) if written else {}
    return [[_hash(key, lookup, form) for key in keys.values()] for form in written]


def _hash(key: bytes, lookup: Lookup, form: str) -> bytes:
    return hmac.digest(key, f"{lookup}|{normalise.VERSION}|{form}".encode(), sha256)


def record_id(controller: UUID, source: str, record: str) -> UUID:
    """Return a name for one record of one source that tells neither; questions are kept by it."""
    keys = keystore.controller_keys(controller, KEY, create=True)
    key = keys[min(keys)]
    return UUID(bytes=hmac.digest(key, f"record|{source}|{record}".encode(), sha256)[:16])


def of_people(access: Access, subjects: Collection[UUID]) -> dict[Lookup, set[str]]:
    """Return the identifiers that rows of these people hold, as far as the access may see them."""
    found: dict[Lookup, set[str]] = {lookup: set() for lookup in REMEMBERED}
    for holding in data_map().about_people():
        model = holding.model_class
        names = {n: d.lookup for n, d in holding.personal().items() if d.lookup in REMEMBERED}
        if not subjects or not names or not issubclass(model, SubjectRow):
            continue
        for row in model._default_manager.filter(subject__in=list(subjects)):
            for name, value in access.values(row).items():
                if value and (lookup := names.get(name)):
                    found[lookup].add(str(value))
    return found


def worth_remembering(said: Identifiers) -> dict[Lookup, set[str]]:
    """Return e-mail and phone, and the fiscal code of who has neither (Art. 5(1)(c))."""
    kept = {lookup: {v for v in said.get(lookup, ()) if v.strip()} for lookup in REMEMBERED}
    if any(kept[lookup] for lookup in ADDRESSES):
        kept[Lookup.FISCAL_CODE] = set()
    return kept


def remember(controller: UUID, reason: Reason, said: Identifiers, *, at: datetime) -> int:
    """Put identifiers into the memory; return how many were new. Repeating changes nothing.

    Under the newest version of the key, unless remembered under an older one.
    """
    mine = Suppression.objects.filter(controller=controller)
    rows = [
        Suppression(
            controller_id=controller, kind=lookup, token=tokens[-1], reason=reason,
            at=timezone.localdate(at),
        )
        for lookup, values in worth_remembering(said).items()
        for tokens in _by_form(controller, lookup, values)
        if not mine.filter(kind=lookup, token__in=tokens[:-1], reason=reason).exists()
    ]  # fmt: skip
    before = mine.count()
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    return mine.count() - before


def forget(
    access: Access, said: Identifiers, *, why: str, reason: Reason = Reason.ERASED,
    on: date | None = None,
) -> int:  # fmt: skip
    """End the memory of identifiers; return how many rows went. The log names neither.

    Arguments
    ---------
    why : what ends it: `came_back`, `wished`, or `refused` where it was never theirs to ask
    on : only what was remembered on that day
    """
    tokens = [
        token
        for lookup in REMEMBERED
        for token in tokens_of(access.controller, lookup, said.get(lookup, ()))
    ]
    rows = Suppression.objects.filter(controller=access.controller, reason=reason)
    rows = rows.filter(kind__in=REMEMBERED, token__in=tokens)
    gone = (rows if on is None else rows.filter(at=on)).delete()[0]
    if gone:
        event = log.Event(
            action=Action.MEMORY_ENDED, purpose=ACTIVITY_OF[reason], reason=why,
            counts={"identifiers": gone},
        )  # fmt: skip
        log.record(access.actor, event, now=access.now)
    return gone
