"""The promises of docs/spec/audit-log.md."""

import hashlib
import json
from uuid import uuid4

import pytest
import rfc8785
from django.db import DatabaseError, ProgrammingError, connection, transaction

from audit import log
from audit.actions import Action
from audit.verifier import evidence
from audit.verifier.entries import Entry
from audit.verifier.verdict import TamperedError
from governance.crypto import keystore
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person
from tests.crypto.destroying import destroy_subject_keys

pytestmark = pytest.mark.django_db


def append(body: dict) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.append(%s)", [rfc8785.dumps(body)])


def test_the_leaf_is_the_hash_of_the_stored_bytes(company: Company) -> None:
    receipt = log.record(
        company.actor(Role.DPO),
        log.Event(action=Action.LOG_VERIFIED, purpose="register_keeping"),
        now=NOW,
    )
    with (
        gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT entry, leaf_hash FROM audit.entry WHERE id = %s", [receipt.id])
        entry, leaf = (bytes(value) for value in cursor.fetchone())
    assert leaf == hashlib.sha256(b"\x00" + entry).digest() == bytes.fromhex(receipt.leaf)
    body, env = entry.split(b"\n")
    assert rfc8785.dumps(json.loads(body)) == body
    assert json.loads(env)["db_user"] == "custode_app"
    assert sorted(json.loads(env)) == ["at", "db_user", "wseq", "xid"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.entry SET action = 'x'",
        "DELETE FROM audit.entry",
        "TRUNCATE audit.entry",
        (
            "INSERT INTO audit.entry (id, month, at, action, outcome, actor, entry, leaf_hash)"
            " VALUES (gen_random_uuid(), now(), now(), 'x', 'done', 'x', '', '')"
        ),
        "DELETE FROM audit.access_member",
        "ALTER TABLE audit.entry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_can_append_and_nothing_else(company: Company, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_writer_takes_words_and_never_values(company: Company) -> None:
    actor = company.actor(Role.DPO)
    for value in ("mario.rossi@example.it", "Mario Rossi", "+39 333 1234567", "1960-01-01", ""):
        with pytest.raises(log.LogError):
            log.record(
                actor, log.Event(action=Action.DATA_READ, purpose="x", fields=(value,)), now=NOW
            )
    with pytest.raises(log.LogError):
        log.record(
            actor, log.Event(action=Action.DATA_READ, purpose="x", counts={"n": -1}), now=NOW
        )


def test_the_database_refuses_bodies_that_are_no_entries(company: Company) -> None:
    good = {
        "id": str(uuid4()),
        "act": "data.read",
        "outcome": "done",
        "purpose": "x",
        "actor": {"k": "staff"},
    }
    for broken in (
        {k: v for k, v in good.items() if k != "purpose"},
        good | {"purpose": ""},
        good | {"actor": {}},
        good,  # a random id does not carry its time
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            append(broken)


def test_pseudonyms_change_by_month_and_end_with_the_key(company: Company) -> None:
    anna = a_person(company)
    controller = company.controller.pk
    november = keystore.pseudonyms(controller, [anna], month="2026-11")
    assert november == keystore.pseudonyms(controller, [anna], month="2026-11")
    assert november != keystore.pseudonyms(controller, [anna], month="2026-12")
    assert len(november[anna]) == 32
    destroy_subject_keys(controller, anna, scopes=["audit"], ordered_by=uuid4(), now=NOW)
    assert keystore.pseudonyms(controller, [anna], month="2026-11") == {}
    keystore.create_subject_keys(controller, [anna], scopes=["audit"])
    assert keystore.pseudonyms(controller, [anna], month="2026-11") == {}  # destroyed is destroyed


def test_evidence_is_sealed_for_its_subject_and_ends_with_the_key(company: Company) -> None:
    """T19 and T20 on what the product writes; the leaf stays when the key is gone."""
    anna, berta = a_person(company), a_person(company)
    controller = company.controller.pk
    event = log.Event(
        action=Action.LOG_VERIFIED, purpose="register_keeping", subjects=(anna,),
        evidence={anna: b"198.51.100.7"},
    )  # fmt: skip
    receipt = log.record(company.actor(Role.DPO), event, now=NOW)
    assert "198.51.100.7" not in repr(event)
    with (
        gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT entry FROM audit.entry WHERE id = %s", [receipt.id])
        raw = bytes(cursor.fetchone()[0])
    entry = Entry(0, raw)
    assert b"198.51.100.7" not in raw
    keys = keystore.evidence_keys(controller, [anna, berta])
    assert evidence.unseal(keys[anna], entry.body) == b"198.51.100.7"
    with pytest.raises(TamperedError) as error:
        evidence.unseal(keys[berta], entry.body)
    assert error.value.kind == "evidence_key_changed"
    destroy_subject_keys(controller, anna, scopes=["audit"], ordered_by=uuid4(), now=NOW)
    assert keystore.evidence_keys(controller, [anna]) == {}
    assert log.record(company.actor(Role.DPO), event, now=NOW)  # and nothing more is sealed
