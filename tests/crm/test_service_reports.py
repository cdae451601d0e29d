"""Figures of service against SQL written by hand, and what a sheet does not tell."""

import csv
import random
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from crm.models import AnonymousScore, Case
from crm.service import operations, queries, reports, survey
from crm.service.errors import SurveyEndedError, SurveyRefusedError
from crm.service.reports import Figures
from governance.policy.cases import CaseKind, SurveyMode
from governance.policy.vocabulary import Duty, Operation, Priority, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company
from tests.crm.serving import CARE, a_case, column, does
from tests.crm.test_cases import a_customer

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# By hand: counts by date, medians by rows in order, satisfaction by a sum over both kinds of answers.
ORACLE = """
WITH mine AS (SELECT * FROM crm_case WHERE kind = %(kind)s),
     named AS (SELECT count(score) AS n, coalesce(sum(score), 0) AS points FROM mine),
     counted AS (SELECT coalesce(sum(answers), 0) AS n, coalesce(sum(answers * score), 0) AS points
                 FROM crm_anonymousscore WHERE kind = %(kind)s)
SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM mine WHERE first_response_at IS NOT NULL),
       (SELECT avg(m) FROM (SELECT first_response_minutes AS m, row_number() OVER (ORDER BY first_response_minutes) AS r,
          count(*) OVER () AS n FROM mine WHERE first_response_at IS NOT NULL) AS o WHERE r IN ((n + 1) / 2, (n + 2) / 2)),
       (SELECT count(*) FROM mine WHERE solved_at IS NOT NULL),
       (SELECT avg(m) FROM (SELECT resolution_minutes AS m, row_number() OVER (ORDER BY resolution_minutes) AS r,
          count(*) OVER () AS n FROM mine WHERE solved_at IS NOT NULL) AS o WHERE r IN ((n + 1) / 2, (n + 2) / 2)),
       (SELECT count(*) FROM mine WHERE solved_at IS NOT NULL AND times_reopened > 0),
       named.n + counted.n, (named.points + counted.points)::float / nullif(named.n + counted.n, 0)
FROM named, counted
"""


def scores(company: Company, subject: Any, case: Any, mode: SurveyMode, score: int) -> None:
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=subject, now=NOW + 9 * HOUR
    ) as access:
        token = survey.invite(access, case, mode=mode)
    question = survey.question_of(token)
    survey.answer(company.controller.pk, question, score=score, comment="Bene", now=NOW + 10 * HOUR)


def some_work(company: Company) -> None:
    """Cases of three kinds, answered, solved, taken up again and scored by chance."""
    chance = random.Random(12)
    anna = a_customer(company)
    for number in range(12):
        kind = (CaseKind.FAULT, CaseKind.QUESTION, CaseKind.COMPLAINT)[number % 3]
        case = a_case(company, anna, kind=kind, priority=chance.choice(list(Priority)))
        answered = NOW + chance.randrange(300) * timedelta(minutes=1)
        if number % 4:
            does(company, anna, operations.answer, case, at=answered)
        if number % 6:
            does(company, anna, operations.solve, case, at=answered + HOUR, solution="Fatto")
            if number % 5 == 0:
                does(company, anna, operations.reopen, case, at=answered + 2 * HOUR)
                does(company, anna, operations.solve, case, at=answered + 3 * HOUR, solution="Ora")
            mode = chance.choice(list(SurveyMode))
            scores(company, anna, case, mode, chance.randint(1, 5))


def measured(company: Company) -> list[Figures]:
    day = NOW.date()
    with gate.open(
        company.actor(Role.MANAGER), CARE, Operation.LIST,
        subjects=queries.people(CARE, only_open=False), now=NOW + DAY,
    ) as access:  # fmt: skip
        return reports.figures(access, CARE, since=day, until=day + DAY)


def test_o12_figures_are_those_of_sql_written_by_hand(company: Company) -> None:
    some_work(company)
    found = measured(company)
    assert [one.kind for one in found] == ["question", "fault", "complaint", ""]
    with (
        gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW),
        connection.cursor() as cursor,
    ):
        for one in found[:-1]:
            cursor.execute(ORACLE, {"kind": one.kind})
            row = [None if value is None else float(value) for value in cursor.fetchone()]
            assert row == pytest.approx(
                [one.opened, one.answered, one.first_response, one.solved, one.resolution,
                 one.reopened, one.scores, one.satisfaction]
            )  # fmt: skip
    assert found[-1].opened == 12
    assert found[-1].solved == sum(one.solved for one in found[:-1]) == 10
    assert found[-1].scores == 10


