"""Pages around the register: history, gaps, questions, assessments, breaches."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.policy.vocabulary import Role
from governance.portal.completeness import KINDS
from registry import breaches, operations
from registry.gaps import GapKind
from registry.models import (
    ActivityVersion,
    Breach,
    ImpactAssessment,
    ProcessingOnBehalf,
    Recipient,
)
from tests.builders import Company, a_person, amend
from tests.portal.conftest import As, entries, new_entries


def in_force(key: str) -> ActivityVersion:
    return ActivityVersion.objects.get(activity__purpose__key=key, state="approved")


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def local(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


# Versions


def test_the_history_says_what_changed_in_both_languages(
    company: Company, as_role: As, now: datetime
) -> None:
    amend(company, "newsletter", categories=["name", "email"], context="Solo e-mail", now=now)
    version = in_force("newsletter")
    address = reverse("admin:activity_history", args=[version.pk])
    english = text_of(as_role(Role.AUDITOR).get(address))
    assert english.index("Version 2") < english.index("Version 1")
    assert "acme-dpo" in english
    assert "acme-legal" in english
    assert "Solo e-mail" in english
    assert "Phone number" in english, "what is gone"
    italian = text_of(as_role(Role.DPO).get(address, headers={"accept-language": "it"}))
    assert "Numero di telefono" in italian
    assert "Versione 2" in italian


def test_verbs_of_a_version_on_its_page(company: Company, as_role: As, now: datetime) -> None:
    dpo, version = as_role(Role.DPO), in_force("newsletter")
    page = reverse("admin:registry_activityversion_change", args=[version.pk])
    text = text_of(dpo.get(page))
    assert "Take out of force" in text
    assert "No impact assessment is needed" in text
    assert "Take out of force" not in text_of(as_role(Role.AUDITOR).get(page))
    assert dpo.post(reverse("admin:activity_review", args=[version.pk])).status_code == 302
    version.activity.refresh_from_db()
    assert version.activity.reviewed_by == company.staff[Role.DPO]
    retire = reverse("admin:activity_retire", args=[version.pk])
    assert "nobody reads or uses data" in text_of(dpo.get(retire))
    assert dpo.post(retire, {"typed": "news"}).status_code == 422
    assert dpo.post(retire, {"typed": "newsletter"}).status_code == 302
    version.refresh_from_db()
    assert version.state == "retired"
    draft = operations.redraft(version=version, by=company.staff[Role.LEGAL], now=now)
    assert "Discard this draft" in text_of(
        dpo.get(reverse("admin:registry_activityversion_change", args=[draft.pk]))
    )
    assert dpo.post(reverse("admin:activity_discard", args=[draft.pk])).status_code == 302
    assert not ActivityVersion.objects.filter(pk=draft.pk).exists()


def test_a_rule_edited_by_the_approver_makes_them_a_drafter(
    company: Company, as_role: As, now: datetime
) -> None:
    draft = operations.redraft(
        version=in_force("newsletter"), by=company.staff[Role.LEGAL], now=now
    )
    page = reverse("admin:registry_activityversion_change", args=[draft.pk])
    dpo = as_role(Role.DPO)
    form = dpo.get(page).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}
    sent |= {"sources": [s.pk for s in draft.sources.all()]}
    sent |= {"recipients": [r.pk for r in draft.recipients.all()]}
    (rule,) = draft.retention_rules.all()
    sent |= {
        "retention_rules-TOTAL_FORMS": 1, "retention_rules-INITIAL_FORMS": 1,
        "retention_rules-0-id": rule.pk, "retention_rules-0-version": draft.pk,
        "retention_rules-0-record_class": rule.record_class, "retention_rules-0-period": "P12M",
        "retention_rules-0-anchor": rule.anchor, "retention_rules-0-action": rule.action,
        "retention_rules-0-legal_reference": rule.legal_reference,
        "retention_rules-0-notice_days": rule.notice_days,
    }  # fmt: skip
    answer = dpo.post(page, {name: value for name, value in sent.items() if value is not None})
    assert answer.status_code == 302, answer.context["errors"]
    draft.refresh_from_db()
    assert draft.retention_rules.get().period == "P12M"
    approve = reverse("admin:activity_approve", args=[draft.pk])
    refused = dpo.post(approve, {"shown": draft.drafted_at.isoformat()})
    assert refused.status_code == 409
    assert "approval_refused" in refused.content.decode()


# Completeness and questions


def test_every_kind_of_gap_has_words() -> None:
    assert set(KINDS) == set(GapKind)


def test_each_gap_leads_to_the_place_where_it_is_mended(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    it_provider = Recipient.objects.get(name="Fornitore di servizi informatici")
    browser = as_role(Role.AUDITOR)
    answer = browser.get(reverse("admin:gaps"))
    text = text_of(answer)
    for model, row in (("recipient", it_provider), ("controller", company.controller)):
        address = reverse(f"admin:registry_{model}_change", args=[row.pk])
        assert address in text
        assert browser.get(address).status_code == 200
    assert "No agreement on record" in text
    assert "DPO contact" in text
    assert {gap.url for gap in answer.context["gaps"]}
    assert "no-store" in answer["Cache-Control"]
    assert as_role(Role.AGENT).get(reverse("admin:gaps")).status_code == 403


def test_the_seven_questions_are_on_one_page(company: Company, as_role: As) -> None:
    page = as_role(Role.AUDITOR).get(reverse("admin:questions"), headers={"accept-language": "it"})
    text = text_of(page)
    for answered in (
        "1. In quale contesto", "2. Chi è il titolare", "3. Che ruolo", "4. Da dove",
        "5. Per quali finalità", "6. Quale legge", "7. Per quanto tempo", "Dati anagrafici",
        "Dettagli degli acquisti", "Acme S.r.l.", "Commercialista",
    ):  # fmt: skip
        assert answered in text, answered


# Assessments


def test_an_assessment_from_the_draft_to_the_conclusion(
    company: Company, as_role: As, now: datetime
) -> None:
    version = in_force("newsletter")
    legal, dpo = as_role(Role.LEGAL), as_role(Role.DPO)
    sent = {
        "activity": version.activity_id, "description": "Invio", "necessity": "Serve",
        "risks": "Pochi", "measures": "Opposizione", "residual_risk": "low",
        "review_on": str(timezone.localdate(now) + timedelta(days=365)),
    }  # fmt: skip
    before = entries(company)
    made = legal.post(reverse("admin:registry_impactassessment_add"), sent)
    assert made.status_code == 302, made.context["errors"]
    row = ImpactAssessment.objects.get()
    assert (row.drafted_by, row.controller) == (company.staff[Role.LEGAL], company.controller)
    assert "Waits for the DPO" in text_of(dpo.get(reverse("admin:index")))
    page = reverse("admin:registry_impactassessment_change", args=[row.pk])
    assert "Record the advice" in text_of(dpo.get(page))
    assert "Record the advice" not in text_of(legal.get(page))
    dpo.post(reverse("admin:assessment_advise", args=[row.pk]), {"advice": "Va bene"})
    assert dpo.post(reverse("admin:assessment_conclude", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.concluded_by == company.staff[Role.DPO]
    acts = [e.action for e in new_entries(company, before) if e.action.startswith("assessment.")]
    assert acts == ["assessment.drafted", "assessment.advised", "assessment.concluded"]
    text = text_of(dpo.get(page))
    assert 'name="risks"' not in text
    assert "Va bene" in text
    assert dpo.post(page, {**sent, "risks": "x"}).status_code == 403
    assert "The impact assessment is in order" in text_of(
        dpo.get(reverse("admin:registry_activityversion_change", args=[version.pk]))
    )


# Breaches


def test_a_breach_stands_first_with_its_hours_and_its_next_step(
    company: Company, as_role: As, now: datetime
) -> None:
    browser = as_role(Role.DPO)
    made = browser.post(reverse("admin:breach_new"), {"aware_at": local(now - timedelta(hours=30))})
    breach = Breach.objects.get()
    page = reverse("admin:registry_breach_change", args=[breach.pk])
    assert made["Location"] == page
    home = browser.get(reverse("admin:index"))
    first = home.context["dated"][0].item
    if first.kind == "Audit log":  # nothing signs the log of this database
        first = next(r.item for r in home.context["dated"] if r.item.kind == "Breach")
    assert (first.title, first.step) == (str(breach), "Assess the risk")
    assert "42 hours left" in first.detail
    known = {
        "nature": ["confidentiality"], "cause": "external_attack", "categories": ["email"],
        "subject_kinds": ["customer"], "people": "40", "happened": "Anna Bianchi ha scritto",
        "consequences": "Spam", "measures": "Accesso chiuso", "risk": "high",
        "activities": [str(in_force("newsletter").activity_id)],
    }  # fmt: skip
    before = entries(company)
    assert browser.post(reverse("admin:breach_describe", args=[breach.pk]), known)["Location"]
    assert all(b"Bianchi" not in bytes(e.entry) for e in new_entries(company, before))
    text = text_of(browser.get(page))
    assert "Anna Bianchi ha scritto" in text
    assert "Send you news and offers" in text
    assert "Notify the authority" in text
    assert "Bianchi" not in text_of(browser.get(reverse("admin:registry_breach_changelist")))
    assert as_role(Role.AGENT).get(page).status_code == 403


def test_after_the_hours_the_worklist_says_late_and_reasons_are_asked_for(
    company: Company, as_role: As, now: datetime
) -> None:
    dpo = company.staff[Role.DPO]
    aware = now - timedelta(hours=73)
    breach = breaches.record(aware_at=aware, began_at=None, by=dpo, now=now)
    browser = as_role(Role.DPO)
    rows = browser.get(reverse("admin:index")).context["dated"]
    (row,) = [r for r in rows if r.item.kind == "Breach"]
    assert row.urgency == "late"
    browser.post(
        reverse("admin:breach_describe", args=[breach.pk]),
        {"nature": ["integrity"], "cause": "unknown", "categories": ["name"], "happened": "x",
         "subject_kinds": ["customer"], "consequences": "x", "measures": "x", "risk": "risk",
         "is_complete": "on"},
    )  # fmt: skip
    notify = reverse("admin:breach_notify", args=[breach.pk])
    sent = {"told": "authority", "sent_at": local(now - timedelta(minutes=5)), "reference": "1"}
    refused = browser.post(notify, sent)
    assert refused.status_code == 422
    assert "breach_late_without_reasons" in refused.content.decode()
    assert browser.post(notify, {**sent, "reasons": "Weekend"}).status_code == 302
    assert not breaches.is_open(breach)
    rows = browser.get(reverse("admin:index")).context["dated"]
    assert [r for r in rows if r.item.kind == "Breach"] == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AGENT, Role.ADMINISTRATOR])
def test_only_those_who_keep_the_register_write_about_a_breach(
    company: Company, as_role: As, now: datetime, role: Role
) -> None:
    breach = breaches.record(aware_at=now, began_at=None, by=company.staff[Role.DPO], now=now)
    browser = as_role(role)
    for name in ("describe", "notify", "decide"):
        address = reverse(f"admin:breach_{name}", args=[breach.pk])
        assert browser.post(address).status_code == 403
    assert browser.post(reverse("admin:breach_new")).status_code == 403


# Companies


def test_a_recipient_with_its_agreement_and_transfers(company: Company, as_role: As) -> None:
    browser = as_role(Role.LEGAL)
    answer = browser.post(
        reverse("admin:registry_recipient_add"),
        {
            "name": "Nuvola Inc.", "role": "processor", "category_it": "Cloud",
            "category_en": "Cloud", "country": "US", "agreement_on": "2026-01-01",
            "agreement_until": "2027-01-01", "clauses": ["instructions", "audits"],
            "sub_processing": "general", "at_end": "erase", "transfers-TOTAL_FORMS": 1,
            "transfers-INITIAL_FORMS": 0, "transfers-0-country": "US",
            "transfers-0-mechanism": "adequacy",
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["errors"]
    recipient = Recipient.objects.get(name="Nuvola Inc.")
    (transfer,) = recipient.transfers.all()
    assert transfer.controller == company.controller
    assert (recipient.clauses, recipient.at_end) == (["instructions", "audits"], "erase")
    page = text_of(browser.get(reverse("admin:registry_recipient_change", args=[recipient.pk])))
    assert "Adequacy decision" in page
    assert browser.get(reverse("admin:registry_processingonbehalf_add")).status_code == 200
    assert not ProcessingOnBehalf.objects.exists()


def test_what_the_database_would_refuse_is_said_in_the_form(
    company: Company, as_role: As, now: datetime
) -> None:
    legal = as_role(Role.LEGAL)
    provider = Recipient.objects.get(name="Fornitore di servizi informatici")
    answer = legal.post(
        reverse("admin:registry_recipient_add"),
        {
            "name": "Nuvola", "role": "processor", "category_it": "Cloud", "category_en": "Cloud",
            "country": "IT", "sub_processor_of": provider.pk, "agreement_until": "2026-01-01",
            "transfers-TOTAL_FORMS": 1, "transfers-INITIAL_FORMS": 0,
            "transfers-0-mechanism": "adequacy",
        },
    )  # fmt: skip
    text = text_of(answer)
    for said in (
        "Only a sub-processor is engaged by a processor.", "An agreement begins before it ends.",
        "Name the country, or the international organisation.",
    ):  # fmt: skip
        assert said in text
    assert "Constraint" not in text
    sent = {
        "activity": in_force("newsletter").activity_id, "description": "x", "necessity": "x",
        "risks": "x", "measures": "x", "residual_risk": "low", "review_on": "2030-01-01",
    }  # fmt: skip
    address = reverse("admin:registry_impactassessment_add")
    assert legal.post(address, sent).status_code == 302
    assert "go on with that one" in text_of(legal.post(address, sent))
    assert ImpactAssessment.objects.count() == 1
