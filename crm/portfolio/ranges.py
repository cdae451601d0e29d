"""What of the range customers buy (A21), and who buys what is new first (A22).

Only from own orders, and from interests that the person told us themselves. What somebody else
said about a person, a bought-in list or a partner, is not read here: it would tell more about them
than they gave, and they could not know it (Art. 5(1)(a), 14).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Min

from crm.models import Contact, FieldOrigin, OrderLine, Product
from crm.sales.tiers import COUNTED
from governance.policy import analysis
from governance.policy.campaigns import rate
from governance.policy.categories import Category
from registry.gate.access import Access

EARLY = timedelta(days=30)  # after the launch


@dataclass(frozen=True, slots=True)
class Penetration:
    """Of one category: how many customers bought in it, and how many want it and do not.

    Attributes
    ----------
    customers : who bought anything at all
    buyers : of them, who bought in the category
    wishing : of them, who named it as an interest and bought nothing in it
    """

    category: str
    customers: int
    buyers: int
    wishing: int

    @property
    def rate(self) -> Decimal | None:
        """The share of customers who bought in it."""
        return rate(self.buyers, self.customers)


@dataclass(slots=True)
class Range:
    """What each customer bought of the range, and what they said they want.

    Attributes
    ----------
    offered : the categories of the catalogue
    bought, declared : categories by person
    """

    offered: list[str]
    bought: dict[UUID, set[str]] = field(default_factory=dict)
    declared: dict[UUID, set[str]] = field(default_factory=dict)

    def of(self, person: UUID) -> Decimal | None:
        """Return which share of the categories on offer a person buys in."""
        return rate(len(self.bought.get(person, ())), len(self.offered))

    def wanted(self, person: UUID) -> set[str]:
        """Return the categories that a person named and buys nothing in."""
        named = self.declared.get(person, set()) & set(self.offered)
        return named - self.bought.get(person, set())

    def penetration(self) -> list[Penetration]:
        """Return the categories, in which most buy first."""
        people = self.bought
        found = [
            Penetration(
                category,
                len(people),
                sum(category in bought for bought in people.values()),
                sum(category in self.wanted(person) for person in people),
            )
            for category in self.offered
        ]
        return sorted(found, key=lambda one: (-one.buyers, one.category))


def ranges(access: Access, *, since: date) -> Range:
    """Return the range as the people of an access buy it; interests only where they are granted."""
    catalogue = Product.objects.filter(controller=access.controller).exclude(category="")
    found = Range(sorted(set(catalogue.values_list("category", flat=True))))
    lines = access.rows(OrderLine).filter(bought_on__gte=since, order__state__in=COUNTED)
    for person, category in lines.values_list("subject_id", "product__category").distinct():
        mine = found.bought.setdefault(person, set())
        if category:
            mine.add(category)
    if Category.PREFERENCES in access.categories and found.offered:
        found.declared = _declared(access, found)
    return found


def _declared(access: Access, of: Range) -> dict[UUID, set[str]]:
    """Return the categories that people told us themselves they are interested in."""
    names = {" ".join(name.split()).casefold(): name for name in of.offered}
    rows = access.rows(Contact).filter(subject_id__in=list(of.bought)).select_related("source")
    noted = access.rows(FieldOrigin).filter(field="interests").select_related("source")
    own = {origin.row: origin.source for origin in noted}
    found: dict[UUID, set[str]] = {}
    for contact in rows:
        source = own.get(contact.pk, contact.source)
        if source is not None and not source.from_subject:
            continue
        said = {names[word] for word in analysis.interests(contact.interests) if word in names}
        found.setdefault(contact.subject_id, set()).update(said)
    return found


def early_adopters(access: Access) -> Mapping[UUID, dict[UUID, int]]:
    """Return by product who bought it within thirty days of its launch, and after how many."""
    launched = {
        row.pk: row.launched_on
        for row in Product.objects.filter(
            controller=access.controller, launched_on__lte=access.now.date()
        )
    }
    lines = access.rows(OrderLine).filter(product_id__in=list(launched), order__state__in=COUNTED)
    firsts = lines.values_list("product_id", "subject_id").annotate(on=Min("bought_on"))
    found: dict[UUID, dict[UUID, int]] = {}
    for product, person, on in firsts.order_by("product_id", "on", "subject_id"):
        begins = launched[product]
        if begins is not None and begins <= on <= begins + EARLY:
            found.setdefault(product, {})[person] = (on - begins).days
    return found
