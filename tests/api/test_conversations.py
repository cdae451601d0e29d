"""F18, F14, O9 through the API: read, answered, noted and closed by whoever has a purpose for it."""

from uuid import UUID

import pytest

from governance.policy.categories import Category
from governance.policy.vocabulary import Role
from registry import screening
from tests.api.test_coverage import a_conversation
from tests.api.world import World


@pytest.fixture
def thread(world: World, anna: UUID) -> str:
    return a_conversation(world, anna)


def test_f18_a_conversation_is_read_answered_noted_and_closed(
    world: World, anna: UUID, thread: str
) -> None:
    (listed,) = world.call("GET", "conversations/").body["items"]
    assert (listed["id"], listed["contact"], listed["state"]) == (thread, str(anna), "waiting")
    said = {"contact": str(anna), "conversation": thread, "channel": "email", "body": "Domani."}
    sent = world.call("POST", "messages/", body=said, Idempotency_Key="k1")
    again = world.call("POST", "messages/", body=said, Idempotency_Key="k1")
    assert (sent.status, again.body["id"]) == (201, sent.body["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    noted = world.call("POST", f"conversations/{thread}/notes/", body={"body": "Cliente gentile"})
    assert noted.status == 201
    read = world.call("GET", f"conversations/{thread}/").body
    assert [(i["direction"], i["state"], i["is_private"]) for i in read["interactions"]] == [
        ("out", "waiting", False), ("out", "waiting", False), ("own", "noted", True),
    ]  # fmt: skip
    for change, state in (({"is_closed": True}, "closed"), ({"is_closed": False}, "open")):
        assert world.call("PATCH", f"conversations/{thread}/", body=change).status == 200
        assert world.call("GET", f"conversations/{thread}/").body["state"] == state
    twice = world.call("PATCH", f"conversations/{thread}/", body={"is_closed": False})
    assert (twice.status, twice.code) == (409, "conversation_state")


def test_f18_what_the_gate_refuses_is_answered_with_the_way_on(world: World, anna: UUID) -> None:
    said = {"contact": str(anna), "channel": "sms", "body": "Offerta", "offers_opt_out": True}
    refused = world.call("POST", "messages/", role=Role.MARKETING, purpose="newsletter", body=said)
    assert refused.status == 403
    assert refused.code in {"no_consent", "outside_hours"}
    assert refused.body["advice"]
    assert world.call("GET", f"contacts/{anna}/interactions/").body["items"] == []


def test_f14_a_coupon_and_a_click_are_recorded_alike(world: World, anna: UUID) -> None:
    for what, channel in (("coupon", "in_person"), ("click", "web")):
        said = {
            "contact": str(anna), "channel": channel, "direction": "in", "topic": "Natale",
            "occurred_at": world.now.isoformat(), "body": "", "what": what,
            "campaign": "natale-2026",
        }  # fmt: skip
        assert world.call("POST", "interactions/", body=said).status == 201
    rows = world.call("GET", f"contacts/{anna}/interactions/").body["items"]
    assert {(r["kind"], r["campaign"]) for r in rows} == {
        ("coupon", "natale-2026"), ("click", "natale-2026"),
    }  # fmt: skip


def test_a_card_number_in_an_email_is_dots_where_the_register_says_so(
    world: World, anna: UUID
) -> None:
    screening.enter(
        place="crm.Interaction", channel="email", category=Category.PAYMENT_CARD,
        by=world.company.staff[Role.DPO], now=world.now,
    )  # fmt: skip
    for channel in ("email", "post"):
        said = {
            "contact": str(anna), "channel": channel, "direction": "in", "topic": "Pagamento",
            "occurred_at": world.now.isoformat(), "body": "Carta 4111 1111 1111 1111",
        }  # fmt: skip
        assert world.call("POST", "interactions/", body=said).status == 201
    rows = world.call("GET", f"contacts/{anna}/interactions/").body["items"]
    assert {r["channel"]: r["body"] for r in rows} == {
        "email": "Carta ••••••••", "post": "Carta 4111 1111 1111 1111",
    }  # fmt: skip
