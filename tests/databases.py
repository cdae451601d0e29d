"""The PostgreSQL server of a test run, and the databases that tests use on it.

A run has one pair of template databases, migrated once by `manage.py prepare`, and each test
process has a pair of its own, copied from the template. Nothing is ever emptied in between:
the audit tables refuse it, so an ordinary test rolls back, and a test that commits gets a
new copy of the template after it (fixture `fresh_database`).
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, ClassVar, Protocol

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from governance import provision
from governance.embedded.children import Child, wait_until_ready
from governance.embedded.errors import EmbeddedError
from governance.embedded.state import StateFolder, database_urls, environment
from tests.crypto import destroying

PREFIX = "custode_test"
TEMPLATE = provision.Names.of(PREFIX, "template")
FOLDER = "custode-test-"
PROJECT = Path(__file__).resolve().parent.parent
PATIENCE = 300.0  # seconds; a migration on a busy machine takes its time
_SERVER_PARAMETERS = ("host", "port", "sslmode", "sslrootcert")
_YOUNG = 60.0  # seconds
_ONE_RUN_AT_A_TIME = 0x637573746F6465  # key of the advisory lock on a shared server

Superuser = psycopg.Connection[Any]


class Server(Protocol):
    """A PostgreSQL server that test databases can be made on."""

    def start(self) -> None: ...
    def connect(self, database: str = "postgres") -> Superuser: ...
    def urls(self, names: provision.Names) -> dict[str, str]: ...
    def stop(self) -> None: ...


class EmbeddedServer:
    """A cluster of our own in the run's state folder, thrown away with it."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state
        self._cluster = state.cluster(is_durable=False)
        self._child: Child | None = None

    def start(self) -> None:
        self._cluster.initialise()
        self._child = self._cluster.launch(lambda _line: None)
        wait_until_ready(self._child, self._cluster.is_ready, patience=PATIENCE)

    def connect(self, database: str = "postgres") -> Superuser:
        return self._cluster.connect(database)

    def urls(self, names: provision.Names) -> dict[str, str]:
        embedded = environment(self._state, names=names)
        return {name: value for name, value in embedded.items() if value.startswith("postgresql:")}

    def said(self) -> str:
        """Return the last lines of the server's own log."""
        return "\n".join(self._child.tail()) if self._child else ""

    def stop(self) -> None:
        if self._child:
            self._child.stop()


