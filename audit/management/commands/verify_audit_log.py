"""`manage.py verify_audit_log`: 0 verified, 1 tampered, 2 cannot tell."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from audit.verify import verify


class Command(BaseCommand):
    help = "Re-hash every entry of the audit log and report the first that was changed."

    def handle(self, **_options: Any) -> None:
        try:
            result = verify()
        except DatabaseError as error:
            self.stderr.write(f"cannot tell: the log can not be read ({type(error).__name__})")
            sys.exit(2)
        if result.fault:
            self.stderr.write(f"TAMPERED: entry {result.fault.entry}: {result.fault.kind}")
            sys.exit(1)
        self.stdout.write(f"verified: {result.entries} entries, {result.members} members")
