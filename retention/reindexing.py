"""The rotation of an index: search tokens go over to the next version of its key.

Follows docs/spec/field-encryption.md, section 8. There is no table of jobs: what is left to do is
what is found. Writers write under every version that is not retired, readers ask the oldest. So

1. the next version is made, and whoever knew only the old one is waited for;
2. tokens of the next version are made for every row and kind of token that has older ones alone;
3. the old version is retired, which takes it out of use, and whoever still used it is waited for;
4. the tokens of the old version are deleted. Its key is removed by a later run.

Run by the owner of both databases (`manage.py rotate_keys index`).
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from audit import log
from audit.actions import Action
from governance.crypto import keystore
from governance.crypto.blindindex import Index
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy import actors
from governance.policy.vocabulary import Duty
from registry import search
from registry.datamap import Lookup, data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import SearchToken, SubjectRow
from retention import people
from retention.rotating import PURPOSE, Rotated

ROWS = 500  # of one transaction
OLD_ALONE = """
FROM registry_searchtoken AS t
WHERE t.controller_id = %s AND t.version < %s AND NOT EXISTS (
    SELECT 1 FROM registry_searchtoken AS n
    WHERE n.row = t.row AND n.kind = t.kind AND n.version = %s)
"""


def rotate_index(controller: UUID, *, ending: datetime, now: datetime) -> Rotated:
    """Take the search tokens of a controller over to the next version of its index key.

    A next version is made where one is alive; where two are, a rotation is under way, or the old
    one still waits for its end. Rows that do not open keep the old version in use.

    Arguments
    ---------
    ending : old versions that were retired before this moment are removed
    """
    ended = _end(controller, ending=ending, now=now)
    alive = keystore.controller_versions(controller, search.INDEX_KEY)
    if not alive:
        return Rotated()
    if len(alive) == 1:
        keystore.create_next_controller_key(controller, search.INDEX_KEY, above=max(alive))
    search.wait_for_all(controller)
    keys = keystore.controller_keys(controller, search.INDEX_KEY)
    newest = max(keys)
    rows, unopened, left = _fill(controller, Index(keys[newest]), newest, now=now)
    retired = 0
    if not left:
        for version in keys.keys() - {newest}:
            retired += keystore.retire_controller_key(controller, search.INDEX_KEY, version)
        search.wait_for_all(controller)
        _clear(controller, newest, retired=retired, now=now)
    return Rotated(rows, left, unopened, retired, ended)


def _fill(controller: UUID, index: Index, version: int, *, now: datetime) -> tuple[int, int, int]:
    """Make the missing tokens; return how many rows got some, do not open, and are left."""
    rows, after, unopened, without = 0, UUID(int=0), set[UUID](), set[UUID]()
    while True:
        with _access(controller, now) as access:
            some = _old_alone(controller, version, after)
            if not some:
                break
            people.lock(some.values())
            done, closed, bare = _fill_batch(access, set(some), index, version)
            _record(access, rows=done, unopened=len(closed), version=version)
        rows, after = rows + done, max(some)
        unopened, without = unopened | closed, without | bare
    with _access(controller, now) as access:
        left = _rows_left(controller, version) - without
        _record(access, rows=len(left), version=version)
    return rows, len(unopened), len(left)


def _fill_batch(
    access: Access, some: set[UUID], index: Index, version: int
) -> tuple[int, set[UUID], set[UUID]]:
    """Make the missing tokens of rows whose people are locked.

    Returns how many rows got some, which do not open, and which have nothing to be found by: an
    older form of the index took a value that this one does not.
    """
    missing = _missing(access.controller, version, some)
    fresh: dict[tuple[str, str, UUID], UUID] = {}
    unopened, bare = set[UUID](), some - missing.keys()
    found = set[UUID]()
    for row in _rows(access, missing.keys()):
        found.add(row.pk)
        try:
            forms = search.forms(row, missing[row.pk])
        except (UnsealError, KeyDestroyedError):
            unopened.add(row.pk)
            continue
        fresh |= forms
        if {kind for kind, _form, _row in forms} != missing[row.pk]:
            bare.add(row.pk)
    search.insert(access.controller, fresh, index=index, version=version)
    return len({row for _, _, row in fresh}), unopened, bare | (missing.keys() - found)


def _rows(access: Access, wanted: Any) -> Any:
    for holding in data_map().about_people():
        model = holding.model_class
        if issubclass(model, SubjectRow) and any(d.lookup for d in holding.personal().values()):
            yield from access.rows(model).filter(pk__in=list(wanted))


def _old_alone(controller: UUID, version: int, after: UUID) -> dict[UUID, UUID]:
    """Return the next rows that lack tokens of a version, and their subjects."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT t.row, t.subject_id {OLD_ALONE} AND t.row > %s"
            " ORDER BY t.row LIMIT %s",
            [controller, version, version, after, ROWS],
        )
        return dict(cursor.fetchall())


def _missing(controller: UUID, version: int, some: set[UUID]) -> dict[UUID, set[Lookup]]:
    """Return which kinds of tokens of a version rows lack."""
    found: dict[UUID, set[Lookup]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT t.row, t.kind {OLD_ALONE} AND t.row = ANY(%s)",
            [controller, version, version, list(some)],
        )
        for row, kind in cursor.fetchall():
            found[row].add(Lookup(kind))
    return found


def _rows_left(controller: UUID, version: int) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT t.row {OLD_ALONE}",
            [controller, version, version],
        )
        return {row for (row,) in cursor.fetchall()}


def _clear(controller: UUID, newest: int, *, retired: int, now: datetime) -> None:
    with _access(controller, now) as access:
        old = SearchToken.objects.filter(controller=controller, version__lt=newest)
        tokens = old._raw_delete(using="default")
        _record(access, tokens=tokens, retired=retired, version=newest)


def _end(controller: UUID, *, ending: datetime, now: datetime) -> int:
    """Remove versions that were retired long ago."""
    alive = keystore.controller_versions(controller, search.INDEX_KEY)
    old = [version for version, at in alive.items() if at is not None and at < ending]
    ended = sum(
        keystore.retire_controller_key(controller, search.INDEX_KEY, version, ending=ending)
        for version in old
    )
    if ended:
        with _access(controller, now) as access:
            _record(access, rows=0, ended=ended)
    return ended


def _access(controller: UUID, now: datetime) -> Any:
    return gate.duty(actors.system(controller), Duty.SECURITY, now=now)


def _record(access: Access, **counts: int) -> None:
    event = log.Event(action=Action.KEY_ROTATED, purpose=PURPOSE, counts=counts)
    log.record(access.actor, event, now=access.now)
