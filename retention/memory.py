"""Retention of the memory of deletions and objections: the register says how long.

Its rows are about nobody who is held, so no run sweeps them: they end by their day, each by the
activity it is kept for (`registry.suppression.ACTIVITY_OF`). Without a rule in force nothing ends.
"""

from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.policy import actors
from governance.policy.periods import Period
from governance.policy.vocabulary import Duty, RecordClass
from registry import activities
from registry.gate import opening as gate
from registry.models import Controller, Suppression
from registry.suppression import ACTIVITY_OF, Reason


def period_of(controller: UUID, reason: Reason, *, at: datetime) -> Period | None:
    """Return for how long the register lets a reason be remembered; None: it does not say."""
    for version in activities.all_in_force(controller, at=at):
        if version.activity.purpose.key != ACTIVITY_OF[reason]:
            continue
        for rule in version.retention_rules.all():
            if rule.record_class == RecordClass.SUPPRESSION:
                return Period.parse(rule.period)
    return None


def last_day(controller: UUID, reason: Reason, *, at: datetime) -> date | None:
    """Return the last day on which is remembered what happened at `at`, by the rules of then."""
    period = period_of(controller, reason, at=at)
    return period.after(timezone.localdate(at)) if period else None


def end_all(*, now: datetime) -> dict[UUID, int]:
    """Remove the rows whose last day is over, for each controller; return how many."""
    ended = {}
    for controller in Controller.objects.order_by("pk").values_list("pk", flat=True):
        with gate.duty(actors.system(controller), Duty.RETENTION, now=now) as access:
            ended[controller] = sum(
                _end(controller, reason, now, access.actor) for reason in Reason
            )
    return ended


def _end(controller: UUID, reason: Reason, now: datetime, actor: actors.Actor) -> int:
    period = period_of(controller, reason, at=now)
    if period is None:
        return 0
    mine = Suppression.objects.filter(controller=controller, reason=reason)
    today = timezone.localdate(now)
    days = [
        day for day in mine.values_list("at", flat=True).distinct() if period.after(day) < today
    ]
    gone = mine.filter(at__in=days).delete()[0]
    if gone:
        event = log.Event(
            action=Action.MEMORY_ENDED, purpose=ACTIVITY_OF[reason], reason="period_over",
            counts={"identifiers": gone},
        )  # fmt: skip
        log.record(actor, event, now=now)
    return gone
