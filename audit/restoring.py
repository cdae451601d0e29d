"""What a recovery does to the tables of the log, as their owner.

Follows docs/spec/audit-log.md, section 12.

Rows come in the order of their places and are written in blocks, so that memory stays bounded.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from audit.anchors.folder import Place
from audit.status import moment_of
from audit.verifier import checks, note
from audit.verifier.entries import Entry
from audit.verifier.policy import Signed
from audit.verifier.verdict import TamperedError
from governance.rows import rows

BLOCK = 1000

# The mark that lets the owner delete; only this transaction has it.
MARK = "SELECT set_config('audit.pruning', pg_current_xact_id()::text, true)"
TAKE_BACK = """
WITH gone AS (DELETE FROM audit.leaf WHERE seq >= %s RETURNING id, month, leaf_hash)
INSERT INTO audit.queue (id, month, leaf_hash, at, wseq)
SELECT g.id, g.month, g.leaf_hash, clock_timestamp(), coalesce(
    (split_part(convert_from(e.entry, 'UTF8'), E'\\n', 2)::json ->> 'wseq')::bigint, 0)
FROM gone AS g JOIN audit.entry AS e ON e.month = g.month AND e.id = g.id
"""
LEAF = "INSERT INTO audit.leaf (seq, id, month, leaf_hash) VALUES (%s, %s, %s, %s)"
ENTRY = """
INSERT INTO audit.entry (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
MEMBER = "INSERT INTO audit.access_member VALUES (%s, %s) ON CONFLICT DO NOTHING"
DIFFERS = """
SELECT l.seq FROM audit.leaf AS l JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
WHERE l.id = ANY(%s) AND e.leaf_hash <> l.leaf_hash ORDER BY l.seq LIMIT 1
"""
PLACED = "DELETE FROM audit.queue AS q USING audit.leaf AS l WHERE l.id = q.id"
DROP_TILES = "DELETE FROM audit.tile"
GONE = "INSERT INTO audit.pruned (seq, entry_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
FORGET = "DELETE FROM audit.entry WHERE month = %s AND id = %s"
FORGET_MEMBERS = "DELETE FROM audit.access_member WHERE entry_id = %s"
CHAIN = """
INSERT INTO audit.chain AS c (record, ver, leaf_hash) VALUES (%s, %s, %s)
ON CONFLICT (record) DO UPDATE SET ver = EXCLUDED.ver, leaf_hash = EXCLUDED.leaf_hash
WHERE c.ver < EXCLUDED.ver
"""
STAMPED = """
SELECT setval('audit.writer_sequence', greatest(%s, last_value)) FROM audit.writer_sequence
"""
CHECKPOINT = """
INSERT INTO audit.checkpoint (signed_at, epoch, size, root, note)
SELECT %s, %s, %s, %s, %s WHERE NOT EXISTS (SELECT 1 FROM audit.checkpoint WHERE note = %s)
ON CONFLICT DO NOTHING
"""
KEY = """
INSERT INTO audit.signing_key (n, vkey, time_vkey, introduction) VALUES (%s, %s, %s, %s)
ON CONFLICT (n) DO NOTHING
"""
# Prunings whose removal is not in this database: it is older, or its list was lost with it.
PRUNINGS = """
SELECT e.id, e.controller_id,
       split_part(convert_from(e.entry, 'UTF8'), E'\\n', 1)::json -> 'pruned'
FROM audit.entry AS e JOIN audit.leaf AS l ON l.id = e.id AND l.month = e.month
WHERE e.action = 'log.pruned'
  AND (SELECT count(*) FROM audit.pruned AS p WHERE p.entry_id = e.id)
      < (split_part(convert_from(e.entry, 'UTF8'), E'\\n', 1)::json -> 'pruned' ->> 'removed')::int
ORDER BY l.seq
"""
PRUNABLE = """
SELECT l.seq, l.id FROM audit.leaf AS l
JOIN audit.entry AS e ON e.month = l.month AND e.id = l.id
WHERE l.seq BETWEEN %s AND %s AND e.controller_id = %s AND audit.is_prunable(e.action)
  AND e.month = (SELECT month FROM audit.leaf WHERE seq = %s)
ORDER BY l.seq
"""
REMOVED = "SELECT seq FROM audit.pruned WHERE entry_id = %s"


@dataclass
class _Block:
    """Rows that wait to be written."""

    leaves: list[list[Any]] = field(default_factory=list)
    entries: list[list[Any]] = field(default_factory=list)
    members: list[list[Any]] = field(default_factory=list)
    gone: list[tuple[int, UUID, UUID]] = field(default_factory=list)


class Restorer:
    """Writes the tables of the log in the transaction that is open on `using`, as the owner."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._block = _Block()
        self._chain: dict[UUID, tuple[int, bytes]] = {}
        self._stamped = 1
        self._run(MARK)

    def keys(self, policy: str, introductions: Iterable[bytes]) -> None:
        """Put back the keys that are missing."""
        words = [line.split() for line in policy.splitlines() if line.strip()]
        first = {line[0]: line[-1] for line in words}
        self._run(KEY, [1, first["log"], first["witness"], None])
        for raw in introductions:
            roll = note.KeyRoll.parse(note.split_note(raw)[0])
            self._run(KEY, [roll.n, str(roll.log), str(roll.time), raw.decode()])

    def take_back(self, start: int) -> int:
        """Take the places from `start` on away; return how many entries wait again."""
        return self._run(TAKE_BACK, [start])

    def put(self, place: Place, *, is_missing: bool) -> None:
        """Take in a leaf; one that is there already only counts for what was pruned since."""
        if place.pruned:
            self._block.gone.append((place.index, place.pruned.id, place.pruned.by))
        if is_missing and place.pruned:
            month = month_of(place.pruned.id)
            self._block.leaves.append([place.index, place.pruned.id, month, place.leaf])
        elif is_missing and place.raw is not None:
            self._take(Entry(place.index, place.raw), place)
        if max(len(self._block.leaves), len(self._block.gone)) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises
        ------
        TamperedError
            the database holds another entry under the id of one that was exported
        """
        block, self._block = self._block, _Block()
        for month in {row[1] for row in block.entries}:
            self._ensure_month(month)
        self._many(LEAF, block.leaves)
        self._many(ENTRY, block.entries)
        self._many(MEMBER, block.members)
        if found := self._rows(DIFFERS, [[row[1] for row in block.leaves]]):
            detail = "the database holds another entry than the one that was exported"
            raise TamperedError("entry_changed", detail, found[0][0])
        self._forget(block.gone)

    def drop_tiles(self) -> None:
        """Remove the tiles, which are made again."""
        self._run(DROP_TILES)

    def finish(self, exported: Iterable[tuple[Signed, bytes]]) -> None:
        """Put back what follows from entries, and the checkpoints with their notes.

        Raises
        ------
        TamperedError
            what was pruned later than the database was saved can not be found
        """
        self._run(PLACED)
        self._many(CHAIN, [[record, *last] for record, last in self._chain.items()])
        self._run(STAMPED, [self._stamped])
        for c, raw in exported:
            at, text = datetime.fromtimestamp(c.time, UTC), raw.decode()
            self._run(CHECKPOINT, [at, c.epoch, c.size, c.root, text, text])
        for by, controller, said in self._rows(PRUNINGS):
            self._prune_again(by, controller, said)

    def _take(self, entry: Entry, place: Place) -> None:
        checks.require_members(entry, place.members)
        entry_id, month = UUID(entry["id"]), month_of(UUID(entry["id"]))
        who = entry["actor"] or entry["kind"]
        said = [entry["controller"], entry["act"], entry["outcome"], who]
        self._block.leaves.append([place.index, entry_id, month, place.leaf])
        self._block.entries.append([entry_id, month, entry.stamped, *said, entry.raw, place.leaf])
        self._block.members += [[entry_id, bytes.fromhex(m)] for m in place.members]
        self._stamped = max(self._stamped, int(entry["wseq"] or 0))
        if entry["ver"] and entry["record"]:
            record = UUID(entry["record"])
            held = self._chain.get(record, (0, b""))
            self._chain[record] = max(held, (int(entry["ver"]), place.leaf))

    def _prune_again(self, by: UUID, controller: UUID, said: dict[str, Any]) -> None:
        """Remove again what was removed after the database was saved."""
        first, last = said["first"], said["last"]
        there = self._rows(PRUNABLE, [first, last, controller, first])
        indexes = [seq for seq, _ in there] + [seq for (seq,) in self._rows(REMOVED, [by])]
        whole = "".join(f"{index}\n" for index in sorted(indexes)).encode()
        if hashlib.sha256(whole).hexdigest() != said["digest"]:
            detail = "what was pruned can not be found again"
            raise TamperedError("pruned_wrongly", detail, first)
        self._forget([(seq, entry_id, by) for seq, entry_id in there])

    def _forget(self, gone: Sequence[tuple[int, UUID, UUID]]) -> None:
        self._many(GONE, [[index, by] for index, _, by in gone])
        self._many(FORGET, [[month_of(entry_id), entry_id] for _, entry_id, _ in gone])
        self._many(FORGET_MEMBERS, [[entry_id] for _, entry_id, _ in gone])

    def _ensure_month(self, month: date) -> None:
        """Make the partition of a month that is older than those of `audit.ensure_months`."""
        name = f"audit.entry_{month:%Y_%m}"
        if self._rows("SELECT to_regclass(%s)", [name])[0][0]:
            return
        following = (month + timedelta(days=31)).replace(day=1)
        self._run(
            f"CREATE TABLE {name} PARTITION OF audit.entry FOR VALUES FROM (%s) TO (%s)",
            [month, following],
        )
        for trigger in (
            "append_only BEFORE UPDATE OR DELETE ON {} FOR EACH ROW",
            "never_truncated BEFORE TRUNCATE ON {} FOR EACH STATEMENT",
        ):
            self._run(
                f"CREATE TRIGGER {trigger.format(name)} EXECUTE FUNCTION audit.refuse_change()"
            )
            self._run(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger.split()[0]}")

    def _run(self, sql: str, parameters: Sequence[Any] | None = None) -> int:
        with connections[self._using].cursor() as cursor:
            cursor.execute(sql, parameters)
            return int(cursor.rowcount)

    def _many(self, sql: str, values: Sequence[Sequence[Any]]) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.executemany(sql, values)

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return rows(sql, parameters, using=self._using)


def month_of(entry_id: UUID) -> date:
    """Return the first day of the month that an entry belongs to: that of its id."""
    return moment_of(entry_id).date().replace(day=1)
