"""Entries get their places, and the tree is signed: sequencer and signer on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from audit import log
from audit.actions import Action
from audit.errors import LogBehindError, LogHaltedError
from audit.sequencer import LogDamagedError, Sequencer, drain
from audit.signer import RefusedError, Signer
from audit.signing import Folder, SignerError
from audit.verifier import note, tree
from governance.policy.vocabulary import Role
from tests.audit.sealing import connection_of, entries, leaves_of
from tests.builders import NOW, Company, a_company


@pytest.fixture
def company(fresh_database: None) -> Company:
    return a_company()


@pytest.fixture
def sequencer_connection(company: Company) -> Iterator[psycopg.Connection[Any]]:
    with connection_of("custode_sequencer") as connection:
        yield connection


@pytest.fixture
def signer_connection(company: Company) -> Iterator[psycopg.Connection[Any]]:
    with connection_of("custode_signer") as connection:
        yield connection


def say(company: Company, count: int = 1) -> list[log.Receipt]:
    event = log.Event(action=Action.PAGE_VIEWED, purpose="access_logging")
    return [log.record_apart(company.actor(Role.DPO), event, now=NOW) for _ in range(count)]


def test_every_entry_gets_one_place_and_the_head_is_the_root_over_them(
    company: Company, sequencer_connection: Any, superuser: psycopg.Connection[Any]
) -> None:
    before = entries(superuser)
    sequencer = Sequencer(sequencer_connection, limit=100)
    for wanted in (1, 2, 254, 256, 300, 700):
        say(company, wanted)
        while sequencer.batch().count:
            pass
    leaves = leaves_of(superuser)
    assert len(leaves) == before + 1513 == entries(superuser)
    size, root = superuser.execute("SELECT size, root FROM audit.head").fetchone()
    assert (size, root) == (len(leaves), tree.root_of(leaves))
    stored = {
        (level, n): hashes
        for level, n, hashes in superuser.execute("SELECT level, n, hashes FROM audit.tile")
    }
    assert {(level, n): len(h) // 32 for (level, n), h in stored.items()} == {
        (level, n): width for level, n, width in tree.tiles_of(size)
    }
    node = tree.node_in_tiles(lambda level, n: stored[level, n])
    assert tree.root_at(size, node) == root
    assert superuser.execute("SELECT count(*) FROM audit.queue").fetchone() == (0,)


def test_a_second_sequencer_finds_the_head_taken_and_goes_on_after_it(
    company: Company, sequencer_connection: Any, superuser: psycopg.Connection[Any]
) -> None:
    drain(sequencer_connection)
    say(company, 3)
    with connection_of("custode_sequencer") as other:
        mine, theirs = Sequencer(sequencer_connection), Sequencer(other)
        with superuser.transaction():
            superuser.execute("SELECT 1 FROM audit.head FOR UPDATE")
            assert mine.batch().is_ours is False
        assert theirs.batch().count == 3
        say(company, 2)
        assert mine.batch().count == 2
        say(company, 1)
        assert theirs.batch().count == 1  # it noticed that its memory of the tree was old
    leaves = leaves_of(superuser)
    assert superuser.execute("SELECT size, root FROM audit.head").fetchone() == (
        len(leaves),
        tree.root_of(leaves),
    )


def test_a_damaged_tree_is_not_built_upon(
    company: Company, sequencer_connection: Any, superuser: psycopg.Connection[Any]
) -> None:
    drain(sequencer_connection)
    say(company)
    superuser.execute("UPDATE audit.head SET root = sha256('x')")
    with pytest.raises(LogDamagedError):
        Sequencer(sequencer_connection).batch()
    assert superuser.execute("SELECT count(*) FROM audit.queue").fetchone() == (1,)


def test_checkpoints_are_notes_under_both_keys(
    company: Company, sequencer_connection: Any, signer_connection: Any, tmp_path: Path,
    superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    drain(sequencer_connection)
    signer = Signer(Folder(tmp_path / "signer"), signer_connection, name="acme.example")
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    signed = signer.tick(now)
    assert signed is not None
    assert signer.tick(now + timedelta(minutes=1)) is None
    assert signer.tick(now + timedelta(hours=1)) == signed  # a sign of life
    keys = [
        note.Key.parse(key)
        for row in superuser.execute("SELECT vkey, time_vkey FROM audit.signing_key")
        for key in row
    ]
    notes = superuser.execute("SELECT note FROM audit.checkpoint ORDER BY signed_at").fetchall()
    opened = [note.open_note(text, keys) for (text,) in notes]
    assert [len(o.signed_by) for o in opened] == [2, 2]
    assert [o.time for o in opened] == [int(now.timestamp()), int(now.timestamp()) + 3600]
    assert note.Checkpoint.parse(opened[0].text) == note.Checkpoint(
        "acme.example/custode/1", len(leaves_of(superuser)), tree.root_of(leaves_of(superuser))
    )


def test_the_signer_refuses_a_smaller_and_a_different_tree(
    company: Company, sequencer_connection: Any, signer_connection: Any, tmp_path: Path,
    superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    drain(sequencer_connection)
    folder = Folder(tmp_path / "signer")
    Signer(folder, signer_connection, name="acme.example").tick(datetime.now(UTC))
    size, root = superuser.execute("SELECT size, root FROM audit.head").fetchone()

    def refusal() -> str:
        signer = Signer(folder, signer_connection, name="acme.example")  # after a restart, too
        with pytest.raises(RefusedError) as refused:
            signer.tick(datetime.now(UTC))
        return refused.value.kind

    superuser.execute("UPDATE audit.head SET size = size - 1")
    assert refusal() == "rollback"
    superuser.execute("UPDATE audit.head SET size = %s, root = sha256('x')", [size])
    assert refusal() == "fork"
    superuser.execute("UPDATE audit.head SET root = %s", [root])
    say(company, 300)
    drain(sequencer_connection)
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("ALTER TABLE audit.tile DISABLE TRIGGER ALL")
    superuser.execute("UPDATE audit.tile SET hashes = set_byte(hashes, 0, 1 + get_byte(hashes, 0) % 200)"
                      " WHERE level = 0 AND n = 0")  # fmt: skip
    assert refusal() == "fork"


def test_a_halted_log_takes_nothing(
    company: Company, signer_connection: Any, superuser: psycopg.Connection[Any]
) -> None:
    signer_connection.execute("SELECT audit.halt('rollback')")
    with pytest.raises(LogHaltedError):
        say(company)
    superuser.execute("UPDATE audit.head SET halted = NULL")
    say(company)


def test_writes_stop_when_nothing_was_sequenced_for_too_long(
    company: Company, sequencer_connection: Any, superuser: psycopg.Connection[Any]
) -> None:
    superuser.execute("UPDATE audit.head SET write_limit = '60 seconds'")
    drain(sequencer_connection)
    superuser.execute("UPDATE audit.head SET drained_at = drained_at - interval '70 seconds'")
    say(company)  # nothing waits yet
    superuser.execute("UPDATE audit.queue SET at = at - interval '61 seconds'")
    before = entries(superuser)
    with pytest.raises(LogBehindError):
        say(company)
    assert entries(superuser) == before
    drain(sequencer_connection)
    say(company)


def test_a_key_is_rolled_and_the_old_one_introduces_the_new(
    company: Company, sequencer_connection: Any, signer_connection: Any, tmp_path: Path,
    superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    drain(sequencer_connection)
    folder = Folder(tmp_path / "signer")
    signer = Signer(folder, signer_connection, name="acme.example")
    signer.tick(datetime.now(UTC))
    signer.roll(datetime.now(UTC))
    say(company)
    drain(sequencer_connection)
    signer.tick(datetime.now(UTC))
    rows = superuser.execute(
        "SELECT vkey, time_vkey, introduction FROM audit.signing_key ORDER BY n"
    ).fetchall()
    first, second = (note.Key.parse(row[0]) for row in rows)
    introduced = note.open_note(rows[1][2], [first, second])
    assert introduced.signed_by == (first, second)
    roll = note.KeyRoll.parse(introduced.text)
    assert (roll.n, roll.log, str(roll.time)) == (2, second, rows[1][1])
    texts = superuser.execute("SELECT note FROM audit.checkpoint ORDER BY signed_at").fetchall()
    signers = [note.open_note(text, [first, second]).signed_by for (text,) in texts]
    assert signers == [(first,), (first, second), (second,)]
    assert sorted(p.name for p in folder.path.iterdir()) == ["key-2", "state"]
    assert Signer(Folder(folder.path), signer_connection, name="x").state.key == 2


@pytest.mark.parametrize("crash_after", ["make_key", "introduce", "sign", "save"])
def test_a_roll_that_a_crash_interrupted_is_finished(
    company: Company, sequencer_connection: Any, signer_connection: Any, tmp_path: Path,
    crash_after: str, monkeypatch: pytest.MonkeyPatch, superuser: psycopg.Connection[Any],
) -> None:  # fmt: skip
    class Crash(BaseException):
        pass

    drain(sequencer_connection)
    signer = Signer(Folder(tmp_path / "signer"), signer_connection, name="acme.example")
    signer.tick(datetime.now(UTC))
    where = {
        "make_key": (Signer, "_go_over"),
        "introduce": (Signer, "_sign"),
        "sign": (Folder, "save"),
        "save": (Folder, "drop_key"),
    }[crash_after]

    def crash(*_args: Any, **_kwargs: Any) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(*where, crash)
        with pytest.raises(Crash):
            signer.roll(datetime.now(UTC))
    again = Signer(Folder(tmp_path / "signer"), signer_connection, name="acme.example")
    again.tick(datetime.now(UTC) + timedelta(hours=2))
    assert again.state.key == 2
    assert superuser.execute("SELECT count(*) FROM audit.signing_key").fetchone() == (2,)


def test_a_key_open_to_others_is_refused(
    company: Company, signer_connection: Any, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "signer")
    Signer(folder, signer_connection, name="acme.example")
    key = folder.path / "key-1"
    key.chmod(0o644)
    with pytest.raises(SignerError, match="yours alone"):
        Signer(folder, signer_connection, name="acme.example")
    key.chmod(0o600)
    key.write_bytes(b"short")
    with pytest.raises(SignerError, match="5 bytes"):
        Signer(folder, signer_connection, name="acme.example")
    key.unlink()
    with pytest.raises(SignerError, match="restore"):
        Signer(folder, signer_connection, name="acme.example")
    (folder.path / "state").write_text("{")
    with pytest.raises(SignerError, match="damaged"):
        Signer(folder, signer_connection, name="acme.example")
    (folder.path / "state").unlink()
    with pytest.raises(SignerError, match="restore"):
        Signer(folder, signer_connection, name="acme.example")  # the log knows a key already
    folder.path.chmod(0o755)
    with pytest.raises(SignerError, match="yours alone"):
        Folder(folder.path)


def test_one_signer_at_a_time(tmp_path: Path) -> None:
    first = Folder(tmp_path / "signer")
    first.lock()
    with pytest.raises(SignerError, match="another signer"):
        Folder(tmp_path / "signer").lock()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("custode_sequencer", "SELECT 1 FROM audit.entry"),
        ("custode_sequencer", "UPDATE audit.leaf SET id = id"),
        ("custode_sequencer", "UPDATE audit.head SET halted = NULL"),
        (
            "custode_sequencer",
            "INSERT INTO audit.queue SELECT gen_random_uuid(), now(), '', now(), 1",
        ),
        ("custode_sequencer", "SELECT 1 FROM registry_datasubject"),
        ("custode_signer", "SELECT 1 FROM audit.entry"),
        ("custode_signer", "DELETE FROM audit.checkpoint"),
        ("custode_signer", "UPDATE audit.head SET size = 0"),
        ("custode_app", "INSERT INTO audit.leaf VALUES (0, gen_random_uuid(), now(), '')"),
        ("custode_app", "UPDATE audit.head SET size = 0"),
        ("custode_app", "DELETE FROM audit.queue"),
        ("custode_app", "SELECT nextval('audit.writer_sequence')"),
        ("custode_app", "SELECT audit.halt('x')"),
        ("custode_portal", "SELECT 1 FROM audit.head"),
        ("custode_auditor", "SELECT audit.append('')"),
    ],
)
def test_each_role_does_its_own_work_only(company: Company, role: str, statement: str) -> None:
    with (
        connection_of(role) as connection,
        pytest.raises(
            (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
        ),
    ):
        connection.execute(statement)


def test_a_tile_only_grows(
    company: Company, sequencer_connection: Any, superuser: psycopg.Connection[Any]
) -> None:
    drain(sequencer_connection)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
        sequencer_connection.execute("UPDATE audit.tile SET hashes = sha256('x')")
