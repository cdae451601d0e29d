"""Celery wakes discovery up; how far it has come stands in a row. Arguments are ids only.

And the checkpoint of the audit log is mailed from here, since the register knows to whom.
"""

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from audit import anchoring
from audit.anchors.mail import Mail
from governance.policy.actors import system
from registry import contacts, findings, relaying
from registry.models import Controller, TextScan, WaitingText

PATIENCE = 120  # seconds after which a look is not worth taking: later ones were asked for


@shared_task
def scan_free_text(controller_id: str) -> None:
    """Read all stored free text of one controller, from wherever the last attempt stopped."""
    controller = UUID(controller_id)
    scan = findings.begin(controller, now=timezone.now())
    while findings.scan_batch(scan.pk, actor=system(controller), now=timezone.now()):
        continue  # every batch is committed


@shared_task
def watch_free_text() -> None:
    """Look three times a minute for text that was written, so that it is read within one."""
    for seconds in (0, 20, 40):
        read_written_text.apply_async(countdown=seconds, expires=PATIENCE)


@shared_task
def read_written_text() -> int:
    """Read what was written since it was last read, of every controller; return how many rows."""
    waiting = WaitingText.objects.order_by().values_list("controller_id", flat=True).distinct()
    read = 0
    for controller in list(waiting):
        while batch := findings.scan_written(controller, now=timezone.now()):
            read += batch  # every batch is committed
    return read


@shared_task
def scan_all_free_text() -> int:
    """Start a scan for every controller whose texts were never read to their end; return how many.

    What is written afterwards is read as it is written.
    """
    read = TextScan.objects.filter(finished_at__isnull=False).values("controller")
    controllers = list(Controller.objects.exclude(pk__in=read).values_list("pk", flat=True))
    for controller in controllers:
        scan_free_text.delay(str(controller))
    return len(controllers)


@shared_task
def relay_ledger() -> int:
    """Take what has to be repeated after a restore out of this database; return how many lines."""
    return relaying.relay(relaying.folder_here())


@shared_task
def mail_checkpoint() -> int:
    """Mail the newest checkpoint of the audit log to each controller's DPO; return how often.

    Nothing is sent where the installation has no mail server.
    """
    if settings.MAIL is None:
        return 0
    mail = Mail(contacts.officers(), sender=settings.DEFAULT_FROM_EMAIL)
    return len(anchoring.publish([mail]))
