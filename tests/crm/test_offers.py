"""ST3, ST11: offers linked to needs; who may be offered what, what fits, what it brings."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from crm import operations as crm
from crm.models import Contact, Offer, Product, ScoreRun
from crm.offers import operations, ranking
from crm.offers.errors import OfferInvalidError, OfferStateError
from crm.offers.operations import NewOffer
from crm.scores import nightly
from crm.workflows.errors import RuleApprovalError
from crm.workflows.versions import Titles
from governance.policy.offering import (
    FEWEST_TOGETHER,
    Buyer,
    NotOffered,
    Terms,
    affinities,
    ranked,
    replay,
)
from governance.policy.vocabulary import ConsentState, Duty, Operation, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_company, a_consent, a_person

TODAY, LONG_AGO = NOW.date(), NOW - timedelta(days=100)
SINCE = date(2020, 1, 1)


@pytest.fixture
def company(db: None) -> Company:
    return a_company()


def an_offer(company: Company, key: str, *needs: str, **said: Any) -> Offer:
    new = replace(NewOffer(key, Titles(f"Offerta {key}", f"Offer {key}"), needs, SINCE), **said)
    made = operations.draft(new, by=company.staff[Role.MARKETING], now=NOW)
    return operations.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)


def buys(company: Company, given: str, *codes: str, agreed: bool = True) -> UUID:
    subject = a_person(company, given=given, orders=[LONG_AGO.date()])
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=subject, now=NOW
    ) as access:
        for number, code in enumerate(codes):
            product, _new = Product.objects.get_or_create(
                controller=company.controller, code=code, defaults={"name": code}
            )
            crm.place_order(
                access, subject=subject, number=f"{given}-{code}", billing={},
                ordered_on=TODAY - timedelta(days=60 - number),
                lines=[crm.Line(code, Decimal(1), Decimal(10), product)],
            )  # fmt: skip
    if agreed:
        a_consent(company, subject, purpose="profiling", at=LONG_AGO)
    return subject


def interested(company: Company, subject: UUID, said: str) -> None:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        (contact,) = access.rows(Contact)
        contact.interests = said
        contact.save()


def proposed(company: Company, subject: UUID, run: ScoreRun) -> Any:
    with gate.open(
        company.actor(Role.MARKETING), "profiling", Operation.READ, subjects=subject, now=NOW
    ) as access:
        found, left_out = ranking.proposed(access, subject, run)
        return [(offer.key, one.reasons) for offer, one in found], left_out


def test_st3_eligibility_then_affinity_then_margin() -> None:
    buyer = Buyer(frozenset({"light"}), 2, {"lamp": TODAY, "desk": TODAY - timedelta(days=90)})
    learned = {("lamp", "bulb"): 0.5, ("lamp", "shade"): 0.4, ("desk", "chair"): 0.2}

    def terms(key: str, product: str, margin: int, **said: Any) -> Terms:
        return replace(Terms(key, frozenset(), product, Decimal(margin), SINCE), **said)

    found, left_out = ranked(
        [
            terms("bulb", "bulb", 2), terms("shade", "shade", 4), terms("chair", "chair", 7),
            terms("need", "rug", 1, needs=frozenset({"light"})),
            terms("later", "bulb", 99, starts_on=TODAY + timedelta(days=1)),
            terms("over", "bulb", 99, ends_on=TODAY - timedelta(days=1)),
            terms("loyal", "bulb", 99, from_orders=3),
            terms("again", "lamp", 99, not_within_days=30),
            terms("stranger", "boat", 99),
        ],
        buyer, learned, today=TODAY,
    )  # fmt: skip
    assert [(one.key, one.expected) for one in found] == [
        ("shade", Decimal("1.60")), ("chair", Decimal("1.40")), ("bulb", Decimal("1.00")),
    ]  # fmt: skip
    assert left_out == {
        "later": NotOffered.NOT_NOW, "over": NotOffered.NOT_NOW,
        "loyal": NotOffered.TOO_FEW_ORDERS, "again": NotOffered.BOUGHT_LATELY,
        "stranger": NotOffered.NO_AFFINITY,
    }  # fmt: skip


def test_st3_an_affinity_stands_for_five_people_at_least() -> None:
    few = [{"lamp", "bulb"}] * (FEWEST_TOGETHER - 1) + [{"lamp"}] * 5
    assert affinities(few) == {}
    learned = affinities([*few, {"lamp", "bulb"}])
    assert learned == {("lamp", "bulb"): 0.5, ("bulb", "lamp"): 1.0}


def test_st3_the_offline_replay_is_the_one_computed_by_hand() -> None:
    # Six bought lamp, bulb and then desk: what is known before the last is lamp and bulb alone.
    found = replay([["lamp", "bulb", "desk"]] * 6 + [["lamp", "bulb"]] * 4 + [["desk"]])
    assert found is not None
    assert (found.people, found.hits, found.baseline) == (10, 0.4, 0.4)
    assert replay([["lamp"], []]) is None


def test_st3_a_run_reports_its_replay_and_logs_who_was_left_out(company: Company) -> None:
    for number in range(6):
        buys(company, f"Anna{number}", "lamp", "bulb")
    target = buys(company, "Berta", "lamp")
    buys(company, "Carla", "lamp", "bulb", agreed=False)
    an_offer(company, "bulbs", "light", product="bulb", margin=Decimal(3))
    an_offer(company, "boats", "sea", product="bulb", from_orders=9)
    run = ranking.run(company.actor(Role.MARKETING), "profiling", since=SINCE, now=NOW)
    assert run.people == 7
    assert run.left_out == {"no_consent": 1}
    assert set(run.quality) == {"people", "hits", "baseline"}
    assert run.quality["people"] == 6
    assert proposed(company, target, run) == (
        [("bulbs", ["bought_together"])], {"boats": "too_few_orders"}
    )  # fmt: skip
    a_consent(company, target, purpose="profiling", state=ConsentState.WITHDRAWN)
    nightly.run_all(now=NOW + timedelta(days=1))
    again = ScoreRun.objects.filter(score_kind="offer").latest("ran_at")
    assert (again.people, again.left_out) == (6, {"no_consent": 2})


def test_st11_each_declared_need_leads_to_the_offers_that_answer_it(company: Company) -> None:
    anna = buys(company, "Anna")
    interested(company, anna, "Light, the sea, cooking")
    an_offer(company, "bulbs", "light", "Work")
    an_offer(company, "lamps", "LIGHT ")
    an_offer(company, "boats", "the  sea")
    an_offer(company, "old", "light", ends_on=TODAY - timedelta(days=1))
    with gate.open(
        company.actor(Role.MARKETING), "profiling", Operation.READ, subjects=anna, now=NOW
    ) as access:
        found = [(need, [one.key for one in made]) for need, made in ranking.needs(access, anna)]
    assert found == [("cooking", []), ("light", ["bulbs", "lamps"]), ("the sea", ["boats"])]
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.READ, subjects=anna, now=NOW
    ) as access:
        assert ranking.needs(access, anna) == [], "the purpose does not know what was declared"


def test_st11_an_offer_is_complete_and_somebody_else_approves_it(company: Company) -> None:
    good = NewOffer("bulbs", Titles("Lampadine", "Bulbs"), ["light"], TODAY)
    for change in (
        {"needs": []}, {"needs": ["x" * 41]}, {"titles": Titles("", "Bulbs")},
        {"product": "unknown"}, {"margin": Decimal(-1)}, {"ends_on": TODAY - timedelta(days=1)},
        {"texts": Titles("Scrivi a anna.bianchi@example.it", "x")},
    ):  # fmt: skip
        with pytest.raises(OfferInvalidError):
            operations.draft(replace(good, **change), by=company.staff[Role.MANAGER], now=NOW)
    made = operations.draft(good, by=company.staff[Role.MANAGER], now=NOW)
    with pytest.raises(RuleApprovalError):
        operations.approve(made.pk, by=company.staff[Role.MANAGER], now=NOW)
    with pytest.raises(OfferStateError):
        operations.retire(made.pk, by=company.staff[Role.MANAGER], now=NOW)
    operations.approve(made.pk, by=company.staff[Role.LEGAL], now=NOW)
    with pytest.raises(OfferStateError):
        operations.draft(good, by=company.staff[Role.MANAGER], now=NOW)
    operations.retire(made.pk, by=company.staff[Role.MANAGER], now=NOW)
