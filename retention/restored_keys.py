"""After a restore of the keystore: keys that were destroyed since the copy are destroyed again.

Follows docs/spec/erasure.md, section 9. The main database and the log are those of today. What
ended is told by the ledger in the export folder, line after line, and believed only where the log
shows it. So it can be repeated, and a process that was killed is followed by one that goes on.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger, proofs
from audit.anchors.folder import ExportFolder
from audit.ledger import Written
from audit.proofs import NotYetProvableError
from governance.crypto import keystore, lines, restored
from governance.crypto.destruction import Evidence, Refusal
from governance.crypto.errors import OrderRefusedError
from governance.crypto.lines import Row
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.models import DataSubject
from retention import reconciling, stops
from retention.resealing import rows_by_scope_and_version

AT_ONCE = 500


class KeystoreLockedError(RuntimeError):
    """What ended since the copy could not be ended again; the keystore stays locked."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was repeated.

    Attributes
    ----------
    lines : of the ledger
    people : whose keys had come back
    lost : people with rows under keys made after the copy, which nothing opens any more
    """

    lines: int
    people: int
    lost: int


def reconcile(folder: ExportFolder, *, run: UUID, now: datetime) -> Recovered:
    """End again what ended, stop again what stands, and open the keystore; as the owner.

    Arguments
    ---------
    run : what the entries in the log name

    Raises
    ------
    KeystoreLockedError
    audit.anchors.folder.FolderError
    """
    number, people = 0, set[str]()
    for line in ledger.read(folder, after=lines.newest()):
        _repeat(line, run=run, now=now)
        number += 1
        if line.kind == "erased":
            people |= {text.partition("|")[0] for text in line.body["lines"]}
    lost = {
        controller: _settle(controller, run=run, now=now)
        for controller in reconciling.controllers()
    }
    done = Recovered(number, len(people), sum(lost.values()))
    counts = asdict(done)
    with transaction.atomic(durable=True):
        for controller in lost:
            reconciling.record(controller, "keystore", counts, run=run, now=now)
        restored.adopt()
    return done


def _repeat(line: Written, *, run: UUID, now: datetime) -> None:
    row = Row(line.seq, line.controller, line.kind, line.outbox, line.body)
    size, evidence = _shown(line, run=run, now=now) if line.kind == "erased" else (0, [])
    try:
        restored.repeat(row, evidence, size=size)
    except OrderRefusedError as error:
        msg = (
            f"the export folder lacks the line before {line.seq}"
            if error.because == Refusal.GAP
            else f"the log does not show what line {line.seq} says ({error.because})"
        )
        raise KeystoreLockedError(msg) from error


def _shown(line: Written, *, run: UUID, now: datetime) -> tuple[int, list[Evidence]]:
    if line.controller is None:
        msg = f"line {line.seq} names no controller"
        raise KeystoreLockedError(msg)
    wanted = [UUID(entry) for entry in line.body["entries"]]
    try:
        with gate.duty(system(line.controller), Duty.ERASING, reference=run, now=now):
            return proofs.evidence_of(wanted, using="default")
    except NotYetProvableError as error:
        msg = "the signer has not told the keystore what it signed: start it, then run this again"
        raise KeystoreLockedError(msg) from error


def _settle(controller: UUID, *, run: UUID, now: datetime) -> int:
    """Place stops for what stands; return how many people have rows that no key opens."""
    with gate.duty(system(controller), Duty.ERASING, reference=run, now=now) as access:
        stops.tend(access)
        everybody = list(DataSubject.objects.order_by("pk").values_list("pk", flat=True))
        return sum(
            _unreadable(controller, everybody[start : start + AT_ONCE])
            for start in range(0, len(everybody), AT_ONCE)
        )


def _unreadable(controller: UUID, subjects: list[UUID]) -> int:
    known = keystore.versions(controller, subjects)
    used = rows_by_scope_and_version(subjects)
    return sum(
        any(
            version and version not in known.get((subject, scope), {})
            for scope, version in used[subject]
        )
        for subject in subjects
    )
