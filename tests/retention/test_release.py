"""New rules ask for two, a changed rule shows its effect first, and a backlog goes in portions."""

from datetime import date

import pytest

from governance.policy.vocabulary import RecordClass, Role
from registry import operations as register
from registry.models import ActivityVersion
from retention import operations, queries, rules
from retention.errors import RegisterChangedError, RunApprovalError, SecondApprovalError
from retention.models import RetentionRun
from tests.builders import NOW, Company, a_company
from tests.retention.scenes import (
    an_old_customer,
    approved,
    carried_out,
    everything,
    held,
    preview,
    swept,
    told,
)

OLD = date(2011, 11, 23)


def shortened(company: Company, period: str = "P5Y") -> ActivityVersion:
    """A draft by which orders and the rest of a customer are kept for a shorter time."""
    version = ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key="order_management", state="approved"
    )
    draft = register.redraft(version=version, by=company.staff[Role.DPO], now=NOW)
    draft.retention_rules.update(period=period)
    return draft


def due(run: RetentionRun, name: str) -> tuple[int, int]:
    """How many rows are due on the first and on the last day of a forecast."""
    coming = queries.forecast(run, name).coming
    return sum(c.counts[0] for c in coming), sum(c.counts[-1] for c in coming)


def test_what_a_day_ahead_makes_due_is_what_a_preview_for_that_day_says(company: Company) -> None:
    for number, bought in enumerate(
        (OLD, date(2016, 12, 5), date(2017, 2, 1), date(2017, 9, 30), date(2024, 2, 29))
    ):
        an_old_customer(company, f"Ordinati{number}", orders=[bought])
    found = queries.forecast(preview(company))
    totals = [sum(c.counts[place] for c in found.coming) for place in range(len(found.days))]
    said = [preview(company, today=day).preview for day in found.days]
    assert totals == [one["totals"]["due"] for one in said]
    assert (totals[0], totals[found.on(date(2026, 12, 23))], totals[-1]) == (5, 10, 20)
    assert totals == sorted(totals)


def test_rows_are_counted_by_the_age_of_their_first_date(company: Company) -> None:
    an_old_customer(company, "Vecchi", orders=[OLD])
    an_old_customer(company, "Mezzani", orders=[date(2023, 11, 24), date(2023, 11, 23)])
    (orders,) = (
        ages
        for ages in queries.forecast(preview(company)).ages
        if ages.record_class == RecordClass.FISCAL_RECORD
    )
    assert (dict(orders.rows), dict(orders.due)) == ({2: 2, 3: 2, 10: 2}, {10: 2})


def test_a_draft_shows_what_it_would_make_due_and_changes_nothing(company: Company) -> None:
    an_old_customer(company, "Seianni", orders=[date(2020, 1, 7)])
    before = everything(company)
    draft = shortened(company)
    assert rules.are_changed_by(draft, at=NOW)
    assert queries.effect(draft) is None
    run = operations.preview(company.actor(Role.DPO), now=NOW, draft=draft)
    assert queries.effect(draft) == run
    assert (due(run, "before"), due(run, "forecast")) == ((0, 0), (3, 3))
    assert everything(company) == before
    assert queries.latest(company.controller.pk) is None, "it is no preview of what is in force"
    with pytest.raises(RegisterChangedError):
        operations.approve(run, company.staff[Role.LEGAL], now=NOW)
    register.approve(version=draft, by=company.staff[Role.LEGAL], now=NOW)
    assert operations.approve(run, company.staff[Role.LEGAL], now=NOW).state == "waiting"


def test_a_draft_that_was_written_on_has_shown_nothing(company: Company) -> None:
    draft = shortened(company)
    operations.preview(company.actor(Role.DPO), now=NOW, draft=draft)
    register.draft(version=draft, by=company.staff[Role.DPO], now=NOW.replace(hour=23))
    assert queries.effect(draft) is None


def test_a_draft_that_keeps_the_rules_changes_none(company: Company) -> None:
    assert not rules.are_changed_by(shortened(company, "P10Y"), at=NOW)


def test_the_first_run_by_new_rules_waits_for_somebody_else(company: Company) -> None:
    first = an_old_customer(company, "Primi", orders=[OLD])
    run = preview(company)
    legal = company.staff[Role.LEGAL]
    run = operations.approve(run, legal, now=NOW)
    assert (run.state, operations.waiting(now=NOW)) == ("waiting", [])
    assert operations.carry_out(run.pk, now=NOW).is_taken is False
    with pytest.raises(SecondApprovalError):
        operations.approve_again(run.pk, legal, now=NOW)
    assert held(company, first)["crm_contact"] == 1
    operations.approve_again(run.pk, company.staff[Role.AUDITOR], now=NOW)
    assert operations.waiting(now=NOW) == [run.pk]
    RetentionRun.objects.filter(pk=run.pk).update(state="done")  # its keys are another test's
    an_old_customer(company, "Secondi", orders=[OLD])
    again = operations.approve(preview(company), legal, now=NOW)
    assert again.state == "approved", "by the same rules one is enough"
    register.approve(version=shortened(company), by=legal, now=NOW)
    changed = operations.approve(preview(company), legal, now=NOW)
    assert changed.state == "waiting", "and by changed ones it is not"


def test_a_run_by_which_nothing_goes_needs_nobody_else(company: Company) -> None:
    run = operations.approve(preview(company), company.staff[Role.DPO], now=NOW)
    assert run.state == "approved"


def test_the_second_may_close_it_instead(company: Company) -> None:
    subject = an_old_customer(company, "Fermati", orders=[OLD])
    run = operations.approve(preview(company), company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(SecondApprovalError):
        operations.decline(run.pk, company.staff[Role.LEGAL], now=NOW)
    run = operations.decline(run.pk, company.staff[Role.DPO], now=NOW)
    assert (run.state, run.result) == ("failed", {"stopped": "declined"})
    assert operations.waiting(now=NOW) == []
    assert held(company, subject)["crm_contact"] == 1
    begun = approved(company)
    with pytest.raises(SecondApprovalError):
        operations.decline(begun.pk, company.staff[Role.DPO], now=NOW)


def test_a_backlog_goes_in_portions_that_are_approved(fresh_database: None) -> None:
    company = a_company()
    backlog = [an_old_customer(company, f"Arretrati{n}", orders=[OLD]) for n in range(5)]

    def left() -> int:
        return sum("crm_contact" in held(company, subject) for subject in backlog)

    with pytest.raises(RunApprovalError):
        operations.approve(preview(company), company.staff[Role.DPO], now=NOW, most_people=0)
    run = approved(company, most_people=2)
    assert carried_out(run, now=NOW).state == "done"
    run.refresh_from_db()
    assert (left(), queries.portion(run), run.rows_erased) == (3, (2, 2), 10)
    assert carried_out(run, now=NOW).is_taken is False, "the rest waits for another release"
    assert {line for line in told(preview(company)) if line[0] == "crm_contact"} == {
        ("crm_contact", "due", "period_over", 3)
    }
    swept(company)
    assert left() == 0
