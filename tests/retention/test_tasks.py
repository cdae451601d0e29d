"""Celery wakes the work and carries ids only; the work is in the rows."""

from datetime import date

from django.utils import timezone

from governance.policy.vocabulary import Role
from retention import operations, tasks
from retention.models import RetentionRun
from tests.audit.history import seal_here
from tests.builders import Company, a_company
from tests.retention.scenes import a_lead, an_old_customer, held, known_rules, living_keys, objects


def test_previews_are_made_once_a_day_and_not_beside_a_run_under_way(company: Company) -> None:
    tasks.schedule_previews()
    tasks.schedule_previews()
    run = RetentionRun.objects.get(controller=company.controller)
    assert (run.state, run.today) == ("previewed", timezone.localdate())
    RetentionRun.objects.update(today="2026-01-01", state="approved", approved_at=timezone.now())
    tasks.schedule_previews()
    assert RetentionRun.objects.count() == 1


def test_a_woken_run_is_carried_out_to_its_end(company: Company) -> None:
    lead = a_lead(company, "Contrari")
    objects(company, lead, "lead_management")
    now = timezone.now()
    known_rules(company, now=now)
    run = operations.preview(company.actor(Role.DPO), now=now)
    operations.approve(run, company.staff[Role.DPO], now=now)
    tasks.wake_retention(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.rows_erased) == ("done", 2)
    assert held(company, lead) == {"registry_objection": 1}
    tasks.wake_retention(str(run.pk))  # delivered twice
    run.refresh_from_db()
    assert (run.state, run.rows_erased) == ("done", 2)


def test_a_woken_run_waits_for_the_log_to_be_signed(fresh_database: None) -> None:
    company = a_company()
    subject = an_old_customer(company, "Vecchi", orders=[date(2011, 11, 23)])
    now = timezone.now()
    known_rules(company, now=now)
    run = operations.preview(company.actor(Role.DPO), now=now)
    operations.approve(run, company.staff[Role.DPO], now=now)
    for signed, state in ((False, "running"), (True, "done")):
        if signed:
            seal_here()
        tasks.wake_retention(str(run.pk))
        run.refresh_from_db()
        assert (run.state, run.lease_until) == (state, None)
        assert bool(living_keys(company, subject)) is not signed
