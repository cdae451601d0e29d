"""Legal holds: two people, a reason, a day of review."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError

from governance.policy.vocabulary import Duty, RecordClass, Role
from registry.gate import opening as gate
from retention import holds
from retention.errors import (
    HoldApprovalError,
    HoldLiftingError,
    HoldPlacingError,
    SubjectNotHeldError,
)
from retention.holds import HoldGround
from retention.models import LegalHold
from tests.builders import NOW, Company, a_company, a_person

LATER = date(2027, 6, 1)


def test_a_hold_is_sealed_with_its_reason_and_says_who_placed_it(company: Company) -> None:
    subject = a_person(company)
    dpo = company.staff[Role.DPO]
    hold = holds.place(
        dpo, subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa 12/2026", review_on=LATER,
        record_classes=[RecordClass.FISCAL_RECORD], now=NOW,
    )  # fmt: skip
    with gate.duty(dpo.actor(), Duty.ANSWERING, reference=hold, now=NOW):
        row = LegalHold.objects.get(pk=hold)
        assert (row.reason, row.ground, row.record_classes) == (
            "Causa 12/2026", "legal_claim", ["fiscal_record"],
        )  # fmt: skip
        assert (row.placed_by_id, row.placed_at, row.lifted_at) == (dpo.pk, NOW, None)
        assert (row.scope, row.review_on) == ("request", LATER)
        assert b"Causa" not in bytes(row.sealed)


@pytest.mark.parametrize(
    ("role", "reason", "review_on"),
    [
        (Role.AGENT, "Causa", LATER),
        (Role.ADMINISTRATOR, "Causa", LATER),
        (Role.DPO, "  ", LATER),
        (Role.DPO, "Causa", NOW.date()),
    ],
)
def test_a_hold_needs_a_role_a_reason_and_a_later_day(
    company: Company, role: Role, reason: str, review_on: date
) -> None:
    subject = a_person(company)
    with pytest.raises(HoldPlacingError):
        holds.place(
            company.staff[role], subject, ground=HoldGround.LEGAL_CLAIM, reason=reason,
            review_on=review_on, now=NOW,
        )  # fmt: skip
    assert _standing(company) == 0


def test_nobody_of_another_company_can_be_held(company: Company) -> None:
    theirs = a_person(a_company("altra"))
    with pytest.raises(SubjectNotHeldError):
        holds.place(
            company.staff[Role.DPO], theirs, ground=HoldGround.LEGAL_CLAIM, reason="Causa",
            review_on=LATER, now=NOW,
        )  # fmt: skip
    assert _standing(company) == 0


def test_a_hold_is_lifted_by_somebody_else_and_once(company: Company) -> None:
    subject = a_person(company)
    dpo, lawyer = company.staff[Role.DPO], company.staff[Role.LEGAL]
    hold = holds.place(
        dpo, subject, ground=HoldGround.AUTHORITY_ORDER, reason="Richiesta", review_on=LATER,
        now=NOW,
    )  # fmt: skip
    for wrong in (dpo, company.staff[Role.AGENT]):
        with pytest.raises(HoldLiftingError):
            holds.lift(hold, by=wrong, now=NOW)
    assert _standing(company) == 1
    later = NOW + timedelta(days=3)
    holds.lift(hold, by=lawyer, now=later)
    assert _lifted_at(company) == later
    with pytest.raises(HoldLiftingError):
        holds.lift(hold, by=lawyer, now=later)


def test_a_hold_is_approved_by_somebody_else_and_once(company: Company) -> None:
    subject = a_person(company)
    dpo, lawyer = company.staff[Role.DPO], company.staff[Role.LEGAL]
    hold = holds.place(
        dpo, subject, ground=HoldGround.LEGAL_CLAIM, reason="Causa", matter="RG 12/2026",
        review_on=LATER, now=NOW,
    )  # fmt: skip
    for wrong in (dpo, company.staff[Role.AGENT]):
        with pytest.raises(HoldApprovalError):
            holds.approve(hold, by=wrong, now=NOW)
    holds.approve(hold, by=lawyer, now=NOW)
    with pytest.raises(HoldApprovalError):
        holds.approve(hold, by=lawyer, now=NOW)
    with gate.duty(dpo.actor(), Duty.ANSWERING, reference=hold, now=NOW):
        row = LegalHold.objects.get(pk=hold)
        assert (row.approved_by_id, row.approved_at, row.matter) == (lawyer.pk, NOW, "RG 12/2026")
    with (
        pytest.raises(IntegrityError),
        gate.duty(dpo.actor(), Duty.ANSWERING, reference=hold, now=NOW),
    ):
        LegalHold.objects.filter(pk=hold).update(approved_by=dpo)


def test_a_hold_that_is_still_needed_gets_another_day(company: Company) -> None:
    hold = holds.place(
        company.staff[Role.DPO], a_person(company), ground=HoldGround.LEGAL_CLAIM, reason="Causa",
        review_on=LATER, now=NOW,
    )  # fmt: skip
    lawyer, year_on = company.staff[Role.LEGAL], date(2028, 6, 1)
    with pytest.raises(HoldApprovalError):
        holds.review(hold, by=lawyer, review_on=NOW.date(), now=NOW)
    holds.review(hold, by=lawyer, review_on=year_on, now=NOW)
    with gate.duty(lawyer.actor(), Duty.SUPERVISION, now=NOW):
        assert LegalHold.objects.get().review_on == year_on
    holds.lift(hold, by=lawyer, now=NOW)
    with pytest.raises(HoldApprovalError):
        holds.review(hold, by=lawyer, review_on=date(2029, 6, 1), now=NOW)


def _standing(company: Company) -> int:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return LegalHold.objects.filter(lifted_at__isnull=True).count()


def _lifted_at(company: Company) -> datetime | None:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return LegalHold.objects.get().lifted_at
