"""Findings, retention, the audit log, imports, staff and tokens in the portal."""

import re
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from api import tokens
from api.models import ApiToken
from audit.actions import Action
from crm.models import ImportBatch, RejectedRow
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry import findings
from registry.gate import opening as gate
from registry.models import ActivityVersion, DataSource, DataSubject, Finding, Staff, TextRule
from retention.models import RetentionRun
from tests.builders import Company, a_person, an_interaction
from tests.portal.conftest import As, entries, new_entries
from tests.retention.scenes import known_rules


def test_a_finding_is_answered_once(company: Company, as_role: As) -> None:
    finding = Finding.objects.create(
        controller=company.controller, place="crm.Interaction.body", category="health",
        kind="special_category", masked_sample="xxxxx",
    )  # fmt: skip
    browser = as_role(Role.DPO)
    page = browser.get(reverse("admin:registry_finding_change", args=[finding.pk]))
    assert "A special category (Art. 9)?" in page.content.decode()
    address = reverse("admin:finding_answer", args=[finding.pk])
    assert browser.post(address, {"answer": "confirmed"}).status_code == 302
    assert browser.post(address, {"answer": "dismissed"}).status_code == 409
    finding.refresh_from_db()
    assert (finding.answer, finding.answered_by) == ("confirmed", company.staff[Role.DPO])


def test_a_group_is_answered_or_drafted_by_the_dpo_alone(
    company: Company, as_role: As, now: datetime
) -> None:
    anna = a_person(company, orders=[timezone.localdate(now)], now=now)
    an_interaction(company, anna, body="Carta 4111 1111 1111 1111", at=now)
    findings.scan_written(company.controller.pk, now=now)
    browser, address = as_role(Role.DPO), reverse("admin:finding_groups")
    page = browser.get(address).content.decode()
    assert page.index("Mask it in these texts") < page.index("Yes, it belongs here")
    assert "4111" not in page
    said = {"place": "crm.Interaction.body", "category": "payment_card", "kind": "free_text"}
    post = reverse("admin:finding_group_answer")
    auditor = as_role(Role.AUDITOR)
    assert auditor.get(address).status_code == 200
    assert auditor.post(post, {**said, "answer": "masked"}).status_code == 403
    assert browser.post(post, {**said, "answer": "masked"}).status_code == 302
    assert browser.post(post, {**said, "answer": "masked"}).status_code == 409
    assert Finding.objects.get().answer == "masked"
    assert "100%" in browser.get(address).content.decode()
    an_interaction(company, anna, body="IBAN IT60X0542811101000000123456", at=now)
    findings.scan_written(company.controller.pk, now=now)
    said["category"] = "bank_account"
    version = ActivityVersion.objects.filter(
        controller=company.controller, state="approved"
    ).first()
    drafted = browser.post(
        reverse("admin:finding_group_declare"), {**said, "version": str(version.pk)}
    )
    assert drafted.status_code == 302
    assert "bank_account" in browser.get(drafted["Location"]).content.decode()


def test_masking_is_begun_and_ended_by_the_dpo_alone(company: Company, as_role: As) -> None:
    browser, address = as_role(Role.DPO), reverse("admin:text_rules")
    said = {"place": "crm.Interaction", "channel": "email", "category": "payment_card"}
    assert as_role(Role.AUDITOR).post(reverse("admin:text_rule_enter"), said).status_code == 403
    assert browser.post(reverse("admin:text_rule_enter"), said).status_code == 302
    assert browser.post(reverse("admin:text_rule_enter"), said).status_code == 422
    rule = TextRule.objects.get()
    page = browser.get(address).content.decode()
    assert reverse("admin:text_rule_end", args=[rule.pk]) in page
    assert browser.post(reverse("admin:text_rule_end", args=[rule.pk])).status_code == 302
    assert "ended on" in browser.get(address).content.decode()
    assert not TextRule.objects.filter(ended_at=None).exists()


