"""A receipt becomes a proof that others can check; nobody gets one for what is not theirs."""

import base64
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import transaction

from audit import pruning
from audit.models import Entry
from audit.verifier import note, tree
from governance.policy.vocabulary import Role
from tests.api.world import World, a_world, days_ago, said
from tests.audit.history import an_old_entry, seal
from tests.audit.test_pruning import months_ago


@pytest.fixture
def world(fresh_database: None) -> World:
    return a_world()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "signer"


def keys(superuser: psycopg.Connection[Any]) -> list[note.Key]:
    rows = superuser.execute("SELECT vkey, time_vkey FROM audit.signing_key")
    return [note.Key.parse(text) for row in rows for text in row]


def opened(text: str, superuser: psycopg.Connection[Any]) -> note.Checkpoint:
    """The checkpoint of a note that log key and time key signed."""
    found = note.open_note(text, keys(superuser))
    assert len(found.signed_by) == 2
    return note.Checkpoint.parse(found.text)


def entries_of(world: World) -> list[Entry]:
    with transaction.atomic():
        return world.entries()


def test_a_receipt_is_proved_against_the_checkpoint(
    world: World, folder: Path, superuser: psycopg.Connection[Any]
) -> None:
    anna = world.person(orders=[days_ago(3)])
    receipt = world.call("GET", f"contacts/{anna}/").headers["X-Audit-Receipt"]
    assert world.call("GET", "audit/checkpoint/").status == 404
    early = world.call("GET", f"audit/proofs/{receipt}/")
    assert (early.status, early.code, early.body["retryable"]) == (409, "audit_proof_not_yet", True)
    seal(folder)
    answer = world.call("GET", f"audit/proofs/{receipt}/", purpose=None, Accept="text/plain")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    head, _, signed = answer.raw.decode().partition("\n\n")
    first, index, *hashes = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    checkpoint = opened(signed, superuser)
    assert world.call("GET", "audit/checkpoint/").raw.decode() == signed
    tree.check_inclusion(
        bytes.fromhex(receipt.split(".")[1]), int(index.removeprefix("index ")), checkpoint.size,
        proof=[base64.b64decode(h, validate=True) for h in hashes], root=checkpoint.root,
    )  # fmt: skip


def test_another_leaf_another_controller_and_nonsense_are_not_found(
    world: World, folder: Path
) -> None:
    other = a_world("beta")
    theirs = other.call("GET", "contacts/").headers["X-Audit-Receipt"]
    mine = world.call("GET", "contacts/").headers["X-Audit-Receipt"]
    seal(folder)
    entry, leaf = mine.split(".")
    for receipt in (
        theirs, f"{entry}.{'0' * 64}", f"{theirs.split('.')[0]}.{leaf}", entry, "x", f"{mine}0",
        mine.upper(), f"00000000-0000-7000-8000-000000000000.{leaf}",
    ):  # fmt: skip
        answer = world.call("GET", f"audit/proofs/{receipt}/")
        assert (answer.status, answer.code) == (404, "audit_entry_unknown"), receipt
    assert world.call("GET", f"audit/proofs/{mine}/").status == 200
    assert other.call("GET", f"audit/proofs/{theirs}/").status == 200


def test_what_was_pruned_is_proved_to_who_holds_its_receipt(
    world: World, folder: Path, superuser: psycopg.Connection[Any]
) -> None:
    controller, old = world.company.controller.pk, months_ago(14)
    entry_id = an_old_entry(superuser, controller, at=old)
    seal(folder, at=old)
    (leaf,) = superuser.execute(
        "SELECT leaf_hash FROM audit.entry WHERE id = %s", [entry_id]
    ).fetchone()
    assert sum(pruning.prune(controller, months=12, now=world.now).values()) == 1
    seal(folder)
    path = f"audit/proofs/{entry_id}.{bytes(leaf).hex()}/"
    assert world.call("GET", path).status == 200
    assert a_world("beta").call("GET", path).status == 404


def test_the_log_is_shown_to_have_only_grown(
    world: World, folder: Path, superuser: psycopg.Connection[Any]
) -> None:
    seal(folder)
    old = opened(world.call("GET", "audit/checkpoint/").raw.decode(), superuser)
    for _ in range(3):
        world.call("GET", "contacts/")
    seal(folder)
    new = opened(world.call("GET", "audit/checkpoint/").raw.decode(), superuser)
    answer = world.call("GET", f"audit/consistency/?old={old.size}&new={new.size}")
    assert (answer.status, answer.body["old"], answer.body["new"]) == (200, old.size, new.size)
    tree.check_consistency(
        old.size, new.size, old_root=old.root, new_root=new.root,
        proof=[base64.b64decode(h, validate=True) for h in answer.body["hashes"]],
    )  # fmt: skip
    beyond = world.call("GET", f"audit/consistency/?old={old.size}&new={new.size + 1}")
    assert (beyond.status, beyond.code) == (400, "audit_sizes_refused")
    assert world.call("GET", f"audit/consistency/?old={new.size}&new={old.size}").status == 400
    for query in ("", "?old=1", "?old=-1&new=2", "?old=x&new=2", f"?old={'9' * 30}&new=2"):
        assert world.call("GET", f"audit/consistency/{query}").code == "validation_failed", query
    assert world.call("GET", "audit/checkpoint/?subject=x").code == "parameter_unknown"


def test_each_call_leaves_one_entry_and_its_receipt(world: World, folder: Path) -> None:
    receipt = world.call("GET", "contacts/").headers["X-Audit-Receipt"]
    seal(folder)
    for path, status in (
        ("audit/checkpoint/", 200), (f"audit/proofs/{receipt}/", 200), ("audit/proofs/x/", 404),
        ("audit/consistency/?old=1&new=2", 200), ("audit/consistency/", 400),
    ):  # fmt: skip
        before = entries_of(world)
        answer = world.call("GET", path, role=Role.AGENT)
        assert answer.status == status, path
        (entry,) = entries_of(world)[len(before) :]
        assert entry.action == "page.viewed"
        assert said(entry)["purpose"] == "access_logging"
        assert answer.headers["X-Audit-Receipt"] == f"{entry.pk}.{bytes(entry.leaf_hash).hex()}"
    assert world.call("GET", "audit/checkpoint/", secret="").status == 401
