"""Which backups of the main database there are (docs/spec/erasure.md, sections 5 and 9)."""

from datetime import datetime, timedelta
from uuid import UUID

from registry.models import Backup

PATIENCE = timedelta(hours=24)


def begin(*, now: datetime) -> UUID:
    """Note that a backup begins, and return its id."""
    return Backup.objects.create(begun_at=now).pk


def finish(backup: UUID, *, now: datetime) -> None:
    """Note that it is whole."""
    Backup.objects.filter(pk=backup, finished_at__isnull=True).update(finished_at=now)


def note(begun_at: datetime, finished_at: datetime) -> UUID:
    """Note a backup that other tools made."""
    return Backup.objects.create(begun_at=begun_at, finished_at=finished_at).pk


def is_there_since(moment: datetime) -> bool:
    """Whether a backup that began after `moment` is whole: it has what stood there by then."""
    return Backup.objects.filter(begun_at__gt=moment, finished_at__isnull=False).exists()


def is_awaited(since: datetime, *, now: datetime) -> bool:
    """Whether to wait for a backup of what was sealed anew at `since`: a day at most.

    Where none was ever noted, none would come.
    """
    if now >= since + PATIENCE or not Backup.objects.exists():
        return False
    return not is_there_since(since)
