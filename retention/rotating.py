"""Rotations: rows go over to newer keys and to the newest format, and old versions end.

Follows docs/spec/field-encryption.md, section 9. There is no table of jobs. A person gets a next
version only where one version of each scope lives, so that a rotation that was killed goes on with
what it began; what is left to do is what is found in the tables. A version under which no row lies
is noted (`retired`), opens older backups for a time, is counted again, and then removed.

Run by the owner of both databases (`manage.py rotate_keys`).
"""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Func, IntegerField

from audit import log
from audit.actions import Action
from governance.crypto import keystore
from governance.crypto.orders import Line
from governance.policy import actors
from governance.policy.vocabulary import DATA_SCOPES, Duty, Scope, SubjectStatus
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject, SubjectRow
from registry.sealed import AT_ONCE, Resealed, reseal
from retention import people, tables
from retention.resealing import rows_by_scope_and_version

PEOPLE = 200  # of one transaction
LIVING = (SubjectStatus.ACTIVE, SubjectStatus.QUARANTINED)
PURPOSE = f"duty:{Duty.SECURITY}"


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did for one controller.

    Attributes
    ----------
    rows : sealed anew
    left : that are not as they should be, as counted at the end
    unopened : of these, rows that do not open, which were set aside
    retired : old versions of keys that no row is sealed under any more, noted now
    ended : old versions that were removed now
    """

    rows: int = 0
    left: int = 0
    unopened: int = 0
    retired: int = 0
    ended: int = 0


def rotate_subjects(
    controller: UUID, *, only: UUID | None = None, ending: datetime, now: datetime
) -> Rotated:
    """Take living people over to the next version of their keys, 200 in a transaction.

    People who are being erased are passed over, and those who were: what is left of them has its
    keys from their erasure.

    Arguments
    ---------
    only : one person, None for all
    ending : versions of which it was noted before this moment that nothing lies under them are
        removed; a backup made before it must not be needed any more
    """
    rows = unopened = left = retired = ended = 0
    for some in _batches(controller, only, now=now):
        ended += _end(controller, some, ending=ending, now=now)
        _make_next(controller, some)
        with _access(controller, now) as access:
            alive = _lock_living(access, some)
            done = _raise(access, alive)
            _record(access, alive, rows=done.done, unopened=len(done.unopened))
        with _access(controller, now) as access:
            alive = _lock_living(access, some)
            old, under = _old_versions(access, alive)
            free = {line for line in old if not under.get(line)}
            noted = keystore.retire(controller, free) if free else 0
            _record(access, alive, rows=sum(under.values()), retired=noted)
        rows, unopened = rows + done.done, unopened + len(done.unopened)
        left, retired = left + sum(under.values()), retired + noted
    return Rotated(rows, left, unopened, retired, ended)


def rotate_format(controller: UUID, *, now: datetime) -> Rotated:
    """Take rows of the first format over to the newest one, 500 in a transaction."""
    rows, aside = 0, set[UUID]()
    for table in tables.in_order():
        if not table.scope_column:
            continue
        while True:
            with _access(controller, now) as access:
                found = dict(
                    _in_first_format(table.model, aside).values_list("pk", "subject_id")[:AT_ONCE]
                )
                if not found:
                    break
                people.lock(found.values())
                locked = _in_first_format(table.model, aside).filter(pk__in=list(found))
                done = reseal(access, locked)
                _record(access, [], rows=done.done, unopened=len(done.unopened), format=2)
            rows += done.done
            aside |= set(done.unopened)
    with _access(controller, now) as access:
        left = sum(
            _in_first_format(table.model, ()).count()
            for table in tables.in_order()
            if table.scope_column
        )
        _record(access, [], rows=left, format=2)
    return Rotated(rows=rows, left=left, unopened=len(aside))


def _in_first_format(model: Any, aside: Collection[UUID]) -> Any:
    """Return the rows that are in the first format, without those that do not open.

    Rows of people who are being erased are not touched: what goes must not come under the newest
    key, which is that of what stays.
    """
    first = Func(F("sealed"), 0, function="get_byte", output_field=IntegerField())
    rows = model._default_manager.exclude(sealed=b"").exclude(pk__in=list(aside))
    rows = rows.exclude(subject__status=SubjectStatus.ERASING)
    return rows.annotate(format=first).filter(format=1).order_by("pk")


def _batches(controller: UUID, only: UUID | None, *, now: datetime) -> Iterator[list[UUID]]:
    after = UUID(int=0)
    while True:
        with _access(controller, now):
            living = DataSubject.objects.filter(status__in=LIVING, pk__gt=after).order_by("pk")
            if only is not None:
                living = living.filter(pk=only)
            some = list(living.values_list("pk", flat=True)[:PEOPLE])
        if not some:
            return
        yield some
        after = some[-1]


@contextmanager
def _access(controller: UUID, now: datetime) -> Iterator[Access]:
    with gate.duty(actors.system(controller), Duty.SECURITY, now=now) as access:
        yield access


def _lock_living(access: Access, some: Collection[UUID]) -> list[UUID]:
    """Lock people against writers; return those who are not being erased now."""
    people.lock(some)
    living = DataSubject.objects.filter(pk__in=list(some), status__in=LIVING)
    found = list(living.order_by("pk").values_list("pk", flat=True))
    access.members |= set(found)
    return found


def _make_next(controller: UUID, some: Collection[UUID]) -> None:
    """Make the next version for people of whom one version of each scope lives."""
    lines = [x for x in keystore.living_lines(controller, some) if x.scope in DATA_SCOPES]
    number = Counter((line.subject, line.scope) for line in lines)
    under_way = {subject for (subject, _scope), versions in number.items() if versions > 1}
    keystore.create_next_keys(
        controller, sorted(line for line in lines if line.subject not in under_way)
    )


def _raise(access: Access, some: Collection[UUID]) -> Resealed:
    found = Resealed()
    for table in tables.in_order():
        if issubclass(table.model, SubjectRow):
            rows = table.model.objects.filter(subject_id__in=list(some)).exclude(sealed=b"")
            found += reseal(access, rows)
    return found


def _old_versions(access: Access, some: Collection[UUID]) -> tuple[set[Line], dict[Line, int]]:
    """Return the versions below the newest of people, and how many rows lie under each.

    A person's versions end together: a copy of data handed over is sealed once more inside its
    row, under the key of another scope, and goes over with its row.
    """
    lines = sorted(keystore.living_lines(access.controller, some))
    newest = {(line.subject, line.scope): line for line in lines}
    old = {line for line in lines if line not in newest.values() and line.scope != Scope.AUDIT}
    used = rows_by_scope_and_version(some)
    under = {line: used[line.subject][line.scope, line.version] for line in old}
    busy = {line.subject for line, number in under.items() if number}
    return {line for line in old if line.subject not in busy}, {x: n for x, n in under.items() if n}


def _end(controller: UUID, some: Collection[UUID], *, ending: datetime, now: datetime) -> int:
    """Remove versions that were retired long ago, after a second count."""
    if not keystore.retired_lines(controller, some, before=ending):
        return 0
    with _access(controller, now) as access:
        alive = _lock_living(access, some)
        free, _under = _old_versions(access, alive)
        ended = keystore.retire(controller, free, ending=ending) if free else 0
        _record(access, alive, rows=0, ended=ended)
    return ended


def _record(access: Access, some: Collection[UUID], **counts: int) -> None:
    event = log.Event(
        action=Action.KEY_ROTATED,
        purpose=PURPOSE,
        subjects=tuple(some),
        counts=counts,
    )
    log.record(access.actor, event, now=access.now)
