"""Who gets which page; an auditor changes nothing; an administrator meets nobody."""

from datetime import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from audit.actions import Action
from dsar.models import SubjectRequest
from governance.policy.vocabulary import Role
from governance.portal.roles import TABLE, May, Page
from registry.models import ActivityVersion, DataSource, Finding
from tests.builders import Company
from tests.portal.conftest import As, entries, new_entries

ADDRESS = {
    Page.HOME: "admin:index",
    Page.REGISTER: "admin:registry_activityversion_changelist",
    Page.SOURCES: "admin:registry_datasource_changelist",
    Page.RECIPIENTS: "admin:registry_recipient_changelist",
    Page.CONTROLLER: "admin:registry_controller_changelist",
    Page.RECORD: "admin:record",
    Page.ASSESSMENTS: "admin:registry_impactassessment_changelist",
    Page.BREACHES: "admin:registry_breach_changelist",
    Page.REQUESTS: "admin:dsar_subjectrequest_changelist",
    Page.PEOPLE: "admin:people",
    Page.FINDINGS: "admin:registry_finding_changelist",
    Page.RETENTION: "admin:retention_retentionrun_changelist",
    Page.AUDIT: "admin:audit_search",
    Page.IMPORTS: "admin:crm_importbatch_changelist",
    Page.TOKENS: "admin:api_apitoken_changelist",
    Page.STAFF: "admin:registry_staff_changelist",
    Page.WHY: "admin:why",
    Page.EMERGENCY: "admin:emergency_new",
    Page.PROVISIONS: "admin:provisions",
    Page.DESK: "desk:purpose",  # which comes first
}


def test_every_page_has_an_address_and_every_role_a_row() -> None:
    assert set(ADDRESS) == set(Page)
    assert set(TABLE) == set(Role) - {Role.SYSTEM, Role.DATA_SUBJECT}
    assert all(set(row) == set(Page) for row in TABLE.values())


@pytest.mark.parametrize("role", list(TABLE))
def test_role_by_page(role: Role, as_role: As) -> None:
    browser = as_role(role)
    seen = {page: browser.get(reverse(name)).status_code for page, name in ADDRESS.items()}
    wanted = {page: 200 if TABLE[role][page] else 403 for page in Page}
    assert seen == wanted


def test_the_table_says_what_was_decided() -> None:
    assert TABLE[Role.ADMINISTRATOR][Page.REQUESTS] is May.NOTHING
    assert TABLE[Role.ADMINISTRATOR][Page.FINDINGS] is May.NOTHING
    assert TABLE[Role.ADMINISTRATOR][Page.AUDIT] is May.NOTHING
    assert max(TABLE[Role.AUDITOR].values()) is May.VIEW
    for role in (Role.AGENT, Role.MARKETING, Role.SALES):
        assert TABLE[role][Page.REQUESTS] is May.NOTHING
        changes = {page for page, level in TABLE[role].items() if level is May.CHANGE}
        assert changes <= {Page.IMPORTS}
    assert TABLE[Role.MARKETING][Page.IMPORTS] is May.NOTHING
    assert TABLE[Role.DPO][Page.IMPORTS] is May.VIEW


def changing_posts(company: Company, request: SubjectRequest) -> list[str]:
    source = DataSource.objects.get(name="Sistema gestionale precedente")
    finding = Finding.objects.create(
        controller=company.controller, place="x", category="name", kind="free_text"
    )
    staff = company.staff[Role.AGENT]
    return [
        reverse("admin:request_new"),
        reverse("admin:request_identify", args=[request.pk]),
        reverse("admin:request_memory", args=[request.pk]),
        reverse("admin:request_copy", args=[request.pk]),
        reverse("admin:request_refuse", args=[request.pk]),
        reverse("admin:request_act", args=[request.pk]),
        reverse("admin:request_extend", args=[request.pk]),
        reverse("admin:request_attach", args=[request.pk]),
        reverse("admin:erasure_plan", args=[request.pk]),
        reverse("admin:copy_download", args=[request.pk]),
        reverse("admin:source_verify", args=[source.pk]),
        reverse("admin:finding_answer", args=[finding.pk]),
        reverse("admin:retention_preview"),
        reverse("admin:hold_place"),
        reverse("admin:preset_propose"),
        reverse("admin:activity_effect", args=[ActivityVersion.objects.latest("drafted_at").pk]),
        reverse("admin:staff_hire"),
        reverse("admin:staff_deactivate", args=[staff.pk]),
        reverse("admin:staff_factor", args=[staff.pk]),
        reverse("admin:token_issue"),
        reverse("admin:registry_purpose_add"),
        reverse("admin:registry_datasource_add"),
        reverse("admin:registry_recipient_add"),
        reverse("admin:registry_activityversion_add"),
        reverse("admin:registry_processingonbehalf_add"),
        reverse("admin:registry_impactassessment_add"),
        reverse("admin:breach_new"),
    ]


