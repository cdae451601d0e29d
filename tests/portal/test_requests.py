"""A request on its way through the portal, and what each look at it leaves in the log."""

import io
import zipfile
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from dsar.models import AccessPackage, Erasure, SubjectRequest
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_person
from tests.dsar.others import read_all
from tests.portal.conftest import As, ask, entries, new_entries


def stored(company: Company, request: SubjectRequest) -> SubjectRequest:
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        return SubjectRequest.objects.get(pk=request.pk)


def test_opening_a_request_writes_one_entry(
    company: Company, anna: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.DPO)
    before = entries(company)
    answer = browser.get(reverse("admin:dsar_subjectrequest_change", args=[anna.pk]))
    text = answer.content.decode()
    assert "Anna Bianchi" in text
    assert "My data, please" in text
    assert "no-store" in answer["Cache-Control"]
    said = new_entries(company, before)
    assert [entry.action for entry in said] == [Action.DUTY_PERFORMED]
    body = bytes(said[0].entry)
    assert b'"purpose":"duty:answering"' in body
    assert b'"n":1' in body
    assert str(anna.pk).encode() in body
    assert b"dsar.SubjectRequest.requester_name" in body
    assert b"Bianchi" not in body


def test_an_auditor_sees_the_request_without_the_person(
    company: Company, anna: SubjectRequest, as_role: As
) -> None:
    answer = as_role(Role.AUDITOR).get(reverse("admin:dsar_subjectrequest_change", args=[anna.pk]))
    text = answer.content.decode()
    assert anna.reference in text
    assert "Bianchi" not in text
    assert "My data" not in text


def test_the_list_opens_one_access_and_names_nobody(
    company: Company, anna: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.LEGAL)
    before = entries(company)
    text = browser.get(reverse("admin:dsar_subjectrequest_changelist")).content.decode()
    assert anna.reference in text
    assert "days left" in text
    assert "Bianchi" not in text
    assert [entry.action for entry in new_entries(company, before)] == [Action.DUTY_PERFORMED]


def test_from_identity_to_the_copy(company: Company, anna: SubjectRequest, as_role: As) -> None:
    browser = as_role(Role.DPO)
    early = browser.post(reverse("admin:request_copy", args=[anna.pk]))
    assert early.status_code == 409
    assert "not_identified" in early.content.decode()
    known = {"level": "known_contact"}
    browser.post(reverse("admin:request_identify", args=[anna.pk]), known)
    assert stored(company, anna).state == "received"  # the word of who pressed counts no more
    as_role(Role.LEGAL).post(reverse("admin:request_identify", args=[anna.pk]), known)
    assert stored(company, anna).state == "identified"
    read_all(company, anna, now=timezone.now())
    browser.post(reverse("admin:request_copy", args=[anna.pk]))
    assert stored(company, anna).state == "fulfilled"
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        copy = AccessPackage.objects.get(request=anna)
    answer = browser.post(reverse("admin:copy_download", args=[copy.pk]))
    assert answer["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "letter.html" in names


def test_erasure_needs_the_reference_typed(company: Company, as_role: As, now: datetime) -> None:
    a_person(company, now=now)
    request = ask(company, "erasure", days=0, now=now)
    browser = as_role(Role.DPO)
    page = reverse("admin:dsar_subjectrequest_change", args=[request.pk])
    browser.post(reverse("admin:request_identify", args=[request.pk]), {"level": "account"})
    browser.post(reverse("admin:erasure_plan", args=[request.pk]))
    text = browser.get(page).content.decode()
    assert "Planned, waits for approval" in text
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        erasure = Erasure.objects.get(request=request)
    approve = reverse("admin:erasure_approve", args=[request.pk, erasure.pk])
    browser.post(approve, {"typed": "yes"})
    assert stored(company, request).state == "identified"
    browser.post(approve, {"typed": "yes", "expected": "yes"})
    assert stored(company, request).state == "identified"


def test_legal_plans_and_the_dpo_approves(company: Company, as_role: As, now: datetime) -> None:
    a_person(company, now=now)
    request = ask(company, "erasure", days=0, now=now)
    legal = as_role(Role.LEGAL)
    legal.post(reverse("admin:request_identify", args=[request.pk]), {"level": "account"})
    legal.post(reverse("admin:erasure_plan", args=[request.pk]))
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        erasure = Erasure.objects.get(request=request)
    approve = reverse("admin:erasure_approve", args=[request.pk, erasure.pk])
    refused = legal.post(approve, {"typed": request.reference})
    assert refused.status_code == 403
    assert "approver_refused" in refused.content.decode()


def test_a_refusal_needs_ground_and_reasons(
    company: Company, anna: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.LEGAL)
    address = reverse("admin:request_refuse", args=[anna.pk])
    empty = browser.post(address, {"ground": "excessive", "reasons": " "})
    assert empty.status_code == 400
    assert "art. 12(4)" in empty.content.decode()
    browser.post(address, {"ground": "legal_claims", "reasons": "The tenth this month."})
    assert stored(company, anna).state == "refused"


def test_a_new_request_starts_on_the_day_of_receipt(
    company: Company, as_role: As, now: datetime
) -> None:
    browser = as_role(Role.DPO)
    day = timezone.localdate(now) - timedelta(days=4)
    said = {
        "right": "access", "channel": "post", "language": "it", "received_on": day.isoformat(),
        "name": "Luca Verdi", "email": "luca@example.it",
    }  # fmt: skip
    without = browser.post(reverse("admin:request_new"), said)
    assert without.status_code == 422
    assert "evidence" in without.content.decode()
    made = browser.post(reverse("admin:request_new"), {**said, "evidence": "postmark"})
    assert made.status_code == 302
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        assert list(SubjectRequest.objects.values_list("received_on", "state")) == [
            (day, "received")
        ]


def test_a_request_of_another_company_does_not_exist(
    company: Company, as_role: As, now: datetime
) -> None:
    from tests.builders import a_company

    other = a_company("other", now=now)
    theirs = ask(other, "access", days=0, now=now)
    page = reverse("admin:dsar_subjectrequest_change", args=[theirs.pk])
    assert as_role(Role.DPO).get(page).status_code == 404
