"""People use four rights by keyboard alone, from the first page to how their request stands.

Each journey is one right in one language at one width. Every page on the way has no violation that
axe knows, nothing beyond its edge, and a focus that is seen.
"""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.looking import Look
from tests.browser.test_keyboard import focus, go

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RIGHTS = ("access", "erasure", "objection", "rectification")
SHORT = {
    ("access", "it", "phone"),
    ("erasure", "en", "desktop"),
    ("objection", "it", "desktop"),
    ("rectification", "en", "phone"),
}
JOURNEYS = list(product(RIGHTS, ("it", "en"), ("desktop", "phone")))
STANDS = {"it": "La stiamo esaminando.", "en": "We are checking it."}
MAIN = "button.main"


@dataclass
class Traveller:
    """Somebody at a page, with a keyboard."""

    look: Look
    page: Page
    name: str
    language: str
    steps: int = 0

    def arrive(self) -> None:
        """Judge the page that is open."""
        self.steps += 1
        self.look.judge(self.page, f"{self.name}-{self.steps}", self.language)

    def follow(self, address: str) -> None:
        """Go to the link with this address, and open it."""
        focus(self.page, f"a[href='{address}']")
        go(self.page)
        self.arrive()

    def write(self, where: str, words: str) -> None:
        """Go to a field and type."""
        focus(self.page, where)
        self.page.keyboard.type(words)

    def go_on(self, button: str = MAIN) -> None:
        """Go to the button and press it."""
        focus(self.page, button)
        go(self.page, "Space")
        self.arrive()


def _correct(traveller: Traveller) -> None:
    traveller.write("#id_details", "Scrivete il mio cognome Russo.")
    traveller.write("#id_correct", "Rossi")


def _object(traveller: Traveller) -> None:
    focus(traveller.page, "input[name=uses]")
    traveller.page.keyboard.press("Space")
    traveller.page.keyboard.press("ArrowDown")
    assert traveller.page.locator("input[value=other]:checked:focus").count() == 1
    traveller.write("#id_details", "Non voglio che si valuti quanto compro: lavoro per voi.")


DETAILS: dict[str, Callable[[Traveller], None]] = {"rectification": _correct, "objection": _object}


def _asks(traveller: Traveller, right: str) -> tuple[str, str]:
    """Send a request; return its reference and code."""
    traveller.follow(f"/c/acme/rights/{right}/")
    traveller.follow(f"/c/acme/request/{right}/")
    traveller.go_on()  # for oneself, which is chosen
    traveller.write("#id_name", "Carla Neri")
    traveller.write("#id_email", f"{traveller.name}@example.it")
    traveller.go_on()
    if right in DETAILS:
        DETAILS[right](traveller)
    traveller.go_on()
    assert "Carla Neri" in traveller.page.locator(".answers").inner_text()
    traveller.go_on("button[value=send]")
    shown = [traveller.page.locator(f".{name}").inner_text() for name in ("reference", "code")]
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", shown[0])
    return shown[0], shown[1]


def _follows(traveller: Traveller, reference: str, code: str) -> None:
    """Open the page of the case, and write a message there."""
    page = traveller.page
    traveller.follow("/c/acme/case/")
    traveller.write("#id_reference", reference.lower())
    traveller.write("#id_code", code.replace("-", " "))
    traveller.go_on()
    assert page.locator(".reference").inner_text() == reference
    assert STANDS[traveller.language] in page.locator("main").inner_text()
    traveller.write("#id_words", "Potete scrivermi anche in ufficio.")
    focus(page, "form[action$='/message/'] button")
    go(page)
    traveller.arrive()
    assert page.locator("[role=status]").count() == 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One journey of each right; all of them with --long."""
    is_long = metafunc.config.getoption("long")
    chosen = [one for one in JOURNEYS if is_long or one in SHORT]
    metafunc.parametrize(("right", "language", "width"), chosen)


def test_a_person_uses_a_right_by_keyboard_and_sees_how_it_stands(
    look: Look, django_db_blocker: Any, right: str, language: str, width: str
) -> None:
    page = look.window(language)
    page.set_viewport_size(DESKTOP if width == "desktop" else PHONE)
    traveller = Traveller(look, page, f"{right}-{language}-{width}", language)
    look.visit(page, "/", traveller.name)
    traveller.arrive()
    reference, code = _asks(traveller, right)
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as worker:
        # A thread of its own: the browser's driver keeps an event loop in this one.
        assert worker.submit(_the_worker_comes).result() >= 1
    _follows(traveller, reference, code)
    assert reference not in page.url
    assert look.problems == []
    assert traveller.steps == 10


def _the_worker_comes() -> int:
    from django.db import connections

    from dsar import tasks

    try:
        return tasks.file_all_intakes()
    finally:
        connections.close_all()
