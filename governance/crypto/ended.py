"""Which keys of people have ended: what a restored main database is compared with.

The keystore is not restored with the main database, so it still knows. Where it died too, the lines
`erased` of the ledger in the export folder of the log say the same (docs/spec/erasure.md, 9).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from governance.crypto.epochs import ALIAS
from governance.crypto.orders import Line
from governance.rows import rows

AT_ONCE = 200
ALL = 0
"""In the place of a version: no key of the scope lives, whatever its version."""

SLOTS = """
SELECT s.subject_id, s.scope, s.version, s.destroyed_at IS NOT NULL AND s.ordered_by IS NOT NULL
FROM crypto_subjectkey AS s
WHERE s.controller_id = %(controller)s AND s.subject_id = ANY(coalesce(%(people)s, ARRAY(
    SELECT DISTINCT e.subject_id FROM crypto_subjectkey AS e
    WHERE e.controller_id = %(controller)s AND e.ordered_by IS NOT NULL AND e.subject_id > %(after)s
    ORDER BY e.subject_id LIMIT %(limit)s)))
"""
Ended = frozenset[tuple[str, int]]


def batches(controller: UUID, ledger: frozenset[Line]) -> Iterator[dict[UUID, Ended]]:
    """Yield the people of a controller with destroyed keys: by person, (scope, version) of each.

    Arguments
    ---------
    ledger : what lines of the export folder say was destroyed, of this controller
    """
    told: dict[UUID, set[Line]] = defaultdict(set)
    for line in ledger:
        told[line.subject].add(line)
    after = UUID(int=0)
    while batch := _slots(controller, after=after):
        yield {subject: _ended(slots, told.pop(subject, ())) for subject, slots in batch.items()}
        after = max(batch)
    left = sorted(told)
    for start in range(0, len(left), AT_ONCE):
        people = left[start : start + AT_ONCE]
        known = _slots(controller, people=people)
        yield {subject: _ended(known.get(subject, {}), told[subject]) for subject in people}


def _slots(
    controller: UUID, *, after: UUID | None = None, people: list[UUID] | None = None
) -> dict[UUID, dict[tuple[str, int], bool]]:
    asked = {"controller": controller, "after": after, "people": people, "limit": AT_ONCE}
    found: dict[UUID, dict[tuple[str, int], bool]] = defaultdict(dict)
    for subject, scope, version, is_over in rows(SLOTS, asked, using=ALIAS):
        found[subject][scope, version] = is_over
    return found


def _ended(slots: Mapping[tuple[str, int], bool], told: "set[Line] | tuple[()]") -> Ended:
    over = {slot for slot, is_over in slots.items() if is_over}
    over |= {(line.scope, line.version) for line in told}
    alive = {scope for scope, _version in slots.keys() - over}
    return frozenset(over | {(scope, ALL) for scope, _version in over if scope not in alive})
