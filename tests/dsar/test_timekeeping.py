"""The clock at work: what extends it, stops it, corrects it, and a holiday that moves them all."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from audit.actions import Action
from audit.models import Entry
from dsar import attaching, correspondence, holidays, queries, requests, timekeeping
from dsar.errors import HolidayRefusedError, PauseOpenError, RequestStateError
from dsar.models import RequestPause, SubjectRequest
from governance.policy.deadlines import (
    ClockState,
    ExtensionRefusedError,
    PauseRefusedError,
    ReceiptRefusedError,
)
from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from registry.models import HouseHoliday
from tests.builders import NOW, Company, a_person
from tests.dsar.acts import ask

RECEIVED = date(2026, 11, 23)  # due on Wednesday 23 December
QUESTION = {"ground": "identity_doubt", "question": "Ci scriva dal suo indirizzo abituale."}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def on(day: int, month: int = 12) -> date:
    return date(2026, month, day)


@pytest.fixture
def asked(company: Company) -> SubjectRequest:
    a_person(company)
    return ask(company)


def said_in_log(company: Company, action: Action) -> list[dict[str, Any]]:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        found = Entry.objects.filter(action=action, controller_id=company.controller.pk)
        return [json.loads(bytes(entry.entry).split(b"\n")[0]) for entry in found]


def test_an_extension_counts_only_if_its_notice_left_in_time(
    company: Company, asked: SubjectRequest
) -> None:
    dpo = company.actor(Role.DPO)
    said = {"ground": "complexity", "reasons": "Dieci archivi.", "by": dpo, "now": at(on(20))}
    for sent_on, because in ((None, "notice_not_sent"), (on(21), "notice_not_sent")):
        with pytest.raises(ExtensionRefusedError) as told:
            timekeeping.extend(asked.pk, notice_sent_on=sent_on, **said)
        assert told.value.details == {"because": because}
    done = timekeeping.extend(asked.pk, notice_sent_on=on(20), **said)
    assert (done.due_on, done.extended_to) == (on(23), date(2027, 2, 23))
    assert queries.worklist(dpo, now=at(on(20)))[0].due_on == date(2027, 2, 23)
    with pytest.raises(ExtensionRefusedError):
        timekeeping.extend(asked.pk, notice_sent_on=on(20), **said)
    said_so = said_in_log(company, Action.REQUEST_EXTENDED)
    assert [entry["reason"] for entry in said_so] == ["complexity"]


def test_after_the_last_day_nothing_extends_or_stops_the_clock(
    company: Company, asked: SubjectRequest
) -> None:
    late = {"by": company.actor(Role.DPO), "now": at(on(24))}
    with pytest.raises(ExtensionRefusedError):
        timekeeping.extend(
            asked.pk, ground="complexity", reasons="Ora.", notice_sent_on=on(24), **late
        )
    with pytest.raises(PauseRefusedError):
        timekeeping.ask(asked.pk, **QUESTION, sent_on=on(24), **late)
    assert queries.clock.state_of(asked, on(24)) is ClockState.LATE
    assert queries.clock.state_of(asked, on(23)) is not ClockState.LATE


def test_the_clock_stands_while_the_answer_to_a_question_is_awaited(
    company: Company, asked: SubjectRequest
) -> None:
    dpo = company.actor(Role.DPO)
    request = timekeeping.ask(asked.pk, **QUESTION, sent_on=on(1), by=dpo, now=at(on(1)))
    assert (request.paused_since, request.due_on) == (on(1), on(23))
    assert queries.clock.state_of(request, date(2027, 3, 1)) is ClockState.ON_TIME
    with pytest.raises(PauseOpenError):
        timekeeping.ask(asked.pk, **QUESTION, sent_on=on(2), by=dpo, now=at(on(2)))
    with pytest.raises(PauseRefusedError):
        timekeeping.answered(asked.pk, answered_on=on(12), by=dpo, now=at(on(11)))
    request = timekeeping.answered(asked.pk, answered_on=on(11), by=dpo, now=at(on(12)))
    # Ten days more: 2 January 2027 is a Saturday.
    assert (request.paused_since, request.paused_days) == (None, 10)
    assert request.due_on == date(2027, 1, 4)
    request = timekeeping.extend(
        asked.pk, ground="complexity", reasons="Dieci archivi.", notice_sent_on=on(20),
        by=dpo, now=at(on(20)),
    )  # fmt: skip
    assert request.extended_to == date(2027, 3, 5)
    reasons = {entry["reason"] for entry in said_in_log(company, Action.REQUEST_PAUSED)}
    assert reasons == {"identity_doubt"}


@pytest.mark.parametrize(
    ("ground", "question", "sent_on", "because"),
    [
        ("internal_discussion", "Chi decide?", on(1), "ground"),
        ("identity_doubt", "Chi è?", None, "message_not_sent"),
        ("identity_doubt", "  ", on(1), "message_not_sent"),
        ("identity_doubt", "Chi è?", on(2), "message_not_sent"),  # tomorrow
        ("identity_doubt", "Chi è?", on(22, 11), "before_receipt"),
    ],
)
def test_nothing_else_stops_it(
    company: Company, asked: SubjectRequest, ground: str, question: str, sent_on: date | None,
    because: str,
) -> None:  # fmt: skip
    with pytest.raises(PauseRefusedError) as told:
        timekeeping.ask(
            asked.pk, ground, question=question, sent_on=sent_on, by=company.actor(Role.DPO),
            now=at(on(1)),
        )  # fmt: skip
    assert told.value.details == {"because": because}
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert not RequestPause.objects.exists()


def test_the_day_of_receipt_is_corrected_backwards_with_evidence_only(
    company: Company, asked: SubjectRequest
) -> None:
    said = {"by": company.actor(Role.DPO), "now": at(on(1))}
    for moment, evidence in ((at(on(20, 11)), " "), (at(on(25, 11)), "timbro postale")):
        with pytest.raises(ReceiptRefusedError):
            timekeeping.correct_receipt(asked.pk, received_at=moment, evidence=evidence, **said)
    done = timekeeping.correct_receipt(
        asked.pk, received_at=at(on(20, 11)), evidence="timbro postale", **said
    )
    assert (done.received_on, done.due_on) == (on(20, 11), on(21))  # 20 December is a Sunday


def test_a_closed_request_has_no_clock_to_move(company: Company, asked: SubjectRequest) -> None:
    dpo = company.actor(Role.DPO)
    requests.refuse(asked.pk, ground="conditions_not_met", reasons="Non ricorre.", by=dpo, now=NOW)
    with pytest.raises(RequestStateError):
        timekeeping.ask(asked.pk, **QUESTION, sent_on=RECEIVED, by=dpo, now=NOW)


def test_a_holiday_that_is_added_moves_open_requests_and_the_log_says_how_many(
    company: Company, asked: SubjectRequest
) -> None:
    dpo = company.staff[Role.DPO]
    closed = ask(company)
    requests.refuse(
        closed.pk,
        ground="conditions_not_met",
        reasons="Non ricorre.",
        by=company.actor(Role.DPO),
        now=NOW,
    )
    other = ask(company, now=NOW + timedelta(days=1))  # due on the 24th
    said = {"name": "Lutto cittadino", "source": "ordinanza 12/2026", "by": dpo, "now": NOW}
    done = holidays.enter(first_on=on(23), is_yearly=False, **said)
    assert (done.open, done.moved) == (2, 1)
    assert _due(company, asked.pk) == on(24)
    assert _due(company, other.pk) == on(24)
    assert _due(company, closed.pk) == on(23)
    entry = said_in_log(company, Action.HOLIDAY_ENTERED)[0]
    assert entry["counts"] == {"open": 2, "moved": 1}
    assert ask(company).due_on == on(24)
    with pytest.raises(HolidayRefusedError):
        holidays.enter(first_on=on(23), is_yearly=False, **said)


def test_a_yearly_holiday_ends_with_a_year_and_dates_go_back(
    company: Company, asked: SubjectRequest
) -> None:
    dpo = company.staff[Role.DPO]
    holidays.enter(
        name="Patrono", first_on=date(2024, 12, 23), is_yearly=True, source="delibera", by=dpo,
        now=NOW,
    )  # fmt: skip
    assert _due(company, asked.pk) == on(24)
    row = HouseHoliday.objects.get(controller=company.controller)
    done = holidays.end(row, last_year=2025, by=dpo, now=NOW)
    assert (done.moved, _due(company, asked.pk)) == (1, on(23))
    for last_year in (2023, 2026):
        with pytest.raises(HolidayRefusedError):
            holidays.end(row, last_year=last_year, by=dpo, now=NOW)


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_dpo_and_legal_enter_holidays(company: Company, role: Role) -> None:
    with pytest.raises(HolidayRefusedError):
        holidays.enter(
            name="Ponte", first_on=on(7), is_yearly=False, source="per comodità",
            by=company.staff[role], now=NOW,
        )  # fmt: skip


def _due(company: Company, request: UUID) -> date:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return SubjectRequest.objects.get(pk=request).due_on


# By letters


def deliver(company: Company, day: date) -> int:
    return correspondence.deliver(company.controller.pk, now=at(day))


def now_of(company: Company, request: UUID) -> SubjectRequest:
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        return SubjectRequest.objects.select_related("controller").get(pk=request)


def test_an_extension_is_there_when_its_notice_has_left_and_not_before(
    company: Company, asked: SubjectRequest, mailoutbox: list[Any]
) -> None:
    said = {"ground": "complexity", "reasons": "Dieci archivi.", "by": company.actor(Role.DPO)}
    timekeeping.announce_extension(asked.pk, **said, now=at(on(20)))
    assert now_of(company, asked.pk).extended_to is None
    assert deliver(company, on(21)) == 1
    assert now_of(company, asked.pk).extended_to == date(2027, 2, 23)
    (mail,) = mailoutbox
    assert mail.to == ["anna.bianchi@example.it"]
    assert "perché è complessa" in mail.body
    assert "Dieci archivi." in mail.body
    assert "23 febbraio 2027" in mail.body
    assert "Garante per la protezione dei dati personali" in mail.body
    assert [e["reason"] for e in said_in_log(company, Action.REQUEST_EXTENDED)] == ["complexity"]


def test_a_notice_that_no_server_takes_extends_nothing(
    company: Company, asked: SubjectRequest
) -> None:
    dpo = company.actor(Role.DPO)
    written = timekeeping.announce_extension(
        asked.pk, ground="complexity", reasons="Dieci archivi.", by=dpo, now=at(on(22))
    )
    sent = correspondence.deliver(company.controller.pk, now=at(on(22)), has_server=False)
    assert (sent, now_of(company, asked.pk).extended_to) == (0, None)
    # Posted on the day after the last: told too late, it stays without effect, and the log says so.
    correspondence.hand_over(written.pk, by=dpo, at=at(on(24)), now=at(on(24)))
    assert now_of(company, asked.pk).extended_to is None
    assert [e["reason"] for e in said_in_log(company, Action.REQUEST_EXTENDED)] == ["expired"]


@pytest.mark.parametrize(
    ("language", "ground", "says"),
    [
        ("it", "identity_doubt", "dobbiamo essere certi"),
        ("en", "specification_asked", "We hold much data about you"),
    ],
)
def test_the_clock_stands_when_the_question_has_left(
    company: Company, mailoutbox: list[Any], language: str, ground: str, says: str
) -> None:
    a_person(company)
    dpo, asked = company.actor(Role.DPO), ask(company, language=language)
    timekeeping.write_question(asked.pk, ground, question="Quali anni?", by=dpo, now=at(on(1)))
    assert now_of(company, asked.pk).paused_since is None
    assert deliver(company, on(2)) == 1
    assert now_of(company, asked.pk).paused_since == on(2)
    assert says in mailoutbox[0].body
    assert "Quali anni?" in mailoutbox[0].body
    done = timekeeping.answered(asked.pk, answered_on=on(5), by=dpo, now=at(on(5)))
    assert (done.paused_days, done.due_on) == (3, on(28))  # the 26th is a holiday and a Saturday


def test_a_stranger_s_questions_move_with_the_request(company: Company) -> None:
    dpo = company.actor(Role.DPO)
    asked = ask(company, email="nuova@example.it")
    timekeeping.ask(asked.pk, **QUESTION, sent_on=on(1), by=dpo, now=at(on(1)))
    anna = a_person(company)
    attaching.attach(asked.pk, anna, by=dpo, now=at(on(2)))
    with gate.duty(dpo, Duty.ANSWERING, reference=asked.pk, now=at(on(2))) as access:
        (pause,) = access.rows(RequestPause)
        assert (pause.subject_id, pause.question) == (anna, QUESTION["question"])
    requests.refuse(
        asked.pk, ground="conditions_not_met", reasons="Non ricorre.", by=dpo, now=at(on(3))
    )
    with gate.duty(dpo, Duty.SUPERVISION, now=at(on(3))):
        assert RequestPause.objects.get().closed_on == on(3)
