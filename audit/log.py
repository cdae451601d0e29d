"""The only writer of the audit log (docs/spec/audit-log.md).

`record` appends in the transaction that is open on the connection: the entry and what
it describes are committed together, or neither is. `record_apart` is for what must stay
although the transaction it happened in does not: refusals and failures.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from django.db import DatabaseError, connections, transaction

from audit import coverage
from audit.actions import READS, Action, Outcome
from audit.errors import GateLockedError, LogBehindError, LogHaltedError
from audit.spool import spool
from audit.verifier import evidence, form
from governance.crypto import keystore
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor

NAMED_SUBJECTS = 20
NOBODY: Mapping[UUID, str] = MappingProxyType({})
WORD = re.compile(r"^[A-Za-z][A-Za-z0-9_.:\-]{0,120}\Z")
REFUSALS = {"CU001": LogBehindError, "CU002": LogHaltedError, "CU010": GateLockedError}


@dataclass(frozen=True)
class Event:
    """What an entry says, in words and numbers only: no value of a personal field.

    Arguments
    ---------
    action, outcome : what happened and how it ended
    purpose : a purpose key of the register or `duty:...`; mandatory, so that a person
        can be told why their data was looked at (CJEU C-579/21)
    subjects : the data subjects it is about; the log calls them by monthly pseudonyms
    object_type, object_id : the record, where it is not itself about a person
    fields : names of fields, never values
    counts : figures by word, for instance excluded subjects by reason
    evidence : by subject, a value the entry can not do without; it is sealed under that
        subject's key and ends with it
    """

    action: Action
    purpose: str
    outcome: Outcome = Outcome.DONE
    subjects: tuple[UUID, ...] = ()
    object_type: str = ""
    object_id: UUID | None = None
    basis: str = ""
    activity: str = ""
    reason: str = ""
    operation: str = ""
    fields: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[UUID, bytes] = field(default_factory=dict, repr=False)


class LogError(ValueError):
    """An event holds something that the log must never hold; a programming error."""


@dataclass(frozen=True)
class Receipt:
    """Proof for the caller that an entry was appended: its id and leaf hash, hex."""

    id: UUID
    leaf: str

    def __str__(self) -> str:
        return f"{self.id}.{self.leaf}"


def record(
    actor: Actor,
    event: Event,
    *,
    now: datetime,
    names: Mapping[UUID, str] = NOBODY,
    using: str = "default",
) -> Receipt:
    """Append one entry in the open transaction and return its receipt.

    Arguments
    ---------
    names : pseudonyms of the month of `now` that are known already; the others are fetched

    Raises
    ------
    LogError
        the event holds what no entry may hold
    LogBehindError, LogHaltedError, GateLockedError
        the log takes no entries just now
    """
    entry_id = uuid7()
    month = month_of(now)
    names = _pseudonyms(actor, {*event.subjects, *event.evidence}, month, known=names)
    members = [bytes.fromhex(names[s]) for s in dict.fromkeys(event.subjects) if s in names]
    said = _body(entry_id, actor, event, month=month, names=names, members=members)
    if event.evidence:
        said["evidence"] = _sealed(actor.controller, event.evidence, said=said, names=names)
    # RFC 8785, for what an entry holds: words, hex and integers, whose members are ASCII.
    body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    if not form.is_body(body):
        msg = "no verifier would take this for an entry"
        raise LogError(msg)
    receipt = Receipt(entry_id, _append(body, members, using=using).hex())
    coverage.note(coverage.Said(event.action, actor.kind, str(receipt)), using=using)
    spool.pending(entry_id, receipt.leaf, now=now)
    transaction.on_commit(lambda: spool.committed(entry_id, now=now), using=using)
    return receipt


def month_of(now: datetime) -> str:
    """Return the month by whose pseudonyms an entry of this moment calls people, yyyy-mm."""
    return now.astimezone(UTC).strftime("%Y-%m")


def record_apart(actor: Actor, event: Event, *, now: datetime, using: str = "default") -> Receipt:
    """Append one entry in a transaction of its own, which must not be nested in another."""
    with transaction.atomic(using=using, durable=True):
        return record(actor, event, now=now, using=using)


def _append(body: bytes, members: list[bytes], *, using: str) -> bytes:
    try:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT audit.append(%s, %s::bytea[])", [body, members])
            return bytes(cursor.fetchone()[0])
    except DatabaseError as error:
        _raise_refusal(error)
        raise


def _raise_refusal(error: DatabaseError) -> None:
    """Call a refusal of one of the databases what it is called here."""
    if refusal := REFUSALS.get(getattr(error.__cause__, "sqlstate", "")):
        raise refusal from error


def _pseudonyms(
    actor: Actor, subjects: Iterable[UUID], month: str, *, known: Mapping[UUID, str]
) -> dict[UUID, str]:
    wanted = {*subjects, *([actor.subject] if actor.subject else [])}
    found = {subject: known[subject] for subject in wanted if subject in known}
    missing = wanted - found.keys()
    if not missing:
        return found
    try:
        return found | keystore.pseudonyms(actor.controller, missing, month=month)
    except DatabaseError as error:  # a keystore that is locked names nobody
        _raise_refusal(error)
        raise


def _body(
    entry_id: UUID,
    actor: Actor,
    event: Event,
    *,
    month: str,
    names: dict[UUID, str],
    members: list[bytes],
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "v": 2,
        "id": str(entry_id),
        "controller": str(actor.controller),
        "month": month,
        "act": event.action.value,
        "outcome": event.outcome.value,
        "purpose": _word(event.purpose),
        "actor": {
            "k": _word(actor.kind),
            "role": actor.role.value,
            **({"p": names[actor.subject]} if actor.subject in names else {}),
        },
    }
    body |= {
        name: _word(value)
        for name in ("basis", "activity", "reason", "operation")
        if (value := getattr(event, name))
    }
    if event.object_type:
        body["obj"] = {"t": _word(event.object_type)} | (
            {"id": str(event.object_id)} if event.object_id else {}
        )
        if event.object_id and event.action not in READS:
            body["mut"] = True
    if event.subjects:
        body["subj"] = [m.hex() for m in members[:NAMED_SUBJECTS]]
        digest = hashlib.sha256(b"".join(sorted(members))).hexdigest()
        unnamed = len(set(event.subjects)) - len(members)  # their keys are destroyed
        body["members"] = {"n": len(members), "unnamed": unnamed, "digest": digest}
    if event.fields:
        body["fields"] = sorted(_word(name) for name in event.fields)
    if event.counts:
        body["counts"] = {_word(k): _number(v) for k, v in event.counts.items()}
    return body


def _sealed(
    controller: UUID, values: Mapping[UUID, bytes], *, said: dict[str, Any], names: dict[UUID, str]
) -> list[dict[str, str]]:
    """Return the evidence for each subject who still has a key."""
    keys = keystore.evidence_keys(controller, values)
    return [
        evidence.seal(keys[subject], value, body=said, pseudonym=names[subject])
        for subject, value in values.items()
        if subject in keys
    ]


def _word(value: str) -> str:
    if not WORD.match(value):
        msg = "the audit log takes words and names of fields, never values or free text"
        raise LogError(msg)
    return str(value)


def _number(value: int) -> int:
    if not 0 <= value < form.BEYOND:
        msg = "a count is an integer below 10^15"
        raise LogError(msg)
    return value
