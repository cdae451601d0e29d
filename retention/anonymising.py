"""Counting rows that are due for it into figures about nobody, and erasing them.

Follows docs/spec/retention.md, section 2. A step of a run, before the rest is erased. Figures are
made over all rows of a table that this release may take, since a crowd is needed; each is written
in the transaction in which its rows go, after every one of them was decided about anew. What is in
no figure is left to the sweep, which erases it uncounted: its period is over, too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.policy import actors
from governance.policy.anonymity import AT_LEAST, Counted, Figure, figures, is_anonymous, portions
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import (
    WITHOUT_A_DUTY,
    Duty,
    RetentionAction,
    SubjectStatus,
)
from registry import outbox, provisions
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject
from retention import people, rules, tables
from retention.deleting import delete_rows
from retention.models import AnonymousFigure, RetentionRun, SetAside
from retention.people import Person
from retention.schedule import Decided, decide_person
from retention.tables import Table

PURPOSE = "duty:retention"
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Planned:
    """A figure that is to be made, of rows of one table."""

    table: Table
    figure: Figure


def work(run: RetentionRun, *, now: datetime, most: int | None) -> bool:
    """Make the figures of a run; return whether all are made.

    Repeating it is harmless: rows that are in a figure are gone.

    Arguments
    ---------
    most : figures that this call may make; None for all

    Raises
    ------
    RegisterChangedError, LeaseLostError
    """
    if "figures" in _result(run):
        return True
    smallest = _smallest(run.controller_id, now=now)
    for made, planned in enumerate(_planned(run, smallest, now=now)):
        if made == most:
            return False
        _make(run, planned, smallest, now=now)
    _note(run)
    return True


def _result(run: RetentionRun) -> dict[str, object]:
    found: dict[str, object] = RetentionRun.objects.values_list("result", flat=True).get(pk=run.pk)
    return found


def _smallest(controller: UUID, *, now: datetime) -> int:
    said = provisions.value(controller, Parameter.SMALLEST_CELL, on=timezone.localdate(now))
    return max(int(said or 0), AT_LEAST)


def _planned(run: RetentionRun, smallest: int, *, now: datetime) -> list[_Planned]:
    """Return the figures that can be made now, in the order in which tables are erased."""
    with gate.duty(actors.system(run.controller_id), Duty.RETENTION, reference=run.pk, now=now):
        due = _due(run, now=now)
        found = []
        for table in tables.in_order():
            if ids := due.get(table.name):
                counted = _counted(table, ids)
                for figure in figures(counted, smallest=smallest)[0]:
                    parts = portions(figure, most=ROWS_AT_ONCE, smallest=smallest)
                    found += [_Planned(table, part) for part in parts]
    return found


def _due(run: RetentionRun, *, now: datetime) -> dict[str, list[UUID]]:
    """Return the rows to be anonymised by table, of as many people as this release may take."""
    book = rules.same(run, now=now)
    found: dict[str, list[UUID]] = {}
    if not any(entry.rule.action is RetentionAction.ANONYMISE for entry in book.rules):
        return found
    aside = set(SetAside.objects.filter(run=run).values_list("row", flat=True))
    left, after = _left(run), None
    while left > 0 and (ids := people.next_ids(after)):
        after = ids[-1]
        for person in people.load(book, ids, today=run.today, now=now):
            decided = decide_person(person, book, today=run.today)
            going = [one for one in decided if one.goes or one.loses]
            if going and left > 0:
                left -= 1
                for one in going:
                    if is_counted(one) and one.row.id not in aside:
                        found.setdefault(one.row.table.name, []).append(one.row.id)
    return found


def _left(run: RetentionRun) -> int:
    """Return of how many people something may go by this release still."""
    if run.most_people is None:
        return 2**31
    released = _result(run).get("released", 0)
    return run.most_people - int(str(released))


def is_counted(one: Decided) -> bool:
    """Whether a row is due for being counted into figures, and has something to count."""
    is_due = one.goes and one.action is RetentionAction.ANONYMISE
    return is_due and one.row.table.holding.remnant is not None


def _counted(table: Table, ids: Iterable[UUID]) -> list[Counted]:
    """Read what is left of rows: their day, words and sums. One without a day has no figure."""
    remnant = table.holding.remnant
    if remnant is None:
        return []
    columns = (remnant.day, *remnant.by, *remnant.sums)
    rows = table.model._base_manager.filter(pk__in=list(ids))
    found = []
    for pk, subject, day, *rest in rows.values_list("pk", table.subject, *columns):
        if day is not None:
            words = tuple("" if word is None else str(word) for word in rest[: len(remnant.by)])
            sums = tuple(Decimal(number or 0) for number in rest[len(remnant.by) :])
            found.append(Counted(pk, subject, _legal_day(day), words, sums))
    return found


def _legal_day(value: date | datetime) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _make(run: RetentionRun, planned: _Planned, smallest: int, *, now: datetime) -> None:
    """Make one figure and erase its rows, where what is still due of it is a crowd still."""
    subjects = sorted({row.subject for row in planned.figure.rows})
    actor = actors.system(run.controller_id)
    with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now) as access:
        mine = run.fenced()
        locked = people.lock(subjects)
        book = rules.same(run, now=now)
        loaded = people.load(book, locked, today=run.today, now=now)
        decided = {p.id: decide_person(p, book, today=run.today) for p in loaded}
        due = {o.row.id for some in decided.values() for o in some if is_counted(o)}
        rows = [row for row in planned.figure.rows if row.row in due]
        if not (rows and is_anonymous(rows, smallest=smallest)):
            return
        gone = _erase(mine, {row.row for row in rows}, decided.values())
        counted = [row for row in rows if row.row in gone]
        if len(counted) < len(rows) and not is_anonymous(counted, smallest=smallest):
            counted = []  # what could not be erased took the crowd with it: nothing is told
        if counted:
            _write(mine, planned.table, replace(planned.figure, rows=tuple(counted)), run.today)
        _account(access, mine, decided, gone, counted)
        _freeze_emptied(loaded, gone)


def _erase(
    run: RetentionRun, rows: set[UUID], decided: Iterable[Sequence[Decided]]
) -> dict[UUID, str]:
    """Erase rows and what goes of those that refer to them; return the class of what went."""
    going = [one for some in decided for one in some if one.goes]
    chosen = set(rows)
    while more := {o.row.id for o in going if chosen & set(o.row.refers_to)} - chosen:
        chosen |= more
    gone: dict[UUID, str] = {}
    for table in tables.in_order():
        ids = [one.row.id for one in going if one.row.table is table and one.row.id in chosen]
        if ids:
            deleted = delete_rows(table.model, ids)
            gone |= dict.fromkeys(deleted.ids, table.record_class.value)
            outbox.swept(run.controller_id, table.name, deleted.ids)
            run.set_rows_aside(table.name, deleted.failed)
    return gone


def _write(run: RetentionRun, table: Table, figure: Figure, today: date) -> None:
    remnant = table.holding.remnant
    if remnant is None:
        return
    totals = zip(remnant.sums, figure.sums(), strict=True)
    AnonymousFigure.objects.create(
        controller_id=run.controller_id, table=table.name, grain=figure.grain, start=figure.start,
        words=dict(zip(remnant.by, figure.words, strict=True)) if figure.words else {},
        rows=len(figure.rows), people=figure.people,
        sums={name: str(total) for name, total in totals}, made_on=today,
    )  # fmt: skip


def _account(
    access: Access,
    run: RetentionRun,
    decided: dict[UUID, list[Decided]],
    gone: dict[UUID, str],
    counted: Sequence[Counted],
) -> None:
    """Count what went, and of whom nothing is left for this release; one entry in the log."""
    classes = Counter(gone.values())
    done = dict(run.result)
    done["erased"] = dict(Counter(done.get("erased", {})) + classes)
    done["anonymised"] = done.get("anonymised", 0) + len(counted)
    released = [
        subject
        for subject, some in decided.items()
        if any(one.row.id in gone for one in some)
        and all(one.row.id in gone for one in some if one.goes or one.loses)
    ]
    done["released"] = done.get("released", 0) + len(released)
    run.result, run.rows_erased = done, run.rows_erased + len(gone)
    run.save(update_fields=["result", "rows_erased", "rows_set_aside"])
    event = log.Event(
        action=Action.RETENTION_ANONYMISED, purpose=PURPOSE, subjects=tuple(decided),
        object_type="retention_run", object_id=run.pk,
        counts=classes | Counter(figures=int(bool(counted)), rows=len(counted)),
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)


def _freeze_emptied(loaded: Iterable[Person], gone: dict[UUID, str]) -> None:
    """Freeze whoever lost their last ordinary row: nothing can be added to them any more."""
    emptied = [
        person.id
        for person in loaded
        if any(row.id in gone for row in person.rows)
        and not people.has_rows_in([r for r in person.rows if r.id not in gone], WITHOUT_A_DUTY)
    ]
    DataSubject.objects.filter(pk__in=emptied).update(status=SubjectStatus.ERASING)


def _note(run: RetentionRun) -> None:
    """Note that this release has made its figures: what is left is in none."""
    with transaction.atomic():
        mine = run.fenced()
        mine.result = {**mine.result, "figures": True}
        mine.save(update_fields=["result"])
