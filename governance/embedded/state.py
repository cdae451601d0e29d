"""The state folder: everything the embedded default keeps, and nothing outside it.

    secrets.json    passwords of the database roles, Django's secret key      0600
    root.key        the root key of the keystore                              0600
    environment     NAME=value lines for other commands, while and after serving   0600
    postgres/       the cluster, closed to all but the account of the server
    valkey/         the queue's append-only file
    signer/         keys and state of the signer of the audit log             0700
    audit/          its spool and its export
    run/            sockets
    programs/       copies of server programs, where the account can not reach the originals
    children.json   what the running supervisor started
    lock            held by the running supervisor

Two exceptions, both recorded in the folder. A socket's path may have about a hundred bytes; in
a deeper folder the sockets live in a short private one among the temporary files. And when
root keeps the project in a closed place (`/root`), the account of the servers can not pass
through the parents, whose permissions are not ours to change: then the servers' data are in
`/var/lib/custode-…`. Not among the temporary files, which are swept while nobody looks and
at every start of the machine, and these are people's data.
"""

import argparse
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

from governance import env, provision
from governance.crypto import root
from governance.embedded import accounts, binaries, valkey
from governance.embedded.accounts import Account
from governance.embedded.errors import AlreadyRunningError, EmbeddedError
from governance.embedded.postgres import PORT, SUPERUSER, Cluster

ROOT_KEY_FILE = "CUSTODE_ROOT_KEY_FILE"
LONGEST_SOCKET = 103  # bytes; macOS has 104 with the closing zero, Linux 108
_LONGEST_NAME = f".s.PGSQL.{PORT}.lock"
_SERVICES = Path("/var/lib")
_DATABASE_VARIABLES = {
    "DATABASE_URL": "custode_app",
    "DATABASE_OWNER_URL": "custode_owner",
    "DATABASE_PORTAL_URL": "custode_portal",
    "DATABASE_CASE_URL": "custode_case",
    "DATABASE_AUDITOR_URL": "custode_auditor",
    "DATABASE_BACKUP_URL": "custode_backup",
    "DATABASE_SEQUENCER_URL": "custode_sequencer",
    "DATABASE_SIGNER_URL": "custode_signer",
    "KEYSTORE_URL": "custode_keys",
    "KEYSTORE_OWNER_URL": "custode_keys_owner",
    "KEYSTORE_WITNESS_URL": "custode_keys_witness",
}


