"""The one engine that erases a person, whoever asks: a request (Art. 17) or a court.

    plan → freeze → erase_rows → order_keys → destroy_keys → verify

Each step runs in an access of its own, which the caller opens; each can be repeated after a
crash. `plan` decides purely about every row of the person; what it keeps, it keeps by the
register's statutory rules, by holds and restrictions, and by nothing else. The order is
forced: a person is frozen before the first row goes, so that nothing is added meanwhile, and
keys are destroyed only after the deletion of the rows is committed (docs/spec/retention.md).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from governance.policy.retention import Decision, HoldKind, Indeterminate, Kept, decide
from governance.policy.vocabulary import SubjectStatus
from registry.gate.access import Access
from registry.models import DataSubject, SearchToken
from retention import keys, people, rules, tables
from retention.deleting import delete_rows
from retention.errors import NotFrozenError, SubjectNotHeldError
from retention.models import KeyOrder
from retention.people import Freeze, Person, Row
from retention.plans import (
    ERASED,
    KEPT,
    Destroyed,
    Erased,
    ErasurePlan,
    HoldingPlan,
    Verification,
)
from retention.rules import RegisteredRule, RuleBook
from retention.schedule import GONE, applying
from retention.tables import Table
from retention.verification import verify_plan

__all__ = [
    "Destroyed",
    "Erased",
    "ErasurePlan",
    "HoldingPlan",
    "Verification",
    "destroy_keys",
    "erase_rows",
    "freeze",
    "order_keys",
    "plan",
    "remaining_rows",
    "verify",
]

OPEN_FILE = ("5(2)", "Art. 5(2), 12(3) GDPR")


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a row, and by what; a row without ground is erased."""

    ground: str = ""
    law: str = ""
    until: date | None = None
    categories: frozenset[str] = frozenset()  # that are needed; none means all


_GOES = _Fate()


def plan(access: Access, subject: UUID, *, today: date) -> ErasurePlan:
    """Decide about every row of a person in every table of the data map; write nothing.

    Arguments
    ---------
    today : the controller's legal date; a statutory period whose last day it is still keeps

    Raises
    ------
    SubjectNotHeldError
    """
    return _decide(access, subject, today)


def freeze(access: Access, subject: UUID) -> None:
    """Mark a person as being erased: from now on, writers are refused. Repeating is harmless.

    Waits for writers that have begun; what they commit is then seen by `erase_rows`.

    Raises
    ------
    SubjectNotHeldError
    """
    people.lock_one(subject)
    alive = DataSubject.objects.filter(pk=subject).exclude(status__in=GONE)
    alive.update(status=SubjectStatus.ERASING)
    access.members.add(subject)


def erase_rows(access: Access, plan: ErasurePlan, *names: str) -> list[Erased]:
    """Delete the rows of tables that the plan names and that still qualify.

    Rows that came after the plan are left; rows that something has begun to keep are left
    too. What qualifies is decided once, before the first table.

    Arguments
    ---------
    names : of tables, in the order of `plan.tables()`; all of them in one access, or each in an
        access of its own where that would be long

    Raises
    ------
    NotFrozenError
        the person was not marked as being erased first
    """
    people.lock_one(plan.subject)
    access.members.add(plan.subject)
    if not DataSubject.objects.filter(pk=plan.subject, status__in=GONE).exists():
        raise NotFrozenError
    fresh = _decide(access, plan.subject, plan.today)
    return [_erase(plan, fresh, table) for table in names]


def _erase(plan: ErasurePlan, fresh: ErasurePlan, table: str) -> Erased:
    planned, kept = plan.erased(table), plan.erased(table) & fresh.kept(table)
    deleted = delete_rows(tables.by_name()[table].model, planned & fresh.erased(table))
    return Erased(table, len(planned), len(deleted.ids), len(kept), deleted.failed)


def order_keys(access: Access, subject: UUID) -> tuple[KeyOrder | None, Destroyed]:
    """Order the end of the keys of the scopes in which a person has no row left.

    In an access of its own, after the rows' deletion is committed; the job is its reference. With
    nothing to order the person is marked as erased at once. A hold or a restriction freezes
    keys; the person then stays `erasing`.

    Raises
    ------
    SubjectNotHeldError
    NotFrozenError
    """
    people.lock_one(subject)
    access.members.add(subject)
    if not DataSubject.objects.filter(pk=subject, status__in=GONE).exists():
        raise NotFrozenError
    if access.reference is None:
        msg = "keys are destroyed for a job"
        raise ValueError(msg)
    made, standing = keys.order(
        access, [subject], job=access.reference, object_type="erasure", purpose="duty:erasing"
    )
    return made, standing[subject]


def destroy_keys(access: Access, subject: UUID, given: KeyOrder, proof: keys.Proof) -> Destroyed:
    """Destroy the keys that were ordered, and mark the person as erased.

    Raises
    ------
    OrderVoidError
    """
    access.members.add(subject)
    return keys.carry_out(access, given, proof)[subject]