def test_o12_small_cells_and_what_follows_from_them_are_in_no_sheet() -> None:
    found = [
        Figures("question", 40, 40, 30.0, 38, 200.0, 8, 20, 4.5),
        Figures("fault", 30, 12, 30.5, 12, 100.0, 9, 3, 2.0),
        Figures("", 70, 52, 30.2, 50, 180.0, 17, 23, 4.17),
    ]
    rows = list(csv.DictReader(StringIO(reports.sheet(found, smallest=5))))
    question, fault, total = rows
    assert question["scores"] == "20"
    assert (fault["scores"], fault["satisfaction"]) == ("", "")
    assert fault["reopened"] == "", "the three that were not taken up again follow from it"
    assert (total["scores"], total["satisfaction"], total["reopened"]) == ("", "", "")
    assert (total["opened"], total["solved"], total["resolution"]) == ("70", "50", "180.00")
    shown = list(csv.DictReader(StringIO(reports.sheet(found, smallest=1))))
    assert (shown[1]["scores"], shown[2]["satisfaction"]) == ("3", "4.17")


def test_o12_a_question_is_answered_once_and_as_was_said_before(company: Company) -> None:
    anna = a_customer(company)
    named, counted = a_case(company, anna), a_case(company, anna)
    for case in (named, counted):
        does(company, anna, operations.solve, case, solution="Fatto")
    with pytest.raises(SurveyRefusedError):
        does(company, anna, survey.invite, a_case(company, anna), mode=SurveyMode.IDENTIFIED)
    scores(company, anna, named, SurveyMode.IDENTIFIED, 4)
    scores(company, anna, counted, SurveyMode.ANONYMOUS, 2)
    assert column(company, anna, named, "score") == 4
    assert column(company, anna, named, "survey_comment") == "Bene"
    for name, nothing in (("score", None), ("survey_comment", None)):
        assert column(company, anna, counted, name) == nothing
    assert list(AnonymousScore.objects.values_list("score", "answers")) == [(2, 1)]
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=anna, now=NOW
    ) as access:
        token = survey.token_of(access.rows(Case).get(pk=named))
    question = survey.question_of(token)
    with pytest.raises(SurveyEndedError):
        survey.answer(company.controller.pk, question, score=1, now=NOW + 11 * HOUR)
    with pytest.raises(SurveyEndedError):
        survey.question_of(token[:-2])
    with pytest.raises(SurveyRefusedError):
        does(company, anna, survey.invite, named, mode=SurveyMode.ANONYMOUS)


def test_o12_a_question_ends_with_its_days(company: Company) -> None:
    anna = a_customer(company)
    case = a_case(company, anna)
    does(company, anna, operations.solve, case, solution="Fatto")
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=anna, now=NOW
    ) as access:
        question = survey.question_of(survey.invite(access, case, mode=SurveyMode.ANONYMOUS))
    here = company.controller.pk
    assert survey.asked(here, question, now=NOW + 30 * DAY)[0] is SurveyMode.ANONYMOUS
    with pytest.raises(SurveyEndedError):
        survey.asked(here, question, now=NOW + 31 * DAY)
    does(company, anna, operations.reopen, case, at=NOW + DAY)
    with pytest.raises(SurveyEndedError):
        survey.answer(here, question, score=5, now=NOW + 2 * DAY)


@pytest.mark.django_db(databases=["default", "keys", "case"])
def test_o12_the_page_says_how_an_answer_is_kept_and_takes_it_once(
    company: Company, client: Client
) -> None:
    anna, now = a_customer(company), timezone.now()
    for mode, says in (
        (SurveyMode.IDENTIFIED, "with your case"),
        (SurveyMode.ANONYMOUS, "anonymous"),
    ):
        case = a_case(company, anna, at=now)
        does(company, anna, operations.solve, case, at=now, solution="Fatto")
        with gate.open(
            company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=anna, now=now
        ) as access:
            address = f"/c/acme/help-centre/satisfaction/{survey.invite(access, case, mode=mode)}/"
        page = client.get(address, headers={"Accept-Language": "en"}).content.decode()
        assert says in page
        assert ("textarea" in page) == (mode is SurveyMode.IDENTIFIED)
        assert client.post(address, {"score": "6"}).status_code == 422
        assert client.post(address, {"score": "4"}).status_code == 200
        assert client.post(address, {"score": "1"}).status_code == 410
        assert client.get(address).status_code == 410
        assert column(company, anna, case, "score") == (
            4 if mode is SurveyMode.IDENTIFIED else None
        )
    assert client.get("/c/acme/help-centre/satisfaction/nothing/").status_code == 410
    assert list(AnonymousScore.objects.values_list("score", "answers")) == [(4, 1)]
