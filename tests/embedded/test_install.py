"""F9: one documented command installs Custode on a PostgreSQL server, and again changes nothing."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from governance import env
from governance.embedded.valkey import broker_url
from tests.audit.cluster import free_port
from tests.audit.server import OwnServer


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """A server of its own, with the superuser's address."""
    made = OwnServer()
    try:
        made.start()
        yield made
    finally:
        made.stop()


def installed(
    server: OwnServer, folder: Path, data: Path, *, broker: str = ""
) -> "subprocess.CompletedProcess[str]":
    superuser = server.cluster.connect().info
    url = (
        f"postgresql://{superuser.user}:{server.state.secrets['postgres']}@/postgres"
        f"?host={superuser.host}&port={superuser.port}"
    )
    command = [
        sys.executable, "-m", "governance.install", "--superuser", url,
        "--broker", broker or broker_url(server.state.run), "--base-url", "https://crm.rossi.example",
        "--folder", str(folder), "--data", str(data), "--port", str(free_port()),
    ]  # fmt: skip
    ours = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        command, env=ours, cwd=env.PROJECT, capture_output=True, text=True, check=False
    )


def test_f9_one_command_installs_and_a_second_run_leaves_keys_and_passwords(
    server: OwnServer, tmp_path: Path
) -> None:
    folder, data = tmp_path / "etc", tmp_path / "data"
    key = server.state.root_key.read_bytes()  # of the databases as they were prepared
    folder.mkdir(mode=0o700)
    (folder / "root.key").write_bytes(key)
    (folder / "root.key").chmod(0o600)
    done = installed(server, folder, data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "manage.py check: done" in done.stdout
    assert "the web server: done" in done.stdout

    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    services = (folder / "services.env").read_text()
    assert "OWNER_URL" not in services
    assert "BACKUP_URL" not in services
    assert {line.split("=")[0] for line in (folder / "sequencer.env").read_text().splitlines()} == {
        "DATABASE_SEQUENCER_URL"
    }
    app = dict(line.split("=", 1) for line in services.splitlines())["DATABASE_URL"]
    with psycopg.connect(app) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("custode_app",)

    again = installed(server, folder, data)
    assert again.returncode == 0, again.stdout + again.stderr
    kept = ("secrets.json", "root.key")
    assert all((folder / name).read_bytes() == files[folder / name] for name in kept)


def test_f9_what_fails_is_said_and_nothing_goes_on(server: OwnServer, tmp_path: Path) -> None:
    done = installed(server, tmp_path / "etc", tmp_path / "data", broker="carrier-pigeon://loft")
    assert done.returncode == 1
    assert "manage.py prepare failed; nothing after it was done" in done.stderr
    assert "CELERY_BROKER_URL" in done.stderr
    assert "the web server" not in done.stdout
