"""Whatever is killed, whenever: what was committed is in the log, once, and the log is signed.

A cluster of its own, durable as in production. Writers, two sequencers, the signer, backends and
the postmaster are killed without warning and started again.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from audit.verifier import note, tree
from governance import env, provision
from governance.embedded.children import Child, wait_until_ready
from governance.embedded.state import StateFolder, environment

KILLS, KILLS_LONG = 24, 200
TARGETS = ("writer", "sequencer", "signer", "backend", "postmaster")
WRITERS = 4
PATIENCE = 120.0  # seconds to settle on a busy machine
ENDLESS = 10**9


class Installation:
    """The processes, each started again when it is found dead."""

    def __init__(self, state: StateFolder) -> None:
        self.state = state
        self.cluster = state.cluster(is_durable=True)
        self.cluster.initialise()
        self.server: Child = self._serve()
        with self.cluster.connect() as superuser:
            provision.provision(superuser, state.secrets)
        self.variables = {**os.environ, **environment(state), "CELERY_BROKER_URL": "memory://"}
        prepare = [sys.executable, str(env.PROJECT / "manage.py"), "prepare"]
        owner = {**self.variables, "CUSTODE_DATABASE_ROLE": "owner"}
        subprocess.run(prepare, env=owner, check=True, stdout=subprocess.DEVNULL)
        self.receipts: dict[UUID, str] = {}
        self.is_writing = True
        self._seed = 0
        self._threads: list[threading.Thread] = []
        self.processes: dict[str, list[subprocess.Popen[str]]] = {
            "writer": [], "sequencer": [], "signer": []
        }  # fmt: skip

    def _serve(self) -> Child:
        child = self.cluster.launch(lambda _line: None)
        wait_until_ready(child, self.cluster.is_ready, patience=PATIENCE)
        return child

    def tend(self) -> None:
        """Start what is not running."""
        if self.server.exit_status() is not None:
            self.server = self._serve()
        wanted = {"writer": WRITERS if self.is_writing else 0, "sequencer": 2, "signer": 1}
        for name, count in wanted.items():
            alive = [p for p in self.processes[name] if p.poll() is None]
            alive += [self._start(name) for _ in range(count - len(alive))]
            self.processes[name] = alive

    def _start(self, name: str) -> "subprocess.Popen[str]":
        self._seed += 1
        url = self.variables["DATABASE_URL"]
        command = {
            "writer": ["tests.audit.writing", url, str(self._seed), str(ENDLESS)],
            "sequencer": ["audit.sequencer"],
            "signer": ["audit.signer", "--interval", "0.2"],
        }[name]
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=self.variables, cwd=env.PROJECT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if name == "writer":
            thread = threading.Thread(target=self._collect, args=(process,))
            thread.start()
            self._threads.append(thread)
        return process

    def _collect(self, process: "subprocess.Popen[str]") -> None:
        """Keep the receipts a writer got through before it died."""
        assert process.stdout
        for line in process.stdout:
            name, _, leaf = line.rstrip("\n").partition(" ")
            if line.endswith("\n") and len(leaf) == 64:
                self.receipts[UUID(name)] = leaf

    def kill(self, target: str, chance: random.Random) -> bool:
        """Kill one process of a kind; say whether there was one."""
        if target == "postmaster":
            os.kill(self.server.pid, signal.SIGKILL)
            return True
        if target == "backend":
            pids = self._backends()
        else:
            pids = [p.pid for p in self.processes[target] if p.poll() is None]
        if not pids:
            return False
        try:
            os.kill(chance.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def _backends(self) -> list[int]:
        try:
            with self.cluster.connect(provision.PREFIX) as superuser:
                rows = superuser.execute(
                    "SELECT pid FROM pg_stat_activity WHERE usename ~ '^custode_'"
                    " AND backend_type = 'client backend'"
                ).fetchall()
        except psycopg.OperationalError:
            return []
        return [int(str(pid)) for (pid,) in rows]

    def stop(self) -> None:
        self.is_writing = False
        for processes in self.processes.values():
            for process in processes:
                process.kill()
                process.wait()
        for thread in self._threads:
            thread.join()
        self.server.stop()


@pytest.fixture
def installation() -> Iterator[Installation]:
    state = StateFolder(Path(tempfile.mkdtemp(prefix="custode-kills-")))
    state.ensure()
    made = Installation(state)
    try:
        yield made
    finally:
        made.stop()
        state.remove()


def settle(until: Callable[[], bool], each: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        each()
        try:
            if until():
                return
        except psycopg.OperationalError:
            pass  # the server is coming back
        assert time.monotonic() < deadline, "it did not settle"
        time.sleep(0.1)


def test_whatever_is_killed(installation: Installation, is_long: bool) -> None:
    wanted = KILLS_LONG if is_long else KILLS
    chance = random.Random()  # what happens when is chance anyhow
    killed: Counter[str] = Counter()
    order = [*TARGETS, *chance.choices(TARGETS, [4, 3, 3, 5, 1], k=10 * wanted)]
    for target in order:
        if killed.total() >= wanted:
            break
        before = len(installation.receipts)
        settle(lambda n=before: len(installation.receipts) > n, installation.tend)  # type: ignore[misc]  # a moment's value
        time.sleep(chance.random() * 0.3)
        killed[target] += installation.kill(target, chance)
    assert killed.total() >= wanted, killed
    assert all(killed[target] for target in TARGETS), killed
    installation.is_writing = False
    for process in installation.processes["writer"]:
        process.kill()
    settle(lambda: is_settled(installation), installation.tend)
    check(installation)


def is_settled(installation: Installation) -> bool:
    """Whether everything that was committed has its place and is signed."""
    with installation.cluster.connect(provision.PREFIX) as superuser:
        row = superuser.execute(
            "SELECT (SELECT count(*) FROM audit.queue), size,"
            " (SELECT max(size) FROM audit.checkpoint) FROM audit.head"
        ).fetchone()
    return bool(row and row[0] == 0 and row[1] == row[2])


def check(installation: Installation) -> None:
    """The invariants of docs/spec/audit-log.md, sections 5 to 7."""
    with installation.cluster.connect(provision.PREFIX) as superuser:
        leaves = superuser.execute(
            "SELECT seq, id, leaf_hash FROM audit.leaf ORDER BY seq"
        ).fetchall()
        entries = dict(superuser.execute("SELECT id, leaf_hash FROM audit.entry").fetchall())
        head = superuser.execute("SELECT size, root, halted FROM audit.head").fetchone()
        notes = superuser.execute("SELECT note FROM audit.checkpoint ORDER BY size").fetchall()
        key = superuser.execute("SELECT vkey, time_vkey FROM audit.signing_key").fetchone()
    hashes = [bytes(leaf) for _, _, leaf in leaves]  # type: ignore[call-overload]  # bytea
    assert [seq for seq, _, _ in leaves] == list(range(len(leaves)))
    assert {entry_id: leaf for _, entry_id, leaf in leaves} == entries
    assert len(entries) == len(leaves)
    placed = {entry_id: leaf.hex() for (_, entry_id, _), leaf in zip(leaves, hashes, strict=True)}
    assert installation.receipts.items() <= placed.items()
    assert head == (len(leaves), tree.root_of(hashes), None)
    assert key
    keys = [note.Key.parse(str(text)) for text in key]
    for (text,) in notes:
        opened = note.open_note(str(text), keys)
        checkpoint = note.Checkpoint.parse(opened.text)
        assert len(opened.signed_by) == 2
        assert checkpoint.root == tree.root_of(hashes[: checkpoint.size])
