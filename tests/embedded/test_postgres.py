"""The embedded PostgreSQL: private, silent about people, and up again after a kill."""

import os
import signal
import subprocess
import time

import psycopg
import pytest

from governance.embedded.children import is_running, works_in
from governance.embedded.errors import EmbeddedError
from governance.embedded.postgres import Cluster
from tests.embedded.conftest import Running


def _kill(server: Running) -> None:
    assert server.child is not None
    os.kill(server.child.pid, signal.SIGKILL)
    while server.child.exit_status() is None:
        time.sleep(0.01)


def test_it_is_reached_through_its_socket_only(server: Running) -> None:
    with server.cluster.connect() as connection:
        show = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("listen_addresses", "data_checksums", "password_encryption")
        }
        locales = connection.execute("SELECT DISTINCT datcollate FROM pg_database").fetchall()
        order = connection.execute("SELECT 'à' < 'b', 'Z' < 'a'").fetchone()
    assert show == {
        "listen_addresses": ("",),
        "data_checksums": ("on",),
        "password_encryption": ("scram-sha-256",),
    }
    assert locales == [("C.UTF-8",)]
    assert order == (False, True)


def test_a_wrong_password_is_refused_at_once(server: Running) -> None:
    known = server.cluster
    other = Cluster(
        known.data, known.sockets, programs=known._programs, account=None, password="wrong"
    )
    with pytest.raises(EmbeddedError, match="belong to another installation"):
        other.is_ready()


def test_its_log_never_repeats_a_value(server: Running) -> None:
    with server.cluster.connect() as connection:
        connection.execute("CREATE TEMP TABLE person (email text UNIQUE)")
        connection.execute("INSERT INTO person VALUES ('canary@example.org')")
        for statement in (
            "INSERT INTO person VALUES ('canary@example.org')",
            "SELECT 'canary'::int",
            "SELEC 'canary'",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        connection.execute("DO $$ BEGIN RAISE LOG 'written after'; END $$")
    while not any("written after" in line for line in server.log):
        time.sleep(0.01)
    log = "\n".join(server.log)
    assert "duplicate key value violates unique constraint" in log
    assert "example.org" not in log


def test_committed_rows_survive_kill_9(server: Running) -> None:
    with server.cluster.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        connection.execute("CHECKPOINT")
    _kill(server)
    server.start()
    with server.cluster.connect() as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


@pytest.mark.parametrize("kind", ["zombie", "stranger", "gone", "nonsense"])
def test_a_dead_lock_does_not_stop_a_start(server: Running, kind: str) -> None:
    _kill(server)
    stranger = subprocess.Popen(["sleep", "60"])
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is not reaped
    gone = subprocess.Popen(["true"])
    gone.wait()
    pid = {"zombie": zombie.pid, "stranger": stranger.pid, "gone": gone.pid, "nonsense": "?"}[kind]
    lines = f"{pid}\n{server.cluster.data}\n0\n5432\n{server.cluster.sockets}\n\n"
    (server.cluster.data / "postmaster.pid").write_text(lines)
    (server.cluster.sockets / ".s.PGSQL.5432.lock").write_text(lines)
    try:
        server.start()
        assert server.cluster.is_ready()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        zombie.wait()


def test_a_server_left_running_is_stopped_before_the_next(server: Running) -> None:
    left = server.child
    assert left is not None
    assert works_in(left.pid, server.cluster.data)
    server.child = None
    server.start()
    assert not is_running(left.pid)
    assert left.exit_status() == 0  # fast shutdown, not a kill
    assert server.cluster.is_ready()


def test_data_of_another_major_version_are_left_alone(server: Running) -> None:
    marker = server.cluster.data / "PG_VERSION"
    written = marker.read_text()
    marker.write_text("14\n")
    try:
        with pytest.raises(EmbeddedError, match="were written by PostgreSQL 14"):
            server.cluster.initialise()
    finally:
        marker.write_text(written)
