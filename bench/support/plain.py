"""The peer of `bench/api.py`: bare DRF views over plain tables, as a tutorial writes them.

No middleware, login, limit, purpose, decision, encryption or entry. The same twenty columns for a
contact, an order with one line, JSON by DRF's own serializers and renderer.
"""

from typing import Any
from uuid import UUID, uuid4

from django.db import models, transaction
from django.urls import path
from rest_framework.generics import (
    CreateAPIView,
    ListAPIView,
    RetrieveUpdateAPIView,
)
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from support.plainrows import COLUMNS, PAGE


def _model(name: str, **fields: Any) -> Any:
    meta = type(
        "Meta", (), {"app_label": "bench", "managed": False, "db_table": f"bench_{name.lower()}"}
    )
    key = models.UUIDField(primary_key=True, default=uuid4)
    return type(name, (models.Model,), {"id": key, "__module__": __name__, "Meta": meta, **fields})


Contact = _model(
    "Contact", family_name=models.TextField(),
    **{f"value_{at}": models.TextField() for at in range(COLUMNS)},
)  # fmt: skip
Order = _model(
    "Order", contact=models.ForeignKey(Contact, models.PROTECT), number=models.TextField(),
    ordered_on=models.DateField(), total=models.DecimalField(max_digits=14, decimal_places=2),
)  # fmt: skip
OrderLine = _model(
    "OrderLine", order=models.ForeignKey(Order, models.PROTECT, related_name="lines"),
    description=models.TextField(),
    quantity=models.DecimalField(max_digits=12, decimal_places=3),
    unit_price=models.DecimalField(max_digits=12, decimal_places=4),
)  # fmt: skip


def _serializer(of: Any, **more: Any) -> Any:
    meta = {"model": of, "fields": "__all__", **more.pop("meta", {})}
    return type(
        f"{of.__name__}Serializer", (ModelSerializer,), {"Meta": type("Meta", (), meta), **more}
    )


ContactSerializer = _serializer(Contact)


class OrderSerializer(_serializer(Order, meta={"read_only_fields": ["total"]})):  # type: ignore[misc]
    """An order with its lines, as DRF's documentation writes nested ones; it sums them up."""

    lines = _serializer(OrderLine, meta={"fields": ["description", "quantity", "unit_price"]})(
        many=True
    )

    @transaction.atomic
    def create(self, validated_data: Any) -> Any:
        """Insert the order, then its lines."""
        lines = validated_data.pop("lines")
        total = sum(line["quantity"] * line["unit_price"] for line in lines)
        order = Order.objects.create(**validated_data, total=total)
        OrderLine.objects.bulk_create(OrderLine(order=order, **line) for line in lines)
        return order


class Bare(APIView):
    """Nothing but the view."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []


class ContactView(Bare, RetrieveUpdateAPIView):
    """Read one, change one."""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer


class ContactsView(Bare, ListAPIView):
    """A page after an id, or those of a family name."""

    serializer_class = ContactSerializer

    def get_queryset(self) -> Any:
        """Return the page."""
        rows = Contact.objects.order_by("id")
        if "name" in self.request.query_params:
            return rows.filter(family_name=self.request.query_params["name"])[:PAGE]
        return rows.filter(id__gt=UUID(self.request.query_params["after"]))[:PAGE]


class OrdersView(Bare, CreateAPIView):
    """A new order."""

    serializer_class = OrderSerializer


urlpatterns = [
    path("plain/contacts/<uuid:pk>/", ContactView.as_view()),
    path("plain/contacts/", ContactsView.as_view()),
    path("plain/orders/", OrdersView.as_view()),
]
