"""F16: duplicates are proposed, people decide, the most restrictive word stands, all can be undone."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from crm.models import ContactPoint, Order
from governance.policy.vocabulary import Channel, ConsentState, Duty, Operation, Right, Role
from registry import consent, merging, one_person, resembling, search
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.merging import (
    Found,
    MergeNotFoundError,
    MergeReasonMissingError,
    MergeStateError,
    PersonUnderRequestError,
)
from registry.models import ConsentEvent, ConsentStanding, DataSubject, Merge, Objection
from tests.builders import NOW, Company, a_consent, a_person

pytestmark = pytest.mark.django_db
PURPOSE = "order_management"
BOUGHT = (date(2026, 10, 1),)
LATER = NOW + timedelta(days=1)


def anna(company: Company, **more: object) -> UUID:
    said = {"email": "anna@example.it", "phone": "+39 333 1234567", "orders": BOUGHT, **more}
    return a_person(company, **said)


def found(company: Company, subject: UUID) -> Found:
    people = resembling.candidates(subject)
    with gate.open(
        company.actor(Role.AGENT), PURPOSE, Operation.UPDATE, subjects=people, now=NOW
    ) as access:
        return merging.propose(access, subject)


def decide(company: Company, pair: UUID, what: str = "merge", **more: object) -> object:
    said = {"by": company.staff[Role.AGENT], "words": "Stessa persona, chiesto al telefono", **more}
    if what != "refuse":
        said["purpose"] = PURPOSE
    with gate.open(
        company.actor(Role.AGENT), PURPOSE, Operation.UPDATE, subjects=merging.of_pair(pair),
        now=LATER,
    ) as access:  # fmt: skip
        return getattr(merging, what)(access, pair, **said)


def merged(company: Company, one: UUID, other: UUID) -> UUID:
    (pair,) = found(company, one).proposed
    assert decide(company, pair) == min(one, other)
    return pair


def stands(company: Company, subject: UUID) -> list[tuple[str, str]]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = ConsentStanding.objects.filter(subject=subject).order_by("channel")
        return [(row.channel, row.state) for row in rows]


def test_f16_known_duplicates_are_proposed_and_nobody_is_merged_by_itself(company: Company) -> None:
    first = anna(company)
    again = anna(company, given="Bianchi", family="Anna", phone=None)  # transposed
    beppe = anna(company, given="Beppe", family="Russo", email="r@example.it", phone="055 12345")
    giuseppe = anna(company, given="Giuseppe", family="Russo", email="r@example.it")
    wife = anna(company, given="Carla", phone="055 99999")  # shares the mailbox, and a name
    assert len(found(company, first).proposed) == 1
    assert len(found(company, giuseppe).proposed) == 1
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = {(row.subject_id, row.other): row for row in Merge.objects.all()}
        assert set(rows) == {
            (first, again), (again, first), (beppe, giuseppe), (giuseppe, beppe),
        }  # fmt: skip
        assert rows[first, again].reasons == ["same_email", "transposed_name"]
        assert rows[giuseppe, beppe].reasons == ["same_email", "nickname"]
        assert {row.state for row in rows.values()} == {"proposed"}
        assert not DataSubject.objects.filter(person__isnull=False).exists()
    assert wife not in {other for _, other in rows}
    assert found(company, first) == Found((), 2, is_all=True)  # not asked twice


def test_f16_a_merge_keeps_the_most_restrictive_consent_and_is_reversible(company: Company) -> None:
    first, again = anna(company), anna(company)
    a_consent(company, first)
    a_consent(company, first, channel=Channel.SMS)
    a_consent(company, again, state=ConsentState.WITHDRAWN, at=NOW - timedelta(days=400))
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=again, reference=again, now=NOW
    ) as access:
        consent.object_to(access, subject=again, at=NOW, purpose=company.purpose("newsletter"))
        consent.object_all(access, [again], at=NOW, channel=Channel.PHONE)
    pair = merged(company, first, again)
    assert stands(company, first) == [("email", "withdrawn"), ("sms", "given")]
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        carried = Objection.objects.filter(subject=first, merge=pair)
        assert sorted(carried.values_list("channel", flat=True)) == ["", "phone"]
    with pytest.raises(GateRefusedError) as refused, gate.open(
        company.actor(Role.MARKETING), "newsletter", Operation.READ, subjects=first,
        channel=Channel.EMAIL, now=LATER,
    ):  # fmt: skip
        pass
    assert refused.value.code == "objected"
    decide(company, pair, "undo")
    assert stands(company, first) == [("email", "given"), ("sms", "given")]
    assert stands(company, again) == [("email", "withdrawn")]
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert set(Objection.objects.values_list("subject_id", flat=True)) == {again}
        assert not DataSubject.objects.filter(person__isnull=False).exists()
        assert ConsentEvent.objects.filter(method="merge").count() == 0


def test_f16_what_the_person_refuses_later_reaches_both_and_stays_after_parting(
    company: Company,
) -> None:
    first, again = anna(company), anna(company)
    a_consent(company, first)
    a_consent(company, again)
    pair = merged(company, first, again)
    a_consent(company, again, state=ConsentState.WITHDRAWN, at=LATER)
    assert stands(company, first) == stands(company, again) == [("email", "withdrawn")]
    a_consent(company, first, at=LATER + timedelta(hours=1))  # for the addresses of this file
    assert stands(company, again) == [("email", "withdrawn")]
    decide(company, pair, "undo")
    assert stands(company, again) == [("email", "withdrawn")]


def test_f16_both_files_are_read_as_one_history_and_written_apart(company: Company) -> None:
    first, again = anna(company), anna(company, family="Bianchi", orders=(date(2026, 9, 1),))
    merged(company, first, again)
    agent = company.actor(Role.AGENT)
    for asked in (first, again):
        with gate.open(agent, PURPOSE, Operation.READ, subjects=asked, now=LATER) as access:
            assert access.rows(Order).count() == 2
            assert set(access.rows(Order).values_list("subject_id", flat=True)) == {first, again}
            emails = {point.email for point in access.rows(ContactPoint).filter(kind="email")}
            assert emails == {"anna@example.it"}
    with gate.open(agent, PURPOSE, Operation.UPDATE, subjects=first, now=LATER) as access:
        assert access.rows(Order).count() == 1
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=LATER):
        meant = search.subjects_matching(company.controller.pk, "anna@example.it")
        assert set(one_person.leading(meant)) == {min(first, again)}


def test_f16_a_request_is_answered_in_every_file_and_each_proves_its_identity(
    company: Company,
) -> None:
    from dsar import requests
    from dsar.identity import Requester
    from dsar.models import SubjectRequest

    first, again = anna(company), anna(company, email="a.bianchi@example.org")
    merged(company, first, again)
    request = requests.receive(
        company.actor(Role.DPO), right=Right.ERASURE, channel="email", received_at=LATER,
        language="it", requester=Requester("Anna", "anna@example.it", "", ""), now=LATER,
    )  # fmt: skip
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=request.pk, now=LATER):
        rows = list(SubjectRequest.objects.filter(family=request.pk).order_by("subject_id"))
    assert [row.subject_id for row in rows] == sorted([first, again])
    assert {row.state for row in rows} == {"received"}
    assert len({row.reference for row in rows}) == 2
    with pytest.raises(PersonUnderRequestError):
        decide(company, pair_of(company, first), "undo")


def pair_of(company: Company, subject: UUID) -> UUID:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        pair: UUID = Merge.objects.get(subject=subject).pair
    return pair


def test_f16_nothing_is_merged_while_a_request_or_a_restriction_is_open(company: Company) -> None:
    from dsar import requests
    from dsar.identity import Requester

    first, again = anna(company), anna(company)
    (pair,) = found(company, first).proposed
    requests.receive(
        company.actor(Role.DPO), right=Right.ACCESS, channel="email", received_at=NOW,
        language="it", requester=Requester("Anna", "anna@example.it", "", ""), subject=again,
        now=NOW,
    )  # fmt: skip
    with pytest.raises(PersonUnderRequestError):
        decide(company, pair)


def test_f16_a_decision_has_a_person_and_a_reason_and_is_taken_once(company: Company) -> None:
    first, again = anna(company), anna(company)
    (pair,) = found(company, first).proposed
    with pytest.raises(MergeReasonMissingError):
        decide(company, pair, words=" ")
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=pair, now=NOW):
        with pytest.raises(IntegrityError, match="merge_decided_by_a_person"), transaction.atomic():
            Merge.objects.filter(subject=again).update(state="merged", decided_at=NOW)
    decide(company, pair, "refuse")
    with pytest.raises(MergeStateError):
        decide(company, pair)
    assert found(company, again) == Found((), 0, is_all=True)  # they were told apart for good
    with pytest.raises(MergeNotFoundError):
        decide(company, first)


def test_f16_chains_of_files_have_one_that_leads_and_come_apart_link_by_link(
    company: Company,
) -> None:
    files = sorted(anna(company) for _ in range(3))
    with gate.open(
        company.actor(Role.AGENT), PURPOSE, Operation.UPDATE,
        subjects=resembling.candidates(files[1]), now=NOW,
    ) as access:  # fmt: skip
        merging.propose(access, files[1])
    pairs = {row.other: row.pair for row in rows_of(company, files[1])}
    decide(company, pairs[files[2]])  # 2 follows 1
    decide(company, pairs[files[0]])  # 1 follows 0, and brings 2 along
    assert persons(company) == dict.fromkeys(files, files[0])
    decide(company, pairs[files[0]], "undo")
    assert persons(company) == {files[1]: files[1], files[2]: files[1]}
    decide(company, pairs[files[2]], "undo")
    assert persons(company) == {}


def rows_of(company: Company, subject: UUID) -> list[Merge]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return list(Merge.objects.filter(subject=subject))


def persons(company: Company) -> dict[UUID, UUID]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return dict(DataSubject.objects.filter(person__isnull=False).values_list("pk", "person"))
