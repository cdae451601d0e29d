"""What is published outside the database: whole, once, and checked."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from audit import anchoring, bundle, status
from audit.anchors.base import AnchorError, Published
from audit.anchors.directory import Directory
from audit.verifier import entries, tree
from tests.audit.history import an_old_entry, seal
from tests.audit.sealing import leaves_of

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
