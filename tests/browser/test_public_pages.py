"""Every page that the public sees, in both languages, wide and narrow."""

import pytest
from playwright.sync_api import Page

from governance.policy.vocabulary import Right
from tests.browser.looking import NARROW, WIDE, Look
from tests.browser.world import World

HOME = "/c/acme/"
PLAIN = {
    "start": "/",
    "home": HOME,
    "which": f"{HOME}request/",
    "case": f"{HOME}case/",
    "help": f"{HOME}help/",
    "privacy": f"{HOME}privacy/",
    "accessibility": f"{HOME}accessibility/",
}
MAIN = "button.main"
BOTH = (WIDE, NARROW)


@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_of_one_look(look: Look, language: str) -> None:
    page = look.window(language)
    for name, path in PLAIN.items():
        look.visit(page, path, name)
        look.check(page, name, language)
    refused = {"no-company": ("/c/nobody/", 404), "no-right": (f"{HOME}request/forgetting/", 400)}
    for name, (path, status) in refused.items():
        look.visit(page, path, name, status=status)
        look.check(page, name, language)
    assert look.problems == []
    assert look.seen == [*PLAIN, *refused]


@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_behind_a_persons_links(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    for name, path in world.links.items():
        look.visit(page, path, name)
        if name == "preferences":
            page.locator("summary").click()
        look.check(page, name, language)
    look.visit(page, f"{HOME}preferences/x/", "link-ended", status=404)
    look.check(page, "link-ended", language)
    assert look.problems == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_people_see_their_case_with_reference_and_code(
    look: Look, world: World, language: str
) -> None:
    page = look.window(language)
    for name, (reference, code) in world.cases.items():
        look.visit(page, f"{HOME}case/", f"{name}-ask")
        page.fill("#id_reference", reference)
        page.fill("#id_code", code)
        look.submit(page)
        look.check(page, name, language)
        assert page.locator(".reference").inner_text() == reference
        assert page.url == f"{look.origin}{HOME}case/"
    look.visit(page, f"{HOME}case/", "case-wrong")
    page.fill("#id_reference", reference)
    page.fill("#id_code", "0" * 52)
    look.expect_refusal(page)
    page.locator(MAIN).click()
    look.check(page, "case-wrong", language)
    assert page.locator(".summary:focus").count() == 1
    assert look.problems == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_step_of_every_right(look: Look, language: str) -> None:
    page = look.window(language)
    for right in Right:
        look.visit(page, f"{HOME}request/{right}/", f"{right}-who")
        _steps(look, page, right, language)
    page.locator(MAIN).click()
    look.check(page, "sent", language)
    assert page.locator(".reference").inner_text().count("-") == 3
    assert look.problems == []
    assert len(look.seen) == 3 * len(Right) + 1


def _steps(look: Look, page: Page, right: str, language: str) -> None:
    widths = BOTH if right == Right.ACCESS else (NARROW,)
    look.check(page, f"{right}-who", language, judged_at=widths)
    page.fill("#id_name", "Anna Bianchi")
    page.fill("#id_email", "anna.bianchi@example.it")
    page.locator(MAIN).click()
    look.check(page, f"{right}-details", language, judged_at=widths)
    page.fill("#id_details", "Il mio cognome è Bianchi, non Bianco.")
    page.locator(MAIN).click()
    look.check(page, f"{right}-check", language, judged_at=widths)


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(look: Look, language: str) -> None:
    page = look.window(language)
    for name, path in {"which-wrong": "request/", "who-wrong": "request/rectification/"}.items():
        look.visit(page, f"{HOME}{path}", name)
        look.expect_refusal(page)
        page.locator(MAIN).click()
        look.check(page, name, language)
        assert page.locator(".summary:focus").count() == 1
        page.locator(".summary a").first.click()
        assert page.locator(".wrong input:focus").count() == 1
    page.fill("#id_name", "Anna")
    page.fill("#id_email", "anna@example.it")
    page.locator(MAIN).click()
    page.locator(MAIN).click()
    look.check(page, "details-wrong", language)
    assert look.problems == []


def test_the_language_is_changed_by_its_button(look: Look) -> None:
    page = look.window("it")
    look.visit(page, f"{HOME}privacy/", "privacy")
    page.get_by_role("button", name="English").click()
    look.check(page, "privacy-changed", "en")
    assert page.url == f"{look.origin}{HOME}privacy/"
    assert page.locator("h1").inner_text() == "Privacy notice"
    assert look.problems == []
