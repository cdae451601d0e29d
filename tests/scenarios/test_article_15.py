"""Art. 15: a person is told whether, what, why, to whom, how long, from where; and gets a copy."""

import csv
import io
import json
from datetime import date, timedelta
from uuid import UUID

import jsonschema
import pytest

from crm.models import Contact
from dsar import access_right, requests
from dsar import package as packing
from dsar.errors import NotIdentifiedError, PackageExpiredError, RequestStateError
from dsar.models import AccessPackage
from dsar.redaction.passages import Verdict
from governance.policy.vocabulary import ConsentState, Duty, Operation, Right, Role
from registry.gate import opening as gate
from registry.models import Recipient
from registry.suppression import Reason
from tests.builders import NOW, Company, a_consent, a_person, an_interaction
from tests.dsar import pdf_ua
from tests.dsar.acts import (
    ask,
    ask_and_identify,
    copy_of,
    data_of,
    fulfilled,
    remember,
    rows_by_sql,
    text_of,
)
from tests.dsar.others import read_all
from tests.scenarios.answering import LANGUAGES, the_letter

ORDERED = date(2026, 3, 2)


@pytest.fixture
def anna(company: Company) -> UUID:
    subject = a_person(company, phone="+39 347 123 4567", orders=[ORDERED, date(2024, 5, 6)])
    an_interaction(company, subject, body="=SOMMA(1;2) mi fa male la lampada")
    a_consent(company, subject)
    return subject


@pytest.fixture
def bruno(company: Company) -> UUID:
    subject = a_person(
        company,
        given="Bruno",
        family="Annarumma",
        email="bruno.annarumma@example.it",
        orders=[ORDERED],
    )
    an_interaction(company, subject, body="segreto di Bruno")
    return subject


def test_the_copy_contains_every_row_of_the_person_and_of_nobody_else(
    company: Company, anna: UUID, bruno: UUID
) -> None:
    request = ask_and_identify(company)
    expected = rows_by_sql(company, anna)
    files = copy_of(company, request)
    groups = data_of(files)["groups"]

    assert {g["record"]: {row["id"] for row in g["rows"]} for g in groups} == expected
    assert sum(len(ids) for ids in expected.values()) == 14
    for name, content in files.items():
        text = text_of(name, content)
        assert "bruno" not in text.lower(), name
        assert "segreto" not in text, name


def test_the_person_is_told_who_received_their_data_and_when(company: Company, anna: UUID) -> None:
    carrier = Recipient.objects.get(controller=company.controller, name="Corriere")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.EXPORT, subjects=anna,
        recipient=carrier.pk, now=NOW,
    ) as access:  # fmt: skip
        list(access.rows(Contact))
        access.names_outside = {anna: "DEST-88"}
    files = copy_of(company, ask_and_identify(company))
    said = data_of(files)
    told = {r["name"]: (r["times"], r["last_on"]) for r in said["letter"]["recipients"]}
    assert told["Corriere"] == (1, NOW.date().isoformat())
    assert told["Fornitore di servizi informatici"] == (0, None), "it may receive them, and has not"
    assert "ha ricevuto Suoi dati una volta, il 23 novembre 2026" in files["letter.txt"].decode()
    (row,) = next(g["rows"] for g in said["groups"] if g["record"] == "registry.Disclosure")
    assert row["fields"]["recipient"]["value"] == "Corriere"
    assert row["fields"]["external_id"]["value"] == "DEST-88"


def test_the_copy_has_the_values_as_they_are_held(company: Company, anna: UUID) -> None:
    files = copy_of(company, ask_and_identify(company, details="Che cosa avete su di me?"))
    by_record = {g["record"]: g["rows"] for g in data_of(files)["groups"]}
    contact = by_record["crm.Contact"][0]
    assert contact["fields"]["given_name"] == {
        "value": "Anna",
        "category": "name",
        "dpv": "pd:Name",
    }
    assert contact["source"] == "Interessato"
    orders = by_record["crm.Order"]
    assert sorted(order["fields"]["ordered_on"]["value"] for order in orders) == [
        "2024-05-06",
        "2026-03-02",
    ]
    assert {order["fields"]["total"]["value"] for order in orders} == {"39.90"}
    assert {order["kept_until"] for order in orders} == {"2036-03-02", "2034-05-06"}
    said = by_record["crm.Interaction"][0]["fields"]
    assert said["body"]["value"] == "=SOMMA(1;2) mi fa male la lampada"
    assert said["channel"]["value"] == "email"
    asked = by_record["dsar.SubjectRequest"][0]["fields"]
    assert asked["details"]["value"] == "Che cosa avete su di me?"
    assert by_record["registry.ConsentStanding"][0]["fields"]["state"]["value"] == "given"


