"""The signer tells the keystore what it signed, so that keys are destroyed by what is in the log.

Follows docs/spec/field-encryption.md, section 4. The keystore may be away: then the log is signed
all the same, no key is destroyed, and what was signed last is told when it is back.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psycopg

from audit import ledger, process
from audit.anchors.folder import ExportFolder, FolderError
from audit.signing import State

VARIABLE = "KEYSTORE_WITNESS_URL"
PATIENCE = 2  # seconds to connect: the signer has other things to do
SILENCE = 5_000  # milliseconds after which a server that answers nothing is given up
SHORTEST, LONGEST = 0.1, 5.0  # seconds after an attempt that failed; each wait doubles the last
COMPLAIN = 60.0  # seconds between two complaints
TELL = "SELECT keystore.witness(%s, %s, %s)"
WHY = "SELECT keystore.locked_because()"
VOUCH = "SELECT keystore.vouch(%s)"
logger = logging.getLogger(__name__)

Connect = Callable[[], "psycopg.Connection[Any]"]


class Witness:
    """A connection of its own to the keystore, as the role that may witness and nothing else.

    Arguments
    ---------
    folder : the export folder of the log. It says how far the ledger had come, so that the keystore
        is vouched for after a start of its server; without it the keystore stays locked then
    """

    def __init__(self, connect: Connect, *, folder: ExportFolder | None = None) -> None:
        self._connect, self._folder = connect, folder
        self._connection: psycopg.Connection[Any] | None = None
        self._told: tuple[int, int, bytes] | None = None
        self._next = self._complained = -COMPLAIN
        self._wait = SHORTEST

    @classmethod
    def from_environment(cls) -> Self | None:
        """Return one for the URL in the environment; without it none, which is said once."""
        url = process.setting(VARIABLE, "")
        if not url:
            logger.warning("%s is not set: no key of a person can be destroyed", VARIABLE)
            return None
        place = process.setting("CUSTODE_AUDIT_FOLDER", "")
        folder = ExportFolder(Path(place) / "export") if place else None
        return cls(lambda: connected(url), folder=folder)

    def look(self) -> None:
        """Open the keystore if all that locks it is a start of its server; asked every tick.

        Nobody reads or writes anything personal until then, so a server that is back is not kept
        waiting for the next long pause.
        """
        if time.monotonic() < self._next:
            return
        try:
            why = self._open_because(self._connected())
        except (psycopg.Error, FolderError) as error:
            self._give_up(error)
            return
        self._wait = SHORTEST
        if why:
            self._complain(
                "the keystore is locked (%s): manage.py reconcile_restore --keystore", why
            )

    def _open_because(self, connection: "psycopg.Connection[Any]") -> str:
        """Return why the keystore stays locked; empty if it is open."""
        (why,) = one(connection.execute(WHY))
        if why == "started" and self._folder is not None:
            newest = max(ledger.numbers(self._folder), default=0)
            (why,) = one(connection.execute(VOUCH, [newest]))
        return str(why)

    def lacks(self, state: State) -> bool:
        """Whether there is something to tell, and it is time to try."""
        return self._told != _said(state) and time.monotonic() >= self._next

    def tell(self, state: State) -> None:
        """Tell what was signed last; a failure is logged and tried again, and raises nothing."""
        try:
            self._connected().execute(TELL, _said(state))
            self._told, self._wait = _said(state), SHORTEST
        except psycopg.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Close the connection; the next one is made when there is something to tell."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connected(self) -> "psycopg.Connection[Any]":
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _give_up(self, error: Exception) -> None:
        self.close()
        self._next = time.monotonic() + self._wait
        self._wait = min(2 * self._wait, LONGEST)
        reason = process.reason(error) if isinstance(error, psycopg.Error) else str(error)
        self._complain("the keystore is not told what was signed: %s", reason)

    def _complain(self, text: str, word: str) -> None:
        now = time.monotonic()
        if now - self._complained >= COMPLAIN:
            self._complained = now
            logger.error(text, word)


def connected(url: str) -> "psycopg.Connection[Any]":
    """Return a connection that gives up soon where nobody answers."""
    return psycopg.connect(url, autocommit=True, connect_timeout=PATIENCE, tcp_user_timeout=SILENCE)


def one(cursor: "psycopg.Cursor[Any]") -> tuple[Any, ...]:
    """Return the only row of a statement that always has one."""
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        msg = "no row"
        raise psycopg.DataError(msg)
    return row


def _said(state: State) -> tuple[int, int, bytes]:
    return state.epoch, state.size, state.root
