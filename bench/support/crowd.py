"""A crowd around a few people: their rows again and again, under other ids, filled in by SQL.

The copies are as large as the originals and lie in the same tables and indexes; nobody opens them,
so that they need no keys that fit.
"""

import os
from typing import Any

import psycopg
from psycopg import sql

from support import ground

KEYS = {"crypto_subjectkey": {"id", "subject_id"}, "crypto_wrapped": {"slot"}}
MAPPED = "md5({column}::text || copy.n)::uuid"
COPIES_AT_ONCE = 100
FOREIGN = """
SELECT a.attname FROM pg_constraint AS c
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND c.confrelid = ANY(%s::regclass[])
"""


class Crowd:
    """Copies of everybody who is there when it is made.

    Arguments
    ---------
    superuser : of the main database
    """

    def __init__(self, superuser: ground.Superuser, seeds: int) -> None:
        self._superuser = superuser
        self._seeds = seeds
        self._copies = 0
        self._tables = self._people_tables()

    def grow(self, people: int) -> None:
        """Add copies until there are about `people` people."""
        wanted = people // self._seeds
        while self._copies < wanted:
            last = min(self._copies + COPIES_AT_ONCE, wanted)
            self._copy(self._copies + 1, last)
            self._copies = last
        self._superuser.execute("ANALYZE")
        with _keystore() as keys:
            keys.execute("ANALYZE")

    def rows(self) -> int:
        """Return how many rows the tables about people hold."""
        counts = sql.SQL(" + ").join(
            sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(t)) for t in self._tables
        )
        row = self._superuser.execute(sql.SQL("SELECT {}").format(counts)).fetchone()
        return int(str(row[0])) if row else 0

    def _copy(self, first: int, last: int) -> None:
        with self._superuser.transaction():
            self._superuser.execute("SET LOCAL session_replication_role = replica")
            for table, mapped in self._tables.items():
                self._superuser.execute(_kept(table))
                columns = _columns(self._superuser, table)
                self._superuser.execute(_insert(columns, table, mapped), [first, last])
        with _keystore() as keys:
            for table, mapped in KEYS.items():
                keys.execute(_kept(table))
                keys.execute(_insert(_columns(keys, table), table, mapped), [first, last])

    def _people_tables(self) -> dict[str, set[str]]:
        """Return the tables about people, with the columns that hold ids of such rows."""
        from registry.datamap import data_map
        from registry.models import DataSubject, SearchToken

        names = [DataSubject._meta.db_table]
        names += [h.table for h in data_map().about_people() if h.isolated]
        names = list(dict.fromkeys([*names, SearchToken._meta.db_table]))
        found = {}
        for name in names:
            rows = self._superuser.execute(FOREIGN, [name, names]).fetchall()
            found[name] = {"id", *(str(column) for (column,) in rows)}
        found[SearchToken._meta.db_table] |= {"row"}
        return found


def _keystore() -> psycopg.Connection[Any]:
    return psycopg.connect(os.environ["KEYSTORE_OWNER_URL"], autocommit=True)


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchall()
    return [name for (name,) in rows]


def _kept(table: str) -> sql.Composed:
    """Return what keeps the first rows of a table apart, once; keys of others are not copied."""
    which = "slot IN (SELECT id FROM crypto_subjectkey)" if table == "crypto_wrapped" else "true"
    return sql.SQL("CREATE TABLE IF NOT EXISTS {} AS SELECT * FROM {} WHERE {}").format(
        sql.Identifier(f"bench_{table}"), sql.Identifier(table), sql.SQL(which)
    )


def _insert(columns: list[str], table: str, mapped: set[str]) -> sql.Composed:
    values = [
        sql.SQL(MAPPED).format(column=sql.Identifier(column))
        if column in mapped
        else sql.Identifier(column)
        for column in columns
    ]
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {seeds} AS seed,"
        " generate_series(%s::int, %s::int) AS copy(n)"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
        seeds=sql.Identifier(f"bench_{table}"),
    )
