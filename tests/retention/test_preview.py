"""A preview says what is due, kept, held, without date and without rule, and destroys nothing."""

from datetime import UTC, date, datetime

import pytest

from crm import operations as crm
from governance.policy.vocabulary import (
    Channel,
    ConsentState,
    Duty,
    Operation,
    RecordClass,
    Role,
    SubjectKind,
)
from registry import consent
from registry import operations as register
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ActivityVersion, RetentionRule
from retention import operations
from retention.queries import lines
from tests.builders import NOW, Company, a_consent, a_person
from tests.retention.scenes import (
    a_lead,
    a_message,
    an_old_customer,
    everything,
    objects,
    preview,
    recorded,
    told,
)


def test_a_customer_whose_last_invoice_is_15_years_old_is_due(company: Company) -> None:
    an_old_customer(company, "Vecchi", orders=[date(2011, 11, 23)])
    run = preview(company)
    assert told(run) == {
        ("crm_contact", "due", "period_over", 1),
        ("crm_contactpoint", "due", "period_over", 1),
        ("crm_order", "due", "period_over", 1),
        ("crm_orderline", "due", "period_over", 1),
        ("registry_qualifyingevent", "due", "period_over", 1),
    }
    assert run.preview["to_erase"] == 5
    assert run.preview["people_emptied"] == 1


def test_one_of_9_years_is_kept_until_the_right_day(company: Company) -> None:
    an_old_customer(company, "Noveanni", orders=[date(2017, 11, 23)])
    kept = {
        ("crm_contact", "kept", "period_running", 1),
        ("crm_contactpoint", "kept", "period_running", 1),
        ("crm_order", "kept", "period_running", 1),
        ("crm_orderline", "kept", "period_running", 1),
        ("registry_qualifyingevent", "kept", "period_running", 1),
    }
    assert told(preview(company)) == kept
    assert told(preview(company, today=date(2027, 11, 23))) == kept
    last = told(preview(company, today=date(2027, 11, 24)))
    assert last == {(table, "due", "period_over", n) for table, _o, _r, n in kept}


def test_ten_years_from_a_leap_day_end_on_the_28th(company: Company) -> None:
    an_old_customer(company, "Bisesti", orders=[date(2016, 2, 29)])
    before = told(preview(company, today=date(2026, 2, 28)))
    after = told(preview(company, today=date(2026, 3, 1)))
    assert {(t, o) for t, o, _r, _n in before if t == "crm_order"} == {("crm_order", "kept")}
    assert {(t, o) for t, o, _r, _n in after if t == "crm_order"} == {("crm_order", "due")}


def test_the_latest_end_over_several_activities_wins(company: Company) -> None:
    """The order is old, but somebody who wrote last year is still in touch."""
    subject = an_old_customer(company, "Affezionati", orders=[date(2011, 5, 4)])
    a_message(company, subject, at=datetime(2025, 11, 3, tzinfo=UTC))
    run = preview(company)
    contact = [line for line in lines(run) if line.table == "crm_contact"]
    assert [(c.outcome, c.activity) for c in contact] == [("kept", "lead_management.v1")]
    assert told(preview(company, today=date(2027, 11, 3))) >= {
        ("crm_contact", "kept", "period_running", 1)
    }
    assert told(preview(company, today=date(2027, 11, 4))) >= {
        ("crm_contact", "due", "period_over", 1)
    }


def test_a_person_without_contact_counts_from_the_day_they_were_recorded(company: Company) -> None:
    lead = a_lead(company, "Fieri")
    recorded(company, lead, at=datetime(2024, 11, 22, 23, 30, tzinfo=UTC))  # 23 November in Rome
    assert told(preview(company)) == {
        ("crm_contact", "kept", "period_running", 1),
        ("crm_contactpoint", "kept", "period_running", 1),
    }
    assert told(preview(company, today=date(2026, 11, 24))) == {
        ("crm_contact", "due", "period_over", 1),
        ("crm_contactpoint", "due", "period_over", 1),
    }


def test_an_objection_ends_the_only_basis_and_stays_as_evidence(company: Company) -> None:
    lead = a_lead(company, "Opposti")
    objects(company, lead, "lead_management")
    assert told(preview(company)) == {
        ("crm_contact", "due", "basis_ended", 1),
        ("crm_contactpoint", "due", "basis_ended", 1),
        ("registry_objection", "kept", "period_running", 1),
    }


def test_withdrawn_consent_ends_the_basis_and_the_evidence_of_it_stays(company: Company) -> None:
    """The starter register lets lead management keep prospects too; here only consent does."""
    subject = a_lead(company, "Ritirati")
    _let_go(company, "lead_management")
    a_consent(company, subject)
    assert {(t, o, r) for t, o, r, _n in told(preview(company)) if t == "crm_contact"} == {
        ("crm_contact", "kept", "period_running")
    }
    a_consent(company, subject, state=ConsentState.WITHDRAWN)
    assert told(preview(company)) == {
        ("crm_contact", "due", "basis_ended", 1),
        ("crm_contactpoint", "due", "basis_ended", 1),
        ("registry_consentevent", "kept", "period_running", 2),
        ("registry_consentstanding", "kept", "period_running", 1),
    }


