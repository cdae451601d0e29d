"""The help centre in a browser, and the way from a search to an article for the next one."""

import pytest
from playwright.sync_api import Page

from tests.browser.desk import COLLEAGUE
from tests.browser.looking import Look
from tests.browser.test_portal import log_in
from tests.browser.world import World
from tests.crm.articles import LAMP

HOME = "/c/acme/help-centre/"


def press(page: Page, name: str) -> None:
    """Press a button of a form, and wait for what comes after it."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name).first.click()  # an arrow comes after some


def ask(page: Page, words: str) -> None:
    page.fill("#q", words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["it", "en"])
def test_o15_pages_of_the_help_centre_without_a_script(
    look: Look, world: World, language: str
) -> None:
    page = look.window(language)
    look.visit(page, HOME, "help-centre")
    look.check(page, "help-centre", language)
    ask(page, "reset")
    look.check(page, "help-results", language)
    for name, path in (("article", f"{HOME}{language}/lampada/"), ("contact", f"{HOME}contact/")):
        look.visit(page, path, f"help-{name}")
        look.check(page, f"help-{name}", language)
    look.visit(page, f"{HOME}it/nothing/", "help-nothing", status=404)
    look.check(page, "help-nothing", language)
    assert look.problems == []
    plain = look.window(language, java_script_enabled=False)
    look.visit(plain, HOME, "help-without-script")
    ask(plain, "reset")
    assert plain.locator("h2 a").count() == 2


def test_o18_from_the_help_centre_to_an_article_for_the_next_one(look: Look, world: World) -> None:
    """Search, manual, not solved, call, the pages that were tried, case, solution, article."""
    visitor, agent, colleague = look.window("it"), look.window("it"), look.window("it")
    look.visit(visitor, HOME, "journey-home")
    press(visitor, "Ricorda le pagine che apro")
    ask(visitor, "la mia lampada non si accende più")
    follow(visitor, LAMP.title)
    press(visitor, "No, mi serve altro aiuto")
    press(visitor, "Crea un codice")
    look.check(visitor, "journey-code", "it")
    code = visitor.locator(".reference").inner_text()

    log_in(look, agent, world.agent)
    look.visit(agent, "/desk/purpose/", "journey-purpose")
    agent.check("[value=customer_care]")
    with agent.expect_navigation():
        agent.keyboard.press("Enter")
    look.visit(agent, world.desk["person"], "journey-person")
    follow(agent, "Nuova pratica")
    agent.fill("#id_topic", "Lampada spenta anche dopo Reset")
    agent.fill("#id_code", code)
    press(agent, "Apri la pratica")
    tried = agent.get_by_role("region", name="Pagine di aiuto già provate")
    assert tried.locator("li").all_inner_texts() == [LAMP.title]
    look.check(agent, "journey-case", "it")
    agent.fill("#id_solution", "Cambiato il fusibile del trasformatore.")
    press(agent, "Risolta")
    agent.fill("#article-title", "La lampada resta spenta dopo Reset")
    agent.fill("#article-body", "Stacchi la spina.\n\n- Cambi il fusibile del trasformatore.")
    press(agent, "Salva la bozza")
    press(agent, "Dallo da leggere")
    look.check(agent, "journey-article", "it")
    assert agent.get_by_role("button", name="Pubblica", exact=True).count() == 0

    log_in(look, colleague, COLLEAGUE)
    look.visit(colleague, agent.url.removeprefix(look.origin), "journey-review")
    press(colleague, "Pubblica")
    ask(visitor_home(look, visitor), "trasformatore")
    assert visitor.locator("h2 a").all_inner_texts() == ["La lampada resta spenta dopo Reset"]
    assert look.problems == []


def visitor_home(look: Look, page: Page) -> Page:
    look.visit(page, HOME, "journey-again")
    return page