def test_retention_is_previewed_then_approved_by_the_number(
    company: Company, as_role: As, now: datetime
) -> None:
    subject = a_person(
        company, kind="prospect", purpose="lead_management", role=Role.SALES, now=now
    )
    long_ago = now - timedelta(days=3 * 365)
    with gate.duty(system(company.controller.pk), Duty.SECURITY, now=now):
        DataSubject.objects.filter(pk=subject).update(
            created_at=long_ago, last_contact_on=long_ago.date()
        )
    browser = as_role(Role.DPO)
    known_rules(company, now=now)
    browser.post(reverse("admin:retention_preview"))
    run = RetentionRun.objects.get(state="previewed")
    total = run.preview["to_erase"]
    assert total > 0
    page = browser.get(reverse("admin:retention_retentionrun_change", args=[run.pk]))
    assert f"Type {total} to confirm" in page.content.decode()
    address = reverse("admin:retention_approve", args=[run.pk])
    browser.post(address, {"typed": str(total + 1)})
    run.refresh_from_db()
    assert run.state == "previewed"
    browser.post(address, {"typed": str(total)})
    run.refresh_from_db()
    assert (run.state, run.approved_by) == ("approved", company.staff[Role.DPO])


def test_the_log_is_searched_by_action_role_and_day(company: Company, as_role: As) -> None:
    browser = as_role(Role.AUDITOR)
    address = reverse("admin:audit_search")
    everything = browser.get(address)
    assert everything.context["found"].paginator.count == len(entries(company)) - 1
    approved = browser.get(address, {"action": "activity.approved", "role": "legal"})
    in_force = ActivityVersion.objects.filter(controller=company.controller).count()
    assert approved.context["found"].paginator.count == in_force > 0
    assert {entry.who for entry in approved.context["entries"]} == {"acme-legal"}
    none = browser.get(address, {"action": "activity.approved", "role": "dpo"})
    assert none.context["found"].paginator.count == 0
    tomorrow = timezone.localdate() + timedelta(days=1)
    later = browser.get(address, {"since": tomorrow.isoformat()})
    assert later.context["found"].paginator.count == 0
    today = timezone.localdate().isoformat()
    assert browser.get(address, {"until": today, "outcome": "done"}).context["entries"]
    odd = browser.get(address, {"since": "31-02", "record": "nonsense", "page": "x"})
    assert odd.status_code == 200


def test_an_import_shows_codes_and_no_rows(company: Company, as_role: As, now: datetime) -> None:
    batch = ImportBatch.objects.create(
        controller=company.controller, source=DataSource.objects.first(), entity="contact",
        purpose="order_management", digest="0" * 64, state="done", rows_read=2, rows_rejected=2,
        mapping={"columns": {"Mail": "email", "Note": None}}, expires_on=date(2026, 12, 24),
    )  # fmt: skip
    with gate.duty(system(company.controller.pk), Duty.DISCOVERY, now=now):
        for line in (2, 3):
            RejectedRow.objects.create(
                controller=company.controller, batch=batch, line=line, code="invalid_date",
                column="Nato il", blob=b"sealed",
            )  # fmt: skip
    address = reverse("admin:crm_importbatch_change", args=[batch.pk])
    page = as_role(Role.DPO).get(address)
    assert list(page.context["rejected"]) == [{"code": "invalid_date", "column": "Nato il", "n": 2}]
    sales = as_role(Role.SALES).get(address)
    assert sales.status_code == 200
    assert "invalid_date" not in sales.content.decode()


