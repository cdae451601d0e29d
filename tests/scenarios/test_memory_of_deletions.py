"""Who comes back, and by which door: the table of docs/spec/erasure.md, section 10."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from crm.imports import rejects
from crm.models import Contact, ContactPoint
from dsar import memory, requests
from dsar.errors import NotIdentifiedError
from dsar.identity import Requester
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Right, Role
from registry import consent, operations, suppression
from registry.consent import GrantNotByPersonError
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.disclosing import To
from registry.gate.errors import GateRefusedError
from registry.models import (
    ConsentEvent,
    ConsentStanding,
    DataSource,
    DataSubject,
    Finding,
    Objection,
    Suppression,
)
from registry.returns import Answer, Desk, Record
from registry.suppression import Door, Reason, Verdict, Wish, decide
from retention import memory as periods
from tests.builders import NOW, Company, a_company, a_consent, a_person
from tests.crm.imports.test_landing import a_file, contacts, run, verified
from tests.dsar import acts, erasing
from tests.portal.conftest import as_role  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
ANNA = "anna@example.it"
HEADER = "CodiceCliente;Nome;Cognome;Email;Telefono;CodiceFiscale;NonContattare\n"
ROW = f"00042;Anna;Bianchi;{ANNA};06 39733434;;no\n"
OTHER = "00043;Bruno;Verdi;bruno@example.it;;;no\n"


def brought(company: Company, tmp_path: Path, rows: str, source: DataSource) -> dict[str, Any]:
    """Import rows; what became of them."""
    batch, _, report = run(company, a_file(tmp_path, HEADER + rows), source)
    return {
        "created": report.created, "updated": report.updated, "reasons": dict(report.reasons),
        "batch": batch,
    }  # fmt: skip


def questions(company: Company) -> list[Finding]:
    return list(Finding.objects.filter(controller=company.controller, kind="remembered"))


def answer(company: Company, finding: Finding, word: str) -> None:
    operations.answer_finding(finding=finding, answer=word, by=company.staff[Role.DPO], now=NOW)


DOORS = (Door.IMPORT, Door.SYNC, Door.STAFF)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("reason", Reason)
def test_the_table(door: Door, reason: Reason) -> None:
    def said(wish: Wish, *, is_held: bool, by: Door = door) -> Verdict:
        return decide(by, wish, reasons={reason}, is_held=is_held)

    assert said(Wish.KEEP, is_held=False) is Verdict.QUESTION
    assert said(Wish.KEEP, is_held=True) is Verdict.LIVING
    for is_held in (True, False):
        assert said(Wish.GRANT, is_held=is_held) is Verdict.NOT_BY_PERSON
        assert said(Wish.GRANT, is_held=is_held, by=Door.PERSON) is Verdict.FORGET
        assert said(Wish.KEEP, is_held=is_held, by=Door.PERSON) is Verdict.FORGET
        assert said(Wish.STOP, is_held=is_held) is Verdict.ACCEPT
        assert said(Wish.STOP, is_held=is_held, by=Door.PERSON) is Verdict.ACCEPT
    for wish in Wish:
        assert decide(door, wish, reasons=(), is_held=False) is Verdict.ACCEPT


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("said", [{"email": ANNA}, {"phone": "+39 06 39733434"}])
def test_a_row_of_an_import_is_not_stored_and_becomes_a_question(
    company: Company, tmp_path: Path, reason: Reason, said: dict[str, str]
) -> None:
    acts.remember(company, reason, **said)
    done = brought(company, tmp_path, ROW + OTHER, verified(company))
    assert (done["created"], done["reasons"]) == (1, {"suppressed": 1})
    assert sorted(contacts(company)) == ["00043"]
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        # Not even sealed under the batch's key: the line says where to look.
        assert list(rejects.rows_of(done["batch"])) == [(2, "suppressed", "", [])]
    (finding,) = questions(company)
    assert (finding.place, finding.reason) == ("Gestionale", f"{reason} 2026-11-23 2")
    assert (finding.masked_sample, finding.answer) == ("", "")


def test_the_fiscal_code_of_who_has_no_address_is_remembered(
    company: Company, tmp_path: Path
) -> None:
    code = "BNCNNA80A41H501X"
    acts.remember(company, Reason.ERASED, fiscal_code=code, email=ANNA)
    assert acts.remembered(company, Lookup.FISCAL_CODE, code) == {}
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        identifiers = {Lookup.FISCAL_CODE: [code]}
        suppression.remember(company.controller.pk, Reason.ERASED, identifiers, at=NOW)
    row = f"00042;Anna;Bianchi;;;{code.lower()};no\n"
    done = brought(company, tmp_path, row, verified(company))
    assert (done["created"], done["reasons"]) == (0, {"suppressed": 1})


def test_the_same_row_again_is_asked_once_and_stays_out(company: Company, tmp_path: Path) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    source = verified(company)
    for _ in range(2):
        assert brought(company, tmp_path, ROW, source)["created"] == 0
    (finding,) = questions(company)
    answer(company, finding, Answer.MISTAKE)
    assert brought(company, tmp_path, ROW, source)["reasons"] == {"suppressed": 1}
    assert len(questions(company)) == 1


def test_another_person_comes_in_and_the_memory_stays(company: Company, tmp_path: Path) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    source = verified(company)
    child = f"00050;Carla;Bianchi;{ANNA};;;no\n"
    brought(company, tmp_path, child, source)
    answer(company, questions(company)[0], Answer.ANOTHER_PERSON)
    done = brought(company, tmp_path, child + ROW, source)
    assert (done["created"], done["reasons"]) == (1, {"suppressed": 1})
    assert sorted(contacts(company)) == ["00050"]
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {ANNA: {Reason.ERASED}}


def test_who_came_back_comes_in_and_the_memory_ends(company: Company, tmp_path: Path) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    source = verified(company)
    brought(company, tmp_path, ROW, source)
    answer(company, questions(company)[0], Answer.CAME_BACK)
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {ANNA: {Reason.ERASED}}
    assert brought(company, tmp_path, ROW, source)["created"] == 1
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {}


def test_a_question_has_its_own_answers(company: Company, tmp_path: Path) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    brought(company, tmp_path, ROW, verified(company))
    with pytest.raises(operations.FindingAnswerError):
        answer(company, questions(company)[0], "confirmed")


def test_the_page_says_why_and_offers_the_answers(
    company: Company,
    tmp_path: Path,
    as_role: Any,  # noqa: F811 - the fixture
) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    brought(company, tmp_path, ROW, verified(company))
    (finding,) = questions(company)
    browser = as_role(Role.DPO)
    page = browser.get(reverse("admin:registry_finding_change", args=[finding.pk]))
    shown = page.content.decode()
    assert [word for word in Answer if f'value="{word}"' not in shown] == []
    assert 'value="confirmed"' not in shown
    assert "anna" not in shown.lower()
    browser.post(reverse("admin:finding_answer", args=[finding.pk]), {"answer": "another_person"})
    finding.refresh_from_db()
    assert finding.answer == "another_person"


# The living


def test_a_row_of_a_living_person_who_holds_the_address_updates_them(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    brought(company, tmp_path, f"00050;Carla;Bianchi;{ANNA};;;no\n", source)
    acts.remember(company, Reason.ERASED, email=ANNA)
    done = brought(company, tmp_path, f"00050;Carla;Rossi;{ANNA};;;no\n", source)
    assert (done["updated"], done["reasons"]) == (1, {})
    assert contacts(company)["00050"]["family_name"] == "Rossi"


def test_a_record_that_takes_over_a_remembered_address_is_a_question(
    company: Company, tmp_path: Path
) -> None:
    source = verified(company)
    brought(company, tmp_path, OTHER, source)
    acts.remember(company, Reason.ERASED, email=ANNA)
    done = brought(company, tmp_path, f"00043;Anna;Bianchi;{ANNA};;;no\n", source)
    assert (done["updated"], done["reasons"]) == (0, {"suppressed": 1})
    assert contacts(company)["00043"]["given_name"] == "Bruno"


def test_an_objection_holds_for_whoever_has_the_address(company: Company, tmp_path: Path) -> None:
    source = verified(company)
    child = f"00050;Carla;Bianchi;{ANNA};;;no\n"
    brought(company, tmp_path, child, source)
    acts.remember(company, Reason.OBJECTED, email=ANNA)
    brought(company, tmp_path, child, source)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        (objection,) = Objection.objects.all()
        assert Contact.objects.get(subject=objection.subject_id).given_name == "Carla"
    brought(company, tmp_path, child, source)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert Objection.objects.count() == 1


# Consents


def granted(company: Company, subject: UUID, door: Door) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        consent.record(
            access, subject=subject, purpose=company.purpose("newsletter"),
            channel=Channel.EMAIL, state=ConsentState.GIVEN, at=NOW, method="form", door=door,
        )  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("reason", Reason)
def test_a_grant_by_somebody_else_is_refused(company: Company, door: Door, reason: Reason) -> None:
    carla = a_person(company, email=ANNA)
    acts.remember(company, reason, email=ANNA)
    with pytest.raises(GrantNotByPersonError) as refused:
        granted(company, carla, door)
    assert (refused.value.code, refused.value.status) == ("grant_not_by_person", 409)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert not ConsentEvent.objects.exists()


def test_the_persons_own_grant_ends_the_memory_of_the_deletion(company: Company) -> None:
    carla = a_person(company, email=ANNA)
    acts.remember(company, Reason.ERASED, email=ANNA)
    acts.remember(company, Reason.OBJECTED, email=ANNA)
    granted(company, carla, Door.PERSON)
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {ANNA: {Reason.OBJECTED}}


def test_their_grant_opens_its_purpose_and_channel_alone(company: Company) -> None:
    carla = a_person(company, email=ANNA)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=carla, reference=carla, now=NOW
    ) as access:
        consent.object_to(access, subject=carla, at=NOW - timedelta(days=9))
    granted(company, carla, Door.PERSON)
    marketing = company.actor(Role.MARKETING)

    def reached(channel: Channel) -> str:
        try:
            with gate.open(
                marketing, "newsletter", Operation.SEND, subjects=carla, channel=channel,
                recipient=To.THE_PERSON, now=NOW,
            ):  # fmt: skip
                return "open"
        except GateRefusedError as refused:
            return refused.code

    assert reached(Channel.EMAIL) == "open"
    assert reached(Channel.PHONE) == "objected"


@pytest.mark.parametrize("right", ["withdrawal", "objection"])
def test_a_withdrawal_or_an_objection_is_accepted_always(company: Company, right: str) -> None:
    carla = a_person(company, email=ANNA)
    a_consent(company, carla, at=NOW - timedelta(days=1))
    acts.remember(company, Reason.ERASED, email=ANNA)
    acts.ask(company, Right(right), email=ANNA, name="")
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        standing = ConsentStanding.objects.get(subject=carla)
        expected = "withdrawn" if right == "withdrawal" else "given"
        assert (standing.state, Objection.objects.count()) == (expected, int(right == "objection"))


# The memory itself


def test_an_objection_with_a_person_and_no_address_is_remembered(company: Company) -> None:
    carla = a_person(company, email=ANNA, phone="06 39733434")
    requests.receive(
        company.actor(Role.DPO), right="objection", channel="web", received_at=NOW,
        language="it", requester=Requester(), subject=carla, now=NOW,
    )  # fmt: skip
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {ANNA: {Reason.OBJECTED}}
    phone = "+39 06 39733434"
    assert acts.remembered(company, Lookup.PHONE, phone) == {phone: {Reason.OBJECTED}}


def test_the_memory_ends_with_its_period(company: Company) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    acts.remember(company, Reason.OBJECTED, email=ANNA)
    controller = company.controller.pk
    last = periods.last_day(controller, Reason.ERASED, at=NOW)
    assert last == date(2029, 11, 23)
    assert periods.last_day(controller, Reason.OBJECTED, at=NOW) == date(2036, 11, 23)
    assert periods.end_all(now=NOW.replace(year=2029))[controller] == 0
    assert periods.end_all(now=NOW.replace(year=2029) + timedelta(days=1))[controller] == 1
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {ANNA: {Reason.OBJECTED}}
    assert periods.end_all(now=NOW.replace(year=2037))[controller] == 1


def test_the_person_ends_it_once_they_are_identified(company: Company) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    dpo = company.actor(Role.DPO)
    request = acts.ask(company, Right.OBJECTION, email=ANNA)
    with pytest.raises(NotIdentifiedError):
        memory.end(request.pk, by=dpo, now=NOW)
    requests.identify(request.pk, "known_contact", by=dpo, now=NOW)
    assert memory.end(request.pk, by=dpo, now=NOW) == 1
    # They objected in the same letter: that stays.
    assert acts.remembered(company, Lookup.EMAIL, ANNA) == {ANNA: {Reason.OBJECTED}}


@pytest.fixture
def committed(fresh_database: None) -> Company:
    """The log is signed while an erasure is under way."""
    return a_company()


def test_the_certificate_says_until_when(committed: Company) -> None:
    a_person(committed)
    done = erasing.erase(committed)
    (issued,) = erasing.certificates(committed, done.pk)
    assert issued["memory"] == {"addresses": 1, "until": "2029-11-23"}


def test_no_row_of_the_memory_names_a_person(committed: Company) -> None:
    anna = a_person(committed)
    erasing.erase(committed)
    with gate.duty(committed.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        (row,) = Suppression.objects.values()
        assert DataSubject.objects.get(pk=anna).status == "erased"
    assert {*row} == {"id", "controller_id", "kind", "token", "reason", "at"}
    assert row["at"] == date(2026, 11, 23)


def test_what_the_desk_is_asked_is_asked_in_a_fixed_number_of_statements(
    company: Company, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    acts.remember(company, Reason.ERASED, email=ANNA)
    source = verified(company)
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.IMPORT, now=NOW
    ) as access:
        records = [
            Record({Lookup.EMAIL: [f"p{number}@example.it"]}, str(number)) for number in range(300)
        ]
        records.append(Record({Lookup.EMAIL: [ANNA]}, "anna"))
        with django_assert_max_num_queries(5):
            desk = Desk(access, Door.IMPORT, source, records)
            verdicts = [desk.decide(record) for record in records]
    assert verdicts == [Verdict.ACCEPT] * 300 + [Verdict.QUESTION]


def test_an_erased_person_does_not_come_back_by_any_door(
    committed: Company, tmp_path: Path
) -> None:
    a_person(committed, email=ANNA)
    erasing.erase(committed, email=ANNA)
    done = brought(committed, tmp_path, ROW, verified(committed))
    assert done["created"] == 0
    with gate.duty(committed.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert not Contact.objects.exists()
        assert not ContactPoint.objects.exists()
