"""Random registers and people, and a naive opinion of what may still be kept of them on a day.

The opinion asks for each field by itself and counts days by stepping along the calendar. It shares
nothing with the product but the words of the vocabulary.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from governance.policy.periods import Period
from governance.policy.retention import Hold, HoldKind, Rule
from governance.policy.vocabulary import (
    Anchor,
    RecordClass,
    RetentionAction,
    SubjectKind,
    SubjectStatus,
)
from retention import tables
from retention.people import Freeze, Person, Row
from retention.rules import RegisteredRule, RuleBook

FIRST, YEARS = date(2008, 1, 1), 20
WHATEVER = {RecordClass.FISCAL_RECORD, RecordClass.REQUEST_FILE, RecordClass.CONSENT_EVIDENCE}
OWN = (Anchor.COLLECTED, Anchor.DOCUMENT_DATE, Anchor.CASE_CLOSED)
WHOLE = (Anchor.LAST_CONTACT, Anchor.LAST_ORDER, Anchor.CONTRACT_END, Anchor.CONSENT_WITHDRAWN)
HELD_IN = (
    "crm_contact",
    "crm_contact",
    "crm_interaction",
    "crm_customertier",
    "crm_order",
    "registry_qualifyingevent",
)
CLASSES = (RecordClass.MASTER_DATA, RecordClass.CORRESPONDENCE, RecordClass.PURCHASE_DETAIL, RecordClass.FISCAL_RECORD)  # fmt: skip
Field = tuple[UUID, str]  # a row, and a category sealed in it; "" is the row itself


@dataclass
class NaiveRule:
    """A rule as a lawyer would write it on paper."""

    activity: str
    about: RecordClass
    start: Anchor
    months: int
    days: int
    is_review: bool
    needs: frozenset[str]


@dataclass
class World:
    """One register, one person, and what happens to them over twenty years.

    Attributes
    ----------
    bases : for each activity, days on which its basis holds: from the first up to before the second
    asked : activities that the person was asked about and has not answered, while without basis
    holds : kind, classes (none is all), first day, first day no more
    """

    rules: list[NaiveRule]
    kind: SubjectKind
    rows: list[Row]
    whole: dict[Anchor, date | None]
    bases: dict[str, tuple[date, date]]
    asked: frozenset[str]
    holds: list[tuple[HoldKind, frozenset[str], date, date]]
    covered: dict[str, frozenset[SubjectKind]]
    gone: set[Field] = field(default_factory=set)

    def holding(self, day: date) -> frozenset[str]:
        return frozenset(a for a, (start, end) in self.bases.items() if start <= day < end)

    def book(self) -> RuleBook:
        """The register as the product reads it."""
        rules = [
            Rule(
                r.activity, r.about, r.start, Period(months=r.months, days=r.days),
                RetentionAction.REVIEW if r.is_review else RetentionAction.ERASE, "law", r.needs,
            )
            for r in self.rules
        ]  # fmt: skip
        own = (RegisteredRule(r, self.covered[r.activity], is_statutory=False) for r in rules)
        return RuleBook(tuple(own), ())

    def person(self, day: date) -> Person:
        """The person as the product reads them on a day: what is left of them."""
        here = self.holding(day)
        return Person(
            id=UUID(int=1),
            kind=self.kind,
            status=SubjectStatus.ACTIVE,
            dates=dict(self.whole),
            bases=here,
            to_come=self.asked - here,
            rows=self.alive(),
            freezes=[
                Freeze(Hold("h", kind, start, end), "", classes)
                for kind, classes, start, end in self.holds
            ],
        )

    def alive(self) -> list[Row]:
        left = [row for row in self.rows if (row.id, "") not in self.gone]
        return [
            Row(
                table=r.table, id=r.id, scope=r.scope, dates=r.dates, refers_to=r.refers_to,
                is_relied_on=r.is_relied_on,
                parts=frozenset(p for p in r.parts if (r.id, p) not in self.gone),
            )
            for r in left
        ]  # fmt: skip

    def days(self, chance: Random) -> Iterator[date]:
        """The days worth asking on: around whatever happens or ends, and some others; not in order.

        A clock that jumps goes back now and then.
        """
        around = {d for r in self.rows for d in r.dates.values() if d}
        around |= {d for d in self.whole.values() if d}
        starts = set(around)
        for r in self.rules:
            around |= {later(d, r.months, r.days) for d in starts}
        around |= {d for span in self.bases.values() for d in span}
        around |= {d for *_, start, end in self.holds for d in (start, end)}
        asked = sorted(d + timedelta(days=n) for d in around for n in (-1, 0, 1))
        for before, day in pairwise([FIRST, *asked]):
            if chance.random() < 0.05:
                yield before - timedelta(days=chance.randrange(400))
            if chance.random() < 0.5:
                yield day

    # The opinion

    def to_go(self, day: date) -> set[Field]:
        """What must be gone on a day, field by field."""
        rows = self.alive()
        going = {row.id for row in rows if self._ends(row, "", day)}
        parts: set[Field] = set()
        for row in rows:
            if row.id in going or self._is_over(row, day):
                continue
            lost = {(row.id, c) for c in row.parts if self._ends(row, c, day)}
            if lost and len(lost) == len(row.parts):
                going.add(row.id)
            else:
                parts |= lost
        while True:
            torn = {t for r in rows if r.id not in going for t in r.refers_to if t in going}
            if not torn:
                break
            going -= torn
        ordinary = {"master_data", "correspondence", "purchase_detail"}
        if any(
            r.id not in going
            and r.table.record_class in ordinary
            and r.table.name != "registry_qualifyingevent"
            for r in rows
        ):
            going -= {r.id for r in rows if r.is_relied_on}
        return {(r, "") for r in going} | parts

    def _ends(self, row: Row, category: str, day: date) -> bool:
        """Whether one field has no reason left: an empty category asks about the row itself."""
        if self._frozen(row, day):
            return False
        live, dead = self._reasons(row, category, day)
        if not live:
            if category:
                dead = [r for r in dead if r.activity not in self.asked]
            return bool(dead) and not any(r.is_review for r in dead)
        ends = [self._last_day(row, r) for r in live]
        if None in ends:
            return False
        last = max(e for e in ends if e)
        if day <= last:
            return False
        return not any(r.is_review for r, e in zip(live, ends, strict=True) if e == last)

    def _is_over(self, row: Row, day: date) -> bool:
        """Whether a row stays for a person to look at although all reasons have ended."""
        if self._frozen(row, day):
            return False
        live, dead = self._reasons(row, "", day)
        if not live:
            return bool(dead)
        ends = [self._last_day(row, r) for r in live]
        return None not in ends and all(e < day for e in ends if e)

    def _frozen(self, row: Row, day: date) -> bool:
        return any(
            start <= day < end and (not classes or row.table.record_class in classes)
            for _kind, classes, start, end in self.holds
        )

    def _reasons(
        self, row: Row, category: str, day: date
    ) -> tuple[list[NaiveRule], list[NaiveRule]]:
        about = [
            r
            for r in self.rules
            if r.about == row.table.record_class
            and self.kind in self.covered[r.activity]
            and (not category or not r.needs or category in r.needs)
        ]
        if row.table.record_class in WHATEVER:
            return about, []
        here = self.holding(day)
        return (
            [r for r in about if r.activity in here],
            [r for r in about if r.activity not in here],
        )

    def _last_day(self, row: Row, rule: NaiveRule) -> date | None:
        known = {**self.whole, **row.dates}
        start = known.get(rule.start)
        document = known.get(Anchor.DOCUMENT_DATE)
        if rule.start is Anchor.LAST_ENTRY and document:
            start = date(document.year, 12, 31)
        return later(start, rule.months, rule.days) if start else None


def later(start: date, months: int, days: int) -> date:
    """Walk along the calendar month by month; a day that a month lacks is its last one."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    end = date(year, month, min(start.day, monthrange(year, month)[1]))
    for _ in range(days):
        end += timedelta(days=1)
    return end


