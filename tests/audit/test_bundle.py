"""The auditor's bundle: deterministic, and verified by the verifier inside it, without us."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from audit import bundle, log
from audit.actions import Action
from audit.bundle import NotSealedYetError
from governance.policy import actors
from tests.audit.history import an_old_entry, seal
from tests.audit.sealing import connection_of

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def controller(superuser: psycopg.Connection[Any]) -> UUID:
    """Ours, with entries about people, records, and another controller's between them."""
    ours = uuid4()
    for i in range(300):
        theirs = i % 3 == 0
        members = tuple(bytes([i % 256, j] * 8) for j in range(i % 4))
        an_old_entry(superuser, uuid4() if theirs else ours, at=datetime.now(UTC), members=members)
    return ours


def exported(controller: UUID, folder: Path) -> bytes:
    """The bundle, with sequencer and signer at work while it waits."""
    seal(folder)
    target = io.BytesIO()
    with pytest.raises(NotSealedYetError):  # the count itself has to be sealed
        bundle.export(controller, target, patience=0)
    seal(folder)
    target = io.BytesIO()
    bundle.export(controller, target, patience=0)
    return target.getvalue()


def verdict(path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """What the verifier in a bundle says, in a process that has no Custode."""
    command = [sys.executable, "-I", "-c", RUN, str(path), "full", str(path / "b.zip"), "--json"]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, json.loads(done.stdout)


RUN = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
sys.argv = ["custode_verify", *sys.argv[2:]]
runpy.run_module("custode_verify", run_name="__main__")
"""


def test_a_bundle_verifies_with_the_verifier_inside(controller: UUID, tmp_path: Path) -> None:
    whole = exported(controller, tmp_path / "signer")
    (tmp_path / "b.zip").write_bytes(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as files:
        files.extractall(tmp_path)
        policy = tmp_path / "policy.txt"
    code, said = verdict(tmp_path, "--policy", str(policy))
    assert (code, said["verdict"]) == (0, "ok")
    assert said["entries"] == 201  # two thirds of 300, and the count
    assert verdict(tmp_path)[0] == 2  # whose keys they are, only the auditor can know


def test_nothing_of_another_controller_is_in_it(
    controller: UUID, superuser: psycopg.Connection[Any], tmp_path: Path
) -> None:
    whole = exported(controller, tmp_path / "signer")
    others = superuser.execute(
        "SELECT DISTINCT controller_id::text, id::text FROM audit.entry WHERE controller_id <> %s",
        [controller],
    ).fetchall()
    assert len(others) > 100
    for names in others:
        assert all(name.encode() not in whole for name in names)


def test_the_same_log_gives_the_same_bytes(controller: UUID, tmp_path: Path) -> None:
    first = exported(controller, tmp_path / "signer")
    target = io.BytesIO()
    counted = bundle.export(controller, target, patience=0)
    assert target.getvalue() == first
    assert counted.entries == 201


def test_the_bundle_of_a_log_with_a_new_key(controller: UUID, tmp_path: Path) -> None:
    from audit.signer import Signer
    from audit.signing import Folder

    exported(controller, tmp_path / "signer")
    with connection_of("custode_signer") as connection:
        Signer(Folder(tmp_path / "signer"), connection, name="acme.example").roll(datetime.now(UTC))
    log.record_apart(
        actors.system(controller),
        log.Event(action=Action.LOG_VERIFIED, purpose="access_logging"),
        now=datetime.now(UTC),
    )
    whole = exported(controller, tmp_path / "signer")
    (tmp_path / "b.zip").write_bytes(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as files:
        assert "keys/2.note" in files.namelist()
        files.extractall(tmp_path)
    assert verdict(tmp_path, "--policy", str(tmp_path / "policy.txt"))[0] == 0
