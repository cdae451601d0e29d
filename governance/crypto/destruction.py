"""Destroying keys of people: the application asks, and the keystore checks the log by itself.

Follows docs/spec/field-encryption.md, section 4. What is handed over are the stored bytes of the
entries of the audit log, their places in the tree and the paths to a root that the log's signer
told the keystore. No word of the application is believed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError

from governance.crypto.epochs import ALIAS
from governance.crypto.errors import OrderRefusedError
from governance.crypto.orders import Order
from governance.policy.vocabulary import Role
from governance.rows import rows

REFUSED = "CU022"
MAY_AGREE = frozenset({Role.DPO, Role.LEGAL, Role.AUDITOR, Role.ADMINISTRATOR})
"""Whose second approval the keystore counts; the first is of the DPO or a lawyer."""

BULK = "SELECT bulk_from FROM crypto_rule"
DESTROY = """
SELECT keystore.destroy(%s, %s, %s::uuid[], %s::text[], %s::integer[], %s, %s,
                        %s::bytea[], %s::bigint[], %s::bytea[])
"""
STOP = "SELECT keystore.stop(%s, %s, %s, %s::text[], %s)"
RELEASE = "SELECT keystore.release(%s, %s, %s, %s, %s, %s)"
MOVE = "SELECT keystore.move_stops(%s, %s, %s, %s, %s, %s)"
STOPS = """
SELECT reference, subject_id, scope, version, placed_at FROM crypto_stop
WHERE controller_id = %(controller)s AND (%(everybody)s OR subject_id = ANY(%(subjects)s::uuid[]))
"""
WITNESSED = """
SELECT log_epoch, size, root FROM crypto_checkpoint ORDER BY log_epoch DESC, size DESC LIMIT 1
"""


@unique
class Refusal(StrEnum):
    """Why the keystore did not do what it was asked."""

    CHECKPOINT = "checkpoint"  # the signer did not tell of a tree of this size
    INCLUSION = "inclusion"  # an entry is not where it is said to be, or not in the tree
    LINES = "lines"  # no keys are named, or one twice
    PEOPLE = "people"  # more than 200 in one call
    ORDER = "order"  # the first entry orders nothing, or another job's
    DIGEST = "digest"  # the order is about other keys
    COUNT = "count"
    AGE = "age"  # the order is older than a day
    APPROVAL = "approval"  # nobody approved this job before it was ordered
    ROLE = "role"  # who approved it may not
    SECOND_APPROVAL = "second_approval"  # so many people are not destroyed on one word
    STOPPED = "stopped"  # a hold or a restriction names one of the keys
    RELEASE = "release"  # the log does not say that it was lifted
    GAP = "gap"  # after a restore: a line of the ledger is missing before this one


@dataclass(frozen=True, slots=True)
class Evidence:
    """An entry of the audit log, and what shows that it is in the tree.

    Attributes
    ----------
    entry : its bytes as they are stored
    index : of its leaf, from 0
    path : of hashes, 32 bytes each, RFC 9162 §2.1.3
    """

    entry: bytes
    index: int
    path: tuple[bytes, ...]


class Stop(NamedTuple):
    """What a hold or a restriction stops: this version of a scope and every later one."""

    reference: UUID
    subject: UUID
    scope: str
    version: int
    placed_at: datetime


class Witnessed(NamedTuple):
    """A checkpoint of the log that its signer told the keystore."""

    epoch: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was destroyed.

    Attributes
    ----------
    seq : of the line in the keystore's ledger
    destroyed_at : from then on no query returns one of the keys
    epoch : in whose table their bytes were last
    closed : how many of the keys were alive
    line : what the ledger keeps, to repeat it after a restore
    """

    seq: int
    destroyed_at: datetime
    epoch: int
    closed: int
    line: dict[str, Any]


def witnessed() -> Witnessed | None:
    """Return the newest checkpoint that the keystore knows of; None before the first."""
    for epoch, size, root in rows(WITNESSED, using=ALIAS):
        return Witnessed(epoch, size, bytes(root))
    return None


