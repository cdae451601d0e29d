"""The page of a person at the desk: what it shows, covers, says of permissions, and records."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from crm import operations as crm
from crm.console.masks import Because
from crm.models import Contact
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Role
from registry import consent, restriction
from registry.gate import opening as gate
from registry.gate import permissions
from registry.gate.disclosing import To
from registry.gate.permissions import Standing
from tests.builders import NOW, Company, a_consent, a_person, an_interaction
from tests.crm.console.conftest import At
from tests.crm.console.entries import newest
from tests.crm.serving import a_case

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])
CODE = "BNCNNA80A41F205X"


@pytest.fixture
def anna(company: Company, now) -> UUID:
    anna = a_person(company, phone="+39 347 555 0101", orders=[timezone.localdate(now)], now=now)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=anna, now=now
    ) as access:
        contact = access.rows(Contact).get()
        contact.fiscal_code = CODE
        contact.save(update_fields=["fiscal_code"])
    an_interaction(company, anna, body="La lampada non si accende", at=now)
    return anna


def page_of(person: UUID) -> str:
    return reverse("desk:person", args=[person])


def test_o11_opening_a_person_leaves_an_entry_with_role_and_purpose(
    company: Company,
    anna: UUID,
    at_desk: At,
) -> None:
    page = at_desk(Role.AGENT, "order_management").get(page_of(anna))
    assert page.status_code == 200
    for shown in ("Anna Bianchi", "+39 347 555 0101", "La lampada non si accende", "Bianchi-1"):
        assert shown in page.text
    entry = newest(company)
    assert (entry["act"], entry["purpose"]) == ("data.read", "order_management")
    assert entry["actor"]["role"] == "agent"
    assert "crm.Contact.given_name" in entry["fields"]
    assert CODE not in page.text, "covered until somebody says why"
    assert "crm.Contact.fiscal_code" not in entry["fields"]


def test_o11_a_restricted_person_has_a_banner_and_covered_fields(
    company: Company,
    anna: UUID,
    at_desk: At,
    now,
) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=now
    ) as access:
        restriction.place(access, subject=anna, ground="a", at=now - timedelta(minutes=1))
    page = at_desk(Role.AGENT, "order_management").get(page_of(anna))
    assert page.status_code == 403
    assert 'class="banner limited"' in page.text
    assert page.text.count("••••••••") == 3
    for hidden in ("Anna", "Bianchi", "347", "lampada"):
        assert hidden not in page.text
    assert "Work for another purpose" in page.text, "a way on"
    entry = newest(company)
    assert (entry["act"], entry["reason"]) == ("access.refused", "restricted")
    assert (entry["purpose"], entry["actor"]["role"]) == ("order_management", "agent")


def test_a_purpose_shows_what_it_needs_and_no_more(anna: UUID, at_desk: At) -> None:
    care = at_desk(Role.AGENT, "customer_care").get(page_of(anna)).text
    assert "Tax code" not in care
    assert "Fiscal code" not in care
    orders = at_desk(Role.AGENT, "order_management").get(page_of(anna)).text
    assert "Fiscal code and national identifiers" in orders


def test_a_covered_value_is_shown_with_a_reason_that_is_recorded(
    company: Company,
    anna: UUID,
    at_desk: At,
) -> None:
    browser, address = at_desk(Role.AGENT, "order_management"), reverse("desk:uncover", args=[anna])
    assert CODE not in browser.get(f"{address}?what=national_id").text
    unsaid = browser.post(address, {"category": "national_id", "because": ""})
    assert unsaid.status_code == 422
    assert CODE not in unsaid.text
    shown = browser.post(address, {"category": "national_id", "because": Because.INVOICE})
    assert CODE in shown.text
    assert "Anna" not in shown.text
    entry = newest(company)
    assert (entry["act"], entry["reason"]) == ("data.read", "uncovered.invoice")
    assert entry["fields"] == ["crm.Contact.fiscal_code", "crm.Contact.vat_number"]
    assert CODE not in str(entry)


@pytest.mark.parametrize("what", ["name", "birth", "nothing"])
def test_nothing_else_is_uncovered(anna: UUID, at_desk: At, what: str) -> None:
    browser, address = at_desk(Role.AGENT, "order_management"), reverse("desk:uncover", args=[anna])
    said = {"category": what, "because": Because.IDENTITY}
    assert browser.post(address, said).status_code in {403, 404}


def test_nobody_has_a_page_of_their_own_making(at_desk: At) -> None:
    page = at_desk(Role.AGENT, "order_management").get(page_of(uuid4()))
    assert page.status_code == 404
    assert "••••" not in page.text


def test_the_history_is_filtered_and_goes_on(
    company: Company, anna: UUID, at_desk: At, now
) -> None:
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=now
    ) as access:
        for n in range(30):
            crm.record_interaction(
                access, subject=anna, channel=Channel.EMAIL, direction="in", topic="Domanda",
                occurred_at=now - timedelta(days=n + 1), body=f"Messaggio {n:02}",
            )  # fmt: skip
    browser = at_desk(Role.AGENT, "order_management")
    first = browser.get(page_of(anna)).text
    assert "Messaggio 00" in first
    assert "Messaggio 29" not in first
    older = first.split("before=")[1].split('"')[0].replace("&amp;", "&")
    assert "Messaggio 29" in browser.get(f"{page_of(anna)}?before={older}").text
    orders = browser.get(f"{page_of(anna)}?show=order").text
    assert "Bianchi-1" in orders
    assert "Messaggio" not in orders


# Permissions


def permissions_of(company: Company, person: UUID, role: Role, purpose: str, now):
    with gate.open(
        company.actor(role), purpose, Operation.READ, subjects=person, now=now
    ) as access:
        found = permissions.of(access, person, channels=(Channel.EMAIL, Channel.SMS))
    return {(p.purpose, p.channel): p for p in found}


def test_the_permissions_are_the_decisions_of_the_gate(company: Company) -> None:
    now = NOW  # a Monday morning: an hour at which people may be reached
    anna = a_person(company, orders=[timezone.localdate(now)], now=now)
    a_consent(company, anna, at=now - timedelta(hours=2))
    said = {"channel": Channel.SMS, "state": ConsentState.REFUSED}
    a_consent(company, anna, **said, at=now - timedelta(hours=1))
    found = permissions_of(company, anna, Role.AGENT, "customer_care", now)
    assert {key: p.standing for key, p in found.items()} == {
        ("customer_care", None): Standing.ALLOWED,
        ("order_management", None): Standing.ALLOWED,
        ("birthday", Channel.EMAIL): Standing.NEEDS,
        ("birthday", Channel.SMS): Standing.NEEDS,
        ("newsletter", Channel.EMAIL): Standing.ALLOWED,
        ("newsletter", Channel.SMS): Standing.REFUSED,
    }
    for (purpose, channel), permission in found.items():
        role = Role.MARKETING if channel else Role.AGENT
        try:
            with gate.open(
                company.actor(role), purpose, Operation.SEND, subjects=anna, now=now,
                channel=channel or Channel.EMAIL, offers_opt_out=True, recipient=To.THE_PERSON,
            ):  # fmt: skip
                decided = None
        except gate.GateRefusedError as refused:
            decided = refused.refusal
        assert permission.refusal == decided, purpose


def test_why_and_since_when_is_told_to_those_who_act_for_the_purpose(
    company: Company,
    anna: UUID,
    now,
) -> None:
    a_consent(company, anna, at=now - timedelta(hours=2))
    agents = permissions_of(company, anna, Role.AGENT, "customer_care", now)
    assert agents["newsletter", Channel.EMAIL].since is None
    assert not agents["newsletter", Channel.EMAIL].may_ask_why
    marketing = permissions_of(company, anna, Role.MARKETING, "newsletter", now)
    assert marketing["newsletter", Channel.EMAIL].since == now - timedelta(hours=2)
    assert marketing["newsletter", Channel.EMAIL].said is ConsentState.GIVEN


def test_an_objection_and_no_word_at_all_are_told_apart(company: Company, anna: UUID, now) -> None:
    before = permissions_of(company, anna, Role.AGENT, "customer_care", now)
    assert before["newsletter", Channel.EMAIL].standing is Standing.NEEDS
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=now
    ) as access:
        consent.object_to(access, subject=anna, at=now - timedelta(minutes=1))
    after = permissions_of(company, anna, Role.AGENT, "customer_care", now)
    assert after["newsletter", Channel.EMAIL].standing is Standing.REFUSED


# Searching


@pytest.mark.parametrize("words", ["anna.bianchi@example.it", "+39 347 5550101", "Bianchi Ann"])
def test_one_person_found_is_opened_and_the_words_stay_in_the_body(
    anna: UUID,
    at_desk: At,
    words: str,
) -> None:
    answer = at_desk(Role.AGENT, "customer_care").post(reverse("desk:search"), {"q": words})
    assert answer["Location"] == page_of(anna)


def test_several_are_listed_and_those_who_may_not_be_used_are_counted(
    company: Company,
    anna: UUID,
    at_desk: At,
    now,
) -> None:
    a_person(company, given="Carla", orders=[timezone.localdate(now)], now=now)
    dora = a_person(company, given="Dora", orders=[timezone.localdate(now)], now=now)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=dora, reference=dora, now=now
    ) as access:
        restriction.place(access, subject=dora, ground="a", at=now - timedelta(minutes=1))
    page = at_desk(Role.AGENT, "customer_care").post(reverse("desk:search"), {"q": "Bianchi"})
    assert "2 people found" in page.text
    assert "Anna Bianchi" in page.text
    assert "Carla Bianchi" in page.text
    assert "Dora" not in page.text
    assert "1 more may not be used" in page.text


@pytest.mark.parametrize("words", ["", " ,;- "])
def test_nothing_is_searched_for_nothing(at_desk: At, words: str) -> None:
    page = at_desk(Role.AGENT, "customer_care").post(reverse("desk:search"), {"q": words})
    assert page.status_code == 200
    assert "found" not in page.text.split("<main")[1].split("Write a name")[0]


def test_f2_order_case_call_and_campaign_are_on_one_page_in_order_of_time(
    company: Company, anna: UUID, at_desk: At, now
) -> None:
    a_consent(company, anna, at=now - timedelta(hours=3))
    with gate.open(
        company.actor(Role.MARKETING), "newsletter", Operation.SEND, subjects=anna,
        channel=Channel.EMAIL, recipient=To.THE_PERSON, offers_opt_out=True,
        now=now - timedelta(minutes=5),
    ):  # fmt: skip
        pass
    agent = company.actor(Role.AGENT)
    with gate.open(agent, "customer_care", Operation.CREATE, subjects=anna, now=now) as access:
        crm.record_interaction(
            access, subject=anna, channel=Channel.PHONE, direction="in", topic="Telefonata",
            occurred_at=now - timedelta(minutes=2), body="Chiede della garanzia",
        )  # fmt: skip
    a_case(company, anna, at=now, topic="Lampada spenta")
    page = at_desk(Role.AGENT, "order_management").get(page_of(anna)).text
    told = ["Lampada spenta", "Telefonata", "Offer sent by E-mail", "Order Bianchi-1"]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    only = at_desk(Role.AGENT, "order_management").get(f"{page_of(anna)}?show=case").text
    assert "Lampada spenta" in only
    assert "Telefonata" not in only
