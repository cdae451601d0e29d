"""Keys that were destroyed do not come back with a copy of the keystore (docs/spec/erasure.md, 9)."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from audit import ledger
from audit.anchors.folder import ExportFolder
from audit.errors import GateLockedError
from audit.witnessing import Witness
from crm.models import Contact
from governance import provision
from governance.crypto import copies, destruction, keystore, lines
from governance.policy.vocabulary import Operation, Role
from registry import relaying
from registry.gate import opening as gate
from retention import holds
from retention.holds import HoldGround
from tests.audit.sealing import url_of
from tests.builders import a_company, a_person
from tests.databases import Run
from tests.retention.restored import NOW, Installed

LATER = "UPDATE crypto_witness SET started_at = started_at - interval '1 minute'"


@pytest.fixture
def keys(fresh_database: None) -> Iterator[psycopg.Connection[Any]]:
    with Run.current.server.connect(Run.current.names.keys) as superuser:
        yield superuser


@pytest.fixture
def installed(fresh_database: None, tmp_path: Path) -> Installed:
    return Installed(tmp_path, erased=3)


def copied(installed: Installed) -> Path:
    done = installed.manage("backup", "keys", "--to", str(installed.folder / "copies"))
    assert done.returncode == 0, done.stderr
    (made,) = (installed.folder / "copies").iterdir()
    return made


def lose_keystore() -> None:
    connections.close_all()
    with Run.current.server.connect() as superuser:
        superuser.execute(f'DROP DATABASE "{Run.current.names.keys}" WITH (FORCE)')
        provision.make_databases(superuser, Run.current.names)


def why() -> str:
    with Run.current.server.connect(Run.current.names.keys) as superuser:
        return superuser.execute("SELECT keystore.locked_because()").fetchone()[0]


def living(installed: Installed) -> set[str]:
    controller = installed.company.controller.pk
    return {
        scope
        for subject in installed.erased
        for scope in keystore.surviving_scopes(controller, subject)
    }


def test_a_copy_of_before_the_erasures_opens_nobody_again(installed: Installed) -> None:
    first, _second = installed.kept
    relaying.relay(installed.export)
    installed.seal()
    copy = copied(installed)
    younger = installed.folder / "younger"
    hold = holds.place(
        installed.company.staff[Role.LEGAL], first, ground=HoldGround.LEGAL_CLAIM,
        reason="Causa", review_on=NOW.date() + timedelta(days=90), now=NOW,
    )  # fmt: skip
    installed.erase_all()
    assert installed.manage("backup", "keys", "--to", str(younger)).returncode == 0
    late = a_person(installed.company, family="Recente", now=NOW)
    relaying.relay(installed.export)
    ended = living(installed)
    assert "ordinary" not in ended
    told, known = lines.newest(), [copy.id for copy in copies.standing()]

    lose_keystore()
    done = installed.manage("restore", str(copy))
    assert done.returncode == 0, done.stderr
    assert "ordinary" in living(installed), "the copy did bring the keys back"
    assert why() == "restored"
    assert set(installed.names_read([*installed.erased, *installed.kept])) == {"gate_locked"}
    early = installed.manage("reconcile_restore", "--keystore")
    assert early.returncode == 1
    assert "start it, then run this again" in early.stderr
    assert set(installed.names_read([*installed.erased, *installed.kept])) == {"gate_locked"}

    installed.seal()
    done = installed.manage("reconcile_restore", "--keystore")
    assert done.returncode == 0, done.stderr
    assert "the keys of 3 people ended again" in done.stdout
    # Who asked, who is held, and who came: each has rows under a key made after the copy.
    assert "5 people have rows under keys that were made after the copy" in done.stderr
    assert why() == ""
    assert living(installed) <= ended, "keys of files that were made since are lost with it"
    assert installed.names_read(installed.kept) == ["Rimasto0", "Rimasto1"]
    assert installed.names_read([late]) != ["Recente"]
    assert lines.newest() == told
    assert [copy.id for copy in copies.standing()] == known
    (reference,) = {stop.reference for stop in destruction.stops(installed.company.controller.pk)}
    assert reference == hold
    again = installed.manage("reconcile_restore", "--keystore")
    assert "the keys of 0 people ended again" in again.stdout


def test_a_line_that_the_log_does_not_show_ends_no_key(installed: Installed) -> None:
    relaying.relay(installed.export)
    installed.seal()
    copy = copied(installed)
    installed.erase(installed.erased[0])
    relaying.relay(installed.export)
    forged = [line for line in ledger.read(installed.export) if line.kind == "erased"]
    victim = installed.kept[0]
    body = dict(forged[-1].body) | {"lines": [f"{victim.hex}|ordinary|1\n"]}
    forged = ledger.Written(
        lines.newest() + 1, installed.company.controller.pk, "erased", None, body
    )
    lose_keystore()
    assert installed.manage("restore", str(copy)).returncode == 0
    installed.seal()
    ledger.export(installed.export, forged)
    done = installed.manage("reconcile_restore", "--keystore")
    assert done.returncode == 1
    assert f"the log does not show what line {forged.seq} says (digest)" in done.stderr
    assert "ordinary" in keystore.surviving_scopes(installed.company.controller.pk, victim)
    assert why() == "restored"


def test_a_missing_line_is_named(installed: Installed) -> None:
    relaying.relay(installed.export)
    installed.seal()
    copy = copied(installed)
    lost = lines.newest() + 1
    for subject in installed.erased[:2]:
        installed.erase(subject)
    relaying.relay(installed.export)
    assert lines.newest() > lost
    (path,) = (installed.export.path / ledger.KIND).glob(f"{lost:012}-*.json")
    lose_keystore()
    assert installed.manage("restore", str(copy)).returncode == 0
    installed.seal()
    kept = shutil.move(path, installed.folder)
    done = installed.manage("reconcile_restore", "--keystore")
    assert done.returncode == 1
    assert f"lacks the line before {lost + 1}" in done.stderr
    shutil.move(kept, path)
    assert installed.manage("reconcile_restore", "--keystore").returncode == 0


def test_locked_no_key_is_read_made_or_ended(keys: psycopg.Connection[Any]) -> None:
    company = a_company()
    anna, agent = a_person(company, orders=[NOW.date()], now=NOW), company.actor(Role.AGENT)
    keys.execute(LATER)
    before = keys.execute("SELECT count(*) FROM crypto_subjectkey").fetchone()
    with pytest.raises(GateLockedError):
        with gate.open(agent, "order_management", Operation.READ, subjects=anna, now=NOW) as access:
            _ = [row.family_name for row in access.rows(Contact)]
    with pytest.raises(GateLockedError):
        a_person(company, given="Ugo", now=NOW)
    assert keys.execute("SELECT count(*) FROM crypto_subjectkey").fetchone() == before
    with psycopg.connect(Run.current.variables()["KEYSTORE_URL"], autocommit=True) as app:
        for asked in ("SELECT 1 FROM crypto_wrapped LIMIT 0", NOTED, STOPPED):
            with pytest.raises(psycopg.DatabaseError) as refused:
                app.execute(asked)
            assert refused.value.sqlstate == "CU010", asked


NOTED = "SELECT keystore.note(gen_random_uuid(), 'granted', 1, '{}')"
STOPPED = (
    "SELECT keystore.stop(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{fiscal}', 1)"
)


def test_no_service_opens_it_or_reads_a_table_of_an_epoch(keys: psycopg.Connection[Any]) -> None:
    keys.execute(LATER)
    (table,) = keys.execute(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
    ).fetchone()
    with psycopg.connect(Run.current.variables()["KEYSTORE_URL"], autocommit=True) as app:
        for asked in (
            "SELECT keystore.vouch(0)",
            "SELECT keystore.adopt()",
            f"SELECT * FROM {table}",
            "UPDATE crypto_witness SET pending = NULL",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(asked)
    assert why() == "started"


def witness(folder: ExportFolder | None) -> Witness:
    url = url_of("custode_keys_witness")
    return Witness(lambda: psycopg.connect(url, autocommit=True), folder=folder)


def test_after_a_start_the_signer_opens_what_is_not_behind(
    keys: psycopg.Connection[Any], tmp_path: Path
) -> None:
    folder = ExportFolder(tmp_path / "export")
    keys.execute(LATER)
    witness(None).look()
    assert why() == "started", "nobody knows how far the ledger had come"
    signer = witness(folder)
    signer.look()
    assert why() == ""
    keys.execute(LATER)
    ledger.export(folder, ledger.Written(lines.newest() + 1, None, "gone", None, {}))
    signer.look()
    assert why() == "behind"
    signer.close()


def test_one_that_was_copied_or_is_pending_stays_locked(
    keys: psycopg.Connection[Any], tmp_path: Path
) -> None:
    for change, word in (("database = 1", "copied"), ("pending = 'restored'", "restored")):
        keys.execute(f"UPDATE crypto_witness SET {change}")
        signer = witness(ExportFolder(tmp_path / "export"))
        signer.look()
        assert why() == word
        signer.close()
        keys.execute("SELECT keystore.adopt()")
        assert why() == ""
