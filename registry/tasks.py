"""Celery wakes discovery up; how far it has come stands in a row. Arguments are ids only."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from governance.policy.actors import system
from registry import findings
from registry.models import Controller


@shared_task
def scan_free_text(controller_id: str) -> None:
    """Read all stored free text of one controller, from wherever the last attempt stopped."""
    controller = UUID(controller_id)
    scan = findings.begin(controller, now=timezone.now())
    while findings.scan_batch(scan.pk, actor=system(controller), now=timezone.now()):
        continue  # every batch is committed


@shared_task
def scan_all_free_text() -> int:
    """Start a scan for every controller, each a task of its own; return how many."""
    controllers = list(Controller.objects.values_list("pk", flat=True))
    for controller in controllers:
        scan_free_text.delay(str(controller))
    return len(controllers)
