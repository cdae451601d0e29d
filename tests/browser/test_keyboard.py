"""The whole request without a mouse and without a script."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import Look
from tests.browser.world import World
from tests.databases import superuser_connection

FLOW = "/c/acme/request/access/"


def focus(page: Page, selector: str) -> None:
    """Press Tab until the focus is on what `selector` names, and see that it is shown."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            shown = page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle")
            assert shown == "solid"
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def go(page: Page, key: str = "Enter") -> None:
    """Press a key that leads to another page, and wait for it."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_request_by_keyboard_alone(look: Look) -> None:
    page = look.window("it", java_script_enabled=False)
    look.visit(page, "/", "keyboard")
    page.keyboard.press("Tab")
    assert page.locator("a.skip:focus").count() == 1
    page.keyboard.press("Enter")
    assert page.url.endswith("/#content")
    focus(page, "a[href='/c/acme/rights/access/']")
    go(page)
    focus(page, f"a[href='{FLOW}']")
    go(page)
    focus(page, "button.main")  # for themselves, which is chosen already
    go(page)
    focus(page, "#id_name")
    page.keyboard.type("Carla Neri")
    focus(page, "#id_email")
    page.keyboard.type("carla@")
    look.expect_refusal(page, FLOW)
    go(page)  # wrong: the answer starts at what to correct
    expect(page.locator(".summary")).to_be_visible()
    focus(page, ".summary a")
    page.keyboard.press("Enter")
    assert page.locator("#id_email:focus").count() == 1
    page.keyboard.press("Control+a")
    page.keyboard.type("carla.neri@example.it")
    focus(page, "button.main")
    go(page)
    focus(page, "#id_details")
    page.keyboard.type("Solo gli ordini")
    focus(page, "button.main")
    go(page, "Space")
    _correct_the_name(page)
    focus(page, "button[value='send']")
    go(page)
    reference = page.locator(".reference").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", reference)
    assert "carla" not in page.url
    look.picture(page, "keyboard-sent")
    assert look.problems == []
    with superuser_connection() as database:
        held = database.execute(
            "SELECT reference FROM dsar_intake WHERE reference = %s", [reference]
        )
        assert held.fetchall() == [(reference,)]


def test_preferences_by_keyboard_alone(look: Look, world: World) -> None:
    page = look.window("it", java_script_enabled=False)
    look.visit(page, world.links["preferences-keyboard"], "preferences-keyboard")
    on = "input:checked"
    assert page.locator(on).evaluate_all("all => all.map(e => e.value)") == ["newsletter:sms"]
    focus(page, "input[value='newsletter:email']")
    page.keyboard.press("Space")
    focus(page, "input[value='newsletter:sms']")
    page.keyboard.press("Space")
    save, refuse = page.locator("button[value='save']"), page.locator("button[value='refuse']")
    sizes = [button.bounding_box() for button in (save, refuse)]
    assert len({(round(s["width"]), round(s["height"])) for s in sizes if s}) == 1
    colours = [b.evaluate("e => getComputedStyle(e).backgroundColor") for b in (save, refuse)]
    assert len(set(colours)) == 1  # refusing is as visible as agreeing
    focus(page, "button[value='save']")
    go(page)
    expect(page.locator("[role=status]")).to_be_visible()
    assert page.locator(on).evaluate_all("all => all.map(e => e.value)") == ["newsletter:email"]
    look.picture(page, "preferences-keyboard-saved")
    focus(page, "button[value='refuse']")
    go(page)
    assert page.locator(on).count() == 0
    assert look.problems == []


def test_one_purpose_is_left_by_keyboard_alone(look: Look, world: World) -> None:
    page = look.window("it", java_script_enabled=False)
    look.visit(page, world.links["unsubscribe-keyboard"], "unsubscribe-keyboard")
    focus(page, "button.main")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_be_visible()
    look.picture(page, "unsubscribe-keyboard-done")
    assert look.problems == []


def _correct_the_name(page: Page) -> None:
    """From the page with the answers back to the first, and forward again."""
    answers = page.locator(".answers dd:not(.change)").all_inner_texts()
    assert answers[2:] == ["Carla Neri", "carla.neri@example.it", "–", "Solo gli ordini"]
    focus(page, "button[value='change_who']")
    go(page)
    focus(page, "#id_name")
    page.keyboard.press("End")
    page.keyboard.type("-Blu")
    focus(page, "button.main")
    go(page)
    answers = page.locator(".answers dd:not(.change)").all_inner_texts()
    assert answers[2:] == ["Carla Neri-Blu", "carla.neri@example.it", "–", "Solo gli ordini"]
