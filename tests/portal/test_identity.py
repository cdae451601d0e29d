"""Who asks, on the page of a request: what is shown, and what each button does."""

import re
from datetime import datetime

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dsar import correspondence
from dsar.models import Representation, SubjectRequest
from governance.policy.vocabulary import Role
from tests.builders import Company, a_person
from tests.dsar.asking import CODE
from tests.portal.conftest import As
from tests.portal.test_requests import stored
from tests.portal.test_rights import page_of, rows

NEW = {
    "right": "access", "channel": "email", "language": "en", "name": "Carla Verdi",
    "email": "carla.verdi@example.org",
}  # fmt: skip


def who(browser: Client, request: SubjectRequest, name: str, **said: object) -> int:
    address = reverse("admin:request_who", args=[request.pk])
    return browser.post(address, {"act": name, **said}).status_code


def test_the_page_says_how_sure_we_are_and_offers_the_next_step(
    company: Company, anna: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.DPO)
    text = page_of(browser, anna)
    assert "Nothing shows yet who asks" in text
    assert "a•••@example.it" in text
    point = re.findall(r'name="point" value="([0-9a-f]{64})"', text)[0]
    assert who(browser, anna, "send_code", point=point) == 302
    mail.outbox.clear()
    correspondence.deliver(company.controller.pk, now=timezone.now())
    (message,) = mail.outbox
    (code,) = CODE.findall(str(message.body))
    assert code not in page_of(browser, anna)
    who(browser, anna, "enter_code", code="0000-0000-0000-0000")
    assert "none of the codes" in page_of(browser, anna)
    assert stored(company, anna).state == "received"
    who(browser, anna, "enter_code", code=code)
    assert stored(company, anna).state == "identified"
    text = page_of(browser, anna)
    assert "enough for this request" in text
    assert "Make the copy" in text
    assert who(browser, anna, "send_code", point=point) == 409  # one a day
    assert who(browser, anna, "send_code", point="no") == 404
    assert who(browser, anna, "nothing") == 404


def test_a_request_for_another_waits_until_it_is_shown(
    company: Company, as_role: As, now: datetime
) -> None:
    a_person(company, now=now)
    browser = as_role(Role.DPO)
    said = NEW | {
        "received_on": timezone.localdate(now).isoformat(), "behalf": "mandate", "behalf_name": "Anna Bianchi",
        "relation": "lawyer",
    }  # fmt: skip
    browser.post(reverse("admin:request_new"), said)
    (request,) = rows(company, SubjectRequest)
    text = page_of(browser, request)
    assert "names another person" in text
    assert "Anna Bianchi" in text
    (subject,) = re.findall(r'name="subject" value="([0-9a-f-]{36})"', text)
    browser.post(reverse("admin:request_attach", args=[request.pk]), {"subject": subject})
    text = page_of(browser, request)
    assert "It is not shown that whoever asks may act" in text
    assert "Make the copy" not in text
    assert who(browser, request, "not_verified", evidence="No deed came") == 302
    assert "not shown: the answer goes to the person" in page_of(browser, request)
    assert who(browser, request, "verify", evidence="") == 400
    assert who(browser, request, "verify", evidence="Deed of 3 May") == 302
    assert "Make the copy" in page_of(browser, request)
    assert [one.state for one in rows(company, Representation)] == ["verified"]


def test_a_document_is_looked_at_once(company: Company, anna: SubjectRequest, as_role: As) -> None:
    browser = as_role(Role.DPO)
    paper = SimpleUploadedFile("carta.pdf", b"%PDF-", "application/pdf")
    assert who(browser, anna, "file", kind="identity", was_asked="0", document=paper) == 302
    text = page_of(browser, anna)
    look = re.findall(r'action="(/admin/documents/[0-9a-f-]{36}/)"', text)[0]
    shown = browser.post(look)
    assert shown.content == b"%PDF-"
    assert "no-store" in shown["Cache-Control"]
    assert browser.post(look).status_code == 404
    document = look.split("/")[-2]
    assert who(browser, anna, "accept", document=document) == 302
    assert stored(company, anna).state == "identified"


def test_nobody_but_who_answers_sees_who_asks(
    company: Company, anna: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.AUDITOR)
    assert "a•••@example.it" not in page_of(browser, anna)
    assert who(browser, anna, "note", kind="child") == 403


def test_a_death_and_a_prohibition_stand_on_the_page_of_the_person(
    company: Company, as_role: As, now: datetime
) -> None:
    subject = a_person(company, now=now)
    browser, today = as_role(Role.DPO), timezone.localdate(now).isoformat()
    after, page = (reverse(f"admin:{name}", args=[subject]) for name in ("person_after", "person"))
    ban = {
        "act": "prohibit", "rights": ["access"], "statement": "Nobody reads my letters.",
        "said_on": today, "is_free_and_informed": "on",
    }  # fmt: skip
    assert browser.post(after, ban | {"statement": ""}).status_code == 400
    assert browser.post(after, ban).status_code == 302
    text = browser.get(page).content.decode()
    assert "Nobody reads my letters." in text
    assert "They revoked it today" in text
    assert browser.post(after, {"act": "death", "evidence": "Certificate"}).status_code == 302
    text = browser.get(page).content.decode()
    assert "This person has died." in text
    assert "They revoked it today" not in text
    assert browser.post(after, {"act": "raise"}).status_code == 404
