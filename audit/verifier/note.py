"""Signed notes, checkpoints and cosignatures.

As C2SP signed-note, tlog-checkpoint and tlog-cosignature write them.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PLAIN, TIMED = 0x01, 0x04
"""Signature types: Ed25519 over the text; cosignature/v1, which binds a time."""
MAX_BYTES = 1_000_000
ID_BYTES, KEY_BYTES, SIGNATURE_BYTES, TIME_BYTES = 4, 32, 64, 8
CHECKPOINT_LINES, ROLL_LINES = 4, 8  # the last is empty: a text ends with a newline
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_FIELD = 2**255 - 19
_LOW_ORDER = {
    bytes.fromhex(h)
    for h in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    )
}


class NoteError(ValueError):
    """A note, checkpoint or key can not be read; the text says what is wrong with it."""


@dataclass(frozen=True)
class Key:
    """A public key as a note names it; `kind` is PLAIN or TIMED.

    Raises
    ------
    NoteError
        the name or the public key is not acceptable
    """

    name: str
    public: bytes
    kind: int = PLAIN

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            msg = "a key's name has neither spaces nor a plus"
            raise NoteError(msg)
        _require_point(self.public)

    @property
    def id(self) -> bytes:
        """The four bytes that stand before a signature."""
        return hashlib.sha256(
            self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        ).digest()[:4]

    def __str__(self) -> str:
        data = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{data}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Return the key of a vkey line."""
        try:
            name, identifier, data = text.strip().split("+", 2)
            blob = base64.b64decode(data, validate=True)
        except (ValueError, binascii.Error) as error:
            msg = "a key is written name+id+base64"
            raise NoteError(msg) from error
        if len(blob) != 1 + KEY_BYTES or blob[0] not in {PLAIN, TIMED}:
            msg = "a key is Ed25519 (type 1) or cosignature/v1 (type 4)"
            raise NoteError(msg)
        key = cls(name, blob[1:], blob[0])
        if key.id.hex() != identifier or str(key) != text.strip():
            msg = "the key's id does not belong to it, or its base64 is not in its one form"
            raise NoteError(msg)
        return key


def _require_point(public: bytes) -> None:
    """Refuse what Ed25519 libraries take and should not: other encodings, low order."""
    if len(public) != KEY_BYTES:
        msg = "an Ed25519 key has 32 bytes"
        raise NoteError(msg)
    y = int.from_bytes(public, "little") & (2**255 - 1)
    low = public in _LOW_ORDER or (bytes([*public[:31], public[31] & 0x7F]) in _LOW_ORDER)
    if y >= _FIELD or low:
        msg = "the key is not a canonical point of full order"
        raise NoteError(msg)


class Signer:
    """A private key that signs notes under a name; `kind` as in `Key`."""

    def __init__(self, name: str, seed: bytes, kind: int = PLAIN) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = Key(name, public, kind)

    def __repr__(self) -> str:
        return f"Signer({self.key})"

    def line(self, text: str, *, time: int = 0) -> str:
        """Return the signature line of a note's text; a TIMED key binds `time` (Unix seconds)."""
        if self.key.kind == TIMED:
            blob = time.to_bytes(8, "big") + self._private.sign(_timed(text, time))
        else:
            blob = self._private.sign(text.encode())
        return f"— {self.key.name} {base64.b64encode(self.key.id + blob).decode()}\n"


