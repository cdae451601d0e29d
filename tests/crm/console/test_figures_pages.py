"""A14 at the desk: figures that are read without a script, small groups hidden, sheets without formulas."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from io import StringIO
from uuid import UUID

import pytest
from django.urls import reverse

from crm import operations as crm
from crm.models import ComplaintTheme, ImprovementAction, Product, StageGoal
from governance.policy.cases import CaseKind
from governance.policy.vocabulary import ConsentState, Operation, Role
from registry.gate import opening as gate
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At, show_every_count
from tests.crm.serving import a_case

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])


def text_of(page: object) -> str:
    return unescape(page.content.decode())  # type: ignore[attr-defined]


def sells(company: Company, subject: UUID, euros: str, now: datetime, *, number: str) -> None:
    with gate.open(
        company.actor(Role.SALES), "order_management", Operation.CREATE, subjects=subject, now=now
    ) as access:
        crm.place_order(
            access, subject=subject, number=number, ordered_on=now.date(), billing={},
            lines=[crm.Line("Lampada", Decimal(1), Decimal(euros))],
        )  # fmt: skip


@pytest.fixture
def ada(company: Company, now: datetime) -> UUID:
    return a_person(company, given="Ada", orders=[now.date() - timedelta(days=200)], now=now)


def test_a14_an_order_appears_in_the_page_that_a_browser_without_a_script_reads(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    browser, address = at_desk(Role.SALES, "order_management"), reverse("desk:sales")
    before = text_of(browser.get(address))
    assert "Orders today" in before
    assert "123.45" not in before
    sells(company, ada, "123.45", now, number="A-1")
    after = text_of(browser.get(address))
    assert "123.45 EUR" in after
    assert 'id="live" data-poll="30"' in after, "with a script it is read anew by itself"
    assert after.count("<rect") == 30
    assert after.count('<th scope="row">') == 30, "the table behind the plot has every bar"


def test_a14_no_plot_without_a_table_and_no_number_but_in_words(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    page = text_of(at_desk(Role.AGENT, "customer_care").get(reverse("desk:complaints")))
    assert page.count('role="img"') == page.count("<details><summary>As a table") == 1
    assert "There is nothing to show for this period." in page, "nobody was asked yet"


def test_a14_small_days_are_left_out_of_a_sheet_and_no_cell_is_a_formula(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    for number in range(5):
        sells(company, ada, "10.00", now, number=f"A-{number}")
    browser = at_desk(Role.SALES, "order_management")
    answer = browser.get(reverse("desk:sales"), {"as": "sheet"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert (rows[-1]["orders"], rows[-1]["total"]) == ("5", "50.00")
    sells(company, ada, "10.00", now - timedelta(days=0), number="A-9")

    Product.objects.create(controller=company.controller, code="=1+1", name="Lampada")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=ada, now=now
    ) as access:
        made = crm.place_order(
            access, subject=ada, number="B", ordered_on=now.date(), billing={},
            lines=[crm.Line("Lampada", Decimal(1), Decimal(1))],
        )  # fmt: skip
        made.lines.update(product=Product.objects.get(code="=1+1"))
        line = made.lines.get().pk
    a_case(company, ada, at=now, kind=CaseKind.COMPLAINT, order_line=line)
    sheet = at_desk(Role.AGENT, "customer_care").get(reverse("desk:complaints"), {"as": "sheet"})
    (row,) = csv.DictReader(StringIO(sheet.content.decode()))
    assert row["product"] == "'=1+1"
    assert (row["complaints"], row["rate"]) == ("", ""), "one complaint would name one person"


def test_a5_a17_from_an_alert_to_an_improvement_that_is_closed_with_two_numbers(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    browser, address = at_desk(Role.AGENT, "customer_care"), reverse("desk:complaints")
    browser.post(reverse("desk:theme"), {"title_it": "Arrivato rotto", "title_en": "Came broken"})
    theme = ComplaintTheme.objects.get().key
    for _number in range(4):
        a_case(company, ada, at=now, kind=CaseKind.COMPLAINT, theme=theme)
    page = text_of(browser.get(address))
    assert "4 complaints, where 0.1 a week is usual" in page
    said = {
        "title": "Imballo doppio", "theme": theme, "owner": str(company.staff[Role.SALES].pk),
        "due_on": str(now.date() + timedelta(days=9)),
    }  # fmt: skip
    assert "Begun, with the rate" in text_of(
        browser.post(reverse("desk:improve"), said, follow=True)
    )
    row = ImprovementAction.objects.get()
    assert (row.before, row.closed_at) == (Decimal("0.5"), None)
    close = reverse("desk:improvement_close", args=[row.pk])
    assert close in text_of(browser.get(address))
    assert "0.50 complaints a week before, 0.50 after" in text_of(browser.post(close, follow=True))
    assert browser.post(close).status_code == 409


@pytest.fixture
def customers(company: Company, now: datetime) -> list[UUID]:
    """Six who agreed to profiling and bought; the third withdrew."""
    made = []
    for number in range(6):
        days = [now.date() - timedelta(days=ago) for ago in (500, 100, 20 + number)]
        one = a_person(company, given=f"Nome{number}", orders=days, now=now)
        a_consent(company, one, purpose="profiling", at=now - timedelta(minutes=1))
        made.append(one)
    a_consent(company, made[2], purpose="profiling", state=ConsentState.WITHDRAWN, at=now)
    return made


def test_a14_the_portfolio_hides_small_counts_and_who_objected_is_not_counted(
    company: Company, customers: list[UUID], at_desk: At
) -> None:
    page = text_of(at_desk(Role.ANALYST, "profiling").get(reverse("desk:portfolio")))
    assert '<span class="quiet">Customers looked at</span> <span class="value">5</span>' in page
    assert "Counts below 5 are not shown" in page
    assert "Not counted, for the purpose does not reach them: not shown" in page
    assert "Whom to look after first" not in page, "who works with figures sees no people"
    show_every_count(company)
    page = text_of(at_desk(Role.ANALYST, "profiling").get(reverse("desk:portfolio")))
    assert "Not counted, for the purpose does not reach them: 1" in page
    sheet = at_desk(Role.ANALYST, "profiling").get(reverse("desk:portfolio"), {"as": "sheet"})
    (row,) = csv.DictReader(StringIO(sheet.content.decode()))
    assert [row[name] for name in ("came", "ordered", "repeated", "lapsed")] == ["5", "5", "5", "0"]


def test_st1_st5_a_goal_is_set_and_measured_and_who_was_not_kept_is_listed_for_who_may_see_people(
    company: Company, customers: list[UUID], now: datetime, at_desk: At
) -> None:
    show_every_count(company)
    lost = a_person(company, orders=[now.date() - timedelta(days=ago) for ago in (35, 30)], now=now)
    a_consent(company, lost, purpose="profiling", at=now)
    span = {"since": str(now.date() - timedelta(days=19)), "until": str(now.date())}
    browser = at_desk(Role.MARKETING, "profiling")
    goal = {**span, "measure": "retention_rate", "target": "80"}
    page = text_of(browser.post(reverse("desk:goal"), goal, follow=True))
    assert "The goal is set." in page
    assert StageGoal.objects.get().target == Decimal("0.8")
    assert "80.0 %" in page
    assert reverse("desk:person", args=[lost]) in page
    assert "silent for 30 days, usually 5" in page
    assert reverse("desk:person", args=[customers[0]]) not in page, "who is only slow is not"
    for wrong in ({"target": "molti"}, {"target": "101"}, {"measure": "luck"}):
        assert browser.post(reverse("desk:goal"), goal | wrong).status_code == 422
    assert at_desk(Role.ANALYST, "profiling").post(reverse("desk:goal"), goal).status_code == 422
