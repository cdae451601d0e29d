"""One PostgreSQL cluster in a folder of ours, reached through a private Unix socket.

It does not listen on the network; the socket's folder is closed to other users; passwords are
SCRAM; pages carry checksums. Its log never holds a statement or a value, because statements
hold personal data: `log_min_error_statement` and `log_error_verbosity` see to that.

Text sorts by code point (`C.UTF-8`), the same on every machine and after every upgrade of the
operating system: a change of a locale's rules would silently break indexes.
"""

import contextlib
import os
import shutil
import signal
from pathlib import Path

import psycopg

from governance.embedded.accounts import Account, run
from governance.embedded.binaries import Programs, major_version
from governance.embedded.children import (
    Child,
    Command,
    Sink,
    stop_stranger,
    wait_until_empty,
    works_in,
)
from governance.embedded.errors import EmbeddedError

PORT = 5432  # only a part of the socket's name
SUPERUSER = "postgres"
FAST_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
"""Fast shutdown: sessions are cut, everything is written. Immediate shutdown only after that."""

_BUILTIN_LOCALES_SINCE = 17

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

_THROWN_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """A cluster in `data`, its socket in `sockets`.

    Parameters
    ----------
    data : folder of the cluster; its parent exists and can be entered by `account`
    sockets : folder of the socket, owned by `account`, closed to others, short (see `state`)
    programs : where PostgreSQL's programs are, executable by `account`
    account : the account the server runs under; None is the caller's
    password : of the role `postgres`
    is_durable : False gives up safety against a crash, for data that is thrown away
    """

    def __init__(
        self,
        data: Path,
        sockets: Path,
        *,
        programs: Programs,
        account: Account | None,
        password: str,
        is_durable: bool = True,
    ) -> None:
        self.data = data
        self.sockets = sockets
        self._programs = programs
        self._account = account
        self._password = password
        self._is_durable = is_durable

    def initialise(self) -> None:
        """Make the cluster if there is none.

        Raises
        ------
        EmbeddedError
            `initdb` failed, or the cluster was made by another major version
        """
        version = major_version(self._programs, self._account)
        marker = self.data / "PG_VERSION"
        if not marker.exists():
            self._initdb(version)
        made_by = int(marker.read_text(encoding="ascii").strip())
        if made_by != version:
            raise EmbeddedError(
                f"The data were written by PostgreSQL {made_by}, and the programs are {version}.",
                f"Name PostgreSQL {made_by}'s programs in CUSTODE_PG_BINDIR, dump the "
                f"databases, move {self.data} away and restore.",
            )

    def launch(self, sink: Sink) -> Child:
        """Start the server as our child, after removing what a killed one left behind."""
        self.repair()
        settings = {**_SETTINGS, "unix_socket_directories": str(self.sockets)}
        if not self._is_durable:
            settings |= _THROWN_AWAY
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        argv = [str(self._programs.program("postgres")), "-D", str(self.data), *options]
        return Child(
            Command("postgres", argv, _environment(), Path("/"), self._account, FAST_STOP), sink
        )

    def repair(self) -> None:
        """Make room for a start: stop a server left by a killed supervisor, remove dead locks.

        The caller holds the lock of the state folder, so no living supervisor owns that server.
        A lock whose process is gone, a zombie, or not the server of this folder is dead.
        """
        lock = self.data / "postmaster.pid"
        try:
            # PostgreSQL in single-user mode writes its id as a negative number.
            pid = abs(int(lock.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]))
        except FileNotFoundError:
            pid = 0
        except ValueError:
            pid = 0
            lock.unlink()
        if pid and works_in(pid, self.data):
            stop_stranger(pid, FAST_STOP)
        if pid:
            # Backends notice within moments that their postmaster is gone; a start before that
            # is refused, because they still hold its shared memory.
            wait_until_empty(self.data, patience=10)
            lock.unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}.lock", f".s.PGSQL.{PORT}"):
            (self.sockets / name).unlink(missing_ok=True)

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """Return a connection as the superuser, outside of any transaction."""
        return psycopg.connect(
            host=str(self.sockets),
            port=PORT,
            user=SUPERUSER,
            password=self._password,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    def is_ready(self) -> bool:
        """Say whether the server answers a query.

        Raises
        ------
        EmbeddedError
            it answers that our password is wrong: waiting would not help
        """
        try:
            with self.connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"The data in {self.data} belong to another installation: the password "
                    f"in the state folder does not open them.",
                    "Restore the state folder's secrets.json that belongs to these data.",
                ) from None
            return False
        return True

    def _initdb(self, version: int) -> None:
        half = self.data.with_name(self.data.name + ".new")
        password_file = self.data.with_name(self.data.name + ".pw")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        password_file.unlink(missing_ok=True)
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self._password)
        try:
            for path in (half, password_file):
                if self._account:
                    os.chown(path, self._account.uid, self._account.gid)
            done = run(
                [
                    self._programs.program("initdb"),
                    f"--pgdata={half}",
                    f"--pwfile={password_file}",
                    *self._initdb_options(version),
                ],
                self._account,
                env=_environment(),
            )
        finally:
            password_file.unlink()
        if done.returncode != 0:
            raise EmbeddedError(
                "PostgreSQL could not make its data folder.",
                "It said:",
                log=tuple(done.stdout.splitlines()[-10:]),
            )
        # A folder without its final name was left by a process killed half-way: made anew.
        half.rename(self.data)

    def _initdb_options(self, version: int) -> list[str]:
        options = [
            f"--username={SUPERUSER}",
            "--auth-local=scram-sha-256",
            "--auth-host=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]
        if version >= _BUILTIN_LOCALES_SINCE:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._is_durable:
            options.append("--no-sync")
        return options


def _environment() -> dict[str, str]:
    """Return what PostgreSQL may see: no PG… variable of the caller, no secret."""
    wanted = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    with contextlib.suppress(KeyError):  # programs named by the operator may need it
        wanted["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return wanted
