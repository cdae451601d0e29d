"""Cases of service: what they carry, what is promised, and what happens when it is not kept."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError

from crm import operations as crm
from crm.models import Case, OrderLine, Product
from crm.service import escalation, operations, queries
from crm.service.errors import CaseLinkError, CaseNotFoundError
from governance.policy.cases import CaseKind, CaseState, CaseStateError
from governance.policy.vocabulary import Duty, Operation, Priority, Role
from registry import restriction
from registry.gate import opening as gate
from tests.builders import NOW, Company, a_person
from tests.crm.serving import CARE, a_case, column, does, seen

pytestmark = pytest.mark.django_db

MONDAY = NOW  # 10:00 in Rome; the house is open Monday to Friday, 9 to 18
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_customer(company: Company, **more: object) -> UUID:
    return a_person(company, orders=[date(2026, 3, 10)], **more)  # type: ignore[arg-type]


def the_line(company: Company, subject: UUID) -> tuple[UUID, UUID]:
    return seen(company, subject, lambda a: a.rows(OrderLine).values_list("order", "pk").get())  # type: ignore[no-any-return]


def test_o8_a_case_opened_from_an_order_carries_order_product_and_warranty(
    company: Company,
) -> None:
    anna = a_customer(company)
    lamp = Product.objects.create(controller=company.controller, code="L-1", name="Lampada Alba")
    with gate.open(
        company.actor(Role.AGENT), "order_management", Operation.CREATE, subjects=anna, now=NOW
    ) as access:
        order = crm.place_order(
            access, subject=anna, number="2026-17", ordered_on=date(2026, 3, 10),
            lines=[crm.Line("Lampada Alba", Decimal(1), Decimal(49), lamp)], billing={},
        )  # fmt: skip
        order_id = order.pk
    case = a_case(company, anna, order=order_id, kind=CaseKind.WARRANTY)
    held = seen(company, anna, lambda a: a.rows(Case).get(pk=case))
    assert (held.order_id, held.product_id, held.warranty_ends_on) == (
        order_id, lamp.pk, date(2028, 3, 10),
    )  # fmt: skip
    line = seen(company, anna, lambda a: a.rows(OrderLine).get(order=order_id))
    assert held.order_line_id == line.pk
    by_line = a_case(company, anna, order_line=held.order_line_id)
    again = seen(company, anna, lambda a: a.rows(Case).get(pk=by_line))
    assert (again.order_id, again.product_id) == (order_id, lamp.pk)
    assert again.warranty_ends_on == date(2028, 3, 10)
    assert again.number == held.number + 1


def test_o8_nobody_opens_a_case_about_the_order_of_somebody_else(company: Company) -> None:
    anna, bruno = a_customer(company), a_customer(company, given="Bruno", family="Verdi")
    order, line = the_line(company, bruno)
    for link in ({"order": order}, {"order_line": line}):
        with pytest.raises(CaseLinkError):
            a_case(company, anna, **link)
    own_order, _own = the_line(company, anna)
    with pytest.raises(CaseLinkError):
        a_case(company, bruno, order=own_order, order_line=line)
    assert seen(company, anna, lambda a: a.rows(Case).count()) == 0


def test_o13_a_service_request_is_promised_in_working_time_and_pauses(company: Company) -> None:
    anna = a_customer(company)
    friday = datetime(2026, 12, 4, 15, 0, tzinfo=UTC)  # 16:00; Tuesday the 8th is a holiday
    case = a_case(company, anna, at=friday, kind=CaseKind.SERVICE_REQUEST, priority=Priority.HIGH)
    assert column(company, anna, case, "first_response_due_at") == friday + 2 * HOUR
    monday = datetime(2026, 12, 7, 16, 0, tzinfo=UTC)  # 17:00
    assert column(company, anna, case, "resolution_due_at") == monday - HOUR  # 2 + 7 hours
    asked = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)  # 10:00, three hours later
    does(company, anna, operations.ask, case, at=asked)
    held = seen(company, anna, lambda a: a.rows(Case).get(pk=case))
    assert (held.state, held.resolution_due_at) == (CaseState.WAITING, None)
    assert (held.first_response_at, held.first_response_minutes) == (asked, 180)
    answered = datetime(2026, 12, 9, 11, 0, tzinfo=UTC)  # 12:00 on Wednesday
    does(company, anna, operations.resume, case, at=answered)
    due = column(company, anna, case, "resolution_due_at")
    assert due == datetime(2026, 12, 9, 17, 0, tzinfo=UTC)  # 5 hours to 17:00 and one more day: 18
    does(company, anna, operations.solve, case, at=answered + HOUR, solution="Sostituita")
    assert column(company, anna, case, "resolution_minutes") == 4 * 60


def test_o13_a_reopened_case_does_not_count_the_time_it_was_solved(company: Company) -> None:
    anna = a_customer(company)
    case = a_case(company, anna, priority=Priority.URGENT)
    does(company, anna, operations.solve, case, at=MONDAY + HOUR, solution="Riavviata")
    does(company, anna, operations.reopen, case, at=MONDAY + 3 * DAY)
    held = seen(company, anna, lambda a: a.rows(Case).get(pk=case))
    assert (held.state, held.times_reopened, held.solved_at) == (CaseState.OPEN, 1, None)
    assert held.resolution_due_at == MONDAY + 3 * DAY + 3 * HOUR  # four hours, one of them used
    with pytest.raises(CaseStateError):
        does(company, anna, operations.reopen, case)


def test_o21_a_broken_promise_is_raised_once_and_not_again(company: Company) -> None:
    anna = a_customer(company)
    case = a_case(company, anna, priority=Priority.URGENT)
    due = column(company, anna, case, "first_response_due_at")
    assert due == MONDAY + HOUR
    assert escalation.waiting(now=due) == []
    late = due + timedelta(minutes=1)
    assert escalation.waiting(now=late) == [company.controller.pk]
    assert escalation.escalate(company.controller.pk, now=late) == 1
    assert column(company, anna, case, "first_response_escalated_at") == late
    assert escalation.waiting(now=late + HOUR) == []  # looks again when the solution is due
    assert escalation.escalate(company.controller.pk, now=late + HOUR) == 0
    assert column(company, anna, case, "first_response_escalated_at") == late
    later = MONDAY + 5 * HOUR
    assert escalation.waiting(now=later) == [company.controller.pk]
    assert escalation.escalate(company.controller.pk, now=later) == 1
    assert column(company, anna, case, "resolution_escalated_at") == later
    assert escalation.waiting(now=later + 30 * DAY) == []


def test_o21_what_is_kept_paused_solved_or_restricted_is_not_raised(company: Company) -> None:
    people = [a_customer(company, given=n, family="Neri") for n in ("Ada", "Bea", "Cleo", "Dina")]
    cases = [a_case(company, one, priority=Priority.URGENT) for one in people]
    does(company, people[0], operations.answer, cases[0])
    does(company, people[1], operations.ask, cases[1])
    does(company, people[2], operations.solve, cases[2], solution="Fatto")
    with gate.duty(
        company.actor(Role.DPO), Duty.ANSWERING, subjects=people[3], reference=people[3], now=NOW
    ) as access:
        restriction.place(access, subject=people[3], ground="a", at=NOW)
    assert escalation.escalate(company.controller.pk, now=MONDAY + 3 * HOUR) == 0
    # what was answered is still to be solved in time
    assert escalation.escalate(company.controller.pk, now=MONDAY + 5 * HOUR) == 1
    assert column(company, people[0], cases[0], "resolution_escalated_at") is not None


def test_o21_a_promise_of_a_reopened_case_can_be_broken_again(company: Company) -> None:
    anna = a_customer(company)
    case = a_case(company, anna, priority=Priority.URGENT)
    does(company, anna, operations.answer, case)
    assert escalation.escalate(company.controller.pk, now=MONDAY + 5 * HOUR) == 1
    does(company, anna, operations.solve, case, at=MONDAY + 6 * HOUR, solution="Fatto")
    does(company, anna, operations.reopen, case, at=MONDAY + DAY)
    assert escalation.escalate(company.controller.pk, now=MONDAY + DAY + HOUR) == 1
    assert escalation.escalate(company.controller.pk, now=MONDAY + DAY + 2 * HOUR) == 0


def test_o21_the_list_shows_first_what_is_due_first_and_how_old_cases_are(
    company: Company,
) -> None:
    anna = a_customer(company)
    old = a_case(company, anna, priority=Priority.LOW)
    saturday = MONDAY + 5 * DAY
    urgent = a_case(company, anna, at=saturday, priority=Priority.URGENT)
    paused = a_case(company, anna, at=saturday, priority=Priority.URGENT)
    does(company, anna, operations.ask, paused, at=saturday)
    solved = a_case(company, anna, at=saturday)
    does(company, anna, operations.solve, solved, at=saturday, solution="Fatto")
    escalation.escalate(company.controller.pk, now=saturday)
    with gate.open(
        company.actor(Role.AGENT), CARE, Operation.LIST, subjects=queries.people(CARE),
        now=saturday,
    ) as access:  # fmt: skip
        order = list(queries.open_cases(access, CARE).values_list("pk", flat=True))
        ages = queries.ageing(access, CARE, now=saturday)
    assert order == [old, urgent, paused]
    assert [(age.cases, age.late) for age in ages] == [(2, 0), (0, 0), (1, 1), (0, 0), (0, 0)]


def test_a_case_is_found_under_an_access_to_its_own_person_alone(company: Company) -> None:
    anna, bruno = a_customer(company), a_customer(company, given="Bruno", family="Verdi")
    case = a_case(company, anna)
    with pytest.raises(CaseNotFoundError):
        does(company, bruno, operations.answer, case)


def test_the_database_refuses_a_case_that_is_solved_at_no_time(company: Company) -> None:
    anna = a_customer(company)
    case = a_case(company, anna)
    with pytest.raises(IntegrityError, match="a_case_is_solved_at_a_time"):
        does(
            company, anna,
            lambda a, pk: a.rows(Case).filter(pk=pk).update(state=CaseState.SOLVED), case,
        )  # fmt: skip
