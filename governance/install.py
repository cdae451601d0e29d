"""Installing Custode on a server of one's own: `python -m governance.install`, repeatable.

    FOLDER/                     mode 0700, of the account of the services
        secrets.json            passwords of the database roles, Django's secret key
        root.key                the root key; two of three sheets of its kit give it back
        services.env            what web server, worker and beat are given
        owner.env               besides, the owners of the databases: `prepare`, `rotate_keys`
        backup.env              the role that reads everything, for the backup alone
        sequencer.env, signer.env    each its own connection and nothing else
        systemd/                one unit for each service, to be copied where systemd looks

Nothing that is there is made anew: a second run brings roles, databases and files to what this
release says and leaves passwords and keys. It ends with Django's check of a deployment and with a
web server that is started, asked and stopped. docs/operations.md, first installation.
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from governance import env, provision
from governance.crypto import root
from governance.embedded.state import database_urls, write_private

OWNER = ("DATABASE_OWNER_URL", "KEYSTORE_OWNER_URL")
BACKUP = ("DATABASE_BACKUP_URL",)
SEQUENCER = ("DATABASE_SEQUENCER_URL",)
SIGNER = ("DATABASE_SIGNER_URL", "KEYSTORE_WITNESS_URL")
OF_THE_SERVER = ("host", "hostaddr", "port", "sslmode", "sslrootcert")
BIN = Path(sys.executable).parent
SERVICES = {
    "web": f"{BIN}/gunicorn governance.wsgi --bind 127.0.0.1:{{port}} --workers 2 --threads 4"
    " --graceful-timeout 10 --log-level warning",
    "worker": f"{BIN}/celery -A governance worker --concurrency 2 --loglevel INFO",
    "beat": f"{BIN}/celery -A governance beat --loglevel INFO --schedule {{data}}/beat",
    "sequencer": f"{BIN}/python -m audit.sequencer",
    "signer": f"{BIN}/python -m audit.signer",
}
UNIT = """[Unit]
Description=Custode, {name}
After=network-online.target postgresql.service
Wants=network-online.target

[Service]
User={user}
WorkingDirectory={project}
EnvironmentFile={folder}/{environment}.env
ExecStart={command}
Restart=always
RestartSec=2
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={data}
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def main(argv: list[str] | None = None) -> None:
    """Install, or bring an installation to this release; say what is left to a person."""
    said = _parser().parse_args(argv)
    made = Installation(said)
    made.write()
    with psycopg.connect(said.superuser, autocommit=True) as superuser:
        provision.provision(superuser, made.passwords)
    for command in ("prepare", "schedule_tasks"):
        made.manage(command, "owner")
    made.manage("collectstatic", "services", "--noinput", "--verbosity=0")
    made.manage("check", "services", "--deploy", "--fail-level=ERROR")
    made.smoke()
    _say(f"Installed. Left to you ({said.folder}):")
    _say(f"  units      cp {said.folder}/systemd/* /etc/systemd/system/ and enable them")
    _say(f"  proxy      {said.base_url} to 127.0.0.1:{said.port}, with X-Forwarded-Proto and -For")
    _say("  root key   manage.py recovery_kit make, before the first person is stored")
    _say("  company    manage.py found_company NAME: the register comes before the data")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m governance.install", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    ask = parser.add_argument
    ask("--superuser", required=True, help="URL of a superuser of the PostgreSQL server")
    ask("--broker", required=True, help="URL of Redis, Valkey or RabbitMQ")
    ask("--base-url", required=True, help="https://… as people see it")
    ask("--folder", type=Path, default=Path("/etc/custode"), help="settings and keys")
    ask("--data", type=Path, default=Path("/var/lib/custode"), help="what the services write")
    ask("--user", default="", help="account of the services; else who runs this")
    ask("--port", type=int, default=8000, help="on which the web server listens, on this machine")
    return parser


