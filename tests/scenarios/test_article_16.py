"""Art. 16: what is wrong is corrected without undue delay, what is missing is completed."""

from uuid import UUID, uuid4

import pytest

from crm.models import Contact, Order
from dsar import rectification_right, requests
from dsar.errors import CorrectionRefusedError, NothingSaidError, NotIdentifiedError
from dsar.models import Statement
from dsar.rectification_right import Correction
from dsar.redaction.passages import Verdict
from governance.policy.vocabulary import Duty, Right, Role
from registry import search
from registry.gate import opening as gate
from retention import recipients, webhooks
from retention.models import Notification
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask, ask_and_identify, copy_of, data_of
from tests.dsar.others import read_all
from tests.retention.test_recipients import CARRIER, given
from tests.scenarios.answering import LANGUAGES, the_letter, used

pytestmark = pytest.mark.django_db


def correctable(
    company: Company, subject: UUID
) -> dict[tuple[str, str], rectification_right.Field]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        return {(f.record, f.name): f for f in rectification_right.fields(access, subject)}


def put_right(company: Company, request, *what: Correction, statement: str = "") -> None:
    rectification_right.correct(
        request.pk, what, statement=statement, by=company.actor(Role.DPO), now=NOW
    )


@LANGUAGES
def test_it_is_corrected_everywhere_completed_and_told(company: Company, language: str) -> None:
    anna = a_person(company, family="Bianci", orders=[NOW.date()])
    given(company, anna, CARRIER)
    request = ask_and_identify(company, Right.RECTIFICATION, subject=anna, language=language)
    now_wrong = correctable(company, anna)
    name, bill = now_wrong["crm.Contact", "family_name"], now_wrong["crm.Order", "billing_name"]
    assert (name.value, bill.value) == ("Bianci", "Anna Bianci")
    put_right(
        company, request,
        Correction(name.record, name.row, name.name, "Bianchi"),
        Correction(bill.record, bill.row, bill.name, "Anna Bianchi"),
        statement="Dal 2024 abito a Torino.",
    )  # fmt: skip
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=anna, reference=anna, now=NOW
    ) as access:
        assert access.rows(Contact).get().family_name == "Bianchi"
        assert access.rows(Order).get().billing_name == "Anna Bianchi", "what a law keeps, too"
        assert access.rows(Statement).get().statement == "Dal 2024 abito a Torino."
        assert set(search.subjects_matching(company.controller.pk, "Bianchi")) == {anna}
        assert not search.subjects_matching(company.controller.pk, "Bianci")
    notice = Notification.objects.get(job=request.pk)
    assert recipients.event_of(notice) == "subject.rectified"
    letter = the_letter(company, language)
    assert ("corretto" in letter) == (language == "it")
    assert "Torino" not in letter, "a letter by mail holds no value"
    assert "Bianchi" not in letter


def test_the_statement_is_in_the_next_copy_and_the_old_value_is_not(company: Company) -> None:
    anna = a_person(company, family="Bianci")
    request = ask_and_identify(company, Right.RECTIFICATION, subject=anna)
    name = correctable(company, anna)["crm.Contact", "family_name"]
    put_right(
        company, request, Correction(name.record, name.row, name.name, "Bianchi"),
        statement="Firmo Anna B.",
    )  # fmt: skip
    again = ask_and_identify(company, subject=anna)
    read_all(company, again, verdict=Verdict.OWN)  # "Anna B." is herself
    copy = data_of(copy_of(company, again))
    assert "Firmo Anna B." in str(copy)
    assert "'Bianci'" not in str(copy)


def test_accuracy_in_dispute_restricts_the_use_until_it_is_verified(company: Company) -> None:
    anna = a_person(company, orders=[NOW.date()])
    request = ask_and_identify(company, Right.RECTIFICATION, subject=anna)
    assert used(company, anna, "order_management") == "open"
    placed = rectification_right.dispute(request.pk, by=company.actor(Role.DPO), now=NOW)
    assert placed.ground == "a"
    assert used(company, anna, "order_management") == "restricted"


def test_nobody_elses_row_no_evidence_and_nothing_without_identity(company: Company) -> None:
    anna, bruno = a_person(company), a_person(company, given="Bruno")
    request = ask(company, Right.RECTIFICATION, subject=anna)
    his = correctable(company, bruno)["crm.Contact", "family_name"]
    with pytest.raises(NotIdentifiedError):
        put_right(company, request, statement="Falso.")
    requests.identify(request.pk, "known_contact", by=company.actor(Role.DPO), now=NOW)
    with pytest.raises(NothingSaidError):
        put_right(company, request, statement=" ")
    for wrong in (
        Correction(his.record, his.row, his.name, "Rossi"),
        Correction("dsar.SubjectRequest", request.pk, "details", "Mai detto."),
        Correction("crm.Contact", uuid4(), "family_name", "Rossi"),
        Correction("crm.Contact", his.row, "subject_id", str(anna)),
        Correction("registry.Staff", his.row, "username", "x"),
    ):
        with pytest.raises(CorrectionRefusedError):
            put_right(company, request, wrong)
    assert correctable(company, bruno)["crm.Contact", "family_name"].value == "Bianchi"


def test_a_recipient_with_an_endpoint_is_told_by_a_word_of_its_own(company: Company) -> None:
    anna = a_person(company, orders=[NOW.date()])
    given(company, anna, CARRIER, known_as="DEST-88")
    request = ask_and_identify(company, Right.RECTIFICATION, subject=anna)
    name = correctable(company, anna)["crm.Contact", "family_name"]
    put_right(company, request, Correction(name.record, name.row, name.name, "Neri"))
    notice = Notification.objects.get(job=request.pk)
    sent = webhooks.body(
        event=recipients.event_of(notice), known_as=recipients.known_as(notice),
        categories=notice.categories, job=notice.job, created_at=NOW,
    )  # fmt: skip
    assert b'"type":"subject.rectified"' in sent
    assert b"DEST-88" in sent
    assert b"Neri" not in sent
