"""The tables of the log as somebody keeps and puts them back who is superuser of the database."""

from typing import Any

import psycopg

TABLES = (
    "entry", "access_member", "queue", "leaf", "tile", "head", "checkpoint", "signing_key",
    "anchoring", "pruned", "chain",
)  # fmt: skip


def tables(superuser: psycopg.Connection[Any]) -> list[str]:
    """Every table of the log, its partitions too."""
    found = superuser.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'audit'::regnamespace"
    )
    return [table for (table,) in found]


def disarm(superuser: psycopg.Connection[Any]) -> None:
    """Take down the triggers that refuse a change."""
    for table in tables(superuser):
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def save(superuser: psycopg.Connection[Any]) -> None:
    """Back the log up, over an older backup."""
    superuser.execute("DROP SCHEMA IF EXISTS kept CASCADE")
    superuser.execute("CREATE SCHEMA kept")
    for table in TABLES:
        superuser.execute(f"CREATE TABLE kept.{table} AS TABLE audit.{table}")


def put_back(superuser: psycopg.Connection[Any]) -> None:
    """Put the backup in the place of the log, whose triggers are down."""
    with superuser.transaction():
        for table in TABLES:
            superuser.execute(f"DELETE FROM audit.{table}")
            overriding = "OVERRIDING SYSTEM VALUE" if table == "anchoring" else ""
            superuser.execute(f"INSERT INTO audit.{table} {overriding} SELECT * FROM kept.{table}")
