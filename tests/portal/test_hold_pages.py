"""Holds on their page: placed by one person, approved and lifted by another."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from retention import holds
from retention.models import LegalHold
from tests.builders import Company, a_company, a_person
from tests.portal.conftest import As

MATTER = "Tribunale di Torino, R.G. 1234/2026"


def the_hold(company: Company) -> LegalHold:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        return LegalHold.objects.get(controller=company.controller)


def form(now: datetime, **changed: object) -> dict[str, object]:
    return {
        "who": "anna.bianchi@example.it", "matter": MATTER, "ground": "court_proceedings",
        "reason": "Contestazione", "review_on": str(timezone.localdate(now) + timedelta(days=30)),
        "record_classes": ["fiscal_record"], "categories": ["name"],
    } | changed  # fmt: skip


def test_one_places_and_another_approves_and_lifts(
    company: Company, as_role: As, now: datetime
) -> None:
    subject = a_person(company, now=now)
    dpo, lawyer, address = as_role(Role.DPO), as_role(Role.LEGAL), reverse("admin:holds")
    assert dpo.post(reverse("admin:hold_place"), form(now)).status_code == 302
    hold = the_hold(company)
    assert (hold.subject_id, hold.record_classes, hold.categories) == (
        subject, ["fiscal_record"], ["name"],
    )  # fmt: skip
    page = dpo.get(address).content.decode()
    assert MATTER in page
    assert "stands, waits for approval" in page
    assert reverse("admin:hold_approve", args=[hold.pk]) not in page
    assert "another approves it or lifts it" in dpo.get(reverse("admin:index")).content.decode()
    for deed in ("hold_approve", "hold_lift"):
        assert dpo.post(reverse(f"admin:{deed}", args=[hold.pk])).status_code == 409
        assert lawyer.post(reverse(f"admin:{deed}", args=[hold.pk])).status_code == 302
    hold = the_hold(company)
    assert (hold.approved_by, hold.lifted_by) == (company.staff[Role.LEGAL],) * 2
    assert "No hold stands." in dpo.get(address).content.decode()


def test_a_hold_is_reviewed_for_a_later_day(company: Company, as_role: As, now: datetime) -> None:
    a_person(company, now=now)
    dpo = as_role(Role.DPO)
    dpo.post(reverse("admin:hold_place"), form(now))
    hold = the_hold(company)
    address, later = reverse("admin:hold_review", args=[hold.pk]), timezone.localdate(now)
    later += timedelta(days=200)
    assert dpo.post(address, {"review_on": str(timezone.localdate(now))}).status_code == 409
    dpo.post(address, {"review_on": "x"})
    assert the_hold(company).review_on != later
    assert dpo.post(address, {"review_on": str(later)}).status_code == 302
    assert the_hold(company).review_on == later


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_placed(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    dpo = as_role(Role.DPO)
    for wrong in ({"who": "nobody@example.it"}, {"review_on": "2020-01-01"}, {"ground": "x"},
                  {"matter": ""}, {"categories": ["x"]}):  # fmt: skip
        answer = dpo.post(reverse("admin:hold_place"), form(now, **wrong))
        assert (answer.status_code, "cu-error" in answer.content.decode()) == (422, True), wrong
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        assert not LegalHold.objects.exists()


def test_a_hold_of_another_company_is_not_there(
    company: Company, as_role: As, now: datetime
) -> None:
    other = a_company("altra", now=now)
    theirs = holds.place(
        other.staff[Role.DPO], a_person(other, now=now), ground=holds.HoldGround.LEGAL_CLAIM,
        reason="Causa", review_on=timezone.localdate(now) + timedelta(days=9), now=now,
    )  # fmt: skip
    lawyer = as_role(Role.LEGAL)
    said = form(now)
    for deed in ("hold_approve", "hold_lift"):
        answers = [lawyer.post(reverse(f"admin:{deed}", args=[one])) for one in (theirs, uuid4())]
        assert [answer.status_code for answer in answers] == [409, 409]
    with gate.duty(other.actor(Role.DPO), Duty.SUPERVISION, now=now):
        kept = LegalHold.objects.get(pk=theirs)
        assert (kept.approved_at, kept.lifted_at) == (None, None)
    assert lawyer.post(reverse("admin:hold_review", args=[theirs]), said).status_code == 409
    assert as_role(Role.AUDITOR).get(reverse("admin:holds")).status_code == 403
