"""Deleting rows, so that one bad row never stops the others.

Rows are deleted in savepoints; a batch that the database refuses is halved until the rows at
fault are alone. Deferred foreign keys are checked at once, inside the savepoint: left to
COMMIT, one reference would undo the whole batch.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, models, transaction
from psycopg import sql

from registry.models import Finding, SearchToken


class _SilentlyKeptError(DatabaseError):
    """A row is still there after a DELETE that named it: a trigger swallowed it."""


@dataclass(slots=True)
class Deleted:
    """What was deleted, and the class of error by id for what was not.

    Ids that were no longer there are in neither.
    """

    ids: set[UUID] = field(default_factory=set)
    failed: dict[UUID, str] = field(default_factory=dict)


def delete_rows(model: type[models.Model], ids: Collection[UUID]) -> Deleted:
    """Delete rows of one table by id, with their search tokens and findings.

    The caller has locked the people they belong to.

    Raises
    ------
    OperationalError
        the fault is not the row's: connection lost, deadlock, time-out. Nothing is decided
        about any row then, and the work is to be repeated.
    """
    deleted = Deleted()
    with _references_checked_at_once():
        _delete(model, sorted(ids), deleted)
    return deleted


def _delete(model: type[models.Model], ids: list[UUID], deleted: Deleted) -> None:
    if not ids:
        return
    try:
        with transaction.atomic():
            gone = _delete_together(model, ids)
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(ids) == 1:
            deleted.failed[ids[0]] = type(error.__cause__ or error).__name__.lstrip("_")
            return
        middle = len(ids) // 2
        _delete(model, ids[:middle], deleted)
        _delete(model, ids[middle:], deleted)
    else:
        deleted.ids |= gone


def _delete_together(model: type[models.Model], ids: list[UUID]) -> set[UUID]:
    SearchToken.objects.filter(row__in=ids)._raw_delete(using="default")
    Finding.objects.filter(row__in=ids)._raw_delete(using="default")
    statement = sql.SQL("DELETE FROM {table} WHERE {key} = ANY(%s) RETURNING {key}").format(
        table=sql.Identifier(model._meta.db_table),
        key=sql.Identifier(str(model._meta.pk.column)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [ids])
        gone = {pk for (pk,) in cursor.fetchall()}
    missing = set(ids) - gone
    if missing and model._base_manager.filter(pk__in=missing).exists():
        raise _SilentlyKeptError
    return gone


@contextmanager
def _references_checked_at_once() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
