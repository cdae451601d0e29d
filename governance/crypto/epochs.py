"""Epochs of the keystore: a table of wrapped keys for each, and a key that ends with it.

Follows docs/spec/field-encryption.md, section 5. A deleted row stays in the pages of its table, so
wrapped keys are written anew into the next epoch's table, without those that were destroyed, and
the old table is dropped. The epoch's own key lies in it too, under the root key that the epoch
names: to go over to another root key is to go over to an epoch that names it (section 9).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import OperationalError, connections, transaction

from governance.crypto import rootkeys
from governance.crypto.envelope import unwrap, wrap
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.crypto.rootkeys import RootKey
from governance.rows import rows

ALIAS = "keys"
OWN = UUID(int=0)  # the slot of the epoch's own key
BATCH = 2_000  # keys copied while creators of keys wait, some hundredths of a second
LOCK_TIMEOUT = "2s"  # for the swap: readers wait behind it
LOCK = 0x63757374  # of the one rotation that may be under way

ACTIVE = """
SELECT e.n, w.wrapped, e.provider FROM crypto_epoch AS e
JOIN crypto_wrapped AS w ON w.epoch = e.n AND w.slot = %s WHERE e.state = 'active'
"""
KEY = """
SELECT w.wrapped, e.provider FROM crypto_epoch AS e
JOIN crypto_wrapped AS w ON w.epoch = e.n AND w.slot = %s WHERE e.n = %s
"""
OWNERS = """
(SELECT id, controller_id, subject_id, scope AS rest, version FROM crypto_subjectkey
 UNION ALL SELECT id, controller_id, NULL, use, version FROM crypto_controllerkey)
"""
MISSING = f"""
SELECT w.slot, w.wrapped, o.controller_id, o.subject_id, o.rest, o.version
FROM crypto_wrapped AS w JOIN {OWNERS} AS o ON o.id = w.slot
WHERE w.epoch = %s
  AND NOT EXISTS (SELECT 1 FROM crypto_wrapped AS x WHERE x.epoch = %s AND x.slot = w.slot)
ORDER BY w.slot LIMIT %s
"""  # noqa: S608 - constants of this module
FILL = """
INSERT INTO crypto_wrapped (epoch, slot, wrapped)
SELECT %s, given.slot, given.wrapped FROM unnest(%s::uuid[], %s::bytea[]) AS given(slot, wrapped)
"""
FILLED = f"""
SELECT w.slot, w.wrapped, o.controller_id, o.subject_id, o.rest, o.version
FROM crypto_wrapped AS w JOIN {OWNERS} AS o ON o.id = w.slot
WHERE w.epoch = %s AND w.slot > %s ORDER BY w.slot LIMIT %s
"""  # noqa: S608 - constants of this module
DIFFERENT = """
SELECT EXISTS (
    (SELECT slot FROM crypto_wrapped WHERE epoch = %s) EXCEPT
    (SELECT slot FROM crypto_wrapped WHERE epoch = %s))
"""
# Nobody makes or destroys a key meanwhile; reading goes on. The queue for it is fair.
ALONE = "LOCK TABLE crypto_epoch IN EXCLUSIVE MODE"
COUNT = "SELECT count(*) FROM crypto_wrapped WHERE epoch = %s AND slot <> %s"
NEEDED = """
SELECT EXISTS (SELECT 1 FROM crypto_subjectkey WHERE destroyed_at > e.began_at)
    OR EXISTS (SELECT 1 FROM crypto_controllerkey WHERE destroyed_at > e.began_at)
    OR e.began_at < clock_timestamp() - interval '30 days'
FROM crypto_epoch AS e WHERE e.state = 'active'
"""
ENDED = """
SELECT (SELECT count(*) FROM crypto_subjectkey WHERE destroyed_at > e.began_at)
     + (SELECT count(*) FROM crypto_controllerkey WHERE destroyed_at > e.began_at)
FROM crypto_epoch AS e WHERE e.n = %s
"""
UNLOGGED = """
SELECT e.n, e.kept, e.removed, e.provider <> o.provider
FROM crypto_epoch AS e JOIN crypto_epoch AS o ON o.n = e.n - 1
WHERE e.state <> 'filling' AND e.logged_at IS NULL ORDER BY e.n
"""
HAS_PEOPLE = "SELECT EXISTS (SELECT 1 FROM crypto_subjectkey WHERE destroyed_at IS NULL)"
# The first swap to an epoch of the active one's root key, with none of another after it.
OF_ROOT_SINCE = """
SELECT min(e.active_at) FROM crypto_epoch AS e, crypto_epoch AS a
WHERE a.state = 'active' AND e.state <> 'filling' AND NOT EXISTS (
    SELECT 1 FROM crypto_epoch AS o WHERE o.n BETWEEN e.n AND a.n AND o.provider <> a.provider)
