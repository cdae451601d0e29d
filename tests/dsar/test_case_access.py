"""A code that is mailed shows whose the address is; only then does the case show an answer or a copy."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import connections
from django.test import Client
from django.utils import timezone

from dsar import access_right, correspondence, intake, queries, tasks
from dsar.case import address, delivery
from dsar.case.code import key_of, new
from dsar.errors import DownloadEndedError
from dsar.identity import Requester
from dsar.intake import Message
from dsar.models import AccessPackage, AddressCheck, CasePackage, Intake
from dsar.requests import new_reference
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import Company, a_company, a_person
from tests.dsar.others import read_all
from tests.dsar.test_case import asked, looked_up

ANNA, STRANGER = "anna.bianchi@example.it", "stranger@example.it"
CODE = re.compile(r"^((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})$", re.MULTILINE)
Case = tuple[str, str]


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def posted(company: Company, *, now: datetime | None = None) -> dict[str, list[str]]:
    """Send what waits and return the codes in it by the address it went to."""
    mail.outbox.clear()
    correspondence.deliver(company.controller.pk, now=now or timezone.now())
    found: dict[str, list[str]] = {}
    for message in mail.outbox:
        found.setdefault(message.to[0], []).extend(CODE.findall(str(message.body)))
    return found


def enter(client: Client, case: Case, token: str) -> str:
    said = {"reference": case[0], "code": case[1], "token": token}
    response = client.post("/c/acme/case/address/", said)
    assert response.status_code == 200
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    return response.content.decode()


def confirmed(client: Client, company: Company, email: str = ANNA) -> Case:
    """A case of somebody who entered the code that was mailed to them."""
    case = asked(client, email=email)
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    enter(client, case, posted(company)[email][0])
    return case


def test_a_mailed_code_works_for_its_case_alone_and_nothing_tells_who_is_known(
    acme: Company, client: Client
) -> None:
    a_person(acme, now=timezone.now())
    known, unknown = asked(client), asked(client, email=STRANGER)
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    codes = posted(acme)
    assert {to: len(mailed) for to, mailed in codes.items()} == {ANNA: 1, STRANGER: 1}
    shapes = {
        re.sub(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", "", f"{m.subject}{m.body}") for m in mail.outbox
    }
    assert len(shapes) == 1
    page = hidden(looked_up(client, *known), known)
    assert page == hidden(looked_up(client, *unknown), unknown)
    assert "Is the e-mail address yours?" in page

    told = enter(client, known, codes[STRANGER][0])  # another case, another address
    assert told.count("ten times are possible") == 1
    assert not confirmations(acme)
    assert hidden(enter(client, unknown, codes[STRANGER][0]), unknown) == hidden(told, known)
    enter(client, known, codes[ANNA][0].lower().replace("-", " "))
    assert len(confirmations(acme)) == 2
    page = hidden(looked_up(client, *known), known)
    assert page == hidden(looked_up(client, *unknown), unknown)
    assert "You confirmed your e-mail address on" in page
    dpo, now = acme.actor(Role.DPO), timezone.now()
    levels = [queries.by_reference(dpo, case[0], now=now).identity for case in (known, unknown)]
    assert levels == ["known_contact", "unverified"]
    enter(client, known, codes[ANNA][0])  # once more changes nothing
    assert len(confirmations(acme)) == 2
    assert not Intake.objects.exists()


def hidden(page: str, case: Case) -> str:
    page = page.replace(case[0], "REFERENCE").replace(case[1], "CODE")
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', "", page)


def confirmations(company: Company) -> list[UUID]:
    with duty(company):
        return list(
            AddressCheck.objects.filter(confirmed_at__isnull=False).values_list("pk", flat=True)
        )


def duty(company: Company):
    controller = company.controller.pk
    return gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, reference=controller, now=timezone.now()
    )


def test_an_address_has_one_mail_a_day_whatever_is_sent_in_its_name(
    acme: Company, client: Client, is_long: bool
) -> None:
    now, controller = timezone.now(), acme.controller.pk
    requester = Requester("Anna", ANNA.upper())
    for _n in range(500 if is_long else 12):
        reference = new_reference()
        key = key_of(reference, new())
        message = Message("access", "it", requester, key.digest.hex(), key.public.hex())
        intake.submit(controller, message, reference=reference, now=now)
    while tasks.file_all_intakes():
        pass
    with ThreadPoolExecutor(4) as workers:
        asked_now = list(workers.map(lambda _n: one_round(controller, now), range(4)))
    assert sum(asked_now) == 1
    assert len(posted(acme)[ANNA.upper()]) == 1
    later = now + timedelta(hours=23)
    assert one_round(controller, later) == 0
    assert one_round(controller, later + timedelta(hours=2)) == 1
    assert one_round(controller, now + timedelta(days=4)) == 0  # staff asks in another way


def one_round(controller: UUID, now: datetime) -> int:
    try:
        return address.ask_all(controller, now=now)
    finally:
        connections.close_all()


def test_a_code_ends_after_ten_mistakes_and_after_a_day(acme: Company, client: Client) -> None:
    first = asked(client)
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    (token,) = posted(acme)[ANNA]
    digest, controller, now = key_of(*first).digest, acme.controller.pk, timezone.now()
    day = now + address.VALID_FOR
    assert not address.confirm(digest, token, controller=controller, now=day)
    for _n in range(address.TRIES):
        assert not address.confirm(digest, new_reference(), controller=controller, now=now)
    assert not address.confirm(digest, token, controller=controller, now=now)
    assert not address.confirm(b"x" * 32, token, controller=controller, now=now)
    assert "Is the e-mail address yours?" not in after_a_round(client, first)


def after_a_round(client: Client, case: Case) -> str:
    tasks.renew_case_documents()
    return looked_up(client, *case)


def test_a_copy_is_downloaded_with_the_code_three_times_and_by_nobody_else(
    acme: Company, client: Client, is_long: bool
) -> None:
    a_person(acme, now=timezone.now())
    case, other = confirmed(client, acme), confirmed(client, acme, STRANGER)
    dpo, now, controller = acme.actor(Role.DPO), timezone.now(), acme.controller.pk
    requests = {one: queries.by_reference(dpo, one[0], now=now).id for one in (case, other)}
    for request in requests.values():
        read_all(acme, request, now=now)
    copies = {one: access_right.fulfil(request, dpo, now) for one, request in requests.items()}
    tasks.renew_case_documents()
    page = looked_up(client, *case)
    # Where nothing is held all is the same but the answer itself, which the address was shown for.
    letter = re.compile(r'<details class="letter">.*?</details>', re.DOTALL)
    pages = [hidden(page, case), hidden(looked_up(client, *other), other)]
    assert len({letter.sub("", shown) for shown in pages}) == 1
    assert [len(letter.findall(shown)) for shown in pages] == [1, 1]
    assert "until" in page
    assert "3 times" in page
    with duty(acme):
        sizes = {len(bytes(blob)) for blob in CasePackage.objects.values_list("blob", flat=True)}
    assert len(sizes) == 1

    url, said = "/c/acme/case/copy/", {"reference": case[0], "code": case[1]}
    assert client.get(url).status_code == 405
    assert client.post(url, said | {"code": other[1]}).status_code == 404
    assert Client(enforce_csrf_checks=True).post(url, said).status_code == 403
    with ThreadPoolExecutor(10) as people:
        got = list(people.map(lambda _n: taken(controller, case), range(50 if is_long else 10)))
    whole = access_right.disclose(copies[case].pk, dpo, now)
    assert [content for content in got if content is not None] == [whole] * delivery.DOWNLOADS
    assert client.post(url, said).status_code == 404

    response = client.post(
        url, {"reference": other[0], "code": other[1]}, headers={"range": "bytes=0-9"}
    )
    assert response.status_code == 200
    assert response.content.startswith(b"PK")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith("attachment")
    tasks.renew_case_documents()
    assert "2 times" in looked_up(client, *other)
    with duty(acme):
        CasePackage.objects.filter(package=copies[other]).update(expires_at=now)
    assert taken(controller, other) is None
    assert delivery.remove_ended(controller, now=now) == 1
    assert delivery.deliver_all(controller, now=now + delivery.OFFERED_FOR) == 0
    with duty(acme):
        AccessPackage.objects.filter(pk=copies[case].pk).delete()
        assert not CasePackage.objects.exists()  # it goes with the copy it was made of


def taken(controller: UUID, case: Case) -> bytes | None:
    try:
        return delivery.download(controller, *case)
    except DownloadEndedError:
        return None
    finally:
        connections.close_all()
