"""A23, A24: what people write, what they like and whom they brought, and no more than that."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client

from crm.acquisition import referrals
from crm.models import Interaction, ReferralLink, WebForm
from crm.scores import influence
from governance.policy.actors import system
from governance.policy.categories import Category
from governance.policy.vocabulary import ConsentState, Duty, Operation, Role
from registry import findings
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import Finding
from tests.builders import NOW, Company, a_company, a_consent, a_person
from tests.crm.conversing import hear
from tests.crm.test_offers import interested
from tests.crm.webforms import a_form
from tests.registry.test_screening import IBAN, a_rule

FISCAL_CODE = "BNCNNA80A41F205U"
WRITTEN = f"Il mio IBAN è {IBAN}, il codice fiscale {FISCAL_CODE}."
TODAY = NOW.date()


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


def bodies(company: Company) -> list[str]:
    with gate.duty(system(company.controller.pk), Duty.DISCOVERY, now=NOW):
        return [str(row.body) for row in Interaction.objects.order_by("pk")]


@pytest.mark.parametrize("channel", ["email", "whatsapp", "chat", "instagram"])
def test_a23_iban_and_fiscal_code_are_masked_where_the_policy_says_so(
    company: Company, channel: str
) -> None:
    for category in (Category.BANK_ACCOUNT, Category.NATIONAL_ID):
        a_rule(company, category)
    hear(company, channel, WRITTEN)
    (body,) = bodies(company)
    assert IBAN not in body
    assert FISCAL_CODE not in body
    assert body.startswith("Il mio IBAN è ••••")


def test_a23_without_a_policy_they_are_flagged_and_a_person_is_asked(company: Company) -> None:
    hear(company, "email", WRITTEN)
    assert bodies(company) == [WRITTEN]
    findings.scan_written(company.controller.pk, now=NOW)
    found = Finding.objects.filter(place="crm.Interaction.body")
    assert set(found.values_list("category", flat=True)) >= {"bank_account", "national_id"}
    assert not any(IBAN in one.masked_sample for one in found)


def test_a23_public_pages_set_no_cookie_that_would_need_a_consent(company: Company) -> None:
    visitor = Client()
    for path in ("/", "/c/acme/", "/c/acme/yours/", "/c/acme/help-centre/"):
        assert visitor.get(path).status_code == 200
    assert set(visitor.cookies) <= {"csrftoken", "sessionid", "django_language"}


def passed_on(company: Company, subject: UUID, form: WebForm, *, came: int) -> None:
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=subject, now=NOW
    ) as access:
        token = referrals.issue(access, subject, form, until=TODAY + timedelta(days=9))
    for _n in range(came):
        referrals.arrived(form, token, now=NOW, today=TODAY)


def test_a24_influence_is_of_links_in_the_house_and_off_without_profiling(
    company: Company,
) -> None:
    form = a_form(company)
    anna, berta = (
        a_person(company, given=given, orders=[date(2026, 1, 5)]) for given in ("Anna", "Berta")
    )
    passed_on(company, anna, form, came=2)
    passed_on(company, berta, form, came=1)
    marketing = company.actor(Role.MARKETING)
    assert influence.graph(marketing, "profiling", now=NOW) == {}, "nobody agreed"
    a_consent(company, anna, purpose="profiling")
    assert influence.graph(marketing, "profiling", now=NOW) == {anna: 2}
    with pytest.raises(GateRefusedError):
        influence.graph(marketing, "newsletter", now=NOW)
    a_consent(company, anna, purpose="profiling", state=ConsentState.WITHDRAWN)
    assert influence.graph(marketing, "profiling", now=NOW) == {}
    told = {f.name for f in ReferralLink._meta.fields}
    assert not told & {"followers", "friend", "arrived", "who"}, "who came is not known"


def test_a24_tastes_are_those_a_person_declared(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 5)])
    a_consent(company, anna, purpose="profiling")
    interested(company, anna, "Light, the sea")
    with gate.open(
        company.actor(Role.MARKETING), "profiling", Operation.READ, subjects=anna, now=NOW
    ) as access:
        found = influence.of(access, anna)
    assert found == influence.Standing(("light", "the sea"), 0)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=NOW
    ) as access:
        assert influence.of(access, anna) is None