def test_an_administrator_opens_and_closes_accounts(company: Company, as_role: As) -> None:
    browser = as_role(Role.ADMINISTRATOR)
    before = entries(company)
    said = {"username": "acme-new", "role": "agent", "password": "short"}
    weak = browser.post(reverse("admin:staff_hire"), said)
    assert weak.status_code == 422
    taken = browser.post(
        reverse("admin:staff_hire"), {**said, "username": "acme-dpo", "password": "not too short 1"}
    )
    assert "taken" in taken.content.decode()
    browser.post(reverse("admin:staff_hire"), {**said, "password": "not too short 1"})
    made = Staff.objects.get(username="acme-new")
    assert (made.role, made.controller) == ("agent", company.controller)
    browser.post(reverse("admin:staff_deactivate", args=[made.pk]))
    made.refresh_from_db()
    assert not made.is_active
    changed = [e for e in new_entries(company, before) if e.action == Action.STAFF_CHANGED]
    reasons = [re.search(rb'"reason":"(\w+)"', bytes(e.entry)).group(1) for e in changed]
    assert reasons == [b"hired", b"deactivated"]
    self_ = company.staff[Role.ADMINISTRATOR]
    assert browser.post(reverse("admin:staff_deactivate", args=[self_.pk])).status_code == 403


def test_a_lost_second_factor_is_removed(company: Company, as_role: As) -> None:
    as_role(Role.DPO)
    dpo = company.staff[Role.DPO]
    browser = as_role(Role.ADMINISTRATOR)
    browser.post(reverse("admin:staff_factor", args=[dpo.pk]))
    assert not Authenticator.objects.filter(user=dpo).exists()


def test_a_secret_is_shown_once(company: Company, as_role: As, now: datetime) -> None:
    browser = as_role(Role.DPO)
    until = (timezone.localdate(now) + timedelta(days=30)).isoformat()
    answer = browser.post(
        reverse("admin:token_issue"),
        {"name": "Shop", "role": "agent", "way": "token", "purposes": ["order_management"],
         "expires_on": until},
    )  # fmt: skip
    secret = re.search(r"cst_[\w-]{43}", answer.content.decode()).group()
    token = ApiToken.objects.get(name="Shop")
    assert tokens.find(secret) == token
    again = browser.get(reverse("admin:api_apitoken_change", args=[token.pk])).content.decode()
    assert secret not in again
    browser.post(reverse("admin:token_revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_an_oauth_client_is_shown_its_secret_once_and_given_another(
    company: Company, as_role: As, now: datetime
) -> None:
    browser = as_role(Role.DPO)
    until = (timezone.localdate(now) + timedelta(days=30)).isoformat()
    said = {"name": "Shop", "role": "agent", "way": "oauth", "purposes": ["order_management"],
            "expires_on": until}  # fmt: skip
    page = browser.post(reverse("admin:token_issue"), said).content.decode()
    client = ApiToken.objects.get(name="Shop")
    (first,) = re.findall(r"css_[\w-]{43}", page)
    assert str(client.pk) in page
    renewed = browser.post(reverse("admin:token_renew", args=[client.pk]), {"old": "ends"})
    (second,) = re.findall(r"css_[\w-]{43}", renewed.content.decode())
    assert second != first
    assert [one.ends_at is None for one in client.secrets.order_by("made_at")] == [False, True]
    again = browser.get(reverse("admin:api_apitoken_change", args=[client.pk])).content.decode()
    assert "css_" not in again


def test_the_log_is_verified_from_the_portal(fresh_database: None) -> None:
    from django.test import Client

    from governance.portal.roles import NEEDS_SECOND_FACTOR
    from governance.portal.second_factor import ENROLLED
    from tests.builders import a_company

    company = a_company(now=timezone.now())
    auditor = company.staff[Role.AUDITOR]
    assert Role.AUDITOR in NEEDS_SECOND_FACTOR
    Authenticator.objects.create(user=auditor, type="totp", data={})
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session[ENROLLED] = True
    session.save()
    count = len(entries(company))
    answer = browser.post(reverse("admin:audit_verify"), follow=True)
    # the login, and the access that counted them
    assert f"{count + 1} entries verified." in answer.content.decode()
