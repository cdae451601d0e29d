"""The customers of CDNOW as people with orders, and beside them a plain table of the same file.

The table and the view over it are all that the oracle knows: when each row ends is said in SQL,
from the lines of the file, and shares nothing with the product.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from django.utils import timezone

from crm.models import Contact, ContactPoint, Order, OrderLine
from governance.policy.vocabulary import Anchor, Operation, RecordClass, Role, SubjectKind
from registry.gate import opening as gate
from registry.models import ActivityVersion, QualifyingEvent
from tests.builders import NOW, Company, amend
from tests.realdata import CRM

FILE = CRM / "cdnow" / "CDNOW_master.txt"
AT_ONCE = 500  # people
OUR_ROWS = """
SELECT 'crm_contact', subject_id::text FROM crm_contact
UNION ALL SELECT 'crm_contactpoint', subject_id::text FROM crm_contactpoint
UNION ALL SELECT 'registry_qualifyingevent', evidence::text FROM registry_qualifyingevent
UNION ALL SELECT 'crm_order', number FROM crm_order
UNION ALL SELECT 'crm_orderline', number FROM crm_orderline AS line
    JOIN crm_order AS o ON o.id = line.order_id
"""
# The register in a lawyer's words: master data and the evidence of the contract for twelve months
# after the last order, and for two years after somebody was first known; documents to the end of
# the tenth year after their own.
ORACLE = """
CREATE TABLE cdnow (line integer PRIMARY KEY, customer text, bought date, evidence uuid);
CREATE TABLE cdnow_person (customer text PRIMARY KEY, subject uuid);
CREATE VIEW cdnow_row AS
WITH person AS (
    SELECT customer, subject,
        greatest(max(bought) + interval '1 year', min(bought) + interval '2 years')::date AS until
    FROM cdnow JOIN cdnow_person USING (customer) GROUP BY customer, subject
), document AS (
    SELECT line, (to_char(bought, 'YYYY')::integer + 10 || '-12-31')::date AS until FROM cdnow
)
SELECT 'crm_contact' AS held_in, subject::text AS key, until FROM person
UNION ALL SELECT 'crm_contactpoint', subject::text, until FROM person
UNION ALL SELECT 'registry_qualifyingevent', evidence::text, until
    FROM cdnow JOIN person USING (customer)
UNION ALL SELECT 'crm_order', line::text, until FROM document
UNION ALL SELECT 'crm_orderline', line::text, until FROM document;
"""
KNOWN_SINCE = """
UPDATE registry_datasubject AS s SET created_at = first + time '12:00' AT TIME ZONE 'UTC'
FROM (SELECT subject, min(bought) AS first FROM cdnow JOIN cdnow_person USING (customer)
      GROUP BY subject) AS p WHERE s.id = p.subject
