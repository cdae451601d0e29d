"""Complaints, improvements and satisfaction against SQL written by hand and seeded anomalies."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from crm.models import AnonymousScore, Case, ImprovementAction, Order, Product, SurveyAnswer
from crm.service import complaints, improvements, operations, satisfaction, survey
from crm.service.errors import (
    ImprovementOpenError,
    ImprovementRefusedError,
    SurveyRefusedError,
    ThemeRefusedError,
)
from crm.service.improvements import NewImprovement
from governance.policy.cases import CaseKind, SurveyAsks, SurveyMode, net_promoter
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from tests.builders import NOW, Company, a_person
from tests.crm.serving import CARE, a_case, does
from tests.crm.test_cases import a_customer
from tests.crm.test_extract import buys

LATER = NOW + timedelta(days=60)  # for the register is in force from now on
TODAY = LATER.date()
WEEK = timedelta(weeks=1)
# By hand: complaints by product and week, and the lines of orders in the year up to its end.
ORACLE = """
WITH complained AS (
    SELECT product_id, date_trunc('week', opened_at AT TIME ZONE 'Europe/Rome')::date AS week,
        count(*) AS n
    FROM crm_case WHERE kind = 'complaint' GROUP BY 1, 2
)
SELECT product_id, week, n, (
    SELECT count(*) FROM crm_orderline AS l JOIN crm_order AS o ON o.id = l.order_id
    WHERE l.product_id = c.product_id AND o.state <> 'cancelled'
        AND l.bought_on < week + 7 AND l.bought_on >= week + 7 - 365
) FROM complained AS c ORDER BY product_id::text, week
"""


def looking(
    company: Company, look: Callable[[Access], Any], operation: Operation = Operation.LIST
) -> Any:
    with gate.open(
        company.actor(Role.MANAGER), CARE, operation, subjects=complaints.people(CARE), now=LATER
    ) as access:
        return look(access)


def weeks(company: Company) -> list[complaints.Week]:
    return looking(
        company, lambda a: complaints.weekly(a, CARE, since=TODAY - 10 * WEEK, until=TODAY)
    )


def complain(
    company: Company, subject: UUID, order: UUID | None, days: int, number: int = 1, theme: str = ""
) -> None:
    for _one in range(number):
        a_case(
            company, subject, at=LATER - timedelta(days=days), kind=CaseKind.COMPLAINT, order=order,
            theme=theme,
        )  # fmt: skip


@pytest.fixture
def sold(company: Company) -> dict[str, tuple[UUID, UUID, UUID]]:
    """Two products, and who bought each: product, person and order."""
    chance, found = random.Random(5), {}
    for code in ("LAMP", "CHAIR"):
        subject = a_person(company, given=code.title(), orders=[date(2020, 1, 1)])
        for _order in range(4):
            buys(company, subject, chance.randrange(10, 500), "9.00", products=[code])
        product = Product.objects.get(code=code)
        with gate.open(
            company.actor(Role.AGENT), CARE, Operation.READ, subjects=subject, now=NOW
        ) as access:
            line = access.rows(Order).filter(lines__product=product).values("pk").first()
        found[code] = (product.pk, subject, line["pk"])
    return found


def about(company: Company, found: tuple[UUID, UUID, UUID], days: int, **more: Any) -> None:
    """A complaint about a product: opened through its order's line."""
    _product, subject, order = found
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=subject, now=NOW
    ) as access:
        line = access.rows(Order).get(pk=order).lines.get().pk
    for _one in range(more.pop("number", 1)):
        a_case(
            company, subject, at=LATER - timedelta(days=days), kind=CaseKind.COMPLAINT,
            order_line=line, **more,
        )  # fmt: skip


def test_a5_complaints_by_product_and_week_are_those_of_sql(
    company: Company, sold: dict[str, tuple[UUID, UUID, UUID]]
) -> None:
    for code, days, number in (("LAMP", 3, 2), ("LAMP", 12, 1), ("CHAIR", 12, 1), ("CHAIR", 40, 2)):
        about(company, sold[code], days, number=number)
    complain(company, sold["LAMP"][1], None, 3)
    with gate.open(
        company.actor(Role.MANAGER),
        CARE,
        Operation.LIST,
        subjects=complaints.people(CARE),
        now=LATER,
    ) as access:
        found = complaints.weekly(access, CARE, since=TODAY - 10 * WEEK, until=TODAY)
        with connection.cursor() as cursor:
            cursor.execute(ORACLE)
            rows = cursor.fetchall()
    by_hand = {(product, week): (n, lines) for product, week, n, lines in rows}
    assert {(w.product, w.week): (w.complaints, w.sold) for w in found} == by_hand
    assert len(by_hand) == 5
    lamp = next(w for w in found if w.product == sold["LAMP"][0])
    assert lamp.rate == round(Decimal(100 * lamp.complaints) / lamp.sold, 2)
    assert next(w for w in found if w.product is None).rate is None, (
        "nothing was sold of no product"
    )


