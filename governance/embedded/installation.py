"""What Custode consists of on one machine, and in which order it starts.

PostgreSQL; its roles and databases; `manage.py prepare`, as the owner of the tables;
sequencer and signer of the audit log; the demonstration, if asked for; the next epoch of the
keystore, if keys were destroyed; Valkey; then web server, worker and beat side by side. A server
that the environment names (DATABASE_URL, CELERY_BROKER_URL) is not started here.
"""

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from urllib.parse import urlsplit

from celery.app.utils import find_app
from kombu.exceptions import OperationalError

from governance import env, provision
from governance.crypto import epochs
from governance.embedded.children import Child, Command, Ledger, Sink
from governance.embedded.errors import EmbeddedError
from governance.embedded.state import StateFolder, environment
from governance.embedded.supervisor import Service, StoppedError, Supervisor, Terminal

# The web server talks to strangers; passwords of roles that it never takes stay out of its reach.
_NOT_FOR_SERVICES = frozenset(
    {
        "DATABASE_OWNER_URL",
        "KEYSTORE_OWNER_URL",
        "KEYSTORE_WITNESS_URL",
        "DATABASE_BACKUP_URL",
        "DATABASE_SEQUENCER_URL",
        "DATABASE_SIGNER_URL",
        "CUSTODE_SIGNER_FOLDER",
    }
)
_TO_VOUCH = 30.0  # seconds the signer may take to open the database after a start of the server
_FOR_THE_LOG = {
    "sequencer": ("DATABASE_SEQUENCER_URL",),
    "signer": (
        "DATABASE_SIGNER_URL",
        "KEYSTORE_WITNESS_URL",
        "CUSTODE_SIGNER_FOLDER",
        "CUSTODE_LOG_NAME",
        "CUSTODE_AUDIT_FOLDER",
    ),
}


@dataclass(frozen=True)
class Options:
    """What the person at the terminal asked for."""

    host: str
    port: int
    is_demo: bool = False
    exits_when_ready: bool = False


