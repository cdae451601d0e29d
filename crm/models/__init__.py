"""Customers, what was said, and what was bought."""

from crm.models.contacts import Account, Contact, ContactPoint, Interaction, Membership
from crm.models.imports import ImportBatch, RejectedRow
from crm.models.orders import Order, OrderLine, Product

__all__ = [
    "Account",
    "Contact",
    "ContactPoint",
    "ImportBatch",
    "Interaction",
    "Membership",
    "Order",
    "OrderLine",
    "Product",
    "RejectedRow",
]
