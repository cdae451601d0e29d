"""`manage.py recover_audit_log`: 0 recovered, 1 not possible, 2 entries are lost."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.anchors.folder import ExportFolder
from audit.recovery import LossError, Outcome, RecoveryError, recover
from audit.signing import SignerError, State
from governance import env


class Command(BaseCommand):
    help = "After a restore: bring the audit log to where it was, from the export folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--policy", type=Path, help="your own copy of the log's first keys")
        parser.add_argument(
            "--signer-state",
            type=Path,
            help="the file `state` of the signer's folder; default that of CUSTODE_SIGNER_FOLDER",
        )
        parser.add_argument(
            "--accept-gap",
            action="store_true",
            help="declare entries that can not be restored as lost, and begin a new epoch",
        )

    def handle(self, **options: Any) -> None:
        if not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it writes the tables of the log."
            raise CommandError(msg)
        try:
            outcome = recover(
                ExportFolder(Path(settings.CUSTODE_AUDIT_FOLDER) / "export"),
                now=timezone.now(),
                signer=self._signer(options["signer_state"]),
                policy=options["policy"].read_text() if options["policy"] else "",
                accepts_gap=options["accept_gap"],
            )
        except LossError as error:
            self.stderr.write(f"ENTRIES ARE LOST: {error}. To go on: --accept-gap")
            sys.exit(2)
        except (RecoveryError, OSError) as error:
            self.stderr.write(f"nothing was changed: {error}")
            sys.exit(1)
        self._report(outcome)

    def _signer(self, path: Path | None) -> State | None:
        """Return what the signer signed last, where that can be read."""
        folder = env.text("CUSTODE_SIGNER_FOLDER", "")
        path = path or (Path(folder) / "state" if folder else None)
        try:
            return State.parse(path.read_bytes()) if path else None
        except OSError:
            self.stderr.write("the signer's state can not be read: the signer says what is missing")
        except SignerError as error:
            raise CommandError(str(error)) from error
        return None

    def _report(self, outcome: Outcome) -> None:
        if not outcome.changed:
            self.stdout.write(f"nothing is missing: {outcome.size} entries")
            return
        self.stdout.write(
            f"restored: from {outcome.before} to {outcome.size} entries;"
            f" {outcome.returned} got another place"
        )
        self.stdout.write("the database is locked: run reconcile_restore before anything starts")
        if outcome.has_gap:
            self.stdout.write(
                f"epoch {outcome.epoch}: {outcome.known} entries were signed, {outcome.kept} are"
                " shown. Now run: python -m audit.signer accept"
            )
