"""Customers, what was said, and what was bought."""

from crm.models.contacts import Account, Contact, ContactPoint, Membership
from crm.models.conversations import (
    Call,
    CallScript,
    Conversation,
    Interaction,
    Mention,
    Queue,
    QueueMember,
)
from crm.models.imports import ImportBatch, RejectedRow
from crm.models.orders import Order, OrderLine, Product

__all__ = [
    "Account",
    "Call",
    "CallScript",
    "Contact",
    "ContactPoint",
    "Conversation",
    "ImportBatch",
    "Interaction",
    "Membership",
    "Mention",
    "Order",
    "OrderLine",
    "Product",
    "Queue",
    "QueueMember",
    "RejectedRow",
]
