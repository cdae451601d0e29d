"""The portal of the staff: logging in, enrolling, and the pages of the DPO and of an agent."""

import time

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Page

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
    assert look.problems == []


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
