"""The sweep: batches that decide again under locks, then the keys of those who lost everything.

A batch is one transaction of at most 500 rows. It takes the run's lease again, locks its
people against every writer, reads holds, restrictions, open requests, dates and rules anew,
deletes what is still due, and writes one audit entry. Whatever is committed is done; a
worker that dies between two batches leaves nothing half done. Keys are ordered to be destroyed,
and destroyed once the order is in the signed log; until then the run waits. So it does where the
keystore asks for a second approval.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from audit import log
from audit.actions import Action
from audit.proofs import NotYetProvableError
from governance.crypto.destruction import Refusal
from governance.crypto.errors import OrderRefusedError
from governance.policy import actors
from governance.policy.vocabulary import WITHOUT_A_DUTY, Duty, SubjectStatus
from registry import outbox
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject
from retention import keys, people, rules, tables
from retention.deleting import delete_rows
from retention.emptying import empty
from retention.errors import OrderVoidError
from retention.models import KeyOrder, RetentionRun, SetAside
from retention.people import has_rows_in
from retention.plans import Destroyed
from retention.schedule import Decided, decide_person

PURPOSE = "duty:retention"
ROWS_IN_BATCH = 500
KEYS_AT_ONCE = 200


@dataclass(slots=True)
class _Budget:
    """How many more batches this call may do."""

    left: int | None

    def is_spent(self) -> bool:
        return self.left is not None and self.left <= 0

    def spend(self) -> None:
        if self.left is not None:
            self.left -= 1


def work(run: RetentionRun, *, now: datetime, max_batches: int | None) -> str:
    """Do the work of a leased run; return `running`, `waiting` for the log to be signed, or `done`.

    `second_approval` where another person has to approve: the run is marked as waiting then.

    Raises
    ------
    RegisterChangedError, LeaseLostError
    """
    budget = _Budget(max_batches)
    cursor = run.cursor
    while chunk := _scan(run, cursor, now=now):
        for group in _groups(chunk.due):
            more = True
            while more:
                if _is_released(run):
                    return _finish(run, budget, now=now)
                if budget.is_spent():
                    return "running"
                budget.spend()
                more = _batch(run, group, now=now)
        cursor = chunk.last
        RetentionRun.objects.filter(pk=run.pk, lease_until=run.lease_until).update(cursor=cursor)
    return _finish(run, budget, now=now)


def _is_released(run: RetentionRun) -> bool:
    """Whether something has gone of as many people as were approved for this release."""
    if run.most_people is None:
        return False
    result = RetentionRun.objects.values_list("result", flat=True).get(pk=run.pk)
    return bool(result.get("released", 0) >= run.most_people)


def _finish(run: RetentionRun, budget: _Budget, *, now: datetime) -> str:
    """Let the keys follow the rows; return the state of the run."""
    if not _order_keys(run, budget, now=now):
        return "running"
    return _destroy_keys(run, budget, now=now)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """People that were looked at: how many rows of each are to go, and the last one."""

    due: dict[UUID, int]
    last: UUID


def _scan(run: RetentionRun, after: UUID | None, *, now: datetime) -> _Chunk | None:
    """Look at the next people without locking anybody."""
    actor = actors.system(run.controller_id)
    with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now):
        ids = people.next_ids(after)
        if not ids:
            return None
        decided = _decided(run, ids, now=now)
        going = _going(run, decided.values())
    due = {subject: len(some) for subject, some in zip(decided, going, strict=True) if some}
    return _Chunk(due, ids[-1])


def _decided(run: RetentionRun, ids: Sequence[UUID], *, now: datetime) -> dict[UUID, list[Decided]]:
    book = rules.same(run, now=now)
    loaded = people.load(book, ids, today=run.today, now=now)
    return {person.id: decide_person(person, book, today=run.today) for person in loaded}


def _going(run: RetentionRun, decided: Iterable[Sequence[Decided]]) -> list[list[Decided]]:
    """Return, for each person, the rows that go or lose a part, and were not set aside before."""
    aside = set(SetAside.objects.filter(run=run).values_list("row", flat=True))
    return [
        [one for one in some if (one.goes or one.loses) and one.row.id not in aside]
        for some in decided
    ]


def _groups(due: dict[UUID, int]) -> Iterator[list[UUID]]:
    """Split people so that a group has at most a batch of rows; who has more is alone."""
    group: list[UUID] = []
    rows = 0
    for subject, number in due.items():
        if group and rows + number > ROWS_IN_BATCH:
            yield group
            group, rows = [], 0
        group.append(subject)
        rows += number
    if group:
        yield group


@dataclass(slots=True)
class _Disposed:
    """What one batch did.

    Attributes
    ----------
    parts : categories taken out, by row that stays
    aside : number of rows that could not be disposed of
    """

    gone: set[UUID] = field(default_factory=set)
    parts: dict[UUID, frozenset[str]] = field(default_factory=dict)
    aside: int = 0

    def by_class(self, batch: Sequence[Decided]) -> Counter[str]:
        """Count the rows that went by their class."""
        return Counter(one.row.table.record_class.value for one in batch if one.row.id in self.gone)

    def by_category(self) -> Counter[str]:
        """Count the parts that went by their category."""
        return Counter(part for some in self.parts.values() for part in some)


def _batch(run: RetentionRun, subjects: Sequence[UUID], *, now: datetime) -> bool:
    """Dispose of what is still due of these people; return whether a further batch is needed."""
    actor = actors.system(run.controller_id)
    with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now) as access:
        mine = run.fenced()
        locked = people.lock(subjects)
        decided = _decided(run, locked, now=now)
        going = [some for some in _going(run, decided.values()) if some]
        if run.most_people is not None:
            going = going[: run.most_people - mine.result.get("released", 0)]
        due = [one for some in going for one in some]
        place = {table.name: number for number, table in enumerate(tables.in_order())}
        due.sort(key=lambda one: place[one.row.table.name])
        batch = due[:ROWS_IN_BATCH]
        done = _Disposed()
        _delete(mine, [one for one in batch if one.goes], done)
        _empty(mine, [one for one in batch if not one.goes], done)
        affected = {
            subject: some
            for subject, some in decided.items()
            if any(one.row.id in done.gone or one.row.id in done.parts for one in some)
        }
        _mark_emptied(_losers(affected, done.gone), done.gone)
        _count(mine, batch, done)
        taken = {one.row.id for one in batch}
        _release(mine, sum(all(one.row.id in taken for one in some) for some in going))
        _record(access, run, affected, batch, done)
    return len(due) > len(batch)


def _delete(run: RetentionRun, batch: Sequence[Decided], done: _Disposed) -> None:
    for table in tables.in_order():
        ids = [one.row.id for one in batch if one.row.table is table]
        if not ids:
            continue
        deleted = delete_rows(table.model, ids)
        done.gone |= deleted.ids
        outbox.swept(run.controller_id, table.name, deleted.ids)
        run.set_rows_aside(table.name, deleted.failed)
        done.aside += len(deleted.failed)


def _empty(run: RetentionRun, batch: Sequence[Decided], done: _Disposed) -> None:
    """Take parts out of rows that stay."""
    for table in tables.in_order():
        going = {one.row.id: one.loses for one in batch if one.row.table is table}
        if not going:
            continue
        emptied = empty(table, going)
        done.parts |= emptied.parts
        outbox.emptied(run.controller_id, table.name, emptied.parts)
        run.set_rows_aside(table.name, emptied.failed)
        done.aside += len(emptied.failed)


def _losers(
    affected: Mapping[UUID, Sequence[Decided]], gone: set[UUID]
) -> dict[UUID, Sequence[Decided]]:
    """Return those who lost a row, not a part of one alone."""
    return {
        subject: some
        for subject, some in affected.items()
        if any(one.row.id in gone for one in some)
    }


def _mark_emptied(affected: Mapping[UUID, Sequence[Decided]], gone: set[UUID]) -> None:
    """Freeze whoever lost their last ordinary row: nothing can be added to them any more."""
    emptied = [
        subject
        for subject, some in affected.items()
        if not has_rows_in([o.row for o in some if o.row.id not in gone], WITHOUT_A_DUTY)
    ]
    DataSubject.objects.filter(pk__in=emptied).update(status=SubjectStatus.ERASING)


def _count(run: RetentionRun, batch: Sequence[Decided], done: _Disposed) -> None:
    erased = Counter(run.result.get("erased", {})) + done.by_class(batch)
    parts = Counter(run.result.get("parts", {})) + done.by_category()
    run.result = {**run.result, "erased": dict(erased), "parts": dict(parts)}
    run.rows_erased += len(done.gone)
    run.save(update_fields=["result", "rows_erased", "rows_set_aside"])


def _release(run: RetentionRun, number: int) -> None:
    """Count people of whom nothing is left to dispose of in this release."""
    run.result = {**run.result, "released": run.result.get("released", 0) + number}
    run.save(update_fields=["result"])


def _record(
    access: Access,
    run: RetentionRun,
    affected: Collection[UUID],
    batch: Sequence[Decided],
    done: _Disposed,
) -> None:
    counts = {**done.by_class(batch), "parts": done.by_category().total(), "set_aside": done.aside}
    event = log.Event(
        action=Action.RETENTION_SWEPT,
        purpose=PURPOSE,
        subjects=tuple(affected),
        object_type="retention_run",
        object_id=run.pk,
        counts=counts,
    )
    log.record(access.actor, event, now=access.now)


def _order_keys(run: RetentionRun, budget: _Budget, *, now: datetime) -> bool:
    """Order the end of the keys of people without ordinary rows; return whether all were asked.

    Also of those whom an earlier run left between rows and keys. Whoever has an open request is
    left to it.
    """
    actor = actors.system(run.controller_id)
    with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now):
        ordered = {subject for given in _orders(run) for subject in given.living()}
        waiting = [subject for subject in _emptied() if subject not in ordered]
    for start in range(0, len(waiting), KEYS_AT_ONCE):
        if budget.is_spent():
            return False
        budget.spend()
        with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now) as access:
            mine = run.fenced()
            locked = people.lock(waiting[start : start + KEYS_AT_ONCE])
            book = rules.in_force(run.controller_id, at=now)
            loaded = people.load(book, locked, today=run.today, now=now)
            ready = [
                p.id
                for p in loaded
                if not p.open_files() and not has_rows_in(p.rows, WITHOUT_A_DUTY)
            ]
            given, standing = keys.order(
                access, ready, job=run.pk, object_type="retention_run", purpose=PURPOSE
            )
            ordering = given.living() if given else {}
            _add(mine, {s: d for s, d in standing.items() if s not in ordering and not d.frozen})
    return True


def _destroy_keys(run: RetentionRun, budget: _Budget, *, now: datetime) -> str:
    """Carry out what was ordered and is in the signed log; return the state of the run."""
    actor = actors.system(run.controller_id)
    with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now):
        given = _orders(run)
    state = "done"
    for one in given:
        if budget.is_spent():
            return "running"
        budget.spend()
        with gate.duty(actor, Duty.RETENTION, reference=run.pk, now=now) as access:
            mine = run.fenced()
            try:
                proof = keys.proof_of(one, _approvals(mine))
                _add(mine, keys.carry_out(access, one, proof))
            except NotYetProvableError:
                return "waiting"
            except OrderVoidError:
                one.delete()
                state = "running"  # ordered anew by the next call
            except OrderRefusedError as error:
                if error.because != Refusal.SECOND_APPROVAL or mine.second_approval:
                    raise
                # Under the lock of the row: whoever approves now sees it and lets the run go on.
                mine.state = "waiting"
                mine.save(update_fields=["state"])
                return Refusal.SECOND_APPROVAL
    return state


def _approvals(run: RetentionRun) -> list[UUID]:
    return [entry for entry in (run.approval, run.second_approval) if entry]


def _orders(run: RetentionRun) -> list[KeyOrder]:
    return list(KeyOrder.objects.filter(job=run.pk).order_by("pk"))


def _add(run: RetentionRun, destroyed: Mapping[UUID, Destroyed]) -> None:
    done = Counter(run.result.get("keys", {}))
    done.update(scope for one in destroyed.values() for scope in one.scopes)
    erased = run.result.get("people", 0) + sum(not one.frozen for one in destroyed.values())
    run.result = {**run.result, "keys": dict(done), "people": erased}
    run.save(update_fields=["result"])


def _emptied() -> list[UUID]:
    """Return the people who are being erased and have no ordinary row left."""
    waiting = DataSubject.objects.filter(status=SubjectStatus.ERASING)
    for table in tables.in_order():
        ordinary = table.model._base_manager.filter(**{table.subject: OuterRef("pk")})
        if table.scope_column:
            ordinary = ordinary.filter(**{f"{table.scope_column}__in": WITHOUT_A_DUTY})
        waiting = waiting.exclude(Exists(ordinary))
    return list(waiting.order_by("pk").values_list("pk", flat=True))