def test_an_unknown_date_is_told_and_never_due(company: Company) -> None:
    """A customer by evidence of a contract, without any order: when did the last one be?"""
    subject = a_person(company, family="Senzadata")
    recorded(company, subject, at=datetime(2009, 1, 5, tzinfo=UTC))
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, now=NOW
    ) as access:
        access.admitted = {subject}
        consent.qualify(access, subject=subject, kind="quote", at=NOW)
    run = preview(company)
    assert told(run) == {
        ("crm_contact", "indeterminate", "no_date", 1),
        ("crm_contactpoint", "indeterminate", "no_date", 1),
        ("registry_qualifyingevent", "indeterminate", "no_date", 1),
    }
    assert run.preview["to_erase"] == 0


def test_a_class_without_an_approved_rule_is_uncovered(company: Company) -> None:
    for purpose in (
        "customer_care", "field_service", "lead_management", "partnership", "birthday",
        "call_recording",
    ):  # fmt: skip
        _let_go(company, purpose)
    subject = a_person(company, family="Scoperti", orders=[date(2026, 1, 12)])
    a_message(company, subject, at=NOW)
    assert {line[:3] for line in told(preview(company)) if line[0] == "crm_interaction"} == {
        ("crm_interaction", "uncovered", "no_rule")
    }


def test_a_rule_for_other_kinds_of_people_covers_nobody_else(company: Company) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=company.controller.pk, now=NOW
    ) as access:
        requester = access.new_subject(kind=SubjectKind.REQUESTER, source=None)
        crm.record_interaction(
            access, subject=requester.pk, channel=Channel.EMAIL, direction="in", occurred_at=NOW,
            topic="Chi siete?", body="Non vi conosco",
        )  # fmt: skip
    assert told(preview(company)) == {("crm_interaction", "uncovered", "no_rule", 1)}


def test_evidence_stays_while_what_rests_on_it_stays(company: Company) -> None:
    """Eleven years after the order, what we wrote last year still needs the contract as basis."""
    subject = an_old_customer(company, "Silenziosi", orders=[date(2015, 3, 2)])
    objects(company, subject, "lead_management")
    a_message(company, subject, at=datetime(2025, 12, 1, tzinfo=UTC), direction="out")
    assert told(preview(company)) == {
        ("crm_contact", "due", "period_over", 1),
        ("crm_contactpoint", "due", "period_over", 1),
        ("crm_order", "due", "period_over", 1),
        ("crm_orderline", "due", "period_over", 1),
        ("crm_interaction", "kept", "period_running", 1),
        ("registry_qualifyingevent", "kept", "relied_on", 1),
        ("registry_objection", "kept", "period_running", 1),
    }


def test_an_order_stays_while_a_line_of_it_stays(company: Company) -> None:
    subject = an_old_customer(company, "Rateali", orders=[date(2016, 11, 20)])
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=subject, now=NOW):
        from crm.models import OrderLine

        assert OrderLine.objects.filter(subject=subject).update(bought_on=date(2016, 12, 20)) == 1
    rows = told(preview(company))
    assert ("crm_orderline", "kept", "period_running", 1) in rows
    assert ("crm_order", "kept", "referred_to", 1) in rows


def test_rows_to_be_reviewed_are_told_apart(company: Company) -> None:
    with_review = _redraft(company, "order_management")
    with_review.retention_rules.filter(record_class=RecordClass.MASTER_DATA).update(action="review")
    register.approve(version=with_review, by=company.staff[Role.LEGAL], now=NOW)
    an_old_customer(company, "Rivisti", orders=[date(2011, 1, 10)])
    run = preview(company)
    assert (run.preview["to_review"], run.preview["to_erase"]) == (3, 2)


def test_a_preview_destroys_nothing(company: Company) -> None:
    an_old_customer(company, "Intatti", orders=[date(2011, 11, 23)])
    before = everything(company)
    preview(company)
    assert everything(company) == before


def test_an_agent_may_not_preview(company: Company) -> None:
    with pytest.raises(GateRefusedError) as refused:
        operations.preview(company.actor(Role.AGENT), now=NOW)
    assert refused.value.code == "role_not_allowed"


def test_numbers_of_a_preview_add_up(company: Company) -> None:
    an_old_customer(company, "Sommati", orders=[date(2011, 11, 23)])
    a_person(company, family="Nuovi", orders=[date(2026, 6, 1)])
    run = preview(company)
    assert run.preview["rows"] == sum(run.preview["totals"].values())
    assert run.preview["totals"]["due"] == 5
    assert run.preview["people"] == 2 + len(company.staff)


def _redraft(company: Company, purpose: str) -> ActivityVersion:
    """A new draft of an activity, as the version in force says."""
    old = ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key=purpose, state="approved"
    )
    rules = list(old.retention_rules.all())
    sources = list(old.sources.all())
    draft = ActivityVersion.objects.get(pk=old.pk)
    draft.pk, draft.number, draft.state = None, old.number + 1, "draft"
    draft.id = type(old)._meta.pk.get_default()
    draft.approved_by = draft.approved_at = draft.active_from = None
    draft._state.adding = True
    register.draft(version=draft, by=company.staff[Role.DPO], now=NOW)
    draft.sources.set(sources)
    RetentionRule.objects.bulk_create(
        RetentionRule(
            controller=company.controller, version=draft, record_class=rule.record_class,
            anchor=rule.anchor, period=rule.period, action=rule.action,
            legal_reference=rule.legal_reference, statutory=rule.statutory,
        )
        for rule in rules
    )  # fmt: skip
    return draft


def _let_go(company: Company, purpose: str) -> None:
    """End an activity without a successor."""
    ActivityVersion.objects.filter(
        controller=company.controller, activity__purpose__key=purpose
    ).update(state="retired", active_to=NOW)
