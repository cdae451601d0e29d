"""ST2, F12: proposals at the desk are shown with reasons, and are a task only when somebody takes them."""

from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from crm.models import ActionChoice, Task
from crm.scores import running
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_consent, a_person
from tests.crm.console.conftest import At

pytestmark = pytest.mark.django_db(databases=["default", "keys", "auditor"])


@pytest.fixture
def ada(company: Company, now: datetime) -> UUID:
    days = [now.date() - timedelta(days=ago) for ago in (40, 20, 1)]
    ada = a_person(company, given="Ada", now=now, orders=days)
    for purpose in ("profiling", "newsletter"):
        a_consent(company, ada, purpose=purpose, at=now)
    since = now.date() - timedelta(days=900)
    running.run_churn(system(company.controller.pk), "profiling", since=since, now=now)
    return ada


def held(company: Company, ada: UUID, now: datetime) -> tuple[list[str], list[str]]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=ada, reference=ada, now=now
    ) as access:
        tasks = [row.title or "" for row in access.rows(Task)]
        return tasks, [row.choice for row in access.rows(ActionChoice).order_by("pk")]


def test_st2_nothing_is_done_before_somebody_takes_it(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    browser = at_desk(Role.MANAGER, "customer_care")
    address = reverse("desk:next", args=[ada])
    page = unescape(browser.get(address).content.decode())
    assert "Propose something that goes with what was bought" in page
    assert "Has ordered before." in page
    assert "25 %" in page
    assert "Days since the last order" in page
    assert held(company, ada, now) == ([], [])
    choose = reverse("desk:next_choose", args=[ada])
    browser.post(choose, {"action": "invite", "choice": "decline"})
    answer = browser.post(choose, {"action": "offer", "choice": "accept"}, follow=True)
    assert "the task is on your list" in answer.content.decode()
    tasks, choices = held(company, ada, now)
    assert tasks == ["Propose something that goes with what was bought"]
    assert choices == ["declined", "accepted"]


def test_st2_a_role_that_does_not_act_for_the_purpose_sees_no_score(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    browser = at_desk(Role.AGENT, "customer_care")
    page = unescape(browser.get(reverse("desk:next", args=[ada])).content.decode())
    assert "no scores for a purpose of your role" in page
    assert "25 %" not in page
    browser.post(reverse("desk:next_choose", args=[ada]), {"action": "offer", "choice": "accept"})
    assert held(company, ada, now) == ([], [])


def test_st2_what_is_not_proposed_any_more_is_not_taken(
    company: Company, ada: UUID, now: datetime, at_desk: At
) -> None:
    browser = at_desk(Role.MANAGER, "customer_care")
    choose = reverse("desk:next_choose", args=[ada])
    answer = browser.post(choose, {"action": "win_back", "choice": "accept"})
    assert answer.status_code == 409
    assert held(company, ada, now) == ([], [])
