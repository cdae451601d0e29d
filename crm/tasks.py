"""What operational data needs from worker and clock: imports, cases, workflows, trails.

Arguments are ids; the work is in rows (`crm.imports.jobs`, `crm.workflows.running`).
"""

import logging
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from crm.analysis import nightly
from crm.campaigns import birthdays, results, sending
from crm.conversations import delivery, desks
from crm.help import trails
from crm.imports import expiry, jobs
from crm.loyalty import ledger, programmes, tiers
from crm.models import Campaign, Workflow
from crm.scores import nightly as scores
from crm.service import escalation
from crm.workflows import running
from governance.policy.errors import GovernanceError
from registry.models import Controller, Staff

logger = logging.getLogger(__name__)


@shared_task
def expire_imports() -> int:
    """End the imports whose time is over, for every controller; return how many."""
    ended = 0
    for controller in Controller.objects.all():
        for batch in expiry.over(controller.pk, today=timezone.localdate()):
            try:
                ended += expiry.expire(batch, now=timezone.now())
            except GovernanceError as error:
                logger.error("import %s not ended: %s", batch.pk, error.code)  # noqa: TRY400 - no values
    return ended


@shared_task
def land_import(batch_id: str, controller_id: str, staff_id: str) -> bool:
    """Land a started import for the member of staff who started it; say whether this call did."""
    people = Staff.objects.select_related("controller").filter(controller_id=controller_id)
    by = people.filter(pk=staff_id).first()
    return by is not None and jobs.carry_out(UUID(batch_id), by=by, now=timezone.now())


@shared_task
def wake_imports() -> None:
    """Wake every import that was started and not finished, for instance by a killed worker."""
    for batch, controller, staff in jobs.waiting():
        land_import.delay(str(batch), str(controller), str(staff))


@shared_task
def escalate_cases() -> int:
    """Raise the promises of service that were not kept, once each; return how many."""
    now, raised = timezone.now(), 0
    for controller in escalation.waiting(now=now):
        try:
            raised += escalation.escalate(controller, now=now)
        except GovernanceError as error:
            logger.error("cases not escalated: %s", error.code)  # noqa: TRY400 - no values
    return raised


@shared_task
def forget_help_trails() -> int:
    """Remove the trails whose day is over; return how many."""
    return trails.forget(now=timezone.now())


@shared_task
def wake_workflows() -> int:
    """Start what is to be started, and wake every run whose time has come; return how many."""
    woken = 0
    for workflow in Workflow.objects.exclude(state="draft"):
        try:
            now = timezone.now()
            if workflow.state == "approved":
                running.start(workflow, now=now)
            runs = running.due(workflow, now=now)
        except GovernanceError as error:
            logger.error("workflow %s not woken: %s", workflow.pk, error.code)  # noqa: TRY400 - no values
            continue
        for run in runs:
            advance_run.delay(str(run), str(workflow.pk))
        woken += len(runs)
    return woken


@shared_task
def advance_run(run_id: str, workflow_id: str) -> int:
    """Take a run as far as it goes now; return how many steps that were."""
    workflow, steps = Workflow.objects.get(pk=workflow_id), 0
    while running.advance(workflow, UUID(run_id), now=timezone.now()) is not None:
        steps += 1
    return steps


@shared_task
def deliver_messages() -> int:
    """Send the messages to people that are due, for every controller; return how many went."""
    has_server, went = settings.MAIL is not None, 0
    for controller in Controller.objects.all():
        try:
            went += delivery.deliver(controller.pk, now=timezone.now(), has_server=has_server)
        except GovernanceError as error:
            logger.error("messages of %s not sent: %s", controller.pk, error.code)  # noqa: TRY400 - no values
    return went


@shared_task
def tend_conversations() -> int:
    """Bring back what was put off, and mark what nobody took; return how many."""
    tended = 0
    for controller in Controller.objects.all():
        try:
            tended += desks.wake(controller.pk, now=timezone.now())
            tended += len(desks.alarm(controller.pk, now=timezone.now()))
        except GovernanceError as error:
            logger.error("desks of %s not tended: %s", controller.pk, error.code)  # noqa: TRY400 - no values
    return tended


@shared_task
def tend_loyalty() -> int:
    """Write points that were earned, and decide tiers anew; return how many lines and changes."""
    done, now = 0, timezone.now()
    for controller in Controller.objects.all():
        programme = programmes.in_force(controller.pk)
        if programme is None:
            continue
        try:
            done += ledger.earn(programme, now=now) + tiers.renew(programme, now=now)
        except GovernanceError as error:
            logger.error("points of %s not written: %s", controller.pk, error.code)  # noqa: TRY400 - no values
    return done


@shared_task
def mark_birthdays() -> int:
    """Note whose birthday it is, for the workflow that greets them; return how many."""
    marked = 0
    for controller in Controller.objects.all():
        workflow = birthdays.in_force(controller.pk)
        try:
            marked += birthdays.mark(workflow, now=timezone.now()) if workflow else 0
        except GovernanceError as error:
            logger.error("birthdays of %s not noted: %s", controller.pk, error.code)  # noqa: TRY400 - no values
    return marked


@shared_task
def draw_extracts() -> int:
    """Draw every analytic extract anew that somebody drew before; return how many."""
    return nightly.draw_all(now=timezone.now())


@shared_task
def run_scores() -> int:
    """Compute every score anew that somebody computed before; return how many runs."""
    return scores.run_all(now=timezone.now())


@shared_task
def run_campaigns() -> int:
    """Send the steps of campaigns that have come, and count what was sold; return how many."""
    sent, now = 0, timezone.now()
    running = Campaign.objects.select_related("segment__purpose", "purpose")
    for campaign in running.filter(state="approved").order_by("approved_at"):
        try:
            sent += sending.run(campaign, now=now)
            results.attribute(campaign, now=now)
        except GovernanceError as error:
            logger.error("campaign %s not run: %s", campaign.pk, error.code)  # noqa: TRY400 - no values
    return sent
