"""`manage.py reconcile_restore`: repeat what was erased since the backup, and open the database."""

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import ledger
from audit.anchors.folder import ExportFolder, FolderError
from audit.errors import LogUnavailableError
from audit.signing import SignerError, State
from audit.verifier import note
from governance import env
from governance.crypto.ids import uuid7
from governance.rows import rows
from registry import relaying, vouching
from retention import reconciling, restored_keys
from retention.reconciling import Reconciled


class Command(BaseCommand):
    help = (
        "After a restore and recover_audit_log: erase again whoever was erased since. With "
        "--keystore, after a copy of the keystore was brought back: destroy the same keys again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--keystore", action="store_true", help="the keystore was restored")

    def handle(self, *, keystore: bool, **_options: Any) -> None:
        if not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it opens the database."
            raise CommandError(msg)
        folder = ExportFolder(Path(settings.CUSTODE_AUDIT_FOLDER) / "export")
        if keystore:
            self._keystore(folder)
        else:
            self._main(folder)

    def _keystore(self, folder: ExportFolder) -> None:
        """The main database is that of today: what its log shows is what ended."""
        try:
            done = restored_keys.reconcile(folder, run=uuid7(), now=timezone.now())
        except (restored_keys.KeystoreLockedError, FolderError, LogUnavailableError) as error:
            msg = f"the keystore stays locked: {error}"
            raise CommandError(msg) from error
        self.stdout.write(f"repeated: {done.lines} lines of the ledger")
        self.stdout.write(f"reconciled: the keys of {done.people} people ended again")
        if done.lost:
            self.stderr.write(
                f"{done.lost} people have rows under keys that were made after the copy: no key "
                "opens them any more. A younger copy would."
            )
        self.stdout.write("the keystore is open")

    def _main(self, folder: ExportFolder) -> None:
        self._require_whole_log(folder)
        was = vouching.locked_because()
        run, now = uuid7(), timezone.now()
        try:
            relaying.export(folder)  # what the keystore has and the folder has not
            erased, told = ledger.erased(folder), list(ledger.read(folder, after=vouching.told()))
            beyond = max((line.outbox or 0 for line in ledger.read(folder)), default=0)
            results = {
                controller: reconciling.reconcile(
                    controller,
                    told=[line for line in told if line.controller == controller],
                    ledger=erased.get(controller, frozenset()),
                    run=run,
                    now=now,
                )
                for controller in reconciling.controllers()
            }
            reconciling.finish(results, run=run, beyond=beyond, now=now)
        except (reconciling.ReconcileError, FolderError, LogUnavailableError) as error:
            msg = f"the database stays locked: {error}"
            raise CommandError(msg) from error
        self._report(was, results.values())

    def _report(self, was: str, results: Collection[Reconciled]) -> None:
        people = sum(len(done.people) for done in results)
        deleted = sum(done.rows for done in results)
        self.stdout.write(f"reconciled: {people} people, {deleted} rows deleted again")
        repeated = sum(done.repeated.lines for done in results)
        unknown = sum(done.repeated.unknown for done in results)
        self.stdout.write(f"repeated: {repeated} lines of the ledger, {unknown} not possible")
        for done in results:
            for hold, number in done.held.items():
                self.stdout.write(f"hold {hold} keeps {number} rows that no longer open")
        self.stdout.write(f"the database is open{f' (it was {was})' if was else ''}")

    def _require_whole_log(self, folder: ExportFolder) -> None:
        """Refuse while the log is behind what was signed: it has to be whole first."""
        (head,) = rows("SELECT epoch, size FROM audit.head", using="default")
        known = max([*_exported(folder), *_signed()], default=(0, 0))
        if known > head:
            msg = f"The log has {head[1]} entries and had {known[1]}: run recover_audit_log first."
            raise CommandError(msg)


def _exported(folder: ExportFolder) -> list[tuple[int, int]]:
    """Return epoch and size of the newest checkpoint of the folder."""
    newest = folder.notes("checkpoints")[-1:]
    found = [note.Checkpoint.parse(note.split_note(raw)[0]) for raw in newest]
    return [(int(at.origin.rpartition("/")[2]), at.size) for at in found]


def _signed() -> list[tuple[int, int]]:
    """Return up to where the signer signed, where that can be read here."""
    folder = env.text("CUSTODE_SIGNER_FOLDER", "")
    try:
        state = State.parse((Path(folder) / "state").read_bytes())
    except (OSError, SignerError):
        return []
    return [(state.epoch, state.size)]
