"""The pages of a request: several rights at once, for whom, and nothing lost by a mistake."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from dsar import intake, queries, requests, tasks
from dsar.case import documents
from dsar.case.code import key_of, linked
from dsar.models import CaseDocument, Correspondence, Representation
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import Objection
from tests.builders import Company, a_company, a_person
from tests.dsar.test_portal import STATE, reference_in

FLOW = "/c/acme/request/"
WHO = {"step": "who", "name": "Anna Bianchi", "email": "anna.bianchi@example.it"}
SELF = {"step": "whom", "on_behalf": "self"}


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


@pytest.fixture
def client() -> Client:
    return Client(HTTP_ACCEPT_LANGUAGE="it")


def through(client: Client, *steps: dict[str, object], status: int = 200) -> str:
    """Send the pages one after the other; return the last, which has this status."""
    page = client.get(FLOW).content.decode()
    for said in steps:
        response = client.post(FLOW, said | {"state": STATE.findall(page)[-1]})
        page = response.content.decode()
    assert response.status_code == status
    return page


def sent(client: Client, *steps: dict[str, object]) -> tuple[str, str]:
    """Send a request; return its first reference and its code."""
    page = through(client, *steps, {"step": "send"})
    return reference_in(page), re.findall(r'class="code">([0-9A-Z-]{64})<', page)[0]


def all_files(company: Company) -> list[queries.RequestFile]:
    dpo, now = company.actor(Role.DPO), timezone.now()
    due = queries.worklist(dpo, now=now)
    return [queries.open_file(one.id, dpo, now=now) for one in due]


def test_several_rights_are_sent_once_and_become_linked_requests(
    acme: Company, client: Client
) -> None:
    person = a_person(acme, now=timezone.now())
    reference, code = sent(
        client,
        {"step": "rights", "right": ["erasure", "access", "rectification"]},
        SELF,
        WHO,
        {"step": "details_access", "details": "Tutto"},
        {"step": "details_rectification", "details": "Russo", "correct": "Rossi"},
        {"step": "details_erasure"},
    )
    assert tasks.file_all_intakes() == 1
    files = all_files(acme)
    said = {file.due.right: (file.due.reference, file.details) for file in files}
    assert said == {
        "access": (reference, "Tutto"),
        "rectification": (
            linked(reference, code, 1),
            "Sbagliato o mancante: Russo\nDovrebbe essere: Rossi",
        ),
        "erasure": (linked(reference, code, 2), ""),
    }
    assert {file.subject for file in files} == {person}
    found = documents.standings(acme.controller.pk, reference, code, now=timezone.now())
    assert [standing.right for _where, standing in found] == ["access", "rectification", "erasure"]
    where, standing = found[2]
    again = documents.standings(acme.controller.pk, where, code, now=timezone.now())
    assert again[0][1] == standing  # each opens by itself, too
    assert {one for one, _standing in again} == {one for one, _standing in found}


def test_one_code_in_one_mail_confirms_all_that_was_sent_together(
    acme: Company, client: Client, mailoutbox: list[object]
) -> None:
    a_person(acme, now=timezone.now())
    details = [{"step": f"details_{right}"} for right in ("access", "erasure")]
    reference, code = sent(
        client, {"step": "rights", "right": ["access", "erasure"]}, SELF, WHO, *details
    )
    tasks.file_all_intakes()
    tasks.renew_case_documents()
    controller, dpo = acme.controller.pk, acme.actor(Role.DPO)
    with gate.duty(dpo, Duty.ANSWERING, reference=controller, now=timezone.now()) as access:
        (mail,) = access.rows(Correspondence).filter(kind="address_check")
        token = re.findall(r"^([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})$", mail.body or "", re.MULTILINE)[0]
    second = linked(reference, code, 1)
    intake.submit_code(controller, key_of(second, code).digest, token, now=timezone.now())
    tasks.file_all_intakes()
    assert {due.identity for due in queries.worklist(dpo, now=timezone.now())} == {"known_contact"}
    tasks.renew_case_documents()
    for _where, standing in documents.standings(controller, reference, code, now=timezone.now()):
        assert standing.state == "identified"
        assert token not in str(standing)  # the mail with the code is no letter of the case


@pytest.mark.parametrize(
    ("said", "stops"),
    [
        ({"uses": "marketing"}, True),
        ({"uses": "both", "details": "Un vicino lavora da voi."}, True),
        ({"uses": "other", "details": "Un vicino lavora da voi."}, False),
    ],
)
def test_an_objection_stops_advertising_unless_it_means_another_use(
    acme: Company, client: Client, said: dict[str, str], stops: bool
) -> None:
    person = a_person(acme, now=timezone.now())
    step = {"step": "details_objection", **said}
    sent(client, {"step": "rights", "right": ["objection"]}, SELF, WHO, step)
    tasks.file_all_intakes()
    dpo = acme.actor(Role.DPO)
    with gate.duty(dpo, Duty.ANSWERING, subjects=person, reference=person, now=timezone.now()):
        assert Objection.objects.filter(subject=person, to_marketing=True).exists() is stops
    (file,) = all_files(acme)
    assert said.get("details", "") in file.details


def test_an_objection_to_another_use_says_why_and_one_to_advertising_need_not(
    acme: Company, client: Client
) -> None:
    chosen = {"step": "rights", "right": ["objection"]}
    page = through(
        client, chosen, SELF, WHO, {"step": "details_objection", "uses": "other"}, status=422
    )
    assert "Scrivi a quale uso ti opponi e che cosa" in page
    assert re.search(r'value="other"[^>]*checked', page)  # what was said is still there
    page = through(client, chosen, SELF, WHO, {"step": "details_objection"}, status=422)
    assert "Scegli a quale uso ti opponi." in page


def whom_of(acme: Company) -> tuple[str, str | None, str | None]:
    """For whom the one request was made, as whoever asks wrote it."""
    with gate.duty(
        acme.actor(Role.DPO), Duty.ANSWERING, reference=acme.controller.pk, now=timezone.now()
    ):
        row = Representation.objects.get()
        return row.behalf, row.name, row.relation


@pytest.mark.parametrize("kind", ["child", "ward", "mandate", "deceased"])
def test_who_asks_for_another_is_not_taken_for_them(
    acme: Company, client: Client, kind: str
) -> None:
    asker = a_person(acme, now=timezone.now())
    sent(
        client,
        {"step": "rights", "right": ["objection"]},
        {"step": "whom", "on_behalf": kind},
        {"step": "person", "person": "Aldo Bianchi", "relation": "Procura del 3 marzo"},
        WHO,
        {"step": "details_objection", "uses": "marketing"},
    )
    tasks.file_all_intakes()
    (file,) = all_files(acme)
    assert file.subject != asker
    assert whom_of(acme) == (kind, "Aldo Bianchi", "Procura del 3 marzo")
    dpo = acme.actor(Role.DPO)
    with gate.duty(dpo, Duty.ANSWERING, subjects=asker, reference=asker, now=timezone.now()):
        assert not Objection.objects.filter(subject=asker).exists()


def test_the_contact_of_a_company_asks_for_themselves(acme: Company, client: Client) -> None:
    asker = a_person(acme, now=timezone.now())
    sent(
        client,
        {"step": "rights", "right": ["access"]},
        {"step": "whom", "on_behalf": "company"},
        {"step": "person", "person": "Beta S.r.l.", "relation": ""},
        WHO,
        {"step": "details_access"},
    )
    tasks.file_all_intakes()
    (file,) = all_files(acme)
    assert file.subject == asker
    assert whom_of(acme) == ("company", "Beta S.r.l.", None)


@pytest.mark.parametrize("kind", ["ward", "mandate", "deceased"])
def test_who_asks_for_another_says_by_what_right(acme: Company, client: Client, kind: str) -> None:
    whom = {"step": "whom", "on_behalf": kind}
    page = through(
        client, {"step": "rights", "right": ["access"]}, whom,
        {"step": "person", "person": "Aldo", "relation": " "}, status=422,
    )  # fmt: skip
    assert "Scrivi in poche parole a che titolo chiedi." in page
    assert 'value="Aldo"' in page


def test_a_change_leads_back_to_the_check_by_way_of_what_it_newly_asks(
    acme: Company, client: Client
) -> None:
    page = through(
        client,
        {"step": "rights", "right": ["access"]}, SELF, WHO,
        {"step": "details_access", "details": "Gli ordini"},
        {"step": "change_rights"},
        {"step": "rights", "right": ["access", "complaint"]},
    )  # fmt: skip
    assert "Che cosa non è andato bene?" in page
    page = through(
        client,
        {"step": "rights", "right": ["access"]}, SELF, WHO,
        {"step": "details_access", "details": "Gli ordini"},
        {"step": "change_whom"},
        {"step": "whom", "on_behalf": "child"},
        {"step": "person", "person": "Livia Bianchi", "relation": ""},
    )  # fmt: skip
    assert "Controlla" in page
    for kept in ("Gli ordini", "Livia Bianchi", "Anna Bianchi", "Per mio figlio o mia figlia"):
        assert kept in page


@pytest.mark.parametrize("step", ["send", "details_access", "person", "change_person", "jump", ""])
def test_a_page_that_is_not_there_is_refused_and_nothing_is_sent(
    acme: Company, client: Client, step: str
) -> None:
    assert "state_forged" in through(client, {"step": step}, status=400)
    assert tasks.file_all_intakes() == 0


def test_every_right_has_its_page_in_both_languages(acme: Company) -> None:
    for language, word in {"it": "Quanto tempo ci vuole", "en": "How long it takes"}.items():
        visitor = Client(HTTP_ACCEPT_LANGUAGE=language)
        home = visitor.get("/c/acme/").content.decode()
        addresses = re.findall(r'href="(/c/acme/rights/[a-z_]+/)"', home)
        assert len(addresses) == 10
        for address in addresses:
            page = visitor.get(address).content.decode()
            assert word in page
            assert address.replace("rights", "request") in page


def test_a_linked_reference_is_as_hard_to_guess_as_the_first() -> None:
    made = {linked("AAAA-BBBB-CCCC-DDDD", f"{at:052d}", n) for at in range(50) for n in range(1, 5)}
    assert len(made) == 200
    for one in made:
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", one)


def test_a_case_that_was_sent_with_others_is_left_out_once_it_is_over(
    acme: Company, client: Client
) -> None:
    details = [{"step": f"details_{right}"} for right in ("access", "erasure")]
    reference, code = sent(
        client, {"step": "rights", "right": ["access", "erasure"]}, SELF, WHO, *details
    )
    tasks.file_all_intakes()
    second = key_of(linked(reference, code, 1), code).digest
    CaseDocument.objects.filter(digest=second).delete()
    found = documents.standings(acme.controller.pk, reference, code, now=timezone.now())
    assert [standing.right for _where, standing in found] == ["access"]


def test_rights_are_received_each_once(acme: Company) -> None:
    requests.receive_all(
        acme.actor(Role.DPO),
        rights=["access", requests.Asked("erasure", "Tutto"), "access"],
        channel="email", received_at=timezone.now(), language="it", evidence="message id",
        requester=requests.Requester("Anna", "anna@example.it", details="Gli ordini"),
        now=timezone.now(),
    )  # fmt: skip
    said = {file.due.right: file.details for file in all_files(acme)}
    assert said == {"access": "Gli ordini", "erasure": "Tutto"}
