"""What a person adds to their case: messages, the answer to a question, and taking it back."""

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from dsar import correspondence, erasure_right, intake, queries, requests, tasks, timekeeping
from dsar.case import documents
from dsar.case.code import key_of
from dsar.models import Correspondence, Intake, SubjectRequest
from governance.policy.vocabulary import Duty, Role
from governance.portal import clock, worklist
from registry.gate import opening as gate
from tests.builders import Company, a_company, a_person
from tests.dsar.test_case import asked, looked_up

MESSAGE, WITHDRAWAL = "/c/acme/case/message/", "/c/acme/case/withdrawal/"
WORDS = "Ho comprato a Torino nel 2024."


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def case(acme: Company, client: Client) -> tuple[str, str]:
    """A request of somebody we know, filed."""
    a_person(acme, now=timezone.now())
    made = asked(client)
    tasks.file_all_intakes()
    return made


def said(case: tuple[str, str], **more: str) -> dict[str, str]:
    return {"reference": case[0], "code": case[1], **more}


def the_request(company: Company, case: tuple[str, str]) -> queries.Due:
    return queries.by_reference(company.actor(Role.DPO), case[0], now=timezone.now())


def letters(company: Company) -> list[tuple[str, str, str]]:
    dpo, now = company.actor(Role.DPO), timezone.now()
    with gate.duty(dpo, Duty.ANSWERING, reference=company.controller.pk, now=now) as access:
        rows = access.rows(Correspondence).exclude(kind="address_check").order_by("written_at")
        return [(row.direction, row.kind, row.body or "") for row in rows]


def due_items(company: Company) -> list[tuple[str, str]]:
    staff, now = company.staff[Role.DPO], timezone.now()
    with gate.duty(staff.actor(), Duty.SUPERVISION, now=now):
        return [(item.detail, item.step) for item in worklist.collect(staff, now=now)]


def test_a_message_is_sealed_and_becomes_a_letter_of_the_person(
    acme: Company, client: Client, case: tuple[str, str]
) -> None:
    page = client.post(MESSAGE, said(case, words=WORDS)).content.decode()
    assert "We have received your message" in page
    client.post(MESSAGE, said(case, words=WORDS))  # sent twice by mistake
    (row,) = Intake.objects.all()
    assert WORDS.encode() not in bytes(row.blob)
    tasks.file_all_intakes()
    assert letters(acme) == [("in", "incoming", WORDS)]
    assert not Intake.objects.exists()
    assert ("The person wrote", "Read it") in due_items(acme)
    page = looked_up(client, *case)
    assert "A message of yours" not in page  # the document is renewed by the worker's next round
    tasks.renew_case_documents()
    page = looked_up(client, *case)
    assert "A message of yours" in page
    assert WORDS not in page  # nobody has shown yet whose the case is


def test_whoever_has_no_code_is_told_the_same_and_reaches_no_file(
    acme: Company, client: Client, case: tuple[str, str]
) -> None:
    right = client.post(MESSAGE, said(case, words=WORDS)).content.decode()
    wrong = client.post(MESSAGE, said((case[0], "0" * 52), words=WORDS)).content.decode()
    assert "We have received your message" in wrong
    assert right.count("We have received") == wrong.count("We have received")
    tasks.file_all_intakes()
    assert len(letters(acme)) == 1
    assert not Intake.objects.exists()


@pytest.mark.parametrize(("words", "status"), [(" ", 422), ("x" * 4001, 422), ("", 422)])
def test_a_message_without_words_or_end_is_asked_again(
    acme: Company, client: Client, case: tuple[str, str], words: str, status: int
) -> None:
    response = client.post(MESSAGE, said(case, words=words))
    assert response.status_code == status
    assert case[1] in response.content.decode()  # what opens the case is not asked again
    assert not Intake.objects.exists()


