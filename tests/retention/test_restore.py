"""Nobody who was erased comes back with a backup (docs/spec/erasure.md, section 9)."""

import json
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from audit import ledger
from crm.models import ContactPoint
from governance import backups as files
from governance.crypto import keystore
from governance.policy.vocabulary import ConsentState, Duty, Role, Scope
from registry import backups, consent, outbox, relaying, restriction
from registry.gate import opening as gate
from registry.models import Backup, OutboxLine
from retention import emptying, holds, tables
from retention.deleting import delete_rows
from retention.emptying import empty
from retention.holds import HoldGround
from tests.builders import a_consent
from tests.crypto.destroying import destroy_subject_keys
from tests.databases import PROJECT, Run
from tests.retention.restored import NOW, Installed, prepare_as_before

ERASED, ERASED_LONG = 5, 50
SAID = ("registry_objection", "registry_restriction", "registry_consentevent",
        "registry_consentstanding", "retention_legalhold", "crm_contactpoint")  # fmt: skip


@pytest.fixture
def installed(fresh_database: None, tmp_path: Path, is_long: bool) -> Installed:
    return Installed(tmp_path, erased=ERASED_LONG if is_long else ERASED)


def test_a_dump_of_before_the_erasures_brings_nobody_back(installed: Installed) -> None:
    everybody = [*installed.erased, *installed.kept]
    hold = holds.place(
        installed.company.staff[Role.LEGAL], installed.kept[0], ground=HoldGround.LEGAL_CLAIM,
        reason="Causa", review_on=NOW.date() + timedelta(days=90), now=NOW,
    )  # fmt: skip
    a_consent(installed.company, installed.kept[1], at=NOW - timedelta(days=2))
    relaying.relay(installed.export)
    backup = installed.back_up()
    installed.erase_all()
    act_afterwards(installed, hold)
    relaying.relay(installed.export)
    installed.seal()
    is_now = said_by(installed)
    installed.empty()
    files.restore(Run.current.variables()["DATABASE_OWNER_URL"], backup, kind="main")
    assert installed.why_locked() == "copied"
    assert set(installed.names_read(everybody)) == {"gate_locked"}
    prepare_as_before()
    assert set(installed.names_read(everybody)) == {"gate_locked"}
    assert installed.manage("prepare").returncode == 0
    assert set(installed.names_read(everybody)) == {"gate_locked"}
    early = installed.manage("reconcile_restore")
    assert early.returncode == 1
    assert "run recover_audit_log first" in early.stderr
    recovered = installed.manage("recover_audit_log")
    assert recovered.returncode == 0, recovered.stderr
    assert installed.why_locked() == "recovered"
    assert said_by(installed) != is_now
    kill_in_the_middle(installed)
    assert set(installed.names_read(everybody)) == {"gate_locked"}
    done = installed.manage("reconcile_restore")
    assert done.returncode == 0, done.stderr
    assert f"reconciled: {len(installed.erased)} people" in done.stdout
    assert installed.why_locked() == ""
    assert installed.rows_of(installed.erased) == {}
    assert said_by(installed) == is_now
    assert installed.names_read(installed.kept) == ["Rimasto0", "Rimasto1"]
    assert entries_of("restore.reconciled") == 1
    assert relaying.relay(installed.export) == 0, "what is repeated is not told again"


def act_afterwards(installed: Installed, hold: Any) -> None:
    """What people said, and what a sweep removed, after the backup."""
    company, (first, second) = installed.company, installed.kept
    holds.lift(hold, by=company.staff[Role.DPO], now=NOW)
    a_consent(company, second, state=ConsentState.WITHDRAWN, at=NOW)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=first, reference=first, now=NOW
    ) as access:
        consent.object_to(access, subject=first, at=NOW)
        restriction.place(access, subject=first, ground="a", at=NOW)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, reference=first, now=NOW):
        phone = ContactPoint.objects.filter(subject=second).values_list("pk", flat=True).last()
        assert delete_rows(ContactPoint, [phone]).ids == {phone}
        outbox.swept(company.controller.pk, "crm_contactpoint", [phone])
        mail = ContactPoint.objects.filter(subject=second).values_list("pk", flat=True).get()
        done = empty(tables.by_name()["crm_contactpoint"], {mail: {"email"}})
        assert done.parts == {mail: {"email"}}
        outbox.emptied(company.controller.pk, "crm_contactpoint", done.parts)


def said_by(installed: Installed) -> dict[str, list[Any]]:
    """The rows of living people in the tables of what is repeated, without what is sealed."""
    found: dict[str, list[Any]] = {}
    with Run.current.server.connect(Run.current.names.main) as superuser:
        for table in SAID:
            rows = superuser.execute(
                f"SELECT to_jsonb(t) - 'sealed' - 'id' FROM {table} AS t WHERE subject_id = ANY(%s) ORDER BY id",
                [installed.kept],
            ).fetchall()
            found[table] = [row for (row,) in rows]
        query = "SELECT sealed FROM crm_contactpoint WHERE subject_id = ANY(%s) ORDER BY id"
        points = superuser.execute(query, [installed.kept]).fetchall()
    return found | {"parts": [emptying.parts_of(sealed) for (sealed,) in points]}  # type: ignore[arg-type]  # bytea


