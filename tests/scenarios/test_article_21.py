"""Art. 21: marketing stops without a reason, other uses until the grounds are weighed by two."""

from uuid import UUID

import pytest

from dsar import objection_right, requests, second_person
from dsar.errors import (
    NothingSaidError,
    ProposalOpenError,
    RightDoesNotReachError,
    SecondPersonError,
)
from dsar.models import SubjectRequest
from governance.policy.refusals import RefusalGround
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from registry.models import Objection, Restriction
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask, ask_and_identify
from tests.scenarios.answering import LANGUAGES, letters_sent, the_letter, used

pytestmark = pytest.mark.django_db
GROUNDS = "Un ex collega lavora da voi e mi segue."


@pytest.fixture
def bruno(company: Company) -> UUID:
    return a_person(company, given="Bruno", purpose="lead_management", role=Role.SALES)


def objecting(company: Company, subject: UUID, language: str = "it") -> SubjectRequest:
    return ask_and_identify(
        company, Right.OBJECTION, subject=subject, language=language, details=GROUNDS
    )


def stop(company: Company, request: SubjectRequest, *purposes: str, **more: str) -> None:
    objection_right.stop(
        request.pk, purposes, grounds=GROUNDS, by=company.actor(Role.DPO), now=NOW, **more
    )


def leads(company: Company, subject: UUID) -> str:
    return used(company, subject, "lead_management")


def standing(company: Company, subject: UUID) -> tuple[list[str], list[str]]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        objections = access.rows(Objection).filter(overruled_at=None, to_marketing=False)
        restrictions = access.rows(Restriction).filter(lifted_at=None)
        return (
            list(objections.values_list("purpose__key", flat=True)),
            list(restrictions.values_list("ground", flat=True)),
        )


@LANGUAGES
def test_the_use_stops_is_restricted_meanwhile_and_the_objection_is_upheld(
    company: Company, bruno: UUID, language: str
) -> None:
    request = objecting(company, bruno, language)
    stop(company, request, "lead_management")
    assert standing(company, bruno) == (["lead_management"], ["d"])
    objection_right.uphold(request.pk, by=company.actor(Role.DPO), now=NOW)
    letter = the_letter(company, language)
    assert ("Curare i rapporti" in letter) == (language == "it")
    assert ("marketing diretto" in letter) == (language == "it"), "that too, at once"
    assert GROUNDS not in letter


@LANGUAGES
def test_compelling_grounds_are_shown_in_words_and_accepted_by_another_person(
    company: Company, bruno: UUID, language: str
) -> None:
    request = objecting(company, bruno, language)
    stop(company, request, "lead_management")
    dpo, legal = company.actor(Role.DPO), company.actor(Role.LEGAL)
    ground, words = RefusalGround.COMPELLING_GROUNDS, "È in corso una trattativa avviata da lei."
    requests.refuse(request.pk, ground=ground, reasons=words, by=legal, now=NOW)
    assert standing(company, bruno)[0] == ["lead_management"], "proposed, it still stands"
    assert letters_sent(company) == []
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        proposal = access.rows(SubjectRequest).get(pk=request.pk).proposals.get().pk
    with pytest.raises(SecondPersonError):
        second_person.decide(proposal, accept=True, by=legal, now=NOW)
    with pytest.raises(ProposalOpenError):
        requests.refuse(request.pk, ground=ground, reasons=words, by=dpo, now=NOW)
    with pytest.raises(ProposalOpenError):
        objection_right.uphold(request.pk, by=dpo, now=NOW)
    second_person.decide(proposal, accept=True, by=dpo, now=NOW)
    assert standing(company, bruno)[0] == []
    letter = the_letter(company, language)
    assert words in letter
    assert ("motivi legittimi cogenti" in letter) == (language == "it")


def test_rejected_grounds_change_nothing(company: Company, bruno: UUID) -> None:
    request = objecting(company, bruno)
    stop(company, request, "lead_management")
    requests.refuse(
        request.pk, ground="compelling_grounds", reasons="Ci conviene.",
        by=company.actor(Role.LEGAL), now=NOW,
    )  # fmt: skip
    dpo = company.actor(Role.DPO)
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        proposal = access.rows(SubjectRequest).get(pk=request.pk).proposals.get().pk
    second_person.decide(proposal, accept=False, by=dpo, now=NOW)
    objection_right.uphold(request.pk, by=dpo, now=NOW)
    assert standing(company, bruno)[0] == ["lead_management"]


def test_an_objection_to_marketing_is_never_overruled(company: Company) -> None:
    anna = a_person(company)
    request = objecting(company, anna)
    dpo = company.actor(Role.DPO)
    requests.refuse(
        request.pk, ground="compelling_grounds", reasons="Vendiamo meno.", by=dpo, now=NOW
    )
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        proposal = access.rows(SubjectRequest).get(pk=request.pk).proposals.get().pk
    with pytest.raises(NothingSaidError):
        second_person.decide(proposal, accept=True, by=company.actor(Role.LEGAL), now=NOW)
    with gate.duty(dpo, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        assert access.rows(Objection).get().to_marketing
        assert access.rows(SubjectRequest).get(pk=request.pk).state == "identified"


def test_a_contract_is_not_objected_to_unless_somebody_says_why(company: Company) -> None:
    anna = a_person(company)
    request = ask(company, Right.OBJECTION, subject=anna)
    with pytest.raises(RightDoesNotReachError):
        stop(company, request, "order_management")
    for nothing in ((), ("no_such_purpose",)):
        with pytest.raises(NothingSaidError):
            stop(company, request, *nothing)
    stop(company, request, "lead_management")
    with pytest.raises(NothingSaidError):
        stop(company, request, "lead_management")
    stop(company, request, "order_management", override="no_law")
    assert sorted(standing(company, anna)[0]) == ["lead_management", "order_management"]


def test_another_right_stops_nothing(company: Company) -> None:
    request = ask(company, Right.ACCESS, subject=a_person(company))
    with pytest.raises(RightDoesNotReachError):
        stop(company, request, "lead_management")
