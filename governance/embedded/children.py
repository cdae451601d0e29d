"""Processes that we start, read the output of, and stop.

Custode is the parent of everything it starts and reaps it: where process 1 does not (many
containers), a server that was killed stays in the process table as a zombie, and its lock
file makes the next one refuse to start.

A supervisor that is itself killed leaves its children running. Their ids and start times are
kept in a file, and the next supervisor stops exactly those: an id alone may meanwhile belong
to a stranger.
"""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no annotations

from governance.embedded.accounts import Account
from governance.embedded.errors import EmbeddedError

Sink = Callable[[str], None]
"""Takes one line of a child's output, without its end."""

POLITE = ((signal.SIGTERM, 15.0),)
"""Signals to stop with, each with the seconds it may take; SIGKILL follows the last."""

_TAIL_LINES = 15
_STARTED_TOLERANCE = 2.0  # seconds; the clock that start times count from can be adjusted


@dataclass(frozen=True)
class Command:
    """What to run: the argument list never holds a secret, other users can read it."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop: Sequence[tuple[int, float]] = POLITE


class Child:
    """A running process of ours, in a session of its own so that Ctrl-C reaches only us."""

    def __init__(self, command: Command, sink: Sink) -> None:
        self.command = command
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._sink = sink
        account = command.account
        self._process = subprocess.Popen(
            list(command.argv),
            env=dict(command.env),
            cwd=command.cwd,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def exit_status(self) -> int | None:
        """Return the status the process ended with, or None while it runs; reaps it."""
        return self._process.poll()

    def tail(self) -> tuple[str, ...]:
        """Return the last lines it printed."""
        if self.exit_status() is not None:
            self._reader.join(timeout=1)
        return tuple(self._tail)

    def stop(self) -> None:
        """Stop the process and what is left of its group, politely at first."""
        for number, patience in self.command.stop:
            if self.exit_status() is not None:
                break
            self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        self.kill()

    def kill(self) -> None:
        """Kill the process and its group, and wait until it is gone."""
        # The group lives on as long as one member does, also when its first process is gone.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(timeout=1)

    def _read(self) -> None:
        assert self._process.stdout is not None, "asked for with PIPE"  # noqa: S101 - for mypy
        for raw in self._process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self._tail.append(line)
            # When our own output is closed we read on, or the child would block on a full pipe.
            with contextlib.suppress(OSError, ValueError):
                self._sink(line)


def wait_until_ready(
    child: Child, is_ready: Callable[[], bool], *, patience: float, pause: float = 0.05
) -> None:
    """Wait until a child answers.

    Raises
    ------
    EmbeddedError
        it ended, or `patience` seconds went by; carries the last lines it printed
    """
    deadline = time.monotonic() + patience
    while not is_ready():
        check_alive(child)
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"{child.command.name} did not answer within {patience:.0f} seconds.",
                "Its last lines:",
                log=child.tail(),
            )
        time.sleep(pause)


def check_alive(child: Child) -> None:
    """Raise `EmbeddedError` with the last lines of a child that has ended."""
    status = child.exit_status()
    if status is not None:
        raise EmbeddedError(
            f"{child.command.name} ended with status {status}.", "Its last lines:", log=child.tail()
        )


def is_running(pid: int) -> bool:
    """Say whether a process exists and is no zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def works_in(pid: int, folder: Path) -> bool:
    """Say whether a running process has `folder` as its current folder, as PostgreSQL does."""
    try:
        return is_running(pid) and Path(psutil.Process(pid).cwd()) == folder.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def wait_until_empty(folder: Path, *, patience: float) -> None:
    """Wait until no running process works in `folder`, at most `patience` seconds."""
    deadline = time.monotonic() + patience
    while any(works_in(pid, folder) for pid in psutil.pids()) and time.monotonic() < deadline:
        time.sleep(0.05)


def stop_stranger(pid: int, signals: Sequence[tuple[int, float]]) -> None:
    """Stop a process that is not our child; return when it is gone or a zombie."""
    for number, patience in (*signals, (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not is_running(pid):
                return
            time.sleep(0.05)


class Ledger:
    """The file that remembers which processes a supervisor started."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, children: Sequence[Child]) -> None:
        """Remember the children that run now."""
        rows = []
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                started = psutil.Process(child.pid).create_time()
                rows.append([child.command.name, child.pid, started, list(child.command.stop)])
        half = self._path.with_name(self._path.name + ".new")
        half.write_text(json.dumps(rows), encoding="utf-8")
        half.rename(self._path)

    def stop_leftovers(self) -> list[str]:
        """Stop what an earlier supervisor left running, last started first; return the names."""
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return []
        stopped = []
        for name, pid, started, signals in reversed(rows):
            if is_running(pid) and _started(pid, started):
                stop_stranger(pid, signals)
                stopped.append(name)
        self._path.unlink()
        return stopped


def _started(pid: int, then: float) -> bool:
    try:
        return bool(abs(psutil.Process(pid).create_time() - then) < _STARTED_TOLERANCE)
    except psutil.NoSuchProcess:
        return False
