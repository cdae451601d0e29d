"""Cohorts, goals, drift, range and keeping: against oracles that were written by other hands."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pandas as pd
import pytest

from crm.models import (
    Campaign,
    CampaignEvent,
    CampaignRecipient,
    Contact,
    FieldOrigin,
    Product,
    StageGoal,
)
from crm.portfolio import goals, ranges
from crm.portfolio.cohorts import LAPSES_AFTER, Cohort, cohorts
from crm.portfolio.costs import costs
from crm.portfolio.drift import Pace, drift, drifts
from crm.portfolio.errors import GoalRefusedError
from crm.portfolio.keeping import Span, growth, retention, to_save
from crm.scores.history import Day, bought
from governance.policy import tiers
from governance.policy.campaigns import CampaignState
from governance.policy.goals import Measure
from governance.policy.vocabulary import ConsentState, Duty, Operation, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSource, DataSubject
from tests.builders import NOW, Company, a_consent, a_person
from tests.crm.campaigning import definition, target
from tests.crm.test_extract import buys, says

TODAY = NOW.date()
SPAN = Span(date(2026, 1, 1), date(2026, 6, 30))


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def history(**people: list[tuple[date, float]]) -> dict[str, list[Day]]:
    return {name: [Day(on, spent) for on, spent in days] for name, days in people.items()}


def test_a12_the_table_of_cohorts_is_the_one_pandas_computes() -> None:
    chance = random.Random(12)
    acquired, days = {}, {}
    for person in range(3000):
        came = date(2023, 1, 1) + timedelta(days=chance.randrange(1300))
        acquired[person] = came
        some = sorted(
            {came + timedelta(days=chance.randrange(-20, 700)) for _ in range(chance.randrange(5))}
        )
        days[person] = [day for day in some if day <= TODAY]

    frame = pd.DataFrame([(p, d) for p, each in days.items() for d in each], columns=["who", "on"])
    by_person = frame.groupby("who")["on"].agg(["min", "max", "nunique"])
    people = pd.DataFrame({"came": pd.Series(acquired)}).join(by_person)
    people["came"] = people[["came", "min"]].apply(lambda row: min(row.dropna()), axis=1)
    people["month"] = people["came"].map(lambda day: day.replace(day=1))
    people["ordered"] = people["min"].notna()
    people["repeated"] = people["nunique"] > 1
    limit = LAPSES_AFTER.before(TODAY)
    people["lapsed"] = people["max"].map(lambda day: isinstance(day, date) and day < limit)
    table = people.groupby("month").agg(
        acquired=("came", "size"), ordered=("ordered", "sum"), repeated=("repeated", "sum"),
        lapsed=("lapsed", "sum"),
    )  # fmt: skip
    oracle = [
        Cohort(month, *map(int, row)) for month, row in zip(table.index, table.values, strict=True)
    ]
    assert cohorts(acquired, days, today=TODAY) == oracle
    assert len(oracle) > 40


def test_a12_who_came_by_an_order_came_on_its_day_and_who_bought_nothing_is_counted() -> None:
    found = cohorts(
        {"Ada": date(2026, 3, 5), "Bea": date(2026, 3, 9)}, {"Ada": [date(2025, 1, 7)]}, today=TODAY
    )
    assert found == [
        Cohort(date(2025, 1, 1), 1, 1, 0, 1), Cohort(date(2026, 3, 1), 1, 0, 0, 0),
    ]  # fmt: skip


def test_a19_a_change_is_detected_and_a_stable_customer_is_not() -> None:
    steady = [ago(day) for day in range(600, 0, -25)]
    stopped = [day for day in steady if day < ago(95)]
    doubled = [ago(day) for day in range(600, 90, -40)] + [ago(day) for day in range(88, 0, -9)]
    found = drifts({"steady": steady, "stopped": stopped, "doubled": doubled}, today=TODAY)
    assert {who: told.pace for who, told in found.items()} == {
        "stopped": Pace.SLOWER, "doubled": Pace.FASTER,
    }  # fmt: skip
    assert found["stopped"].seen == 0
    assert 3 < found["stopped"].expected < 4


def test_a19_each_is_compared_with_themselves_and_too_few_purchases_make_no_pace() -> None:
    seldom = [ago(day) for day in (900, 700, 500, 300)]
    assert drift(seldom, today=TODAY) is None, "silent for 300 days, as usual for them"
    assert drift([ago(500), ago(480), ago(460)], today=TODAY) is None


def test_a19_a_random_customer_who_does_not_change_is_seldom_flagged() -> None:
    chance, flagged = random.Random(19), 0
    for _person in range(1000):
        day, days = 700.0, []
        while (day := day - chance.expovariate(1 / 30)) > 0:
            days.append(ago(int(day)))
        flagged += drift(sorted(set(days)), today=TODAY) is not None
    assert flagged < 80, "five per cent slower and one faster, and a pace that is itself guessed"


PEOPLE = history(
    kept=[(date(2025, 9, 1), 10), (date(2026, 2, 1), 10)],
    lost=[(date(2025, 8, 1), 50), (date(2025, 9, 1), 60)],
    cheap=[(date(2025, 9, 1), 5)],
    slow=[(date(2024, 6, 1), 70), (date(2025, 9, 1), 70)],
    new=[(date(2026, 3, 1), 20), (date(2026, 4, 1), 20)],
    once=[(date(2026, 3, 1), 20)],
    older=[(date(2024, 1, 1), 20)],
)


def test_st5_the_retention_rate_and_the_save_list_are_those_of_the_fixture() -> None:
    found = retention(PEOPLE, SPAN)
    assert SPAN.before == Span(date(2025, 7, 4), date(2025, 12, 31))
    assert (found.before, found.kept, found.rate) == (4, 1, Decimal("0.2500"))
    assert (found.new, found.repeated, found.repeat_rate) == (2, 1, Decimal("0.5000"))
    saved = to_save(PEOPLE, SPAN)
    assert list(saved) == ["lost", "cheap"], "who spent most first; who is only slow is left alone"
    assert (saved["lost"].usual, saved["lost"].silent, saved["lost"].spent) == (31, 302, 110)
    assert saved["cheap"].usual is None


def test_st5_where_nobody_bought_before_there_is_no_rate() -> None:
    assert retention({}, SPAN).rate is None
    assert to_save({}, SPAN) == {}


def test_st6_growth_is_who_buys_often_and_lately_for_little() -> None:
    found = growth(history(
        often_for_little=[(ago(day), 2) for day in (40, 30, 20, 10, 1)],
        often_for_much=[(ago(day), 90) for day in (40, 30, 20, 5)],
        long_ago=[(ago(day), 2) for day in (900, 890, 880, 870, 860)],
        seldom=[(ago(3), 4)],
        rich=[(ago(4), 500)],
    ))  # fmt: skip
    assert set(found) == {"often_for_little"}
    told = found["often_for_little"]
    assert (told.recency, told.frequency, told.monetary) == (5, 4, 2)
    assert growth({}) == {}


def test_st6_fifths_are_those_of_the_tiers() -> None:
    chance = random.Random(6)
    some = history(**{
        f"p{n}": [(ago(chance.randrange(400)), chance.randrange(1, 99))] for n in range(200)
    })  # fmt: skip
    sums = {one: tiers.Buying(days[-1].on, 1, Decimal(days[0].spent)) for one, days in some.items()}
    by_hand = {
        one for one, told in tiers.scored(sums).items()
        if told.recency >= 3 and told.frequency >= 4 and told.monetary <= 2
    }  # fmt: skip
    assert set(growth(some)) == by_hand


# With the database


def profiled(company: Company, name: str, *, since: int = 500) -> UUID:
    made = a_person(company, given=name, orders=[date(2020, 1, 1)])  # longer ago than is looked
    a_consent(company, made, purpose="profiling", at=NOW - timedelta(days=since))
    return made


def a_product(
    company: Company, code: str, category: str = "", launched: date | None = None
) -> Product:
    return Product.objects.create(
        controller=company.controller, code=code, name=code, category=category, launched_on=launched
    )


def everyone(company: Company, people: list[UUID], look: Callable[[Access], Any]) -> Any:
    chosen = DataSubject.objects.filter(pk__in=people).values_list("pk", flat=True)
    with gate.open(
        company.actor(Role.ANALYST), "profiling", Operation.LIST, subjects=chosen, now=NOW
    ) as access:
        return look(access)


def test_a21_penetration_is_of_own_orders_and_declared_interests_alone(company: Company) -> None:
    for code, category in (("LAMP", "Luce"), ("ROSE", "Giardino"), ("PAN", "Cucina")):
        a_product(company, code, category)
    ada, bea = profiled(company, "Ada"), profiled(company, "Bea")
    buys(company, ada, 20, "10.00", products=["LAMP"])
    buys(company, bea, 10, "10.00", products=["ROSE"])
    says(company, ada, interests="giardino, viaggi")
    says(company, bea, interests="cucina")
    found = everyone(company, [ada, bea], lambda a: ranges.ranges(a, since=ago(365)))
    assert (found.of(ada), found.wanted(ada)) == (Decimal("0.3333"), {"Giardino"})
    assert [(p.category, p.customers, p.buyers, p.wishing) for p in found.penetration()] == [
        ("Giardino", 2, 1, 1), ("Luce", 2, 1, 0), ("Cucina", 2, 0, 1),
    ]  # fmt: skip

    bought_in = DataSource.objects.create(
        controller=company.controller, name="Elenco", kind="import"
    )
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=bea, reference=bea, now=NOW
    ) as access:
        contact = access.rows(Contact).get()
        FieldOrigin(
            controller=company.controller, subject_id=bea, row=contact.pk, field="interests",
            source=bought_in,
        ).save()  # fmt: skip
    found = everyone(company, [ada, bea], lambda a: ranges.ranges(a, since=ago(365)))
    assert found.wanted(bea) == set(), "what a list that was bought says of Bea is not read"
    assert found.wanted(ada) == {"Giardino"}


def test_a22_early_adopters_bought_within_thirty_days_of_the_launch(company: Company) -> None:
    new = a_product(company, "NEW", launched=ago(100))
    people = {name: profiled(company, name) for name in ("Ada", "Bea", "Carla", "Dora")}
    for name, when in (("Ada", 100), ("Bea", 70), ("Carla", 69), ("Dora", 101)):
        buys(company, people[name], when, "10.00", products=["NEW"])
    buys(company, people["Carla"], 20, "10.00", products=["NEW"])
    found = everyone(company, list(people.values()), ranges.early_adopters)
    assert found == {new.pk: {people["Ada"]: 0, people["Bea"]: 30}}
    a_consent(company, people["Ada"], purpose="profiling", state=ConsentState.WITHDRAWN)
    found = everyone(company, list(people.values()), ranges.early_adopters)
    assert found == {new.pk: {people["Bea"]: 30}}, "who withdrew is not looked at any more"


def a_campaign(company: Company, *, spent: str, fixed: str, key: str) -> Campaign:
    return Campaign.objects.create(
        controller=company.controller, key=key, title_it=key, title_en=key,
        purpose=company.purpose("newsletter"), segment_id=target(company, key=f"s-{key}"),
        definition=definition(), budget=Decimal(1000), fixed_cost=Decimal(fixed),
        spent=Decimal(spent), state=CampaignState.ENDED, drafted_by=company.staff[Role.MARKETING],
        approved_by=company.staff[Role.MANAGER], approved_at=NOW - timedelta(days=30),
    )  # fmt: skip


def wrote(company: Company, campaign: Campaign, subject: UUID, days: int) -> None:
    at = NOW - timedelta(days=days)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ):
        base = {"controller": company.controller, "subject_id": subject, "campaign": campaign}
        row = CampaignRecipient(
            **base, campaign_key=campaign.key, entered_at=at, code=subject.hex[-12:]
        )
        row.save()
        CampaignEvent(
            **base, recipient=row, response="sent", happened_at=at, external_id=f"s:{row.pk}"
        ).save()


@pytest.fixture
def spent(company: Company) -> dict[str, UUID]:
    """Three were written to: two who had bought nothing yet, one who had. Two bought, one again."""
    people = {name: profiled(company, name) for name in ("Ada", "Bea", "Carla")}
    buys(company, people["Carla"], 250, "10.00")
    campaign = a_campaign(company, spent="30", fixed="60", key="spring")
    for person in people.values():
        wrote(company, campaign, person, 25)
    buys(company, people["Ada"], 20, "10.00")
    buys(company, people["Carla"], 10, "10.00")
    return people


WITHIN = Span(TODAY - timedelta(days=199), TODAY)


def test_a25_a_new_customer_costs_more_than_one_who_is_kept(
    company: Company, spent: dict[str, UUID]
) -> None:
    def look(access: Access) -> Any:
        days = bought(access, since=ago(900), currency="EUR")
        return costs(
            access, days, retention(days, WITHIN), WITHIN, purpose="profiling", currency="EUR"
        )

    found = everyone(company, list(spent.values()), look)
    # 90 euros for three messages; two of them went to who had bought nothing yet.
    assert (found.acquiring, found.keeping) == (Decimal("60.00"), Decimal("30.00"))
    assert (found.new, found.kept) == (1, 1)
    assert (found.of_new, found.of_kept) == (Decimal("60.00"), Decimal("30.00"))


def test_st1_goals_of_each_stage_are_measured(company: Company, spent: dict[str, UUID]) -> None:
    marketing = company.staff[Role.MARKETING]
    goals.set_goal(marketing, "profiling", Measure.NEW_CUSTOMERS, Decimal(2), WITHIN, now=NOW)
    goals.set_goal(marketing, "profiling", Measure.ACQUISITION_COST, Decimal(80), WITHIN, now=NOW)
    goals.set_goal(marketing, "profiling", Measure.RETENTION_RATE, Decimal("0.9"), WITHIN, now=NOW)

    def look(access: Access) -> Any:
        days = bought(access, since=ago(900), currency="EUR")
        kept = retention(days, WITHIN)
        paid = costs(access, days, kept, WITHIN, purpose="profiling", currency="EUR")
        return goals.measured(company.controller.pk, "profiling", kept, paid, WITHIN)

    found = everyone(company, list(spent.values()), look)
    assert [(one.measure, one.value, one.target, one.is_reached) for one in found] == [
        (Measure.NEW_CUSTOMERS, Decimal(1), Decimal(2), False),
        (Measure.ACQUISITION_COST, Decimal("60.00"), Decimal(80), True),
        (Measure.REPEAT_RATE, Decimal("0.0000"), None, None),
        (Measure.RETENTION_RATE, Decimal("1.0000"), Decimal("0.9"), True),
        (Measure.RETENTION_COST, Decimal("30.00"), None, None),
    ]
    goals.set_goal(marketing, "profiling", Measure.NEW_CUSTOMERS, Decimal(1), WITHIN, now=NOW)
    assert StageGoal.objects.count() == 3, "a goal of the same period is set anew"


@pytest.mark.parametrize(
    ("role", "measure", "target_value", "span"),
    [
        (Role.ANALYST, Measure.NEW_CUSTOMERS, "1", WITHIN),
        (Role.MANAGER, Measure.RETENTION_RATE, "1.1", WITHIN),
        (Role.MANAGER, Measure.NEW_CUSTOMERS, "-1", WITHIN),
        (Role.MANAGER, Measure.NEW_CUSTOMERS, "1", Span(TODAY, TODAY - timedelta(days=1))),
    ],
)
def test_st1_a_goal_that_cannot_be_is_refused(
    company: Company, role: Role, measure: Measure, target_value: str, span: Span
) -> None:
    with pytest.raises(GoalRefusedError):
        goals.set_goal(
            company.staff[role], "profiling", measure, Decimal(target_value), span, now=NOW
        )
