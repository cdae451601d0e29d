"""O6: opportunities with dated stages, quotes, tasks, and a forecast that is a sum."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from crm import operations as crm
from crm.models import Opportunity, OpportunityMove, OrderLine, Quote, QuoteLine, Task
from crm.sales import opportunities, queries, quotes, todo
from crm.sales.errors import QuoteStateError, StageError
from crm.sales.opportunities import Hope
from governance.policy import sales
from governance.policy.sales import ENDED, About, QuoteState, Stage
from governance.policy.vocabulary import Operation, Role, SubjectKind
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company, a_person

TODAY = NOW.date()


@pytest.fixture
def lead(company: Company) -> UUID:
    return a_person(company, kind=SubjectKind.PROSPECT, purpose="lead_management", role=Role.SALES)


def selling(
    company: Company, subject: Any, operation: Operation = Operation.UPDATE, **more: Any
) -> Any:
    terms = {"now": NOW, **more}
    return gate.open(
        company.actor(Role.SALES), "lead_management", operation, subjects=subject, **terms
    )


def an_opportunity(company: Company, subject: UUID, amount: str = "1000", **more: Any) -> UUID:
    hope = Hope("Impianto di casa", Decimal(amount), **more)
    with selling(company, subject, Operation.CREATE) as access:
        made: UUID = opportunities.open_one(
            access, subject, hope, by=company.staff[Role.SALES].pk
        ).pk
    return made


def test_o6_moving_a_card_writes_a_dated_stage_event(company: Company, lead: UUID) -> None:
    sale = an_opportunity(company, lead)
    later = NOW + timedelta(days=3)
    by = company.staff[Role.SALES].pk
    with selling(company, lead, now=later) as access:
        moved = opportunities.move(access, sale, Stage.QUALIFIED, by=by)
        assert (moved.stage, moved.probability, moved.moved_on) == ("qualified", 25, later.date())
        events = access.rows(OpportunityMove).filter(opportunity=sale).order_by("at")
        assert [(e.stage, e.at, e.moved_by_id) for e in events] == [
            ("new", NOW, by), ("qualified", later, by),
        ]  # fmt: skip


def test_o6_a_stage_event_is_never_changed(company: Company, lead: UUID) -> None:
    sale = an_opportunity(company, lead)
    with selling(company, lead):
        events = OpportunityMove.objects.filter(opportunity=sale)
        for changed in ({"stage": "won"}, {"at": NOW + timedelta(days=1)}, {"moved_by": None}):
            with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
                events.update(**changed)


@pytest.mark.parametrize("end", sorted(ENDED))
def test_o6_what_is_won_or_lost_stays(company: Company, lead: UUID, end: Stage) -> None:
    sale = an_opportunity(company, lead)
    with selling(company, lead) as access:
        opportunities.move(access, sale, end, by=None, probability=42)
        assert access.rows(Opportunity).get(pk=sale).probability == sales.USUAL[end]
    with pytest.raises(StageError), selling(company, lead) as access:
        opportunities.move(access, sale, Stage.PROPOSAL, by=None)


def test_o6_the_forecast_is_the_sum_of_amount_times_probability(
    company: Company, lead: UUID
) -> None:
    said = [("1000.05", 33), ("0.01", 50), ("799.99", 10), ("12345678.90", 75)]
    other = a_person(
        company, given="Berta", kind=SubjectKind.PROSPECT, purpose="lead_management",
        role=Role.SALES,
    )  # fmt: skip
    for number, (amount, share) in enumerate(said):
        an_opportunity(
            company, (lead, other)[number % 2], amount, probability=share,
            expected_on=TODAY + timedelta(days=number),
        )  # fmt: skip
    an_opportunity(company, lead, "70", currency="CHF", probability=10)
    ended = an_opportunity(company, lead, "5000")
    with selling(company, lead) as access:
        opportunities.move(access, ended, Stage.WON, by=None)
    with selling(company, queries.with_opportunities(), Operation.LIST) as access:
        found = {one.currency: one for one in queries.forecast(access)}
        soon = queries.forecast(access, until=TODAY + timedelta(days=1))
    oracle = sales.forecast((Decimal(amount), share) for amount, share in said)
    assert (found["EUR"].weighed, found["EUR"].number) == (oracle, 4)
    assert found["EUR"].amount == sum(Decimal(amount) for amount, _share in said)
    assert found["CHF"].weighed == Decimal("7.00")
    assert [one.weighed for one in soon] == [
        sales.forecast([(Decimal("1000.05"), 33), (Decimal("0.01"), 50)])
    ]


@given(st.lists(st.tuples(st.decimals(0, 10**9, places=2), st.integers(0, 100)), max_size=20))
def test_o6_the_forecast_lies_between_nothing_and_everything(rows: Any) -> None:
    total = sum((amount for amount, _share in rows), Decimal(0))
    assert 0 <= sales.forecast(rows) <= total
    assert sales.forecast([(amount, 100) for amount, _share in rows]) == total


def test_o6_the_database_knows_what_a_stage_makes_certain(company: Company, lead: UUID) -> None:
    sale = an_opportunity(company, lead)
    with selling(company, lead):
        rows = Opportunity.objects.filter(pk=sale)
        for changed in ({"stage": "won", "probability": 90}, {"probability": 101}, {"amount": -1},
                        {"stage": "lost"}, {"stage": "elsewhere"}):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**changed)


def a_quote(company: Company, lead: UUID) -> UUID:
    sale = an_opportunity(company, lead)
    lines = [crm.Line("Pannello", Decimal(3), Decimal("199.90"))]
    with selling(company, lead) as access:
        drawn = quotes.draw_up(
            access, sale, number="Q-1", lines=lines, valid_until=TODAY + timedelta(days=30)
        )
        assert (drawn.total, drawn.currency, drawn.state) == (Decimal("599.70"), "EUR", "draft")
        made: UUID = drawn.pk
    return made


def test_o6_an_accepted_quote_becomes_one_order(company: Company) -> None:
    anna = a_person(company, orders=[date(2026, 1, 2)])
    quote = a_quote(company, anna)
    with selling(company, anna) as access:
        assert [row.description for row in access.rows(QuoteLine)] == ["Pannello"]
        quotes.become(access, quote, QuoteState.SENT)
        accepted = quotes.become(access, quote, QuoteState.ACCEPTED)
        lines = quotes.lines_of(access, quote)
    with gate.open(
        company.actor(Role.SALES), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        first, again = (quotes.order(access, accepted, lines) for _ in range(2))
        assert (first.pk, first.total) == (again.pk, Decimal("599.70"))
        assert [x.description for x in access.rows(OrderLine).filter(order=first)] == ["Pannello"]


def test_o6_a_quote_is_answered_once_and_in_time(company: Company, lead: UUID) -> None:
    quote = a_quote(company, lead)
    with pytest.raises(QuoteStateError), selling(company, lead) as access:
        quotes.become(access, quote, QuoteState.ACCEPTED)
    with selling(company, lead) as access:
        quotes.become(access, quote, QuoteState.SENT)
    late = NOW + timedelta(days=31)
    with pytest.raises(QuoteStateError), selling(company, lead, now=late) as access:
        quotes.become(access, quote, QuoteState.ACCEPTED)
    with selling(company, lead, now=late) as access:
        declined = quotes.become(access, quote, QuoteState.DECLINED)
        assert access.rows(Quote).get().state == "declined"
    with pytest.raises(QuoteStateError), selling(company, lead) as access:
        quotes.order(access, declined, [])


def test_o6_tasks_are_done_and_listed_by_urgency(company: Company, lead: UUID) -> None:
    sale = an_opportunity(company, lead)
    me, other = company.staff[Role.SALES].pk, company.staff[Role.AGENT].pk
    with selling(company, lead) as access:
        late, mine, theirs, role = (
            todo.give(access, lead, duty).pk
            for duty in (
                todo.Duty("Richiamare", TODAY, role="sales"),
                todo.Duty("Preventivo", TODAY + timedelta(days=2), assignee=me,
                          about_kind=About.OPPORTUNITY, about=sale),
                todo.Duty("Altro", TODAY, assignee=other),
                todo.Duty("Per altri", TODAY, role="marketing"),
            )
        )  # fmt: skip
    with selling(company, queries.with_tasks(), Operation.LIST) as access:
        shown = queries.to_do(access, staff=me, role="sales")
        assert [(t.pk, t.title) for t in shown] == [(late, "Richiamare"), (mine, "Preventivo")]
        assert {t.pk for t in queries.to_do(access)} == {late, mine, theirs, role}
    with selling(company, lead) as access:
        assert todo.mark(access, mine, is_done=True).done_at == NOW
    with selling(company, lead, now=NOW + timedelta(days=1)) as access:
        assert todo.mark(access, mine, is_done=True).done_at == NOW
        assert todo.mark(access, mine, is_done=False).done_at is None
    with pytest.raises(DatabaseError), selling(company, lead), transaction.atomic():
        Task.objects.filter(pk=late).update(about_kind="order")


def test_o6_who_has_no_business_with_sales_sees_no_board(company: Company, lead: UUID) -> None:
    an_opportunity(company, lead)
    with pytest.raises(GateRefusedError), gate.open(
        company.actor(Role.MARKETING), "lead_management", Operation.LIST,
        subjects=queries.with_opportunities(), now=NOW,
    ):  # fmt: skip
        pytest.fail("opened")
