"""`manage.py verify_audit_log`: 0 verified, 1 tampered, 2 cannot tell."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from audit.spool import spool
from audit.verify import Fault, Outside, verify


class Command(BaseCommand):
    help = "Verify the audit log, against what is kept outside the database too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--policy", type=Path, help="your own copy of the log's first keys")
        parser.add_argument("--checkpoint", type=Path, action="append", default=[])
        parser.add_argument("--accept-gap", action="store_true")
        parser.add_argument(
            "--database-only", action="store_true", help="leave export folder and spool aside"
        )

    def handle(self, **options: Any) -> None:
        try:
            result = verify(outside=_outside(options))
        except (DatabaseError, OSError) as error:
            self.stderr.write(f"cannot tell: the log can not be read ({type(error).__name__})")
            sys.exit(2)
        if result.fault:
            self.stderr.write(f"TAMPERED: {_said(result.fault)}")
            sys.exit(1)
        if result.doubt:
            self.stderr.write(f"CANNOT TELL: {_said(result.doubt)}")
            sys.exit(2)
        self.stdout.write(
            f"verified: {result.entries} entries, {result.members} members; a tree of"
            f" {result.size}, signed up to {result.sealed}"
        )


def _said(fault: Fault) -> str:
    place = "" if fault.index is None else f" at index {fault.index}"
    entry = f" (entry {fault.entry})" if fault.entry else ""
    return f"{fault.kind}{place}{entry}: {fault.detail}"


def _outside(options: dict[str, Any]) -> Outside:
    paths, spools = list(options["checkpoint"]), []
    if not options["database_only"]:
        exported = Path(settings.CUSTODE_AUDIT_FOLDER) / "export" / "checkpoints"
        paths += sorted(exported.glob("*.note"))
        spools = spool.files()
    return Outside(
        policy=options["policy"].read_text() if options["policy"] else "",
        checkpoints=[path.read_bytes() for path in paths],
        spools=spools,
        accepts_gap=options["accept_gap"],
    )
