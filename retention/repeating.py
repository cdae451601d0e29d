"""After a restore: what people said since the backup is put in again, and sweeps are repeated.

Follows docs/spec/erasure.md, section 9. The lines of the ledger come in the order in which things
happened; each puts in a row as it was told, without what was sealed in it, or removes rows by id.
Repeating a line changes nothing more.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from audit.ledger import Written
from governance.policy.actors import system
from governance.policy.vocabulary import Channel, Duty, SubjectStatus
from registry import consent, outbox
from registry.gate import opening as gate
from registry.models import DataSubject, Purpose
from retention import tables
from retention.deleting import delete_rows
from retention.emptying import empty

AT_ONCE = 200
REPEATING = "SELECT set_config('custode.repeating', 'on', true)"
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
  AND attname <> 'sealed'
ORDER BY attnum
"""
PUT_IN = """
INSERT INTO {table} ({told}, sealed)
SELECT {told}, ''::bytea FROM jsonb_populate_record(NULL::{table}, %s::jsonb)
ON CONFLICT (id) DO UPDATE SET {changes}
"""
WHOSE = ("id", "controller_id", "subject_id")
Said = tuple[UUID, UUID, str]


@dataclass(slots=True)
class Repeated:
    """What lines of the ledger did for one controller.

    Attributes
    ----------
    lines : that were repeated
    unknown : that name somebody, or something of the register, that came after the backup
    consents : person, purpose and channel of which the standing has to be derived anew
    """

    lines: int = 0
    unknown: int = 0
    consents: set[Said] = field(default_factory=set)


def repeat(controller: UUID, told: Iterable[Written], *, run: UUID, now: datetime) -> Repeated:
    """Repeat lines of one controller, in the order of their numbers.

    Arguments
    ---------
    told : lines since the backup; those about keys are not for here
    run : what the entries in the log name
    """
    done = Repeated()
    lines = (line for line in told if line.kind in ENDED or "row" in line.body)
    for batch in _batches(lines):
        with gate.duty(system(controller), Duty.ERASING, reference=run, now=now):
            with connection.cursor() as cursor:
                cursor.execute(REPEATING)
            for line in batch:
                repeated = ENDED.get(line.kind)
                is_done = repeated(line) if repeated else _put_in(line, done)
                done.lines += is_done
                done.unknown += not is_done
    return done


def derive(controller: UUID, done: Repeated, *, run: UUID, now: datetime) -> None:
    """Derive the standing of consents that were put in, of people who were not erased since."""
    with gate.duty(system(controller), Duty.ANSWERING, reference=run, now=now) as access:
        people = {subject for subject, _, _ in done.consents}
        alive = set(
            DataSubject.objects.filter(pk__in=people, status=SubjectStatus.ACTIVE)
            .values_list("pk", flat=True)
        )  # fmt: skip
        purposes = Purpose.objects.in_bulk([purpose for _, purpose, _ in done.consents])
        for subject, purpose, channel in sorted(done.consents):
            if subject in alive:
                consent.derive(access, subject, purposes[purpose], Channel(channel))


def _batches(lines: Iterable[Written]) -> Iterator[Sequence[Written]]:
    rest = iter(lines)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _sweep(line: Written) -> bool:
    table = tables.by_name().get(str(line.body["table"]))
    if table is None:
        return False
    return not delete_rows(table.model, [UUID(row) for row in line.body["rows"]]).failed


def _empty(line: Written) -> bool:
    table = tables.by_name().get(str(line.body["table"]))
    if table is None:
        return False
    return not empty(table, {UUID(row): some for row, some in line.body["parts"].items()}).failed


ENDED = {"swept": _sweep, "emptied": _empty}  # what retention did, by the kind of its line


def _put_in(line: Written, done: Repeated) -> bool:
    """Put a row in as it was told; False where what it refers to is not there."""
    name, row = str(line.body["table"]), dict(line.body["row"])
    if name not in outbox.TABLES:
        return False
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [name])
        # A line that was told before a column was added does not speak of it.
        told = [column for (column,) in cursor.fetchall() if column in row]
        changed = [sql.Identifier(column) for column in told if column not in WHOSE]
        statement = sql.SQL(PUT_IN).format(
            table=sql.Identifier(name),
            told=sql.SQL(", ").join(map(sql.Identifier, told)),
            changes=sql.SQL(", ").join(sql.SQL("{0} = EXCLUDED.{0}").format(c) for c in changed),
        )
        try:
            with transaction.atomic():
                cursor.execute(statement, [json.dumps(row)])
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except IntegrityError:
            return False
    if name == "registry_consentevent":
        done.consents.add((UUID(row["subject_id"]), UUID(row["purpose_id"]), row["channel"]))
    return True
