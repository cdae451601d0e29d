"""Quotes: what was proposed, at which price, until when; accepted, they become an order."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils import timezone

from crm import operations as crm
from crm.models import Order, Quote, QuoteLine
from crm.sales import opportunities
from crm.sales.errors import QuoteStateError
from governance.policy import trade
from governance.policy.sales import NEXT_OF_QUOTE, QuoteState
from registry.gate.access import Access


def draw_up(
    access: Access,
    opportunity: UUID,
    *,
    number: str,
    lines: Sequence[crm.Line],
    valid_until: date,
) -> Quote:
    """Draw up a quote of an opportunity, in its currency; the total is the sum of the lines."""
    of = opportunities.locked(access, opportunity)
    today = timezone.localdate(access.now)
    base = {
        "controller_id": access.controller,
        "subject_id": of.subject_id,
        "quoted_on": today,
        "collected_at": access.now,
    }
    quote = Quote(
        **base,
        opportunity=of,
        number=number,
        valid_until=valid_until,
        total=trade.total((line.quantity, line.unit_price) for line in lines),
        currency=of.currency,
    )
    quote.save()
    QuoteLine.objects.bulk_create(
        QuoteLine(
            **base,
            quote=quote,
            product=line.product,
            quantity=line.quantity,
            unit_price=line.unit_price,
            **{"description": line.description},  # noqa: PIE804 - the Django plugin knows no sealed fields
        )
        for line in lines
    )
    return quote


def become(access: Access, quote: UUID, state: QuoteState) -> Quote:
    """Send a quote, or record what the person said to it.

    Raises
    ------
    QuoteStateError
        from its state it does not get there, or it is no longer valid
    """
    found: Quote = access.rows(Quote).select_for_update(of=("self",)).get(pk=quote)
    if state not in NEXT_OF_QUOTE[QuoteState(found.state)]:
        raise QuoteStateError
    if state is QuoteState.ACCEPTED and timezone.localdate(access.now) > found.valid_until:
        raise QuoteStateError
    found.state = state
    found.save(update_fields=["state"])
    return found


def lines_of(access: Access, quote: UUID) -> list[crm.Line]:
    """Return the lines of a quote as an order takes them."""
    rows = access.rows(QuoteLine).filter(quote=quote).select_related("product").order_by("id")
    return [
        crm.Line(row.description or "", row.quantity, row.unit_price, row.product) for row in rows
    ]


def order(access: Access, quote: Quote, lines: Sequence[crm.Line]) -> Order:
    """Place the order of an accepted quote, in an access for orders; once, however often asked.

    Raises
    ------
    QuoteStateError
        nobody accepted it
    """
    if quote.state != QuoteState.ACCEPTED:
        raise QuoteStateError
    return crm.place_order(
        access,
        subject=quote.subject_id,
        number=quote.number,
        ordered_on=timezone.localdate(access.now),
        lines=lines,
        billing={},
        currency=quote.currency,
        idempotency_key=f"quote:{quote.pk}",
    )
