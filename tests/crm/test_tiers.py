"""F17: tiers reproduce a fixture computed by hand, are shown to the person, and go with them."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import operations as crm
from crm.models import CustomerTier
from crm.sales import tiers
from dsar import labels, values
from governance.policy import tiers as policy
from governance.policy.actors import system
from governance.policy.tiers import Buying, Tier
from governance.policy.vocabulary import Duty, Operation, RecordClass, Role
from registry import consent
from registry.datamap import Origin, data_map
from registry.gate import opening as gate
from registry.gate.errors import GateRefusedError
from tests.builders import NOW, Company, a_person

TODAY = NOW.date()
# Days ago, orders, spent in all; scores and tier by hand: five people, so each rank is a fifth.
BY_HAND = {
    "Ada": (1, 5, 900, (5, 5, 5), "champion"),
    "Bea": (10, 4, 100, (4, 4, 2), "loyal"),
    "Carla": (100, 1, 50, (3, 1, 1), "occasional"),
    "Dora": (300, 3, 800, (2, 3, 4), "at_risk"),
    "Elsa": (400, 2, 300, (1, 2, 3), "at_risk"),
}


def buyers(company: Company) -> dict[str, UUID]:
    made = {}
    for name, (ago, orders, spent, *_expected) in BY_HAND.items():
        made[name] = a_person(company, given=name, orders=[date(2020, 1, 1)])
        with gate.open(
            company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=made[name],
            now=NOW,
        ) as access:  # fmt: skip
            for number in range(orders):
                line = crm.Line("x", Decimal(1), Decimal(spent) / orders)
                crm.place_order(
                    access, subject=made[name], number=f"{name}-{number}", lines=[line],
                    billing={}, ordered_on=TODAY - timedelta(days=ago + number),
                )  # fmt: skip
    return made


def computed(company: Company) -> int:
    return tiers.compute(
        system(company.controller.pk), "customer_value", since=date(2024, 1, 1), now=NOW
    )


def held(company: Company, subject: UUID) -> list[tuple[tuple[int, int, int], str]]:
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=subject, reference=subject, now=NOW
    ) as access:
        rows = list(access.rows(CustomerTier))
    return [((row.recency, row.frequency, row.monetary), row.tier) for row in rows]


def test_f17_tiers_reproduce_a_fixture_computed_by_hand(company: Company) -> None:
    people = buyers(company)
    expected = {name: (scores, tier) for name, (*_said, scores, tier) in BY_HAND.items()}
    pure = policy.scored(
        {
            name: Buying(TODAY - timedelta(days=ago), orders, Decimal(spent))
            for name, (ago, orders, spent, *_e) in BY_HAND.items()
        }
    )
    assert {
        name: ((one.recency, one.frequency, one.monetary), one.tier) for name, one in pure.items()
    } == expected
    for _again in range(2):
        assert computed(company) == len(people)
        assert {name: held(company, one) for name, one in people.items()} == {
            name: [row] for name, row in expected.items()
        }


def test_f17_whoever_objected_is_not_classed(company: Company) -> None:
    people = buyers(company)
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people["Ada"], reference=people["Ada"],
        now=NOW,
    ) as access:  # fmt: skip
        consent.object_to(
            access, subject=people["Ada"], at=NOW, purpose=company.purpose("customer_value")
        )
    assert computed(company) == len(people) - 1
    assert held(company, people["Ada"]) == []


def test_f17_only_for_its_purpose_and_whom_it_names(company: Company) -> None:
    for actor, purpose in (
        (system(company.controller.pk), "spying"), (company.actor(Role.AGENT), "customer_value"),
    ):  # fmt: skip
        with pytest.raises(GateRefusedError):
            tiers.compute(actor, purpose, since=TODAY, now=NOW)


def test_f17_a_tier_is_told_as_a_conclusion_in_the_copy_of_the_person() -> None:
    holding = data_map()[CustomerTier]
    assert holding in data_map().answered(), "and so in access and erasure (tests/scenarios)"
    assert holding.record_class is RecordClass.PURCHASE_DETAIL
    assert {one.origin for one in holding.personal().values()} == {Origin.INFERRED}
    assert set(holding.personal()) <= set(labels.FIELDS)
    assert set(Tier) == set(values.WORDS["tier"])


@given(
    st.dictionaries(
        st.integers(),
        st.tuples(st.dates(), st.integers(1, 9), st.decimals(0, 999, places=2)),
        min_size=1,
        max_size=20,
    )
)
def test_f17_better_figures_never_score_less(rows: dict[int, tuple[date, int, Decimal]]) -> None:
    found = policy.scored({key: Buying(*row) for key, row in rows.items()})
    for key, (last_on, orders, spent) in rows.items():
        assert all(1 <= score <= 5 for score in (found[key].recency, found[key].monetary))
        for other, row in rows.items():
            if row[0] >= last_on:
                assert found[other].recency >= found[key].recency
            if row[1] == orders:
                assert found[other].frequency == found[key].frequency
            if row[2] >= spent:
                assert found[other].monetary >= found[key].monetary


def test_f17_every_three_scores_have_the_tier_of_the_table() -> None:
    table = {
        (r, f, m): policy.tier_of(r, f, m)
        for r in range(1, 6)
        for f in range(1, 6)
        for m in range(1, 6)
    }
    assert set(table.values()) == set(Tier)
    assert (table[5, 1, 1], table[3, 2, 2], table[1, 1, 2], table[2, 2, 3], table[4, 3, 3]) == (
        "new", "occasional", "dormant", "at_risk", "loyal",
    )  # fmt: skip