def bulk_from() -> int:
    """Return the number of people from which on two have to approve, as the keystore has it."""
    return int(rows(BULK, using=ALIAS)[0][0])


def is_same_month(one: datetime, other: datetime) -> bool:
    """Whether two approvals can count as those of two people: pseudonyms change with the month."""
    return f"{one.astimezone(UTC):%Y-%m}" == f"{other.astimezone(UTC):%Y-%m}"


def destroy(order: Order, evidence: Sequence[Evidence], *, size: int) -> Receipt:
    """Destroy the keys that an order names; repeating it changes nothing and returns the same.

    Keys that are gone already, and keys that never were, are closed as well: none can be made.

    Arguments
    ---------
    evidence : of the entry that orders it, then of those that approve its job
    size : of the tree that the evidence leads to, which the keystore must know of

    Raises
    ------
    OrderRefusedError
        `because` says why; nothing was changed
    """
    lines = order.sorted()
    asked = [
        order.job,
        order.controller,
        [line.subject for line in lines],
        [line.scope for line in lines],
        [line.version for line in lines],
        order.salt,
        size,
        [piece.entry for piece in evidence],
        [piece.index for piece in evidence],
        [b"".join(piece.path) for piece in evidence],
    ]
    found = json.loads(ask(DESTROY, asked))
    return Receipt(
        seq=found.pop("seq"),
        destroyed_at=datetime.fromisoformat(found["destroyed_at"]),
        epoch=found["epoch"],
        closed=found["closed"],
        line=found,
    )


def stop(
    reference: UUID, controller: UUID, subject: UUID, *, scopes: Iterable[str], version: int = 1
) -> frozenset[str]:
    """Let no key of a person be destroyed while `reference`, a hold or a restriction, stands.

    To be called before the hold is committed: one too many only delays. It waits for a destruction
    that is under way. Repeating it is harmless.

    Arguments
    ---------
    version : the stop names this version of each scope and every later one

    Returns
    -------
    Scopes whose keys were destroyed before.
    """
    wanted = [str(scope) for scope in scopes]
    return frozenset(ask(STOP, [reference, controller, subject, wanted, version]))


def stops(controller: UUID, subjects: Iterable[UUID] | None = None) -> list[Stop]:
    """Return the stops of some people, or of everybody of a controller."""
    asked = {
        "controller": controller,
        "everybody": subjects is None,
        "subjects": list(subjects or ()),
    }
    return [Stop(*row) for row in rows(STOPS, asked, using=ALIAS)]


def release(reference: UUID, controller: UUID, evidence: Evidence, *, size: int) -> int:
    """Take back the stops of a hold or a restriction; return how many there were.

    Arguments
    ---------
    evidence : of the entry that says it was lifted

    Raises
    ------
    OrderRefusedError
        the log does not say so, or says it of another
    """
    return int(ask(RELEASE, [reference, controller, size, *_pieces(evidence)]))


def move(reference: UUID, controller: UUID, evidence: Evidence, *, size: int) -> int:
    """Let the stops of a hold follow its rows, which were sealed anew; return how many moved.

    From `ordinary` to `kept`, from any other scope to the newest version of its own: the keys that
    the rows were under before can then be destroyed. Repeating it is harmless.

    Arguments
    ---------
    evidence : of the entry `hold.resealed`

    Raises
    ------
    OrderRefusedError
        the log does not say so, or says it of another
    """
    return int(ask(MOVE, [reference, controller, size, *_pieces(evidence)]))


def _pieces(evidence: Evidence) -> tuple[bytes, int, bytes]:
    return evidence.entry, evidence.index, b"".join(evidence.path)


def ask(statement: str, given: list[Any]) -> Any:
    """Return what a function of the keystore answers.

    Raises
    ------
    OrderRefusedError
        it did nothing, and said why
    """
    try:
        return rows(statement, given, using=ALIAS)[0][0]
    except DatabaseError as error:
        cause = error.__cause__
        if getattr(cause, "sqlstate", "") != REFUSED:
            raise
        word = getattr(getattr(cause, "diag", None), "message_detail", None)
        raise OrderRefusedError(because=Refusal(word or "")) from None
