"""F13: the use of the program by role is that of SQL; nobody is ranked, and one by one takes a permission."""

from datetime import datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from crm.models import Contact, FieldOrigin
from crm.service import adoption, operations
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Operation, RecordClass, Role, SubjectKind
from registry import operations as registry
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import (
    ActivityVersion,
    ProcessingActivity,
    Purpose,
    RetentionRule,
    Staff,
)
from tests.builders import Company, a_company, a_person
from tests.crm.console.conftest import show_every_count
from tests.crm.serving import CARE, a_case
from tests.logins import logged_in

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])
# By hand: of each role, its people, who logged in, cases solved, fields written.
ORACLE = """
SELECT s.role, count(*), count(*) FILTER (WHERE s.last_login >= %(since)s),
    coalesce(sum((SELECT count(*) FROM crm_case AS c WHERE c.assigned_to_id = s.id
        AND c.solved_at >= %(since)s AND c.purpose = 'customer_care')), 0)::int,
    coalesce(sum((SELECT count(*) FROM crm_fieldorigin AS f WHERE f.noted_by_id = s.id
        AND f.collected_at >= %(since)s)), 0)::int
FROM registry_staff AS s WHERE s.is_active AND s.controller_id = %(controller)s
GROUP BY s.role ORDER BY s.role
"""


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def company(db: None, now: datetime) -> Company:
    return a_company(now=now)


@pytest.fixture
def work(company: Company, now: datetime) -> datetime:
    """Two agents solved three cases and one, sales none; one field was written; since when."""
    other = registry.hire(
        controller=company.controller,
        username="acme-other",
        role=Role.AGENT,
        password=None,
        now=now,
    )
    agent = company.staff[Role.AGENT]
    Staff.objects.filter(pk=agent.pk).update(last_login=now)
    Staff.objects.filter(pk=other.pk).update(last_login=now - timedelta(days=40))
    anna = a_person(company, orders=[now.date()], now=now)
    for by in (agent, agent, agent, other):
        case = a_case(company, anna, at=now)
        with gate.open(agent.actor(), CARE, Operation.UPDATE, subjects=anna, now=now) as access:
            operations.take(access, case, by=by.pk)
            operations.solve(access, case, solution="Fatto")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=now
    ) as access:
        contact = access.rows(Contact).get()
        FieldOrigin(
            controller=company.controller, subject_id=anna, row=contact.pk, field="job_title",
            noted_by=company.staff[Role.SALES], collected_at=now,
        ).save()  # fmt: skip
    return now - timedelta(days=30)


def test_f13_the_report_by_role_is_that_of_sql(
    company: Company, work: datetime, now: datetime
) -> None:
    with gate.open(
        company.actor(Role.MANAGER), CARE, Operation.LIST, subjects=adoption.people(CARE), now=now
    ) as access:
        found = adoption.by_role(access, CARE, since=work)
        with connection.cursor() as cursor:
            cursor.execute(ORACLE, {"since": work, "controller": company.controller.pk})
            rows = cursor.fetchall()
    assert [(u.who, u.people, u.active, u.solved, u.written) for u in found] == rows
    by_role = {u.who: u for u in found}
    assert (by_role["agent"].people, by_role["agent"].active, by_role["agent"].solved) == (2, 1, 4)
    assert by_role["sales"].written == 1


def test_f13_a_role_of_few_people_is_not_shown_and_nobody_is_named(
    company: Company, work: datetime
) -> None:
    browser = logged_in(
        company.staff[Role.MANAGER], language="en", **{"custode.desk_purpose": "customer_care"}
    )
    address = reverse("desk:adoption")
    page = unescape(browser.get(address).content.decode())
    assert "not shown" in page
    assert '<td class="number">4</td>' not in page
    show_every_count(company)
    page = unescape(browser.get(address).content.decode())
    assert '<td class="number">4</td>' in page
    assert "acme-agent" not in page
    sheet = browser.get(address, {"as": "sheet"}).content.decode().splitlines()
    assert "agent,2,1,4,0" in sheet


def an_agreement(company: Company, now: datetime) -> None:
    """The activity that a company drafts after it agreed with its workers."""
    purpose = Purpose.objects.create(
        controller=company.controller, key=adoption.BY_PERSON, text_it="Uso del programma",
        text_en="Use of the program",
    )  # fmt: skip
    activity = ProcessingActivity.objects.create(controller=company.controller, purpose=purpose)
    like = ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key="access_logging"
    )
    draft = registry.redraft(version=like, by=company.staff[Role.DPO], now=now)
    draft.activity, draft.number = activity, 1
    draft.roles, draft.categories = [Role.MANAGER], [Category.SYSTEM_USE]
    draft.subject_kinds = [SubjectKind.EMPLOYEE]
    registry.draft(version=draft, by=company.staff[Role.DPO], now=now)
    RetentionRule.objects.filter(version=draft).exclude(
        record_class=RecordClass.STAFF_RECORD
    ).delete()
    registry.approve(version=draft, by=company.staff[Role.LEGAL], now=now)


def test_f13_one_by_one_takes_an_activity_of_the_register_and_is_by_name(
    company: Company, work: datetime, now: datetime
) -> None:
    manager = company.actor(Role.MANAGER)
    with pytest.raises(GateRefusedError) as refused:
        adoption.admitted(manager, now=now)
    assert refused.value.refusal == "unknown_purpose"
    an_agreement(company, now)
    with pytest.raises(GateRefusedError):
        adoption.admitted(company.actor(Role.AGENT), now=now)
    of = adoption.admitted(manager, now=now)
    with gate.open(
        manager, CARE, Operation.LIST, subjects=adoption.people(CARE), now=now
    ) as access:
        found = adoption.by_person(access, CARE, of, since=work)
    names = [one.who for one in found]
    assert names == sorted(names), "by name, and by no figure"
    assert {one.who: one.solved for one in found if one.solved} == {
        "acme-agent": 3,
        "acme-other": 1,
    }
