"""The engine that erases a person: what the plan says goes, what it keeps stays, both proved."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import log
from audit.actions import Action
from crm.models import Contact, Order
from governance.policy.vocabulary import ConsentState, Duty, RecordClass, Role
from registry import restriction
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import SubjectErasingError
from registry.models import ActivityVersion, DataSubject
from retention import disposal, holds, keys, stops, tables
from retention.disposal import Destroyed, ErasurePlan, Verification
from retention.errors import NotFrozenError, SubjectNotHeldError
from retention.holds import HoldGround
from tests.audit.history import seal_here
from tests.builders import NOW, Company, a_company, a_consent, a_person, amend
from tests.retention.scenes import (
    a_message,
    everything,
    held,
    living_keys,
    status,
    swept,
)

TODAY = date(2026, 11, 23)
REFERENCE = UUID("00000000-0000-7000-8000-000000000017")


@pytest.fixture
def company(fresh_database: None) -> Company:
    """Committed: the log is signed while a run or an erasure waits for it."""
    return a_company()


def erasing(company: Company, now: datetime = NOW) -> AbstractContextManager[Access]:
    return gate.duty(company.actor(Role.DPO), Duty.ERASING, reference=REFERENCE, now=now)


def planned(company: Company, subject: UUID, *, now: datetime = NOW) -> ErasurePlan:
    with erasing(company, now) as access:
        return disposal.plan(access, subject, today=now.date())


def carried_out(company: Company, plan: ErasurePlan, *, now: datetime = NOW) -> Verification:
    with erasing(company, now) as access:
        disposal.freeze(access, plan.subject)
    with erasing(company, now) as access:
        disposal.erase_rows(access, plan, *plan.tables())
    keys_destroyed(company, plan.subject, now=now)
    with erasing(company, now) as access:
        return disposal.verify(access, plan, plan.subject)


def keys_destroyed(company: Company, subject: UUID, *, now: datetime = NOW) -> Destroyed:
    """Approved, ordered, signed, destroyed."""
    approval = log.Event(
        action=Action.ERASURE_APPROVED, purpose="duty:erasing", object_type="erasure",
        object_id=REFERENCE,
    )  # fmt: skip
    with erasing(company, now) as access:
        said = log.record(access.actor, approval, now=now)
    with erasing(company, now) as access:
        given, standing = disposal.order_keys(access, subject)
    if given is None:
        return standing
    seal_here()
    with erasing(company, now) as access:
        return disposal.destroy_keys(access, subject, given, keys.proof_of(given, [said.id]))


def summary(plan: ErasurePlan) -> set[tuple[str, str, str, str, date | None, int]]:
    return {(h.table, h.decision, h.ground, h.law, h.until, h.count) for h in plan.holdings}


def test_a_plan_names_what_goes_and_what_stays_by_which_law_until_when(company: Company) -> None:
    subject = a_person(company, family="Mancini", orders=[date(2024, 2, 29), date(2010, 3, 1)])
    a_message(company, subject, at=NOW)
    a_consent(company, subject)
    plan = planned(company, subject)
    law = ("17(3)(b)", "art. 2220 c.c.", date(2034, 2, 28))
    gone = ("", "", None)
    assert summary(plan) == {
        ("crm_contact", "erased", *gone, 1),
        ("crm_contactpoint", "erased", *gone, 1),
        ("crm_interaction", "erased", *gone, 1),
        ("crm_order", "kept", *law, 1),
        ("crm_orderline", "kept", *law, 1),
        ("crm_order", "erased", *gone, 1),
        ("crm_orderline", "erased", *gone, 1),
        ("registry_consentevent", "erased", *gone, 1),
        ("registry_consentstanding", "erased", *gone, 1),
        ("registry_qualifyingevent", "erased", *gone, 2),
    }
    assert plan.tables().index("crm_orderline") < plan.tables().index("crm_order")
    assert plan.kept_scopes() == {"fiscal"}
    [contact] = [h for h in plan.holdings if h.table == "crm_contact"]
    assert (contact.title_it, contact.title_en) == ("Anagrafica", "Master data")
    assert ("given_name", "name") in contact.fields
    assert len(contact.rows) == 1


def test_a_plan_has_a_hash_that_survives_storage_and_tells_plans_apart(company: Company) -> None:
    subject = a_person(company, family="Impronta", orders=[date(2024, 2, 29)])
    plan = planned(company, subject)
    assert ErasurePlan.from_json(plan.to_json()) == plan
    assert ErasurePlan.from_json(plan.to_json()).hash() == plan.hash()
    assert planned(company, subject).hash() == plan.hash()
    a_message(company, subject, at=NOW)
    assert planned(company, subject).hash() != plan.hash()


def test_an_erasure_leaves_what_the_plan_keeps_and_proves_it(company: Company) -> None:
    a_person(company, family="Controllo", orders=[date(2024, 1, 8)])
    subject = a_person(company, family="Mancini", orders=[date(2024, 2, 29)])
    a_consent(company, subject)
    before = everything(company)
    plan = planned(company, subject)
    found = carried_out(company, plan)
    assert found == Verification(
        result="verified",
        found={"crm_order": 1, "crm_orderline": 1},
        surplus={},
        unproved=(),
        scopes=frozenset({"fiscal", "audit"}),
    )
    after = everything(company)
    tokens = before["registry_searchtoken"] - after["registry_searchtoken"]
    assert len(tokens) > 0
    for table in before.keys() - {"registry_searchtoken"}:
        assert before[table] - after[table] == plan.erased(table)
    assert status(company, subject) == "erased"
    with gate.open(
        company.actor(Role.LEGAL), "accounting", "read", subjects=subject, now=NOW
    ) as access:
        assert access.rows(Order).get().billing_name == "Anna Mancini"


def test_without_anything_to_keep_every_key_is_destroyed(company: Company) -> None:
    subject = a_person(company, family="Nulla")
    found = carried_out(company, planned(company, subject))
    assert (found.result, found.found, found.scopes) == ("verified", {}, frozenset())
    assert living_keys(company, subject) == set()
    with gate.duty(company.actor(Role.DPO), Duty.RETENTION, now=NOW):
        row = DataSubject.objects.get(pk=subject)
    assert (row.status, row.last_contact_on, row.last_order_on) == ("erased", None, None)


def test_every_step_can_be_repeated(company: Company) -> None:
    subject = a_person(company, family="Ripetuti", orders=[date(2024, 2, 29)])
    plan = planned(company, subject)
    first = carried_out(company, plan)
    left = everything(company)
    assert carried_out(company, plan) == first
    assert everything(company) == left
    with erasing(company) as access:
        (again,) = disposal.erase_rows(access, plan, "crm_contact")
    assert (again.planned, again.erased, again.failed) == (1, 0, {})


def test_rows_go_only_after_the_person_was_frozen(company: Company) -> None:
    subject = a_person(company, family="Frettolosi")
    plan = planned(company, subject)
    with pytest.raises(NotFrozenError), erasing(company) as access:
        disposal.erase_rows(access, plan, "crm_contact")
    with pytest.raises(NotFrozenError), erasing(company) as access:
        disposal.order_keys(access, subject)
    assert held(company, subject)["crm_contact"] == 1
    assert living_keys(company, subject) == {"ordinary", "audit"}


def test_a_frozen_person_can_not_be_written_to(company: Company) -> None:
    subject = a_person(company, family="Fermi")
    with erasing(company) as access:
        disposal.freeze(access, subject)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        access._may_write_erased = False  # as every access for a purpose is
        row = Contact.objects.get(subject=subject)
        row.stage = "former"
        with pytest.raises(SubjectErasingError), transaction.atomic():
            row.save(update_fields=["stage"])
    assert status(company, subject) == "erasing"


def test_keys_of_scopes_with_rows_are_never_destroyed(company: Company) -> None:
    """Keys before rows: the order that must not happen destroys nothing that is used."""
    subject = a_person(company, family="Anzitempo", orders=[date(2024, 2, 29)])
    with erasing(company) as access:
        disposal.freeze(access, subject)
    done = keys_destroyed(company, subject)
    assert done.scopes == frozenset()
    assert done.in_use == {"ordinary", "fiscal"}
    assert living_keys(company, subject) == {"ordinary", "fiscal", "audit"}


def test_a_row_that_came_after_the_plan_is_left_and_told(company: Company) -> None:
    subject = a_person(company, family="Tardivi")
    plan = planned(company, subject)
    a_message(company, subject, at=NOW)
    found = carried_out(company, plan)
    assert (found.result, found.surplus) == ("partial", {"crm_interaction": 1})
    assert living_keys(company, subject) == {"ordinary", "audit"}


def test_a_hold_placed_after_the_plan_keeps_what_it_names(company: Company) -> None:
    subject = a_person(company, family="Contesi")
    a_message(company, subject, at=NOW)
    plan = planned(company, subject)
    _hold(company, subject, [RecordClass.CORRESPONDENCE])
    with erasing(company) as access:
        disposal.freeze(access, subject)
    with erasing(company) as access:
        kept, gone = disposal.erase_rows(access, plan, "crm_interaction", "crm_contact")
    assert (kept.planned, kept.erased, kept.kept) == (1, 0, 1)
    assert (gone.planned, gone.erased, gone.kept) == (1, 1, 0)


def test_what_a_hold_kept_goes_with_the_sweep_after_it_is_lifted(company: Company) -> None:
    """Lead management would keep correspondence for two years; the erasure has ended that."""
    subject = a_person(company, family="Ripresi")
    a_message(company, subject, at=NOW)
    hold = _hold(company, subject, [RecordClass.CORRESPONDENCE])
    plan = planned(company, subject)
    assert ("crm_interaction", "kept", "17(3)(e)", "Art. 17(3)(e) GDPR", None, 1) in summary(plan)
    found = carried_out(company, plan)
    assert found.result == "verified"
    assert found.scopes == {"ordinary", "request", "audit"}
    assert swept(company).rows_erased == 0
    holds.lift(hold, by=company.staff[Role.LEGAL], now=NOW)
    assert swept(company).rows_erased == 1
    assert held(company, subject) == {"retention_legalhold": 1}
    assert living_keys(company, subject) == {"ordinary", "request", "audit"}, "still stopped"
    seal_here()
    with erasing(company) as access:
        stops.tend(access)
    swept(company)
    assert living_keys(company, subject) == {"request", "audit"}


def test_a_restriction_keeps_everything(company: Company) -> None:
    subject = a_person(company, family="Limitati", orders=[date(2010, 1, 4)])
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        restriction.place(access, subject=subject, ground="b", at=NOW)
    plan = planned(company, subject)
    assert plan.tables() == ()
    assert {(h.ground, h.law) for h in plan.holdings} == {("18(1)(b)", "Art. 18(2) GDPR")}


def test_the_open_file_of_a_request_is_kept_and_does_not_freeze_its_own_erasure(
    company: Company,
) -> None:
    subject = a_person(company, family="Richiedenti")
    _request(company, subject)
    plan = planned(company, subject)
    law = "art. 28 L. 689/1981 (prescrizione delle sanzioni)"
    assert ("dsar_subjectrequest", "kept", "17(3)(b)", law, None, 1) in summary(plan)
    assert ("crm_contact", "erased", "", "", None, 1) in summary(plan)
    found = carried_out(company, plan)
    assert (found.result, found.found) == ("verified", {"dsar_subjectrequest": 1})
    assert found.scopes == {"request", "audit"}


def test_withdrawn_consent_goes_too_unless_a_rule_makes_it_a_duty(company: Company) -> None:
    subject = a_person(company, family="Prove")
    a_consent(company, subject)
    a_consent(company, subject, state=ConsentState.WITHDRAWN)
    assert {h.decision for h in planned(company, subject).holdings} == {"erased"}

    def make_a_duty(draft: ActivityVersion) -> None:
        rules = draft.retention_rules.filter(record_class=RecordClass.CONSENT_EVIDENCE)
        rules.update(statutory=True)

    amend(company, "rights_requests", make_a_duty)
    kept = {(h.table, h.until) for h in planned(company, subject).holdings if h.decision == "kept"}
    assert kept == {
        ("registry_consentevent", date(2036, 11, 23)),
        ("registry_consentstanding", date(2036, 11, 23)),
    }


def test_somebody_unknown_or_of_another_company_is_not_planned_for(company: Company) -> None:
    other = a_company("altra")
    theirs = a_person(other, family="Altrui")
    for subject in (theirs, REFERENCE):
        with pytest.raises(SubjectNotHeldError), erasing(company) as access:
            disposal.plan(access, subject, today=TODAY)
        with pytest.raises(SubjectNotHeldError), erasing(company) as access:
            disposal.freeze(access, subject)
    assert status(other, theirs) == "active"


def test_a_policy_that_hides_one_person_makes_the_answer_cannot_tell(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    company = a_company()
    a_person(company, family="Controllo")
    subject = a_person(company, family="Nascosti")
    plan = planned(company, subject)
    superuser.execute(
        f"CREATE POLICY hide ON crm_contact AS RESTRICTIVE USING (subject_id <> '{subject}')"
    )
    found = carried_out(company, plan)
    assert (found.result, found.unproved) == ("cannot_tell", ("crm_contact",))


def test_a_table_without_the_gates_policy_and_without_rows_makes_it_cannot_tell(
    fresh_database: None, superuser: psycopg.Connection
) -> None:
    company = a_company()
    subject = a_person(company, family="Ciechi")
    plan = planned(company, subject)
    superuser.execute("DROP POLICY gate ON crm_membership")  # forced, without a policy: no row
    found = carried_out(company, plan)
    assert (found.result, found.unproved) == ("cannot_tell", ("crm_membership",))


def _hold(company: Company, subject: UUID, classes: list[RecordClass]) -> UUID:
    return holds.place(
        company.staff[Role.DPO], subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa 12/2026",
        review_on=date(2027, 6, 1), record_classes=classes, now=NOW,
    )  # fmt: skip


def _request(company: Company, subject: UUID) -> None:
    from dsar.models import SubjectRequest

    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        SubjectRequest(
            controller_id=access.controller, subject_id=subject, reference="R-1",
            right="erasure", channel="email", received_at=NOW, received_on=TODAY,
            due_on=date(2026, 12, 23), internal_on=date(2026, 12, 16), collected_at=NOW,
        ).save()  # fmt: skip


def test_a_plan_reads_no_table_that_holds_nothing_of_the_person(company: Company) -> None:
    """What a further model costs an erasure does not grow with their number."""
    subject = a_person(company)
    planned(company, subject)
    with erasing(company) as access, CaptureQueriesContext(connection) as asked:
        plan = disposal.plan(access, subject, today=TODAY)
    read = [
        table.name
        for table in tables.in_order()
        if any(f'FROM "{table.name}" WHERE ("{table.name}"' in q["sql"] or
               f'FROM "{table.name}" WHERE "{table.name}"."{table.subject}" IN' in q["sql"]
               for q in asked)
    ]  # fmt: skip
    holding = {holding.table for holding in plan.holdings}
    assert holding <= set(read)
    assert "crm_order" not in read
    assert len(asked) < len(tables.in_order())
