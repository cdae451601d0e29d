"""Where a purpose ends, what only it needed goes, and the row stays for the others."""

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest

from crm.models import Contact, ContactPoint
from governance.crypto.column import Column
from governance.policy import actors
from governance.policy.categories import Category
from governance.policy.vocabulary import (
    ConsentState,
    Duty,
    Operation,
    RecordClass,
    Role,
    SubjectStatus,
)
from registry.gate import opening as gate
from registry.models import DataSubject, OutboxLine
from retention import emptying, holds, tables
from retention.holds import HoldGround
from retention.models import SetAside
from tests.builders import NOW, Company, a_company, a_consent, a_person, amend
from tests.retention.scenes import a_lead, freeze, objects, preview, status, swept

TODAY = NOW.date()
REFUSING = """
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE check_violation USING MESSAGE = 'no'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON crm_contact
    FOR EACH ROW WHEN (OLD.id = '{}') EXECUTE FUNCTION public.refuse()
"""


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while a run waits for it."""
    return a_company()


def interested(company: Company, family: str, *, in_what: str = "Vini rossi") -> UUID:
    """A customer with an order, whose interests marketing alone needs."""
    subject = a_person(company, family=family, orders=[TODAY])
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        contact = access.rows(Contact).get(subject=subject)
        contact.interests = in_what
        contact.save()
    return subject


def parts(company: Company, subject: UUID) -> frozenset[str]:
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        return emptying.parts_of(Contact._base_manager.get(subject=subject).sealed)


def lines(company: Company) -> set[tuple[str, str, str, int]]:
    run = preview(company)
    return {
        (line["table"], line["category"], line["reason"], line["count"])
        for line in run.preview["lines"]
        if line["category"]
    }


def test_interests_go_with_the_consent_and_the_name_stays(company: Company) -> None:
    faithful, gone = interested(company, "Fedeli"), interested(company, "Ripensa")
    a_consent(company, faithful)
    assert lines(company) == {("crm_contact", "preferences", "basis_ended", 1)}
    run = swept(company)
    assert run.preview["parts_to_erase"] == 1
    assert (run.rows_erased, run.result["parts"]) == (0, {"preferences": 1})
    assert parts(company, faithful) >= {"name", "preferences"}
    assert parts(company, gone) >= {"name"}
    assert "preferences" not in parts(company, gone)
    assert status(company, gone) == "active"
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=gone, now=NOW
    ) as access:
        assert access.rows(Contact).get(subject=gone).family_name == "Ripensa"


def test_a_second_run_changes_nothing(company: Company) -> None:
    subject = interested(company, "Ripensa")
    swept(company)
    before = parts(company, subject)
    again = swept(company)
    assert again.preview["parts_to_erase"] == 0
    assert (again.rows_erased, again.result.get("parts", {})) == (0, {})
    assert parts(company, subject) == before


def test_a_restriction_keeps_the_parts(company: Company) -> None:
    subject = interested(company, "Ferma")
    freeze(company, subject, "restriction")
    assert lines(company) == set()
    swept(company)
    assert "preferences" in parts(company, subject)


def test_a_hold_keeps_the_categories_that_it_names_and_no_others(company: Company) -> None:
    of_name, of_interests = interested(company, "Nomi"), interested(company, "Gusti")
    for subject, category in ((of_name, Category.NAME), (of_interests, Category.PREFERENCES)):
        holds.place(
            company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa",
            review_on=date(2027, 6, 1), record_classes=[RecordClass.MASTER_DATA],
            categories=[category], now=NOW,
        )  # fmt: skip
    assert lines(company) == {("crm_contact", "preferences", "basis_ended", 1)}
    run = swept(company)
    assert (run.rows_erased, run.result["parts"]) == (0, {"preferences": 1})
    assert "preferences" not in parts(company, of_name)
    assert "name" in parts(company, of_name)
    assert "preferences" in parts(company, of_interests)


def test_what_no_activity_needs_is_a_question_and_stays_with_its_row(company: Company) -> None:
    subject = interested(company, "Chiede")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        contact = access.rows(Contact).get(subject=subject)
        contact.gender = "f"
        contact.save()
    swept(company)
    assert "gender" in parts(company, subject)
    assert "preferences" not in parts(company, subject)


def test_a_register_that_needs_them_again_keeps_them(company: Company) -> None:
    subject = interested(company, "Torna")
    version = amend(company, "order_management")
    amend(company, "order_management", categories=[*version.categories, "preferences"])
    assert lines(company) == set()
    swept(company)
    assert "preferences" in parts(company, subject)


def test_a_row_that_can_not_be_taken_apart_is_set_aside_and_the_others_go(
    company: Company,
) -> None:
    subject, other = interested(company, "Guasti"), interested(company, "Sani")
    contact = tables.by_name()["crm_contact"]
    with gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW):
        broken = Contact._base_manager.get(subject=subject)
        Contact._base_manager.filter(pk=broken.pk).update(sealed=bytes(broken.sealed)[:-3])
        done = emptying.empty(contact, {broken.pk: {"preferences"}})
    assert (done.parts, done.failed) == ({}, {broken.pk: "UnsealError"})
    run = swept(company)
    assert "preferences" not in parts(company, other)
    assert run.result["parts"] == {"preferences": 1}
    assert not SetAside.objects.filter(run=run).exists(), "nobody knows what it holds"


def test_the_ledger_is_told_so_that_a_restore_repeats_it(company: Company) -> None:
    interested(company, "Ripensa")
    interested(company, "Prima")
    swept(company)
    line = OutboxLine.objects.get(kind="emptied")
    assert set(line.body) == {"table", "parts"}
    assert line.body["table"] == "crm_contact"
    assert sorted(line.body["parts"].values()) == [["preferences"], ["preferences"]]
    with gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW):
        rows = {str(pk) for pk in Contact._base_manager.values_list("pk", flat=True)}
        stored = [bytes(s) for s in Contact._base_manager.values_list("sealed", flat=True)]
    assert line.body["parts"].keys() <= rows
    assert all("preferences" not in Column.parse(one).frames for one in stored)


def test_what_was_asked_and_not_answered_stays(company: Company) -> None:
    asked, refused = interested(company, "Attende"), interested(company, "Rifiuta")
    a_consent(company, asked, state=ConsentState.REQUESTED)
    a_consent(company, refused, state=ConsentState.REFUSED)
    swept(company)
    assert "preferences" in parts(company, asked)
    assert "preferences" not in parts(company, refused)


def test_nothing_is_taken_out_of_what_is_kept_of_somebody_who_is_erased(company: Company) -> None:
    subject = interested(company, "Cancellata")
    with gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW):
        DataSubject.objects.filter(pk=subject).update(status=SubjectStatus.ERASING)
    run = swept(company)
    assert run.preview["parts_to_erase"] == 0
    assert "parts" not in run.result or run.result["parts"] == {}


def test_a_row_of_which_every_part_goes_goes(company: Company) -> None:
    subject = a_lead(company, "Casa")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        point = ContactPoint(
            controller_id=access.controller, subject_id=subject, source=company.source,
            kind="post", collected_at=NOW, city="Torino",
        )  # fmt: skip
        point.save()
    a_consent(company, subject)
    objects(company, subject, "lead_management")
    run = swept(company)
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        kinds = set(ContactPoint.objects.filter(subject=subject).values_list("kind", flat=True))
    assert run.result["erased"].get("master_data", 0) >= 1
    assert kinds == {"email"}


def test_a_row_that_the_database_refuses_is_alone(
    company: Company, superuser: psycopg.Connection[Any]
) -> None:
    subject, other = interested(company, "Guasti"), interested(company, "Sani")
    with gate.duty(actors.system(company.controller.pk), Duty.SECURITY, now=NOW):
        bad = Contact._base_manager.get(subject=subject).pk
    superuser.execute(REFUSING.format(bad))
    run = swept(company)
    assert [one.row for one in SetAside.objects.filter(run=run)] == [bad]
    assert run.rows_set_aside == 1
    assert "preferences" in parts(company, subject)
    assert "preferences" not in parts(company, other)
