"""Foreign databases as pieces: opened to read only, sampled, and nothing copied.

A database is asked in transactions that it itself holds to reading; where it does not say that it
does, nothing is read. One table is one transaction, so that one without permission stops nothing.
Of a table some rows are read and of a cell some characters; columns of bytes are not read.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from governance.scanning.errors import (
    DatabaseUnreachableError,
    NotReadOnlyError,
    SourceNotFoundError,
    TableNotReadError,
    UnknownDatabaseError,
)
from governance.scanning.pieces import LONGEST_CELL, Piece, Table, Unread

if TYPE_CHECKING:
    from sqlalchemy import URL, ColumnElement, Connection, Engine, FromClause
    from sqlalchemy import Table as SqlTable

MANY = 4
"""Times the sample that a table must have before it is sampled rather than read from its top."""
PATIENCE = "60s"
_POSTGRESQL = "postgresql+psycopg"
_OPTIONS = (
    "-c default_transaction_read_only=on -c lock_timeout=2s"
    f" -c statement_timeout={PATIENCE} -c idle_in_transaction_session_timeout={PATIENCE}"
)


@dataclass(frozen=True)
class Named:
    """A table by its schema and name; no schema where the database has none."""

    schema: str | None
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


def is_url(target: str) -> bool:
    """Say whether a target is the address of a database rather than a path."""
    return "://" in target


@contextmanager
def opened(url: str) -> Iterator["Database"]:
    """Open a foreign database for reading.

    Parameters
    ----------
    url : as SQLAlchemy writes it, "postgresql://user:password@host/name" or "sqlite:////path"

    Raises
    ------
    UnknownDatabaseError, DatabaseUnreachableError, SourceNotFoundError
    """
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise UnknownDatabaseError from None
    engine = _engine(address)
    try:
        yield Database(engine)
    finally:
        engine.dispose()


def _engine(address: "URL") -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    kind = address.get_backend_name()
    if kind == "postgresql":
        return create_engine(
            address.set(drivername=_POSTGRESQL),
            poolclass=NullPool,
            connect_args={"options": _OPTIONS, "connect_timeout": 10,
                          "application_name": "custode scan"},
        )  # fmt: skip
    if kind == "sqlite" and address.database and Path(address.database).is_file():
        where = f"file:{quote(str(Path(address.database).resolve()))}?mode=ro"
        return create_engine(
            "sqlite://", poolclass=NullPool, creator=lambda: sqlite3.connect(where, uri=True)
        )
    raise SourceNotFoundError if kind == "sqlite" else UnknownDatabaseError


class Database:
    """A foreign database that is open for reading."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def tables(self) -> list[Named]:
        """Return its tables, in order; no views, which are other tables' data again.

        Raises
        ------
        DatabaseUnreachableError, NotReadOnlyError
        """
        from sqlalchemy import inspect
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._reading() as connection:
                inspector = inspect(connection)
                return [
                    Named(schema, name)
                    for schema in self._schemas(inspector)
                    for name in sorted(inspector.get_table_names(schema=schema))
                ]
        except SQLAlchemyError:  # its words may quote the address
            raise DatabaseUnreachableError from None

    def look_at(self, named: Named, *, sample: int, prefix: str = "") -> Piece:
        """Return one table with a sample of its rows, or why it could not be read."""
        from sqlalchemy import MetaData
        from sqlalchemy import Table as SqlTable
        from sqlalchemy.exc import SQLAlchemyError

        name = f"{prefix}{named}"
        try:
            with self._reading() as connection:
                table = SqlTable(
                    named.table, MetaData(), schema=named.schema,
                    autoload_with=connection, resolve_fks=False,
                )  # fmt: skip
                total = self._total(connection, named)
                rows = self._sampled(connection, table, total, sample)
                return Table(name, tuple(table.columns.keys()), rows, total, _of_bytes(table))
        except SQLAlchemyError:  # its words may quote a row
            return Unread(name, TableNotReadError())

    def _schemas(self, inspector: Any) -> list[str | None]:
        if self._engine.dialect.name == "sqlite":
            return [None]
        hidden = ("information_schema", "pg_")
        return [s for s in sorted(inspector.get_schema_names()) if not s.startswith(hidden)]

    @contextmanager
    def _reading(self) -> Iterator["Connection"]:
        """Begin a transaction that can only read, and make sure that it is one."""
        from sqlalchemy import text

        with self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.execute(text("PRAGMA query_only = ON"))
                asked = text("PRAGMA query_only")
            else:
                asked = text("SHOW transaction_read_only")
            if str(connection.execute(asked).scalar()) not in {"1", "on"}:
                raise NotReadOnlyError
            yield connection
            connection.rollback()

    def _total(self, connection: "Connection", named: Named) -> int | None:
        """Return about how many rows a table has, without counting them."""
        from sqlalchemy import text
        from sqlalchemy.exc import OperationalError

        if self._engine.dialect.name == "postgresql":
            asked = text(
                "SELECT reltuples::bigint FROM pg_class AS c JOIN pg_namespace AS n"
                " ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname = :table"
            )
            said = {"schema": named.schema, "table": named.table}
            total = connection.execute(asked, said).scalar()
            return total if total is not None and total >= 0 else None  # -1: never analysed
        try:
            quoted = self._engine.dialect.identifier_preparer.quote(named.table)
            return connection.execute(text(f"SELECT max(rowid) FROM {quoted}")).scalar()  # noqa: S608 - quoted by the dialect
        except OperationalError:  # a table WITHOUT ROWID
            return None

    def _sampled(
        self, connection: "Connection", table: "SqlTable", total: int | None, sample: int
    ) -> tuple[tuple[str, ...], ...]:
        """Read rows from all over a large table, and from the top of a small one."""
        is_large = total is not None and total > MANY * sample
        rows = self._spread(connection, table, total or 0, sample) if is_large else []
        return tuple(rows or self._fetch(connection, table, table, sample))

    def _spread(
        self, connection: "Connection", table: "SqlTable", total: int, sample: int
    ) -> list[tuple[str, ...]]:
        from sqlalchemy import func, literal, literal_column, tablesample

        if self._engine.dialect.name == "postgresql":
            share = min(100.0, 100.0 * MANY * sample / total)
            some = tablesample(table, func.system(literal(share)), seed=literal(0))
            return self._fetch(connection, table, some, sample)
        step = total // sample
        wanted = list(range(1, total + 1, step))[:sample]
        return self._fetch(connection, table, table, sample, literal_column("rowid").in_(wanted))

    def _fetch(
        self,
        connection: "Connection",
        table: "SqlTable",
        source: "FromClause",
        limit: int,
        *where: "ColumnElement[bool]",
    ) -> list[tuple[str, ...]]:
        from sqlalchemy import String, cast, func, literal, select

        unread = _of_bytes(table)
        cells = [
            literal("") if c.name in unread
            else func.substr(cast(source.c[c.key], _text()), 1, LONGEST_CELL, type_=String)
            for c in table.columns
        ]  # fmt: skip
        if not cells:
            return []
        asked = select(*(cell.label(f"c{at}") for at, cell in enumerate(cells)))
        asked = asked.select_from(source).where(*where).limit(limit)
        found = connection.execute(asked)
        return [tuple("" if cell is None else str(cell) for cell in row) for row in found]


def _text() -> Any:
    from sqlalchemy import Text

    return Text()


def _of_bytes(table: "SqlTable") -> frozenset[str]:
    from sqlalchemy import LargeBinary

    return frozenset(c.name for c in table.columns if isinstance(c.type, LargeBinary))
