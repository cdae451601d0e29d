"""The same key makes nothing twice: repeated, raced, or sent with something else."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections
from django.utils import timezone

from api import idempotency
from api.models import IdempotentWrite
from crm.models import Contact, Order
from dsar.models import SubjectRequest
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.api.world import Answer, World, a_world, days_ago

CONTACT = {"kind": "customer", "source": "Interessato", "given_name": "Ugo"}
RIGHTS: dict[str, Any] = {"role": Role.DPO, "purpose": "rights_requests"}


def count(world: World, model: Any) -> int:
    with gate.duty(world.company.actor(Role.DPO), Duty.DISCOVERY, now=timezone.now()) as access:
        return int(access.rows(model).count())


def order(anna: UUID) -> dict[str, Any]:
    line = {"description": "Lampada", "quantity": "1", "unit_price": "5"}
    return {
        "contact": str(anna),
        "number": "7",
        "ordered_on": days_ago(1).isoformat(),
        "lines": [line],
    }


def request() -> dict[str, Any]:
    requester = {"email": "ugo@example.it"}
    return {"right": "access", "channel": "email", "received_at": "", "requester": requester}


def test_a_repeated_contact_is_the_same_contact(world: World) -> None:
    first = world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="k-1")
    again = world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="k-1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(world, Contact) == 1
    assert world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="k-2").body != first.body
    assert count(world, Contact) == 2


def test_a_key_with_another_body_purpose_or_address_is_refused(world: World, anna: UUID) -> None:
    assert world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="k").status == 201
    for path, purpose, body in (
        ("contacts/", "order_management", {**CONTACT, "given_name": "Ada"}),
        ("contacts/", "customer_care", CONTACT),
        ("orders/", "order_management", order(anna)),
    ):
        answer = world.call("POST", path, purpose=purpose, body=body, Idempotency_Key="k")
        assert (answer.status, answer.code) == (409, "idempotency_key_reused")
    assert (count(world, Contact), count(world, Order)) == (2, 2)
    assert (
        world.call("POST", "contacts/", body=CONTACT, role=Role.SALES, Idempotency_Key="k").status
        == 201
    )


def test_a_write_that_failed_leaves_its_key_free(world: World) -> None:
    wrong = {**CONTACT, "income": "1"}
    assert world.call("POST", "contacts/", body=wrong, Idempotency_Key="k").status == 403
    assert IdempotentWrite.objects.count() == 0
    assert world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="k").status == 201


def test_neither_key_nor_body_can_be_read_or_guessed_from_what_is_kept(world: World) -> None:
    import hashlib

    world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="ugo@example.it")
    kept = IdempotentWrite.objects.get()
    assert len(kept.key) == len(kept.request_digest) == 64
    for plain in ("ugo@example.it", str(CONTACT)):
        assert hashlib.sha256(plain.encode()).hexdigest() not in {kept.key, kept.request_digest}


def test_an_order_carries_its_key(world: World, anna: UUID) -> None:
    answers = [
        world.call("POST", "orders/", body=order(anna), Idempotency_Key="o") for _ in range(3)
    ]
    assert {a.body["id"] for a in answers} == {answers[0].body["id"]}
    assert count(world, Order) == 3
    with gate.duty(world.company.actor(Role.DPO), Duty.DISCOVERY, now=timezone.now()) as access:
        keys = set(access.rows(Order).values_list("idempotency_key", flat=True))
    assert keys == {None, IdempotentWrite.objects.get().key}


def test_a_repeated_request_is_one_request(world: World) -> None:
    body = {**request(), "received_at": timezone.now().isoformat()}
    first = world.call("POST", "requests/", body=body, Idempotency_Key="r", **RIGHTS)
    again = world.call("POST", "requests/", body=body, Idempotency_Key="r", **RIGHTS)
    assert (first.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count(world, SubjectRequest) == 1
    other = world.call(
        "POST", "requests/", body={**body, "right": "erasure"}, Idempotency_Key="r", **RIGHTS
    )
    assert (other.status, other.code) == (409, "idempotency_key_reused")


def test_a_request_whose_answer_was_lost_in_a_crash_is_found_again(world: World) -> None:
    body = {**request(), "received_at": timezone.now().isoformat()}
    first = world.call("POST", "requests/", body=body, Idempotency_Key="r", **RIGHTS)
    IdempotentWrite.objects.update(resource=idempotency.UNDER_WAY)
    again = world.call("POST", "requests/", body=body, Idempotency_Key="r", **RIGHTS)
    assert (again.status, again.body) == (201, first.body)
    assert IdempotentWrite.objects.get().resource == UUID(first.body["id"])
    assert count(world, SubjectRequest) == 1


def test_a_refused_request_leaves_its_key_free(world: World) -> None:
    body = {"right": "access", "channel": "email", "received_at": timezone.now().isoformat()}
    assert (
        world.call("POST", "requests/", body=body, Idempotency_Key="r", **RIGHTS).code
        == "contact_missing"
    )
    corrected = {**body, "requester": {"email": "ugo@example.it"}}
    assert (
        world.call("POST", "requests/", body=corrected, Idempotency_Key="r", **RIGHTS).status == 201
    )


def test_keys_are_forgotten_after_a_week(world: World) -> None:
    world.call("POST", "contacts/", body=CONTACT, Idempotency_Key="k")
    now = timezone.now()
    assert idempotency.forget(now=now + timedelta(days=6)) == 0
    assert idempotency.forget(now=now + timedelta(days=7, minutes=1)) == 1


def test_in_a_race_one_call_makes_the_record_and_all_get_it(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    world = a_world()
    anna = world.person(orders=[days_ago(3)])
    received = timezone.now().isoformat()
    for role in (Role.AGENT, Role.DPO):
        world.token(role)
    for path, body, table, rights, before in (
        ("contacts/", CONTACT, "crm_contact", {}, 1),
        ("orders/", order(anna), "crm_order", {}, 1),
        ("requests/", {**request(), "received_at": received}, "dsar_subjectrequest", RIGHTS, 0),
    ):
        answers = _at_once(world, path, body, rights)
        assert {(path, a.status, a.body.get("code")) for a in answers} == {(path, 201, None)}
        assert len({a.body["id"] for a in answers}) == 1
        row = superuser.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row == (before + 1,)


def _at_once(world: World, path: str, body: dict[str, Any], rights: dict[str, Any]) -> list[Answer]:
    start, answers = threading.Barrier(4), []

    def one() -> None:
        start.wait()
        answers.append(
            world.call("POST", path, body=body, Idempotency_Key=f"race-{path}", **rights)
        )
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
