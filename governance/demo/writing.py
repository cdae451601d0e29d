"""Writing the people of the demonstration, five hundred to an access.

Every row goes through the gate like any other: an approved activity, a role that may act for
it, one transaction and one entry in the log for each access. A chunk that is there already is
left alone, so that a load that was interrupted goes on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from crm.imports.origins import Origins
from crm.imports.targets import Entity
from crm.models import (
    Account,
    Contact,
    ContactPoint,
    Interaction,
    Membership,
    Order,
    OrderLine,
    Product,
)
from crm.operations import STAGE_OF
from governance.demo.catalogue import GOODS
from governance.demo.company import House
from governance.demo.histories import Demo, Exchange, Life, Purchase, total
from governance.demo.people import Address, Company, Person, Story
from governance.policy.vocabulary import Operation, Role, SubjectKind
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSource, DataSubject, QualifyingEvent

CHUNK = 500
RECENT = 2000  # days; who came before that was taken over from the old system
Row = dict[str, Any]
T = TypeVar("T")
PURPOSE_OF = {
    SubjectKind.CUSTOMER: "order_management",
    SubjectKind.COMPANY_CONTACT: "order_management",
    SubjectKind.PROSPECT: "lead_management",
}


def write(
    house: House,
    demo: Demo,
    stock: Sequence[Product],
    *,
    now: datetime,
    say: Callable[[int], None] = lambda _done: None,
) -> None:
    """Write the companies and everybody, as far as they are not there yet."""
    companies = _write_companies(house, demo.companies, now)
    by_purpose: dict[str, list[Life]] = {}
    for life in demo.lives:
        by_purpose.setdefault(PURPOSE_OF[life.person.kind], []).append(life)
    done = 0
    for purpose, lives in by_purpose.items():
        for chunk in _chunks(lives):
            _Chunk(house, stock, companies, purpose, now).write(chunk)
            done += len(chunk)
            say(done)


def _chunks(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _moment(day: date) -> datetime:
    """Return noon of a day: when something was recorded, as far as anybody knows."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def _placed(address: Address) -> Row:
    return {
        "street": address.street,
        "city": address.town.name,
        "region": address.town.province,
        "postal_code": address.town.postal_code,
        "country": "Italia",
    }


def _write_companies(house: House, companies: Sequence[Company], now: datetime) -> dict[int, UUID]:
    """Write the companies, and return their accounts by number."""
    origins = Origins(house.controller.pk, house.from_before.pk)
    keys = {origins.key(Entity.ACCOUNT, str(c.number)): c for c in companies}
    with gate.open(
        house.actor(Role.SALES), "order_management", Operation.CREATE, now=now
    ) as access:
        rows = Account.objects.filter(origin_key__in=list(keys))
        held = {bytes(key or b"") for key in rows.values_list("origin_key", flat=True)}
        new = {key: company for key, company in keys.items() if key not in held}
        subjects = access.new_subjects(
            [SubjectKind.ORGANISATION] * len(new), source=house.from_before
        )
        Account.objects.bulk_create(
            Account(
                controller_id=access.controller, subject=subject, source=house.from_before,
                origin_key=key, collected_at=now, **_account(company),
            )
            for (key, company), subject in zip(new.items(), subjects, strict=True)
        )  # fmt: skip
        return {
            keys[bytes(key or b"")].number: pk for key, pk in rows.values_list("origin_key", "pk")
        }


def _account(company: Company) -> Row:
    return {
        "kind": "company",
        "external_id": str(company.number),
        "name": company.name,
        "vat_number": company.vat_number,
        "phone": company.phone,
        **_placed(company.address),
    }


