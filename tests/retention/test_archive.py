"""What is past its use goes into the archive: nobody works with it, and it has an end of its own."""

from datetime import UTC, date, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection

from crm.models import Contact, Interaction
from governance.policy import actors
from governance.policy.vocabulary import Duty, Operation, RecordClass, Role
from registry.gate import opening as gate
from registry.models import ActivityVersion, SearchToken
from retention import archiving, disposal, holds, operations
from retention.holds import HoldGround
from tests.builders import NOW, Company, a_company, a_person, amend
from tests.retention.scenes import (
    a_message,
    an_old_customer,
    approved,
    carried_out,
    freeze,
    living_keys,
    preview,
    status,
    swept,
    told,
)

OLD, RECENT = datetime(2023, 2, 28, 9, 0, tzinfo=UTC), datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TWO_YEARS_LATER, AT_THE_END = date(2025, 3, 1), date(2033, 3, 1)


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while a run waits for it."""
    company = a_company()
    amend(company, "customer_care", archived)
    return company


def archived(draft: ActivityVersion) -> None:
    """Letters are worked with for two years, and archived for eight."""
    draft.retention_rules.filter(record_class=RecordClass.CORRESPONDENCE).update(
        action="archive", archive_period="P8Y"
    )


def somebody(company: Company, family: str) -> UUID:
    """A customer who wrote long ago and again this year."""
    subject = a_person(company, family=family, orders=[NOW.date()])
    for at in (OLD, RECENT):
        a_message(company, subject, at=at)
    return subject


def letters(company: Company, subject: UUID) -> dict[date, str]:
    """The letters of somebody by their day, with the scope each is sealed under."""
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        rows = Interaction._base_manager.filter(subject=subject)
        return {at.date(): scope for at, scope in rows.values_list("occurred_at", "scope")}


def test_a_letter_past_its_use_is_sealed_anew_and_nothing_is_erased(company: Company) -> None:
    subject = somebody(company, "Archivi")
    run = swept(company)
    assert run.preview["to_archive"] == 1
    assert (run.preview["to_erase"], run.rows_erased) == (0, 0)
    assert run.result["archived"] == {"correspondence": 1}
    assert letters(company, subject) == {OLD.date(): "archive", RECENT.date(): "ordinary"}
    assert ("crm_interaction", "kept", "in_archive", 1) in told(preview(company))
    again = swept(company)
    assert (again.preview["to_archive"], again.result.get("archived", {})) == (0, {})


@pytest.mark.parametrize(
    ("role", "purpose"), [(Role.AGENT, "customer_care"), (Role.AGENT, "order_management")]
)
def test_no_purpose_reads_the_archive_by_models_by_sql_or_by_counting(
    company: Company, role: Role, purpose: str
) -> None:
    subject = somebody(company, "Archivi")
    swept(company)
    for people in (subject, [subject]):
        with gate.open(
            company.actor(role), purpose, Operation.READ, subjects=people, now=NOW
        ) as access:
            seen = {row.occurred_at for row in access.rows(Interaction)}
            assert seen == {RECENT}
            assert Interaction.objects.filter(subject=subject).count() == 1
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM crm_interaction WHERE scope = 'archive'")
                assert cursor.fetchone() == (0,)
            assert not any(scope == "archive" for _s, scope, _v in access._keys)


def test_no_purpose_writes_into_the_archive(company: Company) -> None:
    subject = somebody(company, "Archivi")
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        gate.open(
            company.actor(Role.AGENT), "order_management", Operation.UPDATE, subjects=subject,
            now=NOW,
        ),
        connection.cursor() as cursor,
    ):  # fmt: skip
        cursor.execute("UPDATE crm_interaction SET scope = 'archive'")
    assert set(letters(company, subject).values()) == {"ordinary"}


def test_a_duty_reads_it_so_that_an_answer_is_whole(company: Company) -> None:
    subject = somebody(company, "Archivi")
    swept(company)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        bodies = {row.occurred_at: row.body for row in access.rows(Interaction)}
    assert bodies == {OLD: "Buongiorno", RECENT: "Buongiorno"}


def test_the_archive_ends_to_the_day(company: Company) -> None:
    subject = somebody(company, "Archivi")
    swept(company)
    before = preview(company, today=date(2033, 2, 28))
    assert ("crm_interaction", "kept", "in_archive", 1) in told(before)
    due = preview(company, today=AT_THE_END)
    assert ("crm_interaction", "due", "period_over", 1) in told(due)
    later = datetime(2033, 3, 1, 9, 0, tzinfo=UTC)
    run = approved(company, today=AT_THE_END, now=later)
    assert carried_out(run, now=later).state == "done"
    assert OLD.date() not in letters(company, subject)


def test_a_day_before_the_end_of_its_use_it_is_worked_with(company: Company) -> None:
    somebody(company, "Archivi")
    assert preview(company, today=date(2025, 2, 28)).preview["to_archive"] == 0
    assert preview(company, today=TWO_YEARS_LATER).preview["to_archive"] == 1


@pytest.mark.parametrize("kind", ["hold", "restriction", "request"])
def test_what_is_frozen_is_not_moved(company: Company, kind: str) -> None:
    subject = somebody(company, "Ferma")
    freeze(company, subject, kind)
    swept(company)
    assert letters(company, subject)[OLD.date()] == "ordinary"


def test_a_name_in_the_archive_is_not_found_any_more(company: Company) -> None:
    subject = an_old_customer(company, "Archivi", orders=[date(2008, 5, 5)])

    def master(draft: ActivityVersion) -> None:
        draft.retention_rules.filter(record_class=RecordClass.MASTER_DATA).update(
            action="archive", archive_period="P20Y"
        )

    amend(company, "order_management", master)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        assert SearchToken.objects.filter(subject=subject, kind="name").exists()
    swept(company)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        contact = Contact._base_manager.get(subject=subject)
        assert contact.scope == "archive"
        assert not SearchToken.objects.filter(subject=subject, row=contact.pk).exists()
    assert status(company, subject) == "active"
    assert "archive" in living_keys(company, subject)


def test_an_erasure_takes_the_archive_along(company: Company) -> None:
    subject = somebody(company, "Archivi")
    swept(company)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW) as access:
        plan = disposal.plan(access, subject, today=NOW.date())
    letters = [h for h in plan.holdings if h.table == "crm_interaction"]
    assert {(h.scope, h.count, h.decision) for h in letters} == {
        ("archive", 1, "erased"),
        ("ordinary", 1, "erased"),
    }


def test_a_hold_placed_on_the_archive_keeps_it_past_its_end(company: Company) -> None:
    subject = somebody(company, "Archivi")
    swept(company)
    holds.place(
        company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa",
        review_on=date(2027, 6, 1), record_classes=[RecordClass.CORRESPONDENCE], now=NOW,
    )  # fmt: skip
    assert ("crm_interaction", "held", "legal_hold", 2) in told(preview(company, today=AT_THE_END))


def test_a_row_that_does_not_open_is_set_aside_and_the_others_go(
    company: Company, superuser: psycopg.Connection[object]
) -> None:
    broken, sound = somebody(company, "Guasti"), somebody(company, "Sani")
    superuser.execute(
        "UPDATE crm_interaction SET sealed = substring(sealed FROM 1 FOR length(sealed) - 3)"
        " WHERE subject_id = %s AND occurred_at = %s", [broken, OLD],
    )  # fmt: skip
    run = swept(company)
    assert run.rows_set_aside == 1
    assert letters(company, broken)[OLD.date()] == "ordinary"
    assert letters(company, sound)[OLD.date()] == "archive"


def test_a_run_that_stops_between_batches_goes_on(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        somebody(company, f"Archivi{number}")
    monkeypatch.setattr(archiving, "PEOPLE_AT_ONCE", 1)
    run = approved(company)
    states = [operations.carry_out(run.pk, now=NOW, max_batches=1).state for _ in range(2)]
    assert states == ["running", "running"]
    assert carried_out(run).state == "done"
    run.refresh_from_db()
    assert run.result["archived"] == {"correspondence": 3}
    with gate.duty(actors.system(company.controller.pk), Duty.RETENTION, now=NOW):
        assert Interaction._base_manager.filter(scope="archive").count() == 3
