"""What a body does not have to say, nobody can say in it (ASVS 15.3.3, OWASP API3; P-6).

Every field of every model is sent to every operation that writes, beside a body that is right: at
its top, and in each record inside it.
"""

import copy
import random
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
from django.core.cache import cache
from drf_spectacular.generators import SchemaGenerator

from governance.policy.vocabulary import Role
from tests.api.assigning import ID, fields
from tests.api.test_coverage import bodies
from tests.api.test_object_access import OPENS
from tests.api.world import Answer, World, a_world
from tests.rows import contents

FEW = 4  # names, each alone, besides all at once
INNER = {
    "post /api/v1/orders/": ["lines"],
    "post /api/v1/contacts/": ["points", "evidence", "notice"],
    "post /api/v1/contacts/change/": ["changes"],
    "post /api/v1/requests/": ["requester"],
    "post /api/v1/opendsr/v2/requests": ["subject_identities"],
}
"""Records inside a body."""
RECORDS: dict[str, Any] = {
    "points": {"kind": "email", "email": "ugo@example.it"},
    "evidence": {"kind": "contract", "at": "2026-01-02T10:00:00Z"},
    "notice": {"version": 1, "language": "it", "at": "2026-01-02T10:00:00Z", "how": "given"},
    "requester": {"name": "Anna"},
}
LISTS = {"changes", "lines", "points", "subject_identities"}


def places(name: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The body, and the record in it that takes one more field: the whole, then each inner one."""
    whole = copy.deepcopy(body)
    yield "", whole, whole
    for inner in INNER.get(name, []):
        whole = copy.deepcopy(body)
        record = copy.deepcopy(RECORDS.get(inner) or body[inner][0])
        whole[inner] = [record] if inner in LISTS else record
        yield inner, whole, record


def known(schema: dict[str, Any], name: str) -> dict[str, set[str]]:
    """The fields that the document allows, by the record they are in."""
    method, path = name.split(" ")
    said = schema["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]

    def described(part: dict[str, Any]) -> dict[str, Any]:
        for word in ("allOf", "oneOf", "anyOf"):
            part = next((p for p in part.get(word, [part]) if p.get("type") != "null"), part)
        part = part.get("items", part)
        if "$ref" in part:
            part = schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]]
        return part

    top = described(said)["properties"]
    return {"": set(top), **{i: set(described(top[i])["properties"]) for i in INNER.get(name, [])}}


def test_no_operation_takes_a_field_it_does_not_name(
    fresh_database: None, superuser: psycopg.Connection[Any], is_long: bool
) -> None:
    world = a_world()
    anna = world.person()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    writing = {name: body for name, body in bodies(anna).items() if "/search/" not in name}
    every, tried = fields(), 0
    assert len(every) > 300
    _calm(world, list(writing))
    before = contents(superuser)
    for name, body in writing.items():
        allowed = known(schema, name)
        for inner, whole, record in places(name, body):
            names = sorted(set(every) - allowed[inner] - set(record))
            alone = names if is_long else random.Random(name).sample(names, FEW)
            for chosen in [names, *([one] for one in alone)]:
                said = copy.deepcopy(whole) if not inner else whole
                target = said if not inner else record
                added = {one: every[one] for one in chosen}
                target.update(added)
                answer = _sent(world, name, said, anna)
                assert answer.status == 400, (name, inner, chosen[:3], answer.raw)
                for one in added:
                    del target[one]
                tried += len(chosen)
    assert contents(superuser) == before
    assert tried > (5_000 if is_long else 3_000)


def _calm(world: World, names: list[str]) -> None:
    """Make the tokens beforehand: issuing one writes."""
    for name in names:
        world.token(_who(name)[0])


def _who(name: str) -> tuple[Role, str]:
    return OPENS.get(name.split(" ")[1], (Role.AGENT, "order_management"))


def _sent(world: World, name: str, body: dict[str, Any], anna: UUID) -> Answer:
    cache.clear()  # the budget of calls is another test's
    method, path = name.split(" ")
    role, purpose = _who(name)
    path = re.sub(r"\{\w+\}", ID, path.replace("{contact}", str(anna)))
    return world.call(method.upper(), path, role=role, purpose=purpose, body=body)
