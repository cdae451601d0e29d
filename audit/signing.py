"""What the signer keeps outside the database: the seeds of its keys, and what it signed last.

    key-<n>    32 bytes; both keys of epoch n are derived from them      0600
    state      JSON: name, epoch, key, size, root, signed_at             0600
    lock       held by the one signer that runs
    roll       somebody asks the running signer to go over to a new key

Everything is written to a temporary name, flushed, renamed, and the folder is flushed: after a
crash there is the old file or the new one.
"""

import contextlib
import fcntl
import json
import os
import secrets
import stat
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from audit.verifier import note, tree

SEED_BYTES = 32
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SignerError(RuntimeError):
    """The signer can not or will not sign; the text says why and what to do."""


@dataclass(frozen=True)
class State:
    """What was signed last.

    Attributes
    ----------
    name, epoch : together the origin of the log
    key : number of the key in use, from 1
    size, root, signed_at : of the last checkpoint
    """

    name: str
    epoch: int
    key: int
    size: int = 0
    root: bytes = tree.EMPTY_ROOT
    signed_at: datetime = LONG_AGO

    @property
    def origin(self) -> str:
        """The first line of every checkpoint."""
        return f"{self.name}/custode/{self.epoch}"

    def moved(self, **changes: Any) -> "State":
        """Return the state with changes."""
        return replace(self, **changes)

    def dump(self) -> bytes:
        """Return the state as it is stored."""
        values = {
            "name": self.name,
            "epoch": self.epoch,
            "key": self.key,
            "size": self.size,
            "root": self.root.hex(),
            "signed_at": self.signed_at.isoformat(),
        }
        return json.dumps(values, indent=1).encode()

    @classmethod
    def parse(cls, stored: bytes) -> "State":
        """Return a stored state.

        Raises
        ------
        SignerError
            it is damaged; signing anything then could fork the log
        """
        try:
            values = json.loads(stored)
            return cls(
                name=str(values["name"]),
                epoch=int(values["epoch"]),
                key=int(values["key"]),
                size=int(values["size"]),
                root=bytes.fromhex(values["root"]),
                signed_at=datetime.fromisoformat(values["signed_at"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            msg = "the signer's state is damaged: restore the folder"
            raise SignerError(msg) from error


@dataclass(frozen=True)
class KeyPair:
    """The two keys derived from one seed: for checkpoints, and for the time they were made."""

    log: note.Signer
    time: note.Signer


def keys_of(seed: bytes, origin: str) -> KeyPair:
    """Return the keys of a seed under an origin."""

    def derived(info: bytes) -> bytes:
        return HKDF(SHA256(), SEED_BYTES, salt=None, info=info).derive(seed)

    return KeyPair(
        note.Signer(origin, derived(b"custode/log/v1")),
        note.Signer(origin, derived(b"custode/time/v1"), note.TIMED),
    )


class Folder:
    """The signer's folder at `path`.

    Raises
    ------
    SignerError
        it is open to others, or can not be made
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"the signer's folder can not be made: {error.strerror}"
            raise SignerError(msg) from error
        self._require_private(path, 0o700)

    def try_lock(self) -> bool:
        """Take the lock of the folder; False if another signer runs."""
        file = (self.path / "lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._lock = file
        return True

    def lock(self) -> None:
        """Take the lock, or raise `SignerError`: two signers could fork the log."""
        if self._lock is None and not self.try_lock():
            msg = "another signer runs on this folder"
            raise SignerError(msg)

    def load(self) -> State | None:
        """Return the state, or None before the first start."""
        try:
            stored = (self.path / "state").read_bytes()
        except FileNotFoundError:
            return None
        return State.parse(stored)

    def save(self, state: State) -> None:
        """Put a state on disk; it is there for good when this returns."""
        self._write("state", state.dump())

    def keys(self, state: State, *, n: int | None = None) -> KeyPair:
        """Return the keys of number `n`, or those in use.

        Raises
        ------
        SignerError
            the file is missing, open to others, or not 32 bytes long
        """
        path = self.path / f"key-{n or state.key}"
        try:
            seed = path.read_bytes()
        except OSError as error:
            msg = f"{path.name} can not be read ({error.strerror}): restore the signer's folder"
            raise SignerError(msg) from error
        self._require_private(path, 0o600)
        if len(seed) != SEED_BYTES:
            msg = f"{path.name} holds {len(seed)} bytes and must hold {SEED_BYTES}"
            raise SignerError(msg)
        return keys_of(seed, state.origin)

    def has_key(self, n: int) -> bool:
        """Whether there is a key of this number."""
        return (self.path / f"key-{n}").exists()

    def make_key(self, n: int) -> None:
        """Make key `n`; one that is there already, from a start that crashed, is kept."""
        if not self.has_key(n):
            self._write(f"key-{n}", secrets.token_bytes(SEED_BYTES))

    def drop_key(self, n: int) -> None:
        """Remove a key that was rolled: what is not there can not be stolen."""
        (self.path / f"key-{n}").unlink(missing_ok=True)

    def wants_roll(self) -> bool:
        """Whether somebody asked for a new key."""
        return (self.path / "roll").exists()

    def roll_done(self) -> None:
        """Say that the new key is in use."""
        (self.path / "roll").unlink(missing_ok=True)

    def ask_for_roll(self, *, patience: float) -> bool:
        """Ask the running signer for a new key; say whether it was done in `patience` seconds."""
        (self.path / "roll").touch(mode=0o600)
        deadline = time.monotonic() + patience
        while self.wants_roll():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _write(self, name: str, content: bytes) -> None:
        half = self.path / f"{name}.new"
        with contextlib.suppress(FileNotFoundError):
            half.unlink()
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(self.path / name)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @staticmethod
    def _require_private(path: Path, mode: int) -> None:
        found = path.stat()
        if stat.S_IMODE(found.st_mode) != mode or found.st_uid != os.geteuid():
            msg = f"{path.name} must be yours alone (mode {mode:o})"
            raise SignerError(msg)
