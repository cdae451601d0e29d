"""A keystore that was brought back from a copy: locked, until what ended since has ended again.

Follows docs/spec/erasure.md, section 9. Everything here is its owner's; services read nothing
meanwhile (`crypto/migrations/0011_lock.py`).
"""

import json
from collections.abc import Sequence

from django.db import connections

from governance.crypto.destruction import Evidence, ask
from governance.crypto.epochs import ALIAS
from governance.crypto.lines import Row
from governance.rows import rows

REPEAT = """
SELECT keystore.repeat(%s, %s, %s, %s, %s::jsonb, %s, %s::bytea[], %s::bigint[], %s::bytea[])
"""


def locked_because() -> str:
    """Return why the keystore is locked, in a word; empty if it is open."""
    ((why,),) = rows("SELECT keystore.locked_because()", using=ALIAS)
    return str(why)


def suspect(word: str) -> None:
    """Lock the keystore until it is reconciled."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("UPDATE crypto_witness SET pending = %s", [word])


def adopt() -> None:
    """Open the keystore where it is now, after what was lost is repeated."""
    rows("SELECT keystore.adopt()", using=ALIAS)


def repeat(line: Row, evidence: Sequence[Evidence] = (), *, size: int = 0) -> None:
    """Write the next line of the ledger again, and end the keys that it ended.

    Arguments
    ---------
    evidence : for a line `erased`: of its entries in the log, in their order
    size : of the tree that the evidence leads to, which the keystore was told of since

    Raises
    ------
    OrderRefusedError
        the log does not show what the line says, or a line is missing before it (`gap`)
    """
    asked = [
        line.seq, line.controller, line.kind, line.outbox, json.dumps(line.body), size,
        [piece.entry for piece in evidence],
        [piece.index for piece in evidence],
        [b"".join(piece.path) for piece in evidence],
    ]  # fmt: skip
    ask(REPEAT, asked)
