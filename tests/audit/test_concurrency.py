"""Many writers, two sequencers: nothing lost, nothing twice, no hole."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from audit.sequencer import drain
from audit.verifier import tree
from audit.verify import verify
from tests.audit import writing
from tests.audit.sealing import connection_of, leaves_of, url_of

WRITERS, SEQUENCERS = 32, 2
EACH, PAUSE = 50, 0.3  # transactions of a writer, seconds of a long one
EACH_LONG, PAUSE_LONG = 1000, 5.0
PATIENCE = 60  # seconds until the queue has to be empty, when nobody writes any more


@contextmanager
def sequencers() -> Iterator[list["subprocess.Popen[bytes]"]]:
    variables = {**os.environ, "DATABASE_SEQUENCER_URL": url_of("custode_sequencer")}
    command = [sys.executable, "-m", "audit.sequencer"]
    started = [subprocess.Popen(command, env=variables) for _ in range(SEQUENCERS)]
    try:
        yield started
        assert [process.poll() for process in started] == [None] * SEQUENCERS
    finally:
        for process in started:
            process.terminate()
            process.wait(PATIENCE)


def test_nothing_is_lost_and_nothing_is_twice(
    fresh_database: None, superuser: psycopg.Connection[Any], is_long: bool
) -> None:
    count, pause = (EACH_LONG, PAUSE_LONG) if is_long else (EACH, PAUSE)
    before = superuser.execute("SELECT count(*) FROM audit.entry").fetchone()[0]
    receipts: dict[UUID, str] = {}
    failures: list[Exception] = []

    def write(seed: int) -> None:
        try:
            with connection_of("custode_app") as connection:
                done = dict(writing.written(connection, seed, count=count, pause=pause))
            receipts.update(done)
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(WRITERS)]
    with sequencers():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deadline = time.monotonic() + PATIENCE
        while superuser.execute("SELECT count(*) FROM audit.queue").fetchone() != (0,):
            assert time.monotonic() < deadline, "the queue is not empty"
            time.sleep(0.1)
    assert not failures
    assert 0 < len(receipts) < WRITERS * count  # some were rolled back
    leaves = leaves_of(superuser)  # 0, 1, 2 … without a hole
    placed = dict(superuser.execute("SELECT id, encode(leaf_hash, 'hex') FROM audit.leaf"))
    assert len(placed) == len(leaves) == before + len(receipts)
    assert receipts.items() <= placed.items()
    size, root = superuser.execute("SELECT size, root FROM audit.head").fetchone()
    assert (size, bytes(root)) == (len(leaves), tree.root_of(leaves))
    found = verify()  # links, columns and members too
    assert (found.fault, found.doubt, found.entries) == (None, None, len(leaves))


def test_a_sequencer_starts_where_a_tile_is_full(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    """Killed just there, the next one has no last tile to load, and goes on with the next tile."""
    chance = random.Random(0)
    with connection_of("custode_app") as app, connection_of("custode_sequencer") as sequencer:
        drain(sequencer)
        missing = -len(leaves_of(superuser)) % tree.WIDTH
        for count in (missing, 1, tree.WIDTH - 1, tree.WIDTH + 1):
            for _ in range(count):
                _, said, members = writing.body(chance)
                app.execute(writing.APPEND, [said, members])
            assert drain(sequencer) == count  # each time as if it had just started
    size, root = superuser.execute("SELECT size, root FROM audit.head").fetchone()
    leaves = leaves_of(superuser)
    assert size == len(leaves) == size // tree.WIDTH * tree.WIDTH + 1
    assert bytes(root) == tree.root_of(leaves)
    assert verify().fault is None
