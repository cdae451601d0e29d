"""The stages of a relation, from the first trace to its end: when one is entered, and when left.

A person has one file through all of them; a stage is what the file shows of the relation, and an
event with a date. What may be done at a stage is not said here: the register allows purposes for
kinds of people (Art. 30(1)(c)), and a stage has its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from governance.policy.vocabulary import SubjectKind


@unique
class LifeStage(StrEnum):
    """Where a relation stands."""

    LEAD = "lead"  # known, from wherever
    PROSPECT = "prospect"  # turned to us themselves
    CUSTOMER = "customer"  # there is a contract, or was asked for one
    ADVOCATE = "advocate"  # recommends us
    FORMER = "former"  # nothing runs any more


@unique
class Needs(StrEnum):
    """What a stage is entered on; the word is kept with the event."""

    TURNED_TO_US = "turned_to_us"
    CONTRACT = "contract"
    RECOMMENDED = "recommended"
    NOTHING_RUNS = "nothing_runs"
    RECOMMENDS_NO_MORE = "recommends_no_more"


@dataclass(frozen=True, slots=True)
class Relation:
    """What is known of a relation.

    Arguments
    ---------
    turned_to_us : wrote, called or came by themselves, or asked for an offer (Art. 6(1)(b))
    has_contract : there is evidence of one
    is_running : an order is open, or a contract has not ended
    recommends : somebody noted that they recommend us
    """

    turned_to_us: bool = False
    has_contract: bool = False
    is_running: bool = False
    recommends: bool = False


MOVES: Mapping[tuple[LifeStage, LifeStage], Needs] = {
    (LifeStage.LEAD, LifeStage.PROSPECT): Needs.TURNED_TO_US,
    (LifeStage.LEAD, LifeStage.CUSTOMER): Needs.CONTRACT,
    (LifeStage.PROSPECT, LifeStage.CUSTOMER): Needs.CONTRACT,
    (LifeStage.CUSTOMER, LifeStage.ADVOCATE): Needs.RECOMMENDED,
    (LifeStage.ADVOCATE, LifeStage.CUSTOMER): Needs.RECOMMENDS_NO_MORE,
    (LifeStage.CUSTOMER, LifeStage.FORMER): Needs.NOTHING_RUNS,
    (LifeStage.ADVOCATE, LifeStage.FORMER): Needs.NOTHING_RUNS,
    (LifeStage.FORMER, LifeStage.CUSTOMER): Needs.CONTRACT,
}
"""From where to where, and on what. Nobody goes back from a contract to interest."""

KIND_OF: Mapping[LifeStage, SubjectKind] = {
    LifeStage.LEAD: SubjectKind.PROSPECT,
    LifeStage.PROSPECT: SubjectKind.PROSPECT,
    LifeStage.CUSTOMER: SubjectKind.CUSTOMER,
    LifeStage.ADVOCATE: SubjectKind.CUSTOMER,
    LifeStage.FORMER: SubjectKind.CUSTOMER,
}
"""Whose the activities of the register are, at each stage."""


def needs(now: LifeStage, then: LifeStage) -> Needs | None:
    """Return what the move is made on, or None where there is no such move."""
    return MOVES.get((now, then))


def is_met(need: Needs, relation: Relation) -> bool:
    """Whether the relation shows what a stage is entered on."""
    match need:
        case Needs.TURNED_TO_US:
            return relation.turned_to_us
        case Needs.CONTRACT:
            return relation.has_contract and relation.is_running
        case Needs.RECOMMENDED:
            return relation.recommends and relation.has_contract
        case Needs.RECOMMENDS_NO_MORE:
            return not relation.recommends
        case Needs.NOTHING_RUNS:
            return not relation.is_running
