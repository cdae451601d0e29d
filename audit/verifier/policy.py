"""Whom to trust: the first keys of a log, and the notes by which each key introduced the next.

The policy is C2SP tlog-policy with three lines:

    log <vkey>
    witness time <time vkey>
    quorum time
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from . import note
from .verdict import CannotTellError, TamperedError

ORIGIN = re.compile(r"(.+/custode/)([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Generation:
    """The keys of one number; `until` is (epoch, size) of the last they may sign alone."""

    n: int
    log: note.Key
    time: note.Key
    until: tuple[int, int] | None = None


@dataclass(frozen=True)
class Signed:
    """A checkpoint whose signatures were checked; `time` in Unix seconds."""

    epoch: int
    size: int
    root: bytes
    time: int
    text: str


def epoch_of(origin: str) -> tuple[str, int]:
    """Return the part of an origin that never changes, and its epoch.

    Raises
    ------
    NoteError
    """
    match = ORIGIN.fullmatch(origin)
    if not match:
        msg = "an origin is <host>/custode/<epoch>"
        raise note.NoteError(msg)
    return match[1], int(match[2])


def written(log: str, time: str) -> str:
    """Return the policy of a log, from the vkeys of its first log key and time key."""
    return f"log {log}\nwitness time {time}\nquorum time\n"


class Keyring:
    """All keys of one log, from the first; opens its checkpoints."""

    def __init__(self, log: note.Key, time: note.Key) -> None:
        self.base, _ = epoch_of(log.name)
        self._generations = [Generation(1, log, time)]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Return the keyring of a policy.

        Raises
        ------
        CannotTellError
            it is not the policy of a log
        """
        try:
            words = [line.split() for line in text.splitlines() if line.strip()]
            words = [line for line in words if not line[0].startswith("#")]
            (log, key), (witness, name, time), quorum = words
            if (log, witness, quorum) != ("log", "witness", ["quorum", name]):
                raise ValueError  # noqa: TRY301 - the same answer as for a line too few
            return cls(note.Key.parse(key), note.Key.parse(time))
        except ValueError as error:
            detail = "the policy is not that of a log: `log`, `witness time`, `quorum time`"
            raise CannotTellError("policy_unreadable", detail) from error

    def follow(self, notes: Iterable[bytes]) -> None:
        """Take up the keys that the known ones introduce, in order.

        Raises
        ------
        TamperedError
            a note is not signed by the key before it and the new one
        """
        for raw in notes:
            last = self._generations[-1]
            try:
                roll = note.KeyRoll.parse(note.split_note(raw)[0])
                base, epoch = epoch_of(roll.head.origin)
                signers = [self._named(key, roll.head.origin) for key in (last.log, roll.log)]
                signed = note.open_note(raw, signers).signed_by
            except note.NoteError as error:
                raise TamperedError("signature_invalid", f"a key note: {error}") from error
            if base != self.base or roll.n != last.n + 1 or len(signed) < len(signers):
                detail = f"key {last.n + 1} was not introduced by the key before it"
                raise TamperedError("signature_invalid", detail)
            self._generations[-1] = replace(last, until=(epoch, roll.head.size))
            self._generations.append(Generation(roll.n, roll.log, roll.time))

    def open(self, raw: bytes) -> Signed:
        """Return a checkpoint of this log.

        Raises
        ------
        TamperedError
            it is not signed, with its time, by keys that were in use
        CannotTellError
            it is a checkpoint of another log
        """
        try:
            checkpoint = note.Checkpoint.parse(note.split_note(raw)[0])
            base, epoch = epoch_of(checkpoint.origin)
            if base != self.base:
                detail = f"a checkpoint of another log: {checkpoint.origin}"
                raise CannotTellError("other_log", detail)
            known = {
                self._named(key, checkpoint.origin): g
                for g in self._generations
                for key in (g.log, g.time)
            }
            opened = note.open_note(raw, list(known))
        except note.NoteError as error:
            raise TamperedError("signature_invalid", f"a checkpoint: {error}") from error
        at = (epoch, checkpoint.size)
        for generation in self._generations:
            kinds = {key.kind for key in opened.signed_by if known[key] is generation}
            is_in_use = generation.until is None or at <= generation.until
            if is_in_use and kinds == {note.PLAIN, note.TIMED} and opened.time is not None:
                size, root = checkpoint.size, checkpoint.root
                return Signed(epoch, size, root, opened.time, opened.text)
        detail = f"the checkpoint of {checkpoint.size} entries is not signed by a key in use"
        raise TamperedError("signature_invalid", detail)

    @staticmethod
    def _named(key: note.Key, origin: str) -> note.Key:
        return replace(key, name=origin)
