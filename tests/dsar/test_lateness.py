"""Late is a state: marked on the day, brought to the DPO once, explained before the end."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.core import mail

from audit.actions import Action
from dsar import access_right, erasure_right, holidays, lateness, replies, requests
from dsar.errors import LatenessError, LateWithoutReasonError
from dsar.models import SubjectRequest
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask, ask_and_identify
from tests.dsar.others import read_all
from tests.dsar.test_timekeeping import said_in_log

LAST = date(2026, 12, 23)  # of what is received on 23 November


def at(day: int, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, 10, tzinfo=UTC)


def look(company: Company, now: datetime, **said: bool) -> int:
    marked = lateness.mark(company.controller.pk, now=now)
    lateness.escalate(company.controller.pk, now=now, **said)
    return marked


def read(company: Company, request: SubjectRequest, now: datetime = NOW) -> SubjectRequest:
    with gate.duty(company.actor(Role.DPO), Duty.ANSWERING, reference=request.pk, now=now) as open_:
        return open_.rows(SubjectRequest).get(pk=request.pk)


def explain(company: Company, request: SubjectRequest, now: datetime) -> SubjectRequest:
    return lateness.explain(
        request.pk, "hard_to_find", "Undici archivi.", by=company.actor(Role.DPO), now=now
    )


@pytest.fixture
def anna(company: Company) -> UUID:
    return a_person(company)


def test_it_is_late_from_the_day_after_the_last_and_the_dpo_is_told_once(
    company: Company, anna: UUID
) -> None:
    request = ask(company)
    mail.outbox.clear()
    assert look(company, at(23)) == 0
    assert look(company, at(24)) == 1
    assert look(company, at(25)) == 0
    (message,) = mail.outbox
    assert request.reference in message.body
    assert "Bianchi" not in message.body + message.subject
    row = read(company, request)
    assert (row.late_since, row.escalated_at) == (date(2026, 12, 24), at(24))
    assert [e["reason"] for e in said_in_log(company, Action.REQUEST_DELAYED)] == ["late"]
    assert [e["reason"] for e in said_in_log(company, Action.REQUEST_ESCALATED)] == ["mail"]


def test_without_a_mail_server_the_worklist_alone_shows_it(company: Company, anna: UUID) -> None:
    ask(company)
    mail.outbox.clear()
    look(company, at(24), has_server=False)
    assert mail.outbox == []
    assert [e["reason"] for e in said_in_log(company, Action.REQUEST_ESCALATED)] == ["worklist"]


def test_what_the_facts_make_in_time_again_is_not_late(company: Company, anna: UUID) -> None:
    request = ask(company)
    look(company, at(24))
    holidays.enter(
        name="Patrono", first_on=LAST, is_yearly=False, source="Delibera",
        by=company.staff[Role.DPO], now=at(24),
    )  # fmt: skip
    assert look(company, at(24)) == 0
    assert read(company, request).late_since is None
    reasons = {e["reason"] for e in said_in_log(company, Action.REQUEST_DELAYED)}
    assert reasons == {"late", "in_time_again"}


@pytest.mark.parametrize("way", ["answer", "refuse", "words", "approve"])
def test_no_way_of_closing_goes_past_the_reason(company: Company, anna: UUID, way: str) -> None:
    right = {"approve": Right.ERASURE, "words": Right.QUESTION}.get(way, Right.ACCESS)
    request, dpo, late = ask_and_identify(company, right), company.actor(Role.DPO), at(24)
    erasure = erasure_right.plan(request.pk, dpo, late) if way == "approve" else None

    def close() -> object:
        if erasure is not None:
            return erasure_right.approve(erasure.pk, dpo, shown=erasure.plan_hash, now=late)
        if way == "answer":
            return access_right.fulfil(request.pk, dpo, late)
        if way == "words":
            return replies.reply(request.pk, "Ecco.", by=dpo, now=late)
        said = {"ground": "identity_not_proven", "reasons": "Nessuna risposta."}
        return requests.refuse(request.pk, **said, by=dpo, now=late)

    with pytest.raises(LateWithoutReasonError):
        close()
    assert read(company, request).state == "identified"
    explain(company, request, late)
    if way == "answer":
        read_all(company, request, now=late)  # also what was written of the delay
    close()
    row = read(company, request)
    assert (row.late_ground, row.late_since) == ("hard_to_find", date(2026, 12, 24))
    assert [e["reason"] for e in said_in_log(company, Action.REQUEST_EXPLAINED)] == ["hard_to_find"]


def test_what_is_in_time_has_no_reason_and_a_reason_has_a_ground_and_words(
    company: Company, anna: UUID
) -> None:
    request, dpo = ask(company), company.actor(Role.DPO)
    with pytest.raises(LatenessError):
        explain(company, request, at(23))
    for ground, words in (("hard_to_find", " "), ("no_time", "Ferie.")):
        with pytest.raises(LatenessError):
            lateness.explain(request.pk, ground, words, by=dpo, now=at(24))


def test_a_request_answered_in_time_is_never_late(company: Company, anna: UUID) -> None:
    request = ask_and_identify(company)
    access_right.fulfil(request.pk, company.actor(Role.DPO), at(23))
    assert look(company, at(24)) == 0
    with pytest.raises(LatenessError):
        explain(company, request, at(24))