def a_world(chance: Random) -> World:
    """A register and a person at random, with a fondness for the ends of months."""
    activities = ["a", "b", "c", "d"]
    parts = sorted(tables.by_name()["crm_contact"].parts)[:4]  # few, so that rules meet
    rules = [
        NaiveRule(
            chance.choice(activities), chance.choice(CLASSES),
            chance.choice([*OWN, *WHOLE, Anchor.LAST_ENTRY]),
            chance.choice([0, 1, 6, 12, 24, 120]), chance.choice([0, 0, 0, 1, 30, 90]),
            chance.random() < 0.08,
            frozenset(chance.sample(parts, chance.choice([0, 1, 1, 2, 2, 3]))),
        )
        for _ in range(chance.randrange(1, 13))
    ]  # fmt: skip
    kinds = [SubjectKind.CUSTOMER, SubjectKind.PROSPECT]
    return World(
        rules=rules,
        kind=chance.choice(kinds),
        rows=_rows(chance),
        whole={anchor: _some_day(chance) for anchor in WHOLE},
        bases={a: _span(chance) for a in activities},
        asked=frozenset(chance.sample(activities, chance.randrange(3))),
        holds=[
            (
                chance.choice(list(HoldKind)),
                frozenset(chance.sample([str(c) for c in CLASSES], chance.randrange(3))),
                *_span(chance),
            )
            for _ in range(chance.choice([0, 0, 1, 2]))
        ],
        covered={a: frozenset(chance.sample(kinds, chance.choice([1, 2, 2]))) for a in activities},
    )


def _rows(chance: Random) -> list[Row]:
    rows: list[Row] = []
    for number in range(chance.randrange(1, 8)):
        table = tables.by_name()[chance.choice(HELD_IN)]
        own = {anchor: _some_day(chance) for anchor in OWN} | {Anchor.COLLECTED: _a_day(chance)}
        orders = [r.id for r in rows if r.table.name == "crm_order"]
        parts = sorted(table.parts)[:4]
        rows.append(
            Row(
                table=table, id=UUID(int=100 + number), scope=table.scope, dates=own,
                refers_to=tuple(chance.sample(orders, 1)) if orders and chance.random() < 0.4 else (),
                parts=frozenset(parts[: chance.randrange(2, 5)]),
                is_relied_on=table.is_evidence,
            )
        )  # fmt: skip
    return rows


def _a_day(chance: Random) -> date:
    if chance.random() < 0.3:
        return date(chance.choice([2008, 2012, 2016, 2020, 2024]), 2, 29)
    if chance.random() < 0.2:
        return date(2008 + chance.randrange(YEARS), chance.choice([1, 3, 10, 12]), 31)
    return FIRST + timedelta(days=chance.randrange(365 * YEARS))


def _some_day(chance: Random) -> date | None:
    return None if chance.random() < 0.06 else _a_day(chance)


def _span(chance: Random) -> tuple[date, date]:
    first, last = sorted([_a_day(chance), _a_day(chance)])
    return first, last + timedelta(days=1)
