"""Visits on site: planned by the office, seen and closed by whoever goes there.

A report is sent with a key that the page made. Sent again, on a slow line, it is the same report;
another one for a visit that is closed is refused.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from crm.chosen import people_of
from crm.models import Case, FieldVisit, Order, OrderLine
from crm.service.errors import CaseNotFoundError, VisitNotFoundError
from governance.policy import visits as policy
from governance.policy.cases import CaseState
from governance.policy.categories import Category
from governance.policy.visits import VisitClosedError, VisitKind, VisitState
from registry.gate.access import Access
from registry.models import DataSubject

DONE, TO_DO = "[x] ", "[ ] "
LONGEST_REPORT = 4000
DAYS_AHEAD = timedelta(days=7)
ADDRESS = ("street", "postal_code", "city")


@dataclass(frozen=True)
class NewVisit:
    """A visit as the office plans it."""

    technician: UUID
    starts_at: datetime
    ends_at: datetime
    topic: str
    contact_name: str = ""
    contact_phone: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    checklist: tuple[str, ...] = ()
    kind: VisitKind = VisitKind.SERVICE
    case: UUID | None = None


@dataclass(frozen=True)
class Report:
    """What whoever was there says: the key under which it was sent, and what was done."""

    key: UUID
    text: str
    outcome: VisitState = VisitState.DONE
    done: frozenset[int] = field(default_factory=frozenset)
    signed_by: str = ""


@dataclass(frozen=True)
class Shown:
    """A visit as whoever goes there sees it; the address is empty when they do not need it.

    Attributes
    ----------
    order : number of the order it is for, and what was bought, line by line
    """

    visit: FieldVisit
    address: tuple[str, ...]
    checklist: tuple[tuple[bool, str], ...]
    order: tuple[str, ...] = ()


def plan(access: Access, new: NewVisit, *, subject: UUID, purpose: str) -> FieldVisit:
    """Plan a visit to a person, for a case of theirs or for none.

    Raises
    ------
    CaseNotFoundError
        the case is not theirs, or is solved
    """
    if new.case is not None:
        cases = access.rows(Case).filter(pk=new.case, subject=subject)
        if not cases.exclude(state=CaseState.SOLVED).exists():
            raise CaseNotFoundError
    visit = FieldVisit(
        controller_id=access.controller, subject_id=subject, collected_at=access.now,
        kind=new.kind, purpose=purpose, case_id=new.case, technician_id=new.technician,
        starts_at=new.starts_at, ends_at=new.ends_at,
    )  # fmt: skip
    visit.topic, visit.contact_name, visit.contact_phone = (
        new.topic, new.contact_name, new.contact_phone,
    )  # fmt: skip
    visit.street, visit.postal_code, visit.city = new.street, new.postal_code, new.city
    visit.checklist = "\n".join(TO_DO + line for line in new.checklist)
    visit.save()
    return visit


def close(access: Access, visit_id: UUID, report: Report, *, by: UUID) -> FieldVisit:
    """Keep the report of a visit; the same one sent again changes nothing.

    Raises
    ------
    VisitNotFoundError
        it is not theirs who report
    VisitClosedError
        it was closed by another report, or cancelled
    """
    rows = access.rows(FieldVisit).select_for_update(of=("self",))
    visit = rows.filter(pk=visit_id, technician=by).first()
    if visit is None:
        raise VisitNotFoundError
    if visit.report_key == report.key:
        return visit
    if visit.closed_at is not None:
        raise VisitClosedError
    visit.state, visit.closed_at, visit.report_key = report.outcome, access.now, report.key
    visit.checklist = "\n".join(
        (DONE if number in report.done else TO_DO) + line
        for number, (_done, line) in enumerate(checklist(visit))
    )
    visit.report = report.text[:LONGEST_REPORT]
    visit.signed_by = report.signed_by
    visit.save()
    return visit


def cancel(access: Access, visit_id: UUID) -> FieldVisit:
    """Cancel a visit that is planned."""
    rows = access.rows(FieldVisit).select_for_update(of=("self",))
    visit = rows.filter(pk=visit_id).first()
    if visit is None:
        raise VisitNotFoundError
    if visit.closed_at is not None:
        raise VisitClosedError
    visit.state, visit.closed_at = VisitState.CANCELLED, access.now
    visit.save(update_fields=["state", "closed_at"])
    return visit


def people(technician: UUID, purpose: str, *, today: date) -> "QuerySet[DataSubject, UUID]":
    """Return whom somebody visits in the days that their page shows."""
    return people_of(_of(FieldVisit.objects.all(), technician, purpose, today=today))


def person_of(technician: UUID, visit_id: UUID) -> "QuerySet[DataSubject, UUID]":
    """Return whom one visit of somebody is to; nobody where it is not theirs."""
    return people_of(FieldVisit.objects.filter(pk=visit_id, technician=technician))


def mine(access: Access, technician: UUID, purpose: str, *, today: date) -> list[Shown]:
    """Return somebody's visits of today and the days ahead, with what they may see of each."""
    rows = _of(access.rows(FieldVisit), technician, purpose, today=today)
    found = list(rows.order_by("starts_at", "pk"))
    to_do = {visit.case_id for visit in found if visit.case_id and visit.closed_at is None}
    ordered = _ordered(access, to_do)
    return [
        _shown(access, visit, today=today, order=ordered.get(visit.case_id, ())) for visit in found
    ]


def _ordered(access: Access, cases: set[UUID]) -> dict[UUID | None, tuple[str, ...]]:
    """Return what the visits are for, by case, as far as the access may see it."""
    if Category.PURCHASES not in access.categories:
        return {}
    linked = access.rows(Case).filter(pk__in=cases, order__isnull=False)
    of_case = dict(linked.values_list("pk", "order"))
    said = {
        order.pk: [order.number] for order in access.rows(Order).filter(pk__in=of_case.values())
    }
    for line in access.rows(OrderLine).filter(order__in=said).order_by("pk"):
        said[line.order_id].append(f"{line.quantity.normalize():f} × {line.description}")
    return {case: tuple(said[order]) for case, order in of_case.items() if order in said}


def checklist(visit: FieldVisit) -> tuple[tuple[bool, str], ...]:
    """Return what is to be checked, and whether it was."""
    lines = (visit.checklist or "").splitlines()
    return tuple((line.startswith(DONE), line[len(TO_DO) :]) for line in lines)


def _of(
    rows: "QuerySet[FieldVisit]", technician: UUID, purpose: str, *, today: date
) -> "QuerySet[FieldVisit]":
    zone = timezone.get_default_timezone()
    begins = datetime.combine(today, time.min, zone)
    ends = datetime.combine(today + DAYS_AHEAD, time.min, zone)
    return rows.filter(
        technician=technician, purpose=purpose, starts_at__gte=begins, starts_at__lt=ends
    )


def _shown(access: Access, visit: FieldVisit, *, today: date, order: tuple[str, ...] = ()) -> Shown:
    may_see = policy.may_see_address(
        access.actor.role,
        day=timezone.localdate(visit.starts_at),
        is_closed=visit.closed_at is not None,
        today=today,
    )
    parts = (visit.street, visit.postal_code, visit.city) if may_see else ()
    return Shown(visit, tuple(part for part in parts if part), checklist(visit), order)
