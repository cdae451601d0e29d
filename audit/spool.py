"""The writer's own memory of what it committed, outside the database.

Before a checkpoint covers an entry, a superuser of the database could remove it without a
trace. So each process appends to a file of the day, for every entry:

    P <id> <leaf hash> <time>      before the commit
    C <id> <time>                  after it

Hashes, random ids and Unix times only. `reconcile` of the verifier asks that each entry with a
C is in the tree; a P without a C is a transaction that was undone, or a process that died in
between. A line is one write of less than a page to a file opened for appending, so processes
share a file. The file is not flushed to the disk: it answers for people, not for power cuts.
"""

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import UUID

from django.conf import settings

KEPT = timedelta(days=40)
PARTS = 3  # of a line `C <id> <time>`
logger = logging.getLogger(__name__)


class Spool:
    """The spool in one folder; a file a day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._open: tuple[str, int, int] | None = None  # day, process, descriptor

    def pending(self, entry: UUID, leaf: str, *, now: datetime) -> None:
        """Note that an entry is about to be committed; if this fails, so must the operation."""
        os.write(self._file(now), f"P {entry.hex} {leaf} {int(now.timestamp())}\n".encode())

    def committed(self, entry: UUID, *, now: datetime) -> None:
        """Note that an entry was committed; a full disk is told and stops nothing any more."""
        try:
            os.write(self._file(now), f"C {entry.hex} {int(now.timestamp())}\n".encode())
        except OSError as error:
            logger.error("the spool of the audit log can not be written: %s", error.strerror)  # noqa: TRY400 - no values in logs

    def files(self) -> list[Path]:
        """Return the files, oldest first."""
        return sorted(self._folder.glob("*.spool"))

    def forget(self, *, now: datetime, is_sealed: Callable[[list[UUID]], bool]) -> list[str]:
        """Remove files older than forty days whose entries are all under a checkpoint.

        Arguments
        ---------
        is_sealed : whether entries, by their ids, are all under a checkpoint

        Returns
        -------
        Names of the files that were removed. One that names an entry without a place stays: it is
        the evidence that something is missing.
        """
        removed = []
        for path in self.files():
            is_old = path.stem < f"{now - KEPT:%Y-%m-%d}"
            if is_old and is_sealed(_committed(path)):
                path.unlink()
                removed.append(path.name)
        return removed

    def _file(self, now: datetime) -> int:
        day = f"{now:%Y-%m-%d}"
        with self._lock:
            if self._open is None or self._open[:2] != (day, os.getpid()):
                if self._open is not None and self._open[1] == os.getpid():
                    os.close(self._open[2])
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path = self._folder / f"{day}.spool"
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
                self._open = (day, os.getpid(), os.open(path, flags, 0o600))
            return self._open[2]


def _committed(path: Path) -> list[UUID]:
    """Return the entries that were committed; a line that a crash cut off is none."""
    lines = (line.split(b" ") for line in path.read_bytes().split(b"\n"))
    return [UUID(line[1].decode()) for line in lines if line[0] == b"C" and len(line) == PARTS]


spool = Spool(Path(settings.CUSTODE_AUDIT_FOLDER) / "spool")
