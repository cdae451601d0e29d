"""Art. 20: what the person gave or what was observed, where consent or contract is the basis."""

import io
import json
import zipfile
from datetime import date

import jsonschema
import pytest

from crm.models import Contact
from dsar import access_right, portability_right, second_person
from dsar.errors import RightDoesNotReachError
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from registry.models import Disclosure, Recipient
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask_and_identify
from tests.dsar.others import read_all
from tests.retention.test_recipients import CARRIER
from tests.scenarios.answering import LANGUAGES, the_letter

pytestmark = pytest.mark.django_db


def handed_over(company: Company, request) -> dict[str, bytes]:
    dpo = company.actor(Role.DPO)
    read_all(company, request)
    copy = portability_right.fulfil(request.pk, by=dpo, now=NOW)
    content = access_right.disclose(copy.pk, dpo, NOW)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@LANGUAGES
def test_structured_readable_by_machines_and_nothing_is_erased(
    company: Company, language: str
) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    request = ask_and_identify(company, Right.PORTABILITY, subject=anna, language=language)
    files = handed_over(company, request)
    data = json.loads(files["data.json"])
    jsonschema.validate(data, json.loads(files["schema.json"]))
    values = {f["value"] for g in data["groups"] for r in g["rows"] for f in r["fields"].values()}
    assert {"Anna", "anna.bianchi@example.it", "Lampada da tavolo"} <= values
    origins = {f["origin"] for g in data["groups"] for r in g["rows"] for f in r["fields"].values()}
    assert origins <= {"provided", "observed"}
    assert "crm.Contact" in {g["record"] for g in data["groups"]}
    assert not {g["record"] for g in data["groups"]} & {
        "dsar.SubjectRequest",
        "dsar.Correspondence",
    }
    assert any(name.startswith("csv/") for name in files)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        assert access.rows(Contact).get().given_name == "Anna", "it erases nothing (Art. 20(3))"
    letter = the_letter(company, language)
    assert ("pronto" in letter) == (language == "it")
    assert "Anna" not in letter


def test_only_consent_or_contract(company: Company) -> None:
    lead = a_person(company, given="Bruno", purpose="lead_management", role=Role.SALES)
    request = ask_and_identify(
        company, Right.PORTABILITY, subject=lead, email="bruno.bianchi@example.it"
    )
    with pytest.raises(RightDoesNotReachError) as refused:
        handed_over(company, request)
    assert refused.value.code == "right_does_not_reach"


def test_rights_of_others_leave_one_kind_of_record_out_and_the_letter_says_so(
    company: Company,
) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    request = ask_and_identify(company, Right.PORTABILITY, subject=anna)
    part = second_person.propose_part(
        request.pk, record="crm.OrderLine", ground="rights_of_others",
        reasons="Le righe nominano un'altra persona.", by=company.actor(Role.DPO), now=NOW,
    )  # fmt: skip
    second_person.decide(part.pk, accept=True, by=company.actor(Role.LEGAL), now=NOW)
    data = json.loads(handed_over(company, request)["data.json"])
    assert "crm.OrderLine" not in {g["record"] for g in data["groups"]}
    letter = the_letter(company, "it")
    assert "Le righe nominano un'altra persona." in letter
    assert "20, par. 4" in letter or "20(4)" in letter


def test_sent_to_another_company_it_is_a_disclosure_on_record(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    request = ask_and_identify(company, Right.PORTABILITY, subject=anna)
    dpo = company.actor(Role.DPO)
    copy = portability_right.fulfil(request.pk, by=dpo, now=NOW)
    to = Recipient.objects.get(controller=company.controller, name=CARRIER)
    portability_right.note_transfer(copy.pk, to, by=dpo, now=NOW)
    with gate.duty(dpo, Duty.ANSWERING, subjects=anna, reference=anna, now=NOW) as access:
        noted = access.rows(Disclosure).get()
        assert (noted.recipient_id, noted.at) == (to.pk, NOW)
        assert "name" in noted.categories
