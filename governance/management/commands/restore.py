"""`manage.py restore DIR`: an empty database, filled from a backup, with erasures repeated."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from governance import backups, env
from governance.crypto import restored
from registry import vouching


class Command(BaseCommand):
    help = (
        "Fill an empty database from a folder that `backup` made. Of the main database: make the "
        "log whole from its export folder, and erase again whoever was erased since; services are "
        "stopped. Of the keystore: it stays locked until reconcile_restore --keystore, which needs "
        "the signer."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the backup, with its manifest.json")
        parser.add_argument("--policy", type=Path, help="for recover_audit_log")
        parser.add_argument("--accept-gap", action="store_true", help="for recover_audit_log")

    def handle(self, *, folder: Path, **options: Any) -> None:
        if not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it makes the tables."
            raise CommandError(msg)
        try:
            kind = backups.read(folder).kind
            url = env.text("KEYSTORE_OWNER_URL" if kind == "keys" else "DATABASE_OWNER_URL")
            manifest = backups.restore(url, folder, kind=kind)
        except backups.BackupError as error:
            msg = f"nothing was restored: {error}"
            raise CommandError(msg) from error
        connections.close_all()
        self.stdout.write(f"restored: {manifest.id} of {manifest.made_at}")
        call_command("prepare", stdout=self.stdout)
        if kind == "keys":
            restored.suspect("restored")  # a copy of an older release brings no lock
            self.stdout.write("the keystore is locked: start the signer, then run")
            self.stdout.write("reconcile_restore --keystore")
            return
        vouching.suspect("restored")  # a dump of an older release brings no lock
        call_command(
            "recover_audit_log", policy=options["policy"], accept_gap=options["accept_gap"],
            stdout=self.stdout, stderr=self.stderr,
        )  # fmt: skip
        call_command("reconcile_restore", stdout=self.stdout)
