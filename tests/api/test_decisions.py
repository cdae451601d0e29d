"""Why, over the API: each question with its answer and what it rests on, and an entry."""

from uuid import UUID

import pytest

from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import QualifyingEvent
from tests.api.world import World, a_world, days_ago, said
from tests.builders import a_consent

pytestmark = pytest.mark.django_db
NEWSLETTER = {"role": Role.MARKETING, "purpose": "newsletter"}


@pytest.fixture
def world(db: None) -> World:
    return a_world()


@pytest.fixture
def anna(world: World) -> UUID:
    return world.person(orders=[days_ago(3)])


def test_a_refusal_is_explained_question_by_question(world: World, anna: UUID) -> None:
    path = f"contacts/{anna}/decision/?operation=send&channel=email"
    answer = world.call("GET", path, **NEWSLETTER)
    assert answer.status == 200
    assert (answer.body["decision"], answer.body["activity"]) == ("no_consent", "newsletter.v1")
    by_question = {one["asks"]: one for one in answer.body["answers"]}
    assert next(iter(by_question)) == "purpose"
    basis = by_question["basis"]
    assert (basis["code"], basis["article"]) == ("no_consent", "6(1)(a)")
    assert basis["advice"]
    assert by_question["objection"]["code"] is None
    entry = said(world.accesses()[-1])
    assert (entry["act"], entry["reason"], entry["members"]["n"]) == (
        "decision.explained", "no_consent", 1,
    )  # fmt: skip
    assert answer.headers["X-Audit-Receipt"].startswith(str(world.accesses()[-1].pk))


def test_what_lets_through_rests_on_rows(world: World, anna: UUID) -> None:
    a_consent(world.company, anna, at=world.now)
    answer = world.call("GET", f"contacts/{anna}/decision/", **NEWSLETTER)
    assert answer.body["decision"] == "open"
    (basis,) = [one for one in answer.body["answers"] if one["asks"] == "basis"]
    assert [row["kind"] for row in basis["evidence"]] == ["consentstanding"]


def test_it_is_answered_within_the_purposes_of_the_token(world: World, anna: UUID) -> None:
    answer = world.call("GET", f"contacts/{anna}/decision/", role=Role.AGENT, purpose="newsletter")
    assert (answer.status, answer.code) == (403, "role_not_allowed")


@pytest.mark.parametrize("query", ["operation=steal", "channel=telepathy"])
def test_words_that_are_not_known_are_refused(world: World, anna: UUID, query: str) -> None:
    answer = world.call("GET", f"contacts/{anna}/decision/?{query}", **NEWSLETTER)
    assert (answer.status, answer.code) == (400, "validation_failed")
    assert answer.body["errors"][0]["code"] == "unknown_word"


def test_an_order_and_a_contract_bring_what_marketing_may_rest_on(world: World, anna: UUID) -> None:
    line = {"description": "Lampada", "quantity": "1", "unit_price": "19.90"}
    order = {
        "contact": str(anna), "number": "2026/9", "ordered_on": days_ago(0).isoformat(),
        "lines": [line], "soft_opt_in": True,
    }  # fmt: skip
    assert world.call("POST", "orders/", body=order).status == 201
    contract = {
        "kind": "contract",
        "at": world.now.isoformat(),
        "ended_on": days_ago(0).isoformat(),
    }
    assert world.call("PATCH", f"contacts/{anna}/", body={"evidence": contract}).status == 200
    with gate.duty(world.company.actor(Role.DPO), Duty.SUPERVISION, now=world.now):
        events = QualifyingEvent.objects.filter(subject=anna)
        assert events.filter(kind="order", soft_opt_in_at__isnull=False).count() == 1
        assert events.get(kind="contract").ended_on == days_ago(0)
