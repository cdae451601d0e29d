"""What a form does not ask, nobody can answer in it: every field of every model is sent to each (P-6).

A page may ignore what it did not ask for; so what it writes to the database is searched for the
values, and what becomes of a request from the public page is compared with one sent as it should.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm import tasks as crm_tasks
from dsar import intake, tasks
from dsar.models import SubjectRequest
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from retention import tasks as retention_tasks
from tests.api.assigning import SEEN, fields
from tests.audit.covering import Place, Things, a_scene, places
from tests.audit.test_coverage import session_of
from tests.builders import Company, a_company
from tests.dsar.test_portal import FLOW, STATE, reference_in

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor", "portal", "case"])
ASKED = re.compile(r'name="([^"]+)"')
WRITES = re.compile(r"^(?:INSERT|UPDATE|SELECT audit\.append)")
DIFFERENT = {"id", "reference", "subject", "sealed", "received_at", "collected_at", "scope"}
FEW = 12  # forms of the workbench


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def company(now: datetime) -> Company:
    return a_company(now=now - timedelta(days=1))


def as_posted(names: set[str]) -> dict[str, str]:
    """Every field but these, as a form sends it."""
    return {
        name: "on" if value is True else str(value)
        for name, value in fields().items()
        if name not in names
    }


def test_a_request_of_the_public_page_is_what_the_page_asked(fresh_database: None) -> None:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    plain, attacked = (_filed(company, more) for more in ({}, as_posted(set())))
    assert plain.keys() == attacked.keys()
    assert {n: v for n, v in plain.items() if attacked[n] != v} == {}
    assert (plain["state"], plain["identity"], plain["is_held"]) == (
        "received",
        "unverified",
        False,
    )


def _filed(company: Company, more: dict[str, str]) -> dict[str, Any]:
    """Send a request with more in each form than it asks; return the row a worker made of it."""
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    page = browser.get(FLOW, more).content.decode()
    own = {
        "name": "Anna",
        "email": "anna@example.it",
        "phone": "",
        "details": "",
        "on_behalf": "self",
    }
    for step in ("whom", "who", "details_access", "send"):
        said = {**more, **own, "step": step, "state": STATE.findall(page)[-1]}
        page = browser.post(FLOW, said).content.decode()
    assert tasks.file_all_intakes() == 1
    by = company.actor(Role.DPO)
    with gate.duty(by, Duty.ANSWERING, reference=company.controller.pk, now=timezone.now()):
        row = SubjectRequest.objects.get(reference=reference_in(page))
        sealed = {n: getattr(row, n) for n in ("requester_name", "requester_email", "details")}
        return sealed | {
            field.name: getattr(row, field.attname)
            for field in SubjectRequest._meta.concrete_fields
            if field.name not in DIFFERENT
        }


@pytest.fixture
def things(
    company: Company, now: datetime, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Things:
    settings.STATE = tmp_path  # files that are being imported
    for task in (crm_tasks.land_import, retention_tasks.wake_retention):
        monkeypatch.setattr(task, "delay", lambda *_ids: None)  # no test has a broker
    return a_scene(company, now)


def forms(things: Things) -> list[Place]:
    """The pages of the workbench that take a form."""
    return [p for p in places() if p.name.startswith("admin:") and things.posted.get(p.name)]


def test_no_form_of_the_workbench_writes_what_it_did_not_ask(
    company: Company, things: Things, is_long: bool
) -> None:
    browser = Client(HTTP_ACCEPT_LANGUAGE="en", raise_request_exception=False)
    session = session_of(company, Role.DPO)
    chosen = forms(things)
    assert len(chosen) > FEW
    wrong, written = [], 0
    for place in chosen if is_long else chosen[:: len(chosen) // FEW]:
        browser.cookies["sessionid"] = session
        address = things.address(place, known=True)
        asked = _asked(browser, address)
        said = things.said(place)
        more = as_posted(asked | set(said))
        browser.cookies["sessionid"] = session
        for statement in _written(browser, address, {**more, **said}):
            written += 1
            wrong += [(place.name, value, statement[:300]) for value in SEEN if value in statement]
    assert wrong == []
    assert written > FEW


def _asked(browser: Client, address: str) -> set[str]:
    """Return the names of what the page with the form asks: its own, or the one that it is part of."""
    page = browser.get(address)
    if page.status_code == 405:
        page = browser.get(address.rstrip("/").rpartition("/")[0] + "/")
    return set(ASKED.findall(page.content.decode(errors="replace")))


def _written(browser: Client, address: str, said: dict[str, Any]) -> Iterator[str]:
    """Post a form, undo it, and return what it wrote."""
    with CaptureQueriesContext(connection) as queries:
        point = transaction.savepoint()
        browser.post(address, said)
        transaction.savepoint_rollback(point)
    return iter(str(q["sql"]) for q in queries if WRITES.match(str(q["sql"])))
