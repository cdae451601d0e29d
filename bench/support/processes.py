"""The sequencer and the signer as the processes they are, and when what was sealed."""

import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from governance import env
from support import entries

LOOK = 0.01  # seconds between two looks at the newest checkpoint
SIGN_EVERY = 0.2  # seconds


@contextmanager
def running() -> Iterator["Watch"]:
    """Run both until the block ends, and watch the checkpoints."""
    commands = (["audit.sequencer"], ["audit.signer", "--interval", str(SIGN_EVERY)])
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *command], cwd=env.PROJECT, stdout=subprocess.DEVNULL
        )
        for command in commands
    ]
    watch = Watch()
    try:
        with watch:
            yield watch
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


class Watch:
    """Sees each checkpoint when it is committed, to `LOOK` seconds.

    Attributes
    ----------
    sizes, times : of the checkpoints seen, ascending; times by `time.perf_counter`
    """

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.times: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def sealed_at(self, seq: int) -> float | None:
        """Return when the leaf came under a checkpoint."""
        at = bisect_right(self.sizes, seq)
        return self.times[at] if at < len(self.times) else None

    def settle(self, superuser: entries.Connection) -> None:
        """Wait until everything that was committed is sealed."""
        while True:
            (size, waits) = superuser.execute(
                "SELECT size, EXISTS (SELECT FROM audit.queue) FROM audit.head"
            ).fetchone() or (0, True)
            if not waits and self.sizes and self.sizes[-1] >= size:
                return
            time.sleep(LOOK)

    def _run(self) -> None:
        with entries.connect("DATABASE_AUDITOR_URL") as connection:
            while not self._stop.wait(LOOK):
                (size,) = connection.execute("SELECT max(size) FROM audit.checkpoint").fetchone()
                if size is not None and (not self.sizes or size > self.sizes[-1]):
                    self.sizes.append(size)
                    self.times.append(time.perf_counter())
