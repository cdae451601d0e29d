"""What an anchor is (docs/spec/audit-log.md, section 8)."""

from dataclasses import dataclass, field
from typing import Protocol

from audit.verifier.note import Checkpoint, NoteError, split_note


class AnchorError(RuntimeError):
    """An anchor could not publish, or its proof does not hold; nothing is lost by it."""


@dataclass(frozen=True)
class Published:
    """A checkpoint to be kept elsewhere.

    Attributes
    ----------
    note : the signed checkpoint, as text
    introductions : key notes by number of the key, from 2
    policy : the first keys of the log (C2SP tlog-policy); empty where they are not known
    """

    epoch: int
    size: int
    note: str
    introductions: dict[int, str] = field(default_factory=dict)
    policy: str = ""

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says: origin, size and root.

        Raises
        ------
        AnchorError
            it is no note of a checkpoint
        """
        try:
            return Checkpoint.parse(split_note(self.note)[0])
        except NoteError as error:
            msg = f"this is no checkpoint: {error}"
            raise AnchorError(msg) from error


class Anchor(Protocol):
    """Publishes checkpoints somewhere, and can show that it did."""

    name: str

    def publish(self, published: Published) -> bytes:
        """Publish a checkpoint, again if need be, and return a proof that was checked.

        Raises
        ------
        AnchorError
        """

    def verify(self, published: Published, proof: bytes) -> None:
        """Check a proof that `publish` returned.

        Raises
        ------
        AnchorError
        """
