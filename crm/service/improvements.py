"""From an insight to a change: begun with an owner and a day, closed with two numbers (A17)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from audit import log
from audit.actions import Action
from crm.models import ImprovementAction
from crm.service.errors import ImprovementOpenError, ImprovementRefusedError
from governance.policy.vocabulary import Role
from registry.models import Staff
from registry.operations import KEEPING

MAY_BEGIN = frozenset({Role.AGENT, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class NewImprovement:
    """What is to be done better.

    Attributes
    ----------
    theme, product : what the complaints are about; "" and None for all
    before : the rate of complaints as it is now; None where it is measured later
    """

    purpose: str
    title: str
    owner: UUID
    due_on: date
    theme: str = ""
    product: UUID | None = None
    before: Decimal | None = None


def begin(new: NewImprovement, *, by: Staff, now: datetime) -> ImprovementAction:
    """Begin an improvement.

    Raises
    ------
    ImprovementRefusedError
        it has no title, is about nothing, is due in the past, or its owner is none of the house
    """
    owner = Staff.objects.filter(controller=by.controller, pk=new.owner, is_active=True).first()
    is_late = new.due_on < now.date()
    is_about = bool(new.theme or new.product)
    if not (owner and new.title.strip() and is_about) or is_late or by.role not in MAY_BEGIN:
        raise ImprovementRefusedError
    made = ImprovementAction.objects.create(
        controller=by.controller, purpose=new.purpose, theme=new.theme, product_id=new.product,
        title=new.title.strip()[:200], owner=owner, due_on=new.due_on, before=new.before,
        opened_by=by, opened_at=now,
    )  # fmt: skip
    _record(by, Action.IMPROVEMENT_OPENED, made, now=now)
    return made


def close(
    improvement: UUID, *, after: Decimal | None, before: Decimal | None = None, by: Staff,
    now: datetime,
) -> ImprovementAction:  # fmt: skip
    """Close an improvement with the rate before and after it; whether it helped, the two say.

    Arguments
    ---------
    before : where it was not measured at the beginning

    Raises
    ------
    ImprovementOpenError
        one of the numbers is missing, or it is closed already
    """
    found = ImprovementAction.objects.select_for_update(of=("self",)).filter(
        pk=improvement, controller=by.controller, closed_at__isnull=True
    )
    row = found.first()
    if row is None or after is None or (row.before is None and before is None):
        raise ImprovementOpenError
    row.before = before if row.before is None else row.before
    row.after, row.closed_by, row.closed_at = after, by, now
    row.save(update_fields=["before", "after", "closed_by", "closed_at"])
    _record(by, Action.IMPROVEMENT_CLOSED, row, now=now)
    return row


def of_purpose(controller: UUID, purpose: str) -> "QuerySet[ImprovementAction]":
    """Return the improvements of a purpose, what is open and due first before the rest."""
    rows = ImprovementAction.objects.filter(controller=controller, purpose=purpose)
    return rows.select_related("owner", "product").order_by("-closed_at", "due_on", "pk")


def _record(by: Staff, action: Action, row: ImprovementAction, *, now: datetime) -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="improvement", object_id=row.pk
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
