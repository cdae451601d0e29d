"""Privacy notices in the portal: drafted, approved by somebody else, behind, and given."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from governance.policy.vocabulary import Duty, Role
from registry import notices, operations
from registry.gate import opening as gate
from registry.models import NoticeGiven, PrivacyNotice
from tests.builders import Company, a_person
from tests.portal.conftest import As

pytestmark = pytest.mark.django_db
PAGE = "admin:privacy_notices"


def approved(as_role: As) -> Client:
    """The DPO, whose draft the lawyer has approved."""
    dpo = as_role(Role.DPO)
    dpo.post(reverse("admin:privacy_notice_draft"))
    as_role(Role.LEGAL).post(reverse("admin:privacy_notice_approve", args=[1]))
    return dpo


def text_of(browser: Client) -> str:
    answer = browser.get(reverse(PAGE))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_draft_is_approved_by_somebody_else(company: Company, as_role: As) -> None:
    dpo, legal = as_role(Role.DPO), as_role(Role.LEGAL)
    assert "None approved" in text_of(dpo)
    dpo.post(reverse("admin:privacy_notice_draft"))
    button = reverse("admin:privacy_notice_approve", args=[1])
    assert button not in text_of(dpo)
    assert dpo.post(button).status_code == 409
    assert button in text_of(legal)
    legal.post(button)
    assert PrivacyNotice.objects.filter(approved_by=company.staff[Role.LEGAL]).count() == 2
    assert "Says what is done" in text_of(dpo)


def test_a_change_of_the_register_is_shown_in_words(company: Company, as_role: As) -> None:
    approved(as_role)
    newsletter = company.purpose("newsletter")
    newsletter.text_en = "Send you news, offers and invitations"
    newsletter.save(update_fields=["text_en"])
    page = text_of(as_role(Role.AUDITOR))
    assert "Behind the register" in page
    assert "Send you news, offers and invitations" in page
    assert "Approve version" not in page


def test_people_from_elsewhere_are_told_from_the_page(
    company: Company, as_role: As, now: datetime
) -> None:
    dpo = approved(as_role)
    source = operations.add_source(
        controller=company.controller, name="Fiera", kind="import",
        by=company.staff[Role.DPO], now=now,
    )  # fmt: skip
    subject = a_person(company, given="Bea", source=source, now=now)
    assert "1 person by" in text_of(dpo)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        (tell_by,) = notices.owed().values_list("tell_by", flat=True)
    version = notices.in_force(company.controller.pk, "en")
    assert version is not None
    said = {"tell_by": tell_by, "version": version.pk, "how": "email"}
    dpo.post(reverse("admin:privacy_notice_told"), said | {"on": "2999-01-01"})
    assert "1 person by" in text_of(dpo)
    dpo.post(reverse("admin:privacy_notice_told"), said | {"on": now.date()})
    assert "1 person by" not in text_of(dpo)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=now):
        given = NoticeGiven.objects.get()
        assert (given.subject_id, given.how) == (subject, "email")


def test_roles_that_keep_no_register_only_look(company: Company, as_role: As) -> None:
    agent = as_role(Role.AGENT)
    assert agent.post(reverse("admin:privacy_notice_draft")).status_code == 403
    assert agent.get(reverse(PAGE)).status_code == 403  # it shows who is owed one: supervision
