"""`manage.py serve` from an empty folder to the last process, as a person runs it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.embedded.children import is_running
from governance.embedded.state import StateFolder
from tests.audit.cluster import free_port

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 240  # seconds, for a cold start on a busy machine


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.2)


def _manage(state: Path, *arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments, "--state", str(state)]


def _health(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_serving_from_nothing_over_a_kill_to_a_clean_end(is_long: bool, tmp_path: Path) -> None:
    if not is_long:
        pytest.skip("starts everything, which takes half a minute: --long")
    folder = StateFolder(Path(tempfile.mkdtemp(prefix="custode-embedded-")))
    port, log = free_port(), tmp_path / "log"
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with log.open("w") as output:
        serve = subprocess.Popen(
            _manage(folder.path, "serve", "--port", str(port)),
            cwd=PROJECT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _until(lambda: "Custode is ready." in log.read_text() or serve.poll() is not None)
        assert f"http://127.0.0.1:{port}/admin/" in log.read_text()
        assert _health(port) == 200

        second = subprocess.run(
            _manage(folder.path, "serve"),
            cwd=PROJECT,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert f"Custode already runs in {folder.path}: process {serve.pid}." in second.stderr

        beside = subprocess.run(
            [sys.executable, "manage.py", "showmigrations", "crypto", "--database", "keys"],
            cwd=PROJECT,
            env={**environ, "CUSTODE_STATE": str(folder.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (beside.returncode, "[X] 0001" in beside.stdout) == (0, True)

        pids = {row[0]: row[1] for row in json.loads(folder.ledger.read_text())}
        assert set(pids) == {
            "postgres", "valkey", "web", "worker", "beat", "sequencer", "signer"
        }  # fmt: skip
        os.kill(pids["postgres"], signal.SIGKILL)
        _until(lambda: "postgres ended with status -9; started again in 1 s" in log.read_text())
        _until(lambda: _health(port) == 200)

        serve.send_signal(signal.SIGTERM)
        assert serve.wait(PATIENCE) == 0
        assert log.read_text().endswith("serve    | stopped\n")
        assert [name for name, pid in pids.items() if is_running(pid)] == []
    finally:
        serve.kill()
        serve.wait()
        folder.remove()