def remaining_rows(access: Access, subject: UUID) -> dict[str, int]:
    """Return how many rows each table holds about a person; tables without are left out."""
    access.members.add(subject)
    found = {
        table.name: table.model._base_manager.filter(**{table.subject: subject}).count()
        for table in tables.holding([subject])
    }
    tokens = SearchToken.objects.filter(subject=subject).count()
    found[SearchToken._meta.db_table] = tokens
    return {table: number for table, number in found.items() if number}


def verify(
    access: Access, plan: ErasurePlan, subject: UUID, *, of: Collection[UUID] | None = None
) -> Verification:
    """Search every table for a person and compare with what the plan keeps.

    The person is locked meanwhile, so that what is found is one state. Each table must be proved
    visible in the same transaction, or the answer is `cannot_tell`.

    Arguments
    ---------
    of : the rows that the approval covers; what else nothing keeps is left to retention. None
        where it covers everything

    Raises
    ------
    SubjectNotHeldError
    """
    people.lock_one(subject)
    access.members.add(subject)
    fresh = _decide(access, subject, plan.today)
    return verify_plan(access, plan, fresh if of is None else fresh.limited(of))


def _decide(access: Access, subject: UUID, today: date) -> ErasurePlan:
    book = rules.in_force(access.controller, at=access.now).duties()
    found = people.load(book, [subject], today=today, now=access.now)
    if not found:
        raise SubjectNotHeldError
    access.members.add(subject)
    rows = found[0].rows
    fates = {row.id: _fate(row, found[0], book, today) for row in rows}
    _keep_referred(rows, fates)
    return ErasurePlan(access.controller, subject, today, _grouped(rows, fates))


def _fate(row: Row, person: Person, book: RuleBook, today: date) -> _Fate:
    record_class = row.table.record_class
    freezing = [f for f in person.standing_freezes() if f.covers(record_class)]
    applies, _lapsed = applying(row, person, book)

    def by(duties: Sequence[RegisteredRule]) -> Decision:
        anchors = {**person.dates, **row.dates}
        return decide(
            rules_that_apply=[d.rule for d in duties], anchors=anchors, holds=(), today=today,
            in_archive=True,
        )  # fmt: skip

    needed = [d.rule.categories for d in applies if isinstance(by([d]), Kept | Indeterminate)]
    needed += [f.categories for f in freezing]
    is_whole = row.is_open_file or not all(needed)
    categories = frozenset[str]() if is_whole else frozenset[str]().union(*needed)
    if freezing:
        return _frozen(freezing[0], categories)
    match by(applies):
        case Kept(rule, until):
            return _Fate("17(3)(b)", rule.legal_reference, until, categories)
        case Indeterminate(undated, _at_least):
            return _Fate("17(3)(b)", undated[0].legal_reference, None, categories)
        case _ if row.is_open_file:
            return _Fate(*OPEN_FILE)
        case _:
            return _GOES


def _frozen(freeze: Freeze, categories: frozenset[str]) -> _Fate:
    law = "Art. 17(3)(e) GDPR" if freeze.hold.kind is HoldKind.LEGAL_HOLD else "Art. 18(2) GDPR"
    return _Fate(freeze.clause, law, categories=categories)


def _keep_referred(rows: list[Row], fates: dict[UUID, _Fate]) -> None:
    """Give a row that staying rows refer to the fate of one of them: they are one record."""
    changed = True
    while changed:
        changed = False
        for row in rows:
            for target in row.refers_to:
                if fates[row.id] is not _GOES and fates.get(target) is _GOES:
                    fates[target], changed = fates[row.id], True


def _grouped(rows: list[Row], fates: dict[UUID, _Fate]) -> tuple[HoldingPlan, ...]:
    groups: dict[tuple[str, str, _Fate], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.table.name, row.scope, fates[row.id]), []).append(row)
    return tuple(
        _holding_plan(members, scope, fate) for (_table, scope, fate), members in groups.items()
    )


def _dropped(table: Table, fate: _Fate) -> tuple[str, ...]:
    """Return the categories of sealed values that what keeps a row does not need."""
    if not fate.categories:
        return ()
    return tuple(sorted(table.sealed - fate.categories))


def _holding_plan(rows: list[Row], scope: str, fate: _Fate) -> HoldingPlan:
    table = rows[0].table
    return HoldingPlan(
        table=table.name,
        title_it=table.holding.title_it,
        title_en=table.holding.title_en,
        record_class=table.record_class.value,
        scope=scope,
        count=len(rows),
        decision=ERASED if fate is _GOES else KEPT,
        ground=fate.ground,
        law=fate.law,
        until=fate.until,
        fields=tuple((n, d.category.value) for n, d in table.holding.personal().items()),
        rows=tuple(row.id for row in rows),
        is_derived=table.holding.derived,
        dropped=_dropped(table, fate),
    )