class Installation:
    """One run of everything, on a state folder that `state.adopt` has made."""

    def __init__(self, state: StateFolder, options: Options) -> None:
        self._state = state
        self._options = options
        self._terminal = Terminal()
        self._ledger = Ledger(state.ledger)
        self._supervisor = Supervisor(self._ledger, self._terminal.say)
        self._own_database = _is_own("DATABASE_URL", environment(state))
        self._own_broker = _is_own("CELERY_BROKER_URL", environment(state))

    def run(self) -> None:
        """Start everything, watch it, and stop it when a signal asks for it.

        Raises
        ------
        AlreadyRunningError
            another supervisor runs on this state folder
        EmbeddedError
            something did not start; everything that did has been stopped
        """
        with self._state.lock(), self._supervisor.signals():
            for name in self._ledger.stop_leftovers():
                self._say(f"stopped {name}, left running by a supervisor that was killed")
            _check_port(self._options.host, self._options.port)
            try:
                self._start()
                if not self._options.exits_when_ready:
                    self._supervisor.watch()
            except StoppedError:
                pass
            finally:
                self._say("stopping")
                self._supervisor.stop()
        self._say("stopped")

    def _start(self) -> None:
        if self._own_database:
            self._start_postgres()
        self._run_command("prepare", role="owner")
        self._supervisor.start(self._log_keepers())  # without them the log soon takes no entries
        if self._options.is_demo:
            self._run_command("load_demo", role="app")
        self._run_command("schedule_tasks", role="app")
        if self._own_database and self._is_rotation_due():
            self._run_command("rotate_keys", role="owner")
        if self._own_broker:
            broker = self._state.broker()
            self._supervisor.start([Service("valkey", broker.launch, broker.is_ready)])
        self._supervisor.start([self._web(), self._worker(), self._beat()])
        self._terminal.show(self._addresses())

    def _start_postgres(self) -> None:
        # Other commands find the addresses here; it says where the running servers are.
        names = environment(self._state).keys() & os.environ.keys()
        for start in ("CUSTODE_", "CUSTODE_NEXT_"):
            names |= env.root_key_variables(os.environ, start).keys()
        self._state.write_environment({name: os.environ[name] for name in names})
        cluster = self._state.cluster()
        if not (cluster.data / "PG_VERSION").exists():
            self._say(f"making a PostgreSQL cluster in {cluster.data}")
        cluster.initialise()
        self._supervisor.start([Service("postgres", cluster.launch, cluster.is_ready)])
        with cluster.connect() as superuser:
            provision.provision(superuser, self._state.secrets)

    def _is_rotation_due(self) -> bool:
        """Whether keys were destroyed whose bytes are still in the table of their epoch."""
        names = provision.Names.of(provision.PREFIX)
        with self._state.cluster().connect(names.keys) as superuser:
            return superuser.execute(epochs.NEEDED).fetchone() == (True,)

    def _run_command(self, name: str, *, role: str) -> None:
        argv = [sys.executable, str(env.PROJECT / "manage.py"), name]
        environ = {**_environ(), "CUSTODE_DATABASE_ROLE": role}
        self._supervisor.run(Command(name, argv, environ, env.PROJECT))

    def _log_keepers(self) -> list[Service]:
        """Return sequencer and signer; each gets what it needs and no key of anybody."""
        keepers = []
        for name, variables in _FOR_THE_LOG.items():
            if os.environ.get(variables[0]):
                launch = partial(_launch_keeper, name, variables)
                ready = self._has_been_opened() if name == "signer" else lambda: True
                keepers.append(Service(name, launch, ready))
            else:
                self._say(f"{variables[0]} is not set: the {name} has to run elsewhere")
        return keepers

    def _has_been_opened(self) -> Callable[[], bool]:
        """Return whether the signer has vouched for the server's start (docs/spec/erasure.md, 9).

        For both databases. What was restored stays locked; all goes on, for pages say what to do.
        """
        if not self._own_database:
            return lambda: True
        cluster, names = self._state.cluster(), provision.Names.of(provision.PREFIX)
        last = time.monotonic() + _TO_VOUCH
        asked = {  # where, and what opens it
            names.main: ("custode", "reconcile_restore"),
            names.keys: ("keystore", "reconcile_restore --keystore"),
        }

        def is_open() -> bool:
            for name, (schema, command) in asked.items():
                with cluster.connect(name) as superuser:
                    row = superuser.execute(f"SELECT {schema}.locked_because()").fetchone()
                if row == ("started",) and time.monotonic() < last:
                    return False
                if row != ("",):
                    self._say(f"{name} is locked: it was restored (manage.py {command})")
            return True

        return is_open

    def _web(self) -> Service:
        host = f"[{self._options.host}]" if ":" in self._options.host else self._options.host
        arguments = (
            *("gunicorn", "governance.wsgi", "--bind", f"{host}:{self._options.port}"),
            *("--workers", "2", "--threads", "4", "--graceful-timeout", "10"),
            # No access log: paths and addresses of visitors are personal data.
            *("--no-control-socket", "--log-level", "warning"),
        )
        ready = partial(_answers, self._options, os.environ["CUSTODE_BASE_URL"])
        return Service("web", partial(_launch, "web", arguments), ready)

    def _worker(self) -> Service:
        # A name of its own, so that a ping is not answered by another machine's worker.
        digest = sha256(os.fsencode(self._state.path)).hexdigest()[:8]
        node = f"custode-{digest}@{socket.gethostname()}"
        arguments = (
            *("celery", "--quiet", "-A", "governance", "worker", "--concurrency", "2"),
            *("--hostname", node, "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        )
        return Service("worker", partial(_launch, "worker", arguments), partial(_pongs, node))

    def _beat(self) -> Service:
        arguments = (
            *(
                "celery",
                "--quiet",
                "-A",
                "governance",
                "beat",
                "--loglevel",
                "INFO",
                "--pidfile",
                "",
            ),
            *("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler"),
        )
        # It has no door to knock at: it is ready as long as it lives.
        return Service("beat", partial(_launch, "beat", arguments), lambda: True)

    def _addresses(self) -> str:
        base = os.environ["CUSTODE_BASE_URL"].rstrip("/")
        lines = [
            "",
            "Custode is ready.",
            f"  Requests of data subjects   {base}/",
            f"  Portal of the DPO           {base}/admin/",
            f"  API documentation           {base}/api/v1/docs/",
        ]
        if self._options.is_demo and self._state.demo_accounts.exists():
            lines += ["", self._state.demo_accounts.read_text(encoding="utf-8").rstrip()]
        return "\n".join([*lines, "", "Ctrl-C stops it.", ""])

    def _say(self, line: str) -> None:
        self._terminal.say("serve", line)


def _is_own(name: str, embedded: dict[str, str]) -> bool:
    """Say whether a server is ours to start: nothing named one, or what is named is ours."""
    return os.environ.get(name) == embedded[name]


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _launch(name: str, arguments: tuple[str, ...], sink: Sink) -> Child:
    environ = {key: value for key, value in _environ().items() if key not in _NOT_FOR_SERVICES}
    argv = [sys.executable, "-m", *arguments]
    return Child(Command(name, argv, environ, env.PROJECT), sink)


def _launch_keeper(name: str, variables: tuple[str, ...], sink: Sink) -> Child:
    wanted = {"PATH", "HOME", "LANG", "TZ", *variables}
    environ = {key: value for key, value in _environ().items() if key in wanted}
    argv = [sys.executable, "-m", f"audit.{name}"]
    return Child(Command(name, argv, environ | {"PYTHONUNBUFFERED": "1"}, env.PROJECT), sink)


def _answers(options: Options, base_url: str) -> bool:
    """Say whether GET /health/ is answered with 200."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104 - compared, not bound
    base = urlsplit(base_url)
    headers = {"Host": base.netloc, "X-Forwarded-Proto": base.scheme}
    connection = http.client.HTTPConnection(address, options.port, timeout=5)
    try:
        connection.request("GET", "/health/", headers=headers)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _pongs(node: str) -> bool:
    """Say whether the worker answers through the broker."""
    try:
        replies = find_app("governance").control.inspect(destination=[node], timeout=1).ping()
    except (OSError, OperationalError):
        return False
    return bool(replies)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise EmbeddedError(
                f"Nothing can listen on {host} port {port}: {error.strerror}.",
                "Choose another one with --port, or stop what uses it.",
            ) from None
