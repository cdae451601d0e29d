"""ST3, ST7, ST9, ST11 at the desk: the programme, a member, offers and needs."""

from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from crm.loyalty import ledger, programmes
from crm.models import Contact, LoyaltyProgramme, Offer
from crm.scores import running
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At
from tests.crm.loyal import a_programme, bought, held

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])

TYPED = {
    "title_it": "Amici", "title_en": "Friends", "terms_it": "Un punto per euro.",
    "terms_en": "A point for each euro.", "purpose": "loyalty", "currency": "EUR",
    "points_per_unit": "1", "referral_points": "0", "referral_form": "",
    "tier.0.title_it": "Base", "tier.0.title_en": "Base", "tier.0.points": "0",
    "tier.1.title_it": "Oro", "tier.1.title_en": "Gold", "tier.1.points": "500",
    "tier.1.days": "90", "reward.0.title_it": "Borsa", "reward.0.title_en": "Bag",
    "reward.0.points": "60",
}  # fmt: skip


@pytest.fixture
def lea(company: Company, now: datetime) -> UUID:
    return a_person(company, given="Lea", now=now, orders=[now.date()])


def test_st9_a_programme_is_written_by_one_and_approved_by_another(
    company: Company, at_desk: At
) -> None:
    marketing, manager = at_desk(Role.MARKETING), at_desk(Role.MANAGER)
    address = reverse("desk:loyalty")
    wrong = marketing.post(address, TYPED | {"purpose": "newsletter"})
    assert wrong.status_code == 422
    assert "rests on a contract" in unescape(wrong.content.decode())
    wrong = marketing.post(address, TYPED | {"tier.0.points": "x", "title_en": "Kept words"})
    assert "the first asks for nothing" in unescape(wrong.content.decode())
    assert "Kept words" in wrong.content.decode()
    assert marketing.post(address, TYPED).status_code == 302
    (draft,) = LoyaltyProgramme.objects.all()
    approve = reverse("desk:loyalty_approve", args=[draft.pk])
    assert marketing.post(approve).status_code >= 400
    assert programmes.in_force(company.controller.pk) is None
    assert manager.post(approve).status_code == 302
    found = programmes.in_force(company.controller.pk)
    assert found
    assert [one["key"] for one in found.definition["tiers"]] == ["base", "gold"]
    assert at_desk(Role.AGENT).get(address).status_code == 403


def test_st9_an_agent_lets_a_person_join_and_corrects_by_a_line(
    company: Company, lea: UUID, now: datetime, at_desk: At
) -> None:
    browser = at_desk(Role.AGENT, "customer_care")
    address, act = (reverse(f"desk:{name}", args=[lea]) for name in ("member", "member_act"))
    assert "no loyalty programme" in browser.get(address).content.decode()
    programme = a_programme(company, now=now)
    assert "A point for each euro." in browser.get(address).content.decode()
    assert browser.post(act, {"do": "join"}).status_code == 400, "without the terms"
    assert browser.post(act, {"do": "join", "terms": "1"}).status_code == 302
    later = now + timedelta(minutes=1)
    bought(company, lea, "N-1", "90.00", now=later)
    ledger.earn(programme, now=later)
    (line,) = held(company, lea, now=later)["lines"]
    said = {"do": "correct", "line": str(line.pk), "points": "-20", "because": "mistake"}
    browser.post(act, said)
    page = unescape(
        browser.post(act, {"do": "redeem", "reward": "bag"}, follow=True).content.decode()
    )
    assert "Handed out, by the code" in page
    assert "a mistake was put right" in page
    assert held(company, lea, now=later)["account"].balance == 10
    assert browser.post(act, {**said, "points": "x"}).status_code == 404
    browser.post(act, {"do": "leave"})
    assert "not a member" in browser.get(address).content.decode()


def test_st9_a_role_that_does_not_act_for_the_purpose_sees_no_points(
    company: Company, lea: UUID, now: datetime, at_desk: At
) -> None:
    a_programme(company, now=now)
    page = at_desk(Role.FIELD_AGENT, "field_service").get(reverse("desk:member", args=[lea]))
    assert "no loyalty programme for a purpose of your role" in page.content.decode()


def test_st11_the_page_of_a_person_shows_which_offers_answer_which_need(
    company: Company, lea: UUID, now: datetime, at_desk: At
) -> None:
    marketing = at_desk(Role.MARKETING, "profiling")
    typed = {
        "title_it": "Lampadine", "title_en": "Bulbs", "kind": "sale", "needs": "light, home",
        "margin": "3,50", "starts_on": now.date().isoformat(),
    }  # fmt: skip
    new = reverse("desk:offer_new")
    assert marketing.post(new, typed | {"margin": "x"}).status_code == 422
    assert marketing.post(new, typed).status_code == 302
    (offer,) = Offer.objects.all()
    at_desk(Role.MANAGER).post(reverse("desk:offer_act", args=[offer.pk]), {"do": "approve"})
    assert "Bulbs" in at_desk(Role.AGENT).get(reverse("desk:offers")).content.decode()
    a_consent(company, lea, purpose="profiling", at=now)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=lea, reference=lea, now=now
    ) as access:
        (contact,) = access.rows(Contact)
        contact.interests = "light, cooking"
        contact.save()
    page = " ".join(marketing.get(reverse("desk:person", args=[lea])).content.decode().split())
    assert "<dt>light</dt><dd>Bulbs</dd>" in page
    assert "<dt>cooking</dt><dd>no offer yet</dd>" in page
    care = at_desk(Role.AGENT, "customer_care").get(reverse("desk:person", args=[lea]))
    assert "Bulbs" not in care.content.decode(), "care does not know what was declared"


def test_st3_offers_stand_beside_the_proposal_with_their_reasons(
    company: Company, lea: UUID, now: datetime, at_desk: At
) -> None:
    from crm.offers import ranking
    from tests.crm.test_offers import an_offer, interested

    for purpose in ("profiling", "newsletter"):
        a_consent(company, lea, purpose=purpose, at=now)
    interested(company, lea, "light")
    an_offer(company, "bulbs", "light")
    since = now.date() - timedelta(days=900)
    running.run_churn(system(company.controller.pk), "profiling", since=since, now=now)
    ranking.run(system(company.controller.pk), "profiling", since=since, now=now)
    page = at_desk(Role.MANAGER, "customer_care").get(reverse("desk:next", args=[lea]))
    assert "Offer bulbs" in page.content.decode()
    assert "Answers a need that the person declared." in page.content.decode()