class Installation:
    """The files of one installation, and its commands run with them."""

    def __init__(self, said: argparse.Namespace) -> None:
        self._said = said
        self.folder: Path = said.folder.absolute()
        self.data: Path = said.data.absolute()
        self.passwords: dict[str, str] = {}

    def write(self) -> None:
        """Make folders, secrets, the root key where there is none, environments and units."""
        for folder in (self.folder, self.folder / "systemd", self.data, self.data / "signer"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.passwords = self._secrets()
        key = self.folder / "root.key"
        if not key.exists():
            root.create(key)
        for name, values in self._environments().items():
            lines = "".join(f"{k}={v}\n" for k, v in sorted(values.items()))
            write_private(self.folder / f"{name}.env", lines)
        for name, command in SERVICES.items():
            write_private(self.folder / "systemd" / f"custode-{name}.service", UNIT.format(
                name=name, user=self._said.user or "custode", project=env.PROJECT,
                folder=self.folder, data=self.data,
                environment=name if name in {"sequencer", "signer"} else "services",
                command=command.format(port=self._said.port, data=self.data),
            ))  # fmt: skip
        if self._said.user:
            for place in (self.folder, self.data):
                for path in (place, *place.rglob("*")):
                    shutil.chown(path, self._said.user)

    def _secrets(self) -> dict[str, str]:
        path = self.folder / "secrets.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        made = {n: secrets.token_urlsafe(32) for n in (*provision.LOGIN_ROLES, "secret_key")}
        values: dict[str, str] = made | known
        write_private(path, json.dumps(values, indent=1))
        return values

    def _environments(self) -> dict[str, dict[str, str]]:
        """Return the variables of each kind of process: what it needs and nothing else."""
        server = {
            name: str(value)
            for name, value in conninfo_to_dict(self._said.superuser).items()
            if name in OF_THE_SERVER and value
        }
        names = provision.Names.of(provision.PREFIX)
        urls = database_urls(self.passwords, names, server=server)
        apart = {*OWNER, *BACKUP, *SEQUENCER, *SIGNER}
        audit = {"CUSTODE_AUDIT_FOLDER": str(self.data / "audit")}
        host = urlsplit(self._said.base_url).hostname or ""
        services = {name: url for name, url in urls.items() if name not in apart} | audit | {
            "CELERY_BROKER_URL": self._said.broker,
            "CUSTODE_ROOT_KEY_FILE": str(self.folder / "root.key"),
            "CUSTODE_SECRET_KEY": self.passwords["secret_key"],
            "CUSTODE_BASE_URL": self._said.base_url,
            "CUSTODE_ALLOWED_HOSTS": host,
            "CUSTODE_STATE": str(self.data),
        }  # fmt: skip

        def only(names: tuple[str, ...]) -> dict[str, str]:
            return {name: urls[name] for name in names}

        return {
            "services": services,
            "owner": services | only(OWNER) | {"CUSTODE_DATABASE_ROLE": "owner"},
            "backup": services | only(BACKUP),
            "sequencer": only(SEQUENCER),
            "signer": only(SIGNER) | audit | {
                "CUSTODE_SIGNER_FOLDER": str(self.data / "signer"), "CUSTODE_LOG_NAME": host,
            },
        }  # fmt: skip

    def variables(self, name: str) -> dict[str, str]:
        """Return the environment of a kind of process, and of this one only where programs are."""
        lines = (self.folder / f"{name}.env").read_text(encoding="utf-8").splitlines()
        inherited = {n: os.environ[n] for n in ("PATH", "LANG", "HOME") if n in os.environ}
        return inherited | dict(line.split("=", 1) for line in lines)

    def manage(self, command: str, environment: str, *arguments: str) -> None:
        """Run a command of manage.py; stop with what it said where it fails."""
        argv = [sys.executable, str(env.PROJECT / "manage.py"), command, *arguments]
        _run(argv, self.variables(environment), f"manage.py {command}")

    def smoke(self) -> None:
        """Start the web server, ask for health and login page as the proxy would, stop it."""
        host = urlsplit(self._said.base_url).hostname or ""
        argv = [sys.executable, "-m", "governance.smoke", str(self._said.port), host]
        _run(argv, self.variables("services"), "the web server")


def _run(argv: list[str], variables: Mapping[str, str], what: str) -> None:
    done = subprocess.run(
        argv, env=dict(variables), cwd=env.PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{what} failed; nothing after it was done:\n{done.stdout}{done.stderr}")
    _say(f"{what}: done")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
