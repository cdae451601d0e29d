"""What ends when, rows one by one, and the effect of a changed rule, on pages of the portal."""

import re
from datetime import UTC, date, datetime
from html import unescape
from uuid import UUID

from django.test import Client
from django.urls import reverse

from governance.policy.vocabulary import Operation, Role
from registry import consent
from registry import operations as register
from registry.gate import opening as gate
from registry.models import ActivityVersion
from retention import tasks
from retention.models import RetentionRun
from tests.builders import Company, a_person
from tests.portal.conftest import As
from tests.retention.scenes import an_old_customer, known_rules, preview, recorded

OLD = date(2011, 11, 23)


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def rows(which: str) -> str:
    return reverse("admin:retention_rows", args=[which])


def test_the_calendar_says_what_is_due_and_when(
    company: Company, as_role: As, now: datetime
) -> None:
    browser, address = as_role(Role.AUDITOR), reverse("admin:retention_schedule")
    assert "There is no preview yet" in text(browser, address)
    an_old_customer(company, "Vecchi", orders=[OLD])
    preview(company, now=now)
    page = text(browser, address)
    assert re.search(r"Orders .*? 1 1 1 1 ", page), "now, in 30 and 90 days, in a year"
    assert re.search(r"due today 5 ", page)
    assert re.search(r"10 years and more 2 2 ", page)
    assert "Vecchi" not in page
    assert as_role(Role.SALES).get(address).status_code == 403


def test_rows_are_shown_with_the_rules_that_decided_and_nothing_of_the_person(
    company: Company, as_role: As, now: datetime
) -> None:
    an_old_customer(company, "Vecchi", orders=[OLD])
    page = text(as_role(Role.DPO), rows("due") + "?table=crm_order")
    assert page.count("the period has run out") == 1
    assert "from 23 November 2011 to 23 November 2021" in page
    assert "Look at the person" in page
    assert "Vecchi" not in page
    auditor = as_role(Role.AUDITOR)
    assert "Look at the person" not in text(auditor, rows("due"))
    assert "None." in text(auditor, rows("held"))
    assert auditor.get(rows("due") + "?after=nobody").status_code == 404
    assert auditor.get(rows("everything")).status_code == 404
    assert as_role(Role.MARKETING).get(rows("due")).status_code == 403


def test_a_row_without_a_date_says_which_and_leads_to_the_rule(
    company: Company, as_role: As, now: datetime
) -> None:
    subject = a_person(company, family="Senzadata", now=now)
    recorded(company, subject, at=datetime(2009, 1, 5, tzinfo=UTC))
    _qualified(company, subject, now)
    browser = as_role(Role.DPO)
    page = text(browser, rows("indeterminate"))
    assert "Missing the last order" in page
    assert "Enter the date on the record" in page
    version = ActivityVersion.objects.get(activity__purpose__key="order_management")
    link = reverse("admin:registry_activityversion_change", args=[version.pk])
    assert f'href="{link}"' in browser.get(rows("indeterminate")).content.decode()


def test_a_changed_rule_is_approved_once_its_effect_was_shown(
    company: Company, as_role: As, now: datetime
) -> None:
    an_old_customer(company, "Seianni", orders=[date(2020, 1, 7)])
    draft = _shortened(company, now)
    address = reverse("admin:registry_activityversion_change", args=[draft.pk])
    lawyer, dpo = as_role(Role.LEGAL), as_role(Role.DPO)
    sent = {"shown": draft.drafted_at.isoformat()}
    refused = lawyer.post(reverse("admin:activity_approve", args=[draft.pk]), sent)
    assert (refused.status_code, "its effect was not shown" in refused.content.decode()) == (
        409, True,
    )  # fmt: skip
    assert "The DPO lets it be shown" in text(lawyer, address)
    assert dpo.post(reverse("admin:activity_effect", args=[draft.pk])).status_code == 302
    assert re.search(r"Contact details .*? 0 → 1 0 → 1 0 → 1 0 → 1 ", text(lawyer, address))
    assert lawyer.post(reverse("admin:activity_approve", args=[draft.pk]), sent).status_code == 302
    draft.refresh_from_db()
    assert draft.state == "approved"


def test_the_timetable_shows_effects_that_nobody_has_asked_for(
    company: Company, now: datetime
) -> None:
    draft = _shortened(company, now)
    tasks.show_effects()
    tasks.show_effects()
    assert [run.draft for run in RetentionRun.objects.all()] == [draft]


def test_new_rules_are_approved_by_two_or_closed_by_the_second(
    company: Company, as_role: As, now: datetime
) -> None:
    an_old_customer(company, "Vecchi", orders=[OLD])
    run = preview(company, now=now)
    page = reverse("admin:retention_retentionrun_change", args=[run.pk])
    total = str(run.preview["to_erase"])
    lawyer, dpo = as_role(Role.LEGAL), as_role(Role.DPO)
    assert "before the first row goes" in text(lawyer, page)
    lawyer.post(reverse("admin:retention_approve", args=[run.pk]), {"typed": total})
    run.refresh_from_db()
    assert run.state == "waiting"
    decline = reverse("admin:retention_decline", args=[run.pk])
    assert lawyer.post(decline).status_code == 409
    assert "Do not approve: close this run" in text(dpo, page)
    assert dpo.post(decline).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.result["stopped"]) == ("failed", "declined")


def test_a_release_is_limited_to_so_many_people(
    company: Company, as_role: As, now: datetime
) -> None:
    an_old_customer(company, "Vecchi", orders=[OLD])
    known_rules(company, now=now)
    run = preview(company, now=now)
    browser, address = as_role(Role.DPO), reverse("admin:retention_approve", args=[run.pk])
    total = str(run.preview["to_erase"])
    for wrong in ("0", "x", "-3"):
        browser.post(address, {"typed": total, "most_people": wrong})
        run.refresh_from_db()
        assert run.state == "previewed"
    browser.post(address, {"typed": total, "most_people": "1"})
    run.refresh_from_db()
    assert run.most_people == 1
    page = reverse("admin:retention_retentionrun_change", args=[run.pk])
    assert "of at most 1 people" in text(browser, page)


def _shortened(company: Company, now: datetime) -> ActivityVersion:
    version = ActivityVersion.objects.get(activity__purpose__key="order_management")
    draft = register.redraft(version=version, by=company.staff[Role.DPO], now=now)
    draft.retention_rules.update(period="P5Y")
    return draft


def _qualified(company: Company, subject: UUID, now: datetime) -> None:
    """Evidence of a contract without any order."""
    actor = company.actor(Role.AGENT)
    with gate.open(actor, "order_management", Operation.CREATE, now=now) as access:
        access.admitted = {subject}
        consent.qualify(access, subject=subject, kind="quote", at=now)
