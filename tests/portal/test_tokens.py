"""Codes and links of people: guessed, used again, swapped, fetched by a scanner, fifty at once (P-3).

What a code of a case, a mailed code, a link or a copy does, it does once or as often as it says,
for the case it belongs to, and only when somebody sends a form.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from dsar import access_right, intake, links, preferences, queries, tasks
from dsar.case import address, code, delivery, documents
from dsar.case.code import key_of
from dsar.errors import CaseNotFoundError, DownloadEndedError, LinkEndedError
from dsar.links import Kind, Wanted
from dsar.models import AddressCheck, CaseDocument
from dsar.requests import new_reference
from governance.policy.vocabulary import Channel, ConsentState, Duty, Role
from registry.consent import Evidence, Said
from registry.gate import opening as gate
from tests.builders import Company, a_company, a_consent, a_person
from tests.dsar.others import read_all
from tests.dsar.test_case import asked
from tests.dsar.test_case_access import ANNA, confirmed, duty, posted
from tests.dsar.test_preference_pages import said, token_for
from tests.rows import contents

AT_ONCE = 50
SPARED = 24  # connections of the server that are left to other tests
GUESSES, GUESSES_LONG = 20_000, 1_000_000
ASKED, ASKED_LONG = 100, 2_000  # of the database
T = TypeVar("T")


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def at_once(what: Callable[[int], T], number: int = AT_ONCE) -> list[T]:
    """Do something so many times, each in a thread with connections of its own, all at one moment."""
    start = Barrier(number)

    def one(n: int) -> T:
        start.wait()
        try:
            return what(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as people:
        return list(people.map(one, range(number)))


def twice_connected() -> int:
    """As many as the server has room for where each asks the keystore too: fifty at the most."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - count(*) FROM pg_stat_activity"
        )
        (free,) = cursor.fetchone()
    found = min(AT_ONCE, (int(free) - SPARED) // 2)
    assert found > address.TRIES, "the server is too small, or too busy"
    return found


def waiting(company: Company, client: Client) -> tuple[tuple[str, str], bytes, str]:
    """A case whose address was asked, its digest, and the code that was mailed."""
    case = asked(client)
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    return case, key_of(*case).digest, posted(company)[ANNA][0]


def test_of_many_that_enter_a_mailed_code_one_is_taken(acme: Company, client: Client) -> None:
    a_person(acme, now=timezone.now())
    _case, digest, token = waiting(acme, client)
    controller, now = acme.controller.pk, timezone.now()
    before = identified(acme)
    at_once(
        lambda _n: address.confirm(digest, token, controller=controller, now=now), twice_connected()
    )
    assert identified(acme) == before + 1
    with duty(acme):
        (check,) = AddressCheck.objects.all()
        assert (bytes(check.challenge), check.tries) == (b"", 0)


def identified(company: Company) -> int:
    """How often a request was identified, says the log."""
    with duty(company), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry WHERE action = 'request.identified'")
        return int(cursor.fetchone()[0])


def test_of_many_wrong_guesses_at_once_ten_are_counted_and_then_none(
    acme: Company, client: Client
) -> None:
    _case, digest, token = waiting(acme, client)
    controller, now = acme.controller.pk, timezone.now()
    tokens = [new_reference() for _n in range(twice_connected())]
    won = at_once(
        lambda n: address.confirm(digest, tokens[n], controller=controller, now=now), len(tokens)
    )
    assert won == [False] * len(tokens)
    with duty(acme):
        assert AddressCheck.objects.get().tries == address.TRIES
    assert not address.confirm(digest, token, controller=controller, now=now)


def test_of_fifty_downloads_at_once_three_succeed(acme: Company, client: Client) -> None:
    case = confirmed(client, acme, "stranger@example.it")
    dpo, now = acme.actor(Role.DPO), timezone.now()
    request = queries.by_reference(dpo, case[0], now=now).id
    read_all(acme, request, now=now)
    access_right.fulfil(request, dpo, now)
    tasks.renew_case_documents()
    got = at_once(lambda _n: downloaded(acme.controller.pk, case))
    assert sum(content is not None for content in got) == delivery.DOWNLOADS
    assert downloaded(acme.controller.pk, case) is None


def downloaded(controller: UUID, case: tuple[str, str]) -> bytes | None:
    try:
        return delivery.download(controller, *case)
    except DownloadEndedError:
        return None


def a_question(company: Company, subject: UUID) -> tuple[str, links.Link]:
    """A consent that was asked for, with the token and the link that confirm it."""
    now = timezone.now()
    wanted = Said(subject, company.purpose("newsletter"), Channel.EMAIL, ConsentState.REQUESTED)
    until = now.date() + timedelta(days=7)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=now
    ) as access:
        how = Evidence(now, "form", "May we write to you?")
        _line, token = preferences.ask(access, wanted, how, until=until)
    return token, links.find(company.controller.pk, token, Kind.CONFIRM, today=now.date())