"""
Keyed = tuple[str, str]  # a table, and what names a row of it in both worlds


@dataclass(frozen=True)
class Purchase:
    """One line of the file.

    Attributes
    ----------
    line : its number
    spent : in US dollars
    """

    line: int
    customer: str
    bought: date
    spent: Decimal


@dataclass
class Shop:
    """A company whose customers bought what the file says, and the plain table beside it."""

    company: Company
    superuser: psycopg.Connection[Any]
    subjects: dict[str, UUID] = field(default_factory=dict)

    def must_go(self, day: date) -> Counter[tuple[str, bool]]:
        """Count rows by table and whether their last day is over, as the oracle sees them."""
        rows = self.superuser.execute(
            "SELECT held_in, until < %s, count(*) FROM cdnow_row GROUP BY 1, 2", [day]
        )
        return Counter({(held_in, is_over): number for held_in, is_over, number in rows})

    def must_stay(self, day: date) -> set[Keyed]:
        """Return the rows whose last day is not over, as the oracle sees them."""
        rows = self.superuser.execute("SELECT held_in, key FROM cdnow_row WHERE until >= %s", [day])
        return set(rows.fetchall())

    def there(self) -> set[Keyed]:
        """Return the rows that the product holds, read by SQL."""
        return set(self.superuser.execute(OUR_ROWS).fetchall())


def purchases(*, one_in: int) -> list[Purchase]:
    """Read the purchases of every so manieth customer, in the order of the file."""
    found = []
    for number, text in enumerate(FILE.read_text().splitlines()):
        who, day, _discs, dollars = text.split()
        if number and int(who) % one_in == 0:  # the first line names the columns
            bought = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
            found.append(Purchase(number, who, bought, Decimal(dollars)))
    return found


def a_shop(company: Company, bought: list[Purchase], superuser: psycopg.Connection[Any]) -> Shop:
    """Bring the purchases in as people with orders, and put them into the plain table."""
    set_rules(company)
    shop = Shop(company, superuser)
    superuser.execute(ORACLE)
    by_customer: dict[str, list[Purchase]] = defaultdict(list)
    for each in bought:
        by_customer[each.customer].append(each)
    everybody = list(by_customer.items())
    for start in range(0, len(everybody), AT_ONCE):
        _bring_in(shop, dict(everybody[start : start + AT_ONCE]))
    superuser.execute(KNOWN_SINCE)
    return shop


def set_rules(company: Company) -> None:
    """Master data for twelve months after the last order; documents from the end of their year.

    The shop has no loyalty programme, whose contract would be a reason of its own.
    """
    ActivityVersion.objects.filter(
        controller=company.controller, activity__purpose__key="loyalty"
    ).update(state="retired", active_to=NOW)
    amend(
        company, "order_management",
        lambda draft: draft.retention_rules.filter(record_class=RecordClass.MASTER_DATA).update(
            period="P12M"
        ),
    )  # fmt: skip
    amend(
        company, "accounting",
        lambda draft: draft.retention_rules.update(anchor=Anchor.LAST_ENTRY),
    )  # fmt: skip


def _bring_in(shop: Shop, bought: dict[str, list[Purchase]]) -> None:
    company = shop.company
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, now=NOW
    ) as access:
        made = access.new_subjects([SubjectKind.CUSTOMER] * len(bought), source=company.source)
        base = {
            who: {"controller_id": access.controller, "subject_id": s.pk, "collected_at": NOW}
            for who, s in zip(bought, made, strict=True)
        }
        Contact.objects.bulk_create(Contact(**base[w], family_name=f"Cliente {w}") for w in base)
        ContactPoint.objects.bulk_create(
            ContactPoint(**base[w], kind="email", email=f"c{w}@example.it", is_primary=True)
            for w in base
        )
        orders = {
            each: Order(
                **base[w], number=str(each.line), ordered_on=each.bought, total=each.spent,
                currency="USD", billing_name=f"Cliente {w}", billing_city="Torino",
            )
            for w, some in bought.items()
            for each in some
        }  # fmt: skip
        Order.objects.bulk_create(orders.values())
        OrderLine.objects.bulk_create(
            OrderLine(
                **base[each.customer], order=order, quantity=1, unit_price=each.spent,
                bought_on=each.bought, description="Dischi",
            )
            for each, order in orders.items()
        )  # fmt: skip
        QualifyingEvent.objects.bulk_create(
            QualifyingEvent(
                **base[each.customer], kind="order", evidence=order.pk,
                at=timezone.make_aware(datetime.combine(each.bought, time(12))),
            )
            for each, order in orders.items()
        )  # fmt: skip
    shop.subjects |= {who: base[who]["subject_id"] for who in base}
    with shop.superuser.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO cdnow_person VALUES (%s, %s)",
            [(who, shop.subjects[who]) for who in bought],
        )
        cursor.executemany(
            "INSERT INTO cdnow VALUES (%s, %s, %s, %s)",
            [(e.line, e.customer, e.bought, order.pk) for e, order in orders.items()],
        )