"""
LOCK_NOT_AVAILABLE = "55P03"
GONE = """
WITH next AS (
    SELECT n, active_at FROM crypto_epoch WHERE began_at > %s AND state <> 'filling'
    ORDER BY n LIMIT 1
)
SELECT CASE WHEN NOT coalesce(bool_or(c.id IS NOT NULL AND c.gone_at IS NULL), false)
            THEN greatest(next.active_at, max(c.gone_at)) END
FROM next LEFT JOIN crypto_copy AS c ON c.epoch < next.n GROUP BY next.active_at
"""


@dataclass(frozen=True)
class Epoch:
    """An epoch: its number, its key as a cipher, which does not show it, and the root key above."""

    n: int
    cipher: AESGCM
    provider: str


@dataclass(frozen=True)
class Rotated:
    """What a rotation did: the epoch it went over to, keys kept, and keys that ended before it.

    `to_root` is whether the root key above it is another.
    """

    n: int
    kept: int
    removed: int
    to_root: bool


class RotationError(RuntimeError):
    """The epoch was not changed; the text says why."""


_known: dict[int, tuple[bytes, AESGCM]] = {}  # the key as it is wrapped, and to use


def context(n: int, *owner: str, version: int = 1) -> str:
    """Return what binds a wrapped key to its epoch, its owner and its version."""
    return "|".join(("custode/key/v2", str(n), *owner, str(version)))


def are_there() -> bool:
    """Whether the keystore has keys already, whatever its version."""
    return bool(rows("SELECT to_regclass('crypto_subjectkey') IS NOT NULL", using=ALIAS)[0][0])


def active() -> Epoch:
    """Return the epoch under which keys are wrapped now.

    Its key is compared with the one that is stored: a keystore may have been restored since, and
    what is wrapped under the key of another would be lost.

    Raises
    ------
    RootKeyOtherError
        it is under a root key that this process was not given
    RootKeyUnavailableError
        its root key can not be asked now
    """
    ((n, wrapped, provider),) = rows(ACTIVE, [OWN], using=ALIAS)
    return Epoch(n, _opened(n, bytes(wrapped), provider), provider)


def cipher_of(n: int) -> AESGCM:
    """Return what opens the keys of an epoch.

    Raises
    ------
    KeyDestroyedError
        the epoch is over, and its key with it
    RootKeyOtherError, RootKeyUnavailableError
        as `active`
    """
    if n in _known:
        return _known[n][1]
    found = rows(KEY, [OWN, n], using=ALIAS)
    if not found:
        raise KeyDestroyedError
    wrapped, provider = found[0]
    return _opened(n, bytes(wrapped), provider)


def _opened(n: int, wrapped: bytes, provider: str) -> AESGCM:
    if n not in _known or _known[n][0] != wrapped:
        key = AESGCM(rootkeys.named(provider).unwrap(wrapped, own_context(n)).reveal())
        for over in [old for old in _known if old < n]:
            del _known[over]
        _known[n] = wrapped, key
    return _known[n][1]


def own_context(n: int) -> bytes:
    """Return what binds the key of an epoch to its epoch, under the root key."""
    return f"custode/epoch/v1|{n}".encode()


def forget() -> None:
    """Forget the keys that this process knows; they are read again."""
    _known.clear()


def begin(connection: Any, n: int, root_key: RootKey) -> Epoch:
    """Make the table of an epoch, with a new key in it, in the transaction that is open."""
    key, provider = secrets.token_bytes(32), root_key.describe()
    wrapped = root_key.wrap(key, own_context(n))  # before anything is written: it may be away
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO crypto_epoch (n, state, provider) VALUES (%s, 'filling', %s)",
            [n, provider],
        )
        cursor.execute(
            f"CREATE TABLE crypto_wrapped_e{n:d} PARTITION OF crypto_wrapped FOR VALUES IN ({n:d})"
        )
        cursor.execute(f"ALTER TABLE crypto_wrapped_e{n:d} ALTER COLUMN wrapped SET STATISTICS 0")
        cursor.execute("INSERT INTO crypto_wrapped VALUES (%s, %s, %s)", [n, OWN, wrapped])
    return Epoch(n, AESGCM(key), provider)


def is_due() -> bool:
    """Whether a key was destroyed in this epoch, or it is older than thirty days."""
    return bool(rows(NEEDED, using=ALIAS)[0][0])


def has_people() -> bool:
    """Whether anybody has a key."""
    return bool(rows(HAS_PEOPLE, using=ALIAS)[0][0])


def of_root_since() -> datetime:
    """Return since when the keystore is under the root key that it is under now."""
    at: datetime = rows(OF_ROOT_SINCE, using=ALIAS)[0][0]
    return at


def removed_at(destroyed_at: datetime) -> datetime | None:
    """Return when a key left the tables and the copies of them, or None.

    The tables: with the first epoch begun after its end; one that was being filled while the key
    was destroyed may have got a copy of it. The copies: with the last that was made before (they
    are known by `governance.crypto.copies`).
    """
    for (found,) in rows(GONE, [destroyed_at], using=ALIAS):
        at: datetime | None = found
        return at
    return None


def rotate(root_key: RootKey | None = None) -> Rotated:
    """Go over to the next epoch, from wherever an earlier attempt stopped.

    Run by the owner of the keystore. Keys can be read, made and destroyed meanwhile.

    Parameters
    ----------
    root_key : what the next epoch's key is wrapped under; that of the active one unless given

    Raises
    ------
    RotationError
        another rotation is under way, or a key does not open
    RootKeyOtherError, RootKeyUnavailableError
        as `active`
    """
    with _alone():
        old = active()
        under = root_key or rootkeys.named(old.provider)
        new = _filling(under) or _begun(old.n + 1, under)
        _copy(old, new)
        while not _swap(old, new):
            _copy(old, new)
        forget()
        return unlogged()[-1]


def unlogged() -> list[Rotated]:
    """Return the rotations that have no entry in the audit log yet, the last one last."""
    return [Rotated(*row) for row in rows(UNLOGGED, using=ALIAS)]


def logged(n: int) -> None:
    """Note that the rotation to epoch `n` has its entry."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("UPDATE crypto_epoch SET logged_at = clock_timestamp() WHERE n = %s", [n])


