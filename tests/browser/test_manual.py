"""The manual in a browser: by the question mark of a page, in both languages, on a phone too."""

import pytest

from tests.browser.looking import Look
from tests.browser.test_portal import log_in
from tests.browser.world import World

PAGES = {
    "contents": "/manual/",
    "with-a-list": "/manual/operator/imports/",
    "long": "/manual/dpo/requests/",
    "with-code": "/manual/integrator/connect/",
}


@pytest.mark.parametrize("language", ["it", "en"])
def test_f10_pages_of_the_manual(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    for name, path in PAGES.items():
        look.visit(page, path, f"manual-{name}")
        look.check(page, f"manual-{name}", language)
    assert look.problems == []


def test_f10_the_question_mark_leads_to_the_place_that_explains_the_page(
    look: Look, world: World
) -> None:
    page = look.window("it")
    look.visit(page, "/accounts/login/", "login")
    page.get_by_role("link", name="Aiuto su questa pagina").click()
    assert page.url == f"{look.origin}/manual/operator/signing-in/#password"
    log_in(look, page, world.agent)
    look.visit(page, "/desk/", "desk")
    page.get_by_role("link", name="Aiuto su questa pagina").click()
    assert "/manual/operator/roles-and-purposes/#" in page.url
    look.check(page, "manual-from-the-desk", "it")
    page.get_by_role("link", name="Torna al lavoro").click()
    assert page.url.startswith(f"{look.origin}/desk/")
    look.visit(page, world.pages["why"], "why")
    page.get_by_role("link", name="Aiuto su questa pagina").click()
    assert page.url == f"{look.origin}/manual/dpo/audit/#why"
    assert look.problems == []
