"""Rows as plain data, taken out of an open access: only what it grants.

A field that is granted and not held is null; one that is withheld is absent, and `_withheld`
names its category. Read inside the access, sent after it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from api.versions import version_of
from crm.models import Contact, ContactPoint, Interaction, Opportunity, Order, OrderLine, Task
from registry.datamap import data_map
from registry.gate.access import Access
from registry.gate.reading import rows_of

CONTACT = (Contact, ContactPoint)
ORDER = (Order, OrderLine)
INTERACTION = (Interaction,)


def withheld(access: Access, models: Iterable[type[Model]]) -> list[str]:
    """Return the categories of these models that the access does not grant."""
    held = {category for model in models for category in data_map()[model].categories()}
    return sorted(held - access.categories)


def contacts(access: Access, subjects: Iterable[UUID] | None = None) -> list[dict[str, Any]]:
    """Return people with their addresses, by id; a contact's id is that of the data subject."""
    of_subject: dict[UUID, list[ContactPoint]] = defaultdict(list)
    for point in rows_of(access, ContactPoint, subjects):
        of_subject[point.subject_id].append(point)
    return [
        {
            "id": row.subject_id,
            "collected_at": row.collected_at,
            **access.values(row),
            "points": [_point(access, point) for point in of_subject[row.subject_id]],
            "version": version_of([row, *of_subject[row.subject_id]]),
        }
        for row in rows_of(access, Contact, subjects)
    ]


def _point(access: Access, point: ContactPoint) -> dict[str, Any]:
    values = {name: v for name, v in access.values(point).items() if v is not None}
    return {
        "id": point.pk,
        "kind": point.kind,
        "label": point.label,
        "is_primary": point.is_primary,
        **values,
    }


def orders(access: Access, rows: Sequence[Order]) -> list[dict[str, Any]]:
    """Return orders with their lines, in the order given."""
    of_order: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    lines = access.rows(OrderLine).filter(order__in=[row.pk for row in rows])
    for line in lines.select_related("product").order_by("id"):
        of_order[line.order_id].append(
            {
                "id": line.pk,
                "product_code": line.product.code if line.product else None,
                **access.values(line),
            }
        )
    return [
        {
            "id": row.pk,
            "contact": row.subject_id,
            "currency": row.currency,
            **access.values(row),
            "lines": of_order[row.pk],
        }
        for row in rows
    ]


def opportunity(access: Access, row: Opportunity) -> dict[str, Any]:
    """Return one possible sale."""
    values = access.values(row)
    return {"id": row.pk, "contact": row.subject_id, "currency": row.currency, **values}


def task(access: Access, row: Task) -> dict[str, Any]:
    """Return one task."""
    return {
        "id": row.pk,
        "contact": row.subject_id,
        "role": row.role,
        "about_kind": row.about_kind,
        "about": row.about,
        **access.values(row),
    }


def interactions(access: Access, rows: Iterable[Interaction]) -> list[dict[str, Any]]:
    """Return interactions, in the order given."""
    return [
        {
            "id": row.pk,
            "contact": row.subject_id,
            "channel": row.channel,
            "network": row.network,
            "kind": row.kind,
            "direction": row.direction,
            "conversation": row.conversation_id,
            "campaign": row.campaign,
            "state": row.state,
            "is_private": row.is_private,
            "purpose": row.purpose,
            **access.values(row),
        }
        for row in rows
    ]
