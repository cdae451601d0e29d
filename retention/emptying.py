"""Taking single parts out of rows that stay: what one data category sealed in them.

A part is a frame of the sealed column (docs/spec/field-encryption.md, section 6), so no key is
needed and nothing is opened. The search tokens made of it go with it, and so do the questions that
discovery has about it. Until backups are gone, they open it like a row that was swept.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg import sql

from governance.crypto.column import Column
from governance.crypto.errors import UnsealError
from registry.models import Finding, SearchToken
from retention.tables import Table

# A row that somebody holds is left to the next run: they wait for its person, whom we hold.
READ = "SELECT id, sealed FROM {table} WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED"
WRITE = (
    "UPDATE {table} AS t SET sealed = new.sealed"
    " FROM unnest(%s::uuid[], %s::bytea[]) AS new(id, sealed) WHERE t.id = new.id"
)


@dataclass(slots=True)
class Emptied:
    """What was taken out, by row, and the class of error of rows that can not be taken apart."""

    parts: dict[UUID, frozenset[str]] = field(default_factory=dict)
    failed: dict[UUID, str] = field(default_factory=dict)


def parts_of(sealed: bytes | memoryview) -> frozenset[str]:
    """Return the categories that a sealed column holds; none of one that can not be taken apart."""
    try:
        return frozenset(Column.parse(sealed).frames) if sealed else frozenset()
    except UnsealError:
        return frozenset()


def empty(table: Table, going: Mapping[UUID, Collection[str]]) -> Emptied:
    """Take parts out of rows of a table; what is gone already is in nothing that is returned.

    The caller has locked the people they belong to. What the database refuses is halved until the
    rows at fault are alone.

    Arguments
    ---------
    going : categories by row

    Raises
    ------
    OperationalError
        the fault is not the row's, and the work is to be repeated
    """
    try:
        with transaction.atomic():
            return _empty_together(table, going)
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(going) == 1:
            return Emptied(failed={row: type(error.__cause__ or error).__name__ for row in going})
    rows = sorted(going)
    first, second = (
        empty(table, {row: going[row] for row in half})
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    )
    return Emptied(first.parts | second.parts, first.failed | second.failed)


def _empty_together(table: Table, going: Mapping[UUID, Collection[str]]) -> Emptied:
    done, written = Emptied(), {}
    name = sql.Identifier(table.name)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(READ).format(table=name), [sorted(going)])
        for row, sealed in cursor.fetchall():
            try:
                column = Column.parse(sealed) if sealed else None
            except UnsealError as error:
                done.failed[row] = type(error).__name__
                continue
            if column and (parts := frozenset(going[row]) & column.frames.keys()):
                for part in parts:
                    column = column.without(part)
                done.parts[row], written[row] = parts, column.stored()
        cursor.execute(sql.SQL(WRITE).format(table=name), [list(written), list(written.values())])
    _forget(table, done.parts)
    return done


def _forget(table: Table, parts: Mapping[UUID, frozenset[str]]) -> None:
    """Remove what was derived from parts: tokens to find them by, and questions about them."""
    declared = table.holding.personal()
    for part in frozenset[str]().union(*parts.values()):
        rows = [row for row, some in parts.items() if part in some]
        of_it = {name: d for name, d in declared.items() if d.category == part}
        kinds = {d.lookup for d in of_it.values() if d.lookup}
        kinds -= {d.lookup for name, d in declared.items() if name not in of_it}
        SearchToken.objects.filter(row__in=rows, kind__in=kinds).delete()
        places = [f"{table.holding.model}.{name}" for name in of_it]
        Finding.objects.filter(row__in=rows, place__in=places).delete()
