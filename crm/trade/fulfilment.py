"""From the confirmation of an order to its last parcel (O5).

Each function runs inside an open access that may write, locks the order, and leaves it in a state
that `governance.policy.trade` allows; a trigger of the database refuses the others. A shipment is a
fiscal record like its order: nothing here shortens how long either is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from crm.models import Order, OrderLine, Shipment, ShipmentLine
from crm.trade.errors import (
    OrderNotFoundError,
    OrderStateError,
    ShipmentDeliveredError,
    ShipmentExceedsOrderError,
)
from governance.policy import trade
from governance.policy.trade import OrderState
from registry import consent
from registry.gate.access import Access

Quantities = Mapping[UUID, Decimal]


@dataclass(frozen=True)
class Parcel:
    """What leaves: how much of which line, and how.

    Attributes
    ----------
    quantities : by order line; empty for all that is left
    address : where it goes, as it is written on the parcel
    """

    shipped_on: date
    quantities: Quantities = field(default_factory=dict)
    carrier: str = ""
    tracking: str = ""
    address: str = ""


def become(access: Access, order: UUID, state: OrderState) -> Order:
    """Confirm, close or cancel an order; confirming is what makes the contract.

    An order that is in the state already stays as it is.

    Raises
    ------
    OrderStateError
        from its state it does not get there, or only by a shipment
    """
    found = _locked(access, order)
    if found.state == state:
        return found
    if state in {OrderState.PARTLY_FULFILLED, OrderState.FULFILLED}:
        raise OrderStateError
    was = OrderState(found.state)
    _change(found, state)
    if was is OrderState.DRAFT and state is OrderState.CONFIRMED:
        consent.qualify(
            access, subject=found.subject_id, kind="order", at=access.now, evidence=found.pk
        )
    return found


def ship(access: Access, order: UUID, parcel: Parcel) -> Shipment:
    """Record goods that left; the order is fulfilled when nothing of it is left.

    Raises
    ------
    OrderStateError
        the order is not confirmed, or is over
    ShipmentExceedsOrderError
        more of a line than was ordered, or nothing at all
    """
    found = _locked(access, order)
    if OrderState(found.state) not in trade.SHIPPABLE:
        raise OrderStateError
    ordered, shipped = _ordered(access, order), _shipped(access, order)
    more = dict(parcel.quantities) or {
        line: left for line, n in ordered.items() if (left := n - shipped.get(line, Decimal(0))) > 0
    }
    if not more or min(more.values()) <= 0 or trade.excess(ordered, shipped, more):
        raise ShipmentExceedsOrderError
    sent = _record(access, found, parcel, more)
    after = {line: shipped.get(line, Decimal(0)) + more.get(line, Decimal(0)) for line in ordered}
    state = trade.after_shipping(ordered, after)
    if state != found.state:
        _change(found, state)
    return sent


def deliver(access: Access, shipment: UUID, *, on: date) -> Shipment:
    """Record that a shipment arrived.

    Raises
    ------
    ShipmentDeliveredError
        before it left, or a second time
    """
    found: Shipment = access.rows(Shipment).select_for_update(of=("self",)).get(pk=shipment)
    if found.delivered_on is not None or on < found.shipped_on:
        raise ShipmentDeliveredError
    found.delivered_on = on
    found.save(update_fields=["delivered_on"])
    return found


def _locked(access: Access, order: UUID) -> Order:
    rows = access.rows(Order).select_for_update(of=("self",))
    found: Order | None = rows.filter(pk=order).first()
    if found is None:
        raise OrderNotFoundError
    return found


def _change(order: Order, state: OrderState) -> None:
    if not trade.may_become(OrderState(order.state), state):
        raise OrderStateError
    order.state = state
    order.save(update_fields=["state"])


def _ordered(access: Access, order: UUID) -> dict[UUID, Decimal]:
    lines = access.rows(OrderLine).filter(order=order)
    return dict(lines.values_list("pk", "quantity"))


def _shipped(access: Access, order: UUID) -> dict[UUID, Decimal]:
    lines = access.rows(ShipmentLine).filter(shipment__order=order).values("line")
    return dict(lines.annotate(sent=Sum("quantity")).values_list("line", "sent"))


def _record(access: Access, order: Order, parcel: Parcel, more: Quantities) -> Shipment:
    base = {
        "controller_id": access.controller,
        "subject_id": order.subject_id,
        "collected_at": access.now,
        "shipped_on": parcel.shipped_on,
    }
    sent = Shipment(**base, order=order, carrier=parcel.carrier)
    sent.tracking, sent.address = parcel.tracking, parcel.address
    sent.save()
    ShipmentLine.objects.bulk_create(
        ShipmentLine(**base, shipment=sent, line_id=line, quantity=quantity)
        for line, quantity in sorted(more.items())
    )
    return sent