def kill_in_the_middle(installed: Installed) -> None:
    """Reconcile, and die while it waits for one of the people."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = 'custode_owner' AND wait_event_type = 'Lock'"
    )
    connect, main = Run.current.server.connect, Run.current.names.main
    # Two of them: what a transaction once saw of others' activity it sees until its end.
    with connect(main) as holding, connect(main) as looking:
        with holding.transaction():
            holding.execute(
                "SELECT 1 FROM registry_datasubject WHERE id = %s FOR UPDATE", [installed.erased[0]]
            )
            argv = [sys.executable, str(PROJECT / "manage.py"), "reconcile_restore"]
            child = subprocess.Popen(argv, env=installed.variables(CUSTODE_DATABASE_ROLE="owner"))
            while looking.execute(waiting).fetchone() == (0,):
                assert child.poll() is None
                time.sleep(0.1)
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
    assert installed.why_locked() == "recovered"


def entries_of(act: str) -> int:
    with Run.current.server.connect(Run.current.names.main) as superuser:
        (number,) = superuser.execute(
            "SELECT count(*) FROM audit.entry WHERE action = %s", [act]
        ).fetchone()
    return int(number)


def test_a_backup_is_whole_and_noted_or_it_is_none(
    fresh_database: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not backups.is_there_since(NOW)
    with pytest.raises(CommandError, match="Not a directory"):
        (tmp_path / "file").write_bytes(b"")
        call_command("backup", "main", "--to", str(tmp_path / "file"))
    assert not backups.is_there_since(NOW - timedelta(days=1))
    call_command("backup", "main", "--to", str(tmp_path / "backups"))
    (folder,) = (tmp_path / "backups").iterdir()
    assert str(folder) in capsys.readouterr().out
    manifest = files.read(folder)
    (noted,) = Backup.objects.filter(finished_at__isnull=False)
    assert (manifest.id, manifest.kind, manifest.ledger) == (str(noted.pk), "main", 0)
    newest = {f"{app}.{name}" for app, name in MigrationLoader(None).graph.leaf_nodes()}
    assert newest <= set(manifest.migrations)
    assert backups.is_there_since(NOW - timedelta(days=1))
    assert not backups.is_there_since(noted.begun_at)
    with pytest.raises(files.BackupError, match="not empty"):
        files.restore(Run.current.variables()["DATABASE_OWNER_URL"], folder, kind="main")
    content = (folder / "main.dump").read_bytes()
    (folder / "main.dump").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(files.BackupError, match="damaged"):
        files.read(folder)


def test_a_line_is_told_once_and_stands_in_the_folder(fresh_database: None, tmp_path: Path) -> None:
    made = Installed(tmp_path, erased=0, kept=1)
    (anna,) = made.kept
    a_consent(made.company, anna, at=NOW)
    (line,) = OutboxLine.objects.filter(kind="granted")
    assert "sealed" not in line.body["row"]
    waiting = OutboxLine.objects.count()
    assert relaying.relay(made.export) == waiting
    assert OutboxLine.objects.count() == 0
    told = list(ledger.read(made.export))
    assert [entry.seq for entry in told] == list(range(1, waiting + 1))
    OutboxLine.objects.bulk_create([line])  # a relay that died after the keystore had it
    lost = min((made.export.path / "ledger").iterdir())
    raw = lost.read_bytes()
    lost.unlink()
    assert relaying.relay(made.export) == 1
    assert list(ledger.read(made.export)) == told
    assert lost.read_bytes() == raw
    assert json.loads(raw)["seq"] == 1
    connections.close_all()


def test_the_physical_time_waits_for_copies_of_the_keystore(
    fresh_database: None, tmp_path: Path
) -> None:
    made, copies = Installed(tmp_path, erased=0, kept=0), tmp_path / "keys"
    controller, anna = uuid4(), uuid4()
    keystore.create_subject_keys(controller, [anna], scopes=[Scope.ORDINARY])
    copied = made.manage("backup", "keys", "--to", str(copies))
    assert copied.returncode == 0, copied.stderr
    (folder,) = copies.iterdir()
    assert files.read(folder).kind == "keys"
    with pytest.raises(CommandError, match="keep them apart"):
        call_command("backup", "main", "--to", str(copies))
    destroy_subject_keys(controller, anna, scopes=[Scope.ORDINARY], ordered_by=uuid4(), now=NOW)
    assert made.manage("rotate_keys").returncode == 0
    assert keystore.removed_at(controller, anna) is None
    assert "destroyed" not in made.manage("backup", "expire").stdout, "it is not due"
    assert keystore.removed_at(controller, anna) is None
    assert "destroyed" in made.manage("backup", "expire", "--all").stdout
    assert list(copies.iterdir()) == []
    assert keystore.removed_at(controller, anna) is not None
    connections.close_all()
