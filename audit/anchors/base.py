"""What an anchor is (docs/spec/audit-log.md, section 8)."""

from dataclasses import dataclass, field
from typing import Protocol


class AnchorError(RuntimeError):
    """An anchor could not publish, or its proof does not hold; nothing is lost by it."""


@dataclass(frozen=True)
class Published:
    """A checkpoint to be kept elsewhere.

    Attributes
    ----------
    note : the signed checkpoint, as text
    introductions : key notes by number of the key, from 2
    """

    epoch: int
    size: int
    note: str
    introductions: dict[int, str] = field(default_factory=dict)


class Anchor(Protocol):
    """Publishes checkpoints somewhere, and can show that it did."""

    name: str

    def publish(self, published: Published) -> bytes:
        """Publish a checkpoint, again if need be, and return a proof of it.

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
