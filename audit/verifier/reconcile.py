"""`reconcile`: what writers and callers kept outside the database has to be in the tree."""

import re
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from .verdict import CannotTellError, TamperedError

SHORTLY = 120  # seconds before the checkpoint: an entry may still wait for its place
LINE = re.compile(r"P ([0-9a-f]{32}) ([0-9a-f]{64}) ([0-9]{1,12})|C ([0-9a-f]{32}) ([0-9]{1,12})")
RECEIPT = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([0-9a-f]{64})"
)


def check_spool(path: Path, known: set[bytes], sealed_at: float) -> int:
    """Demand that every committed entry of a spool is in the tree; return how many there are.

    Arguments
    ---------
    known : leaf hashes of the tree
    sealed_at : time of the checkpoint, Unix seconds

    Raises
    ------
    TamperedError
        `receipt_missing`
    CannotTellError
        the file is not a spool, or the entry is too young
    """
    pending: dict[str, str] = {}
    committed: list[tuple[str, str, int]] = []
    for line in _lines(path):
        found = LINE.fullmatch(line)
        if not found:
            raise CannotTellError("unreadable", "the spool has a line that can not be read")
        if found[1]:
            pending[found[1]] = found[2]
        elif found[4] in pending:
            committed.append((found[4], pending.pop(found[4]), int(found[5])))
        else:
            raise CannotTellError("unreadable", "the spool has a commit of nothing")
    _require(committed, known, sealed_at)
    return len(committed)


def check_receipts(path: Path, known: set[bytes], sealed_at: float) -> int:
    """Demand that every receipt (`X-Audit-Receipt`, one a line) is in the tree."""
    held = []
    for line in _lines(path):
        found = RECEIPT.fullmatch(line)
        if not found:
            raise CannotTellError("unreadable", "a line is no receipt: id.leaf")
        held.append((found[1], found[2], (UUID(found[1]).int >> 80) // 1000))
    _require(held, known, sealed_at)
    return len(held)


def _require(held: Iterable[tuple[str, str, int]], known: set[bytes], sealed_at: float) -> None:
    young = 0
    for name, leaf, time in held:
        if bytes.fromhex(leaf) in known:
            continue
        if time <= sealed_at - SHORTLY:
            detail = f"the entry {name} was committed and never came into the tree"
            raise TamperedError("receipt_missing", detail)
        young += 1
    if young:
        detail = f"{young} entries are younger than the checkpoint: verify again with a newer one"
        raise CannotTellError("not_yet", detail)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotTellError("unreadable", f"{path.name} can not be read") from error
