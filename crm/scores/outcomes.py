"""What came of what was proposed: settled after thirty days, and learned from by the next run."""

from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q

from crm.models import ActionChoice, Order
from crm.sales.tiers import COUNTED
from governance.policy.next_best import LOOKED_AHEAD, Choice, Experience, NextAction, Outcome
from registry.gate.access import Access

AHEAD = timedelta(days=LOOKED_AHEAD)


def settle(access: Access, *, today: date) -> int:
    """Write down whether an order came of each accepted proposal whose thirty days are over."""
    due = access.rows(ActionChoice).filter(
        choice=Choice.ACCEPTED, came_of_it="", chosen_on__lt=today - AHEAD
    )
    came = access.rows(Order).filter(
        subject=OuterRef("subject"), state__in=COUNTED, ordered_on__gt=OuterRef("chosen_on"),
        ordered_on__lte=OuterRef("chosen_on") + AHEAD,
    )  # fmt: skip
    bought = list(due.filter(Exists(came)).values_list("pk", flat=True))
    worked = due.filter(pk__in=bought).update(came_of_it=Outcome.BOUGHT, known_on=today)
    return worked + due.update(came_of_it=Outcome.NOTHING, known_on=today)


def experience(access: Access) -> dict[str, list[int]]:
    """Return by action how often its outcome is known, and how often that was an order."""
    known = access.rows(ActionChoice).exclude(came_of_it="").values(action=F("next_action"))
    counted = known.annotate(
        taken=Count("pk"), worked=Count("pk", filter=Q(came_of_it=Outcome.BOUGHT))
    )
    return {row["action"]: [row["taken"], row["worked"]] for row in counted.order_by("action")}


def as_experience(kept: dict[str, list[int]]) -> dict[NextAction, Experience]:
    """Return what a run kept, as the rules take it."""
    return {NextAction(action): Experience(*counts) for action, counts in kept.items()}