def test_the_sheets_open_in_a_spreadsheet_and_run_nothing(company: Company, anna: UUID) -> None:
    files = copy_of(company, ask_and_identify(company))
    sheet = files["csv/crm.Interaction.csv"]
    assert sheet.startswith(b"\xef\xbb\xbf")
    titles, row = csv.reader(io.StringIO(sheet.decode("utf-8-sig")), delimiter=";")
    assert dict(zip(titles, row, strict=True))["body"] == "'=SOMMA(1;2) mi fa male la lampada"
    points = list(
        csv.DictReader(
            io.StringIO(files["csv/crm.ContactPoint.csv"].decode("utf-8-sig")), delimiter=";"
        )
    )
    assert {p["phone"] for p in points} == {"", "'+39 347 123 4567"}


def test_the_letter_says_what_article_15_1_asks(company: Company, anna: UUID) -> None:
    letter = data_of(copy_of(company, ask_and_identify(company)))["letter"]
    used = {p["purpose"]: p for p in letter["purposes"] if not p["not_used_because"]}
    assert letter["confirmed"] is True
    assert set(used) == {
        "Lavorare con aziende partner su ciò che è stato chiesto",
        "Gestire gli ordini e il contratto",
        "Gestire l'adesione al programma fedeltà: punti, premi e livelli",
        "Rispondere alle richieste e dare assistenza",
        "Installare, riparare o verificare a domicilio ciò che è stato acquistato",
        "Capire quanto e come i clienti acquistano, per curarli meglio",
        "Curare i rapporti con chi si interessa ai nostri prodotti",
        "Tenere la contabilità e rispettare gli obblighi fiscali",
        "Inviare novità e offerte",
        "Rispondere alle richieste sui dati personali",
        "Non scrivere più a chi si è opposto",
        "Non raccogliere di nuovo i dati di chi è stato cancellato",
    }
    assert used["Inviare novità e offerte"]["basis"] == "il Suo consenso, art. 6(1)(a)"
    assert [r["name"] for r in letter["recipients"]] == [
        "Agenzia delle Entrate",
        "Aziende partner",
        "Commercialista",
        "Corriere",
        "Fornitore di servizi informatici",
    ]
    orders = next(g for g in letter["retention"] if g["records"] == "Ordini e fatture")
    assert (orders["count"], orders["first_end"], orders["last_end"]) == (
        2,
        "2034-05-06",
        "2036-03-02",
    )
    assert letter["sources"] == [
        "Lei stesso",
        "il nostro personale e i nostri sistemi, nei rapporti con Lei",
    ]
    assert letter["controller"]["name"] == "Acme S.r.l."


def test_purposes_that_do_not_hold_for_this_person_are_said_not_to(
    company: Company, anna: UUID
) -> None:
    a_consent(company, anna, state=ConsentState.WITHDRAWN, at=NOW - timedelta(minutes=1))
    a_consent(company, anna, state=ConsentState.WITHDRAWN)
    letter = data_of(copy_of(company, ask_and_identify(company)))["letter"]
    assert {p["purpose"]: p["not_used_because"] for p in letter["purposes"]}[
        "Inviare novità e offerte"
    ] == "Lei non ha dato il consenso"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("it", ["Garante per la protezione dei dati personali", "1 dicembre 2026",
                "Acme S.r.l.", "Perché usiamo i Suoi dati"]),
        ("en", ["Garante per la protezione dei dati personali", "Why we use your data"]),
    ],
)  # fmt: skip
def test_the_letter_is_in_the_language_of_the_request(
    company: Company, anna: UUID, language: str, sentences: list[str]
) -> None:
    later = NOW + timedelta(days=8)
    files = copy_of(company, ask_and_identify(company, language=language, now=later), now=later)
    for name in ("letter.html", "letter.txt"):
        text = files[name].decode()
        assert all(sentence in text for sentence in sentences), name
    assert f'lang="{language}"' in files["index.html"].decode()
    title = {
        "it": "Risposta alla Sua richiesta di accesso",
        "en": "Answer to your request for access",
    }
    assert pdf_ua.faults(files["letter.pdf"], language=language, title=title[language]) == []
    said = pdf_ua.text_of(files["letter.pdf"])
    assert all(sentence in said for sentence in sentences)
    jsonschema.validate(data_of(files), json.loads(files["schema.json"]))


