"""Whatever is not a caller's own is refused as if it did not exist (ASVS 8.2.2, OWASP API1 and API5).

The matrix is made from the OpenAPI document: every operation that names a record, in its address
or its body, by every role and every purpose, with ids of another company, ids of another kind of
record, guessed ids and malformed ones. A refusal that differed would tell which ids exist.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from drf_spectacular.generators import SchemaGenerator

from governance.policy.vocabulary import Role
from registry.models import Purpose
from tests.api.test_coverage import a_conversation, bodies
from tests.api.world import SYSTEM_ROLES, Answer, World, a_world, days_ago
from tests.builders import a_consent

ANY_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Triples of operation, role and purpose, besides one for each operation; each with all its ids.
FEW, MANY = 2, 240
# Who may do it, where it is not an agent who manages orders.
OPENS = {
    "/api/v1/contacts/{contact}/consents/": (Role.MARKETING, "newsletter"),
    "/api/v1/contacts/{contact}/links/": (Role.MARKETING, "newsletter"),
    "/api/v1/requests/": (Role.DPO, "rights_requests"),
    "/api/v1/requests/{request_id}/": (Role.DPO, "rights_requests"),
    "/api/v1/opendsr/v2/requests": (Role.DPO, "rights_requests"),
    "/api/v1/opendsr/v2/requests/{number}": (Role.DPO, "rights_requests"),
}
MALFORMED = ("1", "0x10", "null", "%27%20OR%201=1", "%00", "..%2Fcontacts", "{ID}",
             "00000000-0000-0000-0000-00000000000g", "A" * 300)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """An operation that names one record: `kind` is that of the record, `body` None for a read."""

    method: str
    path: str
    kind: str
    body: dict[str, Any] | None
    is_in_body: bool

    def call(self, world: World, record: str, *, role: Role, purpose: str) -> Answer:
        body = {**self.body, "contact": record} if self.body and self.is_in_body else self.body
        path = re.sub(r"\{\w+\}", lambda _match: record, self.path)
        return world.call(self.method, path, role=role, purpose=purpose, body=body)


def targets(subject: UUID) -> list[Target]:
    """Every operation of the document that names a record about a person."""
    said, found = bodies(subject), []
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for path, methods in paths.items():
        named = re.search(
            r"\{(contact|order|merge|opportunity|task|case|request_id|number|conversation)\}", path
        )
        for method in methods:
            body = said.get(f"{method} {path}")
            kind = named[1] if named else "contact" if body and "contact" in body else ""
            if kind:
                found.append(Target(method.upper(), path, kind, body, is_in_body=not named))
    return found


def records(world: World) -> dict[str, str]:
    """One record of each kind of a company."""
    subject = world.person(orders=[days_ago(9)], given="Zenobia", email="zenobia@example.it")
    a_consent(world.company, subject, at=world.now)
    order = world.call("GET", f"contacts/{subject}/orders/").body["items"][0]["id"]
    body = bodies(subject)["post /api/v1/requests/"]
    world.person(orders=[days_ago(9)], given="Zenobia", email="zenobia@example.it")
    (merge,) = world.call("POST", f"contacts/{subject}/duplicates/").body["proposed"]
    asked = world.call("POST", "requests/", role=Role.DPO, purpose="rights_requests", body=body)
    said = bodies(subject)["post /api/v1/opendsr/v2/requests"]
    handed = world.call(
        "POST", "opendsr/v2/requests", role=Role.DPO, purpose="rights_requests", body=said
    )
    assert handed.status == 201
    conversation = a_conversation(world, subject)
    sale, task, case = (
        world.call("POST", f"{name}/", body=bodies(subject)[f"post /api/v1/{name}/"]).body["id"]
        for name in ("opportunities", "tasks", "cases")
    )
    return {"contact": str(subject), "order": order, "merge": merge, "opportunity": sale,
            "task": task, "case": case, "request_id": asked.body["id"], "conversation": conversation,
            "number": said["subject_request_id"]}  # fmt: skip


def absent(target: Target, own: dict[str, str], foreign: dict[str, str]) -> Iterator[str]:
    """Ids that name nothing of the caller's: another company's, another kind's, and guesses."""
    yield foreign[target.kind]
    yield from (own[kind] for kind in own if kind != target.kind)
    yield from (foreign[kind] for kind in foreign if kind != target.kind)
    # Ids hold the time: the neighbour of one that exists is the best guess there is.
    for near in (own[target.kind], foreign[target.kind]):
        for step in (-1, 1):
            yield str(UUID(int=UUID(near).int + step))
    yield from (str(uuid4()), str(UUID(int=0)), str(UUID(int=2**128 - 1)))


def shape(answer: Answer) -> tuple[int, str, tuple[str, ...]]:
    """What an answer tells, but for ids: status, body and the names of its headers."""
    return answer.status, ANY_ID.sub("ID", answer.raw.decode()), tuple(sorted(answer.headers))


def test_what_is_not_the_callers_own_is_refused_as_if_it_did_not_exist(
    db: None, is_long: bool
) -> None:
    world, other = a_world(), a_world("other")
    own, foreign = records(world), records(other)
    purposes = Purpose.objects.filter(controller=world.company.controller)
    attacked = targets(UUID(own["contact"]))
    every = list(product(attacked, SYSTEM_ROLES, purposes.values_list("key", flat=True)))
    opening = [(t, *OPENS.get(t.path, (Role.AGENT, "order_management"))) for t in attacked]
    chosen = [*opening, *random.Random(15).sample(every, MANY if is_long else FEW)]
    seen, opened = 0, set()
    for target, role, purpose in chosen:
        cache.clear()  # the budget of calls is another test's
        what = (target.method, target.path, role, purpose)
        refused = {
            shape(target.call(world, record, role=role, purpose=purpose))
            for record in absent(target, own, foreign)
        }
        assert len(refused) == 1, (*what, refused)
        ((status, body, _headers),) = refused
        assert status in {403, 404}, (*what, status, body)
        assert "enobia" not in body, what
        broken = {
            shape(target.call(world, record, role=role, purpose=purpose)) for record in MALFORMED
        }
        assert len({status for status, _body, _headers in broken}) == 1, (*what, broken)
        assert {status for status, _body, _headers in broken} <= {400, 403, 404}, (*what, broken)
        mine = target.call(world, own[target.kind], role=role, purpose=purpose)
        # What a system handed in by OpenDSR is its own; another role has another token.
        is_anothers = mine.status == 404 and target.kind == "number"
        assert mine.status in {200, 201, 202, 403, 409} or is_anothers, (*what, mine.status)
        opened |= {(target.method, target.path)} if mine.status < 300 else set()
        seen += len(list(absent(target, own, foreign))) + len(MALFORMED) + 1
    assert seen >= (5_000 if is_long else 300)
    # That refusals are alike would also hold if nothing ever opened.
    assert opened == {(target.method, target.path) for target in attacked}


@pytest.mark.parametrize("secret", ["cst_" + "A" * 43, "x", "Bearer", "é"])
def test_a_token_that_is_none_learns_nothing_about_ids(
    world: World, anna: UUID, secret: str
) -> None:
    answers = {
        shape(world.call("GET", f"contacts/{record}/", secret=secret)) for record in (anna, uuid4())
    }
    assert len(answers) == 1
    assert {status for status, _body, _headers in answers} == {401}