def test_of_many_that_confirm_a_consent_one_gives_it(acme: Company) -> None:
    subject = a_person(acme, now=timezone.now())
    _token, link = a_question(acme, subject)
    at_once(lambda _n: preferences.confirm(link, now=timezone.now()), twice_connected())
    assert [state for _c, state, _m in said(acme, subject)] == ["requested", "given"]


def test_of_many_one_click_programs_one_ends_the_purpose(acme: Company) -> None:
    subject, now = a_person(acme, now=timezone.now()), timezone.now()
    a_consent(acme, subject, at=now)
    wanted = Wanted(subject, Kind.UNSUBSCRIBE, acme.purpose("newsletter"), Channel.EMAIL)
    token = token_for(acme, wanted)
    link = links.find(acme.controller.pk, token, Kind.UNSUBSCRIBE, today=now.date())
    at_once(
        lambda _n: preferences.leave(link, one_click=True, now=timezone.now()), twice_connected()
    )
    assert [state for _c, state, _m in said(acme, subject)] == ["given", "withdrawn"]


def test_a_scanner_that_opens_everything_changes_nothing(
    acme: Company, client: Client, superuser: psycopg.Connection[Any]
) -> None:
    subject = a_person(acme, now=timezone.now())
    case, _digest, _token = waiting(acme, client)
    question, _link = a_question(acme, subject)
    leaving = Wanted(subject, Kind.UNSUBSCRIBE, acme.purpose("newsletter"), Channel.EMAIL)
    preferring = token_for(acme, Wanted(subject))
    paths = [
        f"confirm/{question}/", f"unsubscribe/{token_for(acme, leaving)}/",
        f"preferences/{preferring}/", f"preferences/{preferring}/receipt/",
        f"preferences/{preferring}/?do=refuse", f"case/?reference={case[0]}&code={case[1]}",
        "case/address/", "case/copy/",
    ]  # fmt: skip
    before = contents(superuser)
    for path in paths:
        for ask in (client.get, client.head, client.options):
            assert ask(f"/c/acme/{path}").status_code in {200, 405}, path
    assert contents(superuser) == before


def test_no_code_is_of_use_for_another_thing(acme: Company, client: Client) -> None:
    subject = a_person(acme, now=timezone.now())
    (reference, secret), digest, mailed = waiting(acme, client)
    question, _link = a_question(acme, subject)
    controller, now = acme.controller.pk, timezone.now()
    for wrong in (mailed, question, secret, reference):
        for kind in Kind:
            if (wrong, kind) != (question, Kind.CONFIRM):
                with pytest.raises(LinkEndedError):
                    links.find(controller, wrong, kind, today=now.date())
        if wrong != secret:
            with pytest.raises(CaseNotFoundError):
                documents.standing(controller, reference, wrong, now=now)
        if wrong != mailed:
            assert not address.confirm(digest, wrong, controller=controller, now=now)
    with pytest.raises(DownloadEndedError):
        delivery.download(controller, reference, secret)  # nobody made a copy


def test_guesses_win_nothing(acme: Company, client: Client, is_long: bool) -> None:
    subject = a_person(acme, now=timezone.now())
    asked(client)
    tasks.file_all_intakes()
    token = token_for(acme, Wanted(subject))
    controller, today = acme.controller.pk, timezone.localdate()
    held = {links.digest_of(token)} | {bytes(row.digest) for row in CaseDocument.objects.all()}
    assert {len(digest) for digest in held} == {32}
    for _n in range(GUESSES_LONG if is_long else GUESSES):
        assert links.digest_of(secrets.token_urlsafe(32)) not in held
    for _n in range(ASKED_LONG if is_long else ASKED):
        with pytest.raises(LinkEndedError):
            links.find(controller, secrets.token_urlsafe(32), Kind.PREFERENCES, today=today)
        assert key_of(new_reference(), code.new()).digest not in held
    # Near to a right one is as far as anything else.
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        if at < len(token) - 1:
            with pytest.raises(LinkEndedError):
                links.find(controller, changed, Kind.PREFERENCES, today=today)
    assert links.find(controller, token, Kind.PREFERENCES, today=today).subject == subject
