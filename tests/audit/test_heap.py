"""T5: the files of the database are edited while its server stands still."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.sequencer import drain
from governance import provision
from tests.audit.server import OwnServer

POSITIONS, POSITIONS_LONG = 2, 20
ENTRIES = 60
OUTCOME = b'"outcome":"done"'


@pytest.fixture
def installation() -> Iterator[OwnServer]:
    made = OwnServer()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def fill(installation: OwnServer) -> None:
    url = installation.variables["DATABASE_URL"]
    command = [sys.executable, "-m", "tests.audit.writing", url, "1", str(ENTRIES)]
    subprocess.run(command, env=installation.variables, check=True, stdout=subprocess.DEVNULL)
    with installation.cluster.connect(provision.PREFIX) as superuser:
        assert drain(superuser)
        superuser.execute("CHECKPOINT")


def heap_of(installation: OwnServer) -> Path:
    with installation.cluster.connect(provision.PREFIX) as superuser:
        row = superuser.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relname LIKE 'entry\\_2%'"
            " AND relkind = 'r' ORDER BY pg_relation_size(oid) DESC LIMIT 1"
        ).fetchone()
    assert row
    return installation.cluster.data / str(row[0])


def entries_of(installation: OwnServer) -> list[bytes]:
    with installation.cluster.connect(provision.PREFIX) as superuser:
        rows = superuser.execute("SELECT entry FROM audit.entry").fetchall()
    return [bytes(entry) for (entry,) in rows]  # type: ignore[call-overload]  # bytea


def test_edited_files_are_found(installation: OwnServer, is_long: bool) -> None:
    fill(installation)
    heap, entries = heap_of(installation), entries_of(installation)
    verified = installation.manage("verify_audit_log", "--database-only")
    assert verified.returncode == 0, verified.stderr
    installation.stand_still()
    whole = heap.read_bytes()
    programs = installation.state.cluster()._programs
    done = subprocess.run(
        [programs.program("pg_checksums"), "--disable", "-D", installation.cluster.data],
        check=False, capture_output=True, user=installation.data_owner,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # Bytes of a transaction that was undone are in the file too, and of no entry.
    places = [whole.index(entry) + entry.index(OUTCOME) for entry in entries]
    chance = random.Random(5)
    for place in chance.sample(places, POSITIONS_LONG if is_long else POSITIONS):
        heap.write_bytes(whole[: place + 14] + b"y" + whole[place + 15 :])
        installation.serve()
        found = installation.manage("verify_audit_log", "--database-only")
        assert found.returncode == 1, found.stdout
        assert "entry_changed" in found.stderr
        installation.stand_still()
    heap.write_bytes(whole)
    installation.serve()
    assert installation.manage("verify_audit_log", "--database-only").returncode == 0