def _filling(root_key: RootKey) -> Epoch | None:
    """Return the epoch that an earlier attempt began.

    One under another root key is dropped, and one whose key does not open: it holds copies alone.
    """
    found = rows("SELECT n, provider FROM crypto_epoch WHERE state = 'filling'", using=ALIAS)
    if not found:
        return None
    ((n, provider),) = found
    if provider == root_key.describe():
        with suppress(UnsealError):
            return Epoch(n, cipher_of(n), provider)
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(f"DROP TABLE crypto_wrapped_e{n:d}")
        cursor.execute("DELETE FROM crypto_epoch WHERE n = %s", [n])
    return None


def _begun(n: int, root_key: RootKey) -> Epoch:
    with transaction.atomic(using=ALIAS):
        return begin(connections[ALIAS], n, root_key)


@contextmanager
def _alone() -> Iterator[None]:
    if not rows("SELECT pg_try_advisory_lock(%s)", [LOCK], using=ALIAS)[0][0]:
        msg = "another rotation is under way"
        raise RotationError(msg)
    try:
        yield
    finally:
        rows("SELECT pg_advisory_unlock(%s)", [LOCK], using=ALIAS)


def _copy(old: Epoch, new: Epoch) -> None:
    """Copy what is missing, and open all of it again: nothing is dropped on the word of a count."""
    copied = 0
    while count := _fill(old, new):
        copied += count
    if copied:
        _check(new)


def _fill(old: Epoch, new: Epoch) -> int:
    """Copy some keys that are missing, from the lowest slot on; return how many."""
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(ALONE)
        return _copied(cursor, old, new)


def _copied(cursor: Any, old: Epoch, new: Epoch) -> int:
    cursor.execute(MISSING, [old.n, new.n, BATCH])
    slots, keys = [], []
    for slot, wrapped, *owner in cursor.fetchall():
        key = unwrap(old.cipher, bytes(wrapped), _context(old, owner))
        slots.append(slot)
        keys.append(wrap(new.cipher, key, _context(new, owner)))
    if slots:
        cursor.execute(FILL, [new.n, slots, keys])
    return len(slots)


def _check(new: Epoch) -> None:
    """Read every key that was written, and open it."""
    after = OWN
    while block := rows(FILLED, [new.n, after, BATCH], using=ALIAS):
        for _slot, wrapped, *owner in block:
            unwrap(new.cipher, bytes(wrapped), _context(new, owner))
        after = block[-1][0]


def _swap(old: Epoch, new: Epoch) -> bool:
    """Make the new epoch the active one and drop the old; False where much is missing in it."""
    try:
        with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute(ALONE)
            if _copied(cursor, old, new) == BATCH:
                return False
            for one, other in ((old, new), (new, old)):
                cursor.execute(DIFFERENT, [one.n, other.n])
                if cursor.fetchone()[0]:
                    msg = f"epochs {old.n} and {new.n} do not hold the same keys"
                    raise RotationError(msg)
            _go_over(cursor, old, new)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        return False  # somebody reads for long: a copy, for instance; they are not held up
    return True


def _go_over(cursor: Any, old: Epoch, new: Epoch) -> None:
    cursor.execute(COUNT, [new.n, OWN])
    (kept,) = cursor.fetchone()
    cursor.execute(ENDED, [old.n])
    (removed,) = cursor.fetchone()
    cursor.execute("UPDATE crypto_epoch SET state = 'over' WHERE n = %s", [old.n])
    cursor.execute(
        "UPDATE crypto_epoch SET state = 'active', active_at = clock_timestamp(),"
        " kept = %s, removed = %s WHERE n = %s",
        [kept, removed, new.n],
    )
    cursor.execute(f"DROP TABLE crypto_wrapped_e{old.n:d}")


def _context(epoch: Epoch, owner: list[Any]) -> str:
    controller, subject, rest, version = owner
    words = [controller.hex, *([subject.hex] if subject else []), rest]
    return context(epoch.n, *words, version=version)
