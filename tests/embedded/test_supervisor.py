"""The supervisor, on small real processes; and the broker, over a kill."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from governance.embedded.children import Child, Command, Ledger, is_running, wait_until_ready
from governance.embedded.errors import EmbeddedError
from governance.embedded.state import StateFolder
from governance.embedded.supervisor import Service, StoppedError, Supervisor, pause_after
from governance.embedded.valkey import SOCKET_NAME
from tests.embedded.conftest import silent

SERVE = 'touch "$0.up"; trap "echo stopped-$1; exit 0" TERM; while :; do sleep 0.05; done'


class Stage:
    """A supervisor whose lines are kept, and services that are shell scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.supervisor = Supervisor(Ledger(folder / "children.json"), self._say)

    def service(self, name: str, script: str = SERVE) -> Service:
        mark = self.folder / name
        return Service(
            name,
            lambda sink: Child(self.command(name, script, str(mark), name), sink),
            mark.with_suffix(".up").exists,
            patience=20,
        )

    def command(self, name: str, script: str, *arguments: str) -> Command:
        argv = ["/bin/sh", "-c", script, *arguments]
        return Command(name, argv, {"PATH": os.defpath}, self.folder)

    def _say(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_tiers_stop_in_the_reverse_order_of_their_start(stage: Stage) -> None:
    stage.supervisor.start([stage.service("first")])
    stage.supervisor.start([stage.service("second"), stage.service("beside")])
    stage.supervisor.stop()
    started = [line for line in stage.lines if "is up" in line]
    stopped = [line for line in stage.lines if "stopped" in line]
    assert started[0] == "serve: first is up"
    assert set(started[1:]) == {"serve: second is up", "serve: beside is up"}
    assert set(stopped[:2]) == {"second: stopped-second", "beside: stopped-beside"}
    assert stopped[2:] == ["first: stopped-first"]
    assert (stage.folder / "children.json").read_text() == "[]"


def test_what_ends_is_started_again(stage: Stage) -> None:
    stage.supervisor.start([stage.service("web")])
    ((_, first),) = _children(stage)
    watcher = threading.Thread(target=stage.supervisor.watch)
    watcher.start()
    try:
        os.kill(first, signal.SIGKILL)
        _until(lambda: [pid for _, pid in _children(stage) if pid != first] != [])
    finally:
        stage.supervisor.stopping.set()
        watcher.join()
        stage.supervisor.stop()
    assert "serve: web ended with status -9; started again in 1 s" in stage.lines


def test_pauses_double_up_to_half_a_minute() -> None:
    assert [pause_after(n) for n in (1, 2, 3, 4, 5, 6, 400)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_service_that_ends_while_starting_tells_why(stage: Stage) -> None:
    with pytest.raises(EmbeddedError) as caught:
        stage.supervisor.start([stage.service("web", "echo no such table; exit 3")])
    assert str(caught.value) == "web ended with status 3. Its last lines:\nno such table"
    stage.supervisor.stop()


def test_a_command_that_fails_stops_the_start(stage: Stage) -> None:
    stage.supervisor.run(stage.command("prepare", "echo fine"))
    with pytest.raises(EmbeddedError, match="prepare ended with status 2"):
        stage.supervisor.run(stage.command("prepare", "exit 2"))
    assert stage.lines == ["prepare: fine"]


def test_a_signal_ends_a_start_that_hangs(stage: Stage) -> None:
    with stage.supervisor.signals():
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(StoppedError):
            stage.supervisor.run(stage.command("prepare", "sleep 60"))


def test_children_of_a_killed_supervisor_are_stopped_by_the_next(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from tests.embedded.test_supervisor import Stage\n"
        "stage = Stage(Path(sys.argv[1]))\n"
        "stage.supervisor.start([stage.service('web'), stage.service('worker')])\n"
        "print('up', flush=True); time.sleep(60)\n"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "up\n"
    first.kill()
    first.wait()
    first.stdout.close()
    stage = Stage(tmp_path)
    pids = [pid for _, pid in _children(stage)]
    assert [is_running(pid) for pid in pids] == [True, True]
    assert Ledger(tmp_path / "children.json").stop_leftovers() == ["worker", "web"]
    assert [is_running(pid) for pid in pids] == [False, False]
    assert Ledger(tmp_path / "children.json").stop_leftovers() == []


def test_a_process_that_only_has_the_same_id_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    rows = f'[["web", {stranger.pid}, 1.0, [[15, 1.0]]]]'
    (tmp_path / "children.json").write_text(rows)
    try:
        assert Ledger(tmp_path / "children.json").stop_leftovers() == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_queue_survives_kill_9(state: StateFolder) -> None:
    broker = state.broker()
    child = broker.launch(silent)
    wait_until_ready(child, broker.is_ready, patience=20)
    client = redis.Redis(unix_socket_path=str(state.run / SOCKET_NAME))
    client.rpush("queue", *range(50))
    client.execute_command("WAITAOF", 1, 0, 5000)  # on disk, as it is after a second at most
    os.kill(child.pid, signal.SIGKILL)
    _until(lambda: child.exit_status() is not None)
    client.close()
    again = broker.launch(silent)
    try:
        wait_until_ready(again, broker.is_ready, patience=20)
        client = redis.Redis(unix_socket_path=str(state.run / SOCKET_NAME))
        assert client.llen("queue") == 50
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}
        client.close()
    finally:
        again.stop()


def _children(stage: Stage) -> list[tuple[str, int]]:
    rows = json.loads((stage.folder / "children.json").read_text())
    return [(row[0], row[1]) for row in rows]
