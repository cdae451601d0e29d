"""The desk in a browser: every page in both languages, by keyboard, and without a script."""

import pytest
from playwright.sync_api import Page

from tests.browser.looking import Look
from tests.browser.test_portal import log_in
from tests.browser.world import World


def enter(look: Look, page: Page, world: World, purpose: str = "customer_care") -> None:
    """Log in as an agent and choose a purpose, by keyboard."""
    log_in(look, page, world.agent)
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
