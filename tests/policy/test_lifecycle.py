"""O20: the stages of a relation, tried in full."""

from itertools import product

import pytest

from governance.policy.lifecycle import KIND_OF, MOVES, LifeStage, Needs, Relation, is_met, needs
from governance.policy.vocabulary import SubjectKind

CUSTOMER = Relation(turned_to_us=True, has_contract=True, is_running=True)
TABLE = [
    ("lead", "prospect", Relation(turned_to_us=True), Relation()),
    ("lead", "customer", CUSTOMER, Relation(turned_to_us=True)),
    ("prospect", "customer", CUSTOMER, Relation(turned_to_us=True, is_running=True)),
    ("customer", "advocate", Relation(has_contract=True, recommends=True), CUSTOMER),
    ("advocate", "customer", CUSTOMER, Relation(recommends=True)),
    ("customer", "former", Relation(has_contract=True), CUSTOMER),
    ("advocate", "former", Relation(has_contract=True, recommends=True), CUSTOMER),
    ("former", "customer", CUSTOMER, Relation(has_contract=True)),
]


@pytest.mark.parametrize(("now", "then", "enough", "too_little"), TABLE)
def test_o20_a_stage_is_entered_on_what_it_stands_for(
    now: str, then: str, enough: Relation, too_little: Relation
) -> None:
    need = needs(LifeStage(now), LifeStage(then))
    assert need is not None
    assert is_met(need, enough)
    assert not is_met(need, too_little)


def test_o20_there_is_no_other_way_from_stage_to_stage() -> None:
    tried = {(LifeStage(now), LifeStage(then)) for now, then, *_ in TABLE}
    assert tried == set(MOVES)
    for now, then in product(LifeStage, LifeStage):
        assert (needs(now, then) is None) == ((now, then) not in tried)
    assert set(Needs) == set(MOVES.values())


def test_o20_every_stage_has_its_kind_of_person() -> None:
    assert set(KIND_OF) == set(LifeStage)
    assert set(KIND_OF.values()) == {SubjectKind.PROSPECT, SubjectKind.CUSTOMER}
