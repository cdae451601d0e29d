"""The order of the leaves: from a queue, or by a cursor over the entries (docs/adr/0009).

Three sequencers behind the same writers, of which some roll back and some stay open for a while:

- ours: `audit.append` puts each entry into a queue, `audit.sequencer` empties it in batches;
- a cursor bounded by the horizon: each entry carries the number of its transaction, and only those
  below every transaction that still runs are read (`pg_snapshot_xmin`), after the last one taken;
- a naive cursor: what has a higher number than the last one taken. It loses entries, since numbers
  are given before transactions commit.

All place leaves, tiles and head in the same tables by the same code, and differ in what they read.
The appending function of the cursors is `audit.append` itself without its INSERT into the queue.
"""

import argparse
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import psycopg
from support import entries, figures, ground

from audit import sequencer
from governance.crypto.ids import uuid7

ROUNDS = 5
WRITERS = 16
APPENDS = 1_600  # per side and round, shared by the writers
ROLLED_BACK, LONG = 0.05, 0.02  # shares of the transactions
LONG_SECONDS = 0.05
HELD_SECONDS = 5.0
BACKLOG = 10_000

PEERS = """
CREATE SCHEMA bench;
CREATE TABLE bench.entry (
    LIKE audit.entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    place bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (month, id)
) PARTITION BY RANGE (month);
CREATE TABLE bench.entry_all PARTITION OF bench.entry DEFAULT;
CREATE INDEX ON bench.entry (at);
CREATE INDEX ON bench.entry (action, at);
CREATE INDEX ON bench.entry (xid, place);
CREATE INDEX ON bench.entry (place);
CREATE TABLE bench.taken (xid xid8 NOT NULL DEFAULT '0', place bigint NOT NULL DEFAULT 0);
INSERT INTO bench.taken DEFAULT VALUES;
GRANT USAGE ON SCHEMA bench TO custode_app, custode_sequencer;
GRANT SELECT ON bench.entry TO custode_sequencer;
GRANT SELECT, UPDATE ON bench.taken TO custode_sequencer;
"""
INTO_QUEUE = (
    "INSERT INTO audit.queue (id, month, leaf_hash, at, wseq)"
    " VALUES (s.id, in_month, leaf, now_at, stamp);"
)
TAKE = """
WITH taken AS (
    SELECT e.id, e.month, e.leaf_hash, e.xid, e.place,
           row_number() OVER (ORDER BY {order}) AS n
    FROM bench.entry AS e
    WHERE {after} ORDER BY {order} LIMIT %(limit)s
), moved AS (
    UPDATE bench.taken SET (xid, place) = (SELECT xid, place FROM taken ORDER BY n DESC LIMIT 1)
    WHERE EXISTS (SELECT FROM taken)
), placed AS (
    INSERT INTO audit.leaf (seq, id, month, leaf_hash)
    SELECT %(size)s + n - 1, id, month, leaf_hash FROM taken
    RETURNING seq, leaf_hash
)
SELECT leaf_hash FROM placed ORDER BY seq
"""
HORIZON = TAKE.format(
    order="e.xid, e.place",
    after="e.xid < pg_snapshot_xmin(pg_current_snapshot())"
    " AND (e.xid, e.place) > ((SELECT xid FROM bench.taken), (SELECT place FROM bench.taken))",
)
NAIVE = TAKE.format(order="e.place", after="e.place > (SELECT place FROM bench.taken)")
APPEND = {"queue": "SELECT audit.append(%s)"} | dict.fromkeys(
    ("horizon", "naive"), "SELECT bench.append(%s)"
)


class Scanner(sequencer.Sequencer):
    """The sequencer over a cursor: the same but for where it reads."""

    take = HORIZON

    def _batch(self) -> sequencer.Batch:
        head = self._connection.execute(sequencer.HEAD).fetchone()
        if head is None:
            return sequencer.Batch(0, is_ours=False)
        size, root, _, now = head
        taken = self._connection.execute(self.take, {"limit": self._limit, "size": size})
        leaves = [leaf for (leaf,) in taken]
        if leaves:
            self._grow(size, root, leaves=leaves, drained=now)
        return sequencer.Batch(len(leaves))


