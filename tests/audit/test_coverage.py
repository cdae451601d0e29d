"""Every request leaves exactly one entry that stands for it (docs/spec/audit-log.md, section 4)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from api import authentication, tokens
from audit import coverage, log
from audit.actions import Action
from crm import tasks as crm_tasks
from crm.console.purposes import CHOSEN
from dsar import intake
from governance.policy.actors import system
from governance.policy.vocabulary import Role
from governance.portal.coverage import EXEMPT, CoverageMiddleware
from governance.portal.roles import TABLE
from retention import tasks as retention_tasks
from tests.api.test_coverage import bodies
from tests.api.world import SYSTEM_ROLES, World
from tests.audit.covering import Place, Things, a_scene, left_by, places, standing
from tests.builders import Company, a_company
from tests.logins import logged_in

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor", "portal", "case"])

Call = tuple[Place, str, Callable[[], HttpResponseBase]]
API_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PASSWORD = "a long enough password"
UNANSWERED = {
    "account_email", "account_reset_password", "account_reset_password_done",
    "account_set_password", "account_signup", "governance.urls.closed",
    "admin:autocomplete", "admin:django.contrib.admin.sites.catch_all_view", "admin:view_on_site",
    "mfa_download_recovery_codes", "mfa_view_recovery_codes",
    "admin:import_new", "admin:import_steer", "admin:import_rejected",
    "admin:emergency",  # whoever opened it reads, nobody else
    "opendsr_certificate",  # there is none here
    # Nothing is sealed here:
    "admin:audit_entry_proof", "admin:certificate_archive", "admin:certificate_hand_over",
    # The role that finds a link sees what is committed, which nothing is here:
    "portal:preferences", "portal:consent_receipt", "portal:unsubscribe", "portal:confirm",
    "portal:case_copy", "portal:confirm_address", "portal:case_message", "portal:case_withdrawal",
    "own_page",
}  # fmt: skip
"""What says no to the DPO whatever is sent, beside the history, deletion and adding of rows."""
CLOSED = {
    "portal:preferences", "portal:consent_receipt", "portal:unsubscribe", "portal:confirm",
    "portal:case", "portal:case_copy", "portal:confirm_address", "portal:case_message",
    "portal:case_withdrawal", "own_page",
}  # fmt: skip
"""Pages that need no account and are not exempt: the entry names the company and a person."""
NOTHING_SHOWN = {"GET /c/acme/case/"}
"""A form; also what is sealed there and told the same to everybody is recorded when it is opened."""


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def company(now: datetime) -> Company:
    return a_company(now=now - timedelta(days=1))


@pytest.fixture
def things(
    company: Company, now: datetime, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Things:
    settings.STATE = tmp_path  # files that are being imported
    for task in (crm_tasks.land_import, retention_tasks.wake_retention):
        monkeypatch.setattr(task, "delay", lambda *_ids: None)  # no test has a broker
    return a_scene(company, now)


def session_of(company: Company, role: Role) -> str:
    """The session of a member of staff, with the second factor where the role needs one."""
    at_the_desk = {CHOSEN: "order_management"}
    browser = logged_in(company.staff[role], language="", **at_the_desk)
    return browser.cookies["sessionid"].value


def browser_of(session: str = "") -> Client:
    browser = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    if session:
        browser.cookies["sessionid"] = session
    return browser


def page_calls(things: Things, session: str = "", *, everywhere: bool = True) -> Iterator[Call]:
    """Every page by GET and POST; `everywhere` also for things that do not exist."""
    browser = browser_of()
    for place in (p for p in places() if not p.is_api):
        for known in (True, False) if place.parameters and everywhere else (True,):
            address = things.address(place, known=known)
            for method in ("GET", "POST"):
                send = partial(_send, browser, session, method, address)
                yield place, f"{method} {address}", partial(send, things.said(place))


def _send(
    browser: Client, session: str, method: str, address: str, said: dict[str, Any]
) -> HttpResponseBase:
    """Send as the browser of a session that no earlier answer has ended."""
    browser.cookies.clear()
    if session:
        browser.cookies["sessionid"] = session
    return browser.post(address, said) if method == "POST" else browser.get(address)


# Whoever plans messages to many, or works with figures, has these pages of the desk.
CAMPAIGNS = {
    "desk:campaigns", "desk:campaign", "desk:campaign_new", "desk:campaign_act",
    "desk:campaign_edit",
    "desk:workflow_new", "desk:workflow_recipes", "desk:text_new", "desk:text", "desk:web_form_new",
    "desk:portfolio", "desk:goal",
    "desk:loyalty", "desk:loyalty_approve", "desk:offer_new", "desk:offer_act",
    "desk:scores", "desk:score_compute",
}  # fmt: skip
OF_A_PARTNER = {"desk:shared"}
MANAGERS = {"desk:adoption"}
AGREED = {"desk:adoption_by_person"}  # by an activity that is not shipped
OF_ANOTHER_PURPOSE = {"desk:recording"}


@pytest.mark.parametrize("role", list(TABLE))
def test_every_page_leaves_one_entry(
    role: Role, company: Company, things: Things, is_long: bool
) -> None:
    session = session_of(company, role)
    wrong, answered = [], set()
    for place, what, call in page_calls(things, session, everywhere=is_long or role is Role.DPO):
        response, entries = left_by(call)
        wanted = 0 if place.name in EXEMPT else 1
        if len(standing(entries)) != wanted or response.status_code >= 500:
            wrong.append((what, response.status_code, [(e.action, e.outcome) for e in entries]))
        if response.status_code < 400:
            answered.add(place.name)
    assert wrong == []
    desk = {p.name for p in places() if p.name.startswith("desk:")}
    if role is Role.AGENT:
        beside = CAMPAIGNS | OF_A_PARTNER | MANAGERS | AGREED | OF_ANOTHER_PURPOSE
        assert desk - beside <= answered
    if role is Role.MARKETING:
        assert answered >= CAMPAIGNS
    if role is Role.PARTNER:
        assert answered >= OF_A_PARTNER
    if role is Role.MANAGER:
        assert answered >= MANAGERS
    if role is Role.DPO:
        closed = {p.name for p in places() if not p.is_api} - answered - desk
        beside = {name for name in closed if name.endswith(("_history", "_delete", "_add"))}
        assert closed - beside == UNANSWERED


def test_a_visitor_leaves_none_and_sees_nothing(things: Things) -> None:
    wrong = []
    for place, what, call in page_calls(things):
        response, entries = left_by(call)
        shown = response.getvalue() if response.status_code < 300 else b""
        tried = place.name in CLOSED and "no-company" not in what and what not in NOTHING_SHOWN
        wanted = int(tried)
        if len(standing(entries)) != wanted or response.status_code >= 500 or b"Bianchi" in shown:
            wrong.append((what, response.status_code, [(e.action, e.outcome) for e in entries]))
        if place.name.startswith("admin:") and place.name != "admin:logout":
            assert response.status_code == 302, what
    assert wrong == []


def test_every_exemption_names_an_address_that_exists() -> None:
    assert set(EXEMPT) <= {place.name for place in places()}
    assert all(EXEMPT.values())
    assert {place.name for place in places()} >= CLOSED


def test_every_operation_of_the_schema_is_called() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{p.route}") for p in places() if p.is_api}
    assert set(schema) <= routes
    assert {m.upper() for methods in schema.values() for m in methods} <= set(API_METHODS)


def api_calls(things: Things, secret: str, *, everywhere: bool = True) -> Iterator[Call]:
    """Every address of the API by every method, for a purpose; `everywhere` also without one."""
    sent = bodies(UUID(things.others["contact"]))
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    browser = browser_of()
    for place in (p for p in places() if p.is_api):
        named = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", f"/{place.route}")
        addresses = [things.address(place, known=True) + "?purpose=order_management"]
        if everywhere:
            addresses += [things.address(place, known=True), things.address(place, known=False)]
        for address, method in product(dict.fromkeys(addresses), API_METHODS):
            body = orjson.dumps(sent.get(f"{method.lower()} {named}", {}))
            yield place, f"{method} {address}", partial(
                browser.generic, method, address, body,
                content_type="application/json", headers=headers,
            )  # fmt: skip


@pytest.mark.parametrize("role", SYSTEM_ROLES)
def test_every_call_leaves_one_entry(
    role: Role, company: Company, things: Things, is_long: bool
) -> None:
    wrong = []
    secret = World(company, timezone.now()).token(role)
    for place, what, call in api_calls(things, secret, everywhere=is_long or role is Role.AGENT):
        response, entries = left_by(call)
        wanted = 0 if place.name in EXEMPT else 1
        if len(standing(entries)) != wanted or response.status_code >= 500:
            wrong.append((what, response.status_code, entries))
        if wanted:
            receipt = response.headers.get("X-Audit-Receipt", "").split(".")[0]
            assert receipt in {entry.id for entry in entries}, what
    assert wrong == []


def test_a_call_without_a_token_leaves_none_and_shows_nothing(things: Things) -> None:
    for place, what, call in api_calls(things, "", everywhere=False):
        response, entries = left_by(call)
        assert entries == [], what
        assert place.name in EXEMPT or response.status_code == 401, what


@pytest.mark.parametrize("case", ["unknown", "expired", "revoked"])
def test_a_call_with_a_bad_token_leaves_a_failed_login(
    case: str, company: Company, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    world = World(company, now - timedelta(days=2))
    secret = {
        "unknown": lambda: "cst_" + "x" * 43,
        "expired": lambda: world.token(Role.AGENT, expires_at=now - timedelta(days=1)),
        "revoked": lambda: world.token(Role.AGENT, name="gone"),
    }[case]()
    if case == "revoked":
        tokens.revoke(token=tokens.find(secret), by=company.staff[Role.DPO], now=now)
    for place, what, call in api_calls(things, secret, everywhere=False):
        # Strangers are limited by the minute; here each call is the first.
        monkeypatch.setattr(authentication, "unattributed", authentication.Unattributed())
        response, entries = left_by(call)
        said = [(entry.action, entry.outcome) for entry in entries]
        if place.name in EXEMPT:
            assert said == [], what
        else:
            assert said == [("login.failed", "refused")], what
            assert response.status_code == 401, what


# Logins


@pytest.fixture
def agent(company: Company) -> str:
    staff = company.staff[Role.AGENT]
    staff.set_password(PASSWORD)
    staff.save(update_fields=["password"])
    return staff.username


@pytest.mark.parametrize(
    ("name", "password", "left"),
    [
        ("acme-agent", PASSWORD, [("login.succeeded", "done")]),
        ("acme-agent", "wrong wrong wrong", [("login.failed", "refused")]),
        ("nobody at all", PASSWORD, [("login.failed", "refused")]),
    ],
)
def test_a_login_and_a_failed_one_leave_one_entry(
    agent: str, name: str, password: str, left: list[tuple[str, str]]
) -> None:
    address = reverse("account_login")
    _, entries = left_by(lambda: browser_of().post(address, {"login": name, "password": password}))
    assert [(entry.action, entry.outcome) for entry in entries] == left


def test_a_wrong_code_is_a_failed_login(company: Company) -> None:
    staff = company.staff[Role.DPO]
    staff.set_password(PASSWORD)
    staff.save(update_fields=["password"])
    TOTP.activate(staff, generate_totp_secret())
    browser = browser_of()
    browser.post(reverse("account_login"), {"login": staff.username, "password": PASSWORD})
    _, entries = left_by(lambda: browser.post(reverse("mfa_authenticate"), {"code": "000000"}))
    assert [(entry.action, entry.outcome) for entry in entries] == [("login.failed", "refused")]


def test_a_page_stopped_for_the_second_factor_is_a_refusal(company: Company) -> None:
    browser = browser_of()
    browser.force_login(
        company.staff[Role.DPO], backend="django.contrib.auth.backends.ModelBackend"
    )
    response, entries = left_by(lambda: browser.get(reverse("admin:audit_search")))
    assert response.status_code == 302
    assert [(entry.action, entry.outcome) for entry in entries] == [("page.viewed", "refused")]


# Nothing leaves without it


@pytest.fixture
def dpo(company: Company) -> str:
    return session_of(company, Role.DPO)


@pytest.fixture
def secret(company: Company, now: datetime) -> str:
    return World(company, now).token(Role.AGENT)


@pytest.fixture
def halted(
    things: Things, dpo: str, secret: str, superuser: psycopg.Connection[Any]
) -> Iterator[None]:
    """The log takes nothing any more; session and token were made before."""
    superuser.execute("UPDATE audit.head SET halted = 'fork'")
    yield
    superuser.execute("UPDATE audit.head SET halted = NULL")


def test_a_halted_log_shows_nobody_anything(
    things: Things, dpo: str, secret: str, halted: None, is_long: bool
) -> None:
    calls = [
        *page_calls(things, dpo, everywhere=is_long),
        *(c for c in page_calls(things, everywhere=False) if c[0].name in CLOSED),
        *api_calls(things, secret, everywhere=is_long),
    ]
    answered = []
    for place, what, call in calls:
        response, entries = left_by(call)
        assert entries == [], what
        if place.name not in EXEMPT and response.status_code != 503 and what not in NOTHING_SHOWN:
            answered.append((what, response.status_code))
    assert answered == []


def test_a_halted_log_lets_nobody_in(agent: str, halted: None) -> None:
    browser = browser_of()
    said = {"login": agent, "password": PASSWORD}
    assert browser.post(reverse("account_login"), said).status_code == 503
    assert browser.get(reverse("admin:index")).status_code == 302


# How entries are counted


def an_event() -> log.Event:
    return log.Event(action=Action.LOG_VERIFIED, purpose="access_logging")


def test_what_was_rolled_back_is_no_entry(company: Company, now: datetime) -> None:
    actor = company.actor(Role.DPO)
    with coverage.counted():
        with pytest.raises(ValueError, match="undone"), transaction.atomic():
            log.record(actor, an_event(), now=now)
            raise ValueError("undone")
        assert coverage.entry_of_request() is None
        log.record_apart(actor, an_event(), now=now)
        assert coverage.entry_of_request() is not None
        with coverage.counted():
            assert coverage.entry_of_request() is None
    assert coverage.entry_of_request() is None


def test_what_the_system_does_does_not_stand_for_who_asked(company: Company, now: datetime) -> None:
    with coverage.counted():
        log.record_apart(system(company.controller.pk), an_event(), now=now)
        assert coverage.entry_of_request() is None


def test_the_entry_of_a_stream_is_there_before_its_first_byte(
    company: Company, now: datetime
) -> None:
    request = RequestFactory().get("/admin/registry/purpose/")
    request.resolver_match, request.user = resolve(request.path), company.staff[Role.DPO]
    begun = []

    def content() -> Iterator[bytes]:
        begun.append(True)
        yield b"first"

    middleware = CoverageMiddleware(lambda _request: StreamingHttpResponse(content()))
    response, entries = left_by(lambda: middleware(request))
    assert [entry.action for entry in entries] == ["page.viewed"]
    assert begun == []
    assert response.getvalue() == b"first"


def test_entries_are_committed_before_the_answer(
    fresh_database: None, superuser: psycopg.Connection[Any]
) -> None:
    """With real commits, and seen by another connection."""
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    browser = browser_of(session_of(company, Role.DPO))
    for place in places():
        if place.is_api or place.parameters:
            continue
        before = _committed(superuser)
        browser.get(Things().address(place, known=True))
        said = _committed(superuser)[len(before) :]
        assert len(said) == (0 if place.name in EXEMPT else 1), place


def _committed(superuser: psycopg.Connection[Any]) -> list[str]:
    rows = superuser.execute("SELECT action FROM audit.entry ORDER BY at, id").fetchall()
    return [action for (action,) in rows]
