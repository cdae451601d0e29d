"""Goals per stage of the relation, and whether what was measured reaches them: pure rules."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum, unique

from governance.policy.lifecycle import LifeStage


@unique
class Measure(StrEnum):
    """What can be measured of a stage."""

    NEW_CUSTOMERS = "new_customers"  # who bought for the first time
    ACQUISITION_COST = "acquisition_cost"  # of one new customer
    REPEAT_RATE = "repeat_rate"  # of the new: who bought once more
    RETENTION_RATE = "retention_rate"  # of those of the period before: who bought in this one
    RETENTION_COST = "retention_cost"  # of one customer kept


STAGE_OF: Mapping[Measure, LifeStage] = {
    Measure.NEW_CUSTOMERS: LifeStage.PROSPECT,
    Measure.ACQUISITION_COST: LifeStage.PROSPECT,
    Measure.REPEAT_RATE: LifeStage.CUSTOMER,
    Measure.RETENTION_RATE: LifeStage.CUSTOMER,
    Measure.RETENTION_COST: LifeStage.CUSTOMER,
}
"""Whose the measure is: a prospect is acquired, a customer is kept."""
COSTS = frozenset({Measure.ACQUISITION_COST, Measure.RETENTION_COST})
SHARES = frozenset({Measure.REPEAT_RATE, Measure.RETENTION_RATE})


def is_reached(measure: Measure, value: Decimal | None, target: Decimal | None) -> bool | None:
    """Whether a goal is reached: a cost is to stay below; None without a goal or a value."""
    if value is None or target is None:
        return None
    return value <= target if measure in COSTS else value >= target
