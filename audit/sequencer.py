"""The sequencer: gives committed entries their places in the tree.

Follows docs/spec/audit-log.md, section 6.

    python -m audit.sequencer

A process of its own with the sequencer's connection (DATABASE_SEQUENCER_URL) and nothing else: no
Django, no keys. Any number of instances may run. The lock on the head row lets one work at a time,
and a batch is one transaction, so that a crash leaves either all of it or nothing.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from audit import process
from audit.verifier import tree

BATCH = 5000
IDLE = 0.1  # seconds between two looks at an empty queue
ALIVE = timedelta(seconds=10)  # how old `drained_at` may become while there is nothing to do
logger = logging.getLogger(__name__)

HEAD = """
SELECT size, root, drained_at, clock_timestamp() FROM audit.head
WHERE halted IS NULL FOR UPDATE SKIP LOCKED
"""
TAKE = """
WITH taken AS (
    DELETE FROM audit.queue
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM audit.queue ORDER BY wseq LIMIT %(limit)s))
    RETURNING id, month, leaf_hash, wseq
), placed AS (
    INSERT INTO audit.leaf (seq, id, month, leaf_hash)
    SELECT %(size)s + row_number() OVER (ORDER BY wseq) - 1, id, month, leaf_hash FROM taken
    RETURNING seq, leaf_hash
)
SELECT leaf_hash FROM placed ORDER BY seq
"""
GROW = """
INSERT INTO audit.tile AS t (level, n, hashes) VALUES (%s, %s, %s)
ON CONFLICT (level, n) DO UPDATE SET hashes = t.hashes || EXCLUDED.hashes
"""
MOVE = "UPDATE audit.head SET size = %s, root = %s, drained_at = coalesce(%s, drained_at)"


@dataclass(frozen=True)
class Batch:
    """What one call of `Sequencer.batch` did.

    Attributes
    ----------
    count : leaves that were placed
    is_ours : False where another instance held the head, or the log is halted
    """

    count: int
    is_ours: bool = True


class Frontier:
    """The last tile of every level: all that is needed to extend the tree and to know its root."""

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self._last: dict[int, tuple[int, bytearray]] = {}

    @classmethod
    def load(cls, connection: psycopg.Connection[Any], size: int) -> "Frontier":
        """Return the frontier of the stored tree of `size` leaves."""
        frontier, count, level = cls(size), size, 0
        while count:
            n, width = divmod(count, tree.WIDTH)
            hashes = bytearray()  # the next tile, where the last one is full
            if width:
                found = connection.execute(
                    "SELECT hashes FROM audit.tile WHERE level = %s AND n = %s", [level, n]
                ).fetchone()
                hashes += found[0] if found else b""
                if len(hashes) != width * tree.HASH_BYTES:
                    msg = f"tile {level}/{n} does not fit the head: the tree is damaged"
                    raise LogDamagedError(msg)
            frontier._last[level] = (n, hashes)
            count, level = n, level + 1
        return frontier

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Append leaf hashes; return what has to be appended to tiles, as (level, n, hashes)."""
        grown: dict[tuple[int, int], bytearray] = defaultdict(bytearray)
        for leaf in leaves:
            self.size += 1
            node, level = leaf, 0
            while True:
                n, hashes = self._last.setdefault(level, (0, bytearray()))
                hashes += node
                grown[level, n] += node
                if len(hashes) < tree.WIDTH * tree.HASH_BYTES:
                    break
                node = tree.complete_root(bytes(hashes))
                self._last[level] = (n + 1, bytearray())
                level += 1
        return [(level, n, bytes(hashes)) for (level, n), hashes in grown.items()]

    def root(self) -> bytes:
        """Return the root of the tree."""
        return tree.root_at(self.size, tree.node_in_tiles(self._tile))

    def _tile(self, level: int, n: int) -> bytes:
        held, hashes = self._last[level]
        if held != n:
            raise KeyError((level, n))
        return bytes(hashes)


class LogDamagedError(RuntimeError):
    """Head and tiles contradict each other; nothing is sequenced on top of it."""


class Sequencer:
    """Takes batches from the queue on one connection."""

    def __init__(self, connection: psycopg.Connection[Any], *, limit: int = BATCH) -> None:
        self._connection = connection
        self._limit = limit
        self._frontier: Frontier | None = None

    def batch(self) -> Batch:
        """Give places to at most `limit` entries, in one transaction.

        Raises
        ------
        LogDamagedError
            the tiles do not belong to the head
        """
        try:
            with self._connection.transaction():
                return self._batch()
        except BaseException:
            self._frontier = None  # what it holds was not committed
            raise

    def _batch(self) -> Batch:
        head = self._connection.execute(HEAD).fetchone()
        if head is None:
            return Batch(0, is_ours=False)
        size, root, drained_at, now = head
        taken = self._connection.execute(TAKE, {"limit": self._limit, "size": size}).fetchall()
        leaves = [leaf for (leaf,) in taken]
        drained = now if len(leaves) < self._limit else None
        if leaves:
            self._grow(size, root, leaves=leaves, drained=drained)
        elif now - drained_at > ALIVE:
            self._connection.execute(MOVE, [size, root, drained])
        return Batch(len(leaves))

    def _grow(
        self, size: int, root: bytes, *, leaves: list[bytes], drained: datetime | None
    ) -> None:
        frontier = self._frontier
        if frontier is None or frontier.size != size:
            frontier = Frontier.load(self._connection, size)
            if frontier.root() != root:
                msg = "the head's root is not that of its tiles"
                raise LogDamagedError(msg)
        self._frontier = frontier
        grown = frontier.extend(leaves)
        with self._connection.cursor() as cursor:
            cursor.executemany(GROW, grown)
            cursor.execute(MOVE, [frontier.size, frontier.root(), drained])


def drain(connection: psycopg.Connection[Any]) -> int:
    """Sequence until the queue is empty; return how many leaves were placed."""
    sequencer, count = Sequencer(connection), 0
    while True:
        batch = sequencer.batch()
        count += batch.count
        if batch.is_ours and not batch.count:
            return count
        if not batch.is_ours:
            time.sleep(IDLE)


def run(connect: Callable[[], psycopg.Connection[Any]], stop: process.Stop) -> None:
    """Sequence until `stop`; a lost connection is made again."""
    while not stop.is_set():
        try:
            with connect() as connection:
                sequencer = Sequencer(connection)
                while not stop.is_set():
                    if sequencer.batch().count < BATCH:
                        stop.wait(IDLE)
        except (psycopg.Error, LogDamagedError) as error:
            logger.error("nothing is sequenced: %s", process.reason(error))  # noqa: TRY400 - no values in logs
            stop.wait(1)


if __name__ == "__main__":
    process.start("sequencer")
    run(process.connector("DATABASE_SEQUENCER_URL"), process.Stop.on_signals())