def test_a5_a_seeded_anomaly_is_an_alert_and_a_steady_week_is_none() -> None:
    lamp, chair = UUID(int=1), UUID(int=2)
    week = complaints.monday(TODAY)
    steady = {((lamp, "late"), week - n * WEEK): 2 for n in range(1, 9)}
    steady |= {((chair, "broken"), week - n * WEEK): 1 for n in range(1, 9, 2)}
    assert complaints.spikes(steady | {((lamp, "late"), week): 3}, week) == []
    (first, *_rest) = found = complaints.spikes(
        steady | {((lamp, "late"), week): 2, ((chair, "broken"), week): 6}, week
    )
    assert (first.complaints, first.expected) == (6, 0.5)
    assert {(one.product, one.theme) for one in found} == {
        (chair, "broken"), (chair, ""), (None, "broken"),
    }  # fmt: skip


def test_a5_the_taxonomy_is_the_houses_and_a_case_keeps_its_theme(
    company: Company, sold: dict[str, tuple[UUID, UUID, UUID]]
) -> None:
    theme = complaints.name_theme(
        company.staff[Role.AGENT], title_it="Consegna in ritardo", title_en="Late delivery"
    )
    assert theme.key == "consegna-in-ritardo"
    with pytest.raises(ThemeRefusedError):
        complaints.name_theme(company.staff[Role.AGENT], title_it="Solo italiano", title_en=" ")
    about(company, sold["LAMP"], 2, theme=theme.key)
    found = looking(company, lambda a: complaints.counted(a, CARE, since=TODAY - WEEK, until=TODAY))
    assert found == {((sold["LAMP"][0], theme.key), complaints.monday(TODAY - timedelta(2))): 1}


# A17


def an_improvement(company: Company, **changed: Any) -> ImprovementAction:
    new = NewImprovement(
        **{
            "purpose": CARE, "title": "Imballo più robusto", "owner": company.staff[Role.SALES].pk,
            "due_on": TODAY + timedelta(days=30), "theme": "rotto", **changed,
        }
    )  # fmt: skip
    return improvements.begin(new, by=company.staff[Role.MANAGER], now=LATER)


def test_a17_a_theme_opens_an_improvement_and_closing_needs_a_number_before_and_after(
    company: Company, sold: dict[str, tuple[UUID, UUID, UUID]]
) -> None:
    about(company, sold["LAMP"], 10, theme="rotto", number=4)
    about(company, sold["LAMP"], 10, theme="altro")
    rate = looking(
        company,
        lambda a: complaints.rate(
            a, CARE, theme="rotto", product=None, since=TODAY - 3 * WEEK, until=TODAY
        ),
    )
    assert rate == 1, "four in the mean of four weeks"
    action = an_improvement(company, before=rate)
    assert (action.owner, action.due_on) == (company.staff[Role.SALES], TODAY + timedelta(days=30))
    by = company.staff[Role.MANAGER]
    with pytest.raises(ImprovementOpenError):
        improvements.close(action.pk, after=None, by=by, now=LATER)
    done = improvements.close(action.pk, after=Decimal("0.25"), by=by, now=LATER)
    assert (done.before, done.after, done.closed_by) == (1, Decimal("0.25"), by)
    with pytest.raises(ImprovementOpenError):
        improvements.close(action.pk, after=Decimal(0), by=by, now=LATER)


def test_a17_the_database_too_refuses_a_closure_without_a_number(company: Company) -> None:
    action = an_improvement(company)
    with pytest.raises(ImprovementOpenError):
        improvements.close(action.pk, after=Decimal(1), by=company.staff[Role.MANAGER], now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        ImprovementAction.objects.filter(pk=action.pk).update(
            closed_at=LATER, closed_by=company.staff[Role.MANAGER], after=1
        )


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"theme": ""}, {"due_on": TODAY - timedelta(days=1)},
              {"owner": UUID(int=0)}],
)  # fmt: skip
def test_a17_an_improvement_has_a_title_an_owner_a_day_and_something_it_is_about(
    company: Company, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ImprovementRefusedError):
        an_improvement(company, **wrong)


# A6 and A20


def solved(company: Company, subject: UUID) -> UUID:
    case = a_case(company, subject)
    does(company, subject, operations.solve, case, solution="Fatto")
    return case


def asked(
    company: Company, subject: UUID, case: UUID, mode: SurveyMode, asks: SurveyAsks
) -> survey.Question:
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.UPDATE, subjects=subject, now=NOW
    ) as access:
        return survey.question_of(survey.invite(access, case, mode=mode, asks=asks))


def said(
    company: Company, subject: UUID, score: int | None, asks: SurveyAsks,
    mode: SurveyMode = SurveyMode.IDENTIFIED, comment: str = "",
) -> UUID:  # fmt: skip
    case = solved(company, subject)
    question = asked(company, subject, case, mode, asks)
    survey.answer(company.controller.pk, question, score=score, comment=comment, now=NOW)
    return case


