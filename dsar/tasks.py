"""Celery wakes the work up; what is to be done stands in rows. Arguments are ids only."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from dsar import access_right, erasure_right, intake
from dsar.errors import ErasureBusyError
from governance.policy.errors import GovernanceError
from registry.models import Controller

logger = logging.getLogger(__name__)


def _word(error: Exception) -> str:
    """Return the code or the class of an error, never its text."""
    return str(error.code) if isinstance(error, GovernanceError) else type(error).__name__


@shared_task
def file_intake(controller_id: str, intake_id: str) -> None:
    """File one message of the public page."""
    intake.file(UUID(intake_id), controller=UUID(controller_id), now=timezone.now())


@shared_task
def file_all_intakes() -> int:
    """File what waits, for every controller; one that can not be opened never stops the rest.

    It also publishes the key of a new controller, so that its public page opens by itself.
    """
    filed = 0
    for controller in Controller.objects.all():
        intake.publish_key(controller.pk, now=timezone.now())
        for waiting in intake.waiting(controller.pk):
            try:
                filed += (
                    intake.file(waiting, controller=controller.pk, now=timezone.now()) is not None
                )
            except Exception as error:  # noqa: BLE001 - one bad message never stops the others
                logger.error("intake %s not filed: %s", waiting, _word(error))  # noqa: TRY400 - no values
    return filed


@shared_task
def carry_out_erasure(controller_id: str, erasure_id: str) -> None:
    """Carry out one approved erasure, from wherever it stopped."""
    erasure_right.carry_out(UUID(erasure_id), controller=UUID(controller_id), now=timezone.now())


@shared_task
def carry_out_all_erasures() -> int:
    """Take up every erasure that is approved or was left in the middle."""
    done = 0
    for controller in Controller.objects.all():
        for erasure in erasure_right.waiting(controller.pk, now=timezone.now()):
            try:
                erasure_right.carry_out(erasure, controller=controller.pk, now=timezone.now())
                done += 1
            except ErasureBusyError:
                continue  # somebody else has it
            except Exception as error:  # noqa: BLE001 - one bad record never stops the others
                logger.error("erasure %s not done: %s", erasure, _word(error))  # noqa: TRY400 - no values
    return done


@shared_task
def remove_expired_packages() -> int:
    """Remove access packages whose time is over."""
    return sum(
        access_right.remove_expired(controller.pk, now=timezone.now())
        for controller in Controller.objects.all()
    )
