"""O2: the page of a public form, as somebody without an account and without scripts uses it."""

import re
from html import unescape
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.conversations import delivery
from crm.models import Interaction
from governance.policy.vocabulary import Duty, Role
from registry import notices
from registry.gate import opening as gate
from registry.models import ConsentEvent, NoticeGiven
from tests.builders import Company, a_company
from tests.crm.webforms import ASKING, a_form

PAGE = "/c/acme/forms/contatto/"
SAID = {"given_name": "Anna", "email": "anna@example.it", "message": "Vorrei un preventivo"}


@pytest.fixture
def company(fresh_database: None) -> Company:
    found = a_company(now=timezone.now())
    now = timezone.now()
    texts = {"it": "Informativa.", "en": "Notice."}
    made = notices.draft(found.controller, texts, by=found.staff[Role.DPO], now=now)
    notices.approve(
        found.controller, made[0].number, saying=texts, by=found.staff[Role.LEGAL], now=now
    )
    a_form(found, now=now)
    return found


def shown(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("language", "title", "box"),
    [("it", "Parliamone", "Scrivetemi le novità per e-mail"),
     ("en", "Let us talk", "Send me news by e-mail")],
)  # fmt: skip
def test_o2_the_page_is_in_both_languages_and_nothing_is_ticked(
    company: Company, language: str, title: str, box: str
) -> None:
    answer = Client(headers={"accept-language": language}).get(PAGE)
    text = shown(answer)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store, private")
    assert f'<html lang="{language}">' in text
    assert f"<h1>{title}</h1>" in text
    assert box in text
    assert len(re.findall('type="checkbox"', text)) == len(ASKING.boxes)
    assert "checked" not in text
    assert "<script" not in text
    assert f'name="notice" value="1/{language}"' in text


def test_o2_what_is_posted_is_kept_with_its_notice_and_only_the_ticked_box(
    company: Company,
) -> None:
    sent = {**SAID, "box_0": "on", "notice": "1/it"}
    answer = Client(headers={"accept-language": "it"}).post(PAGE, sent)
    assert answer.status_code == 200
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        assert Interaction.objects.filter(direction="in").count() == 1
        assert [str(row.notice) for row in NoticeGiven.objects.select_related("notice")] == ["1/it"]
        events = [(e.channel, e.state) for e in ConsentEvent.objects.all()]
    assert events == [("email", "requested")]
    assert mail.outbox == [], "nothing is sent while the page waits"
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=UUID(int=1), now=timezone.now()
    ):
        (kept,) = Interaction.objects.filter(direction="out")
        assert re.search(r"\[link:[0-9a-f]{64}\]", kept.body or ""), "no token is kept"
        assert "http" not in (kept.body or "")
    assert delivery.deliver(company.controller.pk, now=timezone.now()) == 1
    (question,) = mail.outbox
    assert question.to == ["anna@example.it"]
    assert "Scrivetemi le novità per e-mail" in question.body
    confirm = re.search(r"http\S+", question.body)
    assert confirm
    path = confirm[0].replace("http://testserver", "")
    assert Client().post(path).status_code == 200
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=timezone.now()):
        assert sorted(e.state for e in ConsentEvent.objects.all()) == ["given", "requested"]


def test_o2_the_answer_is_the_same_whether_the_address_is_known(company: Company) -> None:
    answers = [Client(headers={"accept-language": "it"}).post(PAGE, SAID) for _ in range(2)]
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert len({(a.status_code, token.sub("", shown(a))) for a in answers}) == 1
    assert "anna" not in shown(answers[0]).casefold()


def test_o2_what_is_missing_is_said_beside_its_field(company: Company) -> None:
    answer = Client(headers={"accept-language": "it"}).post(PAGE, {"email": "anna"})
    assert answer.status_code == 422
    text = shown(answer)
    assert 'aria-invalid="true"' in text
    assert "Scrivi un indirizzo" in text or "indirizzo e-mail completo" in text
    missing = Client(headers={"accept-language": "it"}).get("/c/acme/forms/altro/")
    assert missing.status_code == 404
    assert "Non c'è alcun modulo a questo indirizzo." in shown(missing)