def test_an_auditor_changes_nothing(company: Company, anna: SubjectRequest, as_role: As) -> None:
    auditor = as_role(Role.AUDITOR)
    posts = changing_posts(company, anna)
    assert {address: auditor.post(address).status_code for address in posts} == dict.fromkeys(
        posts, 403
    )
    source = DataSource.objects.get(name="Sistema gestionale precedente")
    address = reverse("admin:registry_datasource_change", args=[source.pk])
    assert auditor.post(address, {"name": "changed", "kind": "import"}).status_code == 403
    source.refresh_from_db()
    assert source.name == "Sistema gestionale precedente"
    assert source.verified_at is None
    company.staff[Role.AGENT].refresh_from_db()
    assert company.staff[Role.AGENT].is_active


def test_an_administrator_meets_nobody(company: Company, anna: SubjectRequest, as_role: As) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    before = entries(company)
    address = reverse("admin:dsar_subjectrequest_change", args=[anna.pk])
    assert browser.get(address).status_code == 403
    assert browser.get(reverse("admin:dsar_subjectrequest_changelist")).status_code == 403
    assert browser.get(reverse("admin:registry_finding_changelist")).status_code == 403
    assert browser.get(reverse("admin:record")).status_code == 403
    actions = [entry.action for entry in new_entries(company, before)]
    assert actions == [Action.ACCESS_REFUSED] * 4


def test_there_is_no_list_of_customers(as_role: As) -> None:
    home = as_role(Role.DPO).get(reverse("admin:index")).content.decode()
    assert "/admin/crm/importbatch/" in home
    assert "/admin/crm/contact" not in home
    assert "/admin/registry/datasubject" not in home


def test_nobody_sees_the_portal_without_a_login(company: Company) -> None:
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    assert "acme" not in answer.content.decode().lower()


def test_djangos_own_log_stays_empty(company: Company, as_role: As) -> None:
    browser = as_role(Role.DPO)
    before = entries(company)
    printer = {
        "name": "Stampatore", "role": "processor", "category_it": "Stampa",
        "category_en": "Printers", "transfers-TOTAL_FORMS": 0, "transfers-INITIAL_FORMS": 0,
    }  # fmt: skip
    made = browser.post(
        reverse("admin:registry_recipient_add"),
        {**printer, "country": "IT"},
    )
    assert made.status_code == 302
    recipient = company.controller.recipients.get(name="Stampatore")
    address = reverse("admin:registry_recipient_change", args=[recipient.pk])
    changed = browser.post(
        address,
        {**printer, "country": "CH"},
    )
    assert changed.status_code == 302
    assert LogEntry.objects.count() == 0
    said = new_entries(company, before)
    assert [entry.action for entry in said] == [Action.REGISTER_CHANGED] * 2
    assert b'"fields":["registry.Recipient.country"]' in bytes(said[1].entry)
    assert b"CH" not in bytes(said[1].entry)


def test_a_name_taken_is_said_in_the_form(company: Company, as_role: As) -> None:
    answer = as_role(Role.DPO).post(
        reverse("admin:registry_recipient_add"),
        {"name": "Corriere", "role": "processor", "category_it": "a", "category_en": "b",
         "country": "IT"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_two_controllers_never_see_each_other(company: Company, as_role: As, now: datetime) -> None:
    from tests.builders import a_company

    other = a_company("other", now=now)
    theirs = other.controller.recipients.get(name="Corriere")
    browser = as_role(Role.DPO)
    page = browser.get(reverse("admin:registry_recipient_change", args=[theirs.pk]), follow=True)
    assert "doesn’t exist" in page.content.decode()
    person = other.staff[Role.AGENT]
    assert browser.get(reverse("admin:registry_staff_change", args=[person.pk])).status_code == 404
