"""O14: visits planned at the desk, and taken back."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.policy.vocabulary import Role
from tests.builders import Company, a_person
from tests.crm.console.conftest import At
from tests.crm.serving import a_case

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

FIELD = "field_service"


def read(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_o14_a_visit_is_planned_for_a_case_seen_by_whoever_goes_and_taken_back(
    company: Company, now: datetime, at_desk: At
) -> None:
    anna = a_person(company, phone="+39 347 555 0101", orders=[now.date()], now=now)
    case = a_case(company, anna, at=now)
    agent, technician = at_desk(Role.AGENT, FIELD), at_desk(Role.FIELD_AGENT, FIELD)
    address = reverse("desk:visit_plan", args=[anna])
    page = read(agent.get(f"{address}?case={case}"))
    assert f'value="{case}" selected' in page
    assert 'value="Anna Bianchi"' in page, "what is known is there already"
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    said = {
        "kind": "service", "technician": str(company.staff[Role.FIELD_AGENT].pk), "case": str(case),
        "day": tomorrow.isoformat(), "begins": "09:00", "ends": "11:00", "topic": "Cambiare il fusibile",
        "contact_name": "Anna Bianchi", "street": "Via dei Mille 7", "city": "Torino",
        "checklist": "Spina\n\nFusibile",
    }  # fmt: skip
    wrong = agent.post(address, said | {"ends": "08:00"})
    assert wrong.status_code == 422
    assert "It ends after it begins." in read(wrong)
    assert "Planned: it is on the page" in read(agent.post(address, said, follow=True))
    mine = read(technician.get(reverse("desk:visits")))
    assert "Cambiare il fusibile" in mine
    assert "Via dei Mille 7" in mine, "it is the day before"
    planned = read(agent.get(address))
    visit = planned.split('name="visit" value="')[1][:36]
    agent.post(reverse("desk:visit_cancel", args=[anna]), {"visit": visit})
    assert "Cancelled" in read(agent.get(address))
    gone = read(technician.get(reverse("desk:visits")))
    assert "Via dei Mille 7" not in gone


def test_o14_who_goes_there_does_not_plan(company: Company, now: datetime, at_desk: At) -> None:
    anna = a_person(company, orders=[now.date()], now=now)
    technician = at_desk(Role.FIELD_AGENT, FIELD)
    assert technician.get(reverse("desk:visit_plan", args=[anna])).status_code == 403
