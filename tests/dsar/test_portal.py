"""The public page: sealed on arrival, readable by nobody there, the same for known and unknown."""

import re
from datetime import timedelta

import pytest
from django.db import connections
from django.db.utils import ProgrammingError
from django.test import Client
from django.utils import timezone

from dsar import intake, queries, tasks
from dsar.identity import Requester
from dsar.intake import Message
from dsar.models import Intake
from governance.crypto.errors import UnsealError
from governance.policy.vocabulary import Role
from tests.builders import Company, a_company, a_person

STATE = re.compile(r'name="state" value="([^"]+)"')
VARIES = re.compile(r'(name="(?:state|csrfmiddlewaretoken)" value=")[^"]+')
FLOW = "/c/acme/request/access/"


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="it")


def walk(
    client: Client, *, name: str = "Anna Bianchi", email: str = "anna.bianchi@example.it"
) -> list[str]:
    """Go through the flow to the confirmation; return the page of each step."""
    pages = [client.get(FLOW).content.decode()]
    steps = (
        {"step": "whom", "on_behalf": "self"},
        {"step": "who", "name": name, "email": email},
        {"step": "details_access"},
        {"step": "send"},
    )
    for said in steps:
        response = client.post(FLOW, said | {"state": STATE.findall(pages[-1])[-1]})
        assert response.status_code == 200
        pages.append(response.content.decode())
    return pages


def reference_in(page: str) -> str:
    return re.findall(r'class="reference">([0-9A-Z-]{19})<', page)[0]


def test_a_request_from_the_page_is_filed_and_counts_from_its_arrival(
    acme: Company, client: Client
) -> None:
    subject = a_person(acme, now=timezone.now())
    reference = reference_in(walk(client)[-1])
    came_in = Intake.objects.get()
    assert came_in.reference == reference
    assert b"bianchi" not in bytes(came_in.blob).lower()

    assert tasks.file_all_intakes() == 1
    assert not Intake.objects.exists()
    dpo = acme.actor(Role.DPO)
    due = queries.by_reference(dpo, reference, now=timezone.now())
    file = queries.open_file(due.id, dpo, now=timezone.now())
    assert (file.subject, file.requester_email) == (subject, "anna.bianchi@example.it")
    assert (due.right, due.state, due.identity) == ("access", "received", "unverified")
    assert due.received_on == timezone.localdate(came_in.received_at)
    assert tasks.file_all_intakes() == 0


def test_the_pages_are_the_same_whether_or_not_the_person_is_known(
    acme: Company, client: Client
) -> None:
    a_person(acme, now=timezone.now())
    known = walk(client)
    unknown = walk(client, email="stranger@example.it")

    def shape(page: str) -> str:
        page = VARIES.sub(r"\1", page.replace("stranger@example.it", "anna.bianchi@example.it"))
        return re.sub(r"[0-9A-Z]{4}(-[0-9A-Z]{4})+", "", page)

    assert [shape(page) for page in known] == [shape(page) for page in unknown]


def test_the_role_of_the_page_can_insert_and_read_nothing(acme: Company, client: Client) -> None:
    walk(client)
    for statement in (
        "SELECT * FROM dsar_intake",
        "DELETE FROM dsar_intake",
        "UPDATE dsar_intake SET reference = 'x'",
        "SELECT * FROM registry_controller",
        "SELECT * FROM dsar_subjectrequest",
        "SELECT * FROM audit.entry",
    ):
        with pytest.raises(ProgrammingError), connections["portal"].cursor() as cursor:
            cursor.execute(statement)


def test_the_same_form_sent_twice_is_one_request(acme: Company, client: Client) -> None:
    pages = walk(client)
    said = {"step": "send", "state": STATE.findall(pages[-2])[-1]}
    again = client.post(FLOW, said)
    assert reference_in(again.content.decode()) == reference_in(pages[-1])
    assert Intake.objects.count() == 1
    assert tasks.file_all_intakes() == 1
    client.post(FLOW, said)  # sent once more, after it was filed
    assert tasks.file_all_intakes() == 0
    assert len(queries.worklist(acme.actor(Role.DPO), now=timezone.now())) == 1


def test_a_worker_that_died_after_recording_is_followed_by_one_that_only_removes(
    acme: Company, client: Client
) -> None:
    reference = reference_in(walk(client)[-1])
    row = Intake.objects.get()
    intake.file(row.pk, controller=acme.controller.pk, now=timezone.now())
    row.save(force_insert=True)  # what the kill would have left behind
    assert tasks.file_all_intakes() == 0
    assert not Intake.objects.exists()
    found = queries.worklist(acme.actor(Role.DPO), now=timezone.now())
    assert [due.reference for due in found] == [reference]


def test_a_message_that_does_not_open_never_stops_the_others(acme: Company, client: Client) -> None:
    walk(client)
    broken = Intake.objects.get()
    broken.pk, broken.reference = None, "AAAA-AAAA-AAAA-AAAA"
    broken.save(force_insert=True)  # bound to another reference: opens nowhere
    walk(client, email="stranger@example.it")
    assert tasks.file_all_intakes() == 2
    assert [row.reference for row in Intake.objects.all()] == ["AAAA-AAAA-AAAA-AAAA"]


