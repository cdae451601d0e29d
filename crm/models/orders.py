"""Products, orders and their lines, shipments. An order is a fiscal record from its first write."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.crypto.ids import uuid7
from governance.policy.trade import OrderState
from registry.models import Controller
from registry.sealed import SealedText


class Product(models.Model):
    """What is sold; nothing about anybody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=300)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    category = models.CharField(max_length=80, blank=True)
    launched_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["controller", "code"], name="one_product_per_code")
        ]

    def __str__(self) -> str:
        return self.name


class Order(CrmRow):
    """An order or invoice, with the addressee as it was on the day."""

    number = models.CharField(max_length=60)
    state = models.CharField(max_length=16, default="confirmed")
    ordered_on = models.DateField()
    promised_on = models.DateField(null=True, blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    idempotency_key = models.CharField(max_length=80, null=True, blank=True)
    billing_name = SealedText()
    billing_street = SealedText()
    billing_city = SealedText()
    billing_region = SealedText()
    billing_postal_code = SealedText()
    billing_country = SealedText()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_order_per_origin"
            ),
            models.UniqueConstraint(
                fields=["controller", "idempotency_key"], name="one_order_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(OrderState)), name="known_order_state"
            ),
        ]
        indexes = [models.Index(fields=["subject", "ordered_on"], name="orders_of_subject")]


class OrderLine(CrmRow):
    """What was bought, line by line, as the invoice says."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    bought_on = models.DateField()
    warranty_until = models.DateField(null=True, blank=True)
    description = SealedText()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_line_per_origin"
            ),
        ]
        indexes = [
            models.Index(fields=["order"], name="lines_of_order"),
            models.Index(fields=["subject"], name="lines_of_subject"),
        ]


class Shipment(CrmRow):
    """Goods on their way for one order: the transport document (D.P.R. 472/1996) and its days."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments")
    shipped_on = models.DateField()
    delivered_on = models.DateField(null=True, blank=True)
    carrier = models.CharField(max_length=40, blank=True)
    tracking = SealedText()
    address = SealedText()

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_shipment_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(delivered_on__isnull=True) | Q(delivered_on__gte=F("shipped_on")),
                name="shipped_before_delivered",
            ),
        ]
        indexes = [
            models.Index(fields=["order"], name="shipments_of_order"),
            models.Index(fields=["subject"], name="shipments_of_subject"),
        ]


class ShipmentLine(CrmRow):
    """How much of one order line is in a shipment."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="shipped")
    shipped_on = models.DateField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        constraints = [
            models.UniqueConstraint(
                fields=["controller", "shipment", "line"], name="one_shipment_line"
            ),
            models.UniqueConstraint(
                fields=["controller", "origin_key"], name="one_shipment_line_per_origin"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="something_is_shipped"),
        ]
        indexes = [
            models.Index(fields=["line"], name="shipped_of_line"),
            models.Index(fields=["subject"], name="shipped_of_subject"),
        ]
