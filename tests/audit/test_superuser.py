"""Whoever is superuser of the database changes it at twenty random places: found and named."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from audit import anchoring, bundle, counting, log
from audit.actions import Action
from audit.anchors.directory import Directory
from audit.verify import Outside, verify
from governance.policy import actors
from tests.audit import backup
from tests.audit.history import an_old_entry, seal

POSITIONS = 20


@pytest.fixture
def ground(fresh_database: None, superuser: psycopg.Connection[Any], tmp_path: Path) -> "Ground":
    return Ground(superuser, tmp_path)


class Ground:
    """A sealed log, put back after every attack; its checkpoints are in the export folder."""

    def __init__(self, superuser: psycopg.Connection[Any], folder: Path) -> None:
        self.superuser, self.sql, self.folder = superuser, superuser.execute, folder
        self.controller = uuid4()
        self.record = uuid4()
        for part in range(3):
            self._write(superuser)
            counting.count(self.controller, now=datetime.now(UTC))
            seal(folder / "signer")
            if part < 2:  # the last one is not outside yet
                anchoring.publish([Directory(folder / "export", bundle.segment)])
        self._write(superuser)  # and some have no place yet
        self.sql("SET session_replication_role = replica")
        backup.disarm(superuser)
        self.sql("ALTER TABLE audit.entry DROP CONSTRAINT IF EXISTS entry_check")
        backup.save(superuser)

    def _write(self, superuser: psycopg.Connection[Any]) -> None:
        now = datetime.now(UTC)
        for i in range(40):
            members = tuple(bytes([i, j] * 8) for j in range(i % 3))
            an_old_entry(superuser, self.controller, at=now, members=members)
            if i % 10 == 0:
                event = log.Event(
                    action=Action.REQUEST_ANSWERED, purpose="access_logging",
                    object_type="request", object_id=self.record,
                )  # fmt: skip
                log.record_apart(actors.system(self.controller), event, now=now)

    def restore(self) -> None:
        backup.put_back(self.superuser)

    def outside(self) -> Outside:
        notes = sorted((self.folder / "export" / "checkpoints").iterdir())
        return Outside(checkpoints=[path.read_bytes() for path in notes])

    @property
    def size(self) -> int:
        return int(self.sql("SELECT size FROM audit.head").fetchone()[0])

    def id_of(self, seq: int) -> UUID:
        found: UUID = self.sql("SELECT id FROM audit.leaf WHERE seq = %s", [seq]).fetchone()[0]
        return found


def entry_rewritten(g: Ground, seq: int) -> str:
    """T2, T3: the bytes."""
    g.sql(
        "UPDATE audit.entry SET entry = replace(encode(entry, 'escape'), 'done', 'dony')::bytea"
        " WHERE id = %s", [g.id_of(seq)],
    )  # fmt: skip
    return "entry_changed"


def entry_rewritten_with_its_hash(g: Ground, seq: int) -> str:
    """T2, and the hash beside it."""
    entry_rewritten(g, seq)
    _rehash(g, seq)
    return "entry_changed"


def _rehash(g: Ground, seq: int) -> None:
    g.sql(
        "UPDATE audit.entry SET leaf_hash = sha256('\\x00'::bytea || entry) WHERE id = %s",
        [g.id_of(seq)],
    )


def table_rewritten(g: Ground, seq: int) -> str:
    """T4: no row trigger sees a change of type."""
    g.sql(
        "ALTER TABLE audit.entry ALTER COLUMN entry TYPE bytea USING CASE WHEN id ="
        f" '{g.id_of(seq)}' THEN entry || '\\x20'::bytea ELSE entry END"
    )
    return "entry_changed"


def leaf_rewritten(g: Ground, seq: int) -> str:
    """T6: entry, its hash and the leaf."""
    entry_rewritten_with_its_hash(g, seq)
    g.sql(
        "UPDATE audit.leaf AS l SET leaf_hash = e.leaf_hash FROM audit.entry AS e"
        " WHERE e.id = l.id AND l.seq = %s", [seq],
    )  # fmt: skip
    return "tree_changed"


def tile_rewritten(g: Ground, seq: int) -> str:
    """T6: the leaf in its tile too."""
    leaf_rewritten(g, seq)
    g.sql(
        "UPDATE audit.tile SET hashes = overlay(hashes PLACING (SELECT leaf_hash FROM audit.leaf"
        " WHERE seq = %s) FROM %s) WHERE level = 0 AND n = %s", [seq, seq % 256 * 32 + 1, seq // 256],
    )  # fmt: skip
    return "tree_changed"


def entry_deleted(g: Ground, seq: int) -> str:
    """T8."""
    g.sql("DELETE FROM audit.access_member WHERE entry_id = %s", [g.id_of(seq)])
    g.sql("DELETE FROM audit.entry WHERE id = %s", [g.id_of(seq)])
    return "entry_missing"


def entry_and_leaf_deleted(g: Ground, seq: int) -> str:
    """T8, and its place."""
    entry_deleted(g, seq)
    g.sql("DELETE FROM audit.leaf WHERE seq = %s", [seq])
    return "tree_changed"


def tail_deleted(g: Ground, seq: int) -> str:
    """T9, T15: back to a smaller tree that was once true."""
    sizes = g.sql("SELECT DISTINCT size FROM audit.checkpoint ORDER BY size").fetchall()
    size = sizes[seq % (len(sizes) - 1)][0] if len(sizes) > 1 else 0
    newest = sizes[-2][0]
    size = min(size, newest - 1)
    g.sql("DELETE FROM audit.entry WHERE id IN (SELECT id FROM audit.leaf WHERE seq >= %s)", [size])
    g.sql(
        "DELETE FROM audit.access_member AS m WHERE NOT EXISTS (SELECT 1 FROM audit.entry AS e WHERE e.id = m.entry_id)"
    )
    g.sql("DELETE FROM audit.leaf WHERE seq >= %s", [size])
    g.sql("DELETE FROM audit.queue")
    g.sql(
        "DELETE FROM audit.entry AS e WHERE NOT EXISTS (SELECT 1 FROM audit.leaf AS l WHERE l.id = e.id)"
    )
    g.sql(
        "DELETE FROM audit.access_member AS m WHERE NOT EXISTS (SELECT 1 FROM audit.entry AS e WHERE e.id = m.entry_id)"
    )
    g.sql("DELETE FROM audit.checkpoint WHERE size > %s", [size])
    _rebuild(g)
    return "log_shortened"


def _rebuild(g: Ground) -> None:
    """Make all tiles and the head again from the leaves."""
    from audit.sequencer import Frontier

    hashes = [
        bytes(h) for (h,) in g.sql("SELECT leaf_hash FROM audit.leaf ORDER BY seq").fetchall()
    ]
    frontier = Frontier()
    g.sql("DELETE FROM audit.tile")
    for level, n, piece in frontier.extend(hashes):
        g.sql("INSERT INTO audit.tile (level, n, hashes) VALUES (%s, %s, %s)", [level, n, piece])
    g.sql("UPDATE audit.head SET size = %s, root = %s", [len(hashes), frontier.root()])


def tree_made_again(g: Ground, seq: int) -> str:
    """T7: everything made again below the newest checkpoint, which is kept."""
    leaf_rewritten(g, seq)
    _columns(g, seq)
    _rebuild(g)
    return "tree_changed"


def _columns(g: Ground, seq: int) -> None:
    g.sql("UPDATE audit.entry SET outcome = 'dony' WHERE id = %s", [g.id_of(seq)])


def tree_made_again_and_signed(g: Ground, seq: int) -> str:
    """T7, T16: and a checkpoint by another key takes the place of all."""
    from audit.signer import Signer
    from audit.signing import Folder
    from tests.audit.sealing import connection_of

    tree_made_again(g, seq)
    g.sql("DELETE FROM audit.checkpoint")
    g.sql("DELETE FROM audit.signing_key")
    with connection_of("custode_signer") as connection:
        forged = Signer(Folder(g.folder / f"forged-{uuid4()}"), connection, name="acme.example")
        assert forged.tick(datetime.now(UTC))
    return "signature_invalid"


def waiting_entry_deleted(g: Ground, seq: int) -> str:
    """T10: an entry without a place, and the row that waits; a later change of its record tells."""
    waiting = g.sql("SELECT id FROM audit.queue ORDER BY wseq").fetchall()
    (gone,) = waiting[seq % len(waiting)]
    g.sql("DELETE FROM audit.entry WHERE id = %s", [gone])
    return "entry_missing"


def queue_row_deleted(g: Ground, seq: int) -> str:
    """T10: the entry stays, and never gets a place."""
    waiting = g.sql("SELECT id FROM audit.queue ORDER BY wseq").fetchall()
    g.sql("DELETE FROM audit.queue WHERE id = %s", [waiting[seq % len(waiting)][0]])
    return "entry_unsequenced"


def two_swapped(g: Ground, seq: int) -> str:
    """T13."""
    other = (seq + 7) % g.size
    rows = {
        s: g.sql("SELECT id, month, leaf_hash FROM audit.leaf WHERE seq = %s", [s]).fetchone()
        for s in (seq, other)
    }
    g.sql("DELETE FROM audit.leaf WHERE seq IN (%s, %s)", [seq, other])
    for place, source in ((seq, other), (other, seq)):
        g.sql(
            "INSERT INTO audit.leaf (seq, id, month, leaf_hash) VALUES (%s, %s, %s, %s)",
            [place, *rows[source]],
        )
    return "tree_changed"


def column_changed(g: Ground, seq: int) -> str:
    """What searches go by."""
    g.sql("UPDATE audit.entry SET actor = 'nobody' WHERE id = %s", [g.id_of(seq)])
    return "columns_changed"


def member_changed(g: Ground, seq: int) -> str:
    """Who an entry is about."""
    g.sql("INSERT INTO audit.access_member VALUES (%s, %s)", [g.id_of(seq), b"0" * 16])
    return "members_changed"


def pruned_by_hand(g: Ground, seq: int) -> str:
    """T21: gone, and only the list says that its time was over."""
    entry_deleted(g, seq)
    g.sql("INSERT INTO audit.pruned (seq, entry_id) VALUES (%s, %s)", [seq, uuid4()])
    return "pruned_wrongly"


ATTACKS = (
    entry_rewritten, entry_rewritten_with_its_hash, table_rewritten, leaf_rewritten,
    tile_rewritten, entry_deleted, entry_and_leaf_deleted, tail_deleted, tree_made_again,
    tree_made_again_and_signed, waiting_entry_deleted, queue_row_deleted, two_swapped,
    column_changed, member_changed, pruned_by_hand,
)  # fmt: skip
NAMED = {
    entry_rewritten, entry_rewritten_with_its_hash, table_rewritten, leaf_rewritten, entry_deleted,
    entry_and_leaf_deleted, column_changed, member_changed,
}  # fmt: skip
"""Those whose place is known exactly."""


def test_what_a_superuser_does_is_found_and_named(ground: Ground) -> None:
    outside = ground.outside()
    assert len(outside.checkpoints) == 2
    clean = verify(outside=outside)
    assert (clean.fault, clean.doubt) == (None, None)
    for attack in ATTACKS:
        for position in range(POSITIONS):
            seq = random.Random(f"{attack.__name__}{position}").randrange(ground.size)
            kind = attack(ground, seq)
            found = verify(outside=outside).fault
            assert found, (attack.__name__, seq)
            assert found.kind == kind, (attack.__name__, seq, found)
            if attack in NAMED:
                assert found.index == seq, (attack.__name__, seq, found)
            ground.restore()
    again = verify(outside=outside)
    assert (again.fault, again.doubt) == (None, None)
