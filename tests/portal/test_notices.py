"""Notices to recipients in the portal: who sees whom, the letter, and how a task ends."""

import base64
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Contact
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Operation, Role
from registry.gate import opening as gate
from registry.models import Recipient
from retention import recipients
from retention.models import Notification
from tests.builders import Company, a_person
from tests.portal.conftest import As, entries, new_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(company: Company, now: datetime) -> Notification:
    """A carrier without an address for notices, which calls Anna DEST-88."""
    anna = a_person(company, orders=[now.date()], now=now)
    carrier = Recipient.objects.get(controller=company.controller, name="Corriere")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.EXPORT, subjects=anna,
        recipient=carrier.pk, now=now,
    ) as access:  # fmt: skip
        list(access.rows(Contact))
        access.names_outside = {anna: "DEST-88"}
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=now
    ) as access:
        recipients.queue(
            access, job=anna, round_no=1, pass_no=1, subject=anna, categories=set(Category)
        )
    return Notification.objects.get()


def address(notice: Notification) -> str:
    return reverse("admin:retention_notification_change", args=[notice.pk])


def test_the_task_stands_on_the_home_page_and_has_its_letter(
    company: Company, notice: Notification, as_role: As
) -> None:
    dpo = as_role(Role.DPO)
    home = dpo.get(reverse("admin:index")).content.decode()
    assert "Recipient to tell" in home
    assert address(notice) in home
    assert "DEST-88" not in home
    listed = dpo.get(reverse("admin:retention_notification_changelist")).content.decode()
    assert "Corriere" in listed
    assert "To be told by hand" in listed
    before = entries(company)
    letter = dpo.get(address(notice)).content.decode()
    assert "<code>DEST-88</code>" in letter
    assert "Article 19" in letter
    (entry,) = new_entries(company, before)
    assert entry.action == "duty.performed"
    assert b'"purpose":"duty:answering"' in bytes(entry.entry)
    italian = dpo.get(address(notice), headers={"accept-language": "it"}).content.decode()
    assert "Lei conosce la persona come:" in italian


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AUDITOR, 200), (Role.AGENT, 403), (Role.ADMINISTRATOR, 403)]
)
def test_the_person_is_named_to_those_who_answer_people_alone(
    notice: Notification, as_role: As, role: Role, status: int
) -> None:
    browser = as_role(role)
    seen = browser.get(address(notice))
    assert seen.status_code == status
    assert "DEST-88" not in seen.content.decode()
    close = reverse("admin:notice_close", args=[notice.pk])
    assert browser.post(close, {"outcome": "done", "reason": "x"}).status_code == 403
    notice.refresh_from_db()
    assert notice.state == "manual"


def test_a_task_is_closed_with_a_reason(notice: Notification, as_role: As) -> None:
    dpo, close = as_role(Role.DPO), reverse("admin:notice_close", args=[notice.pk])
    dpo.post(close, {"outcome": "impossible", "reason": ""})
    notice.refresh_from_db()
    assert notice.state == "manual"
    assert dpo.post(close, {"outcome": "impossible", "reason": "The firm is gone"}).url == address(
        notice
    )
    notice.refresh_from_db()
    assert (notice.state, notice.outcome) == ("closed", "impossible")
    page = dpo.get(address(notice)).content.decode()
    assert "The firm is gone" in page
    assert "DEST-88" not in page
    assert "Recipient to tell" not in dpo.get(reverse("admin:index")).content.decode()


def test_everybody_finds_the_public_key_of_a_company(company: Company) -> None:
    address = f"/.well-known/custode/{company.controller.slug}.json"
    (key,) = Client().get(address).json()["keys"]
    kind, _underscore, raw = key.partition("_")
    assert (kind, len(base64.b64decode(raw))) == ("whpk", 32)
    assert Client().get(address).json()["keys"] == [key]
    assert Client().get("/.well-known/custode/nobody.json").status_code == 404


def test_another_company_sees_no_notice_of_ours(notice: Notification, as_role: As) -> None:
    other = reverse("admin:retention_notification_change", args=[UUID(int=1)])
    dpo = as_role(Role.DPO)
    assert dpo.get(other).status_code == 404
    Notification.objects.filter(pk=notice.pk).update(
        controller=_another_controller(notice.controller_id)
    )
    assert dpo.get(address(notice)).status_code == 404


def _another_controller(like: UUID) -> UUID:
    from registry.models import Controller

    return Controller.objects.create(slug=f"other-{like.hex[:6]}", name="Other S.r.l.").pk
