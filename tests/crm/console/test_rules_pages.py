"""Workflows, texts and public forms at the desk: drafted, compared, approved as they were read."""

import re
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from crm.models import MessageTemplate, WebForm, Workflow
from governance.policy.vocabulary import Role
from tests.builders import Company
from tests.crm.console.conftest import At
from tests.crm.webforms import a_form

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

NEW, LEADS = "desk:workflow_new", "lead_management"
CALL: dict[str, str] = {
    "title_it": "Richiamare", "title_en": "Call back", "purpose": LEADS, "trigger": "lead_arrived",
    "values": "lead", "steps": "2", "0.do": "wait", "0.days": "2", "1.do": "create_task",
    "1.purpose": LEADS, "1.role": "sales", "1.days": "1", "1.title_it": "Chiama",
    "1.title_en": "Call", "do": "keep",
}  # fmt: skip


def read(answer: Any) -> str:
    return unescape(answer.content.decode())


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_o22_a_workflow_is_drafted_compared_and_approved_by_another(
    company: Company, at_desk: At
) -> None:
    sales, manager = at_desk(Role.SALES, LEADS), at_desk(Role.MANAGER, LEADS)
    more = read(sales.post(reverse(NEW), CALL | {"do": "step"}))
    assert 'name="steps" value="3"' in more
    assert 'value="Chiama"' in more, "what was typed stays"
    kept = sales.post(reverse(NEW), CALL)
    row = Workflow.objects.get(key="richiamare")
    address, act = (reverse(f"desk:{n}", args=[row.pk]) for n in ("workflow", "workflow_act"))
    assert kept.url == address
    assert [one["do"] for one in row.definition["actions"]] == ["wait", "create_task"]
    assert 'value="approve"' not in read(sales.get(address))
    page = read(manager.get(address))
    manager.post(act, {"do": "approve", "shown": shown(page)})
    row.refresh_from_db()
    assert row.state == "approved"
    again = read(sales.get(f"{reverse(NEW)}?from={row.pk}"))
    assert 'value="Richiamare"' in again
    sales.post(reverse(NEW), CALL | {"0.days": "5"})
    second = Workflow.objects.get(key="richiamare", number=2)
    changed = read(manager.get(reverse("desk:workflow", args=[second.pk])))
    assert "No longer:</strong> 1. Wait 2 days" in changed
    assert "New:</strong> 1. Wait 5 days" in changed
    assert "Stopped" in read(manager.post(act, {"do": "stop"}, follow=True))
    row.refresh_from_db()
    assert row.state == "retired"


def test_c5_what_was_changed_since_it_was_read_is_not_approved(
    company: Company, at_desk: At
) -> None:
    sales, manager = at_desk(Role.SALES, LEADS), at_desk(Role.MANAGER, LEADS)
    sales.post(reverse(NEW), CALL)
    row = Workflow.objects.get(key="richiamare")
    address, act = (reverse(f"desk:{n}", args=[row.pk]) for n in ("workflow", "workflow_act"))
    was = shown(read(manager.get(address)))
    sales.post(reverse(NEW), CALL | {"1.role": "agent"})
    for said in ({"shown": was}, {}):
        refused = manager.post(act, {"do": "approve", **said})
        assert refused.status_code == 409
        assert "read what it says now" in read(refused)
    row.refresh_from_db()
    assert row.state == "draft"
    now = shown(read(manager.get(address)))
    assert now != was
    manager.post(act, {"do": "approve", "shown": now})
    row.refresh_from_db()
    assert row.state == "approved"


def test_c5_a_message_goes_for_the_purpose_of_its_text_and_its_trigger(
    company: Company, at_desk: At
) -> None:
    sales = at_desk(Role.SALES, LEADS)
    sales.post(reverse("desk:workflow_recipes"))
    assert Workflow.objects.filter(key="service_order_late", state="draft").exists()
    send = {"steps": "1", "0.do": "send_message", "0.channel": "email"}
    mislabelled = {"0.template": "after_delivery", "0.purpose": LEADS}
    wrong = sales.post(reverse(NEW), CALL | send | mislabelled)
    assert wrong.status_code == 422
    assert "Step 1: the text belongs to another purpose" in read(wrong)
    astray = {"0.template": "order_late", "0.purpose": "order_management"}
    wrong = sales.post(reverse(NEW), CALL | send | astray)
    assert wrong.status_code == 422
    assert "a text of service goes only to people looked for with its own purpose" in read(wrong)
    right = {"0.template": "after_delivery", "0.purpose": "newsletter"}
    assert sales.post(reverse(NEW), CALL | send | right).status_code == 302