def _timed(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def sign(text: str, signers: Iterable[Signer], *, time: int = 0) -> str:
    """Return a note: the text, which ends with a newline, an empty line, the signatures."""
    return text + "\n" + "".join(s.line(text, time=time) for s in signers)


@dataclass(frozen=True)
class Note:
    """A note whose signatures by known keys were checked.

    Attributes
    ----------
    text : what was signed, with its last newline
    signed_by : known keys with a valid signature
    time : of the latest valid TIMED signature, Unix seconds, or None
    unknown : how many lines are by nobody we know
    """

    text: str
    signed_by: tuple[Key, ...]
    time: int | None
    unknown: int = 0


def open_note(raw: str | bytes, keys: Sequence[Key]) -> Note:
    """Check a note against known keys.

    Signatures of unknown keys are counted and ignored; an invalid one by a known key makes
    the note invalid, as in Go's `sumdb/note`.

    Raises
    ------
    NoteError
        it is no note, or a known key's signature does not verify
    """
    text, lines = split_note(raw)
    signed: list[Key] = []
    times: list[int] = []
    unknown = 0
    for name, blob in lines:
        key = next((k for k in keys if k.name == name and k.id == blob[:ID_BYTES]), None)
        if key is None:
            unknown += 1
            continue
        time = _check(key, text, blob[ID_BYTES:])
        if time is not None:
            times.append(time)
        if key not in signed:
            signed.append(key)
    return Note(text, tuple(signed), max(times, default=None), unknown)


def split_note(raw: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's text and its signatures (name, id and signature), unchecked."""
    try:
        whole = raw.decode() if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        msg = "a note is UTF-8"
        raise NoteError(msg) from error
    if len(whole) > MAX_BYTES or any(c < " " and c != "\n" for c in whole):
        msg = "a note is a short text without control characters"
        raise NoteError(msg)
    body, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        msg = "a note is a text, an empty line and signatures"
        raise NoteError(msg)
    lines = []
    for line in tail[:-1].split("\n"):
        match = _LINE.fullmatch(line)
        if not match:
            msg = "a signature line is not readable"
            raise NoteError(msg)
        try:
            blob = base64.b64decode(match[2], validate=True)
        except binascii.Error as error:
            msg = "a signature is base64"
            raise NoteError(msg) from error
        if base64.b64encode(blob).decode() != match[2]:
            msg = "a signature is written in one way only"
            raise NoteError(msg)
        if len(blob) <= ID_BYTES:
            msg = "a signature is too short"
            raise NoteError(msg)
        lines.append((match[1], blob))
    return body + "\n", lines


def _check(key: Key, text: str, blob: bytes) -> int | None:
    """Check one signature; return the time it binds, if any."""
    wanted = SIGNATURE_BYTES + (TIME_BYTES if key.kind == TIMED else 0)
    if len(blob) != wanted:
        msg = "a signature has the wrong length"
        raise NoteError(msg)
    time = int.from_bytes(blob[:TIME_BYTES], "big") if key.kind == TIMED else None
    message = _timed(text, time) if time is not None else text.encode()
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(blob[-SIGNATURE_BYTES:], message)
    except InvalidSignature as error:
        msg = "a signature does not verify"
        raise NoteError(msg) from error
    return time


@dataclass(frozen=True)
class Checkpoint:
    """The size and root of a log at one moment."""

    origin: str
    size: int
    root: bytes = field(repr=False)

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Return the checkpoint of a note's text; this log writes no extension lines.

        Raises
        ------
        NoteError
        """
        lines = text.split("\n")
        if (
            len(lines) != CHECKPOINT_LINES
            or lines[3]
            or not lines[0]
            or not _NUMBER.fullmatch(lines[1])
        ):
            msg = "a checkpoint is origin, size and root"
            raise NoteError(msg)
        try:
            root = base64.b64decode(lines[2], validate=True)
        except binascii.Error as error:
            msg = "a root is base64"
            raise NoteError(msg) from error
        if len(root) != KEY_BYTES:
            msg = "a root has 32 bytes"
            raise NoteError(msg)
        checkpoint = cls(lines[0], int(lines[1]), root)
        if checkpoint.text() != text:
            msg = "a checkpoint is written in one way only"
            raise NoteError(msg)
        return checkpoint


ROLL = "custode key roll"


@dataclass(frozen=True)
class KeyRoll:
    """What an old key signs about a new one: its number, the head at that moment, the new keys."""

    n: int
    head: Checkpoint
    log: Key
    time: Key

    def text(self) -> str:
        """Return the text that old and new key sign."""
        root = base64.b64encode(self.head.root).decode()
        lines = (ROLL, self.head.origin, self.n, self.head.size, root, self.log, self.time)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "KeyRoll":
        """Return the key roll of a note's text.

        Raises
        ------
        NoteError
        """
        lines = text.split("\n")
        if len(lines) != ROLL_LINES or lines[0] != ROLL or not _NUMBER.fullmatch(lines[2]):
            msg = "a key note has seven lines"
            raise NoteError(msg)
        head = Checkpoint.parse("\n".join((lines[1], lines[3], lines[4], "")))
        return cls(int(lines[2]), head, log=Key.parse(lines[5]), time=Key.parse(lines[6]))
