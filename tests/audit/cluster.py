"""An installation of its own with everything `manage.py serve` runs, to be killed piece by piece.

What is found dead is started again at once: the pauses of the product's supervisor would make a
campaign take hours.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import psutil
import psycopg

from audit import tasks
from governance import env, provision
from governance.embedded.children import Child, Command, wait_until_ready
from governance.embedded.state import addresses
from tests.audit.calling import Caller, Got
from tests.audit.server import PATIENCE, OwnServer

KEEPERS = {"sequencer": 2, "signer": 1}
LOAD = {"web": 1, "worker": 1, "writer": 2}
SYSTEMS = 3
TARGETS = (
    "writer", "web", "web worker", "worker", "sequencer", "signer", "backend", "postmaster",
)  # fmt: skip
ENDLESS = 10**9
BACKENDS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE usename ~ '^custode_' AND backend_type = 'client backend'"
)


class Installation(OwnServer):
    """The servers and processes of one installation, and what its clients got."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.variables |= {**addresses("127.0.0.1", self.port), "PYTHONUNBUFFERED": "1"}
        self._broker: Child | None = None
        self.written: dict[UUID, str] = {}
        self.got = Got()
        self.people: list[str] = []  # each has an order before the load begins
        self.session = ""  # of an agent who has logged in
        self._wanted = dict(KEEPERS)
        self._children: dict[str, list[Child]] = {}
        self._callers: list[Caller] = []
        self._seed = 0

    def start(self) -> None:
        """Make the installation and start everything but the load."""
        super().start()
        broker = self.state.broker()
        self._broker = broker.launch(_ignore)
        wait_until_ready(self._broker, broker.is_ready, patience=PATIENCE)
        self.tend()

    def begin(self, load: Mapping[str, int] = LOAD) -> None:
        """Start the load: systems that call, and writers with entries of their own."""
        command = [sys.executable, "-m", "tests.audit.population", str(SYSTEMS)]
        said = subprocess.run(
            command, env=self.variables, cwd=env.PROJECT, check=True, stdout=subprocess.PIPE
        ).stdout
        made = json.loads(said)
        self.people, self.session = made["people"], made["session"]
        self._wanted |= load
        for secret in made["secrets"]:
            caller = Caller(self.port, secret, self.people, self.got)
            caller.start()
            self._callers.append(caller)

    def tend(self) -> None:
        """Start again what is dead."""
        if self.server is None or self.server.exit_status() is not None:
            self.serve()
        for name, count in self._wanted.items():
            alive = []
            for child in self._children.get(name, []):
                if child.exit_status() is None:
                    alive.append(child)
                else:
                    child.kill()  # what is left of its group
            alive += [self._launch(name) for _ in range(count - len(alive))]
            self._children[name] = alive

    def wake(self, task: Any = tasks.count_entries) -> None:
        """Give the worker something to write."""
        import kombu

        with kombu.Connection(self.variables["CELERY_BROKER_URL"]) as broker:
            task.apply_async(connection=broker)

    def end_load(self) -> None:
        """Stop everything that appends; what was begun may still be committed."""
        for caller in self._callers:
            caller.stop()
        for name in LOAD:
            self._wanted.pop(name, None)
            for child in self._children.pop(name, []):
                child.kill()

    def kill(self, target: str, chance: random.Random) -> bool:
        """Kill one process of a kind without warning; say whether there was one."""
        pids = self._victims(target)
        if not pids:
            return False
        try:
            os.kill(chance.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def progress(self) -> tuple[int, ...]:
        """Receipts so far of the writers and of the systems, and the orders these placed."""
        return len(self.written), len(self.got.receipts), len(self.got.orders)

    def is_settled(self) -> bool:
        """Whether nobody appends any more, and all that was committed has its place and is signed."""
        with self.cluster.connect(provision.PREFIX) as superuser:
            row = superuser.execute(
                "SELECT (SELECT count(*) FROM audit.queue), size - (SELECT max(size) FROM"
                " audit.checkpoint), (SELECT count(*) FROM pg_stat_activity WHERE usename IN"
                " ('custode_app', 'custode_auditor')) FROM audit.head"
            ).fetchone()
        return row == (0, 0, 0)

    def settle(self, until: Callable[[], bool], what: str) -> None:
        """Tend until something is true."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self.tend()
            with contextlib.suppress(psycopg.OperationalError):  # the server is coming back
                if until():
                    return
            assert time.monotonic() < deadline, f"{what}: it did not happen; {self._tails()}"
            time.sleep(0.1)

    def verify(self) -> subprocess.CompletedProcess[str]:
        """Run the product's own verification, with export folder and spool."""
        return self.manage("verify_audit_log")

    def stop(self) -> None:
        """Stop everything and remove every trace of it."""
        for caller in self._callers:
            caller.stop()
        for children in self._children.values():
            for child in children:
                child.kill()
        if self._broker:
            self._broker.stop()
        super().stop()

    def _victims(self, target: str) -> list[int]:
        if target == "postmaster":
            return [self.server.pid] if self.server else []
        if target == "backend":
            with contextlib.suppress(psycopg.OperationalError):
                with self.cluster.connect(provision.PREFIX) as superuser:
                    return [int(str(pid)) for (pid,) in superuser.execute(BACKENDS)]
            return []
        kind = "web" if target == "web worker" else target
        pids = [child.pid for child in self._children[kind] if child.exit_status() is None]
        below = [below for pid in pids for below in _below(pid)]
        if target == "web worker":
            return below
        return pids + below if target == "worker" else pids

    def _launch(self, name: str) -> Child:
        self._seed += 1
        arguments = {
            "sequencer": ("audit.sequencer",),
            "signer": ("audit.signer", "--interval", "0.2"),
            "web": ("gunicorn", "governance.wsgi", "--bind", f"127.0.0.1:{self.port}",
                    "--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"),
            "worker": ("celery", "--quiet", "-A", "governance", "worker", "--concurrency", "2",
                       "--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
            "writer": ("tests.audit.writing", self.variables["DATABASE_URL"], str(self._seed),
                       str(ENDLESS)),
        }[name]  # fmt: skip
        command = Command(name, [sys.executable, "-m", *arguments], self.variables, env.PROJECT)
        return Child(command, self._receive if name == "writer" else _ignore)

    def _receive(self, line: str) -> None:
        name, _, leaf = line.partition(" ")
        if len(leaf) == 64:  # else it died while it wrote
            self.written[UUID(name)] = leaf

    def _tails(self) -> dict[str, tuple[str, ...]]:
        return {name: c.tail() for name, children in self._children.items() for c in children}


def _below(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ignore(_line: str) -> None:
    pass
