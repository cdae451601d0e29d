"""Whom somebody who goes to people serves: the orders of their open visits, and where to go now.

An order is served from the day a visit for it is planned until the visit is closed; where somebody
lives, from the day before (`governance.policy.visits`). Whatever the purpose, page or call.
"""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from crm.models import Case, FieldVisit, Order, OrderLine, Shipment, ShipmentLine
from governance.policy.categories import Category
from governance.policy.visits import DAY_BEFORE
from governance.policy.vocabulary import Role
from registry.gate.serving import Rule

Ids = QuerySet[Any, Any]
DAY = timedelta(days=1)


def _open_visits(technician: UUID) -> QuerySet[FieldVisit]:
    return FieldVisit.objects.filter(technician=technician, closed_at__isnull=True).order_by()


def orders(technician: UUID, _now: datetime) -> Ids:
    """Return the orders for which somebody has to go somewhere."""
    cases = Case.objects.filter(pk__in=_open_visits(technician).values("case"))
    return cases.filter(order__isnull=False).order_by().values_list("order", flat=True)


def lines(technician: UUID, now: datetime) -> Ids:
    """Return the lines of those orders."""
    rows = OrderLine.objects.filter(order__in=orders(technician, now))
    return rows.order_by().values_list("pk", flat=True)


def people(technician: UUID, now: datetime) -> Ids:
    """Return to whom somebody goes, as far as the address is needed at a moment."""
    last = timezone.localdate(now) + DAY_BEFORE + DAY
    ends = datetime.combine(last, time.min, timezone.get_default_timezone())
    return _open_visits(technician).filter(starts_at__lt=ends).values_list("subject", flat=True)


RULES = [
    Rule(Role.FIELD_AGENT, orders, {Order: "pk", OrderLine: "order_id", Shipment: "order_id"}),
    Rule(Role.FIELD_AGENT, lines, {ShipmentLine: "line_id"}),
    Rule(Role.FIELD_AGENT, people, category=Category.POSTAL_ADDRESS),
]
