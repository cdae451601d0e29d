"""Orders: of one contact, one by one, and new ones with their lines."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import pagination, versions
from api.errors import BadInputError, NotHeldError
from api.idempotency import once
from api.purposes import asked
from api.v1 import documents, forms, histories, sale_forms, shapes, subjects
from api.v1.base import (
    ApiView,
    created,
    idempotency_key,
    listed,
    path_of,
    reading,
    require_one,
    taken,
)
from api.v1.schema import operation
from crm import operations as crm
from crm.models import Order, OrderLine, Product, Shipment
from crm.trade import fulfilment
from crm.trade.fulfilment import Parcel
from governance.policy.categories import Category
from governance.policy.trade import OrderState
from governance.policy.vocabulary import Operation
from registry.gate.access import Access
from registry.gate.reading import rows_of
from registry.models import SubjectRow


class OrdersOfContactView(ApiView):
    """The orders of one contact."""

    @operation(
        "contacts_orders_list",
        "List the orders of a contact",
        answer=documents.OrderPage,
        parameters=pagination.PARAMETERS,
    )
    def get(self, request: Request, contact: UUID) -> Response:
        """Return one page of orders with their lines, newest first."""
        question = asked(request, *pagination.PARAMETERS)
        page = self.page(request, question, parts=2, about=str(contact))
        with reading(question, Operation.LIST, subjects=contact) as access:
            access.require(Category.PURCHASES)
            found = histories.orders(access, page)
            path = f"{path_of('contacts', contact)}orders/"
            body = listed(
                found.items,
                next_link=page.link(path, question.purpose, found.last) if found.last else None,
                excluded=access.excluded,
                withheld=shapes.withheld(access, shapes.ORDER),
            )
        return Response(body)


class OrdersView(ApiView):
    """New orders."""

    @operation(
        "orders_create",
        "Place an order",
        body=forms.NewOrderForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request) -> Response:
        """Record an order with its lines; the total is computed from them."""
        question = asked(request)
        said = taken(forms.NewOrderForm, request)
        key = idempotency_key(request, question)
        subject: UUID = said["contact"]
        with reading(question, Operation.CREATE, subjects=subject) as access:

            def make() -> UUID:
                return _place(access, said, key.name if key else None)

            written = once(key, make, now=question.now)
        body = {"id": written.resource, "href": path_of("orders", written.resource)}
        return created(written, body)


class ShipmentsOfOrderView(ApiView):
    """Goods that left for one order."""

    @operation(
        "orders_shipments_create",
        "Record a shipment",
        body=sale_forms.ShipmentForm,
        answer=documents.Reference,
        status=201,
        idempotent=True,
    )
    def post(self, request: Request, order: UUID) -> Response:
        """Record what left; the order is fulfilled when nothing of it is left."""
        question = asked(request)
        said = taken(sale_forms.ShipmentForm, request)
        key = idempotency_key(request, question)
        people = subjects.of_row(Order, order)
        parcel = Parcel(
            shipped_on=said["shipped_on"],
            quantities={one["line"]: one["quantity"] for one in said.get("lines", [])},
            **{n: said.get(n) or "" for n in ("carrier", "tracking", "address")},
        )
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)

            def make() -> UUID:
                made: UUID = fulfilment.ship(access, order, parcel).pk
                return made

            written = once(key, make, now=question.now)
        return created(written, {"id": written.resource, "href": path_of("orders", order)})


class OrderView(ApiView):
    """One order."""

    @operation("orders_retrieve", "Read an order", answer=documents.Order)
    def get(self, request: Request, order: UUID) -> Response:
        """Return one order with its lines."""
        question = asked(request)
        people = subjects.of_row(Order, order)
        with reading(question, Operation.READ, subjects=people) as access:
            require_one(access)
            access.require(Category.PURCHASES)
            rows = list(access.rows(Order).filter(pk=order))
            if not rows:
                raise NotHeldError
            body = shapes.orders(access, rows)[0] | {
                "_withheld": shapes.withheld(access, shapes.ORDER)
            }
            version = versions.version_of(_rows(access, order))
        return Response(body, headers={"ETag": versions.tag(version)})

    @operation(
        "orders_update",
        "Confirm, close or cancel an order",
        body=sale_forms.OrderStateForm,
        answer=documents.Reference,
        is_conditional=True,
    )
    def patch(self, request: Request, order: UUID) -> Response:
        """Take an order to a state; it stays as it is if it is there already."""
        question = asked(request)
        tags = versions.named(request)
        said = taken(sale_forms.OrderStateForm, request)
        people = subjects.of_row(Order, order)
        with reading(question, Operation.UPDATE, subjects=people) as access:
            require_one(access)
            if access.rows(Order).select_for_update(of=("self",)).filter(pk=order).first() is None:
                raise NotHeldError
            versions.require(tags, _rows(access, order))
            fulfilment.become(access, order, OrderState(said["state"]))
        return Response({"id": order, "href": path_of("orders", order)})


def _rows(access: Access, order: UUID) -> list[SubjectRow]:
    """Return the rows of an order, by which its version is told: with its lines and shipments."""
    held: list[SubjectRow] = [row for row in rows_of(access, Order) if row.pk == order]
    held += [row for row in rows_of(access, OrderLine) if row.order_id == order]
    held += [row for row in rows_of(access, Shipment) if row.order_id == order]
    return held


def _place(access: Access, said: dict[str, Any], key: str | None) -> UUID:
    placed = crm.place_order(
        access,
        subject=said["contact"],
        number=said["number"],
        ordered_on=said["ordered_on"],
        currency=said.get("currency", "EUR"),
        lines=_lines(access, said["lines"]),
        billing={f"billing_{n}": v for n, v in said.get("billing", {}).items() if v},
        promised_on=said.get("promised_on"),
        is_draft=said.get("is_draft", False),
        idempotency_key=key,
        soft_opt_in=said.get("soft_opt_in", False),
    )
    made: UUID = placed.pk
    return made


def _lines(access: Access, said: list[dict[str, Any]]) -> list[crm.Line]:
    codes = {line["product_code"] for line in said if "product_code" in line}
    known = Product.objects.filter(controller=access.controller, code__in=codes)
    products = {product.code: product for product in known}
    for number, line in enumerate(said):
        if line.get("product_code", None) not in {None, *products}:
            raise BadInputError(
                f"#/lines/{number}/product_code",
                "unknown_product",
                _("The catalogue has no product with this code."),
            )
    return [
        crm.Line(
            line["description"],
            line["quantity"],
            line["unit_price"],
            products.get(line.get("product_code", "")),
        )
        for line in said
    ]
