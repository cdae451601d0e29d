"""What the audit log needs from the clock: partitions for the months to come."""

from celery import shared_task
from django.db import connection
from django.utils import timezone

from audit import anchoring, counting

MONTHS_AHEAD = 24


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
