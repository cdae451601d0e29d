"""Verification of the log: re-hash every stored entry and compare all that repeats it.

Follows docs/spec/audit-log.md, section 5. Reads through the auditor's connection only.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.db import connections

BATCH = 5000
SELECTION = (
    "SELECT month, id, at, action, outcome, actor, controller_id, entry, leaf_hash"
    " FROM audit.entry {where} ORDER BY month, id LIMIT %s"
)


@dataclass(frozen=True)
class Fault:
    """The first thing found wrong: which entry, and the class of what was done to it."""

    entry: UUID | None
    kind: str


@dataclass(frozen=True)
class Verification:
    """What was verified: entries read, members counted, and the first fault if any."""

    entries: int
    members: int
    fault: Fault | None = None


def verify(*, using: str = "auditor") -> Verification:
    """Verify the whole log and stop at the first fault."""
    count = 0
    for row in _entries(using):
        count += 1
        if fault := _fault(row):
            return Verification(count, 0, fault)
    members, orphan = _members(using)
    fault = Fault(orphan, "members_changed") if orphan else None
    return Verification(count, members, fault)


def _entries(using: str) -> Iterator[tuple[Any, ...]]:
    last: tuple[Any, Any] | None = None
    while True:
        with connections[using].cursor() as cursor:
            cursor.execute(
                SELECTION.format(where="WHERE (month, id) > (%s, %s)" if last else ""),
                [*(last or ()), BATCH],
            )
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < BATCH:
            return
        last = (rows[-1][0], rows[-1][1])


def _fault(row: tuple[Any, ...]) -> Fault | None:
    month, entry_id, at, action, outcome, actor, controller, entry, leaf = row
    entry = bytes(entry)
    if hashlib.sha256(b"\x00" + entry).digest() != bytes(leaf):
        return Fault(entry_id, "bytes_changed")
    body_line, separator, env_line = entry.partition(b"\n")
    if not separator or b"\n" in env_line:
        return Fault(entry_id, "form_changed")
    try:
        body, env = json.loads(body_line), json.loads(env_line)
        canonical = rfc8785.dumps(body) == body_line and rfc8785.dumps(env) == env_line
    except (ValueError, rfc8785.CanonicalizationError):
        return Fault(entry_id, "form_changed")
    if not canonical:
        return Fault(entry_id, "form_changed")
    stamped = datetime.fromisoformat(env["at"])
    said = (
        body["id"],
        stamped,
        datetime.fromtimestamp((UUID(body["id"]).int >> 80) / 1000, UTC).strftime("%Y-%m-01"),
        body["act"],
        body["outcome"],
        body["actor"].get("p", body["actor"]["k"]),
        body.get("controller"),
    )
    columns = (
        str(entry_id),
        at,
        month.isoformat(),
        action,
        outcome,
        actor,
        str(controller) if controller else None,
    )
    return None if said == columns else Fault(entry_id, "columns_changed")


def _members(using: str) -> tuple[int, UUID | None]:
    """Count the member rows and return an entry whose members are not those it committed to."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.access_member")
        count = cursor.fetchone()[0]
        cursor.execute(MEMBER_MISMATCH)
        wrong = cursor.fetchone()
    return count, wrong[0] if wrong else None


MEMBER_MISMATCH = r"""
WITH said AS (
    SELECT id, convert_from(
               substring(entry FROM 1 FOR position('\x0a'::bytea IN entry) - 1), 'UTF8'
           )::json -> 'members' AS members
    FROM audit.entry
), found AS (
    SELECT entry_id, count(*) AS n,
           encode(sha256(string_agg(pseudonym, ''::bytea ORDER BY pseudonym)), 'hex') AS digest
    FROM audit.access_member GROUP BY entry_id
)
SELECT coalesce(said.id, found.entry_id)
FROM (SELECT * FROM said WHERE members IS NOT NULL AND (members->>'n')::int > 0) AS said
FULL JOIN found ON found.entry_id = said.id
WHERE said.id IS NULL OR found.entry_id IS NULL
   OR found.n <> (said.members->>'n')::int OR found.digest <> said.members->>'digest'
LIMIT 1
"""
