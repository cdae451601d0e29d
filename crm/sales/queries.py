"""What stands on the board, what it comes to, and what there is to do; each in one statement."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Round

from crm.chosen import people_of
from crm.models import Opportunity, Task
from governance.policy.sales import ENDED
from registry.gate.access import Access
from registry.models import DataSubject

People = QuerySet[DataSubject, UUID]
_SUM = DecimalField(max_digits=20, decimal_places=4)


@dataclass(frozen=True)
class Forecast:
    """What the open opportunities of one currency come to."""

    currency: str
    number: int
    amount: Decimal
    weighed: Decimal


def with_opportunities(*, since: datetime | None = None) -> People:
    """Return the people with open opportunities, and those whose ended since a moment."""
    wanted = ~Q(stage__in=ENDED)
    if since is not None:
        wanted |= Q(moved_on__gte=since.date())
    return people_of(Opportunity.objects.filter(wanted))


def with_tasks() -> People:
    """Return the people for whom something is to be done."""
    return people_of(Task.objects.filter(done_at__isnull=True))


def forecast(access: Access, *, until: date | None = None) -> list[Forecast]:
    """Return the sum of amount times probability of the open opportunities, by currency.

    Arguments
    ---------
    until : only those expected by this day; those without a day are left out then
    """
    rows = access.rows(Opportunity).exclude(stage__in=ENDED)
    if until is not None:
        rows = rows.filter(expected_on__lte=until)
    weighed = ExpressionWrapper(F("amount") * F("probability"), output_field=_SUM)
    found = (
        rows.values("currency")
        .annotate(
            sum=Sum("amount"),
            weighed=Round(Sum(weighed) / Value(100, output_field=_SUM), precision=2),
            number=Sum(Value(1)),
        )
        .order_by("currency")
    )
    return [Forecast(r["currency"], r["number"], r["sum"], r["weighed"]) for r in found]


def to_do(access: Access, *, staff: UUID | None = None, role: str = "") -> list[Task]:
    """Return what is to be done by one of the staff or their role, the most urgent first."""
    rows = access.rows(Task).filter(done_at__isnull=True)
    if staff is not None:
        rows = rows.filter(Q(assignee=staff) | Q(assignee__isnull=True, role__in=["", role]))
    return list(rows.order_by("do_by", "id")[:200])
