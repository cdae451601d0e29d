"""What is published outside the database: whole, once, and checked."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.test import override_settings

from audit import anchoring, bundle, pruning, status, tasks
from audit.anchors import folder, forgetting
from audit.anchors.base import AnchorError, Published
from audit.anchors.directory import Directory
from audit.anchors.folder import ExportFolder
from audit.spool import Spool
from audit.verifier import entries, tree
from tests.audit.history import an_old_entry, seal
from tests.audit.sealing import connection_of, leaves_of

pytestmark = pytest.mark.usefixtures("fresh_database")
MEMBERS = (bytes(range(16)), bytes(range(1, 17)))


@pytest.fixture
def sealed(superuser: psycopg.Connection[Any], tmp_path: Path) -> UUID:
    """A controller with entries under a checkpoint."""
    controller = uuid4()
    for _ in range(25):
        an_old_entry(superuser, controller, at=datetime.now(UTC), members=MEMBERS)
    seal(tmp_path / "signer")
    return controller


def grow(superuser: psycopg.Connection[Any], controller: UUID, tmp_path: Path) -> Published:
    an_old_entry(superuser, controller, at=datetime.now(UTC))
    seal(tmp_path / "signer")
    found = anchoring.newest()
    assert found
    return found


def lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "segments").iterdir())
    return [json.loads(line) for file in files for line in file.read_bytes().split(b"\n")[:-1]]


def test_every_entry_is_outside_with_its_members(
    sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    anchor = Directory(folder, bundle.segment, segment=10)
    assert anchoring.publish([anchor]) == ["directory"]
    leaves = leaves_of(superuser)
    files = sorted((folder / "segments").iterdir())
    raw = [line for file in files for line in file.read_bytes().split(b"\n")[:-1]]
    held = [entries.split(line) for line in raw if b'"body"' in line]
    assert [e.index for e in held] == list(range(len(leaves)))
    assert [tree.leaf_hash(e.raw) for e in held] == leaves
    members = [line["members"] for line in lines(folder) if "members" in line]
    assert [m.hex() for m in MEMBERS] in members
    assert len(files) == -(-len(leaves) // 10)


def test_again_and_on(sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path) -> None:
    folder = tmp_path / "export"
    anchor = Directory(folder, bundle.segment)
    assert anchoring.publish([anchor]) == ["directory"]
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    assert anchoring.publish([anchor]) == []  # it has that one
    grow(superuser, sealed, tmp_path)
    assert anchoring.publish([anchor]) == ["directory"]
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert len(list((folder / "checkpoints").iterdir())) == 2
    (row,) = status.read(now=datetime.now(UTC)).anchorings
    assert row.anchor == "directory"


def test_a_crash_leaves_no_half_file(
    sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "export"

    def dies(start: int, end: int) -> Iterator[bytes]:
        yield next(iter(bundle.segment(start, end)))
        raise OSError(28, "No space left on device")

    assert anchoring.publish([Directory(folder, dies)]) == []
    (folder / "segments" / "left-behind.half").touch()
    assert anchoring.publish([Directory(folder, bundle.segment)]) == ["directory"]
    assert not list(folder.rglob("*.half"))


def test_what_was_changed_is_refused(
    sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    anchor = Directory(folder, bundle.segment)
    anchoring.publish([anchor])
    found = anchoring.newest()
    assert found
    proof = anchor.publish(found)
    anchor.verify(found, proof)
    with pytest.raises(AnchorError):
        anchor.verify(Published(found.epoch, found.size, found.note + "x"), proof)
    with pytest.raises(AnchorError):
        anchor.verify(found, b"another.note")
    (segment,) = (folder / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"agent", b"owner", 1))
    with pytest.raises(AnchorError):
        anchor.verify(found, proof)
    newer = grow(superuser, sealed, tmp_path)
    with pytest.raises(AnchorError):
        anchor.publish(newer)


def test_a_folder_that_can_not_be_written_stops_no_other(
    sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    broken = Directory(tmp_path / "file", bundle.segment)
    good = Directory(tmp_path / "export", bundle.segment)
    assert anchoring.publish([broken, good]) == ["directory"]


def test_files_are_for_us_alone(
    sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    anchoring.publish([Directory(folder, bundle.segment)])
    for path in folder.rglob("*"):
        assert not path.stat().st_mode & 0o077


OLD = datetime.now(UTC) - timedelta(days=400)


class Pruned:
    """A folder with old entries of two controllers, of which one's were pruned in the database."""

    def __init__(self, superuser: psycopg.Connection[Any], tmp_path: Path) -> None:
        self.superuser, self.signer = superuser, tmp_path / "signer"
        self.controller, other = uuid4(), uuid4()
        for i in range(12):
            an_old_entry(superuser, (self.controller, other)[i % 2], at=OLD, members=MEMBERS)
        seal(self.signer, at=OLD + timedelta(minutes=1))
        self.export = ExportFolder(tmp_path / "export")
        self.anchor = Directory(self.export.path, bundle.segment, segment=7)
        assert anchoring.publish([self.anchor])
        self.leaves = leaves_of(superuser)
        pruning.prune(self.controller, months=12, now=datetime.now(UTC))

    def seal(self) -> None:
        seal(self.signer)
        anchoring.publish([self.anchor])

    def places(self) -> list[folder.Place]:
        return [p for segment in self.export.segments() for p in folder.places(segment)]


@pytest.fixture
def pruned(superuser: psycopg.Connection[Any], tmp_path: Path) -> Pruned:
    return Pruned(superuser, tmp_path)