def test_the_pages_of_the_copy_load_nothing_and_run_nothing(company: Company, anna: UUID) -> None:
    files = copy_of(company, ask_and_identify(company))
    for name in ("index.html", "letter.html"):
        page = files[name].decode().lower()
        assert "<script" not in page
        assert "src=" not in page
        assert "http://" not in page
        assert "@import" not in page
        assert "default-src 'none'" in page


def test_the_copy_is_a_pdf_that_is_read_aloud_in_order(company: Company, anna: UUID) -> None:
    request = ask_and_identify(company, details="李明 & <b>מזל</b>\n#panic() 😀")
    read_all(company, request, verdict=Verdict.KNOWN)
    files = copy_of(company, request)
    pdf = files["index.pdf"]
    assert pdf_ua.faults(pdf, language="it", title="I Suoi dati") == []
    assert pdf_ua.headings(pdf)[:2] == ["H1", "H2"]
    said = pdf_ua.text_of(pdf)
    assert "[U+674E][U+660E] & <b>" in said
    assert "#panic() [U+1F600]" in said, "no text of anybody is read as markup"
    for group in data_of(files)["groups"]:
        assert group["title"] in said


def test_what_is_too_much_for_one_pdf_is_said(
    company: Company, anna: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MOST_IN_PDF", 5)
    files = copy_of(company, ask_and_identify(company))
    assert "index.pdf" not in files
    assert "letter.pdf" in files
    assert "index.html" in files
    assert "i dati sono troppi per un solo PDF" in files["README.txt"].decode()


def test_the_memory_of_an_objection_is_told_to_whose_address_it_is_and_to_nobody_else(
    company: Company,
) -> None:
    remember(company, Reason.OBJECTED, email="rita@example.it")
    stranger = ask(company, email="rita@example.it", name="Rita")
    assert stranger.is_held is False
    files = copy_of(company, stranger)
    assert data_of(files)["letter"]["remembered"] == []
    assert data_of(files)["letter"]["confirmed"] is False
    assert "appena avrà confermato che il recapito è Suo" in files["letter.txt"].decode()

    files = copy_of(company, ask_and_identify(company, email="rita@example.it", name="Rita"))
    said = data_of(files)["letter"]
    assert said["confirmed"] is True
    assert [(m["address"], m["since"]) for m in said["remembered"]] == [
        ("indirizzo e-mail", NOW.date().isoformat())
    ]
    for name in ("letter.txt", "letter.html"):
        assert "Sì, ma soltanto la memoria" in files[name].decode(), name
        assert "appena avrà confermato" not in files[name].decode(), name


def test_who_looked_is_told_by_role_and_purpose_and_not_by_name(
    company: Company, anna: UUID
) -> None:
    with gate.open(
        company.actor(Role.SALES), "order_management", Operation.READ, subjects=anna, now=NOW
    ) as access:
        from crm.models import Contact

        assert access.rows(Contact).get().given_name == "Anna"
    files = copy_of(company, ask_and_identify(company))
    looks = data_of(files)["who_looked"]
    read = [look for look in looks if look["action"] == "data.read"]
    assert [(look["role"], look["purpose"]) for look in read] == [
        ("vendite", "Gestire gli ordini e il contratto")
    ]
    for staff in company.staff.values():
        for content in files.values():
            assert staff.username.encode() not in content
            assert str(staff.pk).encode() not in content


def test_days_are_written_as_people_write_them_and_nothing_else_is_changed(
    company: Company, anna: UUID
) -> None:
    page = copy_of(company, ask_and_identify(company, details="2026-02-31"))["index.html"].decode()
    assert "<dd>2 marzo 2026</dd>" in page
    assert "<dd>23 novembre 2026, 10:00</dd>" in page
    assert "<dd>2026-02-31</dd>" in page


def test_nothing_is_handed_over_before_we_know_that_it_is_they(
    company: Company, anna: UUID
) -> None:
    request = ask(company)
    with pytest.raises(NotIdentifiedError):
        access_right.fulfil(request.pk, company.actor(Role.DPO), NOW)
    assert request.state == "received"


def test_a_person_we_do_not_hold_is_answered_that_we_hold_nothing(
    company: Company, anna: UUID
) -> None:
    request = ask(company, email="nobody@example.it", name="Nessuno")
    assert request.is_held is False
    files = copy_of(company, request)
    data = data_of(files)
    assert data["letter"]["confirmed"] is False
    assert [g["record"] for g in data["groups"]] == ["dsar.SubjectRequest"]
    assert "No, non trattiamo dati personali che La riguardano" in files["letter.txt"].decode()
    assert "Bianchi" not in files["data.json"].decode()


def test_refusals_of_earlier_requests_are_part_of_the_copy(company: Company, anna: UUID) -> None:
    refused = ask(company, Right.ERASURE)
    requests.refuse(
        refused.pk,
        ground="legal_claims",
        reasons="Causa in corso.",
        by=company.actor(Role.DPO),
        now=NOW,
    )
    rows = next(
        g["rows"]
        for g in data_of(copy_of(company, ask_and_identify(company)))["groups"]
        if g["record"] == "dsar.SubjectRequest"
    )
    said = next(r["fields"] for r in rows if r["fields"]["right"]["value"] == "erasure")
    assert said["refusal_ground"]["value"] == "legal_claims"
    assert "Causa in corso." in said["decision"]["value"]
    assert "Garante" in said["decision"]["value"]


def test_the_same_request_is_answered_once(company: Company, anna: UUID) -> None:
    request = ask_and_identify(company)
    copy_of(company, request)
    with pytest.raises(RequestStateError):
        access_right.fulfil(request.pk, company.actor(Role.DPO), NOW)


def test_the_copy_is_gone_after_thirty_days(company: Company, anna: UUID) -> None:
    dpo = company.actor(Role.DPO)
    package = fulfilled(company, ask_and_identify(company))
    last_day = NOW + timedelta(days=30)
    assert access_right.remove_expired(company.controller.pk, now=last_day) == 0
    assert len(access_right.disclose(package.pk, dpo, last_day)) > 1000
    after = NOW + timedelta(days=31)
    with pytest.raises(PackageExpiredError):
        access_right.disclose(package.pk, dpo, after)
    assert access_right.remove_expired(company.controller.pk, now=after) == 1
    with gate.duty(dpo, Duty.DISCOVERY, now=NOW):
        assert not AccessPackage.objects.exists()


@LANGUAGES
def test_the_answer_leaves_as_a_letter_that_says_yes_and_holds_no_value(
    company: Company, anna: UUID, language: str
) -> None:
    request = ask_and_identify(company, language=language)
    fulfilled(company, request)
    text = the_letter(company, language)
    says = {"it": "Sì, trattiamo dati personali", "en": "Yes, we process personal data"}
    assert says[language] in text
    assert {"it": "23 dicembre 2026", "en": "23 December 2026"}[language] in text
    assert not any(value in text for value in ("Anna", "Bianchi", "lampada", "347")), text


@LANGUAGES
def test_a_person_of_whom_nothing_is_held_is_told_so_by_letter(
    company: Company, language: str
) -> None:
    request = ask(company, email="nessuno@example.org", name="Nessuno", language=language)
    access_right.fulfil(request.pk, company.actor(Role.DPO), NOW)
    says = {"it": "No, non trattiamo dati personali", "en": "No, we do not hold personal data"}
    assert says[language] in the_letter(company, language)
