"""The end of entries: those whose period is over are removed, and the log says so itself.

Follows docs/spec/audit-log.md, section 11. The database function decides what may go; here is
only which months are old enough to ask for.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import connection, connections, transaction

MONTHS = """
SELECT DISTINCT month FROM audit.entry
WHERE controller_id = %s AND audit.is_prunable(action)
  AND month + make_interval(months => %s + 1) <= (%s::timestamptz AT TIME ZONE 'UTC')
ORDER BY month
"""


def prune(
    controller: UUID, *, months: int, now: datetime, using: str = "auditor"
) -> dict[date, int]:
    """Remove the entries about accesses of months that ended `months` ago.

    Each month is one transaction with its `log.pruned` entry. What is evidence of a duty stays.

    Arguments
    ---------
    months : calendar months the register keeps such entries; the database refuses less than six

    Returns
    -------
    How many entries were removed, by the first day of their month.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(MONTHS, [controller, months, now])
        due = [month for (month,) in cursor.fetchall()]
    removed = {}
    for month in due:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SELECT audit.prune(%s, %s, %s)", [controller, month, months])
            removed[month] = int(cursor.fetchone()[0])
    return removed
