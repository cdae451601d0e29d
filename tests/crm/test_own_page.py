"""C6: a page of one's own without an account; unknown people get the same answer, and no mail."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.conversations import delivery
from crm.conversations import operations as talk
from crm.models import Case, Conversation, Interaction
from crm.service import operations
from dsar import intake, links, tasks
from dsar.errors import LinkEndedError
from dsar.links import Kind
from dsar.models import Death, Intake
from governance.policy.vocabulary import Duty, Operation, Role
from registry.gate import opening as gate
from tests.builders import Company, a_company, a_person, an_interaction
from tests.crm.serving import CARE, a_case, does

ASK = "/c/acme/yours/"
VARIES = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def company(fresh_database: None, now: datetime) -> Company:
    found = a_company(now=now)
    intake.publish_key(found.controller.pk, now=now)
    return found


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def shown(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    assert "no-store" in answer["Cache-Control"]
    return VARIES.sub("", unescape(answer.content.decode()))


def mailed(company: Company) -> list[str]:
    """The paths of the links that were mailed until now."""
    tasks.file_all_intakes()
    delivery.deliver(company.controller.pk, now=timezone.now())
    found = (re.search(r"http://testserver(\S+)", letter.body) for letter in mail.outbox)
    return [one[1] for one in found if one]


def the_page_of(company: Company, visitor: Client, email: str) -> str:
    visitor.post(ASK, {"email": email})
    return mailed(company)[-1]


def looked(company: Company, subject: UUID, look: Callable[[Any], Any]) -> Any:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject,
        now=timezone.now(),
    ) as access:  # fmt: skip
        return look(access)


def test_c6_known_and_unknown_get_the_same_answer_and_only_the_known_a_link(
    company: Company, visitor: Client, now: datetime
) -> None:
    a_person(company, orders=[now.date()], now=now)
    with CaptureQueriesContext(connections["default"]) as asked_for:
        known = shown(visitor.post(ASK, {"email": "anna.bianchi@example.it"}))
        unknown = shown(visitor.post(ASK, {"email": "stranger@example.it"}))
    assert known == unknown
    assert "crm_" not in " ".join(query["sql"] for query in asked_for), "the page looks nobody up"
    assert "anna" not in known.casefold()
    assert {len(bytes(row.blob)) for row in Intake.objects.all()}, "both wait sealed"
    found = mailed(company)
    assert [letter.to for letter in mail.outbox] == [["anna.bianchi@example.it"]]
    assert len(found) == 1
    assert Intake.objects.count() == 0
    visitor.post(ASK, {"email": "Anna.Bianchi@example.it"})
    assert len(mailed(company)) == 1, "one mail a day for an address"


def test_c6_no_link_to_an_address_that_shows_nothing(
    company: Company, visitor: Client, now: datetime
) -> None:
    for given in ("Anna", "Berta"):
        a_person(company, given=given, email="family@example.it", now=now)
    late = a_person(company, given="Carla", now=now)
    looked(
        company, late,
        lambda access: Death(
            controller_id=access.controller, subject_id=late, died_on=now.date(),
            evidence="Certificato", recorded_at=now, collected_at=now,
        ).save(),
    )  # fmt: skip
    for email in ("family@example.it", "carla.bianchi@example.it"):
        visitor.post(ASK, {"email": email})
    assert mailed(company) == []


def test_c6_the_link_opens_nothing_until_the_button_and_shows_ones_own_things_alone(
    company: Company, visitor: Client, now: datetime
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    berta = a_person(company, given="Berta", family="Verdi", orders=[now.date()], now=now)
    a_case(company, anna, at=now, topic="La lampada non si accende")
    a_case(company, berta, at=now, topic="Il vetro di Berta")
    for one, body in ((anna, "Dove resta il pacco?"), (berta, "Segreto di Berta")):
        an_interaction(company, one, body=body, at=now)
    path = the_page_of(company, visitor, "anna.bianchi@example.it")
    closed = shown(visitor.get(path))
    assert "Open my page" in closed
    assert "Bianchi-1" not in closed
    page = shown(visitor.post(path))
    for own in ("Bianchi-1", "Lampada da tavolo", "La lampada non si accende", "Received"):
        assert own in page
    for other in ("Verdi", "Berta"):
        assert other not in page
    choices = re.search(r'href="(/c/acme/preferences/[^"]+)"', page)
    assert choices
    assert visitor.get(choices[1]).status_code == 200
    for address in ("/c/acme/", "/c/acme/help-centre/"):
        assert f'href="{address}"' in page
    assert visitor.post(f"{ASK}nothing/").status_code == 404
    assert visitor.post(path[:-2] + "/").status_code == 404


def test_c6_a_person_opens_a_case_and_answers_it(
    company: Company, visitor: Client, now: datetime
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    path = the_page_of(company, visitor, "anna.bianchi@example.it")
    new = {"do": "ask", "topic": "Manca una vite", "description": "Nel pacco non c'è."}
    assert "We have received what you wrote." in shown(visitor.post(path, new))
    shown(visitor.post(path, new))
    ((case, conversation),) = looked(
        company, anna, lambda a: list(a.rows(Case).values_list("pk", "conversation"))
    )
    assert conversation, "and it is in the queue"
    does(company, anna, operations.ask, case, at=timezone.now())
    assert "We wait for your answer" in shown(visitor.post(path))
    said = {"do": "case", "about": str(case), "words": "È la vite lunga."}
    shown(visitor.post(path, said))
    found = looked(company, anna, lambda a: a.rows(Case).get(pk=case).state)
    assert found == "open", "the clock goes on"
    heard = looked(
        company, anna,
        lambda a: [
            (m.conversation_id, m.body)
            for m in a.rows(Interaction).filter(direction="in").order_by("pk")
        ],
    )  # fmt: skip
    assert heard == [
        (conversation, "Manca una vite\n\nNel pacco non c'è."), (conversation, "È la vite lunga."),
    ]  # fmt: skip
    state = looked(company, anna, lambda a: a.rows(Conversation).get(pk=conversation).state)
    assert state == "open"
    assert "Write your message first." in shown(
        visitor.post(path, {**said, "words": " "}), status=422
    )


def test_c6_nobody_answers_for_somebody_else(
    company: Company, visitor: Client, now: datetime
) -> None:
    a_person(company, orders=[now.date()], now=now)
    berta = a_person(company, given="Berta", family="Verdi", orders=[now.date()], now=now)
    case = a_case(company, berta, at=now)
    order = looked(company, berta, lambda a: a.rows(operations.Order_).get().pk)
    path = the_page_of(company, visitor, "anna.bianchi@example.it")
    before = looked(company, berta, lambda a: a.rows(Interaction).count())
    for do, about in (("case", case), ("conversation", case)):
        answer = visitor.post(path, {"do": do, "about": str(about), "words": "Chiudete pure"})
        assert answer.status_code == 404
    wrong = {"do": "ask", "topic": "x", "description": "x", "order": str(order)}
    assert visitor.post(path, wrong).status_code == 422
    assert looked(company, berta, lambda a: a.rows(Interaction).count()) == before


def test_c6_notes_of_the_house_are_not_shown_and_the_link_ends(
    company: Company, visitor: Client, now: datetime
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    path = the_page_of(company, visitor, "anna.bianchi@example.it")
    shown(visitor.post(path, {"do": "ask", "topic": "Aiuto", "description": "Per favore"}))
    thread = looked(company, anna, lambda a: a.rows(Case).get().conversation_id)
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=anna, now=timezone.now()
    ) as access:
        talk.note(access, thread, body="Cliente difficile")
    page = shown(visitor.post(path))
    assert "Per favore" in page
    assert "difficile" not in page
    (token,) = re.findall(r"/yours/([^/]+)/", path)
    here, today = company.controller.pk, timezone.localdate(now)
    assert links.find(here, token, Kind.OWN, today=today + timedelta(days=1)).subject == anna
    for kind, day in ((Kind.OWN, today + timedelta(days=2)), (Kind.PREFERENCES, today)):
        with pytest.raises(LinkEndedError):
            links.find(here, token, kind, today=day)
