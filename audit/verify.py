"""Verification of the stored log by the checks of the auditor's verifier.

Follows docs/spec/audit-log.md, section 10. Reads through the auditor's connection only, in one
snapshot: signatures, tree, entries with their leaves, columns, members, links, times, pruning,
counts and keys; and, where they are given, what was kept outside the database.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from audit.verifier import checks, leaves, policy, reconcile, tree
from audit.verifier.entries import Entry
from audit.verifier.policy import Keyring, Signed
from audit.verifier.verdict import CannotTellError, TamperedError
from governance.crypto import keystore
from governance.rows import rows

BATCH = 5000
ORDERS = "key.destroyed"
MILLISECONDS = 3_600_000  # of an hour: an id begins with its time
# Columns in the words of the entry, so that one comparison of texts is enough.
COLUMNS = """
    to_char(e.month, 'YYYY-MM-DD'), e.id::text,
    to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.outcome, e.actor,
    e.controller_id::text, e.entry, e.leaf_hash,
    (SELECT string_agg(encode(m.pseudonym, 'hex'), ' ')
     FROM audit.access_member AS m WHERE m.entry_id = e.id)
"""
PLACED = f"""
SELECT l.seq, l.id::text, l.leaf_hash, p.entry_id, {COLUMNS}
FROM audit.leaf AS l
LEFT JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
LEFT JOIN audit.pruned AS p ON p.seq = l.seq
WHERE l.seq >= %s ORDER BY l.seq LIMIT %s
"""  # noqa: S608 - constants of this module
WAITING = f"""
SELECT q.id::text, q.leaf_hash, {COLUMNS}
FROM audit.queue AS q LEFT JOIN audit.entry AS e ON e.month = q.month AND e.id = q.id
ORDER BY q.wseq
"""  # noqa: S608 - constants of this module
LOOSE = """
SELECT e.id::text FROM audit.entry AS e
WHERE NOT EXISTS (SELECT 1 FROM audit.leaf AS l WHERE l.id = e.id AND l.month = e.month)
  AND NOT EXISTS (SELECT 1 FROM audit.queue AS q WHERE q.id = e.id AND q.month = e.month)
