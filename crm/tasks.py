"""What operational data needs from the worker and from the clock: imports, cases, trails.

Arguments are ids; the work is in rows (`crm.imports.jobs`).
"""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from crm.help import trails
from crm.imports import expiry, jobs
from crm.service import escalation
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
