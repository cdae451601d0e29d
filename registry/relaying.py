"""Taking the lines of the outbox to the ledger: the keystore first, then the export folder.

Follows docs/spec/erasure.md, section 9. Each step can be repeated: the keystore knows a line by its
number here, a file by its content. A line leaves the outbox when both have it for good.
"""

from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from audit import ledger
from audit.anchors.folder import ExportFolder
from governance.crypto import lines
from governance.rows import rows
from registry.models import OutboxLine

AT_ONCE = 200
ALONE = "SELECT pg_try_advisory_xact_lock(x'63757374'::int, 2)"


def relay(folder: ExportFolder) -> int:
    """Relay what waits, and put into the folder what the keystore added by itself.

    Returns
    -------
    How many lines left the outbox; 0 where another relay is at work.
    """
    moved = 0
    while batch := _batch(folder):
        moved += batch
    return moved


def _batch(folder: ExportFolder) -> int:
    with transaction.atomic():
        if rows(ALONE, using="default") != [(True,)]:
            return 0
        waiting = list(OutboxLine.objects.order_by("pk")[:AT_ONCE])
        for line in waiting:
            lines.note(line.controller_id, line.kind, line.pk, line.body)
        newest = export(folder)
        with connection.cursor() as cursor:
            cursor.execute("SELECT custode.told(%s)", [newest])
        OutboxLine.objects.filter(pk__in=[line.pk for line in waiting]).delete()
    return len(waiting)


def export(folder: ExportFolder) -> int:
    """Write each line of the keystore that has no file; return the newest number."""
    there = ledger.numbers(folder)
    newest, start = max(there, default=0), min(there, default=1)
    while start in there:
        start += 1
    while found := lines.starting(start, limit=AT_ONCE):
        for row in found:
            if row.seq not in there:
                ledger.export(folder, ledger.Written(*row))
        newest = max(newest, found[-1].seq)
        start = found[-1].seq + 1
    return newest


def keep(line: ledger.Written) -> None:
    """Put a line that the keystore has just written into the folder, which outlives both."""
    ledger.export(folder_here(), line)


def folder_here() -> ExportFolder:
    """Return the export folder of this installation."""
    return ExportFolder(Path(settings.CUSTODE_AUDIT_FOLDER) / "export")
