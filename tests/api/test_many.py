"""Many contacts in one call: one access, one entry, and all or nothing where they are changed."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from audit.models import Entry
from tests.api.test_resources import restrict
from tests.api.world import World, days_ago

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def zoe(world: World) -> UUID:
    return world.person(given="Zoe", family="Blu", orders=[days_ago(5)])


def said_by(entry: Entry) -> dict[str, Any]:
    return json.loads(bytes(entry.entry).split(b"\n")[0])


def change(world: World, *changes: dict[str, Any]) -> Any:
    return world.call("POST", "contacts/change/", body={"changes": list(changes)})


def version(world: World, contact: UUID) -> str:
    return str(world.call("GET", f"contacts/{contact}/").body["version"])


def test_contacts_are_read_by_their_ids_with_one_entry(world: World, anna: UUID, zoe: UUID) -> None:
    limited = world.person(given="Ugo", family="Rossi", orders=[days_ago(5)])
    restrict(world, limited)
    asked = [str(anna), str(zoe), str(limited), str(uuid4())]
    before = len(world.accesses())
    answer = world.call("POST", "contacts/read/", body={"contacts": asked})
    assert [item["id"] for item in answer.body["items"]] == sorted([str(anna), str(zoe)])
    assert answer.body["excluded"] == {"restricted": 1, "subject_unknown": 1}
    (entry,) = world.accesses()[before:]
    body = said_by(entry)
    assert (entry.action, body["members"]["n"]) == ("data.listed", 2)
    alone = world.call("GET", f"contacts/{anna}/").body
    assert all(alone[name] == value for name, value in answer.body["items"][0].items())


def test_contacts_are_changed_together_with_one_entry(world: World, anna: UUID, zoe: UUID) -> None:
    before = len(world.accesses())
    answer = change(
        world,
        {"contact": str(anna), "version": "*", "job_title": "Notaia"},
        {"contact": str(zoe), "version": "*", "given_name": "Zoë", "job_title": None},
    )
    (entry,) = world.accesses()[before:]
    assert (answer.status, entry.action, said_by(entry)["members"]["n"]) == (200, "data.updated", 2)
    assert world.call("GET", f"contacts/{anna}/").body["job_title"] == "Notaia"
    assert world.call("GET", f"contacts/{anna}/").body["given_name"] == "Anna"
    assert world.call("GET", f"contacts/{zoe}/").body["given_name"] == "Zoë"
    assert len(world.call("POST", "contacts/search/", body={"q": "zoë"}).body["items"]) == 1
    versions = {item["id"]: item["version"] for item in answer.body["items"]}
    assert versions == {str(who): version(world, who) for who in (anna, zoe)}


def test_one_that_was_changed_since_keeps_all_from_being_changed(
    world: World, anna: UUID, zoe: UUID
) -> None:
    seen = {who: version(world, who) for who in (anna, zoe)}
    world.call("PATCH", f"contacts/{zoe}/", body={"job_title": "Pittrice"})
    answer = change(
        world,
        {"contact": str(anna), "version": seen[anna], "job_title": "Notaia"},
        {"contact": str(zoe), "version": seen[zoe], "job_title": "Notaia"},
    )
    assert (answer.status, answer.code) == (412, "version_changed")
    assert answer.body["about"] == "#/changes/1/version"
    assert version(world, anna) == seen[anna]
    assert world.call("GET", f"contacts/{zoe}/").body["job_title"] == "Pittrice"


def test_one_whose_data_may_not_be_used_or_who_is_not_held_keeps_all_from_being_changed(
    world: World, anna: UUID, zoe: UUID
) -> None:
    restrict(world, zoe)
    seen = version(world, anna)
    first = {"contact": str(anna), "version": "*", "job_title": "Notaia"}
    refused = change(world, first, {"contact": str(zoe), "version": "*", "job_title": "x"})
    absent = change(world, first, {"contact": str(uuid4()), "version": "*", "job_title": "x"})
    assert (refused.status, refused.code) == (403, "restricted")
    assert (absent.status, absent.code) == (404, "not_found")
    assert version(world, anna) == seen


def test_what_is_said_wrongly_names_its_place(world: World, anna: UUID) -> None:
    one = {"contact": str(anna), "version": "*", "job_title": "x"}
    twice = change(world, one, one)
    nothing = change(world, {"contact": str(anna), "version": "*"})
    covered = change(world, one | {"income": "30000"})
    assert [e["code"] for e in twice.body["errors"]] == ["repeated"]
    assert [e["pointer"] for e in nothing.body["errors"]] == ["#/changes/0"]
    assert (covered.status, covered.code) == (403, "category_not_granted")
