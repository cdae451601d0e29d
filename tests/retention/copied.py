"""The server of this run as it was: its files, copied while it ran, started beside it."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, cast

import psycopg
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from governance import provision
from governance.embedded import accounts
from governance.embedded.postgres import PORT, SUPERUSER
from governance.embedded.state import StateFolder
from tests.databases import PATIENCE, EmbeddedServer, Run

KEPT_LOG = "2GB"  # of the log of changes: until the copy has been brought to its moment
ALIASES = {"default": "DATABASE_URL", "auditor": "DATABASE_AUDITOR_URL"}


class Copied(EmbeddedServer):
    """A second server on copied files of the first; keys are asked of the first, as ever.

    A keystore on a server of its own is not in a copy of the main database's files.
    """

    def __init__(self) -> None:
        self._origin = cast(EmbeddedServer, Run.current.server)
        self.state = StateFolder(Path(tempfile.mkdtemp(prefix="custode-copied-")))
        self.state.ensure()
        self.state.secrets = Run.current.state.secrets
        super().__init__(self.state)

    def take(self) -> None:
        """Copy the files of the server, and let it keep its log of changes from now on."""
        with self._origin.connect() as superuser:
            superuser.execute(f"ALTER SYSTEM SET wal_keep_size = '{KEPT_LOG}'")
            superuser.execute("SELECT pg_reload_conf()")
        accounts.own_folder(self._cluster.data, self.state.account)
        run = Run.current.state
        done = accounts.run(
            [
                self._cluster._programs.program("pg_basebackup"), f"--pgdata={self._cluster.data}",
                f"--host={run.run}", f"--port={PORT}", f"--username={SUPERUSER}",
                "--checkpoint=fast", "--wal-method=stream", "--no-sync",
            ],
            self.state.account,
            env={"PGPASSWORD": run.secrets[SUPERUSER], "LC_ALL": "C"},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout

    def start(self, until: str = "") -> None:
        """Start on the copied files, or bring them to a moment first and wait there."""
        with self._origin.connect() as superuser:
            superuser.execute("SELECT pg_switch_wal()")
            (data,) = superuser.execute("SHOW data_directory").fetchone()
        if until:
            with (self._cluster.data / "postgresql.auto.conf").open("a") as file:
                file.write(
                    f"restore_command = 'cp {data}/pg_wal/%f %p'\n"
                    f"recovery_target_time = '{until}'\nrecovery_target_action = 'pause'\n"
                )
            signal = self._cluster.data / "recovery.signal"
            signal.touch()
            accounts.run(["chown", "--reference", data, signal], None)
        super().start()
        if until:  # it answers before it is there; asked to go on then, it would pause for ever
            self._wait_for("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def go_on(self) -> None:
        """End the recovery at the moment it waits at."""
        with self.connect() as superuser:
            superuser.execute("SELECT pg_wal_replay_resume()")
        self._wait_for("SELECT NOT pg_is_in_recovery()")

    def _wait_for(self, question: LiteralString) -> None:
        deadline = time.monotonic() + PATIENCE
        with self.connect() as superuser:
            while superuser.execute(question).fetchone() != (True,):
                assert time.monotonic() < deadline, question
                time.sleep(0.1)

    def stop(self) -> None:
        super().stop()
        self.state.remove()
        with self._origin.connect() as superuser:
            superuser.execute("ALTER SYSTEM RESET wal_keep_size")
            superuser.execute("SELECT pg_reload_conf()")

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        if database == Run.current.names.keys:
            return self._origin.connect(database)
        return super().connect(database)

    def urls(self, names: provision.Names) -> dict[str, str]:
        mine = {k: v for k, v in super().urls(names).items() if k.startswith("DATABASE_")}
        return self._origin.urls(names) | mine

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let everything in this process, and what it starts, use the copy as the main database."""
        connections.close_all()
        urls = self.urls(Run.current.names)
        before = {alias: dict(connections.settings[alias]) for alias in ALIASES}
        try:
            for alias, variable in ALIASES.items():
                host = conninfo_to_dict(urls[variable])["host"]
                connections.settings[alias]["HOST"] = host
            Run.current.server = self
            yield
        finally:
            Run.current.server = self._origin
            connections.close_all()
            for alias, settings in before.items():
                connections.settings[alias].update(settings)
