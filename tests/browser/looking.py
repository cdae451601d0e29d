"""Open pages as a person does, and note everything that is wrong with them.

axe-core judges what a program can judge of accessibility; what it calls serious or critical
counts here. It is run in the page by the driver, which the page's own policy does not concern.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

WIDE, NARROW = 1280, 320  # CSS pixels; WCAG 2.2, 1.4.10 asks for the second
HEIGHT = 900
_SCRIPT = Axe().axe_script
_RUN = """async () => {
  const {violations} = await axe.run({resultTypes: ["violations"], preload: false});
  return violations.filter(v => ["serious", "critical"].includes(v.impact)).map(v =>
    v.id + ": " + v.nodes.map(n => n.target.join(" ") + " – " + n.html.slice(0, 160)).join(" | "));
}"""
_RUN_ALL = """async () => {
  const {violations} = await axe.run({resultTypes: ["violations"], preload: false});
  return violations.map(v => v.id + ": " + v.nodes.map(n => n.target.join(" ")).join(" | "));
}"""
_OVERFLOW = """() => {
  const root = document.documentElement, by = root.scrollWidth - root.clientWidth;
  if (by <= 0) return "";
  const over = [...document.querySelectorAll("body *")].filter(
    e => e.getBoundingClientRect().right > root.clientWidth + 1);
  return `${by} px too wide: ` + over.slice(0, 4).map(
    e => `${e.tagName}.${e.getAttribute("class") || ""}`).join(", ");
}"""


class Look:
    """Windows of one browser on one server, and what was wrong in them.

    Attributes
    ----------
    problems : what was wrong, one line each, with the page's name
    seen : names of the pages that were looked at
    """

    def __init__(self, browser: Browser, origin: str, pictures: Path | None) -> None:
        self.origin = origin
        self.problems: list[str] = []
        self.seen: list[str] = []
        self._browser = browser
        self._pictures = pictures
        self._contexts: list[BrowserContext] = []
        self._name = "start"
        self._refused: set[str] = set()

    def window(self, language: str = "it", **more: Any) -> Page:
        """Return a page of a new session, in a language."""
        context = self._browser.new_context(
            base_url=self.origin, locale=language, viewport={"width": WIDE, "height": HEIGHT},
            reduced_motion="reduce", **more,
        )  # fmt: skip
        self._contexts.append(context)
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", lambda e: self._note(f"script failed: {e.error}"))
        return context.new_page()

    def visit(self, page: Page, path: str, name: str, *, status: int = 200) -> None:
        """Open an address, which must answer with `status`."""
        self._name = name
        if status != 200:
            self.expect_refusal(page, path)
        answer = page.goto(path)
        if answer is None or answer.status != status:
            self._note(f"answered {answer.status if answer else 'nothing'}")

    def expect_refusal(self, page: Page, path: str | None = None) -> None:
        """The browser reports an answer of 4xx at this address as an error; here it is right."""
        address = page.url if path is None else f"{self.origin}{path}"
        self._refused.add(address.partition("#")[0])

    def submit(self, page: Page) -> None:
        """Send the form that has the focus, and wait for what comes after it."""
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def check(
        self,
        page: Page,
        name: str,
        language: str,
        *,
        judged_at: Sequence[int] = (WIDE, NARROW),
    ) -> None:
        """Judge the page that is open: its language; at both widths, whether it fits.

        At the widths `judged_at` axe looks at it too: of pages that differ in words alone, once.
        """
        self._name = name
        self.seen.append(name)
        if (said := page.locator("html").get_attribute("lang")) != language:
            self._note(f"is marked as {said}, not {language}")
        page.evaluate(_SCRIPT)
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for found in page.evaluate(_RUN) if width in judged_at else ():
                self._note(f"at {width} px, {found}")
            if over := page.evaluate(_OVERFLOW):
                self._note(f"at {width} px, {over}")
            self.picture(page, f"{name}-{language}-{width}")
        page.set_viewport_size({"width": WIDE, "height": HEIGHT})

    def judge(self, page: Page, name: str, language: str) -> None:
        """Judge the page that is open at the width it has: everything that axe finds counts."""
        self._name = name
        self.seen.append(name)
        if (said := page.locator("html").get_attribute("lang")) != language:
            self._note(f"is marked as {said}, not {language}")
        page.evaluate(_SCRIPT)
        for found in page.evaluate(_RUN_ALL):
            self._note(found)
        if over := page.evaluate(_OVERFLOW):
            self._note(over)
        self.picture(page, name)

    def picture(self, page: Page, name: str) -> None:
        """Take a picture of the whole page, if pictures are asked for."""
        if self._pictures:
            page.screenshot(path=self._pictures / f"{name}.png", full_page=True)

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self._name}: {problem}")

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:")):
            self._note(f"asks another host: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        address = message.location["url"].partition("#")[0]
        is_refusal = address in self._refused and " status of 4" in message.text
        if message.type in {"error", "warning"} and not is_refusal:
            self._note(f"console: {message.text} ({message.location['url']})")