class StateFolder:
    """The state folder at `path`; `ensure` makes it, everything else expects it made."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def ensure(self) -> None:
        """Make the folder with its secrets and sub-folders; what is there stays as it is.

        Raises
        ------
        EmbeddedError
            the folder can not be written, or belongs to somebody else
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._open_for_servers()
            self._make_secrets()
            self._make_root_key()
            for folder in (self.home / "valkey", self.run):
                accounts.own_folder(folder, self.account)
        except OSError as error:
            raise EmbeddedError(
                f"The state folder {self.path} can not be used: {error.strerror}.",
                "Start Custode as the user who started it first, or choose another "
                "folder with --state.",
            ) from error

    def _make_root_key(self) -> None:
        """Make the root key of a new installation; for one that is lost another is no help."""
        is_made = (self.home / "postgres" / "PG_VERSION").exists()
        described = env.root_key_variables(os.environ, "CUSTODE_")
        if described and ROOT_KEY_FILE not in described:
            return  # it is no file
        if is_made and not described and not self.root_key.exists():
            raise EmbeddedError(
                f"{self.root_key} is missing, and only it opens the personal data that is here.",
                "Put it back with: python manage.py recovery_kit restore",
            )
        root.create(self.root_key)

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Passwords by role, the superuser's as `postgres`, and Django's `secret_key`."""
        values: dict[str, str] = json.loads(self._secrets_file.read_text(encoding="utf-8"))
        return values

    @property
    def root_key(self) -> Path:
        """The file of the root key: 32 bytes."""
        return self.path / "root.key"

    @property
    def demo_accounts(self) -> Path:
        """The text that the demonstration leaves for the person at the terminal."""
        return self.path / "demo-accounts.txt"

    @property
    def ledger(self) -> Path:
        """The file that remembers which processes run."""
        return self.path / "children.json"

    @cached_property
    def account(self) -> Account | None:
        """The account of the servers; None is the caller's own."""
        recorded = self._recorded("home")
        return accounts.choose((recorded or self.path) / "postgres")

    @cached_property
    def home(self) -> Path:
        """Where the servers keep their data: the state folder, unless they can not enter it."""
        recorded = self._recorded("home")
        if recorded:
            return recorded
        if self.account is None or accounts.can_enter(self.path, self.account):
            return self.path
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        outside = _SERVICES / f"custode-{digest}"
        accounts.own_folder(outside, None, mode=0o711)
        self._record("home", outside)
        return outside

    @cached_property
    def run(self) -> Path:
        """The folder of the sockets, short enough for the longest of their paths."""
        inside = self.home / "run"
        if _fits(inside):
            return inside
        recorded = self._recorded("run")
        if recorded and recorded.is_dir() and self._is_ours(recorded):
            return recorded
        # mkdtemp makes a folder that is ours alone, with a name nobody can guess.
        made = Path(tempfile.mkdtemp(prefix="custode-", dir=_short_parent()))
        if self.account:
            os.chown(made, self.account.uid, self.account.gid)
        self._record("run", made)
        return made

    def cluster(self, *, is_durable: bool = True) -> Cluster:
        """Return the PostgreSQL cluster of this folder."""
        programs = binaries.reachable(
            binaries.locate_postgres(), "postgres", account=self.account, copies=self._copies
        )
        return Cluster(
            self.home / "postgres",
            self.run,
            programs=programs,
            account=self.account,
            password=self.secrets[SUPERUSER],
            is_durable=is_durable,
        )

    def broker(self) -> valkey.Broker:
        """Return the Valkey server of this folder."""
        found, name = binaries.locate_valkey()
        programs = binaries.reachable(found, name, account=self.account, copies=self._copies)
        return valkey.Broker(
            self.home / "valkey", self.run, programs=programs, name=name, account=self.account
        )

    def lock(self) -> IO[str]:
        """Take the lock of the folder; it is held until the returned file is closed.

        Raises
        ------
        AlreadyRunningError
            another supervisor holds it, also by way of another folder with the same data
        """
        file = (self.home / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "another process"
            file.close()
            raise AlreadyRunningError(
                f"Custode already runs in {self.path}: {owner}.",
                "Stop it first, or start this one with --state and --port of its own.",
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}\n")
        file.flush()
        return file

    def write_environment(self, values: dict[str, str]) -> None:
        """Leave the values for commands that people start beside the running installation."""
        lines = ["# Written by `manage.py serve` at every start; changes are lost."]
        lines += [f"{name}={value}" for name, value in sorted(values.items())]
        write_private(self.path / env.ENVIRONMENT_FILE, "\n".join(lines) + "\n")

    def remove(self) -> None:
        """Remove the folder and what it keeps outside, for installations that are thrown away."""
        for name in ("run", "home"):
            if recorded := self._recorded(name):
                shutil.rmtree(recorded, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)

    @property
    def _secrets_file(self) -> Path:
        return self.path / "secrets.json"

    @property
    def _copies(self) -> Path:
        return self.home / "programs"

    def _open_for_servers(self) -> None:
        """Let the account of the servers pass through; every file in here is closed by itself."""
        mode = stat.S_IMODE(self.path.stat().st_mode)
        if self.account is not None and not mode & stat.S_IXOTH:
            self.path.chmod(mode | stat.S_IXGRP | stat.S_IXOTH)

    def _make_secrets(self) -> None:
        names = (SUPERUSER, *provision.LOGIN_ROLES, "secret_key")
        made = {name: secrets.token_urlsafe(32) for name in names}
        if not self._secrets_file.exists():
            write_private(self._secrets_file, json.dumps(made, indent=1), is_new=True)
        elif missing := made.keys() - self.secrets.keys():  # a release brought new roles
            values = self.secrets | {name: made[name] for name in missing}
            write_private(self._secrets_file, json.dumps(values, indent=1))
            del self.secrets

    def _recorded(self, name: str) -> Path | None:
        try:
            return Path((self.path / f"{name}.path").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def _record(self, name: str, place: Path) -> None:
        write_private(self.path / f"{name}.path", str(place))

    def _is_ours(self, folder: Path) -> bool:
        found = folder.lstat()
        owner = self.account.uid if self.account else os.geteuid()
        return found.st_uid == owner and stat.S_IMODE(found.st_mode) == stat.S_IRWXU


def environment(state: StateFolder, *, names: provision.Names | None = None) -> dict[str, str]:
    """Return all variables of an embedded installation (see `governance.env`).

    Parameters
    ----------
    state : a folder that `ensure` has made
    names : of the databases; `custode` and `custode_keys` unless given
    """
    server = {"host": str(state.run), "port": str(PORT)}
    chosen = names or provision.Names.of(provision.PREFIX)
    return database_urls(state.secrets, chosen, server=server) | {
        "CELERY_BROKER_URL": valkey.broker_url(state.run),
        "CUSTODE_STATE": str(state.path),
        "CUSTODE_SECRET_KEY": state.secrets["secret_key"],
        ROOT_KEY_FILE: str(state.root_key),
        "CUSTODE_SIGNER_FOLDER": str(state.path / "signer"),
        # Named, since the signer, who reads no settings, opens the keystore by what is in it.
        "CUSTODE_AUDIT_FOLDER": str(state.path / "audit"),
        "CUSTODE_LOG_NAME": "custode.local",
        "CUSTODE_ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "CUSTODE_BASE_URL": "http://127.0.0.1:8000",
        "CUSTODE_DEBUG": "0",
        "CUSTODE_DATABASE_ROLE": "app",
    }


def database_urls(
    passwords: Mapping[str, str], names: provision.Names, *, server: Mapping[str, str]
) -> dict[str, str]:
    """Return the URL of each role's connection, by the name of its variable.

    Parameters
    ----------
    server : libpq's parameters of the connection itself: `host` (a name, an address or a
        socket folder), `port`, `sslmode`
    """
    parameters = urlencode(server, quote_via=quote, safe="")
    return {
        variable: f"postgresql://{role}:{quote(passwords[role], safe='')}"
        f"@/{quote(names.database_of(role), safe='')}?{parameters}"
        for variable, role in _DATABASE_VARIABLES.items()
    }


def options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `serve` that decide the environment."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument("--state", type=Path, help="state folder (CUSTODE_STATE, else ./var)")


def adopt(arguments: Sequence[str]) -> None:
    """Make the state folder and put its values into this process's environment, for `serve`.

    What the environment already says is kept. When it names a database, the state folder
    gives the broker and the addresses only, and no secret.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    options(parser)
    chosen, _ = parser.parse_known_args(arguments)
    state = StateFolder(chosen.state or env.state_folder())
    try:
        state.ensure()
    except EmbeddedError as error:
        sys.exit(str(error))
    values = environment(state) | addresses(chosen.host, chosen.port)
    if env.is_configured_outside():
        values = {name: values[name] for name in _NOT_SECRET}
    if env.root_key_variables(os.environ, "CUSTODE_"):
        values.pop(ROOT_KEY_FILE, None)
    for name, value in values.items():
        if not (os.environ.get(name) or os.environ.get(f"{name}_FILE")):
            os.environ[name] = value
    os.environ["CUSTODE_STATE"] = str(state.path)


_NOT_SECRET = (
    "CELERY_BROKER_URL",
    "CUSTODE_ALLOWED_HOSTS",
    "CUSTODE_BASE_URL",
    "CUSTODE_DEBUG",
    "CUSTODE_DATABASE_ROLE",
)


def addresses(host: str, port: int) -> dict[str, str]:
    """Return the variables that depend on where the web server listens."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    name = everywhere.get(host, host)
    shown = f"[{name}]" if ":" in name else name
    hosts = dict.fromkeys(("127.0.0.1", "localhost", "[::1]", shown))
    return {
        "CUSTODE_ALLOWED_HOSTS": ",".join(hosts),
        "CUSTODE_BASE_URL": f"http://{shown}:{port}",
    }


def _short_parent() -> str:
    usual = tempfile.gettempdir()
    return usual if _fits(Path(usual, "custode-12345678")) else "/tmp"  # noqa: S108 - see above


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / _LONGEST_NAME)) <= LONGEST_SOCKET


def write_private(path: Path, content: str, *, is_new: bool = False) -> None:
    """Write a file that its owner alone reads, in one step; with `is_new`, never over another."""
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if os.geteuid() == 0:  # whoever owns the folder can still read it after root was here
            owner = path.parent.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if not is_new:
        half.rename(path)
        return
    try:
        path.hardlink_to(half)  # fails if a second first start was quicker; its file counts
    except FileExistsError:
        pass
    finally:
        half.unlink()
