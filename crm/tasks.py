"""What operational data needs from the clock: imports end thirty days after they began."""

import logging

from celery import shared_task
from django.utils import timezone

from crm.imports import expiry
from governance.policy.errors import GovernanceError
from registry.models import Controller

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
