"""Files of the database that come back, and a server that only starts (docs/spec/erasure.md, 9)."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from governance import provision
from governance.embedded import accounts
from governance.embedded.postgres import PORT, SUPERUSER
from tests.audit.cluster import Installation
from tests.audit.writing import APPEND, body

OPEN, STARTED = "", "started"
ENTRIES = 3


class Copied(Installation):
    """An installation with sequencer and signer, an archive of its log of changes, and copies."""

    def prepare_archive(self) -> None:
        accounts.own_folder(self.archive, self.state.account)
        with self.cluster.connect() as superuser:
            superuser.execute("ALTER SYSTEM SET archive_mode = on")
            superuser.execute(f"ALTER SYSTEM SET archive_command = 'cp %p {self.archive}/%f'")
        self.restart()

    @property
    def archive(self) -> Path:
        return self.state.home / "archive"

    @property
    def copy(self) -> Path:
        return self.state.home / "copy"

    def restart(self) -> None:
        self.stand_still()
        self.serve()

    def why(self) -> str:
        with self.cluster.connect(provision.PREFIX) as superuser:
            (word,) = superuser.execute("SELECT custode.locked_because()").fetchone()
        return str(word)

    def copy_files(self) -> None:
        accounts.own_folder(self.copy, self.state.account)
        done = accounts.run(
            [
                self.cluster._programs.program("pg_basebackup"), f"--pgdata={self.copy}",
                f"--host={self.state.run}", f"--port={PORT}", f"--username={SUPERUSER}",
                "--checkpoint=fast", "--wal-method=stream",
            ],
            self.state.account,
            env={"PGPASSWORD": self.state.secrets[SUPERUSER], "LC_ALL": "C"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout

    def append(self) -> int:
        """Let the log grow, as every erasure does; return its size when all of it is signed."""
        with psycopg.connect(self.variables["DATABASE_URL"], autocommit=True) as app:
            for _ in range(ENTRIES):
                _, said, members = body(random.Random())
                app.execute(APPEND, [said, members])
        self.settle(self.is_settled, "everything is signed")
        with self.cluster.connect(provision.PREFIX) as superuser:
            (size,) = superuser.execute("SELECT size FROM audit.head").fetchone()
        return int(size)

    def switch(self) -> str:
        """Return the moment until which everything is in the archive."""
        with self.cluster.connect() as superuser:
            (moment,) = superuser.execute("SELECT now()::text").fetchone()
        time.sleep(0.1)
        return str(moment)

    def bring_back(self, until: str = "") -> None:
        """Put the copied files in the place of the database, perhaps to be brought to a moment."""
        with self.cluster.connect() as superuser:
            superuser.execute("SELECT pg_switch_wal()")
        self.stand_still()
        shutil.rmtree(self.cluster.data)
        done = accounts.run(["cp", "-a", self.copy, self.cluster.data], None)
        assert done.returncode == 0, done.stdout
        if until:
            said = (
                f"restore_command = 'cp {self.archive}/%f %p'\n"
                f"recovery_target_time = '{until}'\nrecovery_target_action = 'promote'\n"
            )
            with (self.cluster.data / "postgresql.auto.conf").open("a") as file:
                file.write(said)
            (self.cluster.data / "recovery.signal").touch()
            shutil.chown(self.cluster.data / "recovery.signal", self.owner, self.owner)
        self.serve()

    @property
    def owner(self) -> int:
        return self.copy.stat().st_uid


@pytest.fixture(scope="module")
def installation() -> Iterator[Copied]:
    made = Copied()
    try:
        made.start()
        made.prepare_archive()
        made.settle(lambda: made.why() == OPEN, "the signer opens")
        yield made
    finally:
        made.stop()


def refused(installation: Copied) -> str | None:
    """The SQLSTATE by which the application is refused; it does nothing else."""
    with psycopg.connect(installation.variables["DATABASE_URL"], autocommit=True) as app:
        app.execute("SELECT set_config('custode.controller', gen_random_uuid()::text, false)")
        try:
            app.execute("SELECT 1 FROM crm_contact")
        except psycopg.DatabaseError as error:
            return error.sqlstate
    return None


def test_a_start_opens_by_the_signer_and_files_that_come_back_do_not(
    installation: Copied,
) -> None:
    installation.append()
    installation.restart()
    installation.settle(lambda: installation.why() == OPEN, "the signer opens after a start")
    assert refused(installation) is None
    installation.copy_files()
    before = installation.append()
    moment = installation.switch()
    assert installation.append() == before + ENTRIES
    for until in (moment, ""):  # the second writes over the archive of the first
        installation.bring_back(until)
        installation.settle(lambda: is_halted(installation), "the signer sees a smaller log")
        assert installation.why() == STARTED
        assert refused(installation) == "CU010"


def is_halted(installation: Copied) -> bool:
    with installation.cluster.connect(provision.PREFIX) as superuser:
        (halted, in_recovery) = superuser.execute(
            "SELECT halted, pg_is_in_recovery() FROM audit.head"
        ).fetchone()
    return halted == "rollback" and not in_recovery
