"""Landing what is not a person: products, accounts, orders, their lines, interactions.

An order, a line or an interaction belongs to somebody who is already held; a row about
nobody we know is rejected with that reason, never attached to a guess.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from crm.imports.origins import Origins
from crm.imports.outcomes import Outcome
from crm.imports.returning import Returning
from crm.imports.targets import Entity
from crm.imports.typed import TypedRow
from crm.models import Account, Contact, Interaction, Order, OrderLine, Product
from crm.models.base import CrmRow
from governance.policy.vocabulary import Channel, SubjectKind
from registry import notices
from registry.gate.access import Access
from registry.models import DataSource, QualifyingEvent
from registry.notices import Told

ACCOUNT_FIELDS = {
    "external_id": "external_id", "name": "name", "vat_number": "vat_number", "phone": "phone",
    "website": "website", "billing_street": "street", "billing_city": "city",
    "billing_region": "region", "billing_postal_code": "postal_code", "billing_country": "country",
}  # fmt: skip
BILLING = ("name", "street", "city", "region", "postal_code", "country")
CHANNELS = {channel.value: channel for channel in Channel}


class Landing:
    """What the landings of this module share."""

    def __init__(self, access: Access, source: DataSource, told: Told | None = None) -> None:
        self.access = access
        self.source = source
        self.told = told
        self.origins = Origins(access.controller, source.pk)
        self.base = {
            "controller_id": access.controller,
            "source": source,
            "collected_at": access.now,
        }

    def fresh(
        self, model: type[CrmRow], rows: Iterable[TypedRow], outcome: Outcome
    ) -> dict[bytes, TypedRow]:
        """Return the rows that are not held yet, each once."""
        wanted: dict[bytes, TypedRow] = {}
        for row in rows:
            if row.origin in wanted:
                outcome.reject(row, "repeated")
            else:
                wanted[row.origin] = row
        held = model._default_manager.filter(origin_key__in=list(wanted))
        for key in held.values_list("origin_key", flat=True):
            wanted.pop(bytes(key or b""))
            outcome.unchanged += 1
        return wanted

    def people(self, rows: Iterable[TypedRow]) -> dict[bytes, UUID]:
        """Return the subjects of the contacts that rows name, by origin key."""
        keys = {self._contact_key(row) for row in rows} - {b""}
        found = Contact.objects.filter(origin_key__in=list(keys))
        return {bytes(k or b""): s for k, s in found.values_list("origin_key", "subject_id")}

    def subject_of(
        self, row: TypedRow, people: Mapping[bytes, UUID], outcome: Outcome
    ) -> UUID | None:
        """Return whose row it is, or reject it."""
        subject = people.get(self._contact_key(row))
        if subject is None:
            outcome.reject(row, "contact_not_found", "contact_external_id")
        elif self.access.admitted is not None and subject not in self.access.admitted:
            outcome.reject(row, "not_admitted")
            return None
        return subject

    def _contact_key(self, row: TypedRow) -> bytes:
        external = row.values.get("contact_external_id")
        return self.origins.key(Entity.CONTACT, str(external)) if external else b""


class AccountLanding(Landing):
    """Lands companies and households, each its own subject (docs/adr/0003)."""

    def land(self, rows: Iterable[TypedRow]) -> Outcome:
        """Create the accounts of a chunk that are not held yet."""
        outcome = Outcome()
        named = []
        for row in rows:
            if row.values.get("name"):
                named.append(row)
            else:
                outcome.reject(row, "nobody")
        fresh = self.fresh(Account, named, outcome)
        memory = Returning(self.access, self.source, list(fresh.values()), {})
        wanted = {row.origin: row for row in memory.admitted(fresh.values(), outcome)}
        kinds = [SubjectKind.ORGANISATION] * len(wanted)
        subjects = self.access.new_subjects(kinds, source=self.source)
        ids = [subject.pk for subject in subjects]
        notices.collected(self.access, ids, source=self.source, told=self.told)
        Account.objects.bulk_create(
            (
                Account(
                    **self.base, subject=subject, origin_key=key, **account_fields(row.values)
                )
                for (key, row), subject in zip(wanted.items(), subjects, strict=True)
            ),
            batch_size=2000,
        )  # fmt: skip
        QualifyingEvent.objects.bulk_create(
            QualifyingEvent(**self.base, subject=s, kind="stated", at=self.access.now)
            for s in subjects
        )
        outcome.created += len(wanted)
        return outcome


def account_fields(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of `Account` for the typed values of a row."""
    fields = {ACCOUNT_FIELDS[n]: str(v) for n, v in values.items() if n in ACCOUNT_FIELDS}
    is_household = "household" in fields.get("name", "").lower()
    return fields | {"kind": "household" if is_household else "company"}


