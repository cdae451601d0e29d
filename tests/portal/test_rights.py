"""Every right on the page of its request: the next step, one button, and what it leaves."""

from datetime import datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dsar import tasks
from dsar.models import AccessPackage, Correspondence, Proposal, SubjectRequest
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import Disclosure, Recipient, Restriction
from tests.builders import Company, a_person
from tests.dsar import acts
from tests.portal.conftest import As, ask


def act(browser: Client, request: SubjectRequest, name: str, **said: object) -> int:
    address = reverse("admin:request_act", args=[request.pk])
    return browser.post(address, {"act": name, **said}).status_code


def page_of(browser: Client, request: SubjectRequest) -> str:
    address = reverse("admin:dsar_subjectrequest_change", args=[request.pk])
    return browser.get(address).content.decode()


def identified(company: Company, browser: Client, right: str, now: datetime) -> SubjectRequest:
    request = ask(company, right, days=0, now=now)
    browser.post(reverse("admin:request_identify", args=[request.pk]), {"level": "account"})
    return request


def rows(company: Company, model: type) -> list:
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        return list(model.objects.order_by("pk"))


def test_each_right_is_answered_with_one_button(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now, orders=[now.date()])
    browser = as_role(Role.DPO)
    said = {
        "restriction": ("grant", {"ground": "a"}), "portability": ("port", {}),
        "objection": ("uphold", {}), "withdrawal": ("confirm", {}),
        "human_review": ("review", {"verdict": "changed", "reasons": "Seen by me."}),
        "complaint": ("reply", {"words": "We are sorry."}),
        "rectification": ("correct", {"statement": "I moved."}),
    }  # fmt: skip
    for right, (name, more) in said.items():
        request = identified(company, browser, right, now)
        shown = page_of(browser, request)
        assert f'value="{name}"' in shown, right
        assert act(browser, request, name, **more) == 302, right
        after = page_of(browser, request)
        assert "Answered" in after, right
        assert "To be sent" in after, right
        assert act(browser, request, name, **more) == 409, "once"
    assert {letter.kind for letter in rows(company, Correspondence)} == {"answer"}
    assert act(browser, request, "no_such_act") == 404


def test_a_correction_is_written_beside_the_wrong_value(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    browser = as_role(Role.DPO)
    request = identified(company, browser, "rectification", now)
    shown = page_of(browser, request)
    name = next(part for part in shown.split('name="') if part.startswith("crm.Contact|"))
    field = name.split('"')[0].rsplit("|", 1)[0] + "|family_name"
    assert act(browser, request, "correct", **{field: "Verdi"}) == 302
    again = identified(company, browser, "rectification", now)
    assert "<strong>Verdi</strong>" in page_of(browser, again)


def test_a_refusal_of_two_and_a_part_are_decided_by_somebody_else(
    company: Company, as_role: As, anna: SubjectRequest
) -> None:
    dpo, legal = as_role(Role.DPO), as_role(Role.LEGAL)
    part = {"record": "crm.Contact", "ground": "rights_of_others", "reasons": "Another person."}
    assert act(legal, anna, "part", **part) == 302
    dpo.post(
        reverse("admin:request_refuse", args=[anna.pk]),
        {"ground": "excessive", "reasons": "The tenth."},
    )
    of_legal, of_dpo = rows(company, Proposal)
    assert "Waits for a second person" in page_of(dpo, anna)
    assert act(dpo, anna, "decide", proposal=of_dpo.pk, accept="1") == 403
    assert act(dpo, anna, "decide", proposal=of_legal.pk, accept="0") == 302
    assert act(legal, anna, "decide", proposal=of_dpo.pk, accept="1") == 302
    shown = page_of(legal, anna)
    assert "Refused" in shown
    assert "The tenth." in shown


def test_a_letter_no_server_takes_is_a_task_until_it_was_posted(
    company: Company, as_role: As, now: datetime, settings: Any
) -> None:
    settings.MAIL = None
    browser = as_role(Role.DPO)
    request = identified(company, browser, "question", now)
    act(browser, request, "reply", words="Yes.")
    tasks.deliver_letters()
    assert "Print it and post it" in browser.get(reverse("admin:index")).content.decode()
    (letter,) = rows(company, Correspondence)
    assert act(browser, request, "handed", letter=letter.pk) == 302
    assert "Print it and post it" not in browser.get(reverse("admin:index")).content.decode()


def test_an_objection_stops_and_several_rights_are_one_form(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    browser = as_role(Role.DPO)
    request = ask(company, "objection", days=0, now=now)
    assert (
        act(browser, request, "stop", purpose=["lead_management"], grounds="My situation.") == 302
    )
    (placed,) = rows(company, Restriction)
    assert placed.ground == "d"
    assert act(browser, request, "announce") == 302
    assert act(browser, request, "lift") == 409, "not told yet"
    answer = browser.post(
        reverse("admin:request_new"),
        {
            "right": ["access", "erasure"], "channel": "email", "language": "en",
            "received_on": timezone.localdate(now).isoformat(), "email": "a@example.it",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    both = [one for one in rows(company, SubjectRequest) if one.family]
    assert [one.right for one in both] == ["access", "erasure"]
    assert both[1].reference in page_of(browser, both[0])


def test_a_draft_of_the_reasons_is_put_into_the_form_in_the_language_of_the_request(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    browser = as_role(Role.DPO)
    request = acts.ask(company, language="it", now=now)
    address = reverse("admin:dsar_subjectrequest_change", args=[request.pk])
    page = browser.get(address, {"refuse": "excessive"}).content.decode()
    assert "Ha chiesto la stessa cosa il {when_asked_before}" in page
    assert "<code>{when_asked_before}</code> when they asked before" in page
    assert 'id="refuse" open' in page
    assert "compelling" not in page.partition('id="refuse"')[2], "a ground of another right"
    gap = {"ground": "identity_not_proven", "reasons": "Because {why_in_doubt}."}
    answer = browser.post(reverse("admin:request_refuse", args=[request.pk]), gap)
    assert answer.status_code == 400
    assert "A gap of the draft is still open." in answer.content.decode()


def test_a_file_handed_to_another_company_is_recorded_on_the_page(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now, orders=[now.date()])
    browser = as_role(Role.DPO)
    request = identified(company, browser, "portability", now)
    assert 'value="transfer"' not in page_of(browser, request), "there is no file yet"
    act(browser, request, "port")
    assert 'value="transfer"' in page_of(browser, request)
    (copy,) = rows(company, AccessPackage)
    to = Recipient.objects.filter(controller=company.controller).first()
    assert act(browser, request, "transfer", package=copy.pk, recipient=to.pk) == 302
    (noted,) = rows(company, Disclosure)
    assert (noted.recipient_id, noted.activity) == (to.pk, "portability")
    assert f"<li>{to.name} · " in page_of(browser, request)
    assert act(browser, request, "transfer", package=copy.pk, recipient=copy.pk) == 404
