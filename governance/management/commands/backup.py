"""`manage.py backup main|keys --to DIR` copies a database; `expire` destroys copies of the keys."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from governance import backups as files
from governance import env
from governance.crypto import copies, lines
from registry import backups


class Command(BaseCommand):
    help = (
        "Copy a database into a folder of its own, with a manifest. A main backup holds no key. "
        "Copies of the keystore are registered: while one is there, no erasure is in every byte. "
        "`noted` is for main backups that other tools made (pg_basebackup, PITR)."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        main = what.add_parser("main", help="the main database")
        main.add_argument("--to", type=Path, required=True, help="folder of the backups")
        keys = what.add_parser("keys", help="the keystore, as its owner")
        keys.add_argument("--to", type=Path, required=True, help="never where main backups are")
        expire = what.add_parser("expire", help="overwrite and remove copies of the keystore")
        expire.add_argument("--all", action="store_true", help="also those that are not due yet")
        gone = what.add_parser("gone", help="a copy of the keystore was destroyed by hand")
        gone.add_argument("id", type=UUID)
        noted = what.add_parser("noted", help="a backup of another tool is whole")
        noted.add_argument("--begun", type=_moment, required=True, help="ISO 8601, with zone")
        noted.add_argument("--finished", type=_moment, required=True, help="the same")

    def handle(self, *, what: str, **options: Any) -> None:
        if what not in {"main", "noted"} and not settings.AS_OWNER:
            msg = "Run this with CUSTODE_DATABASE_ROLE=owner: it reads and registers wrapped keys."
            raise CommandError(msg)
        try:
            getattr(self, f"_{what}")(**options)
        except (files.BackupError, copies.CopyError, OSError) as error:
            raise CommandError(str(error)) from error

    def _main(self, *, to: Path, **_options: Any) -> None:
        _apart(to, from_kind="keys")
        url = env.text("DATABASE_BACKUP_URL")
        backup = backups.begin(now=timezone.now())
        made = files.dump(url, to, kind="main", ledger=lines.newest(), backup_id=backup)
        backups.finish(backup, now=timezone.now())
        self.stdout.write(f"backed up: {made}")

    def _keys(self, *, to: Path, **_options: Any) -> None:
        _apart(to, from_kind="main")
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy = copies.begin(to.resolve(), now=timezone.now())
        made = files.dump(
            env.text("KEYSTORE_OWNER_URL"), to, kind="keys", ledger=copy.ledger, backup_id=copy.id
        )
        self.stdout.write(f"copied: {made}, until {copy.expires_at:%Y-%m-%d}")

    def _expire(self, *, all: bool, **_options: Any) -> None:  # noqa: A002 - the option's name
        missing = []
        for copy in copies.standing():
            if not all and copy.expires_at > timezone.now():
                continue
            found = list(copy.place.glob(f"*{copy.id}*"))
            for folder in found:
                files.remove(folder)
            if found:
                copies.gone(copy.id)
                self.stdout.write(f"destroyed: {copy.id}")
            else:
                missing.append(str(copy.id))
        if missing:
            msg = f"not where they were made: {', '.join(missing)} (destroy them, then `gone`)"
            raise copies.CopyError(msg)

    def _gone(self, *, id: UUID, **_options: Any) -> None:  # noqa: A002 - the option's name
        copies.gone(id)
        self.stdout.write("noted")

    def _noted(self, *, begun: datetime, finished: datetime, **_options: Any) -> None:
        if not begun <= finished <= timezone.now():
            msg = "A backup is finished after it began, and not in the future."
            raise CommandError(msg)
        backups.note(begun, finished)
        self.stdout.write("noted")


def _apart(to: Path, *, from_kind: str) -> None:
    """Refuse a folder that holds copies of the other database: together they open everything."""
    if any(to.glob(f"*/{from_kind}.dump")):
        msg = f"{to} holds copies of the other database: keep them apart"
        raise files.BackupError(msg)


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        msg = "an instant such as 2026-05-04T02:00:00+02:00"
        raise argparse.ArgumentTypeError(msg)
    return moment
