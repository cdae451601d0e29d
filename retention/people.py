"""What retention knows of people: their rows, dates, bases and what freezes them. Set-based.

A handful of statements reads any number of people; no sealed value is opened, and no key
is fetched. What is decided about them is pure (`retention.schedule`, `retention.disposal`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from governance.policy.retention import Hold, HoldKind
from governance.policy.vocabulary import (
    WITHOUT_A_DUTY,
    Anchor,
    SubjectKind,
    SubjectStatus,
)
from registry.gate.anchors import FROM_EVIDENCE
from registry.gate.facts import subject_anchor
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    DataSubject,
    Objection,
    Restriction,
)
from retention import emptying, rules, tables
from retention.errors import SubjectNotHeldError
from retention.models import LegalHold
from retention.rules import RuleBook
from retention.tables import Table

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One row about a person: no value, only what decides how long it stays.

    Attributes
    ----------
    scope : the key scope it is sealed under
    dates : its own start events
    refers_to : ids of rows it points to
    parts : categories sealed in it, where the rules need some longer than others
    is_relied_on : evidence that stands now, on which decisions about the person rest
    is_open_file : a request file that is not closed
    """

    table: Table
    id: UUID
    scope: str
    dates: dict[Anchor, date | None]
    refers_to: tuple[UUID, ...] = ()
    parts: frozenset[str] = frozenset()
    is_relied_on: bool = False
    is_open_file: bool = False


@dataclass(frozen=True, slots=True)
class Freeze:
    """Something that freezes rows of a person, and which ones.

    Attributes
    ----------
    record_classes : those it names; empty means all
    categories : of data that it needs in the rows it freezes; empty means all
    clause : of the Regulation, as in "18(1)(c)"
    """

    hold: Hold
    clause: str
    record_classes: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    def covers(self, record_class: str) -> bool:
        """Whether it freezes rows of this class."""
        return not self.record_classes or record_class in self.record_classes

    def needs(self, category: str) -> bool:
        """Whether it freezes data of a category in a row that it freezes."""
        return not self.categories or category in self.categories


@dataclass(slots=True)
class Person:
    """One person, as far as retention goes.

    Attributes
    ----------
    dates : start events that concern the whole person
    bases : activities whose basis holds for them
    to_come : those whose basis does not, and has not ended
    rows : in the order in which they can go
    """

    id: UUID
    kind: SubjectKind
    status: SubjectStatus
    dates: dict[Anchor, date | None]
    bases: frozenset[str] = frozenset()
    to_come: frozenset[str] = frozenset()
    rows: list[Row] = field(default_factory=list)
    freezes: list[Freeze] = field(default_factory=list)

    def open_files(self) -> tuple[Freeze, ...]:
        """Return what an unanswered request freezes: everything of the person."""
        return tuple(f for f in self.freezes if f.hold.kind is HoldKind.OPEN_REQUEST)

    def standing_freezes(self) -> tuple[Freeze, ...]:
        """Return holds and restrictions, without open requests."""
        return tuple(f for f in self.freezes if f.hold.kind is not HoldKind.OPEN_REQUEST)


def next_ids(after: UUID | None) -> list[UUID]:
    """Return the ids of the next thousand people of the open controller, in the order of ids."""
    everybody = DataSubject.objects.order_by("pk")
    if after is not None:
        everybody = everybody.filter(pk__gt=after)
    return list(everybody.values_list("pk", flat=True)[:AT_ONCE])


def lock(subjects: Iterable[UUID]) -> list[UUID]:
    """Lock people for the rest of the transaction, in one order for everybody.

    Writers hold FOR KEY SHARE, so that after this nothing is written about these people; what
    a writer has just committed is seen by the statements that follow.
    """
    rows = DataSubject.objects.filter(pk__in=list(subjects)).order_by("pk")
    return list(rows.select_for_update().values_list("pk", flat=True))


def lock_one(subject: UUID) -> None:
    """Lock one person.

    Raises
    ------
    SubjectNotHeldError
        this controller does not know them
    """
    if not lock([subject]):
        raise SubjectNotHeldError


def load(book: RuleBook, subjects: Collection[UUID], *, today: date, now: datetime) -> list[Person]:
    """Read people with their rows, the bases that hold, and what freezes them.

    Arguments
    ---------
    today : the legal day that is decided for; what freezes is asked at `now`
    """
    rows = DataSubject.objects.filter(pk__in=list(subjects)).order_by("pk")
    told = FROM_EVIDENCE & book.anchors
    people = {
        row.pk: Person(
            id=row.pk,
            kind=SubjectKind(row.kind),
            status=SubjectStatus(row.status),
            dates={
                # Somebody who was never in contact counts from the day they were recorded.
                Anchor.LAST_CONTACT: row.last_contact_on or timezone.localdate(row.created_at),
                Anchor.LAST_ORDER: row.last_order_on,
                **{anchor: getattr(row, f"on_{anchor}") for anchor in told},
            },
        )
        for row in rows.annotate(**{f"on_{anchor}": subject_anchor(anchor) for anchor in told})
    }
    if not people:
        return []
    for table in tables.holding(people):
        _load_rows(table, people, has_parts=book.differs(table.record_class, table.parts))
    held = rules.bases_that_hold(book, people.keys(), now=now)
    to_come = rules.bases_to_come(book, held)
    for subject, person in people.items():
        person.bases, person.to_come = held[subject], to_come[subject]
    _load_freezes(people, today=today, now=now)
    return list(people.values())


