"""Retention of the audit log: the register says how long accesses are kept.

The log is not a table of the data map: its entries name people by pseudonyms and are evidence, so
they end month by month, by the log's own function, which leaves the tree whole.
"""

from datetime import date, datetime
from uuid import UUID

from audit import pruning
from governance.policy.periods import Period
from governance.policy.vocabulary import RecordClass
from registry import activities
from registry.models import Controller

MONTHS_OF_A_YEAR = 12


def months_kept(controller: UUID, *, at: datetime) -> int | None:
    """Return for how many months the register keeps entries about accesses; None: for ever.

    Where several activities say something, the longest counts; weeks and days count as another
    month, since entries end by the month.
    """
    periods = [
        Period.parse(rule.period)
        for version in activities.all_in_force(controller, at=at)
        for rule in version.retention_rules.all()
        if rule.record_class == RecordClass.ACCESS_LOG
    ]
    return max((_months(period) for period in periods), default=None)


def prune_all(*, now: datetime) -> dict[UUID, dict[date, int]]:
    """Remove what is over, for each controller; return how many entries by month."""
    removed = {}
    for controller in Controller.objects.order_by("pk").values_list("pk", flat=True):
        months = months_kept(controller, at=now)
        if months is not None:
            removed[controller] = pruning.prune(controller, months=months, now=now)
    return removed


def _months(period: Period) -> int:
    whole = period.years * MONTHS_OF_A_YEAR + period.months
    return whole + (1 if period.weeks or period.days else 0)