LIMIT 1
"""
ORPHANS = """
SELECT m.entry_id::text FROM audit.access_member AS m
WHERE NOT EXISTS (SELECT 1 FROM audit.entry AS e WHERE e.id = m.entry_id) LIMIT 1
"""
KEYS = "SELECT vkey, time_vkey, introduction FROM audit.signing_key ORDER BY n"
CHECKPOINTS = "SELECT note FROM audit.checkpoint ORDER BY epoch, size, signed_at"
HEAD = "SELECT size, root FROM audit.head"
TILE = "SELECT hashes FROM audit.tile WHERE level = %s AND n = %s"
# What a `log.pruned` removed that waits for its own place is judged when it has one.
PRUNED = """
SELECT p.seq, coalesce(l.seq, -1) FROM audit.pruned AS p
LEFT JOIN audit.leaf AS l ON l.id = p.entry_id
WHERE NOT EXISTS (SELECT 1 FROM audit.queue AS q WHERE q.id = p.entry_id)
"""


@dataclass(frozen=True)
class Fault:
    """The first thing found wrong: the class of what was done, which entry, and where."""

    entry: UUID | None
    kind: str
    index: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Verification:
    """What was verified.

    Attributes
    ----------
    entries, members : how many were read
    fault : what was done to the log, or None
    doubt : what nobody can tell from what is there, or None
    size : leaves of the tree
    sealed : leaves under the newest checkpoint
    """

    entries: int
    members: int
    fault: Fault | None = None
    doubt: Fault | None = None
    size: int = 0
    sealed: int = 0


@dataclass(frozen=True)
class Outside:
    """What is kept outside the database; what is empty is not compared.

    Attributes
    ----------
    policy : the first keys of the log; without it the database's own are believed
    checkpoints : signed notes, from the export folder, mails or witnesses
    spools : files of the writers
    """

    policy: str = ""
    checkpoints: Sequence[bytes] = ()
    spools: Sequence[Path] = ()
    accepts_gap: bool = False


def verify(
    *, using: str = "auditor", outside: Outside | None = None, now: datetime | None = None
) -> Verification:
    """Verify the whole log and stop at the first fault.

    Arguments
    ---------
    now : what the spool's youngest entries are measured against
    """
    connection = connections[using]
    with transaction.atomic(using=using):
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        work = _Work(using, outside or Outside(), now or datetime.now(UTC))
        fault = doubt = None
        try:
            work.run()
        except TamperedError as error:
            fault = work.fault(error)
        except CannotTellError as error:
            doubt = work.fault(error)
        return Verification(work.read, work.members, fault, doubt, work.size, work.sealed)


class _Work:
    """One verification under way."""

    def __init__(self, using: str, outside: Outside, now: datetime) -> None:
        self._using, self._outside, self._now = using, outside, now
        self.read = self.members = self.size = self.sealed = 0
        self._entry_id: str | None = None
        self._known: set[bytes] = set()
        self._orders: dict[str, list[Entry]] = defaultdict(list)  # to destroy keys

    def run(self) -> None:
        """Run every check."""
        ((self.size, root),) = self._rows(HEAD)
        signed = self._signed()
        grown = leaves.Leaves.load(self.size, self._tile)
        newest, continued = self._tree(grown, bytes(root), signed)
        self._placed(grown, self._rules(grown, continued))
        self._waiting()
        self._rest()
        self._keys()
        young = self._now.timestamp()
        for path in self._outside.spools:
            reconcile.check_spool(path, self._known, young)
        if newest and not self._outside.accepts_gap:
            leaves.require_no_gap(newest)

    def fault(self, error: TamperedError | CannotTellError) -> Fault:
        """Return what was found, and at the entry that was being looked at."""
        entry_id = UUID(self._entry_id) if self._entry_id else None
        return Fault(entry_id, error.kind, error.index, error.detail)

    def _signed(self) -> list[Signed]:
        keys = self._rows(KEYS)
        if not keys and not self._outside.policy:
            if self._rows(CHECKPOINTS) or self._outside.checkpoints:
                raise TamperedError("signature_invalid", "there are checkpoints and no key")
            return []
        text = self._outside.policy or policy.written(*keys[0][:2])
        keyring = Keyring.parse(text)
        keyring.follow(row[2].encode() for row in keys[1:])
        notes = [note.encode() for (note,) in self._rows(CHECKPOINTS)]
        return [keyring.open(note) for note in (*notes, *self._outside.checkpoints)]

    def _tree(
        self, grown: leaves.Leaves, root: bytes, signed: list[Signed]
    ) -> tuple[Signed | None, list[Signed]]:
        """Return the newest checkpoint, and all that the tree continues."""
        if grown.root(self.size) != root:
            raise TamperedError("tree_changed", "the head's root is not that of its tiles")
        if not signed:
            return None, []
        newest = max(signed, key=lambda c: (c.epoch, c.size, c.time))
        self.sealed = newest.size
        if newest.size <= self.size:
            leaves.check_newest(grown, newest, [c for c in signed if c.size <= self.size])
        return newest, leaves.continued(grown, newest, signed)

    def _rules(self, grown: leaves.Leaves, signed: list[Signed]) -> list[checks.Check]:
        pruned = {seq: by for seq, by in self._rows(PRUNED) if seq < self.size}
        return [
            checks.Links(grown.__getitem__, {grown[seq] for seq in pruned}),
            checks.Times(signed),
            checks.Pruning(pruned, signed),
        ]

    def _placed(self, grown: leaves.Leaves, rules: list[checks.Check]) -> None:
        wanted = 0
        for seq, leaf_id, leaf, pruned_by, *row in self._leaves():
            self._entry_id = leaf_id
            if seq != wanted:
                raise TamperedError("tree_changed", "a place of the tree is missing", wanted)
            wanted += 1
            self._known.add(bytes(leaf))
            if bytes(leaf) != grown[seq]:
                raise TamperedError("tree_changed", "the leaf is not that of the tree", seq)
            if row[1] is None:
                if pruned_by is None:
                    raise TamperedError("entry_missing", "the entry is gone", seq)
                continue
            entry = self._entry(seq, row, bytes(leaf))
            for rule in rules:
                rule.see(entry)
        if wanted != self.size:
            detail = "the head speaks of another number of entries"
            raise TamperedError("tree_changed", detail, min(wanted, self.size))
        self._entry_id = None
        for rule in rules:
            rule.finish()

    def _waiting(self) -> None:
        for entry_id, leaf, *row in self._rows(WAITING):
            self._entry_id = entry_id
            if row[1] is None:
                raise TamperedError("entry_missing", "the entry is gone, its place waits for it")
            self._known.add(bytes(leaf))
            self._entry(self.size, row, bytes(leaf))
        self._entry_id = None

    def _rest(self) -> None:
        for sql, kind, detail in (
            (LOOSE, "entry_unsequenced", "the entry is neither in the tree nor waits"),
            (ORPHANS, "members_changed", "people are listed for no entry"),
        ):
            if found := self._rows(sql):
                self._entry_id = found[0][0]
                raise TamperedError(kind, detail)

    def _keys(self) -> None:
        for controller, ordered in self._orders.items():
            ended = [
                (at.timestamp(), str(by or "")) for at, by in keystore.destroyed(UUID(controller))
            ]
            rule = checks.Keys(ended, until=self._now.timestamp())
            for entry in ordered:
                rule.see(entry)
            rule.finish()

    def _entry(self, seq: int, row: Sequence[Any], leaf: bytes) -> Entry:
        """Check an entry with its own row, and return it."""
        *columns, raw, own_leaf, listed = row
        entry = Entry(seq, bytes(raw))
        members = listed.split(" ") if listed else []
        self.read += 1
        self.members += len(members)
        if tree.leaf_hash(entry.raw) != leaf or bytes(own_leaf) != leaf:
            raise TamperedError("entry_changed", "the bytes do not hash to the leaf", seq)
        if _said(entry) != columns:
            raise TamperedError("columns_changed", "the columns say something else", seq)
        checks.require_members(entry, members)
        controller = columns[-1]
        orders = self._orders[controller]
        if entry.read()["act"] == ORDERS:
            orders.append(entry)
        return entry

    def _leaves(self) -> Iterator[tuple[Any, ...]]:
        start = 0
        while block := self._rows(PLACED, [start, BATCH]):
            yield from block
            start = block[-1][0] + 1

    def _tile(self, level: int, n: int) -> bytes:
        width = tree.tile_width(self.size, level, n)
        found = self._rows(TILE, [level, n])
        content = bytes(found[0][0])[: width * tree.HASH_BYTES] if found else b""
        if len(content) != width * tree.HASH_BYTES:
            index = n * tree.WIDTH << tree.HEIGHT * level
            raise TamperedError("tree_changed", "a tile is missing or not whole", index)
        return content

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return rows(sql, parameters, using=self._using)


def _said(entry: Entry) -> list[str]:
    """Return what an entry's bytes say of its columns."""
    entry_id, at, act, outcome, actor, kind, controller = entry.read().group(
        "id", "at", "act", "outcome", "actor", "kind", "controller"
    )
    hour = int(entry_id[:8] + entry_id[9:13], 16) // MILLISECONDS
    return [_month(hour), entry_id, at, act, outcome, actor or kind, controller]


@cache
def _month(hour: int) -> str:
    """Return the first day of the month of an hour since 1970, or nothing where there is none."""
    try:
        return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-01}"
    except ValueError:
        return ""
