"""The portal of the staff: logging in, enrolling, and the pages of the DPO and of an agent."""

import time

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Page, expect

from tests.browser.looking import WIDE, Look
from tests.browser.world import PASSWORD, World


def code(secret: str) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30):06}"


def log_in(look: Look, page: Page, name: str) -> None:
    look.visit(page, "/accounts/login/", "login")
    page.fill("#id_login", name)
    page.fill("#id_password", PASSWORD)
    look.submit(page)


@pytest.mark.parametrize("language", ["it", "en"])
def test_login(look: Look, world: World, language: str) -> None:
    page = look.window(language)
    look.visit(page, "/accounts/login/", "login")
    look.check(page, "login", language)
    page.fill("#id_login", "acme-nobody")
    page.fill("#id_password", "wrong")
    look.submit(page)
    look.check(page, "login-wrong", language)
    assert page.locator("[role=alert]").count() == 1
    assert look.problems == []


def test_enrolment_of_a_second_factor(look: Look, world: World) -> None:
    page = look.window("it")
    log_in(look, page, world.lawyer)
    assert (
        "/accounts/reauthenticate/" in page.url
    )  # a new factor is added with the password at hand
    look.check(page, "confirmation", "it")
    page.fill("#id_password", PASSWORD)
    look.submit(page)
    assert page.url.endswith("/accounts/2fa/totp/activate/")
    look.check(page, "enrolment", "it")
    page.fill("#id_code", code(page.input_value("#authenticator_secret")))
    look.submit(page)
    look.check(page, "enrolled", "it")
    look.visit(page, "/admin/", "worklist-of-legal")
    assert page.url == f"{look.origin}/admin/"
    assert look.problems == []


def test_pages_of_the_dpo(look: Look, world: World) -> None:
    page = look.window("it")
    log_in(look, page, world.dpo)
    look.check(page, "second-factor", "it")
    page.fill("#id_code", code(world.dpo_secret))
    look.submit(page)
    for name, path in world.pages.items():
        look.visit(page, path, f"dpo-{name}")
        look.check(page, f"dpo-{name}", "it", judged_at=[WIDE])
    look.visit(page, world.pages["why"], "dpo-why-asked")
    page.fill("#id_who", "emma.bianchi@example.it")
    page.select_option("#id_purpose", "newsletter")
    page.select_option("#id_operation", "send")
    page.select_option("#id_channel", "phone")
    page.select_option("#id_role", "marketing")
    page.focus("#id_who")
    look.submit(page)
    assert page.locator("#answer .cu-bad").count() == 1
    look.check(page, "dpo-why-answered", "it")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": look.origin}])
    for name in ("audit", "audit-state", "audit-entry"):
        look.visit(page, world.pages[name], f"dpo-{name}-in-english")
        for summary in page.locator(".cu > details.cu-card > summary").all():
            summary.click()
        look.check(page, f"dpo-{name}-in-english", "en")
    decide_about_others(look, page, world.pages["request-others"])
    assert look.problems == []


def decide_about_others(look: Look, page: Page, address: str) -> None:
    """By keyboard alone: hide words that were missed, show one passage, and keep it."""
    look.visit(page, address, "others-in-english")
    look.check(page, "others-in-english", "en")
    assert page.locator("mark").all_inner_texts() == [
        "Stefano Galli1", "338 765 43212", "Stefano3", "יוסף כהן1",
    ]  # fmt: skip
    choice = page.locator("select[name^='passage:']").first
    choice.focus()
    page.keyboard.type("Show: they agreed")
    note = page.locator("section", has_text="idraulico").last
    note.locator("input[name^='words:']").focus()
    page.keyboard.type("idraulico del terzo piano")
    note.locator("select[name^='kind:']").focus()
    page.keyboard.type("other")
    press(page, "add")
    expect(page.locator("mark", has_text="idraulico del terzo piano")).to_be_visible()
    assert choice.input_value() == "consent", "what was chosen stays chosen"
    look.check(page, "others-marked", "en")
    press(page, "keep")
    expect(page.get_by_role("heading", name="Everything is read")).to_be_visible()
    look.check(page, "others-read", "en")
    page.context.add_cookies([{"name": "django_language", "value": "it", "url": look.origin}])
    look.visit(page, f"{address}?read=1", "others-again")
    look.check(page, "others-again", "it")
    assert page.locator("select[name^='passage:']").first.input_value() == "consent"


def press(page: Page, value: str) -> None:
    """Reach a button of the form with Tab, and press it."""
    for _ in range(60):
        if page.locator(f"button[value='{value}']:focus").count():
            break
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_pages_of_an_agent(look: Look, world: World) -> None:
    page = look.window("en")
    log_in(look, page, world.agent)
    assert page.url == f"{look.origin}/admin/"
    look.check(page, "agent-home", "en")
    look.visit(page, world.pages["emergency-review"].removesuffix("review/"), "agent-emergency")
    assert page.get_by_text("Emma").count()
    look.check(page, "agent-emergency", "en")
    look.visit(page, world.pages["audit"], "agent-refused", status=403)
    look.check(page, "agent-refused", "en")
    assert look.problems == []
