"""Copied files of a server bring nobody back who was erased since (docs/spec/erasure.md, 9)."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.db import DatabaseError

from audit.signer import RefusedError
from registry import relaying
from tests.databases import EmbeddedServer, Run
from tests.retention.copied import Copied
from tests.retention.restored import Installed, prepare_as_before

ERASED, ERASED_LONG = 2, 50
LOCKED = {"gate_locked"}


@pytest.fixture
def installed(fresh_database: None, tmp_path: Path, is_long: bool) -> Installed:
    return Installed(tmp_path, erased=ERASED_LONG if is_long else ERASED)


@pytest.fixture
def copied(installed: Installed) -> Iterator[Copied]:
    if not isinstance(Run.current.server, EmbeddedServer):
        pytest.skip("the files of the server of CUSTODE_TEST_SUPERUSER_URL are not ours to copy")
    made = Copied()
    try:
        yield made
    finally:
        made.stop()


def test_copied_files_bring_nobody_back(installed: Installed, copied: Copied) -> None:
    bring_nobody_back(installed, copied, is_brought_on=False)


def test_files_brought_to_a_moment_bring_nobody_back(
    installed: Installed, copied: Copied, is_long: bool
) -> None:
    if not is_long:
        pytest.skip("another drill of a minute: --long")
    bring_nobody_back(installed, copied, is_brought_on=True)


def bring_nobody_back(installed: Installed, copied: Copied, *, is_brought_on: bool) -> None:
    """Erased are some before the moment to which the files are brought, and some after it."""
    everybody = [*installed.erased, *installed.kept]
    half = len(installed.erased) // 2 if is_brought_on else 0
    early, late = installed.erased[:half], installed.erased[half:]
    relaying.relay(installed.export)
    installed.seal()
    copied.take()
    erase(installed, early)
    moment = now()
    erase(installed, late)
    of_early = installed.rows_of(early)
    copied.start(until=moment if is_brought_on else "")
    with copied.in_place():
        if is_brought_on:
            for subject in everybody:  # an access cannot be recorded there, and so there is none
                with pytest.raises(DatabaseError, match="read-only"):
                    installed.names_read([subject])
            copied.go_on()
        assert still_there(installed) == set(late)
        require_locked_until_reconciled(installed, everybody)
        assert installed.rows_of(late) == {}
        assert installed.rows_of(early) == of_early, "the file of a request is kept"
        assert installed.names_read(installed.erased) == []
        assert installed.names_read(installed.kept) == ["Rimasto0", "Rimasto1"]


def erase(installed: Installed, people: list[UUID]) -> None:
    for subject in people:
        installed.erase(subject)
    relaying.relay(installed.export)
    installed.seal()


def now() -> str:
    """A moment after all that is committed, and before all that will be."""
    time.sleep(0.1)
    with Run.current.server.connect() as superuser:
        (moment,) = superuser.execute("SELECT clock_timestamp()::text").fetchone()
    time.sleep(0.1)
    return str(moment)


def still_there(installed: Installed) -> set[UUID]:
    """Whose contact the copied files hold."""
    with Run.current.server.connect(Run.current.names.main) as superuser:
        found = superuser.execute(
            "SELECT DISTINCT subject_id FROM crm_contact WHERE subject_id = ANY(%s)",
            [installed.erased],
        ).fetchall()
    return {subject for (subject,) in found}


def require_locked_until_reconciled(installed: Installed, people: list[UUID]) -> None:
    """Whatever is done to the restored database, only reconciling lets anybody be read."""
    assert installed.why_locked() == "started"
    assert set(installed.names_read(people)) == LOCKED
    with pytest.raises(RefusedError):
        installed.seal()
    assert set(installed.names_read(people)) == LOCKED
    prepare_as_before()
    assert set(installed.names_read(people)) == LOCKED
    for command, status in (
        ("prepare", 0), ("reconcile_restore", 1), ("recover_audit_log", 0),
    ):  # fmt: skip
        done = installed.manage(command)
        assert done.returncode == status, done.stderr
        assert set(installed.names_read(people)) == LOCKED
    installed.seal()  # the log is whole, and says nothing of rows: the signer does not vouch
    assert installed.why_locked() == "recovered"
    assert set(installed.names_read(people)) == LOCKED
    done = installed.manage("reconcile_restore")
    assert done.returncode == 0, done.stderr
    assert installed.why_locked() == ""
