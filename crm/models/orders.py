"""Products, orders and their lines. An order is a fiscal record from its first write."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.base import CrmRow
from governance.crypto.ids import uuid7
from registry.models import Controller
from registry.sealed import SealedText


class Product(models.Model):
    """What is sold; nothing about anybody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=300)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

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
    state = models.CharField(max_length=12, default="confirmed")
    ordered_on = models.DateField()
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
                condition=Q(state__in=["draft", "confirmed", "fulfilled", "closed", "cancelled"]),
                name="known_order_state",
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
