"""The stages of a sale, what each makes likely, and the forecast: pure rules over plain values."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum, unique

from governance.policy.trade import CENT


@unique
class Stage(StrEnum):
    """Where an opportunity stands, in the order of the board."""

    NEW = "new"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"


ENDED = frozenset({Stage.WON, Stage.LOST})
USUAL: Mapping[Stage, int] = {
    Stage.NEW: 10,
    Stage.QUALIFIED: 25,
    Stage.PROPOSAL: 50,
    Stage.NEGOTIATION: 75,
    Stage.WON: 100,
    Stage.LOST: 0,
}
"""How likely a sale is at a stage, in percent, where nobody says otherwise."""


@unique
class QuoteState(StrEnum):
    """Where a quote stands."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"


NEXT_OF_QUOTE: Mapping[QuoteState, frozenset[QuoteState]] = {
    QuoteState.DRAFT: frozenset({QuoteState.SENT}),
    QuoteState.SENT: frozenset({QuoteState.ACCEPTED, QuoteState.DECLINED}),
    QuoteState.ACCEPTED: frozenset(),
    QuoteState.DECLINED: frozenset(),
}


@unique
class About(StrEnum):
    """What a task or the run of a workflow belongs to."""

    PERSON = "person"
    ORDER = "order"
    OPPORTUNITY = "opportunity"
    CASE = "case"
    INTERACTION = "interaction"


def may_move(now: Stage, then: Stage) -> bool:
    """Return whether an opportunity may go from one stage to another; what has ended stays."""
    return now not in ENDED and now is not then


def probability_of(stage: Stage, said: int | None) -> int:
    """Return how likely a sale is: what somebody says, and what is certain where it has ended."""
    if stage in ENDED or said is None:
        return USUAL[stage]
    return said


def forecast(open_sales: Iterable[tuple[Decimal, int]]) -> Decimal:
    """Return the sum of amount times probability, rounded once, at the end."""
    weighed = sum((amount * share for amount, share in open_sales), Decimal(0))
    return (weighed / 100).quantize(CENT, ROUND_HALF_UP)