class ForeignServer:
    """The server of CUSTODE_TEST_SUPERUSER_URL; what we make on it is dropped at the end."""

    def __init__(self, state: StateFolder, url: str) -> None:
        self._passwords = state.secrets
        self._url = url
        self._lock: Superuser | None = None
        self._roles_before: set[str] = set()

    def start(self) -> None:
        self._lock = self.connect()
        self._lock.execute("SELECT pg_advisory_lock(%s)", [_ONE_RUN_AT_A_TIME])
        if self._lock.execute("SELECT 1 FROM pg_database WHERE datname = 'custode'").fetchone():
            raise EmbeddedError(
                "The server of CUSTODE_TEST_SUPERUSER_URL holds a database `custode`: tests "
                "would change the passwords of its roles.",
                "Use a server that serves no installation.",
            )
        rows = self._lock.execute("SELECT rolname FROM pg_roles WHERE rolname ^@ 'custode_'")
        self._roles_before = {name for (name,) in rows}
        self._drop_databases()

    def connect(self, database: str = "postgres") -> Superuser:
        return psycopg.connect(make_conninfo(self._url, dbname=database), autocommit=True)

    def urls(self, names: provision.Names) -> dict[str, str]:
        parts = conninfo_to_dict(self._url)
        server = {name: str(parts[name]) for name in _SERVER_PARAMETERS if name in parts}
        return database_urls(self._passwords, names, server=server)

    def stop(self) -> None:
        if self._lock is None:
            return
        self._drop_databases()
        for role in reversed(provision.ROLES):
            if role.name not in self._roles_before:
                self._lock.execute(f'DROP ROLE IF EXISTS "{role.name}"')
        self._lock.close()

    def _drop_databases(self) -> None:
        assert self._lock is not None
        rows = self._lock.execute("SELECT datname FROM pg_database WHERE datname ^@ %s", [PREFIX])
        for (name,) in rows.fetchall():
            self._lock.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Run:
    """The databases of one pytest run, seen from its main process or from a worker of it.

    Only the main process starts and stops the server. A worker finds the run through the
    environment, and waits until a file in the state folder says that the template is ready.
    """

    VARIABLE = "CUSTODE_TEST_STATE"
    BROKER = "CUSTODE_TEST_BROKER_URL"  # what CELERY_BROKER_URL was before we set it

    current: ClassVar["Run"]

    def __init__(self, *, worker: str | None) -> None:
        Run.current = self
        self.is_main = worker is None
        place = os.environ.get(self.VARIABLE)
        if self.is_main or place is None:
            place = tempfile.mkdtemp(prefix=FOLDER)
        self.state = StateFolder(Path(place))
        if self.is_main:
            self.state.ensure()
            os.environ[self.VARIABLE] = place
            os.environ[self.BROKER] = os.environ.get("CELERY_BROKER_URL", "")
            self._lock = self.state.lock()
        self.names = provision.Names.of(PREFIX, worker or "main")
        foreign = os.environ.get("CUSTODE_TEST_SUPERUSER_URL")
        self.server: Server = (
            ForeignServer(self.state, foreign) if foreign else EmbeddedServer(self.state)
        )
        self.description = "the server of CUSTODE_TEST_SUPERUSER_URL" if foreign else "embedded"
        self._maker: threading.Thread | None = None
        self._prepare: subprocess.Popen[str] | None = None

    def variables(self) -> dict[str, str]:
        """Return the environment of this process, for settings read after this."""
        return {
            **environment(self.state),
            **self.server.urls(self.names),
            "CELERY_BROKER_URL": os.environ[self.BROKER] or "memory://",
            "CUSTODE_BASE_URL": "http://testserver",
            "CUSTODE_ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        }

    def begin(self) -> None:
        """Start the server and make the template, in the background, once."""
        if self.is_main and self._maker is None:
            remove_abandoned()
            self._maker = threading.Thread(target=self._make_template)
            self._maker.start()

    def wait(self) -> None:
        """Wait for the template; raise `EmbeddedError` with the reason if there will be none."""
        self.begin()
        deadline = time.monotonic() + PATIENCE
        while not self._outcome.exists():
            if time.monotonic() > deadline:
                raise EmbeddedError("The template databases were not ready in time.")
            time.sleep(0.05)
        reason = self._outcome.read_text(encoding="utf-8")
        if reason:
            raise EmbeddedError("The template databases could not be made.", log=(reason,))

    def make(self) -> None:
        """Make this process's databases, as copies of the template."""
        with self.server.connect() as superuser:
            provision.drop_databases(superuser, self.names)
            provision.make_databases(superuser, self.names, template=TEMPLATE)
        with self.server.connect(self.names.main) as superuser:
            superuser.execute("SELECT custode.adopt()")  # a copy is locked, as a restored one is
        with self.server.connect(self.names.keys) as superuser:
            superuser.execute("SELECT keystore.adopt()")

    def drop(self) -> None:
        """Drop this process's databases."""
        with self.server.connect() as superuser:
            provision.drop_databases(superuser, self.names)

    def end(self) -> None:
        """Stop the server and remove every trace of the run; only the main process does."""
        if not self.is_main:
            return
        if self._prepare:
            self._prepare.terminate()
        if self._maker:
            self._maker.join()
        self.server.stop()
        self._lock.close()
        self.state.remove()
        del os.environ[self.VARIABLE], os.environ[self.BROKER]

    @property
    def _outcome(self) -> Path:
        return self.state.path / "template"

    def _make_template(self) -> None:
        reason = ""
        try:
            self.server.start()
            with self.server.connect() as superuser:
                provision.provision(superuser, self.state.secrets, names=TEMPLATE)
            reason = self._run_prepare() or self._let_the_log_lie()
        except Exception as error:  # noqa: BLE001 - told to the processes that wait
            reason = repr(error) if not isinstance(error, EmbeddedError) else str(error)
        half = self._outcome.with_suffix(".new")
        half.write_text(reason, encoding="utf-8")
        half.rename(self._outcome)

    def _run_prepare(self) -> str:
        """Migrate the template, then found the company that most tests start from."""
        return self._run([str(PROJECT / "manage.py"), "prepare"], role="owner") or self._run(
            ["-m", "tests.template"], role="app"
        )

    def _let_the_log_lie(self) -> str:
        """Lift the limit on unsequenced entries: most tests run no sequencer (tests/audit do)."""
        with self.server.connect(TEMPLATE.main) as superuser:
            superuser.execute("UPDATE audit.head SET write_limit = NULL")
        with self.server.connect(TEMPLATE.keys) as superuser:
            superuser.execute(destroying.FUNCTION)
        return ""

    def _run(self, arguments: list[str], *, role: str) -> str:
        environ = {
            **os.environ,
            **self.variables(),
            **self.server.urls(TEMPLATE),
            "CUSTODE_DATABASE_ROLE": role,
        }
        self._prepare = subprocess.Popen(
            [sys.executable, *arguments],
            env=environ,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed, _ = self._prepare.communicate()
        if self._prepare.returncode == 0:
            return ""
        return f"`{arguments[-1]}` ended with status {self._prepare.returncode}:\n{printed[-4000:]}"


def superuser_connection() -> Superuser:
    """Return a connection to this process's main database, past every rule; close it yourself."""
    return Run.current.server.connect(Run.current.names.main)


def remove_abandoned() -> None:
    """Remove what runs that were killed left behind: nobody holds the lock of their folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        try:
            found = folder.lstat()
        except FileNotFoundError:  # its own run has just removed it
            continue
        # A younger one may be about to take its lock.
        if found.st_uid != os.geteuid() or time.time() - found.st_mtime < _YOUNG:
            continue
        state = StateFolder(folder)
        with contextlib.suppress(EmbeddedError, OSError), state.lock():
            state.cluster().repair()
            state.remove()


run_key = pytest.StashKey[Run]()
