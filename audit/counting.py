"""How many entries of the log are each controller's (docs/spec/audit-log.md, section 4).

A bundle shows one controller's entries; the others are hashes. A removed entry would look like
somebody else's, were it not counted: `log.counted` says that among the first `size` leaves so many
are this controller's. It counts on from the last such entry and never anew, so an entry that was
counted can not be removed without a contradiction; and each is linked to the one before it.
"""

from datetime import datetime
from uuid import UUID

from audit import log
from audit.actions import Action
from governance.policy import actors
from governance.rows import rows

PURPOSE = "access_logging"
RECORD = "log"

LAST = r"""
SELECT (body -> 'counts' ->> 'size')::bigint, (body -> 'counts' ->> 'leaves')::bigint
FROM (
    SELECT convert_from(
        substring(entry FROM 1 FOR position('\x0a'::bytea IN entry) - 1), 'UTF8')::json AS body
    FROM audit.entry
    WHERE controller_id = %s AND action = 'log.counted'
    ORDER BY at DESC, id DESC LIMIT 1
) AS last
"""
NEW = """
SELECT count(*), count(*) FILTER (WHERE e.action <> 'log.counted')
FROM audit.leaf AS l JOIN audit.entry AS e ON e.id = l.id AND e.month = l.month
WHERE l.seq >= %s AND l.seq < %s AND e.controller_id = %s
"""
SIZE = "SELECT size FROM audit.head"
CONTROLLERS = "SELECT DISTINCT controller_id FROM audit.entry WHERE controller_id IS NOT NULL"


def count(controller: UUID, *, now: datetime, using: str = "auditor") -> log.Receipt | None:
    """Append how many leaves are the controller's; None where nothing of theirs is new.

    Arguments
    ---------
    using : a connection that reads all entries; what it counts is told by the log's writer
    """
    ((size,),) = rows(SIZE, using=using)
    ((counted_size, counted),) = rows(LAST, [controller], using=using) or [(0, 0)]
    ((new, worth_it),) = rows(NEW, [counted_size, size, controller], using=using)
    if not worth_it:
        return None  # nothing but the last count itself
    event = log.Event(
        action=Action.LOG_COUNTED,
        purpose=PURPOSE,
        object_type=RECORD,
        object_id=controller,
        counts={"size": size, "leaves": counted + new},
    )
    return log.record_apart(actors.system(controller), event, now=now)


def count_all(*, now: datetime, using: str = "auditor") -> int:
    """Count for every controller that has entries; return for how many something was new."""
    controllers = [controller for (controller,) in rows(CONTROLLERS, using=using)]
    return sum(count(controller, now=now, using=using) is not None for controller in controllers)
