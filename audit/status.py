"""How the log stands: what waits, what is signed, what is anchored, and what is wrong with it.

Follows docs/spec/audit-log.md, sections 6 to 8. Everything is read, nothing is written: by the
auditor's connection, or, without `count`, by any that may read the tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.rows import rows

WAITS_LONG = timedelta(seconds=10)
UNSIGNED_LONG = timedelta(minutes=10)
UNANCHORED_LONG = timedelta(hours=1)
DIRECTORY = "directory"  # the anchor that is always on
ABOUT_TO = 2  # writes are about to stop at this part of the limit

HEAD = """
SELECT h.size, h.epoch, h.halted, h.drained_at, h.write_limit, q.count, q.oldest
FROM audit.head AS h, (SELECT count(*), min(at) AS oldest FROM audit.queue) AS q
"""
NEWEST = """
SELECT epoch, size, root, note, signed_at FROM audit.checkpoint
WHERE epoch = (SELECT max(epoch) FROM audit.checkpoint) ORDER BY size DESC, signed_at DESC LIMIT 1
"""
FIRST_UNSIGNED = "SELECT id FROM audit.leaf WHERE seq = %s"
ANCHORINGS = """
SELECT DISTINCT ON (anchor) anchor, epoch, size, at FROM audit.anchoring ORDER BY anchor, at DESC
"""
FIRST_UNANCHORED = """
SELECT min(signed_at) FROM audit.checkpoint
WHERE signed_at > coalesce((SELECT max(at) FROM audit.anchoring WHERE anchor = %s), '-infinity')
"""
# One statement, so that all figures are of one moment.
COUNTS = """
SELECT (SELECT count(*) FROM audit.entry), (SELECT count(*) FROM audit.leaf),
       (SELECT count(*) FROM audit.queue), (SELECT count(*) FROM audit.pruned),
       (SELECT count(*) FROM audit.entry AS e
        WHERE NOT EXISTS (SELECT 1 FROM audit.leaf AS l WHERE l.id = e.id)
          AND NOT EXISTS (SELECT 1 FROM audit.queue AS q WHERE q.id = e.id))
