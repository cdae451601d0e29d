"""Art. 12(4), 38(4), 77: whoever is refused, or complains, is told where else to turn."""

from datetime import timedelta

import pytest

from dsar import replies, requests, second_person
from dsar.errors import NothingSaidError, RefusalIncompleteError, RequestStateError
from dsar.models import SubjectRequest
from governance.policy.refusals import NEED_TWO, RefusalGround
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask
from tests.scenarios.answering import LANGUAGES, letters_sent, the_letter

pytestmark = pytest.mark.django_db


@LANGUAGES
@pytest.mark.parametrize("right", [Right.COMPLAINT, Right.QUESTION])
def test_a_complaint_and_a_question_are_answered_in_words(
    company: Company, language: str, right: Right
) -> None:
    request = ask(company, right, email="chi@example.it", language=language)
    dpo = company.actor(Role.DPO)
    with pytest.raises(NothingSaidError):
        replies.reply(request.pk, " ", by=dpo, now=NOW)
    replies.reply(request.pk, "È stato un errore nostro; è corretto.", by=dpo, now=NOW)
    assert "È stato un errore nostro" in the_letter(company, language)
    other = ask(company, Right.ACCESS, email="chi@example.it")
    with pytest.raises(RequestStateError):
        replies.reply(other.pk, "No.", by=dpo, now=NOW)


@LANGUAGES
@pytest.mark.parametrize("ground", sorted(set(RefusalGround) - NEED_TWO))
def test_every_refusal_has_reasons_and_remedies(
    company: Company, language: str, ground: str
) -> None:
    request = ask(company, Right.RESTRICTION, language=language)
    dpo = company.actor(Role.DPO)
    requests.refuse(request.pk, ground=ground, reasons="Perché no.", by=dpo, now=NOW)
    assert "Perché no." in the_letter(company, language)


def test_who_asks_too_often_is_judged_by_two(company: Company) -> None:
    request = ask(company)
    dpo, legal = company.actor(Role.DPO), company.actor(Role.LEGAL)
    asked = requests.refuse(request.pk, ground="excessive", reasons="Decima.", by=dpo, now=NOW)
    assert (asked.state, letters_sent(company)) == ("received", [])
    with gate.duty(legal, Duty.ANSWERING, reference=request.pk, now=NOW) as access:
        proposal = access.rows(SubjectRequest).get(pk=request.pk).proposals.get()
        assert proposal.words == "Decima."
    later = NOW + timedelta(hours=1)
    second_person.decide(proposal.pk, accept=True, by=legal, now=later)
    assert "Decima." in the_letter(company, "it", now=later)


def test_a_part_is_refused_with_a_ground_of_the_law_only(company: Company) -> None:
    request = ask(company, Right.ACCESS, subject=a_person(company))
    for wrong in (
        {"record": "crm.Contact", "ground": "too_much_work", "reasons": "x"},
        {"record": "crm.Contact", "ground": "legal_claims", "reasons": "x"},
        {"record": "crm.Contact", "field": "shoe", "ground": "trade_secret", "reasons": "x"},
        {"record": "crm.Nothing", "ground": "trade_secret", "reasons": "x"},
        {"record": "crm.Contact", "ground": "trade_secret", "reasons": " "},
    ):
        with pytest.raises(RefusalIncompleteError):
            second_person.propose_part(request.pk, by=company.actor(Role.DPO), now=NOW, **wrong)


def test_several_rights_in_one_message_are_linked_and_answered_each(company: Company) -> None:
    anna = a_person(company)
    made = requests.receive_all(
        company.actor(Role.DPO), rights=["access", "objection", "access"], channel="email",
        received_at=NOW, language="it", requester=requests.Requester(email="anna.bianchi@example.it"),
        now=NOW, reference="AAAA-BBBB-CCCC-DDDD",
    )  # fmt: skip
    assert [one.right for one in made] == ["access", "objection"]
    assert {one.family for one in made} == {made[0].pk}
    assert {one.subject_id for one in made} == {anna}
    assert made[0].reference == "AAAA-BBBB-CCCC-DDDD" != made[1].reference
    assert {one.due_on for one in made} == {made[0].due_on}
    requests.refuse(
        made[0].pk, ground="legal_claims", reasons="Causa.", by=company.actor(Role.DPO), now=NOW
    )
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=anna, now=NOW) as access:
        states = access.rows(SubjectRequest).order_by("right").values_list("right", "state")
        assert list(states) == [("access", "refused"), ("objection", "received")]
