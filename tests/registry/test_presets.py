"""The pack of periods: dated data, put into drafts with a reason, never in force by itself."""

from uuid import uuid4

import pytest
from django.urls import reverse

from governance.policy.vocabulary import RecordClass, Role
from registry import operations, presets
from registry.models import ActivityVersion, RetentionRule
from registry.presets import LONGEST_REASON, PresetRefusedError
from tests.builders import NOW, Company, a_company
from tests.logins import logged_in

WHY = "I contatti decidono entro due anni"


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


@pytest.fixture
def leads(company: Company) -> ActivityVersion:
    return ActivityVersion.objects.get(
        controller=company.controller, activity__purpose__key="lead_management"
    )


def the(key: str) -> presets.Preset:
    return next(preset for preset in presets.presets() if preset.key == key)


def rules(version: ActivityVersion) -> set[tuple[str, str, str]]:
    return set(version.retention_rules.values_list("record_class", "anchor", "period"))


def test_the_pack_is_whole_and_fits_into_the_register() -> None:
    longest = RetentionRule._meta.get_field("legal_reference").max_length or 0
    for preset in presets.presets():
        assert all((preset.title_it, preset.title_en, preset.note_it, preset.note_en))
        assert len(f"{preset.source}: ") + LONGEST_REASON <= longest
    said = {p.key: (p.record_class.value, str(p.period)) for p in presets.presets()}
    assert said == {
        "loyalty_profiling": ("purchase_detail", "P12M"),
        "loyalty_marketing": ("purchase_detail", "P24M"),
        "accounting": ("fiscal_record", "P10Y"),
        "prospects": ("master_data", "P24M"),
        "support": ("correspondence", "P26M"),
        "web_logs": ("access_log", "P12M"),
        "applications": ("correspondence", "P12M"),
    }


def test_a_preset_becomes_a_draft_with_its_reason_and_changes_nothing_in_force(
    company: Company, leads: ActivityVersion
) -> None:
    before = rules(leads)
    draft = presets.propose(
        the("prospects"), leads.activity_id, why=WHY, by=company.staff[Role.DPO], now=NOW
    )
    leads.refresh_from_db()
    assert (leads.state, rules(leads)) == ("approved", before)
    assert (draft.state, draft.number) == ("draft", leads.number + 1)
    rule = draft.retention_rules.get(record_class=RecordClass.MASTER_DATA)
    assert (rule.anchor, rule.period, rule.statutory) == ("last_contact", "P24M", False)
    assert rule.legal_reference == f"Scelta del titolare (art. 5(1)(e) GDPR): {WHY}"
    others = {said for said in before if said[0] != RecordClass.MASTER_DATA}
    assert rules(draft) == others | {("master_data", "last_contact", "P24M")}
    with pytest.raises(operations.ApprovalError):
        operations.approve(version=draft, by=company.staff[Role.DPO], now=NOW)
    again = presets.propose(
        the("support"), leads.activity_id, why=WHY, by=company.staff[Role.LEGAL], now=NOW
    )
    assert again == draft, "a draft that is there takes it"
    assert set(again.drafters) == {company.staff[Role.DPO].pk, company.staff[Role.LEGAL].pk}


def test_a_preset_without_reason_or_by_somebody_else_is_refused(
    company: Company, leads: ActivityVersion
) -> None:
    dpo, theirs = company.staff[Role.DPO], a_company("altra").staff[Role.DPO]
    for who, activity, why in (
        (dpo, leads.activity_id, "  "),
        (dpo, leads.activity_id, "x" * (LONGEST_REASON + 1)),
        (dpo, uuid4(), WHY),
        (theirs, leads.activity_id, WHY),
        (company.staff[Role.AUDITOR], leads.activity_id, WHY),
    ):
        with pytest.raises(PresetRefusedError):
            presets.propose(the("prospects"), activity, why=why, by=who, now=NOW)
    assert not ActivityVersion.objects.filter(state="draft").exists()


def test_the_page_shows_sources_and_leads_to_the_draft(
    company: Company, leads: ActivityVersion
) -> None:
    browser, address = logged_in(company.staff[Role.LEGAL]), reverse("admin:preset_propose")
    page = browser.get(reverse("admin:presets")).content.decode()
    assert all(preset.source in page for preset in presets.presets())
    said = {"key": "prospects", "activity": str(leads.activity_id), "why": WHY}
    for wrong in ({"why": ""}, {"key": "x"}, {"activity": str(uuid4())}):
        assert browser.post(address, said | wrong).status_code == 422
    answer = browser.post(address, said)
    draft = ActivityVersion.objects.get(state="draft")
    assert answer["Location"] == reverse("admin:registry_activityversion_change", args=[draft.pk])
    agent = logged_in(company.staff[Role.AGENT])
    assert agent.post(address, said).status_code == 403
