"""Keys of many people are destroyed on the word of two: the run says so, waits, and goes on."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from governance.crypto import destruction
from governance.policy import actors
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import Staff
from registry.operations import hire
from retention import operations
from retention.errors import SecondApprovalError
from retention.models import KeyOrder, RetentionRun
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_company
from tests.databases import Run
from tests.retention.scenes import (
    an_old_customer,
    approved,
    carried_out,
    held,
    living_keys,
    status,
)

NEXT_MONTH = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
OLD = date(2011, 11, 23)


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Where three are many, so that it takes less time."""
    with Run.current.server.connect(Run.current.names.keys) as keys:
        keys.execute("UPDATE crypto_rule SET bulk_from = 3")
    return a_company()


def many(company: Company) -> list:
    """As many people whose time is over as the keystore destroys on the word of two alone."""
    number = destruction.bulk_from()
    return [an_old_customer(company, f"Molti{n}", orders=[]) for n in range(number)]


def waiting(company: Company) -> tuple[list, RetentionRun]:
    people = many(company)
    run = approved(company)
    progress = carried_out(run)
    assert (progress.state, progress.is_waiting, progress.is_finished) == ("waiting", False, False)
    run.refresh_from_db()
    return people, run


def alive(company: Company, people: list) -> int:
    return sum(bool(living_keys(company, subject)) for subject in people)


def another_lawyer(company: Company) -> Staff:
    return hire(
        controller=company.controller, username="acme-legal-2", role=Role.LEGAL, password=None,
        now=NOW,
    )  # fmt: skip


def test_nothing_is_destroyed_before_somebody_else_has_approved_too(company: Company) -> None:
    people, run = waiting(company)
    assert run.preview["people_emptied"] == len(people) == 3
    assert (run.state, run.lease_until, run.finished_at) == ("waiting", None, None)
    assert alive(company, people) == len(people)
    assert operations.waiting(now=NOW) == []
    assert operations.carry_out(run.pk, now=NOW).is_taken is False
    with pytest.raises(SecondApprovalError):
        operations.approve_again(run.pk, company.staff[Role.LEGAL], now=NOW)
    for role in (Role.AGENT, Role.SALES, Role.MARKETING):
        with pytest.raises(SecondApprovalError):
            operations.approve_again(run.pk, company.staff[role], now=NOW)
    with pytest.raises(SecondApprovalError):
        operations.approve_again(run.pk, a_company("altra").staff[Role.DPO], now=NOW)
    assert alive(company, people) == len(people)

    operations.approve_again(run.pk, company.staff[Role.AUDITOR], now=NOW)
    assert operations.waiting(now=NOW) == [run.pk], "the timetable takes it up by itself"
    seal_here()  # the approval is signed, and younger than the order: another one is given
    assert carried_out_again(run).state == "done"
    assert alive(company, people) == 0
    assert {status(company, subject) for subject in people} == {"erased"}
    run.refresh_from_db()
    assert run.result["people"] == len(people)
    with pytest.raises(SecondApprovalError):
        operations.approve_again(run.pk, company.staff[Role.DPO], now=NOW)


def carried_out_again(run: RetentionRun, now: datetime = NOW) -> operations.Progress:
    """As the task does: on while it runs, after the log is signed where it waits for that."""
    progress = carried_out(run, now=now)
    while progress.state == "running" and progress.is_taken:
        progress = carried_out(run, now=now)
    return progress


@pytest.mark.parametrize("role", [Role.DPO, Role.ADMINISTRATOR])
def test_approved_by_two_beforehand_it_does_not_wait(company: Company, role: Role) -> None:
    people = many(company)
    run = approved(company)
    run = operations.approve_again(run.pk, company.staff[role], now=NOW)
    assert run.state == "approved"
    assert carried_out_again(run).state == "done"
    assert alive(company, people) == 0


def test_the_second_may_come_while_the_order_waits_to_be_signed(company: Company) -> None:
    people = many(company)
    run = approved(company)
    assert operations.carry_out(run.pk, now=NOW).is_waiting
    operations.approve_again(run.pk, company.staff[Role.DPO], now=NOW)
    assert carried_out_again(run).state == "done"
    assert alive(company, people) == 0
    with gate.duty(actors.system(company.controller.pk), Duty.RETENTION, now=NOW):
        assert not KeyOrder.objects.exists()


def test_approvals_of_two_months_are_not_two_so_both_are_asked_anew(company: Company) -> None:
    people, run = waiting(company)
    first = company.staff[Role.LEGAL]
    with pytest.raises(SecondApprovalError):  # only who may be the first begins anew
        operations.approve_again(run.pk, company.staff[Role.AUDITOR], now=NEXT_MONTH)
    run = operations.approve_again(run.pk, first, now=NEXT_MONTH)
    assert (run.state, run.approved_by, run.second_by) == ("waiting", first, None)
    assert operations.carry_out(run.pk, now=NEXT_MONTH).is_taken is False
    with pytest.raises(SecondApprovalError):
        operations.approve_again(run.pk, first, now=NEXT_MONTH)
    assert alive(company, people) == len(people)
    operations.approve_again(run.pk, another_lawyer(company), now=NEXT_MONTH)
    assert carried_out_again(run, NEXT_MONTH).state == "done"
    assert alive(company, people) == 0


def test_one_person_is_never_both_in_the_database(company: Company) -> None:
    run = approved(company)
    with pytest.raises(IntegrityError):
        RetentionRun.objects.filter(pk=run.pk).update(second_by=run.approved_by_id)


def test_a_run_approved_before_entries_were_kept_is_asked_again(company: Company) -> None:
    subject = an_old_customer(company, "Vecchi", orders=[OLD])
    for state in ("approved", "running"):
        run = approved(company)
        RetentionRun.objects.filter(pk=run.pk).update(state=state, approval=None)
        progress = operations.carry_out(run.pk, now=NOW)
        assert (progress.state, progress.is_taken) == ("previewed", False)
        assert operations.waiting(now=NOW) == []
        assert held(company, subject)["crm_contact"] == 1
    run.refresh_from_db()
    assert run.approved_by is None
    operations.approve(run, company.staff[Role.DPO], now=NOW)
    assert carried_out(run).state == "done"
    assert living_keys(company, subject) == set()
