"""After a restore: people who were erased since the backup are erased again.

Follows docs/spec/erasure.md, section 9. The restored database is locked until this is done. What
has to go is not taken from a list that could be incomplete: each key that was destroyed is looked
up, and a row under it has no right to be there. So it can be repeated, and a process that was
killed is followed by one that finds what is left.
"""

import getpass
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from psycopg import sql

from audit import log
from audit.actions import Action
from audit.ledger import Written
from governance.crypto import ended
from governance.crypto.ended import ALL, Ended
from governance.crypto.orders import Line
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, RecordClass, Scope, SubjectStatus
from registry import vouching
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller, DataSubject, SearchToken
from retention import people, repeating, tables
from retention.deleting import delete_rows
from retention.models import LegalHold
from retention.repeating import Repeated
from retention.tables import Table

PURPOSE = "duty:erasing"
# Format 1 had one version; an empty row is under none, and goes with the last of its scope.
VERSION = sql.SQL(
    "CASE WHEN sealed = '' THEN 0 WHEN get_byte(sealed, 0) = 1 THEN 1 ELSE get_byte(sealed, 1) END"
)
FIND = """
SELECT t.{key}, t.{subject} FROM {table} AS t
JOIN unnest(%s::uuid[], %s::text[], %s::integer[]) AS gone (subject, scope, version)
  ON gone.subject = t.{subject} AND gone.scope = {scope} AND gone.version = {version}
"""
# Numbers that were told since the backup must not be given again: the ledger knows each once.
BEYOND = """
SELECT setval(pg_get_serial_sequence('registry_outbox', 'id'),
              greatest(%s, (SELECT coalesce(max(id), 0) FROM registry_outbox)) + 1000)
"""


class ReconcileError(RuntimeError):
    """Something that was erased is still there; the database stays locked."""


@dataclass(slots=True)
class Reconciled:
    """What was repeated for one controller.

    Attributes
    ----------
    people : who had been erased, and stood there again
    rows : that were deleted again
    held : rows of them that a hold keeps and that no longer open, by hold
    repeated : lines of the ledger besides
    """

    people: set[UUID] = field(default_factory=set)
    rows: int = 0
    held: Counter[UUID] = field(default_factory=Counter)
    repeated: Repeated = field(default_factory=Repeated)


def reconcile(
    controller: UUID,
    *,
    told: Iterable[Written],
    ledger: frozenset[Line],
    run: UUID,
    now: datetime,
) -> Reconciled:
    """Repeat what was said, then delete what stands under keys that were destroyed.

    As the owner, without other writers. First what was said, for a hold that was lifted since
    keeps nothing. People without an ordinary key are frozen.

    Arguments
    ---------
    told : lines of the ledger since the backup, of this controller
    ledger : what the export folder says was destroyed; the keystore is asked anyway
    run : what the entries in the log name

    Raises
    ------
    ReconcileError
        a row could not be deleted
    """
    done = Reconciled(repeated=repeating.repeat(controller, told, run=run, now=now))
    for batch in ended.batches(controller, ledger):
        with gate.duty(system(controller), Duty.ERASING, reference=run, now=now) as access:
            known = people.lock(batch)
            _repeat(access, {subject: batch[subject] for subject in known}, done)
    repeating.derive(controller, done.repeated, run=run, now=now)
    return done


def finish(results: Mapping[UUID, Reconciled], *, run: UUID, beyond: int, now: datetime) -> None:
    """Write one entry for each controller, and open the database, in one transaction.

    Arguments
    ---------
    beyond : the highest number of the outbox that the ledger knows
    """
    with transaction.atomic(durable=True):
        for controller, done in results.items():
            counts = {
                "people": len(done.people),
                "rows": done.rows,
                "held": done.held.total(),
                "lines": done.repeated.lines,
                "unknown": done.repeated.unknown,
            }
            record(controller, "restore", counts, run=run, now=now)
        with connection.cursor() as cursor:
            cursor.execute(BEYOND, [beyond])
        vouching.adopt()


def record(
    controller: UUID, what: str, counts: Mapping[str, int], *, run: UUID, now: datetime
) -> None:
    """Write down that something restored was reconciled, and which account of the machine did it.

    Arguments
    ---------
    what : `restore` of the main database, or `keystore`
    """
    account = getpass.getuser()
    event = log.Event(
        action=Action.RESTORE_RECONCILED,
        purpose=PURPOSE,
        object_type=what,
        object_id=run,
        reason=f"by.{account}" if log.WORD.match(account) else "by.unknown",
        counts=counts,
    )
    log.record(system(controller), event, now=now)


