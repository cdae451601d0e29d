"""What the audit log needs from the clock: partitions, counts, and copies outside the database."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import connection
from django.utils import timezone

from audit import anchoring, counting
from audit.anchors import forgetting
from audit.spool import spool

MONTHS_AHEAD = 24
logger = logging.getLogger(__name__)


@shared_task
def ensure_months() -> int:
    """Make the missing partitions of the next two years; return how many were made.

    An entry without a partition would be refused, and with it what it records. So they are
    made long before, and a clock that stood still for a year stops nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.ensure_months(%s)", [MONTHS_AHEAD])
        return int(cursor.fetchone()[0])


@shared_task
def count_entries() -> int:
    """Let the log say how many of its entries are each controller's; return for how many."""
    return counting.count_all(now=timezone.now())


@shared_task
def anchor_checkpoint() -> int:
    """Publish the newest checkpoint outside the database; return by how many anchors."""
    return len(anchoring.publish())


@shared_task
def tend_export() -> int:
    """Remove from files what retention ended, and say which are damaged; return how many are.

    What was pruned leaves the export folder, and the spool is kept for as long as it can be
    needed. All of the folder is read, once a day.
    """
    now = timezone.now()
    spool.forget(now=now, is_sealed=forgetting.are_sealed)
    damaged = anchoring.tend(now=now)
    for name in damaged:
        logger.error("the export folder is damaged: %s is not what its name says", name)
    return len(damaged)


@worker_ready.connect
def anchor_at_start(**_kwargs: Any) -> None:
    """Publish when a worker starts: what was signed while none ran should not wait."""
    anchor_checkpoint.delay()
