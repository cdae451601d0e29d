"""Two who change the same record do not undo each other unseen."""

from uuid import UUID

import pytest

from crm.models import ContactPoint
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from tests.api.world import World

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_a_change_of_what_was_changed_since_is_refused_and_changes_nothing(
    world: World, anna: UUID
) -> None:
    path = f"contacts/{anna}/"
    seen = world.call("GET", path).headers["ETag"]
    first = world.call("PATCH", path, body={"job_title": "Architetta"}, If_Match=seen)
    second = world.call("PATCH", path, body={"job_title": "Notaia"}, If_Match=seen)
    assert (first.status, second.status, second.code) == (200, 412, "version_changed")
    now = world.call("GET", path)
    assert now.body["job_title"] == "Architetta"
    third = world.call("PATCH", path, body={"job_title": "Notaia"}, If_Match=now.headers["ETag"])
    assert third.status == 200
    assert world.call("GET", path).body["job_title"] == "Notaia"


def test_a_change_says_which_version_it_is_made_on(world: World, anna: UUID) -> None:
    path = f"contacts/{anna}/"
    answer = world.call("PATCH", path, body={"job_title": "Notaia"}, If_Match="")
    assert (answer.status, answer.code) == (428, "version_missing")
    assert world.call("GET", path).body["job_title"] != "Notaia"
    assert world.call("PATCH", path, body={"job_title": "Notaia"}, If_Match="*").status == 200


def test_a_version_is_the_same_for_every_purpose_and_says_nothing_of_the_rows(
    world: World, anna: UUID
) -> None:
    path = f"contacts/{anna}/"
    tags = {
        world.call("GET", path, purpose=purpose).headers["ETag"]
        for purpose in ("order_management", "customer_care", "order_management")
    }
    assert len(tags) == 1
    listed = world.call("GET", "contacts/").body["items"]
    assert [f'"{item["version"]}"' for item in listed if item["id"] == str(anna)] == list(tags)


def test_a_new_address_is_a_new_version_too(world: World, anna: UUID) -> None:
    path = f"contacts/{anna}/"
    seen = world.call("GET", path).headers["ETag"]
    agent = world.company.actor(Role.AGENT)
    with gate.open(
        agent, "order_management", Operation.UPDATE, subjects=anna, now=world.now
    ) as access:
        ContactPoint.objects.create(
            controller_id=access.controller, subject_id=anna, collected_at=world.now,
            kind="email", email="anna@example.org",
        )  # fmt: skip
    assert world.call("GET", path).headers["ETag"] != seen
    late = world.call("PATCH", path, body={"job_title": "Notaia"}, If_Match=f'{seen}, "other"')
    assert late.status == 412


def test_an_order_that_left_meanwhile_is_not_cancelled_unseen(world: World, anna: UUID) -> None:
    new = {"contact": str(anna), "number": "E-1", "ordered_on": str(world.now.date()),
           "lines": [{"description": "Lampada", "quantity": "2", "unit_price": "40.00"}]}  # fmt: skip
    path = f"orders/{world.call('POST', 'orders/', body=new).body['id']}/"
    seen = world.call("GET", path)
    assert world.call("PATCH", path, body={"state": "cancelled"}, If_Match="").code == (
        "version_missing"
    )
    (line,) = seen.body["lines"]
    parcel = {"shipped_on": str(world.now.date()), "lines": [{"line": line["id"], "quantity": "1"}]}
    assert world.call("POST", f"{path}shipments/", body=parcel).status == 201
    late = world.call("PATCH", path, body={"state": "closed"}, If_Match=seen.headers["ETag"])
    assert (late.status, late.code) == (412, "version_changed")
    now = world.call("GET", path)
    assert now.body["state"] == "partly_fulfilled"
    one_more = world.call("POST", f"{path}shipments/", body=parcel)
    assert one_more.status == 201
    assert world.call("GET", path).headers["ETag"] != now.headers["ETag"]
    fresh = world.call("GET", path).headers["ETag"]
    assert world.call("PATCH", path, body={"state": "closed"}, If_Match=fresh).status == 200
