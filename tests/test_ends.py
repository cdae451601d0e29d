"""Everything has an end: a check refuses what has none, and tasks end what no rule ends."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from governance import beat, ends, tasks
from governance.policy.vocabulary import RecordClass, Role
from registry.datamap import data_map
from registry.models import ActivityVersion, Finding, RetentionRule
from retention.models import RetentionRun, SetAside
from tests.builders import Company, a_company
from tests.logins import logged_in

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


def test_every_store_has_an_end() -> None:
    assert ends.everything_has_an_end(None) == []
    assert {holding.model for holding in data_map() if ends.end_of(holding) is None} == set()


@pytest.mark.parametrize(
    ("model", "number"), [("dsar.MailMark", "E006"), ("sessions.Session", "E006")]
)
def test_a_store_without_an_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, model: str, number: str
) -> None:
    monkeypatch.delitem(ends.ENDS, model)
    (error,) = ends.everything_has_an_end(None)
    assert (error.id, error.msg.startswith(model)) == (f"stores.{number}", True)


def test_an_end_by_a_task_that_is_never_woken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    left = tuple(e for e in beat.TIMETABLE if e.task != "governance.tasks.end_sessions")
    monkeypatch.setattr(ends, "TIMETABLE", left)
    (error,) = ends.everything_has_an_end(None)
    assert (error.id, error.msg.startswith("sessions.Session")) == ("stores.E007", True)


def test_an_end_of_what_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ends.ENDS, "crm.Ghost", ends.End(ends.How.STAYS))
    (error,) = ends.everything_has_an_end(None)
    assert error.id == "stores.E008"


def test_records_of_work_done_end_with_the_entries_of_the_log(company: Company) -> None:
    controller = company.controller
    rule = RetentionRule.objects.filter(
        version__controller=controller, record_class=RecordClass.ACCESS_LOG
    )
    months = max(ends.accesslog._months(ends.Period.parse(r.period)) for r in rule)
    old = NOW - timedelta(days=31 * months + 31)
    made = [_run(company, state, at) for state in ("done", "previewed") for at in (old, NOW)]
    SetAside.objects.create(
        controller=controller, run=made[0], table="crm_contact", row=controller.pk, error="x"
    )
    under_way = _run(company, "running", old)
    answered, asked = (
        Finding.objects.create(
            controller=controller, place=place, category="name", kind="free_text", raised_at=old
        )
        for place in ("a", "b")
    )
    Finding.objects.filter(pk=answered.pk).update(
        answer="dismissed", answered_by=company.staff[Role.DPO], answered_at=old
    )
    ended = ends.end_records(now=NOW)[controller.pk]
    assert {name: number for name, number in ended.items() if number} == {
        "retentionrun": 2, "finding": 1,
    }  # fmt: skip
    left = set(RetentionRun.objects.values_list("pk", flat=True))
    assert left == {made[1].pk, made[3].pk, under_way.pk}
    assert list(Finding.objects.values_list("pk", flat=True)) == [asked.pk]
    assert not SetAside.objects.exists()
    assert not any(ends.end_records(now=NOW)[controller.pk].values()), "a second time nothing"


def test_without_a_rule_for_the_log_nothing_ends(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ends.accesslog, "months_kept", lambda *_args, **_named: None)
    run = _run(company, "done", datetime(2001, 1, 1, tzinfo=UTC))
    assert ends.end_records(now=NOW) == {}
    assert RetentionRun.objects.filter(pk=run.pk).exists()


def test_a_session_goes_when_its_login_is_over(company: Company) -> None:
    logged_in(company.staff[Role.DPO])
    Session.objects.create(
        session_key="over", session_data="x", expire_date=timezone.now() - timedelta(hours=1)
    )
    tasks.end_sessions()
    assert Session.objects.count() == 1
    assert not Session.objects.filter(session_key="over").exists()


def test_the_page_says_what_ends_each_store_and_where_a_rule_is_missing(company: Company) -> None:
    browser, address = logged_in(company.staff[Role.AUDITOR]), reverse("admin:stores")
    page = browser.get(address).content.decode()
    assert {h.model for h in data_map() if f">{h.model}<" not in page} == set()
    assert "no rule in force" not in _cell(page, "audit.Entry")
    ActivityVersion.objects.filter(retention_rules__record_class=RecordClass.ACCESS_LOG).update(
        state="retired", active_to=timezone.now()
    )
    after = browser.get(address).content.decode()
    assert "no rule in force" in _cell(after, "audit.Entry")
    assert "no rule in force" not in _cell(after, "sessions.Session")
    assert logged_in(company.staff[Role.SALES]).get(address).status_code == 403


def _cell(page: str, model: str) -> str:
    """What the page says of what ends a store."""
    found = re.search(rf">{re.escape(model)}</code></th>\s*<td>(.*?)</td>", page, re.DOTALL)
    assert found is not None
    return found[1]


def _run(company: Company, state: str, at: datetime) -> RetentionRun:
    return RetentionRun.objects.create(
        controller=company.controller, state=state, today=date(2026, 1, 1), created_at=at,
        approved_at=at, finished_at=at if state == "done" else None, register="0" * 64,
    )  # fmt: skip
