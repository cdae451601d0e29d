"""After a restore of an older database the log goes on from where it was, or says what is lost."""

import base64
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from audit import log, proofs, pruning
from audit.actions import Action
from audit.anchors import forgetting
from audit.recovery import LossError, RecoveryError
from audit.sequencer import drain
from audit.signer import RefusedError, Signer
from audit.signing import Folder
from audit.verifier import note, tree
from audit.verify import verify
from governance.policy import actors
from tests.audit import backup
from tests.audit.history import an_old_entry, seal
from tests.audit.restoring import World
from tests.audit.sealing import connection_of, leaves_of, url_of
from tests.databases import PROJECT, Run


@pytest.fixture
def world(
    fresh_database: None, superuser: psycopg.Connection[Any], tmp_path: Path
) -> Iterator[World]:
    parts = conninfo_to_dict(url_of("custode_owner"))
    owner = {"USER": parts["user"], "PASSWORD": parts.get("password", "")}
    connections.databases["owner"] = connections.databases["default"] | owner
    yield World(superuser, tmp_path)
    connections["owner"].close()
    del connections.databases["owner"], connections["owner"]


def test_an_older_database_comes_back_to_where_the_log_was(world: World) -> None:
    world.begin()
    receipt = world.change()
    world.write(40)
    world.seal_and_publish()
    proof = proofs.proof_of(receipt.id)
    leaves = leaves_of(world.superuser)
    world.restore()
    assert len(leaves_of(world.superuser)) < len(leaves)
    with pytest.raises(RefusedError):
        world.seal()
    outcome = world.recover()
    assert (outcome.size, outcome.returned, outcome.has_gap) == (len(leaves), 0, False)
    assert leaves_of(world.superuser)[: len(leaves)] == leaves
    assert world.acts()[len(leaves) :] == ["log.restored"] * 2
    world.change()  # linked to the last one that was restored
    world.seal()
    assert world.is_clean()
    assert is_included(receipt, proof)
    assert world.bundle_says() == (0, "ok")
    assert world.recover().changed is False


def is_included(receipt: log.Receipt, proof: str) -> bool:
    """Whether a proof of a checkpoint that is kept leads to an entry."""
    head, signed = proof.split("\n\n", 1)
    _, index, *hashes = head.split("\n")
    checkpoint = note.Checkpoint.parse(note.split_note(signed)[0])
    path = [base64.b64decode(line) for line in hashes]
    place, size, root = int(index.split()[1]), checkpoint.size, checkpoint.root
    tree.check_inclusion(bytes.fromhex(receipt.leaf), place, size, proof=path, root=root)
    return True


def test_what_was_written_before_anybody_recovered_gets_a_place_after_it(world: World) -> None:
    world.begin()
    world.write(30)
    world.seal_and_publish()
    before = leaves_of(world.superuser)
    world.restore()
    event = log.Event(action=Action.PAGE_VIEWED, purpose="access_logging")
    actor = actors.system(world.controller)
    later = [log.record_apart(actor, event, now=datetime.now(UTC)) for _ in range(3)]
    with connection_of("custode_sequencer") as sequencer:
        drain(sequencer)
    with pytest.raises(RefusedError):
        world.seal()
    waiting = log.record_apart(actor, event, now=datetime.now(UTC))
    outcome = world.recover()
    assert (outcome.size, outcome.returned) == (len(before), 3)
    leaves = [leaf.hex() for leaf in leaves_of(world.superuser)]
    assert leaves[: len(before)] == [leaf.hex() for leaf in before]
    assert set(leaves[len(before) :]) >= {receipt.leaf for receipt in (*later, waiting)}
    world.seal()


