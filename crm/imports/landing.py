"""An import from file to rows: propose, try, land.

`propose` reads a sample, asks discovery what the columns hold, and saves a batch with a
mapping that a person may change. `land` brings the rows in, a thousand per access: one
transaction and one audit entry each, so that a crash loses nothing and a second run finds
what is already there. Nothing a gate would refuse comes in by this door.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from crm.imports import mapping as mappings
from crm.imports import questions, reading, rejects
from crm.imports.columns import Mapping as ColumnMap
from crm.imports.origins import Origins
from crm.imports.outcomes import Outcome, Report
from crm.imports.people import PeopleLanding
from crm.imports.targets import Entity
from crm.imports.trade import (
    AccountLanding,
    InteractionLanding,
    OrderLanding,
    OrderLineLanding,
    land_products,
)
from crm.imports.typed import RowReader, TypedRow
from crm.models import Account, Contact, ImportBatch, Order
from governance.policy.categories import Category
from governance.policy.decisions import ActivityTerms, Refusal
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Operation, Role, SubjectKind
from registry import activities, findings
from registry.discovery import columns as discovery
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import GateRefusedError
from registry.models import DataSource, Staff
from registry.notices import Told

CHUNK = 1000
SAMPLE = 400
KEPT_FOR = timedelta(days=30)
COUNTED = (
    "state", "finished_at", "mapping",
    "rows_read", "rows_created", "rows_updated", "rows_unchanged", "rows_rejected",
)  # fmt: skip
Progress = Callable[[int, int | None], None]


class UnknownEntityError(GovernanceError):
    """What the rows of a file are about can not be told from its columns."""

    code = "unknown_entity"
    message = _("It is not clear what the rows of this file are about.")
    advice = _("Say whether they are contacts, employees, accounts, orders, lines or products.")


class _Lands(Protocol):
    def land(self, rows: Iterable[TypedRow]) -> Outcome:
        """Land the rows of one chunk."""


def propose(
    path: Path,
    *,
    source: DataSource,
    purpose: str,
    by: Staff,
    now: datetime,
    entity: Entity | None = None,
    sheet: str | None = None,
    name: str = "",
    kind: SubjectKind = SubjectKind.CUSTOMER,
    told: Told | None = None,
) -> tuple[ImportBatch, ColumnMap]:
    """Save a batch with a proposed mapping; nothing of the file is stored.

    Parameters
    ----------
    name : what the file was called, where its path does not say; it is looked at, not kept
    kind : whom the rows are about, remembered for the landing
    told : which privacy notice they were given, remembered too

    Raises
    ------
    ImportFileError
        the file cannot be read: one error for each cause
    UnknownEntityError
    GateRefusedError
        no approved activity covers an import for this purpose
    """
    opened = reading.open_source(path, sheet=sheet)
    entity = entity or mappings.guess_entity(opened.header, name or path.name)
    if entity is None:
        raise UnknownEntityError
    _covered(by, purpose, now)
    sample = [row.values for row in reading.sample(opened, limit=SAMPLE)]
    seen = discovery.propose_table(opened.header, sample)
    mapping = mappings.propose(opened.header, sample, entity, seen)
    batch = ImportBatch.objects.create(
        controller_id=by.controller_id, source=source, entity=entity, purpose=purpose,
        digest=_digest(path), started_by=by, created_at=now, expires_on=(now + KEPT_FOR).date(),
        mapping={
            "columns": mapping.to_json(), "kind": kind, "estimate": opened.row_count_estimate,
            "told": told.to_json() if told else None,
        },
    )  # fmt: skip
    asked = questions.about(mapping, seen, sample)
    findings.from_columns(by.actor(), source.name, asked, now=now)
    return batch, mapping


def may_import(terms: ActivityTerms, role: Role) -> bool:
    """Whether an activity lets a role bring in files for its purpose."""
    return Operation.IMPORT in terms.operations and role in terms.roles


def _covered(by: Staff, purpose: str, now: datetime) -> activities.InForce:
    in_force = activities.in_force(by.controller_id, purpose, at=now)
    if in_force is None or not may_import(in_force.terms, Role(by.role)):
        with gate.open(by.actor(), purpose, Operation.IMPORT, now=now):
            pass  # refuses, and records that it did
        raise GateRefusedError(Refusal.NO_ACTIVE_ACTIVITY)
    return in_force


def try_out(
    path: Path, batch: ImportBatch, mapping: ColumnMap, *, by: Staff, now: datetime
) -> Report:
    """Read every row under the mapping and count what would be rejected; write nothing."""
    reader, report = _reader(path, batch, mapping, by=by, now=now)
    for row in reader.read(reading.rows(reading.open_source(path))):
        report.read += 1
        if row.problem:
            report.reasons[row.problem.code] += 1
    return report


def uncovered(batch: ImportBatch, mapping: ColumnMap, *, by: Staff, now: datetime) -> list[str]:
    """Return the fields that no approved activity covers: their columns will be left out."""
    in_force = _covered(by, batch.purpose, now)
    return _row_reader(batch, mapping, (), covered=in_force.terms.usable, now=now).uncovered


def land(
    path: Path,
    batch: ImportBatch,
    mapping: ColumnMap,
    *,
    by: Staff,
    kind: SubjectKind,
    now: datetime,
    progress: Progress = lambda _done, _estimate: None,
) -> Report:
    """Bring the rows of a file in. Run again, it changes only what is different."""
    reader, report = _reader(path, batch, mapping, by=by, now=now)
    opened = reading.open_source(path)
    _note(batch, by, Action.IMPORT_STARTED, now)
    batch.state = "running"
    batch.save(update_fields=["state"])
    for chunk in _chunks(reader.read(reading.rows(opened))):
        outcome = _land_chunk(batch, mapping, chunk, by=by, kind=kind, now=now)
        report.add(outcome, chunk)
        _count(batch, report)
        progress(report.read, opened.row_count_estimate)
    batch.state, batch.finished_at = "done", now
    _count(batch, report)
    _note(batch, by, Action.IMPORT_FINISHED, now, report)
    return report


def _reader(
    path: Path, batch: ImportBatch, mapping: ColumnMap, *, by: Staff, now: datetime
) -> tuple[RowReader, Report]:
    in_force = _covered(by, batch.purpose, now)
    opened = reading.open_source(path)
    sample = reading.sample(opened, limit=2000)
    reader = _row_reader(batch, mapping, sample, covered=in_force.terms.usable, now=now)
    dropped = {c.header: str(c.dropped_because) for c in mapping.dropped()}
    return reader, Report(uncovered=reader.uncovered, dropped=dropped)


def _row_reader(
    batch: ImportBatch,
    mapping: ColumnMap,
    sample: tuple[reading.Row, ...],
    *,
    covered: frozenset[Category],
    now: datetime,
) -> RowReader:
    return RowReader(
        mapping, sample, covered=covered, latest_year=now.year,
        origins=Origins(batch.controller_id, batch.source_id),
    )  # fmt: skip


def _count(batch: ImportBatch, report: Report) -> None:
    """Write the counts so far into the batch, for those who watch."""
    batch.rows_read, batch.rows_created = report.read, report.created
    batch.rows_updated, batch.rows_unchanged = report.updated, report.unchanged
    batch.rows_rejected = report.rejected
    said = {"reasons": dict(report.reasons), "uncovered": report.uncovered}
    batch.mapping = {**batch.mapping, **said}
    batch.save(update_fields=COUNTED)


def _chunks(rows: Iterable[TypedRow]) -> Iterator[list[TypedRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _land_chunk(
    batch: ImportBatch,
    mapping: ColumnMap,
    chunk: list[TypedRow],
    *,
    by: Staff,
    kind: SubjectKind,
    now: datetime,
) -> Outcome:
    good = [row for row in chunk if row.problem is None]
    if batch.entity == Entity.PRODUCT:
        outcome = land_products(batch.controller_id, good)
    with gate.open(
        by.actor(), batch.purpose, Operation.IMPORT, subjects=_held(batch, good), now=now
    ) as access:
        if batch.entity != Entity.PRODUCT:
            outcome = _landing(batch, access, kind).land(good)
        for row in chunk:
            if row.problem:
                outcome.reject(row, row.problem.code, row.problem.column)
        rejects.store(batch, mapping, outcome.rejected)
    return outcome


def _landing(batch: ImportBatch, access: Access, kind: SubjectKind) -> _Lands:
    told = Told.from_json(batch.mapping.get("told"))
    match Entity(batch.entity):
        case Entity.CONTACT:
            return PeopleLanding(access, batch.source, kind, told)
        case Entity.EMPLOYEE:
            return PeopleLanding(access, batch.source, SubjectKind.EMPLOYEE, told)
        case Entity.ACCOUNT:
            return AccountLanding(access, batch.source, told)
        case Entity.ORDER:
            return OrderLanding(access, batch.source)
        case Entity.ORDER_LINE:
            return OrderLineLanding(access, batch.source)
        case Entity.INTERACTION:
            return InteractionLanding(access, batch.source)
        case Entity.PRODUCT:
            msg = "products are about nobody and land without an access"
            raise ValueError(msg)


def _held(batch: ImportBatch, rows: list[TypedRow]) -> QuerySet[Any, UUID]:
    """Return the subjects a chunk is about, as far as they are held; evaluated in the access."""
    origins = Origins(batch.controller_id, batch.source_id)

    def named(entity: Entity, column: str) -> list[bytes]:
        return [
            origins.key(entity, str(row.values[column])) for row in rows if row.values.get(column)
        ]

    match Entity(batch.entity):
        case Entity.CONTACT | Entity.EMPLOYEE:
            held: QuerySet[Any] = Contact.objects.filter(origin_key__in=[r.origin for r in rows])
        case Entity.ACCOUNT:
            held = Account.objects.filter(origin_key__in=[r.origin for r in rows])
        case Entity.ORDER_LINE:
            held = Order.objects.filter(origin_key__in=named(Entity.ORDER, "order_external_id"))
        case _:
            keys = named(Entity.CONTACT, "contact_external_id")
            held = Contact.objects.filter(origin_key__in=keys)
    return held.values_list("subject_id", flat=True)


def _note(
    batch: ImportBatch, by: Staff, action: Action, now: datetime, report: Report | None = None
) -> None:
    counts = {}
    if report:
        counts = {
            "read": report.read, "created": report.created, "updated": report.updated,
            "unchanged": report.unchanged, "rejected": report.rejected,
        }  # fmt: skip
    event = log.Event(
        action=action, purpose=batch.purpose, object_type="import", object_id=batch.pk,
        counts=counts,
    )  # fmt: skip
    log.record_apart(by.actor(), event, now=now)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
