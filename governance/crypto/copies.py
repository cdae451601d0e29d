"""Copies of the keystore: each is known until it is gone (docs/spec/field-encryption.md, 5).

A copy holds keys that may be destroyed while it lives. So the physical time of an erasure is not
told before every copy that could hold the key is gone.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from governance.crypto import lines
from governance.crypto.epochs import ALIAS
from governance.crypto.ids import uuid7
from governance.rows import rows

LIFE = timedelta(days=7)
# The ledger is told too: an older keystore that is brought back knows nothing of younger copies.
BEGIN = """
WITH made AS (
    INSERT INTO crypto_copy (id, epoch, ledger_seq, place, expires_at)
    SELECT %s, n, %s, %s, %s FROM crypto_epoch WHERE state = 'active'
    RETURNING id, epoch, place, made_at, expires_at
)
SELECT keystore.append_line(NULL::uuid, 'copied', NULL::bigint, to_jsonb(made)) FROM made
"""
STANDING = """
SELECT id, ledger_seq, place, expires_at FROM crypto_copy WHERE gone_at IS NULL ORDER BY made_at
"""
END = """
WITH ended AS (
    UPDATE crypto_copy SET gone_at = clock_timestamp() WHERE id = %s AND gone_at IS NULL
    RETURNING id, gone_at
)
SELECT keystore.append_line(NULL::uuid, 'gone', NULL::bigint, to_jsonb(ended)) FROM ended
"""


class CopyError(RuntimeError):
    """A copy is not where it should be, or not known."""


class Copy(NamedTuple):
    """A copy of the keystore that is not gone.

    Attributes
    ----------
    ledger : number of the newest line of the ledger when it began
    place : folder it was made in
    """

    id: UUID
    ledger: int
    place: Path
    expires_at: datetime


def begin(place: Path, *, now: datetime) -> Copy:
    """Register a copy, before its first byte is read; the owner's.

    Raises
    ------
    CopyError
        there is no epoch, and so no key
    """
    copy = Copy(uuid7(), lines.newest(), place, now + LIFE)
    asked = [copy.id, copy.ledger, str(place), copy.expires_at]
    if not rows(BEGIN, asked, using=ALIAS):
        msg = "the keystore has no epoch"
        raise CopyError(msg)
    return copy


def standing() -> list[Copy]:
    """Return the copies that are not gone, oldest first."""
    found = rows(STANDING, using=ALIAS)
    return [Copy(copy, seq, Path(place), until) for copy, seq, place, until in found]


def gone(copy: UUID) -> None:
    """Say that a copy is gone, after its bytes are.

    Raises
    ------
    CopyError
        no such copy stands
    """
    if not rows(END, [copy], using=ALIAS):
        msg = f"no copy {copy} stands"
        raise CopyError(msg)
