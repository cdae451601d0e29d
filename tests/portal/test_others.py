"""The page on which other people in an answer are decided, without a script."""

import re
from datetime import datetime
from html import unescape
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dsar import requests
from dsar.models import AccessPackage, Reading, SubjectRequest
from governance.policy.actors import system
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_person, an_interaction
from tests.portal.conftest import As, ask, entries, new_entries

TEXT = "Her husband Stefano Galli (338 765 4321) pays; ask the chemist at 8 Po Street."


@pytest.fixture
def asked(company: Company, now: datetime) -> SubjectRequest:
    """An identified request of somebody in whose file there is a note about her husband."""
    anna = a_person(company, now=now, orders=[now.date()])
    an_interaction(company, anna, body=TEXT, at=now)
    request = ask(company, "access", days=0, now=now)
    return requests.identify(request.pk, "account", by=company.actor(Role.DPO), now=now)


def address(request: SubjectRequest) -> str:
    return reverse("admin:request_others", args=[request.pk])


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's form, nothing changed."""
    form = page[page.index('class="cu-others"') :]
    said: dict[str, list[str]] = {"text": re.findall(r'name="text" value="([^"]+)"', form)}
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', form):
        chosen = re.findall(r'value="([^"]+)" selected', options) or re.findall(
            r'value="([^"]+)"', options
        )
        said[unescape(name)] = [chosen[0]]
    for name in re.findall(r'name="(words:[^"]+)"', form):
        said[name] = [""]
    return said


def key_of(page: str, words: str) -> str:
    """The key of the text in which words stand."""
    part = next(p for p in page.split('name="text" value="')[1:] if words in p)
    return part.split('"')[0]


def count(company: Company, model: type) -> int:
    with gate.duty(system(company.controller.pk), Duty.SUPERVISION, now=timezone.now()):
        return model.objects.count()


def test_the_copy_waits_for_the_page_and_the_page_leads_to_the_copy(
    company: Company, asked: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.DPO)
    early = browser.post(reverse("admin:request_copy", args=[asked.pk]))
    assert early.status_code == 302
    assert early["Location"] == address(asked)
    assert count(company, AccessPackage) == 0

    page = browser.get(address(asked)).content.decode()
    assert "Somebody has to read first" in page
    assert "<bdi>Stefano Galli</bdi> → [person A]" in page
    assert "[phone of person A]" in page
    kept = browser.post(address(asked), {**form_of(page), "do": "keep"}, follow=True)
    page = kept.content.decode()
    assert "Everything is read: the copy can be made." in page
    assert count(company, Reading) == 3, "the note, its subject line and the evidence of receipt"
    browser.post(reverse("admin:request_copy", args=[asked.pk]))
    assert count(company, AccessPackage) == 1


def test_typed_words_are_marked_and_kept_only_once_they_were_seen(
    company: Company, asked: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.LEGAL)
    page = browser.get(address(asked)).content.decode()
    form, key = form_of(page), key_of(page, "chemist")
    form[f"words:{key}"], form[f"kind:{key}"] = ["chemist at 8 Po Street"], ["words"]
    shown = browser.post(address(asked), {**form, "do": "keep"})
    assert shown.status_code == 200
    page = shown.content.decode()
    assert "<mark><bdi>chemist at 8 Po Street</bdi><sup>3</sup></mark>" in page
    assert "[words left out]" in page
    assert count(company, Reading) == 0
    browser.post(address(asked), {**form_of(page), "do": "keep"})
    assert count(company, Reading) == 3


def test_words_that_do_not_stand_there_are_said_at_their_field_and_nothing_is_lost(
    company: Company, asked: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.DPO)
    page = browser.get(address(asked)).content.decode()
    form, key = form_of(page), key_of(page, "chemist")
    name = next(n for n in form if n.startswith(f"passage:{key}") and ":person:" in n)
    form[name], form[f"words:{key}"] = ["known"], ["Stefanone"]
    answer = browser.post(address(asked), {**form, "do": "add"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "These words do not stand in the text." in page
    assert 'value="Stefanone"' in page
    assert form_of(page)[name] == ["known"]


@pytest.mark.parametrize(
    "name",
    ["passage:{key}:0:9999:person:1", "passage:{key}:x:3:person:1", "passage:{key}:0:3:nobody:1"],
)
def test_a_form_about_another_text_keeps_nothing(
    company: Company, asked: SubjectRequest, as_role: As, name: str
) -> None:
    browser = as_role(Role.DPO)
    key = key_of(browser.get(address(asked)).content.decode(), "chemist")
    said = {"text": [key], name.format(key=key): "hidden", "do": "keep"}
    answer = browser.post(address(asked), said)
    assert answer.status_code == 409
    assert "text_changed" in answer.content.decode()
    gone = browser.post(address(asked), {"text": ["0" * 64], "do": "keep"})
    assert gone.status_code == 409
    assert count(company, Reading) == 0


def test_what_was_read_can_be_looked_at_and_decided_again(
    company: Company, asked: SubjectRequest, as_role: As
) -> None:
    browser = as_role(Role.DPO)
    page = browser.get(address(asked)).content.decode()
    browser.post(address(asked), {**form_of(page), "do": "keep"})
    page = browser.get(f"{address(asked)}?read=1").content.decode()
    form, key = form_of(page), key_of(page, "chemist")
    name = next(n for n in form if n.startswith(f"passage:{key}") and ":person:" in n)
    browser.post(address(asked), {**form, name: ["consent"], "do": "keep"})
    page = browser.get(f"{address(asked)}?read=1").content.decode()
    assert form_of(page)[name] == ["consent"]


def test_only_who_answers_sees_the_page_and_each_look_is_one_entry(
    company: Company, asked: SubjectRequest, as_role: As
) -> None:
    for role in (Role.AUDITOR, Role.AGENT):
        assert as_role(role).get(address(asked)).status_code == 403
    browser = as_role(Role.DPO)
    before = entries(company)
    assert "no-store" in browser.get(address(asked))["Cache-Control"]
    (entry,) = new_entries(company, before)
    assert entry.action == "duty.performed"
    assert "Stefano" not in bytes(entry.entry).decode()


def test_other_requests_have_no_such_page(company: Company, as_role: As, now: datetime) -> None:
    a_person(company, now=now)
    browser: Client = as_role(Role.DPO)
    erasure = ask(company, "erasure", days=0, now=now)
    assert browser.get(address(erasure)).status_code == 409
    nobody = UUID("00000000-0000-4000-8000-000000000000")
    assert browser.get(reverse("admin:request_others", args=[nobody])).status_code == 404
