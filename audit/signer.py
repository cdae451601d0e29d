"""The signer: its own process, its own folder, its own witness (docs/spec/audit-log.md, section 7).

    python -m audit.signer              sign what grows, until stopped
    python -m audit.signer roll         go over to a new key
    python -m audit.signer accept       go on after a declared gap, under a new origin

Before a signature exists it has seen a proof that the tree continues the last one it signed, and
has put the new size and root on disk. A database that was rolled back or rewritten gets
no signature, and no more entries.
"""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from audit import process
from audit.signing import Folder, KeyPair, SignerError, State
from audit.verifier import note, tree
from audit.witnessing import Witness

INTERVAL = 1.0  # seconds between two looks at the head
LIVELY = timedelta(hours=1)  # a checkpoint at least so often
CATCHING_UP = timedelta(seconds=30)  # how old `drained_at` is while the sequencer is behind
PATIENCE = timedelta(minutes=2)  # how long to wait for it
COMPLAIN = 60.0  # seconds between two complaints about the same thing
logger = logging.getLogger(__name__)

HEAD = "SELECT size, root, epoch, clock_timestamp() - drained_at FROM audit.head"
TILE = "SELECT hashes FROM audit.tile WHERE level = %s AND n = %s"
SAVE = """
INSERT INTO audit.checkpoint (signed_at, epoch, size, root, note) VALUES (%s, %s, %s, %s, %s)
"""
SAVED = "SELECT 1 FROM audit.checkpoint WHERE (epoch, size, root) = (%s, %s, %s)"
INTRODUCE = """
INSERT INTO audit.signing_key (n, vkey, time_vkey, introduction) VALUES (%s, %s, %s, %s)
ON CONFLICT (n) DO NOTHING
"""