def test_o22_what_is_missing_is_said_and_what_was_typed_stays(
    company: Company, at_desk: At
) -> None:
    sales = at_desk(Role.SALES, LEADS)
    for change, said in (
        ({"title_en": ""}, "Give it a name in both languages."),
        ({"1.days": "x"}, "Step 2: it is not one of what there is to choose"),
        ({"0.do": "", "1.do": ""}, "It has at least one step"),
    ):
        answer = sales.post(reverse(NEW), CALL | change)
        assert answer.status_code == 422
        assert said in read(answer)
        assert 'value="Chiama"' in read(answer)
    assert not Workflow.objects.exists()


def test_c4_a_text_is_written_and_looked_into_at_the_desk(company: Company, at_desk: At) -> None:
    marketing = at_desk(Role.MARKETING, "newsletter")
    said = {"purpose": "order_management", "kind": "service", "topic_it": "Il Suo ordine",
            "topic_en": "Your order", "body_it": "Gentile {name}, parte oggi.",
            "body_en": "Dear {name}, it leaves today."}  # fmt: skip
    offer = said | {"body_it": "Gentile {name}, sconto del 20% solo oggi!"}
    refused = marketing.post(reverse("desk:text_new"), offer)
    assert refused.status_code == 422
    assert "sconto" in read(refused)
    kept = marketing.post(reverse("desk:text_new"), said, follow=True)
    assert "parte oggi" in read(kept)
    row = MessageTemplate.objects.get(key="il-suo-ordine")
    address = reverse("desk:text", args=[row.key])
    assert "parte oggi" in read(marketing.get(address))
    marketing.post(address, said | {"body_it": "Gentile {name}, parte domani."})
    row.refresh_from_db()
    assert row.body_it == "Gentile {name}, parte domani."
    assert at_desk(Role.AGENT, LEADS).get(address).status_code == 403


FORM = {
    "title_it": "Scrivici", "title_en": "Write to us", "slug": "scrivici", "purpose": LEADS,
    "fields": ["email", "message"], "required": ["email"], "0.purpose": "newsletter",
    "0.channel": "email", "0.text_it": "Novità per e-mail", "0.text_en": "News by e-mail",
}  # fmt: skip


def test_o26_a_public_form_is_drafted_compared_and_opened_by_another(
    company: Company, at_desk: At
) -> None:
    sales, manager = at_desk(Role.SALES, LEADS), at_desk(Role.MANAGER, LEADS)
    wrong = sales.post(reverse("desk:web_form_new"), FORM | {"0.purpose": LEADS})
    assert wrong.status_code == 422
    assert "a box asks for a consent" in read(wrong)
    sales.post(reverse("desk:web_form_new"), FORM)
    first = WebForm.objects.get(slug="scrivici")
    act = reverse("desk:web_form_act", args=[first.pk])
    page = read(manager.get(reverse("desk:web_form", args=[first.pk])))
    assert "Box, not ticked: News by e-mail" in page
    sales.post(reverse("desk:web_form_new"), FORM | {"fields": ["email", "phone", "message"]})
    assert manager.post(act, {"do": "approve", "shown": shown(page)}).status_code == 409
    page = read(manager.get(reverse("desk:web_form", args=[first.pk])))
    manager.post(act, {"do": "approve", "shown": shown(page)})
    public = f"/c/{company.controller.slug}/forms/scrivici/"
    assert sales.get(public).status_code == 200
    sales.post(reverse("desk:web_form_new"), FORM)
    second = WebForm.objects.get(slug="scrivici", number=2)
    assert sales.get(public).status_code == 200, "open until the next one is approved"
    page = read(manager.get(reverse("desk:web_form", args=[second.pk])))
    assert "No longer:</strong> Asks: Phone" in page
    act = reverse("desk:web_form_act", args=[second.pk])
    manager.post(act, {"do": "approve", "shown": shown(page)})
    first.refresh_from_db()
    assert first.state == "retired"
    manager.post(act, {"do": "close"})
    assert sales.get(public).status_code == 404


def test_o26_a_link_that_was_passed_on_outlives_the_version_it_was_made_for(
    company: Company,
) -> None:
    first = a_form(company)
    second = a_form(company)
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("retired", "approved", 2)
