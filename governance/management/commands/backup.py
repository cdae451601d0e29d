"""`manage.py backup main --to DIR` copies the main database; `noted` says that others did."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from governance import backups as files
from governance import env
from governance.crypto import lines
from registry import backups


class Command(BaseCommand):
    help = (
        "Copy the main database under custode_backup into a folder of its own, with a manifest. "
        "It holds no key. `noted` is for backups that other tools made (pg_basebackup, PITR)."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        main = what.add_parser("main", help="the main database")
        main.add_argument("--to", type=Path, required=True, help="folder of the backups")
        noted = what.add_parser("noted", help="a backup of another tool is whole")
        noted.add_argument("--begun", type=_moment, required=True, help="ISO 8601, with zone")
        noted.add_argument("--finished", type=_moment, required=True, help="the same")

    def handle(self, *, what: str, **options: Any) -> None:
        if what == "noted":
            if not options["begun"] <= options["finished"] <= timezone.now():
                msg = "A backup is finished after it began, and not in the future."
                raise CommandError(msg)
            backups.note(options["begun"], options["finished"])
            self.stdout.write("noted")
            return
        url = env.text("DATABASE_BACKUP_URL")
        backup = backups.begin(now=timezone.now())
        try:
            made = files.dump(
                url, options["to"], kind="main", ledger=lines.newest(), backup_id=backup
            )
        except (files.BackupError, OSError) as error:
            msg = f"no backup was made: {error}"
            raise CommandError(msg) from error
        backups.finish(backup, now=timezone.now())
        self.stdout.write(f"backed up: {made}")


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        msg = "an instant such as 2026-05-04T02:00:00+02:00"
        raise argparse.ArgumentTypeError(msg)
    return moment
