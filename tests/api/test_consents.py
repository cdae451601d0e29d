"""Consents handed on by connected systems, and the links by which people say so themselves."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dsar import notice
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import ConsentEvent, NoticeGiven
from tests.api.world import Answer, World

SAID = {
    "channel": "email", "state": "given", "method": "form",
    "statement": "Voglio ricevere novità", "proof": "modulo 4711",
}  # fmt: skip


def say(world: World, contact: UUID, **said: object) -> Answer:
    body = {**SAID, "at": world.now.isoformat(), **said}
    return world.call(
        "POST", f"contacts/{contact}/consents/", role=Role.MARKETING, purpose="newsletter",
        body={name: value for name, value in body.items() if value is not None},
    )  # fmt: skip


def ledger(world: World, contact: UUID) -> list[tuple[str, str, str]]:
    with gate.duty(
        world.company.actor(Role.DPO), Duty.SUPERVISION, subjects=contact, now=world.now
    ):
        rows = ConsentEvent.objects.filter(subject=contact).order_by("collected_at", "pk")
        return list(rows.values_list("state", "door", "notice"))


def test_a_proven_consent_opens_the_purpose_and_an_unproven_one_does_not(
    world: World, anna: UUID
) -> None:
    read = {"role": Role.MARKETING, "purpose": "newsletter"}
    assert say(world, anna, proof=None).body["state"] == "unknown"
    assert world.call("GET", f"contacts/{anna}/", **read).code == "no_consent"
    assert say(world, anna).body["state"] == "given"
    assert world.call("GET", f"contacts/{anna}/", **read).status == 200
    assert say(world, anna, state="withdrawn", proof=None).status == 201
    assert world.call("GET", f"contacts/{anna}/", **read).status == 403
    assert [state for state, _d, _n in ledger(world, anna)] == ["unknown", "given", "withdrawn"]


def test_what_was_asked_comes_with_the_link_that_confirms_it(world: World, anna: UUID) -> None:
    answer = say(world, anna, state="requested", proof=None)
    assert answer.body["state"] == "requested"
    path = answer.body["confirm"].partition("/c/acme/confirm/")[2]
    assert len(path) == 44
    assert "confirm" not in say(world, anna, state="refused").body


def test_a_version_of_the_notice_is_named_with_it(world: World, anna: UUID) -> None:
    version = {"version": 1, "language": "it"}
    assert say(world, anna, notice=version).body["errors"][0]["code"] == "unknown_notice"
    company = world.company
    notice.draft(company.controller, by=company.staff[Role.DPO], now=world.now)
    notice.approve(company.controller, 1, by=company.staff[Role.LEGAL], now=world.now)
    assert say(world, anna, notice=version).status == 201
    assert ledger(world, anna)[-1] == ("given", "sync", "1/it")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"state": "expired"}, 400, "validation_failed"),
        ({"method": "one_click"}, 400, "validation_failed"),
        ({"born_on": "2020-01-01"}, 409, "guardian_missing"),
    ],
)
def test_what_nobody_can_have_said_is_refused(
    world: World, anna: UUID, said: dict[str, str], status: int, code: str
) -> None:
    answer = say(world, anna, **said)
    assert (answer.status, answer.code) == (status, code)
    assert ledger(world, anna) == []


def test_a_link_names_nobody_and_is_the_same_every_time(world: World, anna: UUID) -> None:
    def made() -> Answer:
        return world.call(
            "POST", f"contacts/{anna}/links/", role=Role.MARKETING, purpose="newsletter",
            body={"channel": "email"},
        )  # fmt: skip

    first = made().body
    assert made().body == first
    assert str(anna) not in first["preferences"] + first["unsubscribe"]
    assert first["headers"]["List-Unsubscribe"] == f"<{first['unsubscribe']}>"
    assert first["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_token_acts_for_the_purpose_and_for_people_held(world: World, anna: UUID) -> None:
    body = {"channel": "email"}
    wrong = world.call("POST", f"contacts/{anna}/links/", role=Role.AGENT, purpose="newsletter",
                       body=body)  # fmt: skip
    assert wrong.status == 403
    nobody = world.call("POST", f"contacts/{uuid4()}/links/", role=Role.MARKETING,
                        purpose="newsletter", body=body)  # fmt: skip
    assert nobody.status == 404


def test_a_line_sent_twice_is_one_line(world: World, anna: UUID) -> None:
    body = {**SAID, "at": world.now.isoformat()}
    for _again in range(2):
        answer = world.call(
            "POST", f"contacts/{anna}/consents/", role=Role.MARKETING, purpose="newsletter",
            body=body, Idempotency_Key="a-key-of-one-call",
        )  # fmt: skip
        assert answer.status == 201
    assert len(ledger(world, anna)) == 1


def test_who_gives_their_data_is_given_the_notice(world: World) -> None:
    new = {"kind": "customer", "source": "Interessato", "given_name": "Ugo"}
    assert world.call("POST", "contacts/", body=new).status == 201  # none is approved yet
    company = world.company
    notice.draft(company.controller, by=company.staff[Role.DPO], now=world.now)
    notice.approve(company.controller, 1, by=company.staff[Role.LEGAL], now=world.now)
    refused = world.call("POST", "contacts/", body=new)
    assert refused.body["errors"][0]["code"] == "notice_missing"
    given = {
        "version": 1, "language": "it", "how": "form",
        "at": (world.now - timedelta(minutes=1)).isoformat(),
    }  # fmt: skip
    made = world.call("POST", "contacts/", body={**new, "notice": given})
    assert made.status == 201
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=world.now):
        (row,) = NoticeGiven.objects.all()
        assert (str(row.subject_id), row.how) == (made.body["id"], "form")
