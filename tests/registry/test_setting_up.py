"""F11: strategy before data. Nobody is held before the company has decided, and says so."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.policy.vocabulary import LawfulBasis, Operation, Role
from registry import operations, setting_up, starter
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError, SetUpMissingError
from registry.models import ActivityVersion, Controller, RetentionRule, Staff
from registry.setting_up_steps import Step
from tests.builders import Company, a_company
from tests.logins import logged_in

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def bare(now: datetime) -> Controller:
    return Controller.objects.create(slug="nuova", name="Nuova S.r.l.")


def hired(controller: Controller, name: str, role: Role, now: datetime) -> Staff:
    return operations.hire(
        controller=controller, username=f"nuova-{name}", role=role, password=None, now=now
    )


def refused(staff: Staff, operation: Operation, now: datetime) -> Step | None:
    """The step that a creation or an import is told is missing; None where the gate opens."""
    try:
        with gate.open(staff.actor(), "order_management", operation, now=now):
            return None
    except SetUpMissingError as error:
        return error.step


def test_f11_creating_and_importing_are_refused_with_the_missing_step_named(
    bare: Controller, now: datetime
) -> None:
    agent = hired(bare, "agent", Role.AGENT, now)

    def both() -> set[Step | None]:
        return {refused(agent, what, now) for what in (Operation.CREATE, Operation.IMPORT)}

    assert both() == {Step.CONTROLLER}
    Controller.objects.filter(pk=bare.pk).update(address="Via Roma 1", email="p@nuova.example")
    assert both() == {Step.PURPOSES}
    dpo = hired(bare, "dpo", Role.DPO, now)
    bare.refresh_from_db()
    starter.load(controller=bare, by=dpo, now=now)
    drafts = ActivityVersion.objects.filter(controller=bare)
    orders = drafts.get(activity__purpose__key="order_management")
    drafts.filter(pk=orders.pk).update(basis=LawfulBasis.LEGITIMATE_INTEREST)
    assert both() == {Step.BASES}
    drafts.filter(pk=orders.pk).update(basis=LawfulBasis.CONTRACT)
    rules = list(RetentionRule.objects.filter(version=orders))
    RetentionRule.objects.filter(version=orders).delete()
    assert both() == {Step.RETENTION}
    RetentionRule.objects.bulk_create(rules)
    assert both() == {Step.APPROVER}, "whoever drafted does not approve"
    lawyer = hired(bare, "legal", Role.LEGAL, now)
    assert both() == {Step.APPROVAL}
    operations.approve(version=orders, by=lawyer, now=now)
    assert both() == {None}


def test_f11_once_a_company_works_a_refusal_is_about_the_purpose(now: datetime) -> None:
    company = a_company()
    with pytest.raises(GateRefusedError) as error:
        _open(company, now)
    assert not isinstance(error.value, SetUpMissingError)
    assert setting_up.missing(company.controller.pk, at=now) is None


def _open(company: Company, now: datetime) -> None:
    with gate.open(company.actor(Role.AGENT), "astrology", Operation.CREATE, now=now):
        pass


def test_f11_the_steps_are_shown_in_order_each_with_its_page(now: datetime) -> None:
    company = a_company(approved=False, now=now)
    browser = logged_in(company.staff[Role.DPO], language="en")
    answer = browser.get(reverse("admin:set_up"))
    page = answer.content.decode()
    assert [step["is_done"] for step in answer.context["steps"]] == [True] * 5 + [False]
    assert [step["is_next"] for step in answer.context["steps"]] == [False] * 5 + [True]
    assert reverse("admin:registry_activityversion_changelist") in page
    assert "approved by somebody who did not write it" in page


def test_f11_the_desk_leads_to_the_steps(now: datetime) -> None:
    company = a_company(approved=False, now=now)
    browser: Client = logged_in(company.staff[Role.AGENT], language="en")
    page = browser.get(reverse("desk:search"), follow=True).content.decode()
    assert reverse("admin:set_up") in page
    assert browser.get(reverse("admin:set_up")).status_code == 200