def opinion(company: Company, subject: UUID) -> tuple[float | None, int | None]:
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=subject, now=NOW
    ) as access:
        found = satisfaction.of_person(access, subject)
    return found.csat, found.nps


def test_a6_an_anonymous_answer_stores_no_link_to_anybody(company: Company) -> None:
    anna = a_customer(company)
    for asks, score in ((SurveyAsks.SATISFACTION, 2), (SurveyAsks.RECOMMENDATION, 9)):
        said(company, anna, score, asks, SurveyMode.ANONYMOUS, comment="Sono io")
    columns = {field.name for field in AnonymousScore._meta.get_fields()}
    assert columns == {"id", "controller", "kind", "asks", "week", "score", "answers"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = 'crm_anonymousscore'"
        )
        kinds = dict(cursor.fetchall())
        cursor.execute(
            "SELECT confrelid::regclass::text FROM pg_constraint"
            " WHERE conrelid = 'crm_anonymousscore'::regclass AND contype = 'f'"
        )
        assert cursor.fetchall() == [("registry_controller",)]
    assert not [n for n, k in kinds.items() if k.startswith("timestamp")], "no moment tells who"
    counts = AnonymousScore.objects.order_by("asks").values_list("asks", "score", "answers")
    assert list(counts) == [("csat", 2, 1), ("nps", 9, 1)]
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=anna, now=NOW
    ) as access:
        assert not access.rows(SurveyAnswer).exists()
        for case in access.rows(Case):
            assert (case.score, case.survey_comment or "") == (None, "")


def test_a6_how_and_what_is_asked_is_chosen_before_and_words_are_never_anonymous(
    company: Company,
) -> None:
    anna = a_customer(company)
    case = solved(company, anna)
    with pytest.raises(SurveyRefusedError):
        asked(company, anna, case, SurveyMode.ANONYMOUS, SurveyAsks.WORDS)
    question = asked(company, anna, case, SurveyMode.IDENTIFIED, SurveyAsks.WORDS)
    told = survey.asked(company.controller.pk, question, now=NOW)
    assert told == (SurveyMode.IDENTIFIED, SurveyAsks.WORDS)
    with pytest.raises(SurveyRefusedError):
        asked(company, anna, case, SurveyMode.ANONYMOUS, SurveyAsks.SATISFACTION)
    survey.answer(company.controller.pk, question, score=5, comment="Meno carta", now=NOW)
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.READ, subjects=anna, now=NOW
    ) as access:
        (kept,) = access.rows(SurveyAnswer)
        assert (kept.asks, kept.score) == ("free", None)
        assert access.rows(Case).get(pk=case).survey_comment == "Meno carta"


@pytest.mark.parametrize(
    ("asks", "score"),
    [(SurveyAsks.SATISFACTION, 0), (SurveyAsks.SATISFACTION, 6), (SurveyAsks.RECOMMENDATION, 11),
     (SurveyAsks.RECOMMENDATION, None)],
)  # fmt: skip
def test_a6_a_score_is_on_its_scale(company: Company, asks: SurveyAsks, score: int | None) -> None:
    with pytest.raises(ValueError, match="scale"):
        said(company, a_customer(company), score, asks)
    assert not AnonymousScore.objects.exists()


def test_a20_satisfaction_of_a_person_changes_only_by_their_answers(company: Company) -> None:
    anna = a_customer(company)
    assert opinion(company, anna) == (None, None)
    case = said(company, anna, 2, SurveyAsks.SATISFACTION)
    said(company, anna, 10, SurveyAsks.RECOMMENDATION)
    assert opinion(company, anna) == (2.0, 100)
    does(company, anna, operations.reopen, case)
    does(company, anna, operations.solve, case, solution="Di nuovo")
    complain(company, anna, None, 0)
    buys(company, anna, 1, "500.00")
    said(company, anna, 1, SurveyAsks.SATISFACTION, SurveyMode.ANONYMOUS)
    assert opinion(company, anna) == (2.0, 100), "neither a complaint, an order nor a count"
    said(company, anna, 5, SurveyAsks.SATISFACTION)
    said(company, anna, 3, SurveyAsks.RECOMMENDATION)
    assert opinion(company, anna) == (3.5, 0)


def test_a20_the_trend_has_the_answers_of_each_month_the_anonymous_ones_too(
    company: Company,
) -> None:
    anna = a_customer(company)
    said(company, anna, 5, SurveyAsks.SATISFACTION)
    said(company, anna, 2, SurveyAsks.SATISFACTION, SurveyMode.ANONYMOUS)
    said(company, anna, 9, SurveyAsks.RECOMMENDATION)
    trend = looking(
        company, lambda a: satisfaction.trend(a, since=TODAY - timedelta(days=90), until=TODAY)
    )
    assert [(month, a.csat, a.nps) for month, a in trend.items()] == [
        (NOW.date().replace(day=1), 3.5, 100)
    ]


def test_a20_net_promoter_is_promoters_less_detractors() -> None:
    assert net_promoter({10: 5, 9: 1, 8: 2, 6: 1, 0: 1}) == 40
    assert net_promoter({}) is None
