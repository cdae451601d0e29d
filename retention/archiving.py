"""Putting rows into the archive: sealed under its own key, and seen by duties alone.

Follows docs/spec/retention.md, section 2. A step of a run, before anything is erased. A row that is
there is not looked for by its values any more, and no access for a purpose is given its key or,
by row-level security, its columns. Nothing comes back: who returns, says anew what is needed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from audit import log
from audit.actions import Action
from governance.crypto import keystore
from governance.crypto.errors import UnsealError
from governance.policy import actors
from governance.policy.vocabulary import Duty, RetentionAction, Scope
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import SearchToken
from registry.sealed import reseal
from retention import people, rules, tables
from retention.models import RetentionRun, SetAside
from retention.people import Person
from retention.rules import RuleBook
from retention.schedule import Decided, Outcome, decide_person

PURPOSE = "duty:retention"
PEOPLE_AT_ONCE = 100


def work(run: RetentionRun, *, now: datetime, most: int | None) -> bool:
    """Archive what is due for it; return whether everybody was looked at.

    Repeating it is harmless: what is in the archive is not due for it again.

    Arguments
    ---------
    most : batches that this call may do; None for all

    Raises
    ------
    RegisterChangedError, LeaseLostError
    """
    done = 0
    while (looked := _look(run, now=now)) is not None:
        last, due = looked
        for start in range(0, len(due), PEOPLE_AT_ONCE):
            if most is not None and done >= most:
                return False
            done += 1
            _batch(run, due[start : start + PEOPLE_AT_ONCE], now=now)
        _mark(run, last)
    return True


def _look(run: RetentionRun, *, now: datetime) -> tuple[UUID, list[UUID]] | None:
    """Return the last of the next people and those with something due; None at the end."""
    with gate.duty(actors.system(run.controller_id), Duty.RETENTION, reference=run.pk, now=now):
        book = rules.same(run, now=now)
        if not any(entry.rule.archive for entry in book.rules):
            return None
        seen = RetentionRun.objects.values_list("result__archive_mark", flat=True).get(pk=run.pk)
        ids = people.next_ids(UUID(seen) if seen else None)
        due = _due(run, book, people.load(book, ids, today=run.today, now=now))
        return (ids[-1], [subject for subject, some in due.items() if some]) if ids else None


def _due(run: RetentionRun, book: RuleBook, loaded: Iterable[Person]) -> dict[UUID, list[Decided]]:
    """Return the rows of each person that are due for the archive, and were not set aside."""
    aside = set(SetAside.objects.filter(run=run).values_list("row", flat=True))
    return {
        person.id: [
            one
            for one in decide_person(person, book, today=run.today)
            if one.outcome is Outcome.DUE
            and one.action is RetentionAction.ARCHIVE
            and one.row.id not in aside
        ]
        for person in loaded
    }


def _batch(run: RetentionRun, subjects: Sequence[UUID], *, now: datetime) -> None:
    """Archive what is still due of these people; one transaction, under the lease."""
    # Committed before the rows that need it; sealing again finds it there.
    keystore.create_subject_keys(run.controller_id, subjects, scopes=[Scope.ARCHIVE])
    actor = actors.system(run.controller_id)
    with gate.duty(actor, Duty.SECURITY, reference=run.pk, now=now) as access:
        mine = run.fenced()
        locked = people.lock(subjects)
        book = rules.same(run, now=now)
        due = _due(run, book, people.load(book, locked, today=run.today, now=now))
        access.members |= {subject for subject, some in due.items() if some}
        archived = _archive(access, mine, [one for some in due.values() for one in some])
        total = Counter(mine.result.get("archived", {})) + archived
        mine.result = {**mine.result, "archived": dict(total)}
        mine.save(update_fields=["result", "rows_set_aside"])


def _archive(access: Access, run: RetentionRun, due: Sequence[Decided]) -> Counter[str]:
    """Seal rows under the key of the archive; return how many, by class."""
    done = Counter[str]()
    for table in tables.in_order():
        ids = [one.row.id for one in due if one.row.table is table]
        if not ids:
            continue
        model: Any = table.model
        found = reseal(access, list(access.rows(model).filter(pk__in=ids)), scope=Scope.ARCHIVE)
        SearchToken.objects.filter(row__in=set(ids) - set(found.unopened)).delete()
        run.set_rows_aside(table.name, dict.fromkeys(found.unopened, UnsealError.__name__))
        done[table.record_class.value] += found.done
    event = log.Event(
        action=Action.RETENTION_ARCHIVED, purpose=PURPOSE, subjects=tuple(access.members),
        object_type="retention_run", object_id=run.pk, counts=+done,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
    return +done


def _mark(run: RetentionRun, last: UUID) -> None:
    """Note that everybody up to one person was looked at."""
    with transaction.atomic():
        mine = run.fenced()
        mine.result = {**mine.result, "archive_mark": str(last)}
        mine.save(update_fields=["result"])