def test_what_is_nowhere_any_more_is_refused_and_then_declared(world: World) -> None:
    world.write()
    world.seal_and_publish()
    exported = len(leaves_of(world.superuser))
    world.save()
    world.write(5)
    world.seal()
    signed = len(leaves_of(world.superuser))
    world.restore()
    before = leaves_of(world.superuser)
    with pytest.raises(LossError) as refused:
        world.recover()
    assert (refused.value.known, refused.value.kept) == (signed, exported)
    assert leaves_of(world.superuser) == before
    outcome = world.recover(accepts_gap=True)
    assert (outcome.epoch, outcome.has_gap) == (2, True)
    (first,) = world.sql(
        "SELECT e.entry FROM audit.leaf JOIN audit.entry AS e USING (id) WHERE seq = %s", [exported]
    ).fetchone()
    said = json.loads(first.split(b"\n")[0])
    assert (said["act"], said["counts"]) == ("log.gap", {"known": signed, "kept": exported})
    with pytest.raises(RefusedError):
        world.seal()  # nobody accepted it for the signer
    with connection_of("custode_signer") as connection:
        signer = Signer(Folder(world.folder / "signer"), connection, name="acme.example")
        assert signer.accept(datetime.now(UTC)).origin == "acme.example/custode/2"
    world.write()
    world.seal_and_publish()
    assert verify().doubt.kind == "log_gap"
    assert world.is_clean(accepts_gap=True)
    assert world.bundle_says("--accept-gap") == (0, "ok")
    assert world.recover().changed is False


def test_a_gap_that_waits_for_the_signer_is_not_declared_again(world: World) -> None:
    world.begin()
    world.write(5)
    world.seal()
    world.restore()
    world.recover(accepts_gap=True)
    outcome = world.recover(accepts_gap=True)
    assert (outcome.epoch, outcome.changed) == (2, False)


def test_a_log_that_was_signed_before_its_first_entry(world: World) -> None:
    with connection_of("custode_signer") as connection:
        signer = Signer(Folder(world.folder / "signer"), connection, name="acme.example")
        assert signer.tick(datetime.now(UTC)).size == 0
    world.publish()
    world.save()
    assert world.recover().changed is False
    world.write(300)
    world.seal_and_publish()
    world.restore()
    world.recover()
    world.seal()
    assert world.is_clean()


def test_one_restore_after_another(world: World) -> None:
    chance = random.Random(20)
    for _ in range(8):
        world.write(chance.randrange(1, 120))
        world.seal()
        if chance.random() < 0.7:
            world.publish()
        world.save()
        for _ in range(chance.randrange(3)):
            world.write(chance.randrange(1, 120))
            world.seal()
        world.publish_again()
        leaves = leaves_of(world.superuser)
        world.restore()
        assert world.recover().size == len(leaves)
        assert leaves_of(world.superuser)[: len(leaves)] == leaves
        world.seal()
    assert len(leaves) > 512
    assert world.is_clean()


def test_keys_that_were_rolled_since_come_back(world: World) -> None:
    world.begin()
    with connection_of("custode_signer") as connection:
        signer = Signer(Folder(world.folder / "signer"), connection, name="acme.example")
        signer.roll(datetime.now(UTC))
    world.write()
    world.seal_and_publish()
    keys = world.sql("SELECT n, vkey, time_vkey, introduction FROM audit.signing_key").fetchall()
    notes = world.sql("SELECT note FROM audit.checkpoint ORDER BY size").fetchall()
    world.restore()
    world.recover()
    assert (
        world.sql("SELECT n, vkey, time_vkey, introduction FROM audit.signing_key").fetchall()
        == keys
    )
    exported = {text for (text,) in notes} - {notes[1][0]}  # that of the roll was not exported
    found = {text for (text,) in world.sql("SELECT note FROM audit.checkpoint").fetchall()}
    assert found == exported
    world.seal()
    assert world.is_clean()


def test_without_the_signers_folder_it_goes_as_far_as_the_export(world: World) -> None:
    world.begin()
    world.write(30)
    world.seal_and_publish()
    size = len(leaves_of(world.superuser))
    world.restore()
    assert world.recover(signer=None).size == size
    world.seal()
    assert world.is_clean()


