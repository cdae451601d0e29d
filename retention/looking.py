"""Rows with one outcome, one by one, with what decided: work lists, and samples with reasons.

Read inside an open access of supervision. No sealed value is opened: a row is told by what it is,
its dates, and the names of what is sealed in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from governance.policy.retention import Rule, ends_on
from governance.policy.vocabulary import Anchor, RetentionAction
from registry.models import ActivityVersion
from retention import people, rules
from retention.people import Person
from retention.schedule import Decided, Outcome, applying, decide_person

ROWS_AT_ONCE = 50
PEOPLE_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are looked for.

    Attributes
    ----------
    table : name of the table; "" for all
    is_for_review : of what is due, what people are to look at; else what goes
    """

    outcome: Outcome
    table: str = ""
    is_for_review: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What one rule that applies says of a row: from which date, until when.

    Attributes
    ----------
    start, end : None where the date is missing
    """

    activity: str
    law: str
    anchor: Anchor
    period: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Found:
    """One row, or a category of it that goes alone, with what is decided and by which rules."""

    subject: UUID
    decided: Decided
    category: str
    endings: tuple[Ending, ...]

    @property
    def missing(self) -> tuple[Anchor, ...]:
        """The start events that have no date."""
        return tuple(dict.fromkeys(e.anchor for e in self.endings if e.start is None))


@dataclass(frozen=True, slots=True)
class Slice:
    """What was found among some people, and the person to go on after; None at the end."""

    rows: tuple[Found, ...]
    after: UUID | None


def rows(
    controller: UUID, asked: Asked, *, after: UUID | None, today: date, now: datetime
) -> Slice:
    """Return the next rows with an outcome, by the rules in force.

    Arguments
    ---------
    after : the last person of the slice before
    """
    book = rules.in_force(controller, at=now)
    found: list[Found] = []
    seen = 0
    while seen < PEOPLE_AT_ONCE and (ids := people.next_ids(after)):
        for person in people.load(book, ids, today=today, now=now):
            seen, after = seen + 1, person.id
            found += _of(person, book, asked, today)
            if len(found) >= ROWS_AT_ONCE:
                return Slice(tuple(found), after)
    return Slice(tuple(found), after if ids else None)


def version_of(controller: UUID, reference: str) -> UUID | None:
    """Return the version of an activity that a reference as `newsletter.v2` names."""
    purpose, _dot, number = reference.rpartition(".v")
    versions = ActivityVersion.objects.filter(
        controller=controller, activity__purpose__key=purpose, number=number or 0
    )
    return versions.values_list("pk", flat=True).first()


def _of(person: Person, book: rules.RuleBook, asked: Asked, today: date) -> Iterator[Found]:
    for one in decide_person(person, book, today=today):
        if asked.table and one.row.table.name != asked.table:
            continue
        applies, lapsed = applying(one.row, person, book)
        endings = tuple(_ending(entry.rule, person, one) for entry in (applies or lapsed))
        for category, decided in (("", one), *one.parts):
            if _is_asked(decided, asked):
                yield Found(person.id, decided, category, endings)


def _is_asked(decided: Decided, asked: Asked) -> bool:
    if decided.outcome is not asked.outcome:
        return False
    is_review = decided.action is RetentionAction.REVIEW
    return decided.outcome is not Outcome.DUE or is_review == asked.is_for_review


def _ending(rule: Rule, person: Person, one: Decided) -> Ending:
    dates = {**person.dates, **one.row.dates}
    return Ending(
        rule.activity, rule.legal_reference, rule.anchor, str(rule.period),
        dates.get(rule.anchor), ends_on(rule, dates),
    )  # fmt: skip
