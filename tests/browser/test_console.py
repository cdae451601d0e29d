"""The desk in a browser: every page in both languages, by keyboard, and without a script."""

import pytest
from playwright.sync_api import Page

from tests.browser.campaigns import PURPOSE
from tests.browser.looking import Look
from tests.browser.test_portal import log_in
from tests.browser.world import World


def enter(
    look: Look, page: Page, world: World, purpose: str = "customer_care", *, who: str = ""
) -> None:
    """Log in as an agent, or somebody else, and choose a purpose, by keyboard."""
    log_in(look, page, who or world.agent)
    look.visit(page, "/desk/", "desk-purpose-asked")
    page.focus(f"[value={purpose}]")
    page.keyboard.press("Space")
    look.submit(page)
    assert page.url == f"{look.origin}/desk/"


@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_of_the_desk(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    enter(look, page, world)
    for name, path in world.desk.items():
        look.visit(page, path, f"desk-{name}")
        look.check(page, f"desk-{name}", language)
    assert look.problems == []


@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_of_marketing(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    enter(look, page, world, PURPOSE, who=world.marketing)
    for name, path in world.campaigns.items():
        look.visit(page, path, f"desk-{name}")
        look.check(page, f"desk-{name}", language)
    assert look.problems == []


def test_a_person_is_found_with_one_key_and_answered_without_the_mouse(
    look: Look, world: World
) -> None:
    page = look.window("it")
    enter(look, page, world)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search-everywhere"
    page.keyboard.type("sara.conti@example.it")
    look.submit(page)
    assert page.url == f"{look.origin}{world.desk['person']}"
    page.keyboard.press("/")
    page.keyboard.type("a/b")
    assert page.input_value("#search-everywhere") == "a/b", "inside a field the key is a sign"
    assert look.problems == []


def test_the_desk_works_without_a_script(look: Look, world: World) -> None:
    page = look.window("it", java_script_enabled=False)
    enter(look, page, world)
    look.visit(page, "/desk/inbox/", "inbox-without-script")
    with page.expect_navigation():
        page.click("a:has-text('Sara Conti')")
    page.fill("#note-body", "Richiamare domani")
    with page.expect_navigation():
        page.click("text=Conserva la nota")
    assert page.locator(".said-list .note", has_text="Richiamare domani").count() == 1
    assert look.problems == []