def test_a_log_of_which_only_the_export_is_left(world: World) -> None:
    old = datetime.now(UTC) - timedelta(days=400)  # older than the partitions of a new database
    an_old_entry(world.superuser, world.controller, at=old, act="request.received")
    world.write()
    seal(world.folder / "signer", at=old + timedelta(minutes=1))
    world.seal_and_publish()
    leaves = leaves_of(world.superuser)
    world.save()
    for table in backup.TABLES:
        world.sql(f"DELETE FROM kept.{table}" if table != "head" else
                  "UPDATE kept.head SET size = 0, root = sha256(''), epoch = 1")  # fmt: skip
    world.sql("UPDATE kept.sequence SET last_value = 1")
    world.restore()
    with world.superuser.transaction():
        world.sql(f"DROP TABLE audit.entry_{old:%Y_%m}")
    outcome = world.recover()
    assert (outcome.before, outcome.size) == (0, len(leaves))
    assert leaves_of(world.superuser)[: len(leaves)] == leaves
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.sql(f"DELETE FROM audit.entry_{old:%Y_%m}")
    world.seal()
    verified = verify()
    assert verified.fault is None


@pytest.mark.parametrize("rewritten", [False, True])
def test_what_was_pruned_since_is_not_brought_back(world: World, rewritten: bool) -> None:
    old = datetime.now(UTC) - timedelta(days=400)
    gone = [an_old_entry(world.superuser, world.controller, at=old) for _ in range(5)]
    kept = an_old_entry(world.superuser, world.controller, at=old, act="request.received")
    seal(world.folder / "signer", at=old + timedelta(minutes=1))
    world.publish()
    world.save()
    removed = pruning.prune(world.controller, months=12, now=datetime.now(UTC))
    assert sum(removed.values()) == 5
    listed = world.sql("SELECT * FROM audit.pruned ORDER BY seq").fetchall()
    world.seal_and_publish()
    if rewritten:
        assert forgetting.forget(world.export, now=datetime.now(UTC)) == 5
    world.restore()
    world.recover()
    found = {
        i
        for (i,) in world.sql("SELECT id FROM audit.entry WHERE month < now() - '1 year'::interval")
    }
    assert kept in found
    assert not found & set(gone)
    assert world.sql("SELECT * FROM audit.pruned ORDER BY seq").fetchall() == listed
    world.seal()
    assert verify().fault is None


def test_a_folder_that_was_changed_restores_nothing(world: World) -> None:
    world.begin()
    world.write()
    world.seal_and_publish()
    world.restore()
    before = leaves_of(world.superuser)
    segment = world.export.segments()[-1].path
    whole = segment.read_bytes()
    segment.write_bytes(whole.replace(b'"agent"', b'"owner"', 1))
    with pytest.raises(LossError):
        world.recover()  # the file is not used
    segment.unlink()
    world.export.write("segments", segment.name[:26], [whole.replace(b"agent", b"owner")], ".jsonl")
    with pytest.raises(RecoveryError, match="the root that was signed"):
        world.recover()
    assert leaves_of(world.superuser) == before


def test_the_command_says_what_it_did(world: World) -> None:
    world.begin()
    world.write()
    world.seal()
    world.restore()

    def run(*options: str, role: str = "owner") -> subprocess.CompletedProcess[str]:
        variables = {
            **os.environ, **Run.current.variables(), "CUSTODE_DATABASE_ROLE": role,
            "CUSTODE_SIGNER_FOLDER": str(world.folder / "signer"),
            "CUSTODE_AUDIT_FOLDER": str(world.folder),
        }  # fmt: skip
        command = [sys.executable, "manage.py", "recover_audit_log", *options]
        return subprocess.run(
            command, env=variables, cwd=PROJECT, capture_output=True, text=True, check=False
        )

    assert "CUSTODE_DATABASE_ROLE=owner" in run(role="app").stderr
    refused = run()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--accept-gap" in refused.stderr
    done = run("--accept-gap")
    assert done.returncode == 0, done.stderr
    assert "audit.signer accept" in done.stdout
    state = str(world.folder / "signer" / "state")
    again = run("--signer-state", state)
    assert again.stdout.startswith("nothing is missing")
    unreadable = run("--signer-state", f"{state}-of-another-machine")
    assert (unreadable.returncode, "can not be read" in unreadable.stderr) == (0, True)
