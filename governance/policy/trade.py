"""What an order may become, and what it costs: pure rules over plain values.

A state changes one way only. Goods that left are a fact: an order of which something was shipped
is not cancelled any more, but closed. The database refuses the same changes (crm/migrations/0040).
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum, unique
from typing import TypeVar

CENT = Decimal("0.01")
K = TypeVar("K")


@unique
class OrderState(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PARTLY_FULFILLED = "partly_fulfilled"
    FULFILLED = "fulfilled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


NEXT: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.DRAFT: frozenset({OrderState.CONFIRMED, OrderState.CANCELLED}),
    OrderState.CONFIRMED: frozenset(
        {OrderState.PARTLY_FULFILLED, OrderState.FULFILLED, OrderState.CANCELLED}
    ),
    OrderState.PARTLY_FULFILLED: frozenset({OrderState.FULFILLED, OrderState.CLOSED}),
    OrderState.FULFILLED: frozenset({OrderState.CLOSED}),
    OrderState.CLOSED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
"""What each state may become."""

SHIPPABLE = frozenset({OrderState.CONFIRMED, OrderState.PARTLY_FULFILLED})
"""States in which goods may leave."""


def may_become(now: OrderState, then: OrderState) -> bool:
    """Return whether an order may go from one state to another."""
    return then in NEXT[now]


def amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Return what one line costs, rounded as an invoice shows it."""
    return (quantity * unit_price).quantize(CENT, ROUND_HALF_UP)


def total(lines: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the sum of what the lines show: `lines` are pairs of quantity and unit price."""
    return sum((amount(quantity, price) for quantity, price in lines), Decimal("0.00"))


def excess(
    ordered: Mapping[K, Decimal], shipped: Mapping[K, Decimal], more: Mapping[K, Decimal]
) -> set[K]:
    """Return the lines of which more would be shipped than was ordered, unknown ones included."""
    return {
        line
        for line, quantity in more.items()
        if line not in ordered or shipped.get(line, Decimal(0)) + quantity > ordered[line]
    }


def after_shipping(ordered: Mapping[K, Decimal], shipped: Mapping[K, Decimal]) -> OrderState:
    """Return the state of an order of which so much was shipped.

    A line of a service or a discount has no positive quantity, and is not waited for.
    """
    is_whole = all(shipped.get(line, Decimal(0)) >= quantity for line, quantity in ordered.items())
    return OrderState.FULFILLED if is_whole else OrderState.PARTLY_FULFILLED
