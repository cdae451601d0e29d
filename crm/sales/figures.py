"""Sales day by day, as they come in: how many orders, and what they come to (A14)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Sum

from crm.chosen import people_of
from crm.models import Order
from crm.sales.tiers import COUNTED
from registry.gate.access import Access
from registry.gate.opening import Subjects

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SalesDay:
    """The orders of one day in the currency of the sheet."""

    on: date
    orders: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Sales:
    """The orders of a period.

    Attributes
    ----------
    currency : in which most orders are
    days : every day of the period, the oldest first
    others : how many orders are in other currencies, which are not added up
    """

    currency: str
    days: list[SalesDay]
    others: Mapping[str, int]


def people(since: date) -> Subjects:
    """Return who ordered from a day on, for whom the figures are opened."""
    return people_of(Order.objects.filter(ordered_on__gte=since).order_by())


def sales(access: Access, *, since: date, until: date) -> Sales:
    """Return the orders of a period; amounts of different currencies are never added."""
    rows = access.rows(Order).filter(
        state__in=COUNTED, ordered_on__gte=since, ordered_on__lte=until
    )
    counted = rows.values_list("currency", "ordered_on").annotate(Count("pk"), Sum("total"))
    by_currency: Counter[str] = Counter()
    found: dict[tuple[str, date], tuple[int, Decimal]] = {}
    for currency, on, orders, total in counted:
        by_currency[currency] += orders
        found[currency, on] = (orders, total)
    currency = by_currency.most_common(1)[0][0] if by_currency else "EUR"
    others = {name: n for name, n in by_currency.items() if name != currency}
    all_days = [since + DAY * n for n in range((until - since).days + 1)]
    days = [SalesDay(on, *found.get((currency, on), (0, Decimal(0)))) for on in all_days]
    return Sales(currency, days, others)
