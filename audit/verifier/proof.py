"""`inclusion` and `checkpoint`: one proof, one checkpoint (C2SP tlog-proof)."""

import base64
import binascii
import re
from dataclasses import dataclass

from . import tree
from .policy import Keyring, Signed
from .verdict import CannotTellError, TamperedError

HEADER = "c2sp.org/tlog-proof@v1"
INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True)
class Proof:
    """A proof that a leaf is in the tree of a checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, raw: bytes) -> "Proof":
        """Return the proof of a text.

        Raises
        ------
        CannotTellError
            it is not a tlog-proof
        """
        head, separator, checkpoint = raw.partition(b"\n\n")
        try:
            first, index, *lines = head.decode("ascii").split("\n")
            found = INDEX.fullmatch(index)
            if first != HEADER or not separator or not found:
                raise ValueError  # noqa: TRY301 - the same answer as for a line too few
            hashes = tuple(base64.b64decode(line, validate=True) for line in lines)
            if [base64.b64encode(h).decode() for h in hashes] != lines:
                raise ValueError  # noqa: TRY301 - bits that no decoder looks at
        except (ValueError, binascii.Error) as error:
            detail = "this is not a proof: header, index, hashes, empty line, checkpoint"
            raise CannotTellError("unreadable", detail) from error
        return cls(int(found[1]), hashes, checkpoint)

    def check(self, leaf: bytes, keyring: Keyring) -> Signed:
        """Check that a leaf is in the tree that was signed; return the checkpoint.

        Raises
        ------
        TamperedError
            the checkpoint is not signed, or the proof leads elsewhere
        """
        signed = keyring.open(self.checkpoint)
        try:
            tree.check_inclusion(leaf, self.index, signed.size, proof=self.hashes, root=signed.root)
        except tree.ProofError as error:
            raise TamperedError("tree_changed", f"the proof fails: {error}", self.index) from error
        return signed
