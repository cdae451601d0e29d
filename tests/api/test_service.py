"""O8, O13, O9, O17 by the API: cases, the log of calls and articles, as systems of the house use them."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from governance.policy.vocabulary import Duty, Role
from registry import restriction
from registry.gate import opening as gate
from tests.api.world import World, a_world, days_ago

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def open_case(world: World, subject: UUID, **more: Any) -> str:
    body = {"contact": str(subject), "topic": "La lampada non si accende", **more}
    made = world.call("POST", "cases/", body=body)
    assert made.status == 201, made.raw
    return str(made.body["id"])


def test_o8_a_case_about_an_order_line_carries_order_and_warranty(world: World, anna: UUID) -> None:
    order = world.call("GET", f"contacts/{anna}/orders/").body["items"][0]
    case = open_case(world, anna, order_line=order["lines"][0]["id"], kind="warranty")
    read = world.call("GET", f"cases/{case}/").body
    assert (read["order"], read["order_line"]) == (order["id"], order["lines"][0]["id"])
    assert (read["kind"], read["state"], read["contact"]) == ("warranty", "new", str(anna))
    assert read["warranty_ends_on"] is not None
    other = world.person(orders=[days_ago(9)], given="Ugo", email="ugo@example.it")
    wrong = world.call(
        "POST", "cases/", body={"contact": str(other), "topic": "x", "order": order["id"]}
    )
    assert (wrong.status, wrong.code) == (400, "case_link")


def test_o13_a_case_is_taken_answered_paused_solved_and_taken_up_again(
    world: World, anna: UUID
) -> None:
    case = open_case(world, anna)
    agent = world.company.staff[Role.AGENT].pk
    steps: list[tuple[dict[str, Any], str]] = [
        ({"assignee": str(agent)}, "open"),
        ({"is_answered": True, "priority": "urgent"}, "open"),
        ({"state": "waiting"}, "waiting"),
        ({"state": "open"}, "open"),
        ({"state": "solved", "solution": "Cambiato il fusibile"}, "solved"),
        ({"state": "open"}, "open"),
    ]
    for change, state in steps:
        tag = world.call("GET", f"cases/{case}/").headers["ETag"]
        done = world.call("PATCH", f"cases/{case}/", body=change, If_Match=tag)
        assert done.status == 200, (change, done.raw)
        late = world.call("PATCH", f"cases/{case}/", body={"topic": "x"}, If_Match=tag)
        assert (late.status, late.code) == (412, "version_changed")
        assert world.call("GET", f"cases/{case}/").body["state"] == state
    read = world.call("GET", f"cases/{case}/").body
    assert (read["assignee"], read["times_reopened"], read["priority"]) == (
        str(agent), 1, "urgent",
    )  # fmt: skip
    assert read["first_response_at"] is not None
    mute = world.call("PATCH", f"cases/{case}/", body={"state": "solved"})
    assert (mute.status, mute.body["errors"][0]["pointer"]) == (400, "#/solution")
    nobody = world.call("PATCH", f"cases/{case}/", body={"assignee": str(uuid4())})
    assert (nobody.status, nobody.body["errors"][0]["code"]) == (400, "unknown_staff")
    twice = world.call("PATCH", f"cases/{case}/", body={"state": "open"})
    assert (twice.status, twice.code) == (409, "case_state")


def test_a_colleague_of_another_company_is_nobody_here(world: World, anna: UUID) -> None:
    case, other = open_case(world, anna), a_world("other")
    stranger = str(other.company.staff[Role.AGENT].pk)
    answer = world.call("PATCH", f"cases/{case}/", body={"assignee": stranger})
    assert (answer.status, answer.body["errors"][0]["code"]) == (400, "unknown_staff")


def test_a_case_is_opened_once_for_one_key(world: World, anna: UUID) -> None:
    body = {"contact": str(anna), "topic": "Lampada"}
    first, again = (
        world.call("POST", "cases/", body=body, Idempotency_Key="c-1") for _ in range(2)
    )
    assert (first.status, again.body["id"]) == (201, first.body["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(world.call("GET", f"contacts/{anna}/cases/").body["items"]) == 1


def test_cases_are_listed_by_pages_and_narrowed_and_nobody_is_left_out_between_pages(
    world: World, anna: UUID
) -> None:
    ugo = world.person(orders=[days_ago(9)], given="Ugo", email="ugo@example.it")
    made = [open_case(world, who, kind=kind)
            for who, kind in ((anna, "fault"), (ugo, "fault"), (anna, "question"), (ugo, "fault"))]  # fmt: skip
    first = world.call("GET", "cases/?page_size=3")
    assert [c["id"] for c in first.body["items"]] == made[:0:-1]
    second = world.call("GET", first.body["next"], purpose=None)
    assert [c["id"] for c in second.body["items"]] == made[:1]
    assert second.body["next"] is None
    faults = world.call("GET", "cases/?kind=fault").body["items"]
    assert [c["id"] for c in faults] == [made[3], made[1], made[0]]
    world.call("PATCH", f"cases/{made[3]}/", body={"state": "solved", "solution": "x"})
    assert len(world.call("GET", "cases/").body["items"]) == 3
    assert [c["id"] for c in world.call("GET", "cases/?state=solved").body["items"]] == [made[3]]
    wrong = world.call("GET", "cases/?state=lost")
    assert (wrong.status, wrong.body["errors"][0]["code"]) == (400, "unknown_word")
    _restrict(world, ugo)
    shown, address = [], "cases/?page_size=1"
    for _ in range(3):
        page = world.call("GET", address, purpose=None if "purpose=" in address else "order_management")  # fmt: skip
        shown += [c["id"] for c in page.body["items"]]
        address = page.body["next"]
        if address is None:
            break
    assert shown == [made[2], made[0]], "who may not be used is left out, and nobody else"
    assert address is None


def _restrict(world: World, subject: UUID) -> None:
    dpo = world.company.actor(Role.DPO)
    with gate.duty(
        dpo, Duty.ANSWERING, subjects=subject, reference=subject, now=world.now
    ) as access:
        restriction.place(access, subject=subject, ground="a", at=world.now)


def test_conversations_are_narrowed_and_no_page_skips_whom_another_hides(
    world: World, anna: UUID
) -> None:
    for channel in ("email", "phone"):
        said = {"contact": str(anna), "channel": channel, "body": "Buongiorno", "topic": channel}
        assert world.call("POST", "messages/", body=said).status in {201, 400}
    (thread,) = world.call("GET", "conversations/?channel=email").body["items"]
    assert world.call("GET", "conversations/?state=closed").body["items"] == []
    world.call("PATCH", f"conversations/{thread['id']}/", body={"is_closed": True})
    (closed,) = world.call("GET", "conversations/?state=closed").body["items"]
    assert closed["id"] == thread["id"]
    wrong = world.call("GET", "conversations/?queue=nowhere")
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (400, "#/queue")


def test_o9_a_call_is_logged_once_with_how_it_ended(world: World, anna: UUID) -> None:
    at = (world.now + timedelta(hours=1)).isoformat()
    body = {"contact": str(anna), "direction": "in", "called_at": at, "disposition": "reached",
            "seconds": 95, "topic": "Consegna", "words": "Chiede quando arriva"}  # fmt: skip
    made = world.call("POST", "calls/", body=body, Idempotency_Key="t-1")
    again = world.call("POST", "calls/", body=body, Idempotency_Key="t-1")
    assert (made.status, again.body["id"]) == (201, made.body["id"])
    (call,) = world.call("GET", f"contacts/{anna}/calls/").body["items"]
    assert (call["disposition"], call["seconds"], call["direction"]) == ("reached", 95, "in")
    (said,) = world.call("GET", f"contacts/{anna}/interactions/").body["items"]
    assert (said["id"], said["kind"], said["body"]) == (
        call["interaction"], "call", "Chiede quando arriva",
    )  # fmt: skip
    one_more = world.call(
        "POST", "calls/", body={"contact": str(anna), "interaction": call["interaction"],
                                "called_at": at, "disposition": "busy"},
    )  # fmt: skip
    assert (one_more.status, one_more.code) == (409, "message_state")
    for wrong in ({"interaction": call["interaction"]}, {"direction": None}):
        said_wrong = {k: v for k, v in {**body, **wrong}.items() if v is not None}
        assert world.call("POST", "calls/", body=said_wrong).status == 400


def test_o9_who_asks_not_to_be_called_again_has_objected(world: World, anna: UUID) -> None:
    body = {"contact": str(anna), "direction": "out", "called_at": world.now.isoformat(),
            "disposition": "do_not_call"}  # fmt: skip
    assert world.call("POST", "calls/", body=body).status == 201
    path = f"contacts/{anna}/decision/?operation=send&channel=phone"
    asked = world.call("GET", path, role=Role.MARKETING, purpose="newsletter").body
    assert asked["decision"] != "open"
    assert "objected" in {answer["code"] for answer in asked["answers"]}


def test_o17_an_article_is_drafted_in_the_name_of_somebody_and_published_by_another(
    world: World,
) -> None:
    text = {"title": "Pulire il paralume", "body": "Usi un panno asciutto.", "language": "it"}
    made = world.call(
        "POST", "articles/", purpose=None, body={**text, "written_by": "acme-agent"},
        Idempotency_Key="a-1",
    )  # fmt: skip
    again = world.call(
        "POST", "articles/", purpose=None, body={**text, "written_by": "acme-agent"},
        Idempotency_Key="a-1",
    )  # fmt: skip
    assert (made.status, again.body["id"]) == (201, made.body["id"])
    path = f"articles/{made.body['id']}/"
    seen = world.call("GET", path, purpose=None)
    assert (seen.body["state"], seen.body["is_published"]) == ("draft", False)
    better = {"title": "Pulire il paralume", "body": "Mai acqua.", "written_by": "acme-agent"}
    tag = seen.headers["ETag"]
    assert world.call("PATCH", path, purpose=None, body=better, If_Match=tag).status == 200
    late = world.call("PATCH", path, purpose=None, body=better, If_Match=tag)
    assert (late.status, late.code) == (412, "version_changed")
    given = {"state": "review", "written_by": "acme-agent"}
    assert world.call("PATCH", path, purpose=None, body=given).status == 200
    (listed,) = world.call("GET", "articles/?state=review", purpose=None).body["items"]
    assert (listed["title"], listed["number"]) == ("Pulire il paralume", 1)
    self_published = {"state": "published", "written_by": "acme-agent"}
    assert world.call("PATCH", path, purpose=None, body=self_published).status == 400


def test_o17_an_article_that_names_somebody_is_not_kept(world: World) -> None:
    body = {"title": "Consegne", "body": "Chiamare Anna Bianchi al 347 1234567.", "language": "it",
            "written_by": "acme-agent"}  # fmt: skip
    refused = world.call("POST", "articles/", purpose=None, body=body)
    assert (refused.status, refused.code) == (422, "article_names_somebody")
    assert "Bianchi" not in refused.raw.decode()
    assert world.call("GET", "articles/", purpose=None).body["items"] == []


def test_articles_are_those_of_the_house_alone(world: World) -> None:
    text = {
        "title": "Pulire",
        "body": "Usi un panno.",
        "language": "it",
        "written_by": "acme-agent",
    }
    made = world.call("POST", "articles/", purpose=None, body=text)
    other = a_world("other")
    read = other.call("GET", f"articles/{made.body['id']}/", purpose=None)
    guess = other.call("GET", f"articles/{uuid4()}/", purpose=None)
    assert (read.status, read.body) == (404, guess.body)
    written = other.call(
        "PATCH", f"articles/{made.body['id']}/", purpose=None,
        body={"state": "review", "written_by": "other-agent"},
    )  # fmt: skip
    assert written.status == 404
    as_guest = world.call("GET", "articles/", role=Role.PARTNER, purpose=None)
    assert (as_guest.status, as_guest.code) == (403, "role_not_allowed")
    as_auditor = world.call("POST", "articles/", role=Role.AUDITOR, purpose=None, body=text)
    assert (as_auditor.status, as_auditor.code) == (403, "role_not_allowed")