class RefusedError(SignerError):
    """The tree does not continue what was signed; `kind` is what `audit.halt` is told."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        super().__init__(text)


@dataclass(frozen=True)
class Head:
    """The head of the log as the database has it; `lag` is how long ago the queue was empty."""

    size: int
    root: bytes
    epoch: int
    lag: timedelta


class Signer:
    """Signs the head of one log.

    Arguments
    ---------
    folder : keys and state; held by its lock for as long as this lives
    connection : as `custode_signer`, autocommit
    name : what the origin starts with, on the first start; later the state says it
    """

    def __init__(self, folder: Folder, connection: psycopg.Connection[Any], *, name: str) -> None:
        self._folder = folder
        self._connection = connection
        self.state = folder.load() or self._begin(name)
        self._keys = folder.keys(self.state)
        self._is_vouched = self._complained = False
        self._finish_roll()

    def tick(self, now: datetime) -> note.Checkpoint | None:
        """Sign the head if it grew, or if the last checkpoint is an hour old.

        Raises
        ------
        RefusedError
            the head is smaller than, or does not continue, what was signed
        """
        if self._folder.wants_roll():
            self.roll(now)
        head, state = self._head(), self.state
        if head.epoch != state.epoch:
            raise RefusedError("epoch", "the database says another epoch: `accept` it or restore")
        if not self._is_vouched:  # a start of the server ends this connection, and so this object
            self._vouch(head)
        is_known = (head.size, head.root) == (state.size, state.root)
        since = now - state.signed_at
        if (is_known and since < LIVELY) or (head.lag > CATCHING_UP and since < PATIENCE):
            return None
        self._check(head)
        return self._sign(head, now=now, keys=[self._keys])

    def is_public(self) -> bool:
        """Whether the checkpoint of the state is in the database, and not only on our disk."""
        wanted = [self.state.epoch, self.state.size, self.state.root]
        return self._connection.execute(SAVED, wanted).fetchone() is not None

    def roll(self, now: datetime) -> None:
        """Make the next key, let the old one introduce it, and sign a checkpoint under both."""
        head = self._head()
        self._check(head)
        self._folder.make_key(self.state.key + 1)
        self._go_over(head, now=now)
        self._folder.roll_done()

    def accept(self, now: datetime) -> note.Checkpoint:
        """Take the tree as it is, under the epoch the database declares, and sign it.

        Raises
        ------
        RefusedError
            no gap was declared
        """
        head = self._head()
        if head.epoch != self.state.epoch + 1:
            raise RefusedError("epoch", "no gap was declared (manage.py recover_audit_log)")
        if tree.root_at(head.size, self._node()) != head.root:
            raise RefusedError("fork", "the root in the head is not that of the tiles")
        self.state = self.state.moved(epoch=head.epoch)
        self._keys = self._folder.keys(self.state)
        return self._sign(head, now=now, keys=[self._keys])

    def _begin(self, name: str) -> State:
        if self._connection.execute("SELECT 1 FROM audit.signing_key").fetchone():
            msg = "this log has keys and the folder has none: restore the signer's folder"
            raise SignerError(msg)
        self._folder.make_key(1)
        state = State(name=name, epoch=1, key=1)
        self._introduce(1, self._folder.keys(state), None)
        self._folder.save(state)
        return state

    def _head(self) -> Head:
        row = self._connection.execute(HEAD).fetchone()
        if row is None:
            raise RefusedError("rollback", "the log has no head")
        size, root, epoch, lag = row
        return Head(size, bytes(root), epoch, lag)

    def _node(self) -> tree.Node:
        def tile(level: int, n: int) -> bytes:
            row = self._connection.execute(TILE, [level, n]).fetchone()
            if row is None:
                raise KeyError((level, n))
            return bytes(row[0])

        return tree.node_in_tiles(tile)

    def _check(self, head: Head) -> None:
        """Demand that a tree continues the one that was signed last."""
        state, size = self.state, head.size
        if size < state.size:
            raise RefusedError("rollback", f"the log has {size} leaves and had {state.size}")
        node = self._node()
        try:
            proof = tree.consistency_proof(state.size, size, node)
            tree.check_consistency(
                state.size, size, old_root=state.root, new_root=head.root, proof=proof
            )
            continues = tree.root_at(size, node) == head.root
        except (tree.ProofError, KeyError):
            continues = False
        if not continues:
            raise RefusedError(
                "fork", f"the tree of {size} leaves does not continue the signed one"
            )

    def _vouch(self, head: Head) -> None:
        """Open the database, if all that locks it is that the server started."""
        self._check(head)
        row = self._connection.execute("SELECT custode.vouch()").fetchone()
        self._is_vouched = row == ("",)
        if row and row[0] and not self._complained:
            logger.error("the database is locked (%s): manage.py reconcile_restore", row[0])
            self._complained = True

    def _sign(self, head: Head, *, now: datetime, keys: list[KeyPair]) -> note.Checkpoint:
        checkpoint = note.Checkpoint(self.state.origin, head.size, head.root)
        # On disk first: whatever happens after this, no other root of this size is ever signed.
        self.state = self.state.moved(size=head.size, root=head.root, signed_at=now)
        self._folder.save(self.state)
        signers = [s for pair in keys for s in (pair.log, pair.time)]
        text = note.sign(checkpoint.text(), signers, time=int(now.timestamp()))
        self._connection.execute(SAVE, [now, self.state.epoch, head.size, head.root, text])
        return checkpoint

    def _introduce(self, n: int, keys: KeyPair, introduction: str | None) -> None:
        named = [n, str(keys.log.key), str(keys.time.key), introduction]
        self._connection.execute(INTRODUCE, named)

    def _go_over(self, head: Head, *, now: datetime) -> None:
        old, n = self._keys, self.state.key + 1
        new = self._folder.keys(self.state, n=n)
        at = note.Checkpoint(self.state.origin, head.size, head.root)
        text = note.KeyRoll(n, at, log=new.log.key, time=new.time.key).text()
        self._introduce(n, new, note.sign(text, [old.log, new.log]))
        self._sign(head, now=now, keys=[old, new])
        self.state, self._keys = self.state.moved(key=n), new
        self._folder.save(self.state)
        self._folder.drop_key(n - 1)

    def _finish_roll(self) -> None:
        """Go on with a roll that a crash interrupted: the key is there, the state is not."""
        if self._folder.has_key(self.state.key + 1):
            head = self._head()
            self._check(head)
            self._go_over(head, now=datetime.now(UTC))
            self._folder.roll_done()


def run(
    folder: Folder,
    connect: Callable[[], psycopg.Connection[Any]],
    stop: process.Stop,
    *,
    name: str,
    interval: float = INTERVAL,
    witness: Witness | None = None,
) -> None:
    """Sign until `stop`. A refusal halts the log, and is repeated every minute.

    Arguments
    ---------
    witness : tells the keystore what was signed; whether it can is nothing to the log
    """
    complained = -COMPLAIN
    while not stop.is_set():
        try:
            with connect() as connection:
                signer = Signer(folder, connection, name=name)
                while not stop.is_set():
                    _tick(signer, connection)
                    if witness:
                        witness.look()
                    if witness and witness.lacks(signer.state) and signer.is_public():
                        witness.tell(signer.state)
                    stop.wait(interval)
        except (psycopg.Error, SignerError) as error:
            if time.monotonic() - complained >= COMPLAIN:
                complained = time.monotonic()
                text = str(error) if isinstance(error, SignerError) else process.reason(error)
                logger.error("nothing is signed: %s", text)  # noqa: TRY400 - no values in logs
            stop.wait(interval)
    if witness:
        witness.close()


def _tick(signer: Signer, connection: psycopg.Connection[Any]) -> None:
    try:
        signer.tick(datetime.now(UTC))
    except RefusedError as refused:
        if refused.kind != "epoch":  # a declared gap waits for `accept`
            connection.execute("SELECT audit.halt(%s)", [refused.kind])
        raise


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(prog="python -m audit.signer", description=__doc__)
    parser.add_argument("command", nargs="?", default="run", choices=["run", "roll", "accept"])
    parser.add_argument("--interval", type=float, default=INTERVAL, help="seconds, default 1")
    chosen = parser.parse_args()
    process.start("signer")
    connect = process.connector("DATABASE_SIGNER_URL")
    name = process.setting("CUSTODE_LOG_NAME", "custode.local")
    folder = Folder(Path(process.setting("CUSTODE_SIGNER_FOLDER")))
    try:
        if chosen.command == "roll" and not folder.try_lock():
            sys.exit(0 if folder.ask_for_roll(patience=60) else "the running signer did not roll")
        folder.lock()
        if chosen.command == "run":
            stop = process.Stop.on_signals()
            witness = Witness.from_environment()
            run(folder, connect, stop, name=name, interval=chosen.interval, witness=witness)
            return
        with connect() as connection:
            signer = Signer(folder, connection, name=name)
            getattr(signer, chosen.command)(datetime.now(UTC))
    except SignerError as error:
        sys.exit(f"nothing is signed: {error}")


if __name__ == "__main__":
    main()