def controllers() -> list[UUID]:
    """Return the ids of all controllers."""
    return list(Controller.objects.order_by("pk").values_list("pk", flat=True))


def standing(controller: UUID, *, ledger: frozenset[Line], run: UUID, now: datetime) -> int:
    """Count rows that stand under a key that was destroyed and that no hold keeps: 0, one hopes.

    More than that, while nobody restores, is a table that was put back by hand.
    """
    left = 0
    for batch in ended.batches(controller, ledger):
        with gate.duty(system(controller), Duty.ERASING, reference=run, now=now) as access:
            holds = _holds(access, list(batch))
            for table in tables.in_order():
                going, _kept = _parted(table, _find(table, batch), holds)
                left += len(going)
    return left


def _repeat(access: Access, gone: Mapping[UUID, Ended], done: Reconciled) -> None:
    holds = _holds(access, list(gone))
    returned: set[UUID] = set()
    kept: Counter[UUID] = Counter()
    for table in tables.in_order():
        found = _find(table, gone)
        returned |= set(found.values())
        going, kept_here = _parted(table, found, holds)
        kept += kept_here
        done.rows += len(delete_rows(table.model, going).ids)
        left, _ = _parted(table, _find(table, gone), holds)
        if left:
            msg = f"{table.name}: {len(left)} rows of erased people can not be deleted"
            raise ReconcileError(msg)
    done.held += kept
    over = [s for s in gone if (Scope.ORDINARY, ALL) in gone[s]]
    alive = DataSubject.objects.filter(pk__in=over).exclude(status=SubjectStatus.ERASED)
    returned |= set(alive.values_list("pk", flat=True))
    holding = {subject for subject, standing in holds.items() if standing.keys() & kept.keys()}
    alive.filter(pk__in=holding).update(status=SubjectStatus.ERASING)
    alive.exclude(pk__in=holding).update(status=SubjectStatus.ERASED)
    _forget(over)
    done.people |= returned
    access.members |= returned


def _forget(subjects: list[UUID]) -> None:
    """Remove dates and tokens of people of whom no row is left."""
    left: set[UUID] = set()
    for table in tables.in_order():
        rows = table.model._base_manager.filter(**{f"{table.subject}__in": subjects})
        left |= set(rows.values_list(table.subject, flat=True))
    emptied = [subject for subject in subjects if subject not in left]
    SearchToken.objects.filter(subject__in=emptied)._raw_delete(using="default")
    DataSubject.objects.filter(pk__in=emptied).update(last_contact_on=None, last_order_on=None)


def _holds(access: Access, subjects: list[UUID]) -> dict[UUID, dict[UUID, frozenset[str]]]:
    """Return the holds of people: the classes of records each names."""
    stands = Q(lifted_at__isnull=True) | Q(lifted_at__gt=access.now)
    found: dict[UUID, dict[UUID, frozenset[str]]] = defaultdict(dict)
    for pk, subject, classes in LegalHold.objects.filter(stands, subject__in=subjects).values_list(
        "pk", "subject_id", "record_classes"
    ):
        found[subject][pk] = frozenset(classes or RecordClass)
    return found


def _parted(
    table: Table, found: Mapping[UUID, UUID], holds: Mapping[UUID, Mapping[UUID, frozenset[str]]]
) -> tuple[list[UUID], Counter[UUID]]:
    """Return the rows that go, and how many each hold keeps."""
    going, kept = [], Counter[UUID]()
    for row, subject in found.items():
        naming = [
            hold
            for hold, classes in holds.get(subject, {}).items()
            if table.record_class in classes
        ]
        if naming:
            kept[naming[0]] += 1
        else:
            going.append(row)
    return going, kept


def _find(table: Table, gone: Mapping[UUID, Ended]) -> dict[UUID, UUID]:
    """Return the rows of one table under these keys, and whose each is."""
    wanted = [(s, scope, version) for s, keys in gone.items() for scope, version in keys]
    meta = table.model._meta
    is_sealed = bool(table.scope_column)
    statement = sql.SQL(FIND).format(
        table=sql.Identifier(table.name),
        key=sql.Identifier(str(meta.pk.column)),
        subject=sql.Identifier(table.subject),
        scope=sql.Identifier("t", table.scope_column)
        if is_sealed
        else sql.Literal(table.scope.value),
        version=VERSION if is_sealed else sql.Literal(ALL),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [list(column) for column in zip(*wanted, strict=True)] or [[]] * 3
        )
        return dict(cursor.fetchall())