def _load_rows(table: Table, people: dict[UUID, Person], *, has_parts: bool) -> None:
    mine = table.model._base_manager.filter(**{f"{table.subject}__in": list(people)})
    relied_on = set(_relied_on(table, mine))
    dates = sorted({column for _anchor, column in table.anchors})
    scope = [table.scope_column] if table.scope_column else []
    sealed = ["sealed"] if has_parts else []
    columns = ("pk", table.subject, *sealed, *scope, *dates, *table.links)
    for pk, subject, *rest in mine.order_by("pk").values_list(*columns):
        parts = emptying.parts_of(rest.pop(0)) if has_parts else frozenset()
        sealed_under = rest.pop(0) if scope else table.scope
        days = dict(zip(dates, map(_legal_day, rest[: len(dates)]), strict=True))
        own = {anchor: days[column] for anchor, column in table.anchors}
        people[subject].rows.append(
            Row(
                table=table,
                id=pk,
                scope=sealed_under,
                dates=own,
                refers_to=tuple(target for target in rest[len(dates) :] if target),
                parts=parts,
                is_relied_on=pk in relied_on,
                is_open_file=bool(table.closed_on) and own[Anchor.REQUEST_CLOSED] is None,
            )
        )


def _legal_day(value: date | datetime | None) -> date | None:
    """Return the date of an instant in the controller's time zone."""
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _relied_on(table: Table, mine: QuerySet[Any]) -> Iterable[UUID]:
    """Return the ids of evidence that stands now: losing it would change other decisions."""
    if not table.is_evidence or table.model is Restriction:
        return ()  # a restriction that stands freezes the person, itself included
    if table.model is Objection:
        mine = mine.filter(overruled_at__isnull=True)
    elif table.model is ConsentEvent:
        derived = ConsentStanding.objects.filter(
            subject=OuterRef("subject"),
            purpose=OuterRef("purpose"),
            channel=OuterRef("channel"),
            since=OuterRef("at"),
        )
        mine = mine.filter(Exists(derived))
    return mine.values_list("pk", flat=True)


def _load_freezes(people: dict[UUID, Person], *, today: date, now: datetime) -> None:
    """Add what is in force at `now`; a day earlier than today must not hide a hold of today."""
    standing = Q(lifted_at__isnull=True) | Q(lifted_at__gt=now)
    ids = list(people)
    for pk, subject, classes, categories in LegalHold.objects.filter(
        standing, subject__in=ids, placed_at__lte=now
    ).values_list("pk", "subject_id", "record_classes", "categories"):
        hold = Hold(str(pk), HoldKind.LEGAL_HOLD, today)
        freeze = Freeze(hold, "17(3)(e)", frozenset(classes), frozenset(categories))
        people[subject].freezes.append(freeze)
    for pk, subject, ground in Restriction.objects.filter(
        standing, subject__in=ids, placed_at__lte=now
    ).values_list("pk", "subject_id", "ground"):
        hold = Hold(str(pk), HoldKind.RESTRICTION, today)
        people[subject].freezes.append(Freeze(hold, f"18(1)({ground})"))
    # What somebody said of whom nobody knows who they are must not destroy the ground of anything.
    for model in (ConsentStanding, Objection):
        unproven = model._base_manager.filter(subject__in=ids, unproven__isnull=False)
        for request, subject in unproven.values_list("unproven", "subject_id").distinct():
            hold = Hold(str(request), HoldKind.OPEN_REQUEST, today)
            people[subject].freezes.append(Freeze(hold, "12(6)"))
    for person in people.values():
        for row in person.rows:
            if row.is_open_file and row.table.model is not LegalHold:
                hold = Hold(str(row.id), HoldKind.OPEN_REQUEST, today)
                person.freezes.append(Freeze(hold, "15"))


def has_rows_in(rows: Sequence[Row], scopes: Collection[str]) -> bool:
    """Whether any of these rows is sealed under one of the scopes."""
    return any(row.scope in scopes for row in rows)


def is_ordinary(row: Row) -> bool:
    """Whether a row is ordinary data: neither under a duty of its own nor evidence."""
    return row.scope in WITHOUT_A_DUTY and not row.table.is_evidence