class _Chunk:
    """Writes one chunk of people under one access."""

    def __init__(
        self,
        house: House,
        stock: Sequence[Product],
        accounts: dict[int, UUID],
        purpose: str,
        now: datetime,
    ) -> None:
        self._house = house
        self._stock = stock
        self._accounts = accounts
        self._purpose = purpose
        self._now = now
        self._origins = Origins(house.controller.pk, house.from_before.pk)

    def write(self, lives: Sequence[Life]) -> None:
        """Write the people of a chunk with all that is known of them, or nothing."""
        with gate.open(
            self._house.actor(Role.SALES), self._purpose, Operation.CREATE, now=self._now
        ) as access:
            keys = [self._key(life.person) for life in lives]
            if Contact.objects.filter(origin_key__in=keys).exists():
                return
            kinds = [life.person.kind for life in lives]
            subjects = access.new_subjects(kinds, source=self._house.from_before)
            pairs = list(zip(lives, subjects, strict=True))
            self._write_people(access, pairs)
            self._write_purchases(access, pairs)
            self._write_exchanges(access, pairs)
            self._date(pairs)

    def _key(self, person: Person) -> bytes:
        return self._origins.key(Entity.CONTACT, str(person.number))

    def _base(self, access: Access, life: Life, subject: DataSubject) -> Row:
        return {
            "controller_id": access.controller,
            "subject": subject,
            "source": self._source(life.person),
            "collected_at": _moment(life.person.known_since),
        }

    def _source(self, person: Person) -> DataSource:
        days = (self._now.date() - person.known_since).days
        return self._house.by_the_person if days < RECENT else self._house.from_before

    def _write_people(self, access: Access, pairs: Sequence[tuple[Life, DataSubject]]) -> None:
        contacts, points, memberships = [], [], []
        for life, subject in pairs:
            base, person = self._base(access, life, subject), life.person
            contacts.append(Contact(**base, origin_key=self._key(person), **_contact(person)))
            points += [ContactPoint(**base, **point) for point in _points(person)]
            if person.company:
                memberships.append(
                    Membership(
                        **base, account_id=self._accounts[person.company.number],
                        active_from=person.known_since, **{"job_title": person.job_title},  # noqa: PIE804 - the Django plugin knows no sealed fields
                    )
                )  # fmt: skip
        Contact.objects.bulk_create(contacts)
        ContactPoint.objects.bulk_create(points)
        Membership.objects.bulk_create(memberships)

    def _write_purchases(self, access: Access, pairs: Sequence[tuple[Life, DataSubject]]) -> None:
        orders, lines, evidence = [], [], []
        for life, subject in pairs:
            for purchase in life.purchases:
                base = self._base(access, life, subject)
                base["collected_at"] = _moment(purchase.ordered_on)
                order = Order(**base, **_order(life.person, purchase, self._now))
                orders.append(order)
                lines += [
                    OrderLine(**base, order=order, **self._line(purchase, at, quantity))
                    for at, quantity in purchase.lines
                ]
                evidence.append(
                    QualifyingEvent(
                        **base, kind="order", at=base["collected_at"], evidence=order.pk
                    )
                )
        Order.objects.bulk_create(orders)
        OrderLine.objects.bulk_create(lines)
        QualifyingEvent.objects.bulk_create(evidence)

    def _line(self, purchase: Purchase, at: int, quantity: int) -> Row:
        product = self._stock[at]
        return {
            "product": product,
            "quantity": Decimal(quantity),
            "unit_price": Decimal(GOODS[at][2]),
            "bought_on": purchase.ordered_on,
            "description": product.name,
        }

    def _write_exchanges(self, access: Access, pairs: Sequence[tuple[Life, DataSubject]]) -> None:
        agent = self._house.staff[Role.AGENT]
        Interaction.objects.bulk_create(
            Interaction(
                **{**self._base(access, life, subject), "collected_at": exchange.at},
                **_interaction(exchange),
                handled_by=agent,
                purpose=self._purpose,
            )
            for life, subject in pairs
            for exchange in life.exchanges
        )

    @staticmethod
    def _date(pairs: Sequence[tuple[Life, DataSubject]]) -> None:
        """Say since when they are known: periods of retention start there."""
        for life, subject in pairs:
            subject.created_at = _moment(life.person.known_since)
        DataSubject.objects.bulk_update([subject for _life, subject in pairs], ["created_at"])


def _contact(person: Person) -> Row:
    """Return what an activity for this kind of person may hold, and nothing else."""
    fields = {
        "stage": "former" if person.story is Story.FORGOTTEN else STAGE_OF[person.kind],
        "external_id": str(person.number),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "note": person.note,
        "fiscal_code": person.fiscal_code,
        "job_title": person.job_title,
        "company_name": person.company.name if person.company else "",
    }
    return {name: value for name, value in fields.items() if value}


def _points(person: Person) -> Iterator[Row]:
    if person.email:
        yield {"kind": "email", "email": person.email, "is_primary": True}
    yield {"kind": "phone", "label": "mobile", "phone": person.phone, "is_primary": True}
    if person.address:
        yield {"kind": "post", "is_primary": True, **_placed(person.address)}


def _order(person: Person, purchase: Purchase, now: datetime) -> Row:
    address = person.address or (person.company.address if person.company else None)
    placed = {
        f"billing_{name}": value for name, value in (_placed(address) if address else {}).items()
    }
    days = (now.date() - purchase.ordered_on).days
    return {
        "number": purchase.number,
        "ordered_on": purchase.ordered_on,
        "total": total(purchase.lines),
        "state": "confirmed" if days < 7 else "closed",  # noqa: PLR2004 - a week to deliver
        "billing_name": person.company.name if person.company else person.name,
        **placed,
    }


def _interaction(exchange: Exchange) -> Row:
    return {
        "channel": exchange.channel,
        "direction": exchange.direction,
        "occurred_at": exchange.at,
        "contacted_on": exchange.at.date() if exchange.direction == "in" else None,
        "topic": exchange.topic,
        "body": exchange.body,
    }
