"""Goals per stage: set by a manager, and compared with what was measured (ST1)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from audit import log
from audit.actions import Action
from crm.models import StageGoal
from crm.portfolio.costs import Costs
from crm.portfolio.errors import GoalRefusedError
from crm.portfolio.keeping import Retention, Span
from governance.policy.goals import SHARES, Measure, is_reached
from governance.policy.vocabulary import Role
from registry.models import Purpose, Staff
from registry.operations import KEEPING

MAY_SET = frozenset({Role.MANAGER, Role.MARKETING})


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure in a period, with its goal; `value` is None where there was nothing to measure."""

    measure: Measure
    value: Decimal | None
    target: Decimal | None
    is_reached: bool | None


def set_goal(
    by: Staff, purpose: str, measure: Measure, target: Decimal, span: Span, *, now: datetime
) -> StageGoal:
    """Set what a measure is to come to in a period, in place of what was set before.

    Raises
    ------
    GoalRefusedError
        the role sets no goals, the period ends before it begins, or no share is above one
    """
    is_wrong = span.until < span.since or target < 0 or (measure in SHARES and target > 1)
    if by.role not in MAY_SET or is_wrong:
        raise GoalRefusedError
    key = Purpose.objects.get(controller=by.controller, key=purpose)
    made, _is_new = StageGoal.objects.update_or_create(
        controller=by.controller, purpose=key, measure=measure, since=span.since,
        until=span.until, defaults={"target": target, "set_by": by, "set_at": now},
    )  # fmt: skip
    event = log.Event(
        action=Action.GOAL_SET, purpose=KEEPING, object_type="goal", object_id=made.pk
    )
    log.record(by.actor(), event, now=now)
    return made


def measured(
    controller: UUID, purpose: str, kept: Retention, costs: Costs, span: Span
) -> list[Measured]:
    """Return every measure of a period, in the order of the stages, beside its goal if one is set.

    The goal is that of just this period.
    """
    values = {
        Measure.NEW_CUSTOMERS: Decimal(kept.new), Measure.ACQUISITION_COST: costs.of_new,
        Measure.REPEAT_RATE: kept.repeat_rate, Measure.RETENTION_RATE: kept.rate,
        Measure.RETENTION_COST: costs.of_kept,
    }  # fmt: skip
    rows = StageGoal.objects.filter(
        controller=controller, purpose__key=purpose, since=span.since, until=span.until
    )
    targets = {Measure(row.measure): row.target for row in rows}
    return [
        Measured(one, value, targets.get(one), is_reached(one, value, targets.get(one)))
        for one, value in values.items()
    ]
