"""The ledger in the keystore: lines that a restore of the main database has to repeat.

Follows docs/spec/erasure.md, section 9. Lines have numbers without gaps; none is changed.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from governance.crypto.epochs import ALIAS
from governance.rows import rows

NOTE = "SELECT keystore.note(%s, %s, %s, %s::jsonb)"
FROM = """
SELECT seq, controller_id, kind, outbox, body FROM crypto_ledger
WHERE seq >= %s ORDER BY seq LIMIT %s
"""


class Row(NamedTuple):
    """One line, as `crypto_ledger` has it."""

    seq: int
    controller: UUID | None
    kind: str
    outbox: int | None
    body: Mapping[str, Any]


def note(controller: UUID, kind: str, outbox: int, body: Mapping[str, Any]) -> int:
    """Append a line and return its number; told again, the number it has.

    Arguments
    ---------
    outbox : number in the main database; one line for each
    """
    asked = [controller, kind, outbox, json.dumps(body)]
    ((seq,),) = rows(NOTE, asked, using=ALIAS)
    return int(seq)


def starting(seq: int, *, limit: int) -> list[Row]:
    """Return the lines from a number on, in order."""
    return [
        Row(number, controller, kind, outbox, json.loads(body) if isinstance(body, str) else body)
        for number, controller, kind, outbox, body in rows(FROM, [seq, limit], using=ALIAS)
    ]


def newest() -> int:
    """Return the number of the newest line; 0 before the first."""
    ((seq,),) = rows("SELECT coalesce(max(seq), 0) FROM crypto_ledger", using=ALIAS)
    return int(seq)
