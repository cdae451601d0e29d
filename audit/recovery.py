"""After a restore: the log is made whole again from the export folder, or a gap is declared.

Follows docs/spec/audit-log.md, section 12. Everything is one transaction of the owner. What comes
from the folder is believed only if its tree has the root of a checkpoint that the log's keys
signed; then tiles and head are made again from the leaves, and what was signed and is known from
elsewhere, by the signer itself too, has to be in that tree.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from audit import counting, log, status
from audit.actions import Action
from audit.anchors.folder import ExportFolder, FolderError, Segment, places
from audit.restoring import Restorer
from audit.sequencer import BATCH, GROW, Frontier
from audit.signing import State
from audit.verifier import note, policy
from audit.verifier.policy import Keyring, Signed
from audit.verifier.verdict import CannotTellError, TamperedError
from governance.policy import actors
from governance.rows import rows

HEAD = "SELECT size, epoch, halted FROM audit.head FOR UPDATE"
LEAVES = "SELECT leaf_hash FROM audit.leaf WHERE seq >= %s ORDER BY seq LIMIT %s"
KEYS = "SELECT vkey, time_vkey, introduction FROM audit.signing_key ORDER BY n"
MOVE = """
UPDATE audit.head
SET size = %s, root = %s, epoch = %s, drained_at = clock_timestamp(), halted = NULL
"""
# A log made whole says nothing about the people who were erased since (docs/spec/erasure.md, 9).
LOCK = "UPDATE custode.witness SET pending = 'recovered'"
PLACE = """
WITH taken AS (
    DELETE FROM audit.queue WHERE id = ANY(coalesce(%s, ARRAY(SELECT id FROM audit.queue)))
    RETURNING id, month, leaf_hash, wseq
), placed AS (
    INSERT INTO audit.leaf (seq, id, month, leaf_hash)
    SELECT %s + row_number() OVER (ORDER BY wseq) - 1, id, month, leaf_hash FROM taken
    RETURNING seq, leaf_hash
)
SELECT leaf_hash FROM placed ORDER BY seq
"""
CONTROLLERS = """
SELECT DISTINCT controller_id FROM audit.entry WHERE controller_id IS NOT NULL ORDER BY 1
"""


class RecoveryError(RuntimeError):
    """The log was not changed; the text says why."""


class LossError(RecoveryError):
    """Entries that were signed are nowhere any more.

    Attributes
    ----------
    known : entries that were signed
    kept : entries up to which the log is what was signed
    """

    def __init__(self, known: int, kept: int) -> None:
        self.known, self.kept = known, kept
        super().__init__(f"{known} entries were signed, and only {kept} of them can be shown")


@dataclass(frozen=True)
class Outcome:
    """What a recovery did.

    Attributes
    ----------
    before, size : leaves before it, and with what was restored
    returned : entries that got another place
    known, kept : entries that were signed, and up to which the log is what was signed
    epoch : of the log from now on
    changed : False where nothing was wrong
    """

    before: int
    size: int
    returned: int
    known: int
    kept: int
    epoch: int
    changed: bool

    @property
    def has_gap(self) -> bool:
        """Whether entries were declared lost."""
        return self.known > self.kept


def recover(
    folder: ExportFolder,
    *,
    now: datetime,
    signer: State | None = None,
    policy: str = "",
    accepts_gap: bool = False,
    using: str = "default",
) -> Outcome:
    """Make the log whole again.

    Arguments
    ---------
    signer : what the signer signed last, if its folder can be read here
    policy : the first keys of the log; without it those of the database, or of the folder
    accepts_gap : declare what can not be restored as lost, and begin a new epoch
    using : a connection of the owner

    Raises
    ------
    LossError
        entries are gone for good, and nobody accepted that
    RecoveryError
        what there is does not fit together
    """
    try:
        with transaction.atomic(using=using, durable=True):
            work = _Recovery(folder, policy=policy, using=using)
            return work.run(signer, now=now, accepts_gap=accepts_gap)
    except (FolderError, TamperedError, CannotTellError) as error:
        raise RecoveryError(str(error)) from error


class _Recovery:
    """One recovery under way."""

    def __init__(self, folder: ExportFolder, *, policy: str, using: str) -> None:
        self._folder, self._policy, self._using = folder, policy, using
        self._restorer = Restorer(using)
        self._tree = Frontier()

    def run(self, signer: State | None, *, now: datetime, accepts_gap: bool) -> Outcome:
        """Do it."""
        before, epoch, halted = self._rows(HEAD)[0]
        segments = self._whole_segments()
        keyring = self._keyring()
        notes = self._folder.notes("checkpoints")
        exported = [keyring.open(raw) for raw in notes]
        known = [*exported, *self._held(keyring, signer)]
        epoch = max([epoch, *(c.epoch for c in known)])
        reach = segments[-1].end if segments else 0
        base = max((c for c in exported if c.size <= reach), key=_place_of, default=None)
        returned = self._import(segments, base.size) if base else None
        roots = self._rebuild({c.size for c in known})
        if base and roots.get(base.size) != base.root:
            msg = f"the export folder does not give the root that was signed for {base.size}"
            raise RecoveryError(msg)
        last, kept = self._judge([c for c in known if c.epoch == epoch], roots, base)
        if last > kept and not accepts_gap:
            raise LossError(last, kept)
        outcome = Outcome(
            before=before, size=self._tree.size, returned=returned or 0, known=last, kept=kept,
            epoch=epoch + (last > kept),
            changed=returned is not None or last > kept or halted is not None,
        )  # fmt: skip
        self._restorer.finish(zip(exported, notes, strict=True))
        self._resume(outcome, now=now)
        return outcome

    def _whole_segments(self) -> list[Segment]:
        """Return the segments up to the first that is not what its name says."""
        whole = []
        for segment in self._folder.segments():
            if not segment.is_whole():
                break
            whole.append(segment)
        return whole

    def _keyring(self) -> Keyring:
        """Return the keys of the log, and put those back that the database does not have."""
        keys = self._rows(KEYS)
        policies = self._folder.notes("keys", "policy-*.txt")
        text = self._policy
        if not text and keys:
            text = policy.written(*keys[0][:2])
        if not text and policies:
            text = policies[0].decode()
        keyring = Keyring.parse(text)
        found = {_number(raw): raw for raw in (row[2].encode() for row in keys[1:])}
        found |= {_number(raw): raw for raw in self._folder.notes("keys")}
        introductions = [raw for _, raw in sorted(found.items())]
        keyring.follow(introductions)
        self._restorer.keys(text, introductions)
        return keyring

    def _held(self, keyring: Keyring, signer: State | None) -> Iterator[Signed]:
        """Return the newest checkpoint of the database, and what the signer knows of its own."""
        if sealed := status.newest(using=self._using):
            yield keyring.open(sealed.note.encode())
        if signer and signer.size:
            yield Signed(signer.epoch, signer.size, signer.root, 0, "")

    def _import(self, segments: Iterable[Segment], size: int) -> int | None:
        """Put into the log what the folder has and it has not.

        Returns
        -------
        How many entries lost their place; None where nothing was missing.
        """
        own, returned = self._leaves(), None
        for place in (p for segment in segments for p in places(segment)):
            if place.index >= size:
                break
            if returned is None and next(own, None) != place.leaf:
                returned = self._restorer.take_back(place.index)
            self._restorer.put(place, is_missing=returned is not None)
        self._restorer.flush()
        return returned

    def _rebuild(self, sizes: set[int]) -> dict[int, bytes]:
        """Make the tiles again from the leaves; return the roots at some sizes."""
        self._restorer.drop_tiles()
        roots, waiting, batch = {0: self._tree.root()}, sorted(sizes - {0}), list[bytes]()
        for leaf in self._leaves():
            batch.append(leaf)
            reached = self._tree.size + len(batch)
            if len(batch) == BATCH or (waiting and reached == waiting[0]):
                self._grow(batch)
                batch = []
            if waiting and reached == waiting[0]:
                roots[waiting.pop(0)] = self._tree.root()
        self._grow(batch)
        return roots

    @staticmethod
    def _judge(
        known: Sequence[Signed], roots: dict[int, bytes], base: Signed | None
    ) -> tuple[int, int]:
        """Return how many entries were signed, and up to which the log is what was signed."""
        kept = max((c.size for c in known if roots.get(c.size) == c.root), default=0)
        last = max((c.size for c in known if roots.get(c.size) != c.root), default=0)
        for c in known:
            if base and c.size <= base.size and roots[c.size] != c.root:
                msg = f"two trees of this log were signed: they differ at {c.size} entries"
                raise RecoveryError(msg)
        return max(last, kept), kept

    def _resume(self, outcome: Outcome, *, now: datetime) -> None:
        """Let the log go on, and let it say what happened, for each controller."""
        self._move(outcome.epoch)
        controllers = [controller for (controller,) in self._rows(CONTROLLERS)]
        if outcome.has_gap:
            counts = {"known": outcome.known, "kept": outcome.kept}
            said = [self._say(Action.LOG_GAP, c, counts, now) for c in controllers]
            self._sequence(said)
        if outcome.changed:
            counts = {
                "from": outcome.before, "to": outcome.size, "returned": outcome.returned,
            }  # fmt: skip
            with connections[self._using].cursor() as cursor:
                cursor.execute(LOCK)
            for controller in controllers:
                self._say(Action.LOG_RESTORED, controller, counts, now)
            # What waits may be days old, and must not come after a checkpoint of today.
            self._sequence(None)
        self._move(outcome.epoch)

    def _say(self, action: Action, controller: UUID, counts: dict[str, int], now: datetime) -> UUID:
        event = log.Event(
            action=action,
            purpose=counting.PURPOSE,
            object_type=counting.RECORD,
            object_id=controller,
            counts=counts,
        )
        return log.record(actors.system(controller), event, now=now, using=self._using).id

    def _sequence(self, ids: list[UUID] | None) -> None:
        """Give places to some of what waits, or to all of it."""
        self._grow([bytes(leaf) for (leaf,) in self._rows(PLACE, [ids, self._tree.size])])

    def _grow(self, leaves: Iterable[bytes]) -> None:
        grown = self._tree.extend(leaves)
        with connections[self._using].cursor() as cursor:
            cursor.executemany(GROW, grown)

    def _move(self, epoch: int) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.execute(MOVE, [self._tree.size, self._tree.root(), epoch])

    def _leaves(self) -> Iterator[bytes]:
        start = 0
        while block := self._rows(LEAVES, [start, BATCH]):
            yield from (bytes(leaf) for (leaf,) in block)
            start += len(block)

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return rows(sql, parameters, using=self._using)


def _place_of(signed: Signed) -> tuple[int, int]:
    return signed.epoch, signed.size


def _number(raw: bytes) -> int:
    """Return the number of the key that a note introduces."""
    try:
        return note.KeyRoll.parse(note.split_note(raw)[0]).n
    except note.NoteError as error:
        raise RecoveryError(f"a key note can not be read: {error}") from error
