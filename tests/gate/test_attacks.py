"""Attacks on an open access, tried one by one; docs/spec/gate.md, section 9, tells them all."""

import contextvars
import pickle
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core import serializers
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.db.models import Count, F, Sum

from audit.models import Entry
from crm.models import Contact, ContactPoint, Order, OrderLine
from governance.policy.vocabulary import Channel, Duty, Operation, Role
from registry import isolation, narrowing
from registry.datamap import data_map
from registry.gate import context
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.disclosing import To
from registry.gate.errors import (
    AccessReadsOnlyError,
    CategoryNotGrantedError,
    GateClosedError,
    GateFoundOpenError,
    SubjectNotAdmittedError,
)
from registry.models import (
    ConsentStanding,
    DataSubject,
    Disclosure,
    Purpose,
    Recipient,
    SearchToken,
    Sending,
)
from tests.builders import NOW, Company, a_consent, a_person

pytestmark = pytest.mark.django_db
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def anna(company: Company) -> UUID:
    subject = a_person(company, orders=[date(2026, 1, 2)])
    a_consent(company, subject, at=YESTERDAY)
    return subject


@pytest.fixture
def berta(company: Company) -> UUID:
    return a_person(company, given="Berta", family="Neri", orders=[date(2026, 1, 3)])


def sql(statement: str, *values: object) -> list[tuple[Any, ...]] | int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def orders(company: Company, operation: Operation, subjects: gate.Subjects):
    """An access of an agent for orders."""
    return gate.open(
        company.actor(Role.AGENT), "order_management", operation, subjects=subjects, now=NOW
    )


def newsletter(company: Company, operation: Operation, subjects: gate.Subjects, **more: Any):
    """An access whose activity uses no purchases."""
    return gate.open(
        company.actor(Role.MARKETING), "newsletter", operation, subjects=subjects, now=NOW, **more
    )


def entry(company: Company) -> tuple[str, str, str, int]:
    """Action, outcome, reason and number of members of the latest entry that is not a look."""
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        rows = Entry.objects.order_by("at", "id").values_list("entry", flat=True)
        bodies = [orjson.loads(bytes(row).split(b"\n")[0]) for row in rows]
    said = [body for body in bodies if body["purpose"] != "duty:supervision"][-1]
    return (
        said["act"], said["outcome"], said.get("reason", ""), said.get("members", {}).get("n", 0)
    )  # fmt: skip


# Somebody else, from an access for one person

UNSEEN: dict[str, Callable[[UUID], object]] = {
    "raw SQL": lambda other: sql("SELECT id FROM crm_order WHERE subject_id = %s", other),
    "a count": lambda other: sql(
        "SELECT id FROM crm_order WHERE total > 0 AND subject_id = %s", other
    ),
    "columns without rows": lambda other: list(
        Order.objects.filter(subject=other).values_list("total", flat=True)
    ),
    "the manager beneath": lambda other: list(Order._base_manager.filter(subject=other)),
    "their standing": lambda other: list(DataSubject.objects.filter(pk=other)),
    "their search tokens": lambda other: list(SearchToken.objects.filter(subject=other)),
    "a union": lambda other: [
        row for row in Order.objects.none().union(Order.objects.all()) if row.subject_id == other
    ],
    "a row by its id": lambda other: [
        row for row in Order.objects.in_bulk().values() if row.subject_id == other
    ],
    "a bulk change": lambda other: range(
        Order.objects.filter(subject=other).update(state="cancelled")
    ),
    "a bulk deletion": lambda other: range(
        sql("DELETE FROM crm_orderline WHERE subject_id = %s", other)
    ),
}


@pytest.mark.parametrize("way", UNSEEN)
def test_an_access_for_one_person_sees_nobody_else(
    company: Company, anna: UUID, berta: UUID, way: str
) -> None:
    with orders(company, Operation.UPDATE, anna) as access:
        assert list(UNSEEN[way](berta)) == []
        assert Order.objects.aggregate(n=Count("pk"), sum=Sum("total"))["n"] == 1
        assert access.members == {anna}
    assert entry(company) == ("data.updated", "done", "", 1)


def test_no_row_is_moved_to_or_written_for_somebody_else(
    company: Company, anna: UUID, berta: UUID
) -> None:
    for move in (
        lambda access: access.rows(Order).update(subject_id=berta),
        lambda _: sql("UPDATE crm_order SET subject_id = %s", berta),
        lambda _: sql(
            "INSERT INTO registry_sending (id, controller_id, subject_id, scope, collected_at,"
            " sealed, purpose_id, channel, at) SELECT gen_random_uuid(), %s, %s, 'ordinary', now(),"
            " '', %s, 'email', now()",
            company.controller.pk, berta, company.purpose("newsletter").pk,
        ),
    ):  # fmt: skip
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            orders(company, Operation.UPDATE, anna) as access,
        ):
            move(access)
        assert entry(company)[:2] == ("data.updated", "failed")


# Reading that leaves no member

