"""The signer tells the keystore what it signed, so that keys are destroyed by what is in the log.

Follows docs/spec/field-encryption.md, section 4. The keystore may be away: then the log is signed
all the same, no key is destroyed, and what was signed last is told when it is back.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Self

import psycopg

from audit import process
from audit.signing import State

VARIABLE = "KEYSTORE_WITNESS_URL"
PATIENCE = 2  # seconds to connect: the signer has other things to do
SILENCE = 5_000  # milliseconds after which a server that answers nothing is given up
RETRY = 5.0  # seconds between two attempts that fail
COMPLAIN = 60.0  # seconds between two complaints
TELL = "SELECT keystore.witness(%s, %s, %s)"
logger = logging.getLogger(__name__)

Connect = Callable[[], "psycopg.Connection[Any]"]


class Witness:
    """A connection of its own to the keystore, as the role that may witness and nothing else."""

    def __init__(self, connect: Connect, *, retry: float = RETRY) -> None:
        self._connect, self._retry = connect, retry
        self._connection: psycopg.Connection[Any] | None = None
        self._told: tuple[int, int, bytes] | None = None
        self._next = self._complained = -COMPLAIN

    @classmethod
    def from_environment(cls) -> Self | None:
        """Return one for the URL in the environment; without it none, which is said once."""
        url = process.setting(VARIABLE, "")
        if not url:
            logger.warning("%s is not set: no key of a person can be destroyed", VARIABLE)
            return None
        return cls(lambda: connected(url))

    def lacks(self, state: State) -> bool:
        """Whether there is something to tell, and it is time to try."""
        return self._told != _said(state) and time.monotonic() >= self._next

    def tell(self, state: State) -> None:
        """Tell what was signed last; a failure is logged and tried again, and raises nothing."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.execute(TELL, _said(state))
            self._told = _said(state)
        except psycopg.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Close the connection; the next one is made when there is something to tell."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _give_up(self, error: psycopg.Error) -> None:
        self.close()
        now = time.monotonic()
        self._next = now + self._retry
        if now - self._complained >= COMPLAIN:
            self._complained = now
            logger.error("the keystore is not told what was signed: %s", process.reason(error))


def connected(url: str) -> "psycopg.Connection[Any]":
    """Return a connection that gives up soon where nobody answers."""
    return psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE, tcp_user_timeout=SILENCE)


def _said(state: State) -> tuple[int, int, bytes]:
    return state.epoch, state.size, state.root
