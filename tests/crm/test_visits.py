"""Visits on site: who sees where, when, and that a report is kept once."""

import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from crm.models import FieldVisit
from crm.service import operations, visits
from crm.service.errors import CaseNotFoundError, VisitNotFoundError, VisitOpenError
from crm.service.visits import NewVisit, Report
from governance.policy.cases import CaseState
from governance.policy.visits import AddressNotShownError, VisitClosedError, VisitState
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company
from tests.crm.serving import a_case, column, does
from tests.crm.test_cases import a_customer

pytestmark = pytest.mark.django_db

FIELD = "field_service"
DAY = timedelta(days=1)
STREET = "Via dei Mille 7"
MOST_BYTES = 60_000


def a_visit(company: Company, subject: UUID, *, at: datetime, **more: object) -> UUID:
    """A visit that the office plans for the technician."""
    new = NewVisit(**{  # type: ignore[arg-type]
        "technician": company.staff[Role.FIELD_AGENT].pk, "starts_at": at,
        "ends_at": at + timedelta(hours=2), "topic": "Lampada spenta", "contact_name": "Anna Bianchi",
        "contact_phone": "+39 347 555 0101", "street": STREET, "postal_code": "10121",
        "city": "Torino", "checklist": ("Spina", "Fusibile"), **more,
    })  # fmt: skip
    with gate.open(
        company.actor(Role.AGENT), FIELD, Operation.CREATE, subjects=subject, now=NOW
    ) as access:
        made: UUID = visits.plan(access, new, subject=subject, purpose=FIELD).pk
    return made


def reports(company: Company, visit: UUID, report: Report, *, at: datetime) -> None:
    technician = company.staff[Role.FIELD_AGENT]
    with gate.open(
        technician.actor(), FIELD, Operation.UPDATE,
        subjects=visits.person_of(technician.pk, visit), now=at,
    ) as access:  # fmt: skip
        visits.close(access, visit, report, by=technician.pk)


def street(company: Company, role: Role, visit: UUID, subject: UUID, *, at: datetime) -> str | None:
    with gate.open(company.actor(role), FIELD, Operation.READ, subjects=subject, now=at) as access:
        return access.rows(FieldVisit).get(pk=visit).street


def test_o14_technician_sees_the_address_from_the_day_before_until_closure(
    company: Company,
) -> None:
    anna = a_customer(company)
    visit = a_visit(company, anna, at=NOW + 3 * DAY)
    midnight = timezone.localtime(NOW + 2 * DAY).replace(hour=0, minute=0)
    for moment in (NOW, midnight - timedelta(minutes=1)):
        with pytest.raises(AddressNotShownError):
            street(company, Role.FIELD_AGENT, visit, anna, at=moment)
        assert street(company, Role.AGENT, visit, anna, at=moment) == STREET
    for moment in (midnight, NOW + 3 * DAY, NOW + 5 * DAY):
        assert street(company, Role.FIELD_AGENT, visit, anna, at=moment) == STREET
    reports(company, visit, Report(uuid4(), "Fatto", signed_by="Anna"), at=NOW + 3 * DAY)
    with pytest.raises(AddressNotShownError):
        street(company, Role.FIELD_AGENT, visit, anna, at=NOW + 3 * DAY)
    assert street(company, Role.AGENT, visit, anna, at=NOW + 3 * DAY) == STREET


def test_o14_checklist_signature_and_report_are_kept_with_the_visit(company: Company) -> None:
    anna = a_customer(company)
    case = a_case(company, anna)
    visit = a_visit(company, anna, at=NOW, case=case)
    with pytest.raises(VisitOpenError):
        does(company, anna, operations.solve, case, solution="Fatto")
    said = Report(uuid4(), "Fusibile cambiato", done=frozenset({1}), signed_by="Anna Bianchi")
    reports(company, visit, said, at=NOW)
    with gate.open(
        company.actor(Role.AGENT), FIELD, Operation.READ, subjects=anna, now=NOW
    ) as access:
        held = access.rows(FieldVisit).get(pk=visit)
        assert visits.checklist(held) == ((False, "Spina"), (True, "Fusibile"))
        assert (held.report, held.signed_by, held.state) == (
            "Fusibile cambiato", "Anna Bianchi", VisitState.DONE,
        )  # fmt: skip
    does(company, anna, operations.solve, case, solution="Fusibile")
    assert column(company, anna, case, "state") == CaseState.SOLVED
    with pytest.raises(CaseNotFoundError):
        a_visit(company, anna, at=NOW, case=case)


def test_o7_a_report_that_is_sent_again_is_the_same_report(company: Company) -> None:
    anna = a_customer(company)
    visit, other = a_visit(company, anna, at=NOW), a_visit(company, anna, at=NOW)
    said = Report(uuid4(), "Fatto")
    reports(company, visit, said, at=NOW)
    reports(company, visit, Report(said.key, "Fatto, di nuovo"), at=NOW + timedelta(minutes=5))
    with gate.open(
        company.actor(Role.AGENT), FIELD, Operation.READ, subjects=anna, now=NOW
    ) as access:
        held = access.rows(FieldVisit).get(pk=visit)
        assert (held.report, held.closed_at) == ("Fatto", NOW)
    with pytest.raises(VisitClosedError):
        reports(company, visit, Report(uuid4(), "Altro"), at=NOW)
    with pytest.raises(IntegrityError, match="one_report_per_key"):
        reports(company, other, said, at=NOW)


def test_o14_nobody_reports_on_the_visit_of_somebody_else(company: Company) -> None:
    anna = a_customer(company)
    visit = a_visit(company, anna, at=NOW, technician=company.staff[Role.MANAGER].pk)
    with pytest.raises(VisitNotFoundError):
        reports(company, visit, Report(uuid4(), "Fatto"), at=NOW)


def test_o7_the_page_of_visits_is_light_and_shows_what_the_role_may_see(
    company: Company, client: Client
) -> None:
    now = timezone.now()
    noon = timezone.localtime(now).replace(hour=12, minute=0)
    anna = a_customer(company, phone="+39 347 555 0199")
    for ahead in range(8):
        a_visit(company, anna, at=noon + ahead * DAY, street=f"{STREET}/{ahead}")
    client.force_login(company.staff[Role.FIELD_AGENT])
    client.post("/desk/purpose/", {"purpose": FIELD})
    response = client.get("/desk/visits/")
    shown = response.content.decode()
    assert response.status_code == 200
    assert len(response.content) < MOST_BYTES
    assert re.findall(rf"{STREET}/\d", shown) == [f"{STREET}/0", f"{STREET}/1"]
    assert shown.count("Anna Bianchi") == 7  # a week
    assert "anna.bianchi@example.it" not in shown
    assert "555 0199" not in shown  # of the customer; the phone of the visit is another
    form = dict(re.findall(r'name="(key)" value="([^"]+)"', shown)[:1])
    action = re.search(r'action="(/desk/visits/[^"]+)"', shown)
    assert action
    said = {**form, "outcome": "done", "text": "Fatto", "signed_by": "Anna", "done": ["0"]}
    assert client.post(action[1], {**said, "text": ""}).status_code == 422
    for _again in range(2):  # the line was slow
        assert client.post(action[1], said)["Location"] == "/desk/visits/"
    assert client.post(action[1], {**said, "key": str(uuid4())}).status_code == 409
    assert f"{STREET}/0" not in client.get("/desk/visits/").content.decode()