COLUMNS: dict[str, Callable[[Access], object]] = {
    "values_list": lambda access: list(access.rows(Order).values_list("total")),
    "values": lambda access: list(access.rows(Order).values()),
    "iterator": lambda access: list(access.rows(Order).values_list("total").iterator()),
    "aggregate": lambda access: access.rows(Order).aggregate(Sum("total")),
    "aggregate of a join": lambda access: access.rows(OrderLine).aggregate(Sum("order__total")),
    "annotate": lambda access: list(
        access.rows(Order).annotate(twice=F("total") * 2).values_list("twice")
    ),
    "order_by": lambda access: list(access.rows(Order).order_by("total").values_list("pk")),
    "filter": lambda access: list(access.rows(Order).filter(total__gt=5).values_list("pk")),
    "dates": lambda access: list(access.rows(Order).dates("ordered_on", "day")),
    "select_related": lambda access: list(access.rows(OrderLine).select_related("order")),
    "a related row": lambda access: [line.order.total for line in access.rows(OrderLine)],
    "a bulk change": lambda access: access.rows(Order).update(state="cancelled"),
}


@pytest.mark.parametrize("way", COLUMNS)
def test_columns_are_read_with_their_people_as_members(
    company: Company, anna: UUID, berta: UUID, way: str
) -> None:
    a_person(company, given="Carla", orders=[date(2026, 1, 4)])
    with orders(company, Operation.CREATE, [anna, berta]) as access:
        COLUMNS[way](access)
        assert access.members == {anna, berta}
    assert entry(company) == ("data.created", "done", "", 2)


@pytest.mark.parametrize("way", [way for way in COLUMNS if way != "a bulk change"])
def test_a_column_that_the_purpose_does_not_use_is_no_oracle_either(
    company: Company, anna: UUID, way: str
) -> None:
    with newsletter(company, Operation.LIST, [anna]) as access:
        with pytest.raises(CategoryNotGrantedError):
            COLUMNS[way](access)


def test_a_row_comes_without_the_columns_that_the_purpose_does_not_use(
    company: Company, anna: UUID
) -> None:
    with newsletter(company, Operation.LIST, [anna]) as access:
        order = access.rows(Order).get()
        assert order.billing_name == "Anna Bianchi"
        assert {"total", "state", "ordered_on"} <= order.get_deferred_fields()
        for name in ("total", "state", "ordered_on"):
            with pytest.raises(CategoryNotGrantedError):
                getattr(order, name)
        order.refresh_from_db()
        assert "total" in order.get_deferred_fields()


def test_nobody_is_chosen_by_what_the_purpose_does_not_use(company: Company, anna: UUID) -> None:
    rich = Order.objects.filter(total__gt=10).values_list("subject_id", flat=True)
    nested = Contact.objects.filter(subject__in=rich).values_list("subject_id", flat=True)
    for chosen in (rich, nested):
        with pytest.raises(CategoryNotGrantedError), newsletter(company, Operation.LIST, chosen):
            pass
        assert entry(company) == ("data.listed", "failed", "category_not_granted", 0)
    with orders(company, Operation.LIST, rich) as access:
        assert access.admitted == {anna}


def test_what_is_given_away_as_columns_is_noted_as_given(company: Company, anna: UUID) -> None:
    provider = Recipient.objects.get(name="Fornitore di servizi informatici")
    with newsletter(
        company, Operation.EXPORT, [anna], channel=Channel.EMAIL, recipient=provider.pk
    ) as access:
        assert list(access.rows(ConsentStanding).values_list("state", flat=True)) == ["given"]
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert list(Disclosure.objects.values_list("subject_id", flat=True)) == [anna]
        assert list(Sending.objects.values_list("subject_id", flat=True)) == [anna]


def test_a_message_counts_although_nothing_was_read_for_it(company: Company, anna: UUID) -> None:
    with newsletter(company, Operation.SEND, anna, channel=Channel.EMAIL, recipient=To.THE_PERSON):
        pass
    assert entry(company) == ("data.sent", "done", "", 1)
    with gate.duty(company.actor(Role.DPO), Duty.SUPERVISION, now=NOW):
        assert Sending.objects.filter(subject=anna).count() == 1


# Writing where only reading was asked for

