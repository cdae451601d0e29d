"""Receiving, identifying, refusing, extending: what is accepted, and what is said when it is not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dsar import attaching, clock, queries, requests
from dsar.errors import (
    ContactMissingError,
    InvalidDateError,
    RefusalIncompleteError,
    RequestNotFoundError,
    RequestStateError,
    SeveralPeopleError,
    UnknownChannelError,
    UnknownIdentityLevelError,
    UnknownLanguageError,
    UnknownRightError,
)
from dsar.identity import Requester
from dsar.models import SubjectRequest
from governance.policy.deadlines import ReceiptRefusedError
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Duty, Operation, Right, Role, SubjectKind
from registry.datamap import Lookup
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import ConsentStanding, DataSubject, Objection
from registry.suppression import Reason
from tests.builders import NOW, Company, a_consent, a_person
from tests.dsar import acts
from tests.dsar.acts import ask, ask_and_identify, copy_of, data_of

ANNA = Requester("Anna Bianchi", "Anna.Bianchi@Example.it ")


def receive(company: Company, **changed: Any) -> SubjectRequest:
    said = {
        "right": "access", "channel": "phone", "received_at": NOW, "language": "it",
        "requester": ANNA, "now": NOW,
    } | changed  # fmt: skip
    return requests.receive(company.actor(Role.DPO), **said)


def test_the_person_is_found_by_a_keyed_hash_of_the_address(company: Company) -> None:
    subject = a_person(company)
    request = receive(company)
    assert (request.subject_id, request.is_held, request.state) == (subject, True, "received")
    assert len(request.reference) == 19


def test_the_clock_is_that_of_the_law(company: Company) -> None:
    at = datetime(2028, 1, 31, 22, 30, tzinfo=UTC)  # 23:30 in Rome
    request = receive(company, received_at=at, now=at)
    assert (request.received_on, request.due_on) == (date(2028, 1, 31), date(2028, 2, 29))
    after_midnight = at + timedelta(minutes=30)
    request = receive(company, received_at=after_midnight, now=after_midnight)
    assert (request.received_on, request.due_on) == (date(2028, 2, 1), date(2028, 3, 1))


def test_nobody_found_makes_a_requester_with_a_file_of_their_own(company: Company) -> None:
    request = receive(company, requester=Requester("Nessuno", "nobody@example.it"))
    assert request.is_held is False
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=request.pk, now=NOW):
        assert DataSubject.objects.get(pk=request.subject_id).kind == SubjectKind.REQUESTER
        assert SubjectRequest.objects.get(pk=request.pk).requester_email == "nobody@example.it"


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"right": "forgetting"}, UnknownRightError, "unknown_right"),
        ({"channel": "pigeon"}, UnknownChannelError, "unknown_channel"),
        ({"language": "tlh"}, UnknownLanguageError, "unknown_language"),
        ({"requester": Requester("Anna", " ", "")}, ContactMissingError, "contact_missing"),
        ({"received_at": NOW + timedelta(seconds=1)}, ReceiptRefusedError, "receipt_refused"),
        ({"received_at": NOW - timedelta(days=1)}, ReceiptRefusedError, "receipt_refused"),
    ],
)
def test_bad_input_is_told_by_code_and_leaves_nothing(
    company: Company, changed: dict[str, Any], error: type[GovernanceError], code: str
) -> None:
    with pytest.raises(error) as told:
        receive(company, **changed)
    assert told.value.code == code
    assert str(told.value.advice)
    assert queries.worklist(company.actor(Role.DPO), now=NOW) == []


def test_an_earlier_day_is_taken_with_evidence(company: Company) -> None:
    request = receive(
        company, received_at=NOW - timedelta(days=3), evidence="raccomandata, timbro del 20/11/2026"
    )
    assert (request.received_on, request.due_on) == (date(2026, 11, 20), date(2026, 12, 21))


def test_the_thirty_first_of_february_is_no_day(company: Company) -> None:
    with pytest.raises(InvalidDateError) as told:
        clock.parse_day("31/02/2026")
    assert told.value.code == "invalid_date"
    assert clock.parse_day("28/02/2026") == clock.parse_day("2026-02-28") == date(2026, 2, 28)


def test_the_reference_finds_the_request_however_it_is_typed(company: Company) -> None:
    request = receive(company)
    dpo = company.actor(Role.DPO)
    typed = request.reference.replace("-", " ").lower()
    assert queries.by_reference(dpo, typed, now=NOW).id == request.pk
    with pytest.raises(RequestNotFoundError) as told:
        queries.by_reference(dpo, "AAAA-BBBB-CCCC-DDDD", now=NOW)
    assert (told.value.code, told.value.status) == ("request_not_found", 404)


def test_the_worklist_is_in_the_order_of_the_law(company: Company) -> None:
    later = receive(company, right="erasure")
    sooner = receive(company, received_at=NOW - timedelta(days=30), evidence="e-mail del 24/10")
    found = queries.worklist(company.actor(Role.AUDITOR), now=NOW)
    assert [(due.id, due.clock) for due in found] == [
        (sooner.pk, "due_soon"),
        (later.pk, "on_time"),
    ]
    found = queries.worklist(company.actor(Role.DPO), now=NOW + timedelta(days=2))
    assert found[0].clock == "late"


def test_identity_is_confirmed_by_a_way_of_the_list_and_once_open(company: Company) -> None:
    a_person(company)
    request = receive(company)
    dpo = company.actor(Role.DPO)
    with pytest.raises(UnknownIdentityLevelError):
        requests.identify(request.pk, "looked_honest", by=dpo, now=NOW)
    done = requests.identify(request.pk, "known_contact", by=dpo, now=NOW)
    assert (done.state, done.identity, done.identified_at) == ("identified", "known_contact", NOW)


def test_staff_who_do_not_answer_requests_can_not_read_them(company: Company) -> None:
    request = receive(company)
    with pytest.raises(GateRefusedError) as told:
        queries.open_file(request.pk, company.actor(Role.MARKETING), now=NOW)
    assert told.value.code == "role_not_allowed"


def test_a_refusal_needs_ground_and_reasons_and_tells_the_remedies(company: Company) -> None:
    a_person(company)
    request = receive(company)
    dpo = company.actor(Role.DPO)
    for ground, reasons in (("too_much_work", "Troppo lavoro."), ("excessive", "  ")):
        with pytest.raises(RefusalIncompleteError):
            requests.refuse(request.pk, ground=ground, reasons=reasons, by=dpo, now=NOW)
    requests.refuse(request.pk, ground="legal_claims", reasons="Terza in un mese.", by=dpo, now=NOW)
    file = queries.open_file(request.pk, dpo, now=NOW)
    assert "in sede giudiziaria" in file.decision
    assert "Terza in un mese." in file.decision
    assert "Garante per la protezione dei dati personali" in file.decision
    assert "ricorrere al giudice" in file.decision
    with pytest.raises(RequestStateError):
        requests.identify(request.pk, "known_contact", by=dpo, now=NOW)


def test_an_objection_to_marketing_takes_effect_with_its_receipt(company: Company) -> None:
    subject = a_person(company)
    a_consent(company, subject)
    receive(company, right="objection")
    marketing = company.actor(Role.MARKETING)
    with (
        pytest.raises(GateRefusedError) as told,
        gate.open(marketing, "newsletter", Operation.READ, subjects=subject, now=NOW),
    ):
        pass
    assert told.value.code == "objected"


def test_an_objection_of_somebody_we_do_not_hold_is_remembered(company: Company) -> None:
    receive(company, right="objection", requester=Requester("Nessuno", "nobody@example.it"))
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert not Objection.objects.exists()
    addresses = ["nobody@example.it", "other@example.it"]
    found = acts.remembered(company, Lookup.EMAIL, *addresses)
    assert found == {"nobody@example.it": {Reason.OBJECTED}}


def test_a_withdrawal_stops_every_consent_with_its_receipt(company: Company) -> None:
    subject = a_person(company)
    a_consent(company, subject, at=NOW - timedelta(days=1))
    receive(company, right="withdrawal")
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert [s.state for s in ConsentStanding.objects.filter(subject=subject)] == ["withdrawn"]


def test_consent_given_after_the_withdrawal_was_sent_stands(company: Company) -> None:
    subject = a_person(company)
    a_consent(company, subject)
    receive(company, right="withdrawal", received_at=NOW - timedelta(days=1), evidence="e-mail")
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
        assert [s.state for s in ConsentStanding.objects.filter(subject=subject)] == ["given"]


@pytest.mark.parametrize("right", sorted(Right))
def test_every_right_is_put_on_the_clock(company: Company, right: str) -> None:
    request = receive(company, right=right)
    assert (request.right, request.due_on) == (right, date(2026, 12, 23))


def test_two_people_with_one_address_are_told_apart_or_asked(company: Company) -> None:
    shared = "famiglia@example.it"
    anna = a_person(company, email=shared)
    bruno = a_person(company, given="Bruno", family="Verdi", email=shared)
    assert ask(company, email=shared, name="Bruno Verdi").subject_id == bruno

    request = ask(company, email=shared, name="")
    assert request.subject_id not in {anna, bruno}
    assert request.identity == "ambiguous"
    dpo = company.actor(Role.DPO)
    with pytest.raises(RequestStateError):
        requests.identify(request.pk, "known_contact", by=dpo, now=NOW)
    with pytest.raises(SeveralPeopleError):
        copy_of(company, request)

    attaching.attach(request.pk, anna, by=dpo, now=NOW)
    requests.identify(request.pk, "in_person", by=dpo, now=NOW)
    files = copy_of(company, request)
    groups = {g["record"]: g["rows"] for g in data_of(files)["groups"]}
    assert groups["crm.Contact"][0]["fields"]["given_name"]["value"] == "Anna"
    assert groups["dsar.SubjectRequest"][0]["fields"]["requester_email"]["value"] == shared
    with gate.duty(dpo, Duty.ANSWERING, reference=anna, now=NOW):
        assert set(DataSubject.objects.values_list("status", flat=True)) == {"active", "erasing"}


def test_a_copy_is_made_for_the_one_who_asked_and_not_for_a_longer_name(company: Company) -> None:
    a_person(company, given="Joanna", family="Bianchi", email="joanna.bianchi@example.it")
    anna = a_person(company)
    request = ask_and_identify(company)
    assert request.subject_id == anna
    assert b"joanna" not in copy_of(company, request)["data.json"].lower()
