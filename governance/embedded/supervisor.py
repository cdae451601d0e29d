"""Starts services in order, keeps them running, stops them in the reverse order.

A tier is a set of services that start side by side, after the tier before it answers. A
service whose process ends is started again, after a pause that doubles with every failure in
a row: a server that dies at once must not occupy the machine, and one that dies once a week
must be back at once.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from governance.embedded.children import Child, Command, Ledger, Sink, check_alive
from governance.embedded.errors import EmbeddedError

LONGEST_PAUSE = 30.0  # seconds between two attempts
STABLE_AFTER = 60.0  # seconds; a service that ran this long starts counting anew
_PAUSE = 0.1
_NAME_WIDTH = 9


class StoppedError(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass(frozen=True)
class Service:
    """Something that runs for as long as Custode does.

    Attributes
    ----------
    name : shown before each line of its log
    launch : starts the process
    is_ready : whether it answers
    patience : seconds it may take to answer
    """

    name: str
    launch: Callable[[Sink], Child]
    is_ready: Callable[[], bool]
    patience: float = 60.0


@dataclass
class _Running:
    service: Service
    child: Child
    since: float
    failures: int = 0
    again_at: float | None = None
    is_answering: bool = field(default=False)


def pause_after(failures: int) -> float:
    """Return the seconds to wait before a restart after so many failures in a row."""
    return float(min(LONGEST_PAUSE, 2 ** min(failures - 1, 10)))


class Supervisor:
    """Runs tiers of services; `stopping` is set by a signal, or by whoever wants the end."""

    def __init__(self, ledger: Ledger, say: Callable[[str, str], None]) -> None:
        self.stopping = threading.Event()
        self._ledger = ledger
        self._say = say
        self._tiers: list[list[_Running]] = []

    def start(self, tier: Sequence[Service]) -> None:
        """Start services side by side and return when all of them answer.

        Raises
        ------
        EmbeddedError
            one of them ended or stayed silent
        StoppedError
            `stopping` was set meanwhile
        """
        running: list[_Running] = []
        self._tiers.append(running)
        for service in tier:
            child = service.launch(self.sink(service.name))
            running.append(_Running(service, child, time.monotonic()))
        self._remember()
        while not all(item.is_answering for item in running):
            for item in running:
                check_alive(item.child)
                self._check_answer(item)
            self._pause()

    def run(self, command: Command) -> None:
        """Run a command to its end.

        Raises
        ------
        EmbeddedError
            it ended with a status other than 0
        StoppedError
            `stopping` was set meanwhile
        """
        child = Child(command, self.sink(command.name))
        try:
            while child.exit_status() is None:
                self._pause()
        except StoppedError:
            child.stop()
            raise
        if child.exit_status() != 0:
            check_alive(child)

    def watch(self) -> None:
        """Start what ends again, until `stopping` is set."""
        while not self.stopping.wait(_PAUSE):
            for tier in self._tiers:
                for item in tier:
                    self._look_after(item, time.monotonic())

    def stop(self) -> None:
        """Stop the tiers in reverse order, the services of one tier side by side."""
        for tier in reversed(self._tiers):
            stoppers = [threading.Thread(target=item.child.stop) for item in tier]
            for stopper in stoppers:
                stopper.start()
            for stopper in stoppers:
                stopper.join()
        self._tiers.clear()
        self._remember()

    def sink(self, name: str) -> Sink:
        """Return the place for a service's log lines."""
        return lambda line: self._say(name, line)

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Let SIGTERM, SIGINT and SIGHUP set `stopping`, inside the block."""

        def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup wants us to live on
            numbers.append(signal.SIGHUP)
        before = [signal.signal(number, ask_to_stop) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

    def _check_answer(self, item: _Running) -> None:
        if item.is_answering:
            return
        item.is_answering = item.service.is_ready()
        if item.is_answering:
            self._say("serve", f"{item.service.name} is up")
        elif time.monotonic() - item.since > item.service.patience:
            raise EmbeddedError(
                f"{item.service.name} did not answer within {item.service.patience:.0f} seconds.",
                "Its last lines:",
                log=item.child.tail(),
            )

    def _look_after(self, item: _Running, now: float) -> None:
        if item.again_at is None:
            status = item.child.exit_status()
            if status is None:
                return
            item.failures = 1 if now - item.since > STABLE_AFTER else item.failures + 1
            item.again_at = now + pause_after(item.failures)
            item.child.kill()  # what is left of its group
            self._say(
                "serve",
                f"{item.service.name} ended with status {status}; "
                f"started again in {pause_after(item.failures):.0f} s",
            )
        if now >= item.again_at:
            item.child = item.service.launch(self.sink(item.service.name))
            item.since, item.again_at = now, None
            self._remember()

    def _remember(self) -> None:
        self._ledger.write([item.child for tier in self._tiers for item in tier])

    def _pause(self) -> None:
        if self.stopping.wait(_PAUSE):
            raise StoppedError


class Terminal:
    """Prints lines of several threads, each whole, with the name of its service before it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, name: str, line: str) -> None:
        """Print one line of a service's log."""
        self.show(f"{name:<{_NAME_WIDTH}}| {line}")

    def show(self, text: str) -> None:
        """Print a text as it is."""
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
