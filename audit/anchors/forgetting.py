"""The end of entries in the export folder: what retention ended must not be kept there either.

Follows docs/spec/audit-log.md, section 11. A segment that holds pruned entries is replaced: first
what is left of it is written, with the leaf in the place of each pruned entry, then it is removed.
The content comes from the segment, not from the database, and the folder does not believe the
database blindly: a `log.pruned` under a checkpoint has to name the entries, and none may be younger
than the law lets accesses of administrators go (provv. Garante 27 novembre 2008).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.anchors.folder import ExportFolder, Place, Segment, index_of, places, pruned_line
from audit.status import moment_of
from audit.verifier import checks
from audit.verifier.entries import Entry
from governance.rows import rows

logger = logging.getLogger(__name__)

# Indexes whose `log.pruned` is sealed, and commits to them as they are listed.
PRUNED = """
WITH orders AS (
    SELECT e.id, split_part(convert_from(e.entry, 'UTF8'), E'\\n', 1)::json -> 'pruned' AS said
    FROM audit.entry AS e
    JOIN audit.leaf AS l ON l.id = e.id AND l.month = e.month AND l.leaf_hash = e.leaf_hash
    WHERE e.action = 'log.pruned' AND l.seq < (SELECT max(size) FROM audit.checkpoint)
), said AS (
    SELECT o.id FROM orders AS o JOIN audit.pruned AS p ON p.entry_id = o.id
    GROUP BY o.id, o.said ->> 'digest'
    HAVING encode(sha256(convert_to(string_agg(p.seq || E'\\n', '' ORDER BY p.seq), 'UTF8')), 'hex')
           = o.said ->> 'digest'
)
SELECT p.seq, p.entry_id FROM audit.pruned AS p JOIN said ON said.id = p.entry_id
WHERE p.seq >= %s AND p.seq < %s
"""

SEALED = """
SELECT count(*) FROM audit.leaf
WHERE id = ANY(%s) AND seq < (SELECT coalesce(max(size), 0) FROM audit.checkpoint)
"""


def are_sealed(ids: Sequence[UUID], *, using: str = "auditor") -> bool:
    """Whether entries are all under a checkpoint."""
    return rows(SEALED, [list(ids)], using=using) == [(len(set(ids)),)]


def forget(folder: ExportFolder, *, now: datetime, using: str = "auditor") -> int:
    """Remove pruned entries from the export folder; return how many.

    What can not be removed, because a file is damaged or an entry is too young, is logged and kept.
    """
    for path in folder.superseded():  # a crash came before this
        folder.remove(path)
    return sum(_forget(folder, segment, now=now, using=using) for segment in folder.segments())


def _forget(folder: ExportFolder, segment: Segment, *, now: datetime, using: str) -> int:
    found = rows(PRUNED, [segment.start, segment.end], using=using)
    pruned: dict[int, UUID] = dict(found)
    if not pruned or not segment.is_whole():
        return 0
    due = {p.index: pruned[p.index] for p in places(segment) if p.index in pruned and p.raw}
    young = [p for p in places(segment) if p.index in due and not _is_old(p, now)]
    if young:
        logger.error("the export folder keeps entry %d: it is too young to end", young[0].index)
        return 0
    if due:
        prefix = f"{segment.start:012d}-{segment.end:012d}-"
        folder.write("segments", prefix, _left(segment, due), ".jsonl")
        folder.remove(segment.path)
    return len(due)


def _is_old(place: Place, now: datetime) -> bool:
    """Whether the law's six months are over, by the id that is in the entry's bytes."""
    made = moment_of(UUID(Entry(place.index, place.raw or b"")["id"]))
    return checks.later(made.timestamp(), months=checks.FEWEST_MONTHS) <= now.timestamp()


def _left(segment: Segment, due: Mapping[int, Any]) -> Iterator[bytes]:
    """Return the lines of a segment, with only the leaf of what is due."""
    gone = {p.index: pruned_line(p, due[p.index]) for p in places(segment) if p.index in due}
    with segment.path.open("rb") as file:
        for line in file:
            index = index_of(line)
            if index not in due:
                yield line
            elif index in gone:
                yield gone.pop(index)  # its members have lines of their own, which end too
