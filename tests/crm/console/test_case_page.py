"""Cases at the desk: what is asked of the person, and what goes out."""

import re
from datetime import datetime
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.conversations import delivery
from crm.models import Case, ContactPoint, Interaction
from crm.service import operations
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from tests.builders import Company, a_person
from tests.crm.console.conftest import At
from tests.crm.conversing import hear
from tests.crm.serving import CARE, a_case, does

pytestmark = pytest.mark.django_db(databases=["default", "keys", "case"])


def a_solved_case(company: Company, now: datetime) -> tuple[UUID, UUID]:
    anna = a_person(company, orders=[now.date()], now=now)
    case = a_case(company, anna, at=now)
    does(company, anna, operations.solve, case, at=now, solution="Fatto")
    return anna, case


def test_o12_the_question_goes_by_mail_and_nobody_of_the_staff_sees_its_link(
    company: Company, at_desk: At, now: datetime
) -> None:
    anna, case = a_solved_case(company, now)
    desk = at_desk(Role.AGENT, CARE)
    page = desk.post(
        f"/desk/people/{anna}/cases/{case}/survey/", {"mode": "identified"}, follow=True
    )
    shown = page.content.decode()
    assert "The question is on its way by e-mail." in shown
    assert "help-centre/satisfaction" not in shown
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=anna, now=now
    ) as access:
        (kept,) = access.rows(Interaction).filter(direction="out")
        assert "help-centre" not in (kept.body or "")
    assert delivery.deliver(company.controller.pk, now=timezone.now()) == 1
    (letter,) = mail.outbox
    found = re.search(r"http://testserver(/\S+)", letter.body)
    assert found
    visitor = Client()
    assert visitor.post(found[1], {"score": "5"}).status_code == 200
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=anna, now=now
    ) as access:
        assert access.rows(Case).get(pk=case).score == 5


def test_o12_without_an_address_the_link_is_shown_to_hand_over(
    company: Company, at_desk: At, now: datetime
) -> None:
    anna, case = a_solved_case(company, now)
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=anna, now=now
    ) as access:
        access.rows(ContactPoint).delete()
    desk = at_desk(Role.AGENT, CARE)
    page = desk.post(
        f"/desk/people/{anna}/cases/{case}/survey/", {"mode": "anonymous"}, follow=True
    )
    shown = page.content.decode()
    assert "hand the link over in another way" in shown
    assert "/c/acme/help-centre/satisfaction/" in shown
    assert delivery.deliver(company.controller.pk, now=timezone.now()) == 0


def test_a_case_is_opened_from_the_conversation_it_came_up_in(
    company: Company, at_desk: At, now: datetime
) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    berta = a_person(company, given="Berta", orders=[now.date()], now=now)
    thread, hers = (
        hear(company, "email", "Non si accende", sender=f"{name}.bianchi@example.it", at=now)
        for name in ("anna", "berta")
    )
    desk = at_desk(Role.AGENT, CARE)
    page = desk.get(f"/desk/inbox/{thread.conversation}/").content.decode()
    path = f"/desk/people/{anna}/cases/new/?conversation={thread.conversation}"
    assert f'href="{path}"' in page
    assert f'value="{thread.conversation}"' in desk.get(path).content.decode()
    said = {"topic": "Lampada", "kind": "fault", "priority": "normal"}
    new = f"/desk/people/{anna}/cases/new/"
    case = desk.post(new, {**said, "conversation": str(thread.conversation)}, follow=True)
    assert f'href="/desk/inbox/{thread.conversation}/"' in case.content.decode()
    assert desk.post(new, {**said, "conversation": str(hers.conversation)}).status_code == 400
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.LIST, subjects=[anna, berta], now=now
    ) as access:
        found = list(access.rows(Case).values_list("subject", "conversation"))
    assert found == [(anna, thread.conversation)]
