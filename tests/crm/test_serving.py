"""Whoever goes to people sees the orders they go for, and where to go while they have to."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.models import ContactPoint, FieldVisit, Order, OrderLine
from crm.people import timeline
from crm.service.visits import Report
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.errors import CategoryNotGrantedError, RowNotServedError
from registry.gate.reading import rows_of
from tests.builders import NOW, Company
from tests.crm.serving import a_case
from tests.crm.test_cases import a_customer, the_line
from tests.crm.test_visits import DAY, FIELD, a_visit, reports

pytestmark = pytest.mark.django_db

STREET = "Corso Francia 12"


def a_home(company: Company, subject: UUID) -> None:
    """Where somebody lives, as the office knows it."""
    with gate.open(
        company.actor(Role.AGENT), FIELD, Operation.UPDATE, subjects=subject, now=NOW
    ) as access:
        point = ContactPoint(
            controller_id=access.controller, subject_id=subject, kind="post", collected_at=NOW
        )
        point.street = STREET
        point.save()


def sees(
    company: Company, subject: Any, look: Any, *, role: Role = Role.FIELD_AGENT, at: Any = NOW
) -> Any:
    """What somebody in the field sees of a person, or of several."""
    does = Operation.READ if isinstance(subject, UUID) else Operation.LIST
    with gate.open(company.actor(role), FIELD, does, subjects=subject, now=at) as access:
        return look(access)


def numbers(access: Access) -> set[str]:
    return set(access.rows(Order).values_list("number", flat=True))


def streets(access: Access) -> dict[UUID, str]:
    return {
        row.subject_id: access.values(row)["street"]
        for row in rows_of(access, ContactPoint)
        if access.values(row).get("street")
    }


def test_f3_a_field_agent_sees_the_orders_they_serve_and_no_others(company: Company) -> None:
    anna = a_customer(company)
    bruno = a_customer(company, given="Bruno", family="Verdi")
    order, line = the_line(company, anna)
    assert sees(company, [anna, bruno], numbers) == set()
    visit = a_visit(company, anna, at=NOW + 3 * DAY, case=a_case(company, anna, order=order))
    a_visit(company, bruno, at=NOW, case=a_case(company, bruno))  # not for an order
    assert sees(company, [anna, bruno], numbers) == {"Bianchi-1"}
    assert sees(company, [anna, bruno], numbers, role=Role.AGENT) == {"Bianchi-1", "Verdi-1"}
    bought = sees(company, [anna, bruno], lambda a: [row.pk for row in rows_of(a, OrderLine)])
    assert bought == [line]
    shown = sees(company, anna, lambda a: timeline.page(a, size=10, kinds=["order"])[0])
    assert [entry.row.pk for entry in shown] == [order]
    said = Report(uuid4(), "Fatto")
    reports(company, visit, said, at=NOW + 3 * DAY)
    assert sees(company, anna, numbers, at=NOW + 3 * DAY) == set(), "the work is done"


def test_f3_an_order_of_a_colleagues_visit_is_not_served_however_it_is_read(
    company: Company,
) -> None:
    anna = a_customer(company)
    order, _line = the_line(company, anna)
    case = a_case(company, anna, order=order)
    a_visit(company, anna, at=NOW, case=case, technician=company.staff[Role.MANAGER].pk)
    assert sees(company, anna, numbers) == set()
    with pytest.raises(RowNotServedError):
        sees(company, anna, lambda _access: list(Order.objects.filter(pk=order)))


def test_f3_where_somebody_lives_is_open_from_the_day_before_until_closure(
    company: Company,
) -> None:
    anna = a_customer(company)
    a_home(company, anna)
    for moment in (NOW, NOW + 3 * DAY):
        assert sees(company, anna, streets, at=moment) == {}, "nobody goes there"
    visit = a_visit(company, anna, at=NOW + 3 * DAY)
    assert sees(company, anna, streets, at=NOW + DAY) == {}
    assert Category.POSTAL_ADDRESS not in sees(company, anna, lambda a: a.categories)
    assert sees(company, anna, streets, at=NOW + 2 * DAY) == {anna: STREET}
    assert sees(company, anna, streets, role=Role.AGENT) == {anna: STREET}, "whoever plans may"
    reports(company, visit, Report(uuid4(), "Fatto"), at=NOW + 3 * DAY)
    assert sees(company, anna, streets, at=NOW + 3 * DAY + timedelta(minutes=1)) == {}


def test_f3_of_several_people_only_the_address_of_those_visited_is_open(company: Company) -> None:
    anna, bruno = a_customer(company), a_customer(company, given="Bruno", family="Verdi")
    for person in (anna, bruno):
        a_home(company, person)
    a_visit(company, anna, at=NOW)
    assert sees(company, [anna, bruno], streets) == {anna: STREET}

    def force(access: Access) -> list[str | None]:
        return [row.street for row in access.rows(ContactPoint).filter(subject=bruno, kind="post")]

    with pytest.raises(CategoryNotGrantedError):
        sees(company, [anna, bruno], force)
    assert sees(company, [anna, bruno], force, role=Role.AGENT) == [STREET]


def test_f3_the_address_of_a_visit_is_not_open_to_a_colleague_who_does_not_go(
    company: Company,
) -> None:
    anna = a_customer(company)
    visit = a_visit(company, anna, at=NOW, technician=company.staff[Role.MANAGER].pk)
    with pytest.raises(CategoryNotGrantedError):
        sees(company, anna, lambda a: a.rows(FieldVisit).get(pk=visit).street)
