"""Foreign databases are read, never written, and one table without permission stops nothing."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from governance.scanning import databases, running
from governance.scanning.errors import (
    DatabaseUnreachableError,
    NotReadOnlyError,
    SourceNotFoundError,
    UnknownDatabaseError,
)
from governance.scanning.pieces import Table

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
NAME = "custode_test_foreign"
MAKING = """
CREATE SCHEMA gestionale;
CREATE TABLE gestionale.clienti (
    id serial PRIMARY KEY, nome text, cognome text, email varchar(80), nato_il date,
    "Note ""libere"" qui" text, foto bytea, tessera char(8), altro jsonb);
INSERT INTO gestionale.clienti (nome, cognome, email, nato_il, "Note ""libere"" qui", foto, altro)
SELECT (ARRAY['Anna','Luca','Giulia'])[1 + n % 3], (ARRAY['Bianchi','Moretti'])[1 + n % 2],
       'p' || n || '@example.com', date '1970-01-01' + n * 7,
       'Cliente numero ' || n || ', chiede di essere richiamata dopo le otto', '\\x00', '{"a": 1}'
FROM generate_series(1, 3000) AS n;
CREATE TABLE gestionale.segreti (password text);
CREATE TABLE gestionale.vuota (email text);
CREATE VIEW gestionale.vista AS SELECT * FROM gestionale.clienti;
ANALYZE;
CREATE ROLE custode_test_reader LOGIN PASSWORD 'una-parola';
GRANT USAGE ON SCHEMA gestionale TO custode_test_reader;
GRANT SELECT ON gestionale.clienti, gestionale.vuota TO custode_test_reader;
"""


@pytest.fixture
def foreign(superuser: psycopg.Connection[Any]) -> Iterator[dict[str, str]]:
    """A database of somebody else on a real server, and the parts of its address."""
    parts = superuser.info.get_parameters() | {"password": superuser.info.password}
    admin = make_conninfo(**parts | {"dbname": "postgres"})
    with psycopg.connect(admin, autocommit=True) as server:
        _drop(server)
        server.execute(f"CREATE DATABASE {NAME}")
        with psycopg.connect(make_conninfo(admin, dbname=NAME)) as made:
            made.execute(MAKING)
        try:
            yield {k: str(v) for k, v in parts.items() if v}
        finally:
            _drop(server)


def _drop(server: psycopg.Connection[Any]) -> None:
    server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    server.execute("DROP ROLE IF EXISTS custode_test_reader")


def address(parts: dict[str, str], *, user: str = "", password: str = "") -> str:
    who = f"{user or parts['user']}:{password or parts.get('password', '')}"
    asked = f"?host={parts['host']}&port={parts.get('port', '5432')}"
    return f"postgres://{who}@/{NAME}{asked}"


def test_a_foreign_postgresql_is_mapped(foreign: dict[str, str]) -> None:
    report = running.scan(address(foreign), now=NOW, sample=200)
    by_name = {table.name: table for table in report.tables}
    assert set(by_name) == {"gestionale.clienti", "gestionale.segreti", "gestionale.vuota"}
    people = by_name["gestionale.clienti"]
    seen = {column.header: column.category for column in people.columns}
    assert {h: seen[h] for h in ("nome", "cognome", "email", "nato_il")} == {
        "nome": "name", "cognome": "name", "email": "email", "nato_il": "birth",
    }  # fmt: skip
    assert {c.header: c.kind for c in people.columns}["foto"] == "bytes"
    assert (people.total, people.sampled) == (3000, 200)
    assert by_name["gestionale.vuota"].columns[0].category == "email"
    assert report.source == f"postgres:///{NAME}"


def test_a_sample_is_from_all_over_a_large_table(foreign: dict[str, str]) -> None:
    with databases.opened(address(foreign)) as database:
        piece = database.look_at(databases.Named("gestionale", "clienti"), sample=100)
    assert isinstance(piece, Table)
    assert len(piece.rows) == 100
    assert max(int(row[0]) for row in piece.rows) > 100


def test_a_table_without_permission_is_named_and_stops_nothing(foreign: dict[str, str]) -> None:
    url = address(foreign, user="custode_test_reader", password="una-parola")
    report = running.scan(url, now=NOW)
    assert {table.name for table in report.tables} == {"gestionale.clienti", "gestionale.vuota"}
    (left,) = report.unread
    assert (left.name, left.error.code) == ("gestionale.segreti", "scan_table_not_read")


def test_the_database_itself_refuses_to_be_written(foreign: dict[str, str], tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (x)").connection.close()
    for url, insert in (
        (address(foreign), "INSERT INTO gestionale.vuota VALUES ('x')"),
        (f"sqlite:///{tmp_path / 'a.db'}", "INSERT INTO t VALUES (1)"),
    ):
        with databases.opened(url) as database:
            with database._reading() as connection, pytest.raises(DBAPIError) as refused:
                connection.execute(text(insert))
        said = str(refused.value).lower()
        assert "read-only" in said or "readonly" in said or "read only" in said


def test_nothing_is_read_where_the_database_would_let_us_write(
    foreign: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_OPTIONS", "-c statement_timeout=60s")
    with pytest.raises(NotReadOnlyError):
        running.scan(address(foreign), now=NOW)


def test_a_sqlite_file_is_mapped_wherever_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "vecchio gestionale.db"
    with sqlite3.connect(path) as made:
        made.execute(
            'CREATE TABLE "or" (codice INTEGER PRIMARY KEY, "codice fiscale" TEXT, x BLOB)'
        )
        rows = [(n, "RSSMRA80A01H501U", b"\x00" * 10) for n in range(1, 2001)]
        made.executemany('INSERT INTO "or" VALUES (?, ?, ?)', rows)
        made.execute("CREATE TABLE senza (a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID")
        made.execute("INSERT INTO senza VALUES ('anna@example.com', ?)", ["x" * 1_000_000])
    made.close()
    before = path.read_bytes()
    for target in (str(path), f"sqlite:///{path}"):
        report = running.scan(target, now=NOW, sample=100)
        first, second = report.tables
        assert {c.header: c.category for c in first.columns}["codice fiscale"] == "national_id"
        assert (first.total, first.sampled) == (2000, 100)
        assert second.columns[0].category == "email"
        assert report.unread == []
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_cell_is_cut_before_it_leaves_the_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE t (a TEXT)")
        made.execute("INSERT INTO t VALUES (?)", ["x" * 5_000_000])
    made.close()
    with databases.opened(f"sqlite:///{path}") as database:
        piece = database.look_at(databases.Named(None, "t"), sample=10)
    assert isinstance(piece, Table)
    assert [len(row[0]) for row in piece.rows] == [4000]


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("oracle://u:Segreta1@h/x", UnknownDatabaseError),
        ("non so://x", UnknownDatabaseError),
        ("sqlite:////nowhere/a.db", SourceNotFoundError),
        ("postgresql://u:Segreta1@127.0.0.1:1/x", DatabaseUnreachableError),
        ("env:CUSTODE_TEST_UNSET", SourceNotFoundError),
    ],
)
def test_what_cannot_be_opened_says_so_without_the_password(url: str, error: type) -> None:
    with pytest.raises(error) as refused:
        running.scan(url, now=NOW)
    assert "Segreta1" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.advice