def test_without_a_key_the_page_takes_nothing(fresh_database: None, client: Client) -> None:
    a_company(now=timezone.now())
    response = client.get(FLOW)
    assert response.status_code == 503
    assert "intake_closed" in response.content.decode()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"name": "", "email": "a@example.it"}, "Scrivi il tuo nome e cognome."),
        ({"name": "Anna"}, "Scrivi un indirizzo e-mail o un numero di telefono"),
        ({"name": "Anna", "email": "anna@"}, "Scrivi un indirizzo e-mail completo"),
        ({"name": "Anna", "phone": "12"}, "Scrivi un numero di telefono completo"),
    ],
)
def test_what_is_missing_is_said_twice_at_the_top_and_at_the_field(
    acme: Company, client: Client, said: dict[str, str], told: str
) -> None:
    state = STATE.findall(client.get(FLOW).content.decode())[-1]
    response = client.post(FLOW, {"step": "who", "state": state, **said})
    page = response.content.decode()
    assert response.status_code == 422
    assert page.count(told) == 2
    assert page.index('class="summary"') < page.index("<h1>")
    assert "<title>Errore:" in page
    assert not Intake.objects.exists()


def test_a_right_that_needs_words_asks_for_them(acme: Company, client: Client) -> None:
    flow = "/c/acme/request/rectification/"
    state = STATE.findall(client.get(flow).content.decode())[-1]
    who = {"step": "who", "state": state, "name": "Anna", "email": "anna@example.it"}
    state = STATE.findall(client.post(flow, who).content.decode())[-1]
    response = client.post(flow, {"step": "details_rectification", "state": state, "details": " "})
    assert response.status_code == 422
    assert "Scrivi qualche parola" in response.content.decode()


@pytest.mark.parametrize(
    ("path", "said", "status", "code"),
    [
        (FLOW, {"step": "send", "state": "forged"}, 400, "state_forged"),
        (FLOW, {"step": "send"}, 400, "state_forged"),
        (FLOW, {"step": "jump", "state": "{state}"}, 400, "state_forged"),
        (FLOW, {"step": "send", "state": "{state}"}, 400, "state_forged"),  # nobody to answer
        (FLOW, {"step": "details_erasure", "state": "{state}"}, 400, "state_forged"),
        (FLOW, {"step": "person", "state": "{state}"}, 400, "state_forged"),  # asks for themselves
        ("/c/acme/request/forgetting/", None, 400, "unknown_right"),
        ("/c/other/", None, 404, "company_not_found"),
    ],
)
def test_bad_input_is_told_with_a_code(
    acme: Company, client: Client, path: str, said: dict[str, str] | None, status: int, code: str
) -> None:
    if said is None:
        response = client.get(path)
    else:
        state = STATE.findall(client.get(FLOW).content.decode())[-1]
        response = client.post(path, {k: v.format(state=state) for k, v in said.items()})
    assert response.status_code == status
    assert code in response.content.decode()
    assert not Intake.objects.exists()


def test_a_form_without_the_token_of_the_page_is_refused(acme: Company) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(FLOW, {"step": "who", "name": "Anna"}).status_code == 403


def test_pages_are_not_stored_and_run_no_script(acme: Company, client: Client) -> None:
    for path in ("/", "/c/acme/", "/c/acme/request/", FLOW, "/c/acme/help/", "/c/acme/privacy/",
                 "/c/acme/accessibility/"):  # fmt: skip
        response = client.get(path)
        page = response.content.decode()
        assert response.status_code == 200, path
        assert "no-store" in response["Cache-Control"]
        assert "default-src 'self'" in response["Content-Security-Policy"]
        for forbidden in ("<script", "style=", "<style", "onclick", 'src="http'):
            assert forbidden not in page, (path, forbidden)


def test_the_page_is_in_the_language_that_was_chosen(acme: Company, client: Client) -> None:
    assert "I tuoi dati" in client.get("/").content.decode()
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    page = client.get("/").content.decode()
    assert '<html lang="en">' in page
    assert "See and download your data" in page


def test_the_notice_is_what_the_register_says(acme: Company, client: Client) -> None:
    page = client.get("/c/acme/privacy/").content.decode()
    assert "Tenere la contabilità e rispettare gli obblighi fiscali" in page
    assert "ordini e fatture: 10 anni dalla data del documento – art. 2220 c.c." in page
    assert "Amministra" not in page  # what concerns staff is told to staff


def test_the_notice_of_a_company_with_nothing_approved_promises_nothing(
    fresh_database: None, client: Client
) -> None:
    a_company(approved=False, now=timezone.now())
    assert (
        "Nessun trattamento è stato ancora approvato"
        in client.get("/c/acme-draft/privacy/").content.decode()
    )


def test_several_companies_are_listed(acme: Company, client: Client) -> None:
    a_company("beta", now=timezone.now())
    page = client.get("/").content.decode()
    assert '"/c/acme/"' in page
    assert '"/c/beta/"' in page


def test_a_sealed_message_opens_only_whole_and_in_its_place(acme: Company) -> None:
    controller, now = acme.controller.pk, timezone.now()
    message = Message("access", "it", Requester("Anna", "anna@example.it"))
    intake.submit(controller, message, reference="AAAA-BBBB-CCCC-DDDD", now=now)
    row = Intake.objects.get()
    for changed in ({"received_at": row.received_at - timedelta(days=9)}, {"reference": "X"}):
        Intake.objects.filter(pk=row.pk).update(**changed)
        with pytest.raises(UnsealError):
            intake.file(row.pk, controller=controller, now=now)
        Intake.objects.filter(pk=row.pk).update(
            received_at=row.received_at, reference=row.reference
        )
    Intake.objects.filter(pk=row.pk).update(blob=bytes(row.blob)[:-1])
    with pytest.raises(UnsealError):
        intake.file(row.pk, controller=controller, now=now)
    Intake.objects.filter(pk=row.pk).update(blob=row.blob)
    filed = intake.file(row.pk, controller=controller, now=now)
    assert filed is not None
    assert filed.reference == "AAAA-BBBB-CCCC-DDDD"
    assert not Intake.objects.exists()