def test_what_retention_ended_leaves_the_folder_too(pruned: Pruned, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert forgetting.forget(pruned.export, now=now) == 0  # nothing says so under a checkpoint yet
    pruned.seal()
    before = {p.index: p for p in pruned.places()}
    assert forgetting.forget(pruned.export, now=now) == 6
    after = {p.index: p for p in pruned.places()}
    gone = {i for i, p in after.items() if p.pruned}
    listed = dict(pruned.superuser.execute("SELECT seq, entry_id FROM audit.pruned").fetchall())
    assert {i: after[i].pruned.by for i in gone} == listed
    assert [p.leaf for p in after.values()][: len(pruned.leaves)] == pruned.leaves
    assert all(after[i] == before[i] for i in after.keys() - gone)
    content = b"".join(path.read_bytes() for path in (tmp_path / "export" / "segments").iterdir())
    assert str(pruned.controller).encode() in content  # it is named by what is left, `log.pruned`
    assert not any(b'{"index":%d,"members"' % i in content for i in gone)
    assert any(b'{"index":%d,"members"' % i in content for i in after.keys() - gone)
    assert pruned.export.damaged() == []
    assert forgetting.forget(pruned.export, now=now) == 0
    assert anchoring.publish([pruned.anchor]) == []
    found = anchoring.newest()
    assert found
    pruned.anchor.verify(found, pruned.anchor.publish(found))


def test_a_new_folder_says_what_was_pruned_before_it(pruned: Pruned, tmp_path: Path) -> None:
    pruned.seal()
    forgetting.forget(pruned.export, now=datetime.now(UTC))
    anew = Directory(tmp_path / "new", bundle.segment, segment=7)
    found = anchoring.newest()
    assert found
    anew.publish(found)
    fresh = ExportFolder(tmp_path / "new")
    assert [p for s in fresh.segments() for p in folder.places(s)] == pruned.places()


def test_a_crash_while_a_segment_is_replaced_is_gone_on_from(pruned: Pruned) -> None:
    pruned.seal()
    whole = {path.name: path.read_bytes() for path in (pruned.export.path / "segments").iterdir()}
    forgetting.forget(pruned.export, now=datetime.now(UTC))
    places = pruned.places()
    for name, content in whole.items():  # as if they had not been removed yet
        (pruned.export.path / "segments" / name).write_bytes(content)
    assert pruned.places() == places
    forgetting.forget(pruned.export, now=datetime.now(UTC))
    assert pruned.places() == places
    assert pruned.export.superseded() == []


def test_the_folder_does_not_believe_a_database_that_nothing_shows(
    pruned: Pruned, superuser: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    pruned.seal()
    superuser.execute("INSERT INTO audit.pruned (seq, entry_id) SELECT 1, entry_id FROM audit.pruned"
                      " LIMIT 1")  # fmt: skip
    assert forgetting.forget(pruned.export, now=datetime.now(UTC)) == 0
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("ALTER TABLE audit.pruned DISABLE TRIGGER ALL")
    superuser.execute("DELETE FROM audit.pruned WHERE seq = 1")
    assert forgetting.forget(pruned.export, now=OLD + timedelta(days=170)) == 0
    assert "too young" in caplog.text


def test_damaged_files_are_named(sealed: UUID, tmp_path: Path) -> None:
    export = ExportFolder(tmp_path / "export")
    anchoring.publish([Directory(export.path, bundle.segment)])
    assert export.damaged() == []
    (segment,) = export.segments()
    segment.path.write_bytes(segment.path.read_bytes()[:-1])
    assert export.damaged() == [f"segments/{segment.path.name}"]


def test_a_spool_ends_when_all_of_it_is_sealed(
    sealed: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    spool = Spool(tmp_path / "spool")
    ids = [row[0] for row in superuser.execute("SELECT id FROM audit.leaf ORDER BY seq LIMIT 3")]
    long_ago = now - timedelta(days=50)
    for entry in ids:
        spool.pending(entry, "00" * 32, now=long_ago)
        spool.committed(entry, now=long_ago)
    spool.pending(uuid4(), "00" * 32, now=long_ago)  # undone
    missing = long_ago + timedelta(days=1)
    spool.committed(uuid4(), now=missing)
    spool.committed(ids[0], now=now - timedelta(days=39))
    gone = spool.forget(now=now, is_sealed=forgetting.are_sealed)
    assert gone == [f"{long_ago:%Y-%m-%d}.spool"]
    assert [path.stem for path in spool.files()] == [
        f"{missing:%Y-%m-%d}", f"{now - timedelta(days=39):%Y-%m-%d}"
    ]  # fmt: skip


def test_each_night_the_folder_is_read_and_what_is_damaged_is_told(
    pruned: Pruned, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pruned.seal()
    with override_settings(CUSTODE_AUDIT_FOLDER=tmp_path):
        assert tasks.tend_export() == 0
        assert sum(p.pruned is not None for p in pruned.places()) == 6
        (note, *_) = (tmp_path / "export" / "checkpoints").iterdir()
        note.write_bytes(b"another")
        assert tasks.tend_export() == 1
    assert note.name in caplog.text


def test_what_another_worker_does_is_left_to_it(sealed: UUID, tmp_path: Path) -> None:
    anchor = Directory(tmp_path / "export", bundle.segment)
    lock = [anchoring.LOCK, anchor.name]
    with connection_of("custode_app") as other:
        other.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", lock)
        assert anchoring.publish([anchor]) == []
        with override_settings(CUSTODE_AUDIT_FOLDER=tmp_path):
            assert anchoring.tend(now=datetime.now(UTC)) == []
        other.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", lock)
        assert anchoring.publish([anchor]) == ["directory"]
