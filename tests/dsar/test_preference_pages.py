"""The pages behind a person's links: opening them changes nothing, and a link names nobody."""

import json
import re
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.db.utils import ProgrammingError
from django.test import Client
from django.utils import timezone

from dsar import links
from dsar.links import Kind, Wanted
from dsar.models import PreferenceLink
from governance.policy.vocabulary import Channel, Duty, Role
from registry.gate import opening as gate
from registry.models import ConsentEvent
from tests.builders import Company, a_company, a_consent, a_person
from tests.dsar import erasing

SHOWN = re.compile(r'name="shown" value="([0-9a-f]{64})"')


@pytest.fixture
def acme(fresh_database: None) -> Company:
    return a_company(now=timezone.now())


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="it")


def token_for(company: Company, wanted: Wanted) -> str:
    now = timezone.now()
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=wanted.subject,
        reference=wanted.subject, now=now,
    ) as access:  # fmt: skip
        return links.issue(access, [wanted])[0]


def said(company: Company, subject: UUID) -> list[tuple[str, str, str]]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, subjects=subject, now=timezone.now()):
        lines = ConsentEvent.objects.filter(subject=subject).order_by("at", "channel")
        return list(lines.values_list("channel", "state", "method"))


def test_a_person_decides_without_a_login_and_a_look_changes_nothing(
    acme: Company, client: Client
) -> None:
    subject = a_person(acme, now=timezone.now())
    address = f"/c/acme/preferences/{token_for(acme, Wanted(subject))}/"
    first = client.get(address)
    page = first.content.decode()
    assert first.status_code == 200
    assert client.head(address).status_code == 200
    assert said(acme, subject) == []
    assert "Inviare novità e offerte" in page
    assert "checked" not in page
    assert "Bianchi" not in page
    assert "no-store" in first["Cache-Control"]
    for forbidden in ("<script", "style=", 'src="http'):
        assert forbidden not in page

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"on": "newsletter:email", "do": "save"}).status_code == 403
    (shown,) = SHOWN.findall(page)
    assert client.post(address, {"on": "newsletter:email", "shown": "0" * 64}).status_code == 409
    assert said(acme, subject) == []
    form = {"on": "newsletter:email", "do": "save", "shown": shown}
    answer = client.post(address, form, follow=True)
    assert "Salvato." in answer.content.decode()
    assert 'value="newsletter:email" id="s-3-1" checked' in answer.content.decode()
    assert "hai acconsentito il" in answer.content.decode()
    assert said(acme, subject) == [("email", "given", "preferences")]

    receipt = client.get(f"{address}receipt/")
    keys = client.get("/.well-known/custode/acme.json").json()["receipts"]
    assert json.loads(receipt.content)["signature"]["key"] in keys
    client.post(address, {"do": "refuse", "shown": shown})
    states = Counter(state for _c, state, _m in said(acme, subject))
    assert states == {"given": 1, "withdrawn": 1, "refused": 9}


def test_one_click_of_a_mail_program_ends_one_purpose(acme: Company) -> None:
    subject = a_person(acme, now=timezone.now())
    a_consent(acme, subject, at=timezone.now())
    wanted = Wanted(subject, Kind.UNSUBSCRIBE, acme.purpose("newsletter"), Channel.EMAIL)
    token = token_for(acme, wanted)
    address = f"/c/acme/unsubscribe/{token}/"
    program = Client(enforce_csrf_checks=True)
    assert program.get(address).status_code == 200
    assert program.head(address).status_code == 200
    assert len(said(acme, subject)) == 1
    answer = program.post(
        address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert said(acme, subject)[-1] == ("email", "withdrawn", "one_click")
    # It shows nothing of the person, and opens no other page.
    assert program.get(f"/c/acme/preferences/{token}/").status_code == 404


def test_a_yes_needs_a_human_step(acme: Company, client: Client) -> None:
    subject = a_person(acme, now=timezone.now())
    a_consent(acme, subject, at=timezone.now(), state="requested")
    with gate.duty(acme.actor(Role.DPO), Duty.SUPERVISION, subjects=subject, now=timezone.now()):
        (asked,) = ConsentEvent.objects.values_list("pk", flat=True)
    wanted = Wanted(subject, Kind.CONFIRM, acme.purpose("newsletter"), Channel.EMAIL, asked)
    address = f"/c/acme/confirm/{token_for(acme, wanted)}/"
    assert "Acconsenti?" in client.get(address).content.decode()
    assert client.head(address).status_code == 200
    assert Client(enforce_csrf_checks=True).post(address).status_code == 403
    assert len(said(acme, subject)) == 1
    assert "Grazie" in client.post(address).content.decode()
    assert said(acme, subject)[-1] == ("email", "given", "double_opt_in")


def test_a_link_is_of_one_company_ends_and_dies_with_the_person(
    acme: Company, client: Client
) -> None:
    now = timezone.now()
    a_company("beta", now=now)
    subject = a_person(acme, now=now)
    token = token_for(acme, Wanted(subject))
    over = token_for(acme, Wanted(subject, expires_on=now.date() - timedelta(days=1)))
    for path in (
        f"/c/beta/preferences/{token}/", f"/c/acme/preferences/{over}/",
        "/c/acme/preferences/x/", f"/c/acme/preferences/{'x' * 300}/",
        f"/c/acme/unsubscribe/{token}/",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "link_ended" in answer.content.decode()
    assert client.get(f"/c/acme/preferences/{token}/").status_code == 200
    erasing.erase(acme, subject=subject, email="anna.bianchi@example.it", now=now)
    assert client.get(f"/c/acme/preferences/{token}/").status_code == 404


def test_the_role_of_the_page_can_ask_for_a_digest_and_see_no_table(acme: Company) -> None:
    subject = a_person(acme, now=timezone.now())
    token = token_for(acme, Wanted(subject))
    with gate.duty(acme.actor(Role.DPO), Duty.SUPERVISION, subjects=subject, now=timezone.now()):
        (row,) = PreferenceLink.objects.all()
        assert bytes(row.digest) == links.digest_of(token)
        assert token.encode() not in bytes(row.digest)
    found = links.find(acme.controller.pk, token, Kind.PREFERENCES, today=timezone.localdate())
    assert found.subject == subject
    for statement in (
        "SELECT * FROM dsar_preferencelink",
        "SELECT * FROM registry_consentevent",
        "DELETE FROM dsar_preferencelink",
        "SELECT custode.open_controller()",
    ):
        with pytest.raises(ProgrammingError), connections["case"].cursor() as cursor:
            cursor.execute(statement)
