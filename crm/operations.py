"""Writing operational data: contacts, what was said, what was bought.

Each function takes an open access, whose purpose and activity already cover it, and leaves
the row, its search tokens and its evidence in the transaction of that access.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.models import Contact, ContactPoint, Interaction, Order, OrderLine, Product
from crm.people import provenance
from crm.trade.errors import OrderKeyTakenError
from governance.policy import trade
from governance.policy.trade import OrderState
from governance.policy.vocabulary import Channel, SubjectKind
from registry import consent, notices
from registry.gate.access import Access
from registry.models import DataSource
from registry.notices import Told

STAGE_OF = {
    SubjectKind.CUSTOMER: "customer",
    SubjectKind.PROSPECT: "prospect",
    SubjectKind.COMPANY_CONTACT: "customer",
    SubjectKind.EMPLOYEE: "employee",
}


@dataclass(frozen=True)
class Line:
    """One line of an order."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    product: Product | None = None
    warranty_until: date | None = None


@dataclass(frozen=True)
class NewContact:
    """A person as they arrive: personal fields of `Contact` by name, and their addresses."""

    fields: Mapping[str, Any]
    points: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    kind: SubjectKind = SubjectKind.CUSTOMER


def create_contact(
    access: Access, new: NewContact, *, source: DataSource, told: Told | None = None
) -> Contact:
    """Create one person with their addresses; quarantined while the source is not verified.

    `told` is the privacy notice they were given; without it the clock of Art. 14 starts.
    """
    subject = access.new_subject(kind=new.kind, source=source)
    notices.collected(access, [subject.pk], source=source, told=told)
    base = {
        "controller_id": access.controller,
        "subject": subject,
        "source": source,
        "collected_at": access.now,
    }
    contact = Contact(**base, stage=STAGE_OF.get(new.kind, "prospect"), **new.fields)
    contact.save()
    for point in new.points:
        ContactPoint(**base, **point).save()
    return contact


def update_contact(
    access: Access,
    contact: Contact,
    fields: Mapping[str, Any],
    *,
    source: DataSource | None = None,
) -> Contact:
    """Change personal fields of a person; categories not granted are refused.

    Each changed field is noted with where it came from: `source`, or our staff.
    """
    changed = _set(contact, fields)
    contact.save(update_fields=list(fields))
    provenance.note(access, [(contact, changed)], source=source)
    return contact


def update_contacts(
    access: Access,
    changes: Sequence[tuple[Contact, Mapping[str, Any]]],
    *,
    source: DataSource | None = None,
) -> None:
    """Change personal fields of several people by one statement; see `update_contact`."""
    noted = [(contact, _set(contact, fields)) for contact, fields in changes]
    named = sorted({name for _contact, fields in changes for name in fields})
    Contact.objects.bulk_update([contact for contact, _fields in changes], named)
    provenance.note(access, noted, source=source)


def _set(contact: Contact, fields: Mapping[str, Any]) -> list[str]:
    """Set the fields, and return the names of those that were something else."""
    changed = [name for name, value in fields.items() if getattr(contact, name) != value]
    for name, value in fields.items():
        setattr(contact, name, value)
    return changed


def record_interaction(
    access: Access,
    *,
    subject: UUID,
    channel: Channel,
    direction: str,
    occurred_at: datetime,
    topic: str,
    body: str,
    source: DataSource | None = None,
    handled_by: UUID | None = None,
    purpose: str = "",
    is_private: bool = False,
    kind: str = "message",
    campaign: str = "",
) -> Interaction:
    """Record one contact in or out; one from the person renews the period of retention.

    With the first one to a person the notice of Art. 14 is due.
    """
    interaction = Interaction(
        controller_id=access.controller,
        subject_id=subject,
        source=source,
        channel=channel,
        direction=direction,
        occurred_at=occurred_at,
        contacted_on=timezone.localdate(occurred_at) if direction == "in" else None,
        handled_by_id=handled_by,
        purpose=purpose,
        is_private=is_private,
        kind=kind,
        campaign=campaign,
        collected_at=access.now,
    )
    if topic or body:
        interaction.topic, interaction.body = topic, body
    interaction.save()
    if direction == "out":
        notices.communicated(access, subject, on=timezone.localdate(occurred_at))
    return interaction


def place_order(
    access: Access,
    *,
    subject: UUID,
    number: str,
    ordered_on: date,
    lines: Sequence[Line],
    billing: Mapping[str, str],
    currency: str = "EUR",
    source: DataSource | None = None,
    idempotency_key: str | None = None,
    soft_opt_in: bool = False,
    promised_on: date | None = None,
    is_draft: bool = False,
) -> Order:
    """Record an order with its lines; the total is the sum of the lines, and a contract exists.

    The same key makes one order, however often it comes: the one that is there is returned.

    Arguments
    ---------
    soft_opt_in : the address was given with it for own similar products too
    promised_on : the day by which the goods were promised
    is_draft : nothing is agreed yet, so no contract is recorded

    Raises
    ------
    OrderKeyTakenError
        the key is that of somebody else's order
    """
    base = {
        "controller_id": access.controller,
        "subject_id": subject,
        "source": source,
        "collected_at": access.now,
    }
    order = Order(
        **base,
        number=number,
        state=OrderState.DRAFT if is_draft else OrderState.CONFIRMED,
        ordered_on=ordered_on,
        promised_on=promised_on,
        total=trade.total((line.quantity, line.unit_price) for line in lines),
        currency=currency,
        idempotency_key=idempotency_key,
        **billing,
    )
    placed = _once(order)
    if placed is not order:
        return placed
    OrderLine.objects.bulk_create(
        OrderLine(
            **base,
            order=order,
            product=line.product,
            quantity=line.quantity,
            unit_price=line.unit_price,
            bought_on=ordered_on,
            warranty_until=line.warranty_until,
            **{"description": line.description},  # noqa: PIE804 - the Django plugin knows no sealed fields
        )
        for line in lines
    )
    if not is_draft:
        consent.qualify(
            access, subject=subject, kind="order", at=access.now, evidence=order.pk,
            soft_opt_in=soft_opt_in,
        )  # fmt: skip
    return order


def _once(order: Order) -> Order:
    """Save an order, or return the one its key made: of two at once the second waits for it."""
    if order.idempotency_key is None:
        order.save()
        return order
    mine = Order.objects.filter(
        controller=order.controller_id, subject=order.subject_id,
        idempotency_key=order.idempotency_key,
    )  # fmt: skip
    if (held := mine.first()) is not None:
        return held
    try:
        with transaction.atomic():
            order.save()
    except IntegrityError:
        if (held := mine.first()) is not None:
            return held
        raise OrderKeyTakenError from None
    return order
