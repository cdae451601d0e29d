"""The page of one's own case: opened with reference and code, by nobody else, told to everybody."""

import re
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsar import intake, queries, requests, tasks, timekeeping
from dsar.case import documents
from dsar.case.code import key_of, new
from dsar.errors import CaseNotFoundError
from dsar.models import CaseDocument, Intake
from dsar.signs import signs_of
from governance.policy.vocabulary import Role
from tests.builders import Company, a_company, a_person
from tests.dsar.test_portal import reference_in, walk

CASE = "/c/acme/case/"
VARIES = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')
FUNCTIONS = {
    "portal.link(uuid,bytea)",
    "portal.case_document(uuid,bytea,date)",
    "portal.case_package(uuid,bytea)",
    "portal.counted(bytea,integer,timestamp with time zone)",
}


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def code_in(page: str) -> str:
    return re.findall(r'class="code">([0-9A-Z-]{64})<', page)[0]


def asked(client: Client, **said: str) -> tuple[str, str]:
    """Send a request and return its reference and code."""
    page = walk(client, **said)[-1]
    return reference_in(page), code_in(page)


def looked_up(client: Client, reference: str, code: str, *, status: int = 200) -> str:
    response = client.post(CASE, {"reference": reference, "code": code})
    assert response.status_code == status
    assert "no-store" in response["Cache-Control"]
    page = VARIES.sub(r"\1", response.content.decode())
    return page.replace(reference, "REFERENCE").replace(code, "CODE")


def test_people_follow_their_case_whether_or_not_we_know_them(
    acme: Company, client: Client
) -> None:
    a_person(acme, now=timezone.now())
    known = asked(client)
    unknown = asked(client, email="stranger@example.it")
    assert "We find no request" in looked_up(client, *known, status=422)  # nobody has filed it yet
    tasks.file_all_intakes()
    with CaptureQueriesContext(connections["case"]) as asked_for:
        assert looked_up(client, *known) == looked_up(client, *unknown)
    assert {query["sql"].split("(")[0] for query in asked_for} == {
        "SELECT portal.counted",
        "SELECT portal.case_document",
    }
    sizes = {len(bytes(blob)) for blob in CaseDocument.objects.values_list("blob", flat=True)}
    assert len(sizes) == 1
    assert "We are checking it." in looked_up(client, known[0].lower(), known[1].lower())

    dpo, now = acme.actor(Role.DPO), timezone.now()
    cases = [
        queries.by_reference(dpo, reference, now=now).id for reference, _code in (known, unknown)
    ]
    today = timezone.localdate(now)
    for case in cases:
        doubt = {"ground": "identity_doubt", "question": "Where did you buy?", "sent_on": today}
        timekeeping.ask(case, **doubt, by=dpo, now=now)
    assert tasks.renew_case_documents() == 2
    page = looked_up(client, *known)
    assert page == looked_up(client, *unknown)
    assert "stands still until you reply" in page
    assert "at the latest" not in page
    for case in cases:
        timekeeping.answered(case, answered_on=today, by=dpo, now=now)
        requests.identify(case, "document", by=dpo, now=now)
        said = {"ground": "conditions_not_met", "reasons": "Asked twelve times this year."}
        requests.refuse(case, **said, by=dpo, now=now)
    assert tasks.renew_case_documents() == 2
    assert tasks.renew_case_documents() == 0
    page = looked_up(client, *known)
    assert page == looked_up(client, *unknown)
    assert "We confirmed that it is you on" in page
    assert "Asked twelve times this year." in page
    assert "Garante" in page


def test_a_code_opens_its_own_case_and_nothing_else(acme: Company, client: Client) -> None:
    mine, other = asked(client), asked(client, email="stranger@example.it")
    tasks.file_all_intakes()
    controller, now = acme.controller.pk, timezone.now()
    wrong = [
        (mine[0], other[1]),
        (other[0], mine[1]),
        (mine[0], new()),
        (mine[0], mine[1][:-1]),
        (mine[0], "'; SELECT 1; --"),
    ]
    for reference, code in wrong:
        with pytest.raises(CaseNotFoundError):
            documents.standing(controller, reference, code, now=now)
    typed = mine[1].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert documents.standing(controller, mine[0], typed, now=now).right == "access"
    fetched = client.get(f"{CASE}?reference={mine[0]}&code={mine[1]}").content.decode()
    assert "Show the request" in fetched  # an address opens nothing
    assert "We are checking it." not in fetched

    # Whoever can write to the database can not show one person the case of another.
    theirs = CaseDocument.objects.get(digest=key_of(*other).digest)
    CaseDocument.objects.filter(digest=key_of(*mine).digest).update(blob=theirs.blob)
    with pytest.raises(CaseNotFoundError):
        documents.standing(controller, *mine, now=now)
    with pytest.raises(CaseNotFoundError):
        documents.standing(a_company("beta", now=now).controller.pk, *other, now=now)


def test_a_document_ends_a_month_after_the_last_that_was_said(
    acme: Company, client: Client
) -> None:
    mine = asked(client)
    tasks.file_all_intakes()
    controller, start = acme.controller.pk, timezone.now()
    later = start + timedelta(days=20)
    assert documents.renew(controller, now=later) == 0  # open: kept alive, nothing new to say
    kept = later + documents.KEPT
    assert documents.standing(controller, *mine, now=kept).state == "received"
    with pytest.raises(CaseNotFoundError):
        documents.standing(controller, *mine, now=kept + timedelta(days=1))
    assert documents.remove_expired(controller, now=kept) == 0
    assert documents.remove_expired(controller, now=kept + timedelta(days=1)) == 1


def test_a_form_sent_twice_shows_the_same_code_and_the_address_shows_none(
    acme: Company, client: Client
) -> None:
    pages = walk(client)
    state = re.findall(r'name="state" value="([^"]+)"', pages[-2])[-1]
    again = client.post("/c/acme/request/access/", {"step": "send", "state": state})
    assert again.status_code == 200  # no redirect: no address to carry anything
    assert code_in(again.content.decode()) == code_in(pages[-1])
    row = Intake.objects.get()
    assert tasks.file_all_intakes() == 1
    row.save(force_insert=True)  # what a worker that died would have left
    CaseDocument.objects.all().delete()
    assert tasks.file_all_intakes() == 0
    assert "We are checking it." in looked_up(client, reference_in(pages[-1]), code_in(pages[-1]))


def test_a_code_has_256_bits_and_survives_copying() -> None:
    codes = {new() for _ in range(100)}
    assert len(codes) == 100
    for code in codes:
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){12}[0-9A-HJKMNP-TV-Z]{4}", code)
        assert signs_of(f" {code.lower().replace('-', '')} ") == code.replace("-", "")
        assert code not in repr(key_of("AAAA", code))
