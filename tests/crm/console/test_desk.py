"""The desk: who may enter, for which purpose, and what stands around every page."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from crm.console import desk as console
from crm.console import purposes, shortcuts
from governance.policy.vocabulary import Role
from governance.portal.roles import TABLE, May, Page
from tests.builders import Company, amend
from tests.crm.console.conftest import At

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_nobody_enters_without_a_login() -> None:
    answer = Client().get(reverse("desk:home"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("role", list(TABLE))
def test_roles_that_work_with_people_have_a_desk_and_no_other(role: Role, at_desk: At) -> None:
    expected = 200 if role in console.COMES_TO_IT else 403
    assert at_desk(role).get(reverse("desk:purpose")).status_code == expected
    assert (TABLE[role][Page.DESK] is May.VIEW) == (expected == 200)


def test_who_needs_a_second_factor_enrols_it_first(company: Company) -> None:
    browser = Client()
    browser.force_login(
        company.staff[Role.MANAGER], backend="django.contrib.auth.backends.ModelBackend"
    )
    assert browser.get(reverse("desk:home"))["Location"] == reverse("mfa_activate_totp")


def test_a_purpose_is_chosen_before_anything_is_shown(at_desk: At) -> None:
    browser = at_desk(Role.AGENT)
    asked = browser.get(reverse("desk:home"))
    assert asked["Location"] == f"{reverse('desk:purpose')}?next=%2Fdesk%2F"
    page = browser.get(asked["Location"])
    offered = re.findall(r'name="purpose" value="(\w+)"', page.text)
    assert {"customer_care", "lead_management", "order_management"} <= set(offered)
    assert "newsletter" not in offered
    chosen = browser.post(
        reverse("desk:purpose"), {"purpose": "customer_care", "next": reverse("desk:keyboard")}
    )
    assert chosen["Location"] == reverse("desk:keyboard")
    assert "Customer care" in browser.get(reverse("desk:home")).text


@pytest.mark.parametrize("key", ["newsletter", "nothing", ""])
def test_a_purpose_of_another_role_is_not_taken(at_desk: At, key: str) -> None:
    browser = at_desk(Role.AGENT)
    answer = browser.post(reverse("desk:purpose"), {"purpose": key})
    assert answer.status_code == 422
    assert purposes.CHOSEN not in browser.session


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/desk/", "/admin/"])
def test_the_choice_leads_nowhere_else(at_desk: At, elsewhere: str) -> None:
    said = {"purpose": "customer_care", "next": elsewhere}
    assert at_desk(Role.AGENT).post(reverse("desk:purpose"), said)["Location"] == "/desk/"


def test_the_only_purpose_needs_no_choice() -> None:
    request = RequestFactory().get("/desk/")
    request.session = {}
    one, other = (purposes.Offered(key, key, "") for key in ("newsletter", "loyalty"))
    assert purposes.chosen(request, [one]) == one
    assert purposes.chosen(request, [one, other]) is None
    assert purposes.chosen(request, []) is None


def test_a_purpose_ends_with_its_place_in_the_register(company: Company, at_desk: At) -> None:
    browser = at_desk(Role.AGENT, "customer_care")
    assert browser.get(reverse("desk:home")).status_code == 200
    amend(company, "customer_care", now=timezone.now(), roles=["manager", "system"])
    assert browser.get(reverse("desk:home")).status_code == 302


@pytest.mark.parametrize(("language", "word"), [("it", "Il mio lavoro"), ("en", "My work")])
def test_what_stands_around_every_page(at_desk: At, language: str, word: str) -> None:
    with translation.override(language):
        page = at_desk(Role.AGENT, "customer_care", language=language).get(reverse("desk:home"))
    assert f'<html lang="{language}">' in page.text
    assert word in page.text
    assert page["Cache-Control"] == "no-store"
    assert 'href="#content"' in page.text
    assert "style=" not in page.text
    assert re.findall(r"<script(?! src=)", page.text) == []


def test_the_key_of_the_search_is_changed_or_off(at_desk: At) -> None:
    browser = at_desk(Role.AGENT, "customer_care")
    assert 'data-search-key="/"' in browser.get(reverse("desk:keyboard")).text
    for key in ("s", ""):
        assert browser.post(reverse("desk:keyboard"), {"key": key}).status_code == 302
        page = browser.get(reverse("desk:keyboard")).text
        assert (f'data-search-key="{key}"' in page) == bool(key)
    assert shortcuts.KEPT in browser.session
