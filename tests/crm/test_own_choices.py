"""ST8, ST9, ST10, A24: what people choose on the page of their own, each apart from the others."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from crm.campaigns import birthdays
from crm.loyalty import ledger
from crm.models import BirthdayGreeting, Contact, ReferralLink
from crm.offers import operations as offers
from crm.offers.operations import NewOffer
from crm.workflows import versions
from crm.workflows.versions import Titles
from dsar import intake
from governance.policy.offering import OfferKind
from governance.policy.vocabulary import Role
from registry.models import ConsentEvent
from tests.builders import Company, a_company, a_consent, a_person
from tests.crm.loyal import a_programme, bought, held
from tests.crm.test_own_page import looked, shown, the_page_of
from tests.crm.webforms import a_form


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


def rows_of(company: Company, subject: UUID, model: Any) -> list[Any]:
    return looked(company, subject, lambda access: list(access.rows(model)))


def test_st9_a_person_joins_with_the_terms_alone_and_sees_every_line(
    company: Company, visitor: Client, now: datetime
) -> None:
    programme = a_programme(company, now=now)
    anna = a_person(company, now=now, orders=[now.date()])
    page = the_page_of(company, visitor, "anna.bianchi@example.it")
    assert "A point for each euro." in shown(visitor.post(page, {"do": "show"}))
    refused = visitor.post(page, {"do": "join"})
    assert "terms of the programme were not accepted" in shown(refused, 400)
    joined = shown(visitor.post(page, {"do": "join", "terms": "1"}))
    assert "You agreed to nothing else by it." in joined
    assert rows_of(company, anna, ConsentEvent) == []
    bought(company, anna, "N-1", "120.00", now=timezone.now())
    ledger.earn(programme, now=timezone.now())
    answer = shown(visitor.post(page, {"do": "redeem", "reward": "bag"}))
    (code,) = re.findall(r"Show this code to have your reward: (\w{10})", answer)
    assert code == held(company, anna, now=timezone.now())["lines"][-1].code
    assert "+120, An order" in answer
    assert "-60, A reward: Bag" in answer
    assert "Your membership has ended." in shown(visitor.post(page, {"do": "leave"}))


def test_st8_the_link_is_the_persons_own_and_asks_for_nobody(
    company: Company, visitor: Client, now: datetime
) -> None:
    form = a_form(company)
    a_programme(company, now=now, referral_points=50, referral_form=form.slug)
    anna = a_person(company, now=now, orders=[now.date()])
    page = the_page_of(company, visitor, "anna.bianchi@example.it")
    assert shown(visitor.post(page, {"do": "invite"}), 409), "members alone"
    visitor.post(page, {"do": "join", "terms": "1"})
    answer = shown(visitor.post(page, {"do": "invite"}))
    (link,) = re.findall(
        rf'href="http://testserver(/c/acme/forms/{form.slug}/\?by=[\w-]+)"', answer
    )
    assert len(rows_of(company, anna, ReferralLink)) == 1
    assert "friend" not in answer
    assert Client().get(link).status_code == 200


def test_a24_tastes_are_kept_under_an_agreement_alone(
    company: Company, visitor: Client, now: datetime
) -> None:
    anna = a_person(company, now=now, orders=[now.date()])
    page = the_page_of(company, visitor, "anna.bianchi@example.it")
    said = {"do": "tastes", "interest": ["light"], "other": "Wine, the sea", "month": "02",
            "day": "29"}  # fmt: skip
    assert "once you agree" in shown(visitor.post(page, {"do": "show"}))
    assert "you did not agree" in shown(visitor.post(page, said), 400)
    a_consent(company, anna, purpose="profiling", at=timezone.now())
    kept = shown(visitor.post(page, said))
    assert "We have noted" in kept
    assert "you did not agree" in shown(visitor.post(page, {**said, "day": "31"}), 400)
    told = looked(
        company, anna, lambda access: [(c.interests, c.birth_day) for c in access.rows(Contact)]
    )
    assert told == [("light, wine, the sea", "02-29")]


def test_st10_the_form_leads_to_a_gift_by_own_interest_and_a_code(
    company: Company, visitor: Client, now: datetime
) -> None:
    drafted = versions.load_recipes(by=company.staff[Role.MARKETING], now=now)
    (recipe,) = [one for one in drafted if one.key == "marketing_birthday"]
    versions.approve(recipe, by=company.staff[Role.MANAGER], now=now)
    for key, need in (("seeds", "gardening"), ("book", "reading")):
        new = NewOffer(
            key, Titles(key, f"A {key}"), [need], timezone.localdate(now), kind=OfferKind.GIFT
        )
        made = offers.draft(new, by=company.staff[Role.MARKETING], now=now)
        offers.approve(made.pk, by=company.staff[Role.MANAGER], now=now)
    anna = a_person(company, now=now, orders=[now.date()])
    a_consent(company, anna, purpose="birthday", at=now)
    page = the_page_of(company, visitor, "anna.bianchi@example.it")
    today = timezone.localdate()
    visitor.post(page, {"do": "tastes", "month": f"{today:%m}", "day": f"{today:%d}"})
    workflow = birthdays.in_force(company.controller.pk)
    assert workflow
    assert birthdays.mark(workflow, now=timezone.now()) == 1
    answer = shown(visitor.post(page, {"do": "tastes", "interest": ["gardening"]}))
    assert "A seeds" in answer
    assert "A book" not in answer
    refused = visitor.post(page, {"do": "gift", "gift": "book"})
    assert "not to be chosen" in shown(refused, 409)
    chosen = shown(visitor.post(page, {"do": "gift", "gift": "seeds"}))
    (greeting,) = rows_of(company, anna, BirthdayGreeting)
    assert f"Show this code to have it: {greeting.code}" in chosen
    assert greeting.chosen_on - today < timedelta(days=2)