class NaiveScanner(Scanner):
    """As many write it first."""

    take = NAIVE


SEQUENCERS = {"queue": sequencer.Sequencer, "horizon": Scanner, "naive": NaiveScanner}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten times as many appends")
    scale = 10 if parser.parse_args().full else 1
    with ground.installation() as superuser:
        bench = Bench(superuser)
        taken = [bench.round(APPENDS * scale) for _ in range(ROUNDS + 1)][1:]
        bench.show_lost()
        title = f"G3 {WRITERS} writers, placed in the tree: queue / cursor at the horizon"
        figures.show(title, [t["horizon"] / t["queue"] for t in taken], goal=None)
        drained = [bench.drained(BACKLOG * scale) for _ in range(ROUNDS + 1)][1:]
        title = f"a backlog of {BACKLOG * scale} drained: queue / cursor at the horizon"
        figures.show(title, [t["horizon"] / t["queue"] for t in drained], goal=None)
        for side in ("queue", "horizon"):
            bench.show_delay(side)
    figures.end()


class Bench:
    """The sides in one database; what each lost is counted over all rounds."""

    def __init__(self, superuser: ground.Superuser) -> None:
        self.superuser = superuser
        superuser.execute(PEERS)
        superuser.execute(self._append_without_queue())
        self.lost = dict.fromkeys(SEQUENCERS, 0)
        self.wrong = dict.fromkeys(SEQUENCERS, 0)
        self.committed = dict.fromkeys(SEQUENCERS, 0)
        self.random = random.Random(9)  # noqa: S311 - which transactions roll back is no secret

    def round(self, appends: int) -> dict[str, float]:
        """Let each side append as often, and return the seconds until its last leaf."""
        return {side: self._side(side, appends) for side in SEQUENCERS}

    def _side(self, side: str, appends: int) -> float:
        kept: list[Any] = []
        undone: list[Any] = []
        plan = [[self.random.random() for _ in range(appends // WRITERS)] for _ in range(WRITERS)]

        def write(connection: psycopg.Connection[Any], number: int) -> None:
            for chance in plan[number]:
                entry_id = uuid7()
                with connection.transaction() as transaction:
                    connection.execute(APPEND[side], [entries.body(entry_id)], binary=True)
                    if chance < ROLLED_BACK:
                        raise psycopg.Rollback(transaction)
                    if chance > 1 - LONG:
                        time.sleep(LONG_SECONDS)
                (undone if chance < ROLLED_BACK else kept).append(entry_id)

        with Running(side) as running:
            begun = time.perf_counter()
            entries.together(WRITERS, write)
            placed = running.last_placed()
        self._count(side, kept, undone)
        return placed - begun

    def _count(self, side: str, kept: list[Any], undone: list[Any]) -> None:
        placed = self._placed(kept)
        self.committed[side] += len(kept)
        self.lost[side] += len(kept) - placed
        self.wrong[side] += self._placed(undone)

    def _placed(self, ids: list[Any]) -> int:
        found = self.superuser.execute(
            "SELECT count(*) FROM audit.leaf WHERE id = ANY(%s)", [ids]
        ).fetchone()
        return int(str(found[0])) if found else 0

    def show_lost(self) -> None:
        """Print what each side lost, doubled or took back; the tree itself must be dense."""
        dense = self.superuser.execute(
            "SELECT count(*) = max(seq) + 1 AND count(*) = count(DISTINCT id)"
            " AND count(*) = (SELECT size FROM audit.head) FROM audit.leaf"
        ).fetchone()
        for side in SEQUENCERS:
            line = {
                "figure": f"entries lost, {side}",
                "committed": self.committed[side],
                "lost": self.lost[side],
                "rolled back and placed": self.wrong[side],
            }
            print(json.dumps(line))
        if dense != (True,):
            raise SystemExit("the leaves are not dense, or one is there twice")
        for side in ("queue", "horizon"):
            if self.lost[side] or self.wrong[side]:
                raise SystemExit(f"{side} does not place what was committed")

    def drained(self, count: int) -> dict[str, float]:
        """Return the seconds in which each side places a backlog."""
        seconds = {}
        for side in ("queue", "horizon"):
            with entries.connect() as writer, writer.transaction():
                for _ in range(count):
                    writer.execute(APPEND[side], [entries.body(uuid7())], binary=True)
            with entries.connect("DATABASE_SEQUENCER_URL") as connection:
                one = SEQUENCERS[side](connection)
                begun = time.perf_counter()
                placed = 0
                while taken := one.batch().count:
                    placed += taken
                seconds[side] = time.perf_counter() - begun
                if placed != count:
                    raise SystemExit(f"{side} did not place the backlog")
        return seconds

    def show_delay(self, side: str) -> None:
        """Print how long an entry waits for its place while somebody's transaction is idle."""
        for variable, where in (
            ("DATABASE_OWNER_URL", "the same database"),
            ("KEYSTORE_OWNER_URL", "another database of the server"),
        ):
            waits = []
            with entries.connect(variable) as idle, Running(side), entries.connect() as writer:
                idle.execute("BEGIN")
                idle.execute("SELECT pg_current_xact_id()")
                end = threading.Timer(HELD_SECONDS, lambda idle=idle: idle.execute("ROLLBACK"))
                begun = time.perf_counter()
                end.start()
                while time.perf_counter() - begun < HELD_SECONDS:
                    waits.append(self._wait(writer, side))
                end.join()
            line = {
                "figure": f"{side}: one transaction held for {HELD_SECONDS:g} s in {where}",
                "longest wait for a place, seconds": round(max(waits), 2),
                "entries placed meanwhile": len(waits) - (side == "horizon"),
            }
            print(json.dumps(line))

    def _wait(self, writer: psycopg.Connection[Any], side: str) -> float:
        entry_id = uuid7()
        writer.execute(APPEND[side], [entries.body(entry_id)], binary=True)
        begun = time.perf_counter()
        while not self._placed([entry_id]):
            time.sleep(0.01)
        return time.perf_counter() - begun

    def _append_without_queue(self) -> str:
        row = self.superuser.execute(
            "SELECT pg_get_functiondef('audit.append'::regproc)"
        ).fetchone()
        text = str(row[0]) if row else ""
        for old, new in (
            ("FUNCTION audit.append(", "FUNCTION bench.append("),
            ("INSERT INTO audit.entry (", "INSERT INTO bench.entry ("),
            (INTO_QUEUE, ""),
        ):
            if text.count(old) != 1:
                raise SystemExit(f"audit.append has changed: {old}")
            text = text.replace(old, new)
        return text


class Running:
    """A sequencer at work in a thread, as `audit.sequencer.run` does, while the block runs."""

    def __init__(self, side: str) -> None:
        self._make: Callable[..., sequencer.Sequencer] = SEQUENCERS[side]
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._last = 0.0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def last_placed(self) -> float:
        """Wait until there is nothing left to place; return when the last leaf was."""
        for _ in range(2):  # the first look may have begun before the last commit
            self._idle.clear()
            self._idle.wait()
        return self._last

    def _run(self) -> None:
        with entries.connect("DATABASE_SEQUENCER_URL") as connection:
            one = self._make(connection)
            while not self._stop.is_set():
                count = one.batch().count
                if count:
                    self._last = time.perf_counter()
                else:
                    self._idle.set()
                if count < sequencer.BATCH:
                    self._stop.wait(sequencer.IDLE)


if __name__ == "__main__":
    main()