WRITES: dict[str, Callable[[Access, UUID], object]] = {
    "save": lambda access, _: access.rows(Contact).get().save(),
    "create": lambda access, who: ContactPoint(
        controller_id=access.controller, subject_id=who, kind="email", email="x@example.it"
    ).save(),
    "bulk_create": lambda access, who: ContactPoint.objects.bulk_create(
        [ContactPoint(controller_id=access.controller, subject_id=who, kind="email")]
    ),
    "update": lambda access, _: access.rows(Order).update(state="cancelled"),
    "delete": lambda access, _: access.rows(OrderLine).delete(),
    "raw update": lambda *_: sql("UPDATE crm_order SET state = 'cancelled'"),
    "raw delete": lambda *_: sql("DELETE FROM crm_orderline"),
    "raw insert": lambda access, who: sql(
        "INSERT INTO registry_searchtoken (id, controller_id, subject_id, kind, token, version, row)"
        " SELECT gen_random_uuid(), %s, %s, 'email', 'x', 1, gen_random_uuid()",
        access.controller, who,
    ),
    "their standing": lambda _, who: DataSubject.objects.filter(pk=who).update(
        last_contact_on=NOW.date()
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WRITES)
@pytest.mark.parametrize("operation", [Operation.READ, Operation.LIST, Operation.SEARCH])
def test_an_access_that_reads_writes_nothing(
    company: Company, anna: UUID, way: str, operation: Operation
) -> None:
    with (
        pytest.raises(AccessReadsOnlyError),
        orders(company, operation, [anna]) as access,
    ):
        WRITES[way](access, anna)
    assert entry(company)[1:3] == ("failed", "access_reads_only")


def test_policies_that_narrow_are_on_every_isolated_table(company: Company) -> None:
    for holding in data_map().isolated():
        found = sql(
            "SELECT polname FROM pg_policy WHERE polrelid = %s::regclass AND NOT polpermissive"
            " AND polroles = ARRAY['custode_app'::regrole::oid]",
            holding.table,
        )
        assert {name for (name,) in found} == set(narrowing.policies_of(holding))
    assert len(isolation.isolated_tables()) > 20


# Outliving the access


def test_neither_access_nor_context_nor_copy_outlives_the_transaction(
    company: Company, anna: UUID
) -> None:
    with orders(company, Operation.READ, anna) as access:
        contact = access.rows(Contact).get()
        assert contact.given_name == "Anna"
        copied = contextvars.copy_context()
        pickled = pickle.dumps(contact)
    with pytest.raises(GateClosedError):
        copied.run(lambda: contact.given_name)  # a task that was started inside
    with pytest.raises(GateClosedError):
        access.cipher(company.controller.pk, anna, "ordinary", "name", 1)
    with pytest.raises(GateClosedError):
        access.newest(anna, "ordinary")
    assert not copied.run(context.is_open)
    assert b"Anna" not in pickled
    assert "Anna" not in serializers.serialize("json", [contact])
    with orders(company, Operation.READ, anna):
        assert pickle.loads(pickled).given_name == "Anna"  # noqa: S301 - our own, made above
    with newsletter(company, Operation.LIST, []), pytest.raises(SubjectNotAdmittedError):
        _ = contact.given_name


def test_who_reads_and_goes_away_leaves_an_entry(company: Company, anna: UUID) -> None:
    def names() -> Iterator[str | None]:
        with orders(company, Operation.LIST, [anna]) as access:
            yield from (contact.given_name for contact in access.rows(Contact))

    reader = names()
    assert next(reader) == "Anna"
    reader.close()
    assert entry(company) == ("data.listed", "failed", "GeneratorExit", 1)
    assert not context.is_open()
    for stop in (SystemExit, KeyboardInterrupt):
        with pytest.raises(stop), orders(company, Operation.READ, anna) as access:
            assert access.rows(Contact).get().given_name
            raise stop
        assert entry(company) == ("data.read", "failed", stop.__name__, 1)


def test_an_access_caught_inside_another_changes_nothing_of_it(
    company: Company, anna: UUID, berta: UUID
) -> None:
    with orders(company, Operation.READ, anna) as access:
        with pytest.raises(RuntimeError, match="do not nest"):
            with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW):
                pass
        assert list(Contact.objects.values_list("subject_id", flat=True)) == [anna]
        assert context.current() is access
    assert entry(company) == ("data.read", "done", "", 1)


# The register, past its pages


@pytest.mark.parametrize(
    "change", [{"is_marketing": False}, {"key": "service_news"}, {"controller_id": None}]
)
def test_what_a_purpose_is_does_not_change_once_an_activity_was_approved(
    company: Company, change: dict[str, object]
) -> None:
    purpose = company.purpose("newsletter")
    if "controller_id" in change:
        change = {"controller_id": purpose.pk}
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        Purpose.objects.filter(pk=purpose.pk).update(**change)
    Purpose.objects.filter(pk=purpose.pk).update(text_en="Offers you asked for")


def test_no_purpose_has_a_name_that_means_something_else_in_the_log(company: Company) -> None:
    with pytest.raises(IntegrityError, match="word_of_the_log"), transaction.atomic():
        Purpose.objects.create(
            controller=company.controller, key="emergency", text_it="Altro", text_en="Other"
        )


def test_a_connection_left_open_is_found_and_closed(company: Company, anna: UUID) -> None:
    sql("SELECT set_config('custode.controller', %s, false)", str(company.controller.pk))
    assert (
        Contact.objects.count() == 1
    )  # what an attacker who may set it can do, stated in section 8
    with pytest.raises(GateFoundOpenError), orders(company, Operation.READ, anna):
        pass
    with pytest.raises(ProgrammingError, match="gate closed"), transaction.atomic():
        Contact.objects.count()
    assert entry(company) == ("data.read", "failed", "gate_found_open", 0)
