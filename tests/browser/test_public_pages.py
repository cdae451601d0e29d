"""Every page that the public sees, in both languages, wide and narrow."""

import pytest
from django.conf import settings
from playwright.sync_api import Page

from dsar.portal.limits import REQUESTS_NAMING
from governance.policy.vocabulary import Right
from tests.browser.looking import NARROW, Look
from tests.browser.world import World
from tests.portal.flooding import post

HOME = "/c/acme/"
PLAIN = {
    "start": "/",
    "home": HOME,
    "which": f"{HOME}request/",
    "case": f"{HOME}case/",
    "help": f"{HOME}help/",
    "privacy": f"{HOME}privacy/",
    "accessibility": f"{HOME}accessibility/",
    "web-form": f"{HOME}forms/contatto/",
    "own-ask": f"{HOME}yours/",
}
MAIN = "button.main"


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
            for more in page.locator("summary").all():
                more.click()
        look.check(page, name, language)
    look.visit(page, f"{HOME}preferences/x/", "link-ended", status=404)
    look.check(page, "link-ended", language)
    assert look.problems == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_page_of_ones_own(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    look.visit(page, PLAIN["own-ask"], "own-wrong")
    look.expect_refusal(page)
    page.locator(MAIN).click()
    look.check(page, "own-wrong", language)
    page.locator("#id_email").fill("nobody@example.it")
    page.locator(MAIN).click()
    look.check(page, "own-sent", language)
    look.visit(page, world.links["own"], "own-closed")
    page.locator(MAIN).click()
    for closed in page.locator("details").all():
        closed.locator("summary").click()
    look.check(page, "own-page", language)
    assert "TRK-7781" in page.content()
    look.expect_refusal(page)
    page.locator("section:has(#new) button.main").click()
    look.check(page, "own-page-wrong", language)
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
        for letter in page.locator("summary").all():
            letter.click()
        look.check(page, name, language)
        assert page.locator(".reference").first.inner_text() == reference
        assert page.locator("section").count() == (2 if name == "case-several" else 1)
        assert page.locator(".letter").count() == (1 if name == "case-refused" else 0)
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
def test_people_add_to_their_case_and_take_it_back(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    reference, code = world.cases["case-several"]
    look.visit(page, f"{HOME}case/", "case-to-add")
    page.fill("#id_reference", reference)
    page.fill("#id_code", code)
    look.submit(page)
    look.expect_refusal(page, f"{HOME}case/message/")
    page.locator("form[action$='/message/'] button").click()
    look.check(page, "message-wrong", language)
    assert page.locator(".summary:focus").count() == 1
    page.fill("#id_words", "Anche il numero di casa è sbagliato.")
    page.locator(MAIN).click()
    look.check(page, "message-sent", language)
    page.locator("main button.link").click()
    page.locator("form[action$='/withdrawal/'] button").last.click()
    look.check(page, "withdrawal", language)
    page.locator(MAIN).click()
    look.check(page, "withdrawal-sent", language)
    assert look.problems == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_each_right_is(look: Look, language: str) -> None:
    page = look.window(language)
    for right in Right:
        look.visit(page, f"{HOME}rights/{right}/", f"about-{right}")
        look.check(page, f"about-{right}", language, judged_at=[NARROW])
    assert look.problems == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_step_of_every_right(look: Look, language: str) -> None:
    """All rights at once, for somebody else: every page that there is."""
    page = look.window(language)
    look.visit(page, f"{HOME}request/", "rights")
    for box in page.locator("input[name=right]").all():
        box.check()
    _next(look, page, "rights", language)
    page.check("input[value=deceased]")
    _next(look, page, "whom", language)
    page.fill("#id_person", "Aldo Bianchi")
    page.fill("#id_relation", "Era mio padre; sono la sua erede.")
    _next(look, page, "person", language)
    page.fill("#id_name", "Anna Bianchi")
    page.fill("#id_email", "anna.bianchi@example.it")
    _next(look, page, "who", language)
    for _right in Right:
        if page.locator("input[value=both]").count():
            page.check("input[value=both]")
        page.fill("#id_details", "Il mio cognome è Bianchi, non Bianco.")
        name = page.locator(MAIN).get_attribute("value")
        assert name is not None
        _next(look, page, name, language)
    _next(look, page, "check", language)
    look.check(page, "sent", language)
    assert page.locator(".reference").inner_text().count("-") == 3
    assert look.problems == []
    assert len(look.seen) == len(Right) + 6


def _next(look: Look, page: Page, name: str, language: str) -> None:
    look.check(page, name, language)
    page.locator(MAIN).click()


@pytest.mark.parametrize("language", ["it", "en"])
def test_what_is_wrong_takes_the_focus_and_leads_to_its_field(look: Look, language: str) -> None:
    page = look.window(language)
    look.visit(page, f"{HOME}request/", "rights-wrong")
    look.expect_refusal(page)
    answers = {
        "rights": lambda: page.check("input[value=objection]"),
        "whom": lambda: page.check("input[value=mandate]"),
        "person": lambda: (page.fill("#id_person", "Aldo"), page.fill("#id_relation", "Procura")),
        "who": lambda: (page.fill("#id_name", "Anna"), page.fill("#id_email", "anna@example.it")),
        "details": lambda: page.check("input[value=other]"),
    }
    for name, answer in answers.items():
        if name == "whom":  # for oneself is chosen already, so nothing can be missing
            answer()
            page.locator(MAIN).click()
            continue
        page.locator(MAIN).click()
        look.check(page, f"{name}-wrong", language)
        assert page.locator(".summary:focus").count() == 1
        page.locator(".summary a").first.click()
        assert page.locator(".wrong input:focus, .wrong textarea:focus").count() == 1
        answer()
        page.locator(MAIN).click()
    assert page.locator("#id_details_error").count() == 1  # another use needs a reason
    assert page.is_checked("input[value=other]")
    assert look.problems == []


def test_the_language_is_changed_by_its_button(look: Look) -> None:
    page = look.window("it")
    look.visit(page, f"{HOME}privacy/", "privacy")
    page.get_by_role("button", name="English").click()
    look.check(page, "privacy-changed", "en")
    assert page.url == f"{look.origin}{HOME}privacy/"
    assert page.locator("h1").inner_text() == "Privacy notice"
    assert look.problems == []


def test_who_asks_too_often_reads_when_and_how_else(look: Look) -> None:
    port, victim = int(look.origin.rsplit(":", 1)[1]), "too.often@example.it"
    key = settings.SECRET_KEY
    answers = [post(port, "127.0.0.1", key, victim) for _n in range(REQUESTS_NAMING.most)]
    assert answers == [200] * REQUESTS_NAMING.most
    for language in ("it", "en"):
        page = look.window(language)
        look.visit(page, f"{HOME}request/access/", "once-more")
        page.locator(MAIN).click()  # for oneself, which is chosen
        page.fill("#id_name", "Anna Bianchi")
        page.fill("#id_email", victim)
        page.locator(MAIN).click()
        page.locator(MAIN).click()
        look.expect_refusal(page)
        page.locator(MAIN).click()
        look.check(page, "too-often", language)
        assert page.locator("a[href^='mailto:']").count() == 1
    assert look.problems == []
