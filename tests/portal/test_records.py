"""The record leaves the portal in every form it offers, and comes in again as drafts."""

import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from api import tokens
from audit.actions import Action
from audit.models import Entry
from governance.policy.vocabulary import ActivityState, Duty, Role
from governance.portal import records, register_sheets
from registry.exchange.layouts import LAYOUTS
from registry.exchange.sheets import Sheet
from registry.gate import opening as gate
from registry.models import ActivityVersion, Purpose
from tests.builders import NOW, Company, a_company
from tests.portal.conftest import As

PAGE = "admin:record_import"
pytestmark = pytest.mark.django_db(databases=["default", "keys", "portal", "case"])


@pytest.fixture
def dpo(company: Company, as_role: As) -> Client:
    return as_role(Role.DPO)


def downloaded(client: Client, form: str) -> bytes:
    answer = client.post(reverse("admin:record_download"), {"format": form})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def taken_in(client: Client, content: bytes, name: str = "register.xlsx"):
    return client.post(reverse(PAGE), {"file": SimpleUploadedFile(name, content)})


def exports(company: Company) -> int:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return Entry.objects.filter(action=Action.REGISTER_EXPORTED).count()


def test_every_form_is_handed_over_and_recorded(dpo: Client, company: Company) -> None:
    before = exports(company)
    printed = downloaded(dpo, "pdf")
    assert printed.startswith(b"%PDF-")
    assert b"/MarkInfo" in printed  # tagged: a screen reader reads it aloud
    assert downloaded(dpo, "pdf") == printed
    for form, layout in LAYOUTS.items():
        book = load_workbook(io.BytesIO(downloaded(dpo, form)))
        assert book.sheetnames[0] == layout.company_title
        assert all(cell.data_type != "f" for sheet in book for row in sheet.rows for cell in row)
    said = json.loads(downloaded(dpo, "jsonld"))
    assert said["@type"] == "ROPA"
    assert exports(company) == before + 3 + len(LAYOUTS)


@pytest.mark.parametrize("form", records.FORMS)
def test_what_was_handed_over_comes_in_as_what_is_here(dpo: Client, form: str) -> None:
    answer = taken_in(dpo, downloaded(dpo, form))
    assert answer.status_code == 200
    done = answer.context["done"]
    assert (done.drafts, done.busy, done.differing) == ([], [], [])
    assert len(done.same) == ActivityVersion.objects.filter(state=ActivityState.APPROVED).count()


def test_a_new_activity_waits_for_approval(dpo: Client, company: Company) -> None:
    layout = LAYOUTS["garante"]
    row = {
        "Riferimento": "fidelity", "Tipologia di trattamento": "Carta fedeltà",
        "Finalità del trattamento": "Premiare chi torna", "Base giuridica": "Consenso",
        "Categorie di dati personali": "Nome\n=1+1", "Data di prima istituzione": "25/05/2018",
    }  # fmt: skip
    content = register_sheets.written([
        Sheet(layout.company_title, []), Sheet(layout.activity_title, [[*row], [*row.values()]]),
    ])  # fmt: skip
    answer = taken_in(dpo, content)
    assert answer.context["done"].drafts == ["fidelity"]
    (draft,) = ActivityVersion.objects.filter(activity__purpose__key="fidelity")
    assert (draft.state, draft.basis, draft.categories) == ("draft", "consent", ["name"])
    assert draft.answers == {"categories_words": "=1+1"}
    assert str(draft.activity.first_recorded_on) == "2018-05-25"


def test_bad_files_are_refused_with_the_place_and_store_nothing(dpo: Client) -> None:
    before = Purpose.objects.count()
    for content in (b"", b"{", b"[]", b'{"format": "x"}', b"PK\x03\x04 no workbook", b"\xff\xfe"):
        answer = taken_in(dpo, content)
        assert answer.status_code == 400, content
    unknown = register_sheets.written([Sheet("Foglio1", [["a"]])])
    assert "Foglio1" in taken_in(dpo, unknown).content.decode()
    assert Purpose.objects.count() == before


def test_who_may_not_change_the_register_takes_nothing_in(as_role: As) -> None:
    client = as_role(Role.AUDITOR)
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.post(reverse("admin:record_download"), {"format": "pdf"}).status_code == 200


def a_code(company: Company, role: Role = Role.AUDITOR) -> str:
    purposes = [] if role is Role.AUDITOR else ["order_management"]
    until = timezone.now() + timedelta(days=30)
    return tokens.issue(
        by=company.staff[Role.DPO], name=f"Garante {role}", role=role, purposes=purposes,
        expires_at=until, now=timezone.now(),
    ).secret  # fmt: skip


def test_an_authority_reads_the_register_with_a_code_and_changes_nothing(company: Company) -> None:
    client, address = Client(), reverse("authority", args=[company.controller.slug])
    assert client.get(address).status_code == 200
    code, before = a_code(company), exports(company)
    shown = client.post(address, {"code": code})
    assert shown.status_code == 200
    assert "order_management.v1" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    printed = client.post(address, {"code": code, "pdf": "1"})
    assert printed.content.startswith(b"%PDF-")
    assert exports(company) == before + 2
    assert code not in client.cookies.output()
    client.post(address, {"code": code})
    assert "order_management.v1" not in client.get(address).content.decode()  # no session is made


def test_a_code_of_another_kind_opens_no_register(company: Company) -> None:
    other, address = a_company("other"), reverse("authority", args=[company.controller.slug])
    ended = a_code(company)
    tokens.revoke(token=tokens.find(ended), by=company.staff[Role.DPO], now=timezone.now())
    for code in ("", "cst_guessed", a_code(other), a_code(company, Role.AGENT), ended):
        answer = Client().post(address, {"code": code})
        assert answer.status_code in {400, 401}, code
        assert "order_management.v1" not in answer.content.decode()
