"""Ways around a promise that were tried once and must stay closed."""

import io
import logging
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.urls import reverse

from crm import operations as crm
from crm.imports import landing
from crm.imports.targets import Entity
from dsar import attaching, erasure_right, requests
from governance.logs import WithoutValues
from governance.policy import consents
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import (
    Channel,
    ConsentState,
    Duty,
    Operation,
    Right,
    Role,
    SubjectKind,
)
from registry import operations
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.models import ActivityVersion, ConsentStanding, DataSubject, Objection, Purpose, Staff
from registry.operations import ApprovalError
from registry.suppression import Reason
from tests.builders import NOW, Company, a_company, a_consent, a_person
from tests.dsar import acts
from tests.portal.conftest import as_role  # noqa: F401 - a fixture


def dpo(company: Company):
    return company.actor(Role.DPO)


def held(company: Company):
    return gate.duty(dpo(company), Duty.DISCOVERY, now=NOW)


def test_two_spellings_of_an_address_are_both_remembered(company: Company) -> None:
    acts.remember(company, Reason.ERASED, email="mario@example.it")
    spellings = ["MARIO@example.it", "mario@example.it"]
    assert set(acts.remembered(company, Lookup.EMAIL, *spellings)) == set(spellings)


def test_a_refused_request_erases_nobody(company: Company) -> None:
    anna = a_person(company)
    request = acts.ask_and_identify(company, Right.ERASURE)
    erasure = erasure_right.plan(request.pk, dpo(company), NOW)
    requests.refuse(
        request.pk, ground="legal_claims", reasons="A lawsuit.", by=dpo(company), now=NOW
    )
    with pytest.raises(GovernanceError):
        erasure_right.approve(erasure.pk, dpo(company), shown=erasure.plan_hash, now=NOW)
    with held(company):
        assert DataSubject.objects.get(pk=anna).status == "active"


def test_an_objection_takes_effect_when_it_is_attached_to_the_person(company: Company) -> None:
    anna = a_person(company)
    request = acts.ask(company, Right.OBJECTION, email="other@example.it", name="X")
    attaching.attach(request.pk, anna, by=dpo(company), now=NOW)
    with held(company):
        assert Objection.objects.filter(subject=anna, to_marketing=True).count() == 1


def test_an_objection_stops_every_holder_of_the_address(company: Company) -> None:
    one = a_person(company, email="famiglia@example.it", phone="+393331234567")
    two = a_person(company, given="Bea", email="famiglia@example.it")
    acts.ask(company, Right.OBJECTION, email="famiglia@example.it", name="", phone="+393331234567")
    with held(company):
        assert set(Objection.objects.values_list("subject_id", flat=True)) == {one, two}


def test_a_stale_form_puts_no_version_in_force_back_to_draft(company: Company) -> None:
    version = ActivityVersion.objects.filter(controller=company.controller, state="approved")[0]
    draft = operations.redraft(version=version, by=company.staff[Role.DPO], now=NOW)
    stale = ActivityVersion.objects.get(pk=draft.pk)
    operations.approve(version=draft, by=company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(ApprovalError):
        operations.draft(version=stale, by=company.staff[Role.DPO], now=NOW)
    assert ActivityVersion.objects.get(pk=draft.pk).state == "approved"


def test_an_administrator_makes_nobody_who_may_read_people(company: Company, as_role) -> None:  # noqa: F811 - a fixture
    hire = {"username": "me-too", "role": "dpo", "password": "Correct-horse-9battery"}
    as_role(Role.ADMINISTRATOR).post(reverse("admin:staff_hire"), hire)
    assert not Staff.objects.filter(username="me-too").exists()


def test_a_password_hash_cannot_be_guessed_by_filters(company: Company, as_role) -> None:  # noqa: F811 - a fixture
    person = company.staff[Role.DPO]
    person.set_password("correct horse battery")
    person.save()
    browser = as_role(Role.AUDITOR)
    address = reverse("admin:registry_staff_changelist")
    right = browser.get(address, {"password__startswith": person.password[:30]}).content
    wrong = browser.get(address, {"password__startswith": "zzz"}).content
    assert (b"acme-dpo" in right) == (b"acme-dpo" in wrong)


def test_what_a_purpose_is_changes_with_an_approved_version_only(company: Company, as_role) -> None:  # noqa: F811 - a fixture
    purpose = company.purpose("newsletter")
    texts = {"text_it": purpose.text_it, "text_en": purpose.text_en}
    as_role(Role.DPO).post(reverse("admin:registry_purpose_change", args=[purpose.pk]), texts)
    assert Purpose.objects.get(pk=purpose.pk).is_marketing


def test_values_in_database_errors_do_not_reach_the_log() -> None:
    buffer = io.StringIO()
    handler = logging.StreamHandler(buffer)
    handler.setFormatter(WithoutValues("{levelname} {message}", style="{"))
    logger = logging.getLogger("custode.test")
    logger.addHandler(handler)
    try:
        int("DETAIL:  Key (username)=(mario.rossi) already exists.")
    except ValueError:
        logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    assert "failed" in buffer.getvalue()
    assert "ValueError" in buffer.getvalue()
    assert "mario.rossi" not in buffer.getvalue()


def test_the_last_contact_is_a_day_in_rome(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 1)])
    later = datetime(2027, 1, 2, tzinfo=UTC)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=later
    ) as access:
        crm.record_interaction(
            access, subject=anna, channel=Channel.EMAIL, direction="in",
            occurred_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC), topic="a", body="b",
        )  # fmt: skip
    with held(company):
        assert DataSubject.objects.get(pk=anna).last_contact_on == date(2027, 1, 1)


def test_a_file_that_says_no_since_yesterday_is_heard(company: Company, tmp_path: Path) -> None:
    by = company.staff[Role.AGENT]

    def run(refused: str) -> None:
        path = tmp_path / "contacts.csv"
        path.write_text(
            "Contact ID,First Name,Last Name,Email,Do Not Contact\n"
            f"1,Ugo,Rossi,ugo@example.it,{refused}\n"
        )
        batch, mapping = landing.propose(
            path, source=company.source, purpose="order_management", by=by, now=NOW,
            entity=Entity.CONTACT,
        )  # fmt: skip
        landing.land(path, batch, mapping, by=by, kind=SubjectKind.CUSTOMER, now=NOW)

    run("false")
    with held(company):
        assert Objection.objects.count() == 0
    run("true")
    run("true")
    with held(company):
        assert Objection.objects.filter(to_marketing=True).count() == 1


def test_a_withdrawal_is_not_lost_to_a_grant_that_read_the_ledger_before(
    fresh_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = a_company()
    anna = a_person(company)
    a_consent(company, anna, state=ConsentState.REFUSED, at=NOW - timedelta(days=3))
    has_read, may_go = threading.Event(), threading.Event()
    real = consents.standing

    def slow(events):
        stands = real(events)
        if threading.current_thread().name == "grant":
            has_read.set()
            may_go.wait(2)
        return stands

    monkeypatch.setattr(consents, "standing", slow)  # only to make the race happen every time

    def grant() -> None:
        try:
            a_consent(company, anna, state=ConsentState.GIVEN, at=NOW - timedelta(days=2))
        finally:
            connections.close_all()

    racing = threading.Thread(target=grant, name="grant")
    racing.start()
    assert has_read.wait(20)
    a_consent(company, anna, state=ConsentState.WITHDRAWN, at=NOW - timedelta(days=1))
    may_go.set()
    racing.join()
    with held(company):
        assert ConsentStanding.objects.get(subject=anna).state == "withdrawn"
