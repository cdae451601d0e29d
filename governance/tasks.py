"""What needs several parts at once, woken up by Celery. Arguments are ids only."""

import logging

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from dsar.mail.imap import ImapSource
from governance import care_mail, ends
from governance.policy.errors import GovernanceError
from registry.models import Controller

logger = logging.getLogger(__name__)


@shared_task
def end_sessions() -> None:
    """Remove the sessions of logins that are over."""
    SessionStore.clear_expired()


@shared_task
def end_records() -> None:
    """Remove records of work done that are older than the register lets the log's entries be."""
    ends.end_records(now=timezone.now())


@shared_task
def read_care_mailboxes() -> int:
    """Hear what came to the mailboxes of customer care; return how many messages."""
    heard = 0
    for box in settings.CARE_MAILBOXES:
        controller = Controller.objects.filter(slug=box.company).first()
        if controller is None:
            logger.error("the mailbox of %s belongs to no company", box.company)
            continue
        try:
            heard += care_mail.poll(
                controller.pk, ImapSource(box), own_hosts=settings.MAIL_HOSTS, now=timezone.now()
            )
        except Exception as error:  # noqa: BLE001 - one mailbox never stops the others
            word = error.code if isinstance(error, GovernanceError) else type(error).__name__
            logger.error("mailbox of %s not read: %s", box.company, word)  # noqa: TRY400 - no values
    return heard
