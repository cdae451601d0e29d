"""What sequencer and signer have in common as processes: a connection, a log, a way to stop."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self

import psycopg


class Stop(threading.Event):
    """Set when the process should end."""

    @classmethod
    def on_signals(cls) -> Self:
        """Return one that SIGTERM and SIGINT set."""
        stop = cls()

        def ask(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask)
        signal.signal(signal.SIGINT, ask)
        return stop


def start(name: str) -> None:
    """Log to standard output, as the supervisor expects."""
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.INFO,
        format=f"%(asctime)s %(levelname)s {name} %(message)s",
    )


def setting(name: str, default: str | None = None) -> str:
    """Return a variable, or what the file named by NAME_FILE says.

    Raises
    ------
    SystemExit
        neither is set and there is no default
    """
    if value := os.environ.get(name):
        return value
    if location := os.environ.get(f"{name}_FILE"):
        return Path(location).read_text(encoding="utf-8").strip()
    if default is not None:
        return default
    sys.exit(f"{name} is not set (docs/operations.md says what it is).")


def connector(name: str) -> Callable[[], psycopg.Connection[Any]]:
    """Return a function that connects to the URL in the variable `name`, in autocommit mode."""
    url = setting(name)
    return lambda: psycopg.connect(url, autocommit=True, connect_timeout=10)


def reason(error: BaseException) -> str:
    """Return what went wrong without anything the database may have quoted."""
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__} {state}" if state else type(error).__name__