"""


@unique
class Alarm(StrEnum):
    """What somebody has to look at, the gravest first."""

    HALTED = "halted"
    INVARIANT_BROKEN = "invariant_broken"
    WRITES_STOPPED = "writes_stopped"
    WRITES_STOPPING = "writes_stopping"
    QUEUE_BEHIND = "queue_behind"
    UNSIGNED = "unsigned"
    UNANCHORED = "unanchored"


TEXTS: dict[Alarm, Promise] = {
    Alarm.HALTED: _("The log is halted: it does not continue what was signed."),
    Alarm.INVARIANT_BROKEN: _("Entries and tree do not agree: something was removed or added."),
    Alarm.WRITES_STOPPED: _("Nothing is recorded, so nothing can be done: the sequencer stands."),
    Alarm.WRITES_STOPPING: _("Recording is about to stop: the sequencer stands."),
    Alarm.QUEUE_BEHIND: _("Entries wait for their place in the tree."),
    Alarm.UNSIGNED: _("The log grew and was not signed for more than ten minutes."),
    Alarm.UNANCHORED: _("What was signed was not copied outside for more than an hour."),
}  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """The newest checkpoint; `note` is its text as it was signed."""

    epoch: int
    size: int
    root: bytes
    note: str
    signed_at: datetime


@dataclass(frozen=True)
class Anchored:
    """What an anchor published last."""

    anchor: str
    epoch: int
    size: int
    at: datetime


@dataclass(frozen=True)
class Counts:
    """How many rows there are; `loose` entries are neither leaf nor queued."""

    entries: int
    leaves: int
    queued: int
    pruned: int
    loose: int

    @property
    def agree(self) -> bool:
        """Whether entries = leaves + queue - pruned, and none is loose."""
        return self.entries == self.leaves + self.queued - self.pruned and not self.loose


@dataclass(frozen=True)
class Status:
    """The log at one moment.

    Attributes
    ----------
    halted : why, or empty
    queue_age : of the oldest entry that waits; None where nothing does
    lag : how long ago everything committed had been sequenced
    write_limit : after how long a wait writes stop; None in an installation without limit
    unsigned_since, unanchored_since : since when the oldest of what should be is not
    counts : None where they were not asked for
    """

    now: datetime
    size: int
    epoch: int
    halted: str
    queued: int
    queue_age: timedelta | None
    lag: timedelta
    write_limit: timedelta | None
    checkpoint: Sealed | None
    unsigned_since: datetime | None
    anchorings: tuple[Anchored, ...]
    unanchored_since: datetime | None
    counts: Counts | None

    @property
    def checkpoint_age(self) -> timedelta | None:
        """How long ago the newest checkpoint was signed."""
        return self.now - self.checkpoint.signed_at if self.checkpoint else None

    @property
    def alarms(self) -> list[Alarm]:
        """What is wrong, the gravest first."""
        on = set(self._alarms())
        return [alarm for alarm in Alarm if alarm in on]

    def _alarms(self) -> Iterator[Alarm]:
        if self.halted:
            yield Alarm.HALTED
        if self.counts and not self.counts.agree:
            yield Alarm.INVARIANT_BROKEN
        waited = self.queue_age or timedelta()
        stands = min(waited, self.lag)  # both: a batch that is being worked on stops nothing
        if self.write_limit and stands > self.write_limit:
            yield Alarm.WRITES_STOPPED
        elif self.write_limit and stands > self.write_limit / ABOUT_TO:
            yield Alarm.WRITES_STOPPING
        if waited > WAITS_LONG:
            yield Alarm.QUEUE_BEHIND
        if self._is_older(self.unsigned_since, UNSIGNED_LONG):
            yield Alarm.UNSIGNED
        if self._is_older(self.unanchored_since, UNANCHORED_LONG):
            yield Alarm.UNANCHORED

    def _is_older(self, since: datetime | None, limit: timedelta) -> bool:
        return since is not None and self.now - since > limit


def read(*, now: datetime, using: str = "auditor", count: bool = True) -> Status:
    """Return how the log stands.

    Arguments
    ---------
    now : what ages are measured to
    count : whether to count all rows too, which takes its time in a large log
    """
    (row,) = rows(HEAD, using=using)
    size, epoch, halted, drained_at, write_limit, queued, oldest = row
    checkpoint = newest(using=using)
    return Status(
        now=now,
        size=size,
        epoch=epoch,
        halted=halted or "",
        queued=queued,
        queue_age=now - oldest if oldest else None,
        lag=now - drained_at,
        write_limit=write_limit,
        checkpoint=checkpoint,
        unsigned_since=_unsigned_since(checkpoint, using=using),
        anchorings=tuple(Anchored(*anchored) for anchored in rows(ANCHORINGS, using=using)),
        unanchored_since=rows(FIRST_UNANCHORED, [DIRECTORY], using=using)[0][0],
        counts=Counts(*rows(COUNTS, using=using)[0]) if count else None,
    )


def newest(*, using: str = "auditor") -> Sealed | None:
    """Return the newest checkpoint, or None before the first."""
    for epoch, size, root, text, signed_at in rows(NEWEST, using=using):
        return Sealed(epoch, size, bytes(root), text, signed_at)
    return None


def _unsigned_since(checkpoint: Sealed | None, *, using: str) -> datetime | None:
    """Return when the first entry beyond the newest checkpoint was made, by its id (UUIDv7)."""
    for (entry_id,) in rows(FIRST_UNSIGNED, [checkpoint.size if checkpoint else 0], using=using):
        return moment_of(entry_id)
    return None


def moment_of(entry_id: UUID) -> datetime:
    """Return the time in an entry's id (RFC 9562, section 5.7), to the millisecond."""
    return datetime.fromtimestamp((entry_id.int >> 80) / 1000, UTC)
