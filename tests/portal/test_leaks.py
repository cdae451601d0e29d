"""Nothing that somebody writes comes out beside the pages: not in logs, addresses, errors or tasks (P-10).

A person with a marker in every word goes through the public pages and the workbench, also where
these break. Where a search finds the marker on no line, it is asked to find something else there.
"""

import io
import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from celery.signals import before_task_publish
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dsar import intake, queries, tasks
from dsar.links import Kind, Wanted
from governance.logs import WithoutValues
from governance.policy.vocabulary import Channel, Role
from tests.audit.test_coverage import session_of
from tests.builders import Company, a_company, a_person
from tests.databases import EmbeddedServer, Run
from tests.dsar.test_case import code_in
from tests.dsar.test_portal import FLOW, STATE, reference_in
from tests.dsar.test_preference_pages import token_for

MARK = "Wiedehopfvogel"
EMAIL = f"{MARK}@{MARK}.example".lower()
WORDS = {"name": f"{MARK} {MARK}", "email": EMAIL, "phone": "+39 333 0987654"}
PHONE = "0987654"


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def published() -> Iterator[list[str]]:
    """What tasks were given while the test ran."""
    bodies: list[str] = []

    def keep(sender: str = "", body: Any = None, headers: Any = None, **_more: Any) -> None:
        bodies.append(f"{sender} {body!r} {headers!r}")

    before_task_publish.connect(keep)
    yield bodies
    before_task_publish.disconnect(keep)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the console would show, by the formatter of the settings."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(WithoutValues(settings.LOGGING["formatters"]["line"]["format"], style="{"))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def a_browser(**more: Any) -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en", raise_request_exception=False, **more)


def ask(browser: Client) -> tuple[str, str, str]:
    """Go through the form with mistakes; return reference, code and the state before sending."""
    page = browser.get(f"{FLOW}?name={MARK}").content.decode()
    wrong = {"step": "who", "name": MARK, "email": f"{MARK}@@x"}
    steps = [
        {"step": "whom", "on_behalf": "self"}, wrong, wrong | {"name": MARK * 99, "email": EMAIL},
        {"step": "who", **WORDS}, {"step": "details_access", "details": f"I am {MARK}."},
    ]  # fmt: skip
    for said in steps:
        state = STATE.findall(page)[-1]
        page = browser.post(FLOW, said | {"state": state}).content.decode()
    state = STATE.findall(page)[-1]
    sent = browser.post(FLOW, {"step": "send", "state": state}).content.decode()
    return reference_in(sent), code_in(sent), state


def test_what_people_write_is_in_no_log(
    acme: Company,
    published: list[str],
    superuser: psycopg.Connection[Any],
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    browser, now = a_browser(), timezone.now()
    a_person(acme, given=MARK, family=MARK, email=EMAIL, phone=WORDS["phone"], now=now)
    reference, code, state = ask(browser)
    for said in ({"reference": reference, "code": code}, {"reference": MARK, "code": EMAIL * 9}):
        for path in ("case/", "case/address/", "case/copy/"):
            browser.post(f"/c/acme/{path}", {**said, "token": MARK})
    strict = a_browser(enforce_csrf_checks=True)
    assert strict.post(FLOW, WORDS).status_code == 403
    assert browser.put(FLOW, WORDS, content_type="application/json").status_code == 405
    assert browser.post(FLOW, {"step": "send", "state": f"{MARK}:x:y"}).status_code == 400
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    tasks.deliver_letters()

    colleague = a_browser()
    colleague.cookies["sessionid"] = session_of(acme, Role.DPO)
    found = queries.by_reference(acme.actor(Role.DPO), reference, now=now)
    workbench = reverse("admin:dsar_subjectrequest_change", args=[found.id])
    assert MARK in colleague.get(workbench).content.decode()
    assert colleague.get(reverse("admin:people"), {"q": MARK}).status_code < 500
    assert colleague.post(reverse("admin:people"), {"q": MARK}).status_code < 500
    colleague.post(workbench, WORDS)

    # Everything breaks while these words are in the hands of the pages.
    for table in ("dsar_intake", "dsar_correspondence"):
        superuser.execute(f"ALTER TABLE {table} RENAME TO broken")  # type: ignore[call-overload]  # names above
        answers = [browser.post(FLOW, {"step": "send", "state": state}), colleague.get(workbench)]
        superuser.execute(f"ALTER TABLE broken RENAME TO {table}")  # type: ignore[call-overload]
        (broken,) = [answer for answer in answers if answer.status_code == 500]
        assert MARK.encode() not in broken.content

    said = capfd.readouterr()
    lines = log.getvalue()
    server = Run.current.server
    for place, content in {
        "log": lines, "screen": f"{said.out}\n{said.err}", "tasks": "\n".join(published),
        "server": server.said() if isinstance(server, EmbeddedServer) else "",
    }.items():  # fmt: skip
        for word in (MARK, MARK.lower(), PHONE, code, state):
            assert word not in content, place
    assert "ProgrammingError at" in lines  # both broken pages were logged
    assert "Method Not Allowed" in lines
    assert "Forbidden" in lines


def test_a_link_is_in_no_log_whatever_becomes_of_its_page(
    acme: Company, superuser: psycopg.Connection[Any], log: io.StringIO
) -> None:
    subject = a_person(acme, given=MARK, family=MARK, email=EMAIL, now=timezone.now())
    wanted = [
        Wanted(subject),
        Wanted(subject, Kind.UNSUBSCRIBE, acme.purpose("newsletter"), Channel.EMAIL),
    ]
    browser, strict = a_browser(), a_browser(enforce_csrf_checks=True)
    tokens = [token_for(acme, one) for one in wanted]
    for token, one in zip(tokens, wanted, strict=True):
        path = f"/c/acme/{one.kind}/{token}/"
        statuses = [browser.get(path).status_code, browser.put(path).status_code]
        statuses += [strict.post(path).status_code, browser.get(f"{path}x/").status_code]
        statuses += [browser.get(f"/c/beta/{one.kind}/{token}/").status_code]
        superuser.execute("ALTER FUNCTION portal.link(uuid, bytea) RENAME TO broken")
        statuses += [browser.get(path).status_code]
        superuser.execute("ALTER FUNCTION portal.broken(uuid, bytea) RENAME TO link")
        assert statuses[:2] == [200, 405]
        assert statuses[3:] == [404, 404, 500]
    lines = log.getvalue()
    assert lines.count("<str:token>/") >= 5
    assert not [token for token in tokens if token in lines]
    assert MARK not in lines


def test_what_people_type_as_an_address_is_in_no_log(acme: Company, log: io.StringIO) -> None:
    browser = a_browser()
    typed = [f"/{EMAIL}/", f"/c/acme/{EMAIL}/", f"/api/v1/contacts/{EMAIL}/", f"/c/acme/{MARK}%0A/"]
    assert {browser.get(path).status_code for path in typed} == {404}
    browser.delete("/c/acme/")
    assert MARK.lower() not in log.getvalue().lower()
    assert "[no such page]" in log.getvalue()