def test_an_answer_reaches_staff_who_let_the_clock_run_from_its_day(
    acme: Company, client: Client, case: tuple[str, str]
) -> None:
    dpo, now = acme.actor(Role.DPO), timezone.now()
    request = the_request(acme, case)
    today = timezone.localdate(now)
    doubt = {"ground": "identity_doubt", "question": "Where did you buy?", "sent_on": today}
    timekeeping.ask(request.id, **doubt, by=dpo, now=now)
    client.post(MESSAGE, said(case, words=WORDS))
    tasks.file_all_intakes()
    waits = ("The person wrote, and the clock stands", "Let the clock run, if it answers")
    assert waits in due_items(acme)
    with gate.duty(dpo, Duty.ANSWERING, reference=request.id, now=now) as access:
        row = access.rows(SubjectRequest).select_related("controller").get(pk=request.id)
        form = clock.context(access, row, sees_person=True)["answered_form"]
        assert form.initial == {"answered_on": today}
        assert row.paused_since == today
    timekeeping.answered(request.id, answered_on=today, by=dpo, now=timezone.now())
    assert waits not in due_items(acme)


def test_letters_are_read_on_the_page_once_it_is_known_whose_it_is(
    acme: Company, client: Client, case: tuple[str, str], mailoutbox: list[object]
) -> None:
    dpo, now = acme.actor(Role.DPO), timezone.now()
    request = the_request(acme, case)
    timekeeping.write_question(
        request.id, "identity_doubt", question="Where did you buy?", by=dpo, now=now
    )
    tasks.renew_case_documents()
    assert "Our question" not in looked_up(client, *case)  # it has not left
    correspondence.deliver(acme.controller.pk, now=timezone.now())
    tasks.renew_case_documents()
    page = looked_up(client, *case)
    assert "Our question, to be sure that it is you" in page
    assert "Where did you buy?" not in page
    timekeeping.answered(request.id, answered_on=timezone.localdate(), by=dpo, now=timezone.now())
    requests.identify(request.id, "document", by=dpo, now=timezone.now())
    tasks.renew_case_documents()
    page = looked_up(client, *case)
    assert "Where did you buy?" in page
    assert "only together with the code" not in page  # the mail with the code is not shown


def test_a_request_is_taken_back_by_two_steps_and_is_closed(
    acme: Company, client: Client, case: tuple[str, str]
) -> None:
    page = client.post(WITHDRAWAL, said(case)).content.decode()
    assert "Take the request back?" in page
    assert not Intake.objects.exists()
    client.post(WITHDRAWAL, said(case, sure="1"))
    tasks.file_all_intakes()
    request = the_request(acme, case)
    assert request.state == "withdrawn"
    assert letters(acme) == [("in", "incoming", "I take this request back.")]
    dpo = acme.actor(Role.DPO)
    with gate.duty(dpo, Duty.SUPERVISION, now=timezone.now()):
        assert Entry.objects.filter(action="request.withdrawn").count() == 1
    tasks.renew_case_documents()
    assert "We closed it on" in looked_up(client, *case)  # whose it is was not shown
    client.post(WITHDRAWAL, said(case, sure="1"))
    tasks.file_all_intakes()
    assert the_request(acme, case).state == "withdrawn"


def test_an_erasure_that_was_approved_is_not_called_back_by_a_form(
    acme: Company, client: Client, case: tuple[str, str]
) -> None:
    dpo, now = acme.actor(Role.DPO), timezone.now()
    erasure_of = requests.receive(
        dpo, right="erasure", channel="email", received_at=now, language="it",
        requester=requests.Requester("Anna", "anna.bianchi@example.it"), evidence="id", now=now,
    )  # fmt: skip
    key = key_of(erasure_of.reference, case[1])
    documents.begin(erasure_of, key.digest, key.public, now=now)
    requests.identify(erasure_of.pk, "document", by=dpo, now=now)
    planned = erasure_right.plan(erasure_of.pk, dpo, now)
    erasure_right.approve(planned.pk, dpo, shown=planned.plan_hash, now=timezone.now())
    client.post(WITHDRAWAL, said((erasure_of.reference, case[1]), sure="1"))
    tasks.file_all_intakes()
    assert the_request(acme, (erasure_of.reference, "")).state == "identified"
    assert ("in", "incoming", "Ritiro questa richiesta.") in letters(acme)


def test_a_worker_that_died_files_a_message_once(
    acme: Company, client: Client, case: tuple[str, str]
) -> None:
    client.post(MESSAGE, said(case, words=WORDS))
    (row,) = Intake.objects.all()
    intake.file(row.pk, controller=acme.controller.pk, now=timezone.now())
    assert intake.file(row.pk, controller=acme.controller.pk, now=timezone.now()) is None
    assert len(letters(acme)) == 1
