"""Attacks from outside: addresses, headers, pages and counts of the API as oracles."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from governance.policy.vocabulary import Duty, Role
from registry import consent, restriction
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Purpose
from tests.api.world import World, days_ago, said

MARKER = "Zzyzxquill"


def stop(world: World, subject: UUID, act: Callable[[Access], object]) -> None:
    with gate.duty(
        world.company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject,
        now=world.now,
    ) as access:  # fmt: skip
        act(access)


def restrict(world: World, subject: UUID) -> None:
    stop(world, subject, lambda a: restriction.place(a, subject=subject, ground="a", at=a.now))


def reads(world: World, subject: UUID) -> Iterator[tuple[str, str, object]]:
    """Every way to read about one person among others."""
    yield "GET", "contacts/", None
    yield "GET", "contacts/?page_size=1", None
    yield "GET", f"contacts/{subject}/", None
    for part in ("orders", "interactions"):
        yield "GET", f"contacts/{subject}/{part}/", None
    for words in (MARKER, f"{MARKER.lower()}@example.it", f"Anna {MARKER}"):
        yield "POST", "contacts/search/", {"q": words}
        yield "POST", "contacts/search/", {"q": words, "page_size": 1}


def test_who_is_restricted_shows_in_no_list_search_page_or_count_for_any_purpose(
    world: World,
) -> None:
    email = f"{MARKER.lower()}@example.it"
    hidden = world.person(family=MARKER, email=email, orders=[days_ago(5)])
    world.person(given="Berta", orders=[days_ago(4)])
    world.said(hidden, f"Sono {MARKER}", world.now)
    assert MARKER.encode() in world.call("GET", f"contacts/{hidden}/").raw
    restrict(world, hidden)
    answers = 0
    for purpose in Purpose.objects.filter(controller=world.company.controller):
        version = purpose.activity.versions.get(state="approved")
        if version.despite_restriction:
            continue  # Art. 18(2): it serves claims, and says so in the register
        for method, path, body in reads(world, hidden):
            answer = world.call(
                method, path, role=Role(version.roles[0]), purpose=purpose.key, body=body
            )
            assert MARKER.lower().encode() not in answer.raw.lower(), (purpose.key, path)
            answers += 1
    assert answers > 100


def test_a_page_of_one_walks_past_who_is_left_out_as_past_anybody(world: World) -> None:
    hidden = world.person(family=MARKER, orders=[days_ago(5)])
    shown = world.person(given="Berta", orders=[days_ago(4)])
    restrict(world, hidden)
    seen, address, pages = [], "contacts/?page_size=1", 0
    while address:
        answer = world.call(
            "GET", address, purpose=None if "purpose=" in address else "order_management"
        )
        seen += [item["id"] for item in answer.body["items"]]
        address, pages = answer.body["next"], pages + 1
    assert seen == [str(shown)]
    assert pages == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": "*"},
        {"If_None_Match": '"abc"'},
        {"If_Modified_Since": "Fri, 27 Nov 2099 10:00:00 GMT"},
        {"Range": "bytes=0-10"},
        {"X_HTTP_Method_Override": "DELETE"},
        {"X_Forwarded_Host": "example.org"},
        {"Accept": "text/html"},
    ],
)
def test_no_header_gets_an_answer_without_an_entry_or_from_a_cache(
    world: World, anna: UUID, headers: dict[str, str]
) -> None:
    before = len(world.accesses())
    answer = world.call("GET", f"contacts/{anna}/", **headers)
    assert answer.status in {200, 406}
    assert answer.headers["Cache-Control"] == "no-store"
    # An ETag is for If-Match alone: nothing is answered from what somebody kept (304).
    assert not {"Last-Modified", "Content-Range"} & set(answer.headers)
    assert len(world.accesses()) == before + (answer.status == 200)
    if answer.status == 200:
        assert answer.headers["X-Audit-Receipt"]


@pytest.mark.parametrize(
    "purpose",
    ["emergency", "duty:answering", "duty%3Aanswering", "ORDER_MANAGEMENT", "order_management%20",
     "order_management%00", "order_managemen%74%0A", "*", "%25", "none"],
)  # fmt: skip
def test_no_word_but_a_purpose_of_the_register_opens(
    world: World, anna: UUID, purpose: str
) -> None:
    answer = world.call("GET", f"contacts/{anna}/", role=Role.DPO, purpose=purpose)
    assert (answer.status, answer.code) == (403, "unknown_purpose")
    assert world.accesses()[-1].action == "access.refused"


def test_a_token_is_held_to_its_purposes_whatever_its_role_may(world: World, anna: UUID) -> None:
    narrow = world.token(Role.AGENT, purposes=["lead_management"])
    for sent in (
        {"purpose": "order_management"},
        {"purpose": None, "X_Purpose": "order_management"},
    ):
        answer = world.call("GET", f"contacts/{anna}/", secret=narrow, **sent)
        assert (answer.status, answer.code) == (403, "role_not_allowed")
    both = world.call(
        "GET", f"contacts/{anna}/", secret=narrow, purpose="lead_management",
        X_Purpose="order_management",
    )  # fmt: skip
    assert both.code == "purpose_ambiguous"


def test_a_cursor_of_one_token_list_or_person_is_of_no_use_to_another(
    world: World, anna: UUID
) -> None:
    world.person(given="Berta", orders=[days_ago(3)])
    found = world.call("GET", "contacts/?page_size=1").body["next"]
    cursor = found.split("cursor=")[1].split("&")[0]
    other = world.token(Role.AGENT, purposes=["order_management"])
    for secret, path in ((other, "contacts/"), (None, f"contacts/{anna}/orders/")):
        answer = world.call("GET", f"{path}?cursor={cursor}", secret=secret)
        assert answer.status == 400, path


def test_who_does_not_exist_is_refused_like_who_belongs_to_another_company(world: World) -> None:
    from tests.api.world import a_world

    stranger = a_world("beta").person(given="Bruno", orders=[days_ago(3)])
    answers = []
    for subject in (stranger, uuid4()):
        for part in ("", "orders/", "interactions/"):
            answer = world.call("GET", f"contacts/{subject}/{part}")
            answers.append((part, answer.status, answer.code))
    assert answers[:3] == answers[3:]
    assert {status for _part, status, _code in answers} == {404}


def test_each_refusal_of_one_person_names_the_rows_but_no_value(world: World) -> None:
    hidden = world.person(family=MARKER, orders=[days_ago(5)])
    consenting = world.now - timedelta(days=1)
    stop(world, hidden, lambda a: consent.object_to(a, subject=hidden, at=consenting))
    restrict(world, hidden)
    answer = world.call("GET", f"contacts/{hidden}/")
    assert (answer.status, answer.code) == (403, "restricted")
    assert MARKER.encode() not in answer.raw
    assert said(world.accesses()[-1])["reason"] == "restricted"
