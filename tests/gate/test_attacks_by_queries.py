"""Columns that a purpose does not use, asked for by everything that a query can say.

docs/spec/gate.md, section 9, tells what fell. An answer tells of a column by who is counted, by
their order, by how many groups there are, or by whether there is anybody at all.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.db import DatabaseError
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    When,
    Window,
)
from django.db.models.expressions import RawSQL

from crm.models import Contact, Order, OrderLine
from governance.policy.vocabulary import Duty, Operation, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import CategoryNotGrantedError, GateClosedError, WordsOfSQLError
from tests.builders import NOW, Company, a_person
from tests.gate.test_attacks import anna, berta, entry, newsletter, orders  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
DEAR = Q(total__gt=5)


async def gathered(rows: Any) -> list[Any]:
    """What code that waits reads, row by row."""
    return [row async for row in rows.aiterator()]


ORACLES: dict[str, Callable[[Access], object]] = {
    "count": lambda a: a.rows(Order).filter(DEAR).count(),
    "exists": lambda a: a.rows(Order).filter(DEAR).exists(),
    "contains": lambda a: a.rows(Order).filter(DEAR).contains(a.rows(Order).get()),
    "explain": lambda a: a.rows(Order).filter(DEAR).explain(analyze=True),
    "count of code that waits": lambda a: async_to_sync(a.rows(Order).filter(DEAR).acount)(),
    "filter of a sum": lambda a: a.rows(Order).aggregate(n=Count("pk", filter=DEAR)),
    "case in a sum": lambda a: a.rows(Order).aggregate(n=Count(Case(When(DEAR, then=1)))),
    "sum of a slice": lambda a: a.rows(Order)[:9].aggregate(n=Sum(F("total") * 2)),
    "case in an order": lambda a: list(
        a.rows(Order).order_by(Case(When(DEAR, then=0), default=1)).values_list("pk")
    ),
    "subquery in an order": lambda a: list(
        a.rows(Contact)
        .order_by(Subquery(Order.objects.filter(subject=OuterRef("subject")).values("total")[:1]))
        .values_list("pk")
    ),
    "order of a window": lambda a: list(
        a.rows(Order).annotate(r=Window(Count("pk"), order_by="total")).values_list("r")
    ),
    "distinct on": lambda a: a.rows(Order).order_by().distinct("total").count(),
    "groups": lambda a: list(
        a.rows(Order).values("state").annotate(n=Count("pk")).values_list("n")
    ),
    "of what is grouped": lambda a: list(
        a.rows(Order).values("pk").annotate(s=Sum("total")).filter(s__gt=5).values_list("pk")
    ),
    "condition of a join": lambda a: list(
        a.rows(OrderLine)
        .annotate(o=FilteredRelation("order", condition=Q(order__total__gt=5)))
        .filter(o__isnull=False)
        .values_list("pk")
    ),
    "select_related of everything": lambda a: [
        line.order.total for line in a.rows(OrderLine).select_related()
    ],
    "whether there is one": lambda a: list(
        a.rows(Contact).filter(
            Exists(Order.objects.filter(subject=OuterRef("subject"), total__gt=5))
        )
    ),
    "prefetch": lambda a: list(
        a.rows(OrderLine).prefetch_related(Prefetch("order", queryset=Order.objects.filter(DEAR)))
    ),
    "a slice of an order": lambda a: a.rows(Order).order_by("-total")[0].pk,
    "earliest": lambda a: a.rows(Order).earliest("total").pk,
    "alias": lambda a: a.rows(Order).alias(s=F("total")).filter(s__gt=5).count(),
    "only": lambda a: [order.total for order in a.rows(Order).only("total")],
    "defer nothing": lambda a: [order.total for order in a.rows(Order).defer(None)],
    "rows of code that waits": lambda a: [
        order.total for order in async_to_sync(gathered)(a.rows(Order))
    ],
}


@pytest.mark.parametrize("way", ORACLES)
def test_no_query_tells_of_a_column_that_the_purpose_does_not_use(
    company: Company,
    anna: UUID,  # noqa: F811
    way: str,
) -> None:
    with (
        pytest.raises(CategoryNotGrantedError),
        newsletter(company, Operation.LIST, [anna]) as access,
    ):
        ORACLES[way](access)
    assert entry(company)[1:3] == ("failed", "category_not_granted")


WORDS: dict[str, Callable[[Access], object]] = {
    "extra, a condition": lambda a: a.rows(Order).extra(where=["total > 5"]).count(),
    "extra, a column": lambda a: list(a.rows(Order).extra(select={"t": "total"})),
    "extra, an order": lambda a: list(a.rows(Order).extra(order_by=["total"])),
    "extra, a table": lambda a: list(a.rows(Contact).extra(tables=["crm_order"])),
    "a column in words": lambda a: list(a.rows(Order).annotate(t=RawSQL("total", []))),
    "an order in words": lambda a: list(a.rows(Order).order_by(RawSQL("total", []))),
    "people in words": lambda a: list(
        a.rows(Order).filter(pk__in=RawSQL("SELECT id FROM crm_order WHERE total > 5", []))
    ),
    "rows in words": lambda _: list(Order.objects.raw("SELECT * FROM crm_order")),
}


@pytest.mark.parametrize("way", WORDS)
@pytest.mark.parametrize("operation", [Operation.LIST, Operation.UPDATE])
def test_a_query_of_the_models_holds_no_words_of_sql(
    company: Company,
    anna: UUID,  # noqa: F811
    way: str,
    operation: Operation,
) -> None:
    """Nobody can say what they read; not even a purpose that uses purchases has them."""
    with pytest.raises(WordsOfSQLError), orders(company, operation, [anna]) as access:
        WORDS[way](access)
    assert entry(company)[1:3] == ("failed", "words_of_sql")


def test_nobody_is_chosen_by_words_of_sql(company: Company, anna: UUID) -> None:  # noqa: F811
    rich = Order.objects.extra(where=["total > 5"]).values_list("subject_id", flat=True)
    first = Order.objects.order_by(Case(When(DEAR, then=0), default=1)).values("subject_id")[:1]
    for chosen, error in ((rich, WordsOfSQLError), (first, CategoryNotGrantedError)):
        with pytest.raises(error), newsletter(company, Operation.LIST, chosen):
            pass


def test_each_row_of_a_union_has_its_own_values(company: Company, anna: UUID) -> None:  # noqa: F811
    """Columns left out of one part and not of the other came as values of other columns."""
    with newsletter(company, Operation.LIST, [anna]) as access:
        (order,) = access.rows(Order).union(access.rows(Order).filter(currency="EUR"))
        assert (order.currency, order.billing_name) == ("EUR", "Anna Bianchi")
        assert {"total", "state", "ordered_on"} <= order.get_deferred_fields()


def test_whoever_counts_or_waits_names_those_they_asked_about(
    company: Company,
    anna: UUID,  # noqa: F811
    berta: UUID,  # noqa: F811
) -> None:
    for asked in (
        lambda access: access.rows(Order).filter(DEAR).count(),
        lambda access: access.rows(Order).filter(DEAR).exists(),
        lambda access: async_to_sync(gathered)(access.rows(Contact)),
    ):
        with orders(company, Operation.LIST, [anna, berta]) as access:
            assert asked(access)
        assert entry(company) == ("data.listed", "done", "", 2)


def test_a_reader_that_goes_on_after_the_end_gets_nothing(company: Company, anna: UUID) -> None:  # noqa: F811
    a_person(company, given="Carla")
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        rows = access.rows(Contact).iterator(chunk_size=1)
        waiting = access.rows(Contact)
        assert next(rows).given_name
    with pytest.raises((GateClosedError, DatabaseError)):
        next(rows)
    with pytest.raises(DatabaseError, match="gate closed"):
        list(waiting)
