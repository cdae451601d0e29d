"""What customers bought day by day, and the features of it at a given day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Sum

from crm.models import Order
from crm.sales.tiers import COUNTED
from crm.scores.errors import FeatureRefusedError
from governance.policy.scores import VALID_FOR, faults
from registry.gate.access import Access

STILL_A_CUSTOMER = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Day:
    """What somebody bought on one day."""

    on: date
    spent: float


History = Mapping[UUID, Sequence[Day]]
Row = tuple[float, ...]


def bought(access: Access, *, since: date, currency: str) -> dict[UUID, list[Day]]:
    """Return the purchases of the people of an access, day by day, in one currency."""
    rows = access.rows(Order).filter(
        state__in=COUNTED, currency=currency, ordered_on__gte=since, total__gt=0
    )
    days = rows.values_list("subject_id", "ordered_on").annotate(spent=Sum("total"))
    found: dict[UUID, list[Day]] = {}
    for subject, on, spent in days.order_by("subject_id", "ordered_on"):
        found.setdefault(subject, []).append(Day(on, float(spent)))
    return found


def features(history: History, until: date, names: Iterable[str]) -> dict[UUID, Row]:
    """Return the features of who was a customer on a day: bought within a year before it.

    Raises
    ------
    FeatureRefusedError
        a name is not on the closed list
    """
    wanted = list(names)
    if found := faults(wanted):
        raise FeatureRefusedError(faults=found)
    table = {}
    for subject, days in history.items():
        before = [day for day in days if day.on <= until]
        if before and before[-1].on > until - STILL_A_CUSTOMER:
            values = _values(before, until)
            table[subject] = tuple(values[name] for name in wanted)
    return table


def _values(days: Sequence[Day], until: date) -> dict[str, float]:
    """Return every feature on the list."""
    return {
        "days_since_order": float((until - days[-1].on).days),
        "order_days": float(len(days)),
        "days_known": float((until - days[0].on).days),
        "mean_spent": sum(day.spent for day in days) / len(days),
    }


def went(history: History, people: Iterable[UUID], until: date) -> list[bool]:
    """Return who bought nothing within ninety days after a day."""
    ends = until + VALID_FOR
    return [not any(until < day.on <= ends for day in history[one]) for one in people]
