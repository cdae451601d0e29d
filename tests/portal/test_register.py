"""Activities: drafted by one, approved by another, compared in words; and the Art. 30 record."""

import json
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from audit.actions import Action
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Role
from registry import operations, record, validator
from registry.differences import changes
from registry.exchange.facts import FACTS
from registry.gate import opening as gate
from registry.models import ActivityVersion, ProcessingActivity, Purpose, RetentionRule
from tests.builders import Company, a_company, a_person, amend
from tests.portal.conftest import As, entries, new_entries


def the_version(key: str) -> ActivityVersion:
    return ActivityVersion.objects.filter(activity__purpose__key=key).latest("number")


def test_the_author_does_not_approve(company: Company, as_role: As, now: datetime) -> None:
    legal = as_role(Role.LEGAL)
    old = the_version("customer_care")
    legal.post(reverse("admin:activity_redraft", args=[old.pk]))
    draft = the_version("customer_care")
    assert (draft.number, draft.state, draft.drafted_by) == (2, "draft", company.staff[Role.LEGAL])
    approve = reverse("admin:activity_approve", args=[draft.pk])
    read = {"shown": draft.drafted_at.isoformat()}
    refused = legal.post(approve, read)
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "approval_refused" in text
    assert "A draft is approved by a DPO or a lawyer who did not write it" in text
    dpo = as_role(Role.DPO)
    before = entries(company)
    assert dpo.post(approve, {"shown": now.isoformat()}).status_code == 409, "another text"
    assert dpo.post(approve).status_code == 409
    assert dpo.post(approve, read).status_code == 302
    draft.refresh_from_db()
    old.refresh_from_db()
    assert (draft.state, old.state) == ("approved", "retired")
    assert [e.action for e in new_entries(company, before) if e.outcome == "done"] == [
        Action.ACTIVITY_RETIRED, Action.ACTIVITY_APPROVED,
    ]  # fmt: skip


def test_what_is_missing_is_named(company: Company, as_role: As, now: datetime) -> None:
    version = operations.redraft(
        version=the_version("newsletter"), by=company.staff[Role.LEGAL], now=now
    )
    ActivityVersion.objects.filter(pk=version.pk).update(context="", measures="", measure_kinds=[])
    answer = as_role(Role.DPO).post(
        reverse("admin:activity_approve", args=[version.pk]),
        {"shown": version.drafted_at.isoformat()},
    )
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "activity_incomplete" in text
    assert "<li>security measures (Art. 32(1))</li><li>context</li>" in text


def test_an_approved_version_is_read_only(company: Company, as_role: As) -> None:
    version = the_version("newsletter")
    address = reverse("admin:registry_activityversion_change", args=[version.pk])
    browser = as_role(Role.DPO)
    text = browser.get(address).content.decode()
    assert "New draft from this version" in text
    assert 'name="title_it"' not in text
    assert browser.post(address, {"title_it": "changed"}).status_code == 403
    version.refresh_from_db()
    assert version.title_it == "Marketing diretto"


