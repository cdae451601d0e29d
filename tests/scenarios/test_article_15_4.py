"""Art. 15(4), 23: a part is left out on a ground of the law, by two; the rest is given."""

from datetime import date
from uuid import UUID

import jsonschema
import pytest

from dsar import access_right, requests, second_person
from dsar.errors import NothingToLeaveOutError, PartOnlyError, ProposalOpenError, SecondPersonError
from dsar.models import SubjectRequest
from governance.policy.refusals import PART_ONLY
from governance.policy.vocabulary import Right, Role
from tests.builders import NOW, Company, a_person, an_interaction
from tests.dsar.acts import ask_and_identify, copy_of, data_of, text_of
from tests.dsar.others import read_all
from tests.scenarios.answering import LANGUAGES, the_letter

REASONS = "Descrive un procedimento nostro."
ORDERED = date(2026, 3, 2)


@pytest.fixture
def anna(company: Company) -> UUID:
    subject = a_person(company, orders=[ORDERED])
    an_interaction(company, subject, body="ricetta segreta: bergamotto")
    return subject


def leave_out(company: Company, request: SubjectRequest, record: str, field: str, ground: str):
    return second_person.propose_part(
        request.pk, record=record, field=field, ground=ground, reasons=REASONS,
        by=company.actor(Role.DPO), now=NOW,
    )  # fmt: skip


def decided(
    company: Company, request: SubjectRequest, record: str, field: str, ground: str
) -> None:
    part = leave_out(company, request, record, field, ground)
    second_person.decide(part.pk, accept=True, by=company.actor(Role.LEGAL), now=NOW)


@LANGUAGES
def test_a_field_is_in_no_file_and_the_letter_says_which_why_and_where_to_turn(
    company: Company, anna: UUID, language: str
) -> None:
    request = ask_and_identify(company, language=language)
    decided(company, request, "crm.Interaction", "body", "trade_secret")
    files = copy_of(company, request)

    for name, content in files.items():
        assert "bergamotto" not in text_of(name, content), name
    data = data_of(files)
    jsonschema.validate(data, data_of({"data.json": files["schema.json"]}))
    (rows,) = (g["rows"] for g in data["groups"] if g["record"] == "crm.Interaction")
    assert "body" not in rows[0]["fields"]
    assert rows[0]["fields"]["channel"]["value"]
    (said,) = data["withheld"]
    assert (said["record"], said["field"], said["count"], said["ground"], said["reasons"]) == (
        "crm.Interaction", "body", 1, "trade_secret", REASONS,
    )  # fmt: skip
    words = {"it": "segreto commerciale", "en": "trade secret"}[language]
    for text in (files["letter.txt"].decode(), the_letter(company, language)):
        assert words in text
        assert REASONS in text
        assert "15" in text
        assert "Garante" in text


def test_a_whole_kind_of_record_is_left_out_and_that_data_are_held_is_still_said(
    company: Company, anna: UUID
) -> None:
    request = ask_and_identify(company)
    held = {g["record"]: len(g["rows"]) for g in data_of(copy_of(company, request))["groups"]}
    again = ask_and_identify(company)
    for record in held:
        if not record.startswith("dsar."):
            decided(company, again, record, "", "defence_in_court")
    files = copy_of(company, again)
    data = data_of(files)
    assert {g["record"].split(".")[0] for g in data["groups"]} == {"dsar"}
    assert {one["record"]: one["count"] for one in data["withheld"]} == {
        record: number for record, number in held.items() if not record.startswith("dsar.")
    }
    assert data["letter"]["confirmed"], "that something is held is not denied"
    text = files["letter.txt"].decode()
    assert "Sì, trattiamo dati personali" in text
    assert "2-undecies, comma 3, e 160" in text, "the right can be exercised through the Garante"


def test_nothing_is_left_out_by_one_person_alone(company: Company, anna: UUID) -> None:
    request = ask_and_identify(company)
    part = leave_out(company, request, "crm.Interaction", "body", "trade_secret")
    dpo = company.actor(Role.DPO)
    with pytest.raises(SecondPersonError):
        second_person.decide(part.pk, accept=True, by=dpo, now=NOW)
    read_all(company, request)
    with pytest.raises(ProposalOpenError):
        access_right.fulfil(request.pk, dpo, NOW)
    second_person.decide(part.pk, accept=False, by=company.actor(Role.LEGAL), now=NOW)
    files = copy_of(company, request)
    assert "bergamotto" in files["data.json"].decode()
    assert data_of(files)["withheld"] == []


@pytest.mark.parametrize("ground", sorted(PART_ONLY))
@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_the_rights_of_others_never_refuse_all_information(
    company: Company, anna: UUID, right: Right, ground: str
) -> None:
    request = ask_and_identify(company, right)
    with pytest.raises(PartOnlyError):
        requests.refuse(
            request.pk, ground=ground, reasons="Altri.", by=company.actor(Role.DPO), now=NOW
        )


def test_what_an_erasure_keeps_is_decided_by_its_plan(company: Company, anna: UUID) -> None:
    request = ask_and_identify(company, Right.ERASURE)
    with pytest.raises(NothingToLeaveOutError):
        leave_out(company, request, "crm.Order", "", "limited_by_law")
