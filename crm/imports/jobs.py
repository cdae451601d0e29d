"""Landing an import in the background: what a person starts and a worker carries out.

The row of the batch is the job: `running` means that it was started and is not finished. Two
workers never land one batch at a time: each asks PostgreSQL for a lock of its session, which
ends with the worker, so that a killed one leaves a job that the next can take up at once.
Landing again what has landed changes nothing.

The lock needs a connection of its own through the whole landing; a pool that hands out
connections by transaction would break it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action, Outcome
from crm.imports import landing, staging
from crm.imports.columns import Mapping as ColumnMap
from crm.models import ImportBatch
from governance.policy.decisions import Refusal
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import SubjectKind
from registry.gate.errors import REFUSALS, GateRefusedError
from registry.models import Staff

logger = logging.getLogger(__name__)
INTERRUPTED = "import_interrupted"


class NotProposedError(GovernanceError):
    """The import was started already, or is over."""

    code = "import_not_proposed"
    status = 409
    message = _("This import was already started, or is over.")
    advice = _("Look at its page for what became of it, or upload the file again.")


def start(batch: ImportBatch, *, by: Staff) -> None:
    """Say that a batch may land; its worker is to be woken after this.

    Raises
    ------
    NotProposedError
        somebody started it before, or it is over
    """
    proposed = ImportBatch.objects.filter(pk=batch.pk, state="proposed")
    if not proposed.update(state="running", started_by=by):
        raise NotProposedError
    batch.state, batch.started_by = "running", by


def waiting() -> list[tuple[UUID, UUID, UUID | None]]:
    """Return (batch, controller, member of staff) of every import that is not finished."""
    running = ImportBatch.objects.filter(state="running").order_by("created_at")
    return list(running.values_list("pk", "controller_id", "started_by_id"))


def carry_out(batch_id: UUID, *, by: Staff, now: datetime) -> bool:
    """Land a started batch and remove its file.

    A refusal, a file that cannot be read or an accident inside ends the import as failed with
    a code. Where the database went away it stays `running` and is taken up again.

    Returns
    -------
    bool
        Whether this call worked on it; False where it is finished or in other hands.
    """
    with _alone(batch_id) as is_alone:
        batch = _started(batch_id, by) if is_alone else None
        if batch is None:
            return False
        try:
            _land(batch, by=by, now=now)
        except GovernanceError as error:
            if error.retryable:
                raise
            _fail(batch, error.code, by=by, now=now)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, a person must be told
            # The name alone: a message of the database may quote a row.
            logger.error("import %s: %s", batch.pk, type(error).__name__)  # noqa: TRY400 - no values
            _fail(batch, INTERRUPTED, by=by, now=now)
        staging.remove(batch.pk)
    return True


def _land(batch: ImportBatch, *, by: Staff, now: datetime) -> None:
    if not by.is_active:
        raise GateRefusedError(Refusal.ROLE_NOT_ALLOWED)
    mapping = ColumnMap.from_json(batch.mapping["columns"])
    with staging.opened(batch) as path:
        landing.land(
            path, batch, mapping, by=by, kind=SubjectKind(batch.mapping["kind"]), now=now
        )  # fmt: skip


def _started(batch_id: UUID, by: Staff) -> ImportBatch | None:
    batches = ImportBatch.objects.select_related("source")
    return batches.filter(pk=batch_id, controller_id=by.controller_id, state="running").first()


def _fail(batch: ImportBatch, code: str, *, by: Staff, now: datetime) -> None:
    batch.mapping = {**batch.mapping, "failed": code}
    batch.state, batch.finished_at = "failed", now
    batch.save(update_fields=["state", "mapping", "finished_at"])
    event = log.Event(
        action=Action.IMPORT_FINISHED, purpose=batch.purpose, outcome=Outcome.FAILED, reason=code,
        object_type="import", object_id=batch.pk, counts={"read": batch.rows_read},
    )  # fmt: skip
    log.record_apart(by.actor(), event, now=now)


@contextmanager
def _alone(batch_id: UUID) -> Iterator[bool]:
    """Hold the lock of a batch, if nobody else does."""
    # A version 7 UUID ends in 62 random bits: taken as a number they are the lock's name.
    name = int.from_bytes(batch_id.bytes[8:], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [name])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with suppress(DatabaseError), connection.cursor() as cursor:  # gone with its session
                cursor.execute("SELECT pg_advisory_unlock(%s)", [name])


def why(code: str) -> tuple[str | Promise, str | Promise]:
    """Return message and advice for the code of a failed import."""
    if code in {refusal.value for refusal in Refusal}:
        return REFUSALS[Refusal(code)][:2]
    for kind in _kinds(GovernanceError):
        # Some errors of files have figures in their text, which were not kept.
        if kind.code == code and "{" not in str(kind.message):
            return kind.message, kind.advice
    return _("The import stopped before its end; the rows that had landed stay."), _(
        "Upload the file again: what has landed is not recorded twice."
    )


def _kinds(root: type[GovernanceError]) -> Iterator[type[GovernanceError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _kinds(kind)
