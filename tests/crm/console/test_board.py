"""O6: the board of possible sales, moved card by card without scripts."""

from datetime import datetime
from decimal import Decimal
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from crm.models import OpportunityMove
from crm.sales import opportunities
from crm.sales.opportunities import Hope
from governance.policy.vocabulary import Operation, Role, SubjectKind
from registry.gate import opening as gate
from tests.builders import Company, a_person
from tests.crm.console.conftest import At

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])


@pytest.fixture
def sale(company: Company, now: datetime) -> UUID:
    lead = a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management",
                    role=Role.SALES, now=now)  # fmt: skip
    with gate.open(
        company.actor(Role.SALES), "lead_management", Operation.CREATE, subjects=lead, now=now
    ) as access:
        hope = Hope("Impianto", Decimal(1000), probability=40)
        made: UUID = opportunities.open_one(access, lead, hope, by=None).pk
    return made


def test_o6_a_card_is_moved_by_its_form_and_the_day_is_written(
    company: Company, sale: UUID, now: datetime, at_desk: At
) -> None:
    browser = at_desk(Role.SALES, "lead_management")
    page = unescape(browser.get(reverse("desk:board")).content.decode())
    assert "Impianto" in page
    assert "Anna Bianchi" in page
    assert "400" in page, "the forecast"
    answer = browser.post(reverse("desk:move", args=[sale]), {"stage": "won"}, follow=True)
    moved = unescape(answer.content.decode())
    assert f"to-{sale}" not in moved, "what is won has no form any more"
    with gate.open(
        company.actor(Role.SALES), "lead_management", Operation.LIST,
        subjects=OpportunityMove.objects.values_list("subject", flat=True), now=now,
    ) as access:  # fmt: skip
        events = list(access.rows(OpportunityMove).filter(opportunity=sale).order_by("at"))
    assert [event.stage for event in events] == ["new", "won"]
    assert events[-1].moved_by_id == company.staff[Role.SALES].pk


def test_o6_a_word_that_is_no_stage_moves_nothing(sale: UUID, at_desk: At) -> None:
    browser = at_desk(Role.SALES, "lead_management")
    browser.post(reverse("desk:move", args=[sale]), {"stage": "elsewhere"})
    page = unescape(browser.get(reverse("desk:board")).content.decode())
    assert f"to-{sale}" in page