class OrderLanding(Landing):
    """Lands orders; each is evidence of a contract with its customer."""

    def land(self, rows: Iterable[TypedRow]) -> Outcome:
        """Create the orders of a chunk that are not held yet."""
        outcome = Outcome()
        wanted = self.fresh(Order, rows, outcome)
        people = self.people(wanted.values())
        orders = []
        for key, row in wanted.items():
            if not row.values.get("ordered_on"):
                outcome.reject(row, "missing_value", "ordered_on")
            elif subject := self.subject_of(row, people, outcome):
                orders.append(self._order(key, row, subject))
        Order.objects.bulk_create(orders, batch_size=2000)
        QualifyingEvent.objects.bulk_create(
            QualifyingEvent(
                **self.base, subject_id=order.subject_id, kind="order", evidence=order.pk,
                at=datetime.combine(order.ordered_on, datetime.min.time(), tzinfo=UTC),
            )
            for order in orders
        )  # fmt: skip
        outcome.created += len(orders)
        return outcome

    def _order(self, key: bytes, row: TypedRow, subject: UUID) -> Order:
        values = row.values
        billing = {
            f"billing_{part}": str(values[f"billing_{part}"])
            for part in BILLING
            if values.get(f"billing_{part}")
        }
        return Order(
            **self.base, subject_id=subject, origin_key=key, state="closed",
            number=str(values.get("external_id", ""))[:60], ordered_on=values["ordered_on"],
            total=values.get("total") or Decimal(0),
            currency=str(values.get("currency", "EUR"))[:3], **billing,
        )  # fmt: skip


class OrderLineLanding(Landing):
    """Lands the lines of orders that are held."""

    def land(self, rows: Iterable[TypedRow]) -> Outcome:
        """Create the lines of a chunk that are not held yet."""
        outcome = Outcome()
        wanted = self.fresh(OrderLine, rows, outcome)
        orders = self._orders(wanted.values())
        products = self._products(wanted.values())
        lines = []
        for key, row in wanted.items():
            order = orders.get(self._order_key(row))
            if order is None:
                outcome.reject(row, "order_not_found", "order_external_id")
            elif order[1] not in (self.access.admitted or set()):
                outcome.reject(row, "not_admitted")
            else:
                lines.append(self._line(key, row, order, products))
        OrderLine.objects.bulk_create(lines, batch_size=2000)
        outcome.created += len(lines)
        return outcome

    def _order_key(self, row: TypedRow) -> bytes:
        return self.origins.key(Entity.ORDER, str(row.values.get("order_external_id", "")))

    def _orders(self, rows: Iterable[TypedRow]) -> dict[bytes, tuple[UUID, UUID, Any]]:
        keys = {self._order_key(row) for row in rows}
        found = Order.objects.filter(origin_key__in=list(keys))
        return {
            bytes(key or b""): (pk, subject, day)
            for key, pk, subject, day in found.values_list(
                "origin_key", "pk", "subject_id", "ordered_on"
            )
        }

    def _products(self, rows: Iterable[TypedRow]) -> dict[str, Product]:
        codes = {str(row.values.get("product_external_id", "")) for row in rows}
        found = Product.objects.filter(controller=self.access.controller, code__in=codes)
        return {product.code: product for product in found}

    def _line(
        self,
        key: bytes,
        row: TypedRow,
        order: tuple[UUID, UUID, Any],
        products: Mapping[str, Product],
    ) -> OrderLine:
        code = str(row.values.get("product_external_id", ""))
        product = products.get(code)
        named = row.values.get("product_name") or (product.name if product else code)
        return OrderLine(
            **self.base, order_id=order[0], subject_id=order[1], bought_on=order[2],
            origin_key=key, product=product, quantity=row.values.get("quantity") or Decimal(1),
            unit_price=row.values.get("unit_price") or Decimal(0),
            **{"description": str(named)} if named else {},
        )  # fmt: skip


class InteractionLanding(Landing):
    """Lands what was said, with people who are held."""

    def land(self, rows: Iterable[TypedRow]) -> Outcome:
        """Create the interactions of a chunk that are not held yet."""
        outcome = Outcome()
        wanted = self.fresh(Interaction, rows, outcome)
        people = self.people(wanted.values())
        said = []
        for key, row in wanted.items():
            if not row.values.get("occurred_on"):
                outcome.reject(row, "missing_value", "occurred_on")
            elif subject := self.subject_of(row, people, outcome):
                said.append(self._interaction(key, row, subject))
        Interaction.objects.bulk_create(said, batch_size=2000)
        outcome.created += len(said)
        return outcome

    def _interaction(self, key: bytes, row: TypedRow, subject: UUID) -> Interaction:
        at = row.values["occurred_on"]
        if timezone.is_naive(at):
            at = timezone.make_aware(at)
        channel = CHANNELS.get(str(row.values.get("channel", "")).lower(), Channel.WEB)
        said = {"topic": row.values.get("subject"), "body": row.values.get("body")}
        texts = {name: str(text) for name, text in said.items() if text}
        return Interaction(
            **self.base, subject_id=subject, origin_key=key, channel=channel, direction="in",
            occurred_at=at, contacted_on=timezone.localdate(at), **texts,
        )  # fmt: skip


def land_products(controller: UUID, rows: Iterable[TypedRow]) -> Outcome:
    """Create or rename products; they are about nobody and need no access."""
    outcome = Outcome()
    wanted = {str(row.values["external_id"]): row for row in rows if row.values.get("external_id")}
    held = {
        product.code: product
        for product in Product.objects.filter(controller_id=controller, code__in=list(wanted))
    }
    new = []
    for code, row in wanted.items():
        name = str(row.values.get("name", code))[:300]
        price = row.values.get("price")
        if code not in held:
            new.append(Product(controller_id=controller, code=code, name=name, price=price))
        elif (held[code].name, held[code].price) != (name, price):
            held[code].name, held[code].price = name, price
            held[code].save(update_fields=["name", "price"])
            outcome.updated += 1
        else:
            outcome.unchanged += 1
    Product.objects.bulk_create(new, batch_size=2000)
    outcome.created += len(new)
    return outcome
