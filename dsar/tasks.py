"""Celery wakes the work up; what is to be done stands in rows. Arguments are ids only."""

import logging
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from dsar import access_right, correspondence, identity_evidence, intake, lateness, saga
from dsar.case import address, delivery, documents
from dsar.mail import deciding, imap, polling
from dsar.models import Erasure
from dsar.opendsr import callbacks
from dsar.portal import limits
from governance.policy.errors import GovernanceError
from registry.models import Controller

UNTIL_SIGNED = 2  # seconds
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


@shared_task(acks_late=True)
def carry_out_erasure(controller_id: str, erasure_id: str) -> None:
    """Carry out one approved erasure, from wherever it stopped, as far as it goes now.

    A message that is doubled, late or about something that was taken back does nothing.
    """
    try:
        erasure = saga.carry_out(
            UUID(erasure_id), controller=UUID(controller_id), now=timezone.now()
        )
    except GovernanceError as error:
        logger.warning("erasure %s is not taken up: %s", erasure_id, _word(error))
        return
    if (erasure.state, erasure.reason) == ("waiting", "log"):
        wake_erasure(erasure, after=UNTIL_SIGNED)


def wake_erasure(erasure: Erasure, *, after: int = 0) -> None:
    """Let a worker take an erasure up; without a broker the supervisor does, within a minute.

    Arguments
    ---------
    after : seconds
    """
    try:
        carry_out_erasure.apply_async(
            (str(erasure.controller_id), str(erasure.pk)), countdown=after
        )
    except OperationalError:
        logger.warning("no broker: erasure %s waits for the supervisor", erasure.pk)


@shared_task
def carry_out_all_erasures() -> int:
    """Wake every erasure that is due: approved, left by a worker, or waiting; return how many."""
    woken = 0
    for controller in Controller.objects.all():
        for erasure_id in saga.due(controller.pk, now=timezone.now()):
            carry_out_erasure.delay(str(controller.pk), str(erasure_id))
            woken += 1
    return woken


@shared_task
def deliver_letters() -> int:
    """Send the letters that are due, for every controller; return how many went."""
    has_server = settings.MAIL is not None
    return sum(
        correspondence.deliver(controller.pk, now=timezone.now(), has_server=has_server)
        for controller in Controller.objects.all()
    )


@shared_task
def look_for_late_requests() -> int:
    """Mark what became late and bring it to the DPO, for every controller; return how many."""
    marked = 0
    for controller in Controller.objects.all():
        now = timezone.now()
        marked += lateness.mark(controller.pk, now=now)
        lateness.escalate(controller.pk, now=now, has_server=settings.MAIL is not None)
    return marked


@shared_task
def read_mailboxes() -> int:
    """Take in what came to the mailboxes; return how many."""
    taken = 0
    for box in settings.MAILBOXES:
        controller = Controller.objects.filter(slug=box.company).first()
        if controller is None:
            logger.error("the mailbox of %s belongs to no company", box.company)
            continue
        try:
            taken += polling.poll(
                controller.pk, imap.ImapSource(box), own_hosts=settings.MAIL_HOSTS,
                now=timezone.now(),
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - one mailbox never stops the others
            logger.error("mailbox of %s not read: %s", box.company, _word(error))  # noqa: TRY400 - no values
    return taken


@shared_task
def tell_connected_systems() -> int:
    """Tell systems that handed a request in how it stands, where that changed; return how many."""
    if not settings.OPENDSR_KEY:
        return 0
    return sum(
        callbacks.tell_all(controller.pk, now=timezone.now(), allowed=settings.CUSTODE_EGRESS_ALLOW)
        for controller in Controller.objects.all()
    )


@shared_task
def renew_case_documents() -> int:
    """Mail codes, offer copies, say how each case stands where it changed; return how many."""
    renewed = 0
    for controller in Controller.objects.all():
        now = timezone.now()
        try:
            address.ask_all(controller.pk, now=now)
            delivery.deliver_all(controller.pk, now=now)
            delivery.remove_ended(controller.pk, now=now)
            renewed += documents.renew(controller.pk, now=now)
        except Exception as error:  # noqa: BLE001 - one company never stops the others
            logger.error("cases of %s not renewed: %s", controller.pk, _word(error))  # noqa: TRY400 - no values
    return renewed


@shared_task
def remove_expired_packages() -> int:
    """Remove access packages, mails that were set aside, and documents whose time is over."""
    return sum(
        access_right.remove_expired(controller.pk, now=timezone.now())
        + deciding.remove_declined(controller.pk, now=timezone.now())
        + documents.remove_expired(controller.pk, now=timezone.now())
        + identity_evidence.destroy_due(controller.pk, now=timezone.now())
        for controller in Controller.objects.all()
    )


@shared_task
def forget_counts() -> int:
    """Remove the counts of the public pages that have ended; return how many."""
    return limits.forget(now=timezone.now())
