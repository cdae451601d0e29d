"""What Celery does for retention: wake it up. Arguments are ids; the work is in rows.

`wake_runs`, `schedule_previews`, `show_effects`, `end_memories` and `prune_access_log` are for
beat: every few minutes, three times once a day, and once a month.
"""

import secrets
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from governance.policy import actors
from governance.policy.vocabulary import ActivityState, Duty
from registry.gate import opening as gate
from registry.models import ActivityVersion, Controller, Recipient
from retention import accesslog, delivery, memory, operations, queries, rules, stops, webhooks
from retention.models import RetentionRun

BATCHES_PER_LEASE = 40
UNTIL_SIGNED = 2  # seconds


@shared_task(name="retention.wake_retention")
def wake_retention(run_id: str) -> None:
    """Carry out a run, slice by slice, until it is finished, in other hands, or waits."""
    while True:
        progress = operations.carry_out(
            UUID(run_id), now=timezone.now(), max_batches=BATCHES_PER_LEASE
        )
        if progress.is_waiting:
            wake_retention.apply_async((run_id,), countdown=UNTIL_SIGNED)
        if progress.is_finished or progress.is_waiting or not progress.is_taken:
            return


@shared_task(name="retention.wake_runs")
def wake_runs() -> None:
    """Wake every run that was approved or that a worker left behind."""
    for run_id in operations.waiting(now=timezone.now()):
        wake_retention.delay(str(run_id))


@shared_task(name="retention.schedule_previews")
def schedule_previews() -> None:
    """Make today's preview for each controller that has none and no run under way."""
    now = timezone.now()
    today = timezone.localdate(now)
    for controller in Controller.objects.order_by("pk"):
        runs = RetentionRun.objects.filter(controller=controller, draft__isnull=True)
        if runs.filter(today=today).exists():
            continue
        if runs.filter(state__in=operations.UNDER_WAY).exists():
            continue
        operations.preview(actors.system(controller.pk), now=now)


@shared_task(name="retention.show_effects")
def show_effects() -> None:
    """Preview each draft that changes how long something is kept and has shown no effect yet."""
    now = timezone.now()
    for draft in ActivityVersion.objects.filter(state=ActivityState.DRAFT).order_by("pk"):
        if rules.are_changed_by(draft, at=now) and queries.effect(draft) is None:
            operations.preview(actors.system(draft.controller_id), now=now, draft=draft)


@shared_task(name="retention.prune_access_log")
def prune_access_log() -> None:
    """Remove entries of the audit log whose period is over."""
    accesslog.prune_all(now=timezone.now())


@shared_task(name="retention.tend_stops")
def tend_stops() -> None:
    """Bring what the keystore stops in line with the holds and restrictions that stand."""
    now = timezone.now()
    for controller in Controller.objects.order_by("pk"):
        actor = actors.system(controller.pk)
        with gate.duty(actor, Duty.ERASING, reference=controller.pk, now=now) as access:
            stops.tend(access)


@shared_task(name="retention.deliver_notices")
def deliver_notices() -> int:
    """Make the attempts that are due, and the keys of whoever will send; return how many."""
    senders = Recipient.objects.exclude(endpoint="").order_by("controller")
    for controller in senders.values_list("controller", flat=True).distinct():
        webhooks.public_key(controller)  # so that recipients have it before the first notice
    random = secrets.SystemRandom()
    notices = delivery.due(now=timezone.now())
    for notice in notices:
        delivery.deliver(
            notice, now=timezone.now(), jitter=random.uniform(-1, 1),
            allowed=settings.CUSTODE_EGRESS_ALLOW,
        )  # fmt: skip
    return len(notices)


@shared_task(name="retention.end_memories")
def end_memories() -> None:
    """Remove what was remembered of deletions and objections and whose period is over."""
    memory.end_all(now=timezone.now())
