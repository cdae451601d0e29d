"""What starts a run: people and the thing about them, as querysets that nobody has evaluated.

Set-based: one statement finds whoever is to be looked at, whatever their number. What happened
before the version was approved starts nothing, unless it stands today (an order that is late).
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from crm.models import (
    BirthdayGreeting,
    Contact,
    Opportunity,
    OpportunityMove,
    Order,
    OrderLine,
    Shipment,
    Workflow,
    WorkflowRun,
)
from governance.policy.workflows import Trigger

WARNED_BEFORE = timedelta(days=30)  # of the end of a warranty
Pairs = QuerySet[Any, Any]


def _leads(workflow: Workflow, _today: date) -> Pairs:
    rows = Contact.objects.filter(collected_at__gte=workflow.approved_at)
    return rows.filter(**_conditions(workflow)).annotate(about=F("subject"))


def _moved(workflow: Workflow, _today: date) -> Pairs:
    moves = OpportunityMove.objects.filter(
        opportunity=OuterRef("pk"), stage=OuterRef("stage"), at__gte=workflow.approved_at
    )
    return _of(Opportunity.objects.filter(Exists(moves), **_conditions(workflow)))


def _late(workflow: Workflow, today: date) -> Pairs:
    rows = Order.objects.filter(state__in=["confirmed", "partly_fulfilled"], promised_on__lt=today)
    return _of(rows.filter(**_conditions(workflow)))


def _fulfilled(workflow: Workflow, _today: date) -> Pairs:
    since = timezone.localdate(workflow.approved_at)
    sent = Shipment.objects.filter(order=OuterRef("pk"), shipped_on__gte=since)
    rows = Order.objects.filter(Exists(sent), state__in=["fulfilled", "closed"])
    return _of(rows.filter(**_conditions(workflow)))


def _warranties(_workflow: Workflow, today: date) -> Pairs:
    ending = OrderLine.objects.filter(
        order=OuterRef("pk"), warranty_until__range=(today, today + WARNED_BEFORE)
    )
    return _of(Order.objects.filter(Exists(ending)))


def _birthdays(_workflow: Workflow, today: date) -> Pairs:
    return _of(BirthdayGreeting.objects.filter(greeted_on=today))


FOUND_BY: Mapping[Trigger, Callable[[Workflow, date], Pairs]] = {
    Trigger.LEAD_ARRIVED: _leads,
    Trigger.OPPORTUNITY_MOVED: _moved,
    Trigger.ORDER_LATE: _late,
    Trigger.ORDER_FULFILLED: _fulfilled,
    Trigger.WARRANTY_ENDING: _warranties,
    Trigger.BIRTHDAY: _birthdays,
}


def found(workflow: Workflow, *, today: date) -> Pairs:
    """Return (subject, about) of what starts a run now, without what had one under this key."""
    trigger = Trigger(workflow.definition["trigger"]["on"])
    had = WorkflowRun.objects.filter(workflow__key=workflow.key, about=OuterRef("about"))
    rows = FOUND_BY[trigger](workflow, today).filter(~Exists(had))
    pairs: Pairs = rows.order_by("about").values_list("subject", "about")
    return pairs


def _of(rows: Pairs) -> Pairs:
    named: Pairs = rows.annotate(about=F("pk"))
    return named


def _conditions(workflow: Workflow) -> dict[str, list[str]]:
    return {f"{one['field']}__in": one["is"] for one in workflow.definition["conditions"]}
