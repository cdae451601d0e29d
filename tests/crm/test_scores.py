"""ST4, O25, A15: scores with their reasons and their quality, of nobody who objected."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import exp, log
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crm import tasks
from crm.models import Contact, Score, ScoreRun
from crm.portfolio.errors import AnalysisNotInstalledError, TooFewEventsError
from crm.scores import churn, logistic, nightly, running, worth
from crm.scores.errors import FeatureRefusedError
from crm.scores.history import Day, features
from dsar import labels, values
from governance.policy import scores as policy
from governance.policy.actors import system
from governance.policy.categories import SPECIAL
from governance.policy.scores import Fault, Logic, Reason, ScoreKind, Sign
from governance.policy.vocabulary import ConsentState, Duty, Role
from registry.datamap import Origin, data_map
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from registry.models import QualifyingEvent
from tests.builders import NOW, Company, a_consent, a_person, amend
from tests.crm.test_extract import buys, drawn, says
from tests.realdata import CRM, needs_real_data, table

TODAY = NOW.date()
SINCE = date(2023, 1, 1)


# The mathematics


@needs_real_data
def test_st4_churn_on_telco_beats_the_baseline_beside_it_on_people_not_seen() -> None:
    rows = table(CRM / "telco" / "Telco-Customer-Churn.csv")
    used = np.array(
        [
            (
                float(row["tenure"]), float(row["MonthlyCharges"]),
                row["Contract"] == "Month-to-month", row["InternetService"] == "Fiber optic",
            )
            for row in rows
        ],
        float,
    )  # fmt: skip
    left = np.array([row["Churn"] == "Yes" for row in rows])
    order = np.random.default_rng(20).permutation(len(rows))
    seen, kept_out = order[: len(rows) * 7 // 10], order[len(rows) * 7 // 10 :]
    model = logistic.fit(used[seen], left[seen])
    told = model.probability(used[kept_out])
    found = logistic.quality(told, left[kept_out], share=float(left[seen].mean()))
    assert (found.people, found.events) == (2113, int(left[kept_out].sum()))
    assert 0.81 < found.auc < 0.86
    assert found.brier < 0.16 < found.baseline
    apart = [abs(foretold - came) for foretold, came in found.calibration]
    assert len(apart) == 10
    assert sum(apart) / 10 < 0.05


def test_st4_auc_brier_and_calibration_are_those_computed_by_hand() -> None:
    told, came = np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True])
    found = logistic.quality(told, came, share=0.25)
    assert found.auc == pytest.approx(3.5 / 4)  # of four pairs three are right, and one is a tie
    assert found.brier == pytest.approx((0.01 + 0.16 + 0.36 + 0.04) / 4)
    assert found.baseline == pytest.approx((2 * 0.0625 + 2 * 0.5625) / 4)
    assert found.calibration == [(0.1, 0.0), (0.4, 0.0), (0.4, 1.0), (0.8, 1.0)]
    with pytest.raises(TooFewEventsError):
        logistic.quality(told, np.zeros(4, bool), share=0.25)


def invented(size: int = 1500) -> dict[UUID, list[Day]]:
    """Two kinds of customers: those who buy every month, and those who stop one day."""
    random = np.random.default_rng(3)
    history = {}
    for number in range(size):
        ends = 0 if number % 3 else int(random.integers(0, 500))
        ago = int(random.integers(300, 700))
        days = []
        while ago > ends:
            days.append(Day(TODAY - timedelta(days=ago), float(random.integers(10, 90))))
            ago -= int(random.integers(15, 50))
        if days:
            history[uuid4()] = days
    return history


def test_st4_what_a_model_is_judged_by_came_after_all_it_learned_from() -> None:
    history = invented()
    whole = churn.churn(history, TODAY)
    assert whole.logic is Logic.LOGISTIC
    assert whole.quality["auc"] > 0.9
    assert whole.quality["brier"] < whole.quality["baseline"]
    assert len(whole.quality["calibration"]) == 10
    # What happened within the last ninety days changes the judgement and not the model.
    cut, changed = TODAY - timedelta(days=90), {}
    for number, (one, days) in enumerate(history.items()):
        changed[one] = [day for day in days if day.on <= cut] if number % 2 else days
    blind = churn.churn({one: days for one, days in changed.items() if days}, TODAY)
    assert blind.parameters == whole.parameters
    assert blind.quality["brier"] > whole.quality["brier"]


def test_st4_the_reasons_add_up_to_the_score() -> None:
    for told in churn.churn(invented(), TODAY).told.values():
        assert policy.total(told.reasons) == pytest.approx(log(told.value / (1 - told.value)))
        line = policy.read(policy.written(told.reasons))
        assert 1 / (1 + exp(-policy.total(line))) == pytest.approx(told.value, abs=1e-3)


def test_a15_the_value_of_a_customer_is_the_product_of_its_reasons() -> None:
    random, history = np.random.default_rng(5), {}
    for _number in range(800):
        ago, rate, leaves = 350.0, random.gamma(0.8, 1 / 30), random.beta(1.2, 3.0)
        days = []
        while ago > 0:
            days.append(Day(TODAY - timedelta(days=int(ago)), float(random.gamma(6, 5))))
            ago = 0 if random.random() < leaves else ago - max(1, random.exponential(1 / rate))
        history[uuid4()] = days
    found = worth.worth(history, TODAY)
    assert found.fallback == ""
    assert set(found.told) == set(history)
    for told in found.told.values():
        ahead, each = told.reasons
        assert ahead.points * each.points == pytest.approx(told.value)
        assert told.low <= told.high


def test_st4_below_the_floor_a_rule_is_used_and_says_so() -> None:
    few = dict(list(invented().items())[:10])
    found = churn.churn(few, TODAY)
    assert (found.logic, found.fallback, found.quality) == (Logic.RULE, "too_few_events", {})
    assert {told.value for told in found.told.values()} <= {0.25, 0.5, 0.75}
    assert all(policy.total(told.reasons) == told.value for told in found.told.values())
    assert worth.worth(few, TODAY).fallback == "too_few_events"
    assert [policy.rule_of_churn(*row) for row in ((10, 5, 110), (30, 5, 130), (60, 5, 160))] == [
        0.25, 0.5, 0.75,
    ]  # fmt: skip


def test_st4_without_the_mathematics_there_are_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("crm.scores.logistic", "crm.portfolio.worth"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
        package, _dot, module = name.rpartition(".")
        monkeypatch.delattr(__import__("sys").modules[package], module, raising=False)
    found = churn.churn(invented(200), TODAY)
    assert (found.logic, found.fallback) == (Logic.RULE, "analysis_not_installed")
    with pytest.raises(AnalysisNotInstalledError):
        worth.require_installed()


# Features


def test_st4_no_special_category_and_nothing_that_stands_for_one_is_a_feature() -> None:
    assert not {category.value for category in SPECIAL} & set(policy.FEATURES)
    assert not set(policy.PROXIES) & set(policy.FEATURES)
    assert set(churn.FEATURES) == set(policy.FEATURES)
    for name, fault in (
        ("health", Fault.SPECIAL), ("postal_code", Fault.PROXY), ("age_band", Fault.GROUP),
        ("shoe_size", Fault.UNDECLARED),
    ):  # fmt: skip
        with pytest.raises(FeatureRefusedError) as refused:
            features({uuid4(): [Day(TODAY, 1.0)]}, TODAY, ["order_days", name])
        assert refused.value.details["faults"] == {name: fault}


# Leads


@given(st.lists(st.tuples(st.sampled_from([*policy.POINTS, "other"]), st.integers(-5, 400))))
def test_o25_the_same_signs_give_the_same_points_and_the_reasons_add_up(
    shown: list[tuple[str, int]],
) -> None:
    signs = [Sign(kind, TODAY - timedelta(days=ago)) for kind, ago in shown]
    reasons = policy.lead_reasons(signs, today=TODAY)
    by_hand = sum(policy.POINTS.get(k, 0) * 0.5 ** (ago / 30) for k, ago in shown if ago >= 0)
    assert policy.total(reasons) == pytest.approx(by_hand)
    again = policy.lead_reasons(list(reversed(signs)), today=TODAY)
    assert policy.total(again) == pytest.approx(policy.total(reasons))
    later = policy.lead_reasons(signs, today=TODAY + timedelta(days=30))
    if all(ago >= 0 for _kind, ago in shown):
        assert policy.total(later) == pytest.approx(policy.total(reasons) / 2)


def test_o25_leads_are_scored_by_signs_the_purpose_may_use(company: Company) -> None:
    ada = a_person(company, given="Ada")
    a_consent(company, ada, purpose="profiling")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=ada, reference=ada, now=NOW
    ) as access:
        contact = access.rows(Contact).get()
        contact.stage = "lead"
        contact.save()
        QualifyingEvent(
            controller_id=company.controller.pk, subject_id=ada, kind="request",
            at=NOW - timedelta(days=30), collected_at=NOW,
        ).save()  # fmt: skip
    made = running.run_leads(system(company.controller.pk), "profiling", since=SINCE, now=NOW)
    assert (made.logic, made.people) == ("points", 1)
    assert held(company, ada) == {"lead": (Decimal("10.0000"), "request:+10.0000")}


# With people


def run(company: Company, purpose: str = "profiling", *, now: datetime = NOW) -> ScoreRun:
    return running.run_churn(system(company.controller.pk), purpose, since=SINCE, now=now)


def held(company: Company, subject: UUID) -> dict[str, tuple[Decimal, str]]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        return {row.score_kind: (row.value, row.contributions) for row in access.rows(Score)}


@pytest.fixture
def two(company: Company) -> tuple[UUID, UUID]:
    """Two customers who agreed to profiling: one who buys, one who has not for a long time."""
    people = []
    for name, days in (("Ada", (40, 20, 1)), ("Bea", (300, 290, 280))):
        person = a_person(company, given=name, orders=[date(2020, 1, 1)])
        a_consent(company, person, purpose="profiling")
        for ago in days:
            buys(company, person, ago, "20.00")
        people.append(person)
    return people[0], people[1]


def test_st4_a_score_has_its_reasons_and_a_run_its_quality(
    company: Company, two: tuple[UUID, UUID]
) -> None:
    ada, bea = two
    for _again in range(2):
        made = run(company)
        assert (made.logic, made.fallback, made.people) == ("rule", "too_few_events", 2)
        assert held(company, ada) == {"churn": (Decimal("0.2500"), "days_since_order:+0.2500")}
        assert held(company, bea) == {"churn": (Decimal("0.7500"), "days_since_order:+0.7500")}


def test_st4_who_withdraws_is_out_of_scores_and_of_what_is_learned_within_one_run(
    company: Company, two: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bea = two
    run(company)
    learned: list[set[UUID]] = []
    real = churn.churn
    monkeypatch.setattr(
        churn,
        "churn",
        lambda history, today: (learned.append(set(history)), real(history, today))[1],
    )
    a_consent(company, bea, purpose="profiling", state=ConsentState.WITHDRAWN)
    made = run(company)
    assert learned == [{ada}]
    assert made.people == 1
    assert sum(made.left_out.values()) == 1
    assert held(company, bea) == {}
    assert held(company, ada) != {}


def test_st4_only_for_its_purpose_and_whom_it_names(company: Company) -> None:
    for actor, purpose in (
        (system(company.controller.pk), "spying"), (company.actor(Role.AGENT), "profiling"),
    ):  # fmt: skip
        with pytest.raises(GateRefusedError):
            running.run_churn(actor, purpose, since=SINCE, now=NOW)


def test_st4_scores_end_after_ninety_days_and_with_their_purpose(
    company: Company, two: tuple[UUID, UUID]
) -> None:
    ada, _bea = two
    run(company)
    last_day = NOW + timedelta(days=90)
    assert nightly.expire(company.controller, now=last_day) == 0
    assert nightly.expire(company.controller, now=last_day + timedelta(days=1)) == 2
    assert held(company, ada) == {}
    run(company)
    assert tasks.run_scores() >= 1
    amend(company, "profiling", roles=["marketing"])  # not for the system any more
    assert nightly.run_all(now=NOW + timedelta(hours=1)) == 0
    assert held(company, ada) == {}


def test_st4_a_run_ends_a_year_after_it_when_a_later_one_replaced_it(
    company: Company, two: tuple[UUID, UUID]
) -> None:
    first, last = run(company), run(company, now=NOW + timedelta(days=1))
    nightly.expire(company.controller, now=NOW + timedelta(days=365))
    assert set(ScoreRun.objects.values_list("pk", flat=True)) == {first.pk, last.pk}
    nightly.expire(company.controller, now=NOW + timedelta(days=365, hours=1))
    assert list(ScoreRun.objects.values_list("pk", flat=True)) == [last.pk]
    nightly.expire(company.controller, now=NOW + timedelta(days=800))
    assert list(ScoreRun.objects.values_list("pk", flat=True)) == [last.pk]


def test_st4_a_run_compares_groups_without_showing_small_ones(
    company: Company, two: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in two:
        says(company, person, birth_date=date(1990, 1, 1), gender="F")
    drawn(company)
    made = run(company)
    assert made.parity == {"age_band": {}, "declared_gender": {}}
    monkeypatch.setattr(running, "smallest_cell", lambda *_of, **_at: 2)
    means = {"people": 2, "mean": 0.5}
    assert run(company).parity == {
        "age_band": {"35-44": means}, "declared_gender": {"female": means},
    }  # fmt: skip


def test_st4_a_score_is_told_with_its_logic_in_the_copy_of_the_person() -> None:
    holding = data_map()[Score]
    assert holding in data_map().answered(), "and so in access and erasure (tests/scenarios)"
    assert {one.origin for one in holding.personal().values()} == {Origin.INFERRED}
    assert set(holding.personal()) <= set(labels.FIELDS)
    assert "contributions" in holding.sealed()
    assert set(ScoreKind) == set(values.WORDS["score_kind"])
    assert set(Logic) == set(values.WORDS["logic"])
    named = {*policy.FEATURES, *policy.POINTS, churn.BASE, "purchases_ahead", "per_purchase"}
    assert named == set(values.PARTS)
    line = policy.written([Reason("days_since_order", 0.25), Reason("base", -1)])
    with translation.override("en"):
        assert values.word("contributions", line) == (
            "days since your last order +0.25; starting point, alike for everybody -1.00"
        )