def test_a_new_activity_from_the_form(company: Company, as_role: As) -> None:
    purpose = Purpose.objects.create(
        controller=company.controller, key="contest", text_it="Concorso", text_en="Contest"
    )
    browser = as_role(Role.DPO)
    before = entries(company)
    source = company.source
    answer = browser.post(
        reverse("admin:registry_activityversion_add"),
        {
            "purpose": purpose.pk, "title_it": "Concorsi", "title_en": "Contests",
            "basis": "consent", "basis_reference": "Art. 6(1)(a)", "context": "online",
            "categories": ["name", "email"], "subject_kinds": ["customer"], "roles": ["marketing"],
            "operations": ["read", "create"], "sources": [source.pk], "measures": "sealed",
            "retention_rules-TOTAL_FORMS": 1, "retention_rules-INITIAL_FORMS": 0,
            "retention_rules-0-record_class": "master_data", "retention_rules-0-period": "P6M",
            "retention_rules-0-anchor": "collected", "retention_rules-0-action": "erase",
            "retention_rules-0-notice_days": 0,
            "retention_rules-0-legal_reference": "rules of the contest",
            "retention_rules-0-categories": ["name", "email"],
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["errors"]
    version = the_version("contest")
    assert version.controller == company.controller
    assert version.categories == ["name", "email"]
    (rule,) = version.retention_rules.all()
    assert (rule.record_class, rule.period, rule.anchor) == ("master_data", "P6M", "collected")
    assert rule.categories == ["name", "email"]
    assert validator.missing_parts(version) == []
    assert ProcessingActivity.objects.filter(purpose=purpose).count() == 1
    assert [e.action for e in new_entries(company, before)] == [Action.ACTIVITY_DRAFTED]


def test_changes_in_words(company: Company, now: datetime) -> None:
    before = the_version("customer_care")
    after = operations.redraft(version=before, by=company.staff[Role.LEGAL], now=now)
    assert changes(before, after) == []
    after.basis = "consent"
    after.categories = [*after.categories, "health"]
    after.context = "Telefono"
    after.retention_rules.update(period="P12M")
    from django.utils import translation

    with translation.override("en"):
        said = [(c.field, c.added, c.removed) for c in changes(before, after)]
    law = "art. 5(1)(e) GDPR: tempo utile a riprendere una pratica"
    assert said == [
        ("lawful basis", ["Consent"], ["Contract"]),
        ("context", ["Telefono"], ["Assistenza per telefono, e-mail, chat e posta"]),
        ("data categories", ["Health"], []),
        (
            "retention rules",
            [f"Correspondence: 12 months from the date of the document, Erase ({law})"],
            [f"Correspondence: 24 months from the date of the document, Erase ({law})"],
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("name", dict.fromkeys(FACTS[ActivityVersion] + FACTS[RetentionRule]))
def test_no_field_changes_without_a_word(company: Company, now: datetime, name: str) -> None:
    """Whoever approves reads what is different: of a version, and of each of its rules."""
    before = the_version("customer_care")
    after = operations.redraft(version=before, by=company.staff[Role.LEGAL], now=now)
    rule = after.retention_rules.get()
    row = rule if name in FACTS[RetentionRule] and name != "categories" else after
    others = {
        "basis": "consent", "balance": "prevails", "despite_restriction": "legal_claims",
        "categories": ["name"], "subject_kinds": ["customer"], "roles": ["agent"],
        "role_categories": ["agent:name"], "operations": ["read"], "measure_kinds": ["backups"],
        "risk_criteria": ["large_scale"], "answers": {"department": "Vendite"},
        "record_class": "master_data", "anchor": "last_contact", "period": "P1M",
        "action": "review", "archive_period": "P2Y", "notice_days": 7,
    }  # fmt: skip
    match getattr(row, name):
        case bool() as said:
            setattr(row, name, not said)
        case said if hasattr(said, "clear"):
            said.clear() if hasattr(said, "through") else setattr(row, name, others[name])
        case _:
            setattr(row, name, others.get(name, "Other words"))
    row.save()
    assert changes(before, after), name


def test_the_record_lists_only_what_is_held(company: Company, now: datetime) -> None:
    a_person(company, orders=[date(2026, 5, 1)], now=now)
    with gate.duty(company.actor(Role.AUDITOR), Duty.SUPERVISION, now=now):
        made = record.record(company.controller, now=now, language="en")
        held = record.held_categories(company.controller)
    assert held == {
        Category.NAME, Category.EMAIL, Category.POSTAL_ADDRESS, Category.PURCHASES,
        Category.BEHAVIOUR, Category.SYSTEM_USE,
    }  # fmt: skip
    assert made["held_without_activity"] == []
    orders = next(a for a in made["activities"] if a["reference"] == "order_management.v1")
    assert {c["word"] for c in orders["categories"]} == {
        "name", "email", "postal_address", "purchases", "behaviour",
    }  # fmt: skip
    assert {c["word"] for c in orders["declared_and_not_held"]} == {
        "phone", "customer_number", "national_id", "occupation", "language", "communications",
    }  # fmt: skip
    assert orders["retention"][0] == {
        "records": {"word": "master_data", "text": "Master data"},
        "period": "P10Y",
        "from": {"word": "last_order", "text": "the last order"},
        "text": "10 years from the last order",
        "action": {"word": "erase", "text": "Erase"},
        "then": "Erase",
        "archive_period": "",
        "notice_days": 0,
        "legal_reference": "art. 2946 c.c. (prescrizione ordinaria)",
        "statutory": False,
        "categories": [],
    }
    assert len(made["activities"]) == 17


def test_what_no_activity_declares_is_named(company: Company, now: datetime) -> None:
    a_person(company, orders=[date(2026, 5, 1)], now=now)
    for version in ActivityVersion.objects.exclude(activity__purpose__key="access_logging"):
        amend(company, version.activity.purpose.key, categories=["email"], now=now)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        made = record.record(company.controller, now=now, language="en")
    assert [c["word"] for c in made["held_without_activity"]] == [
        "behaviour", "name", "postal_address", "purchases",
    ]  # fmt: skip


def test_export_is_recorded(company: Company, as_role: As) -> None:
    browser = as_role(Role.AUDITOR)
    before = entries(company)
    answer = browser.post(reverse("admin:record_download"), {"format": "json"})
    assert json.loads(answer.content)["controller"]["name"] == "Acme S.r.l."
    assert [e.action for e in new_entries(company, before)] == [
        Action.REGISTER_EXPORTED, Action.DUTY_PERFORMED,
    ]  # fmt: skip


def test_the_command_prints_both_forms(company: Company, now: datetime) -> None:
    out = StringIO()
    call_command("export_register", format="json", stdout=out)
    assert json.loads(out.getvalue())["language"] == "it"
    page = StringIO()
    call_command("export_register", format="html", language="en", stdout=page)
    assert "<h1>Record of processing activities</h1>" in page.getvalue()
    assert "Orders and contracts" in page.getvalue()
    a_company("other", now=now)
    with pytest.raises(CommandError, match="There are: acme, other"):
        call_command("export_register", stdout=out)
