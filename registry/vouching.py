"""A restored database starts locked (docs/spec/erasure.md, section 9).

A backup brings back people who were erased since, their clear columns at least. So the database
says in one row, `custode.witness`, where it was last vouched for: start of the server, and the
oids of the database and of that row's table. A dump that is restored has other oids; files that
are copied back, or brought to an earlier time, meet a server that started later. Then every query
of a service on an isolated table raises CU010, and the log takes no entry of a service.

After an ordinary start the signer vouches: it alone knows, on a disk of its own, how far the log
had come, and a database brought back is behind. What was restored is opened by
`manage.py reconcile_restore`, which repeats the erasures first.

All of it is in dumps and copied files, and stays when `prepare` of an older release, which does
not know it, is run on them.
"""

from typing import Any

from django.db import connections
from psycopg import sql

from governance.rows import rows

SERVICES = ("custode_app", "custode_portal", "custode_case", "custode_auditor")
EXPRESSION = "custode.must_be_vouched()"

FUNCTIONS = """
CREATE TABLE IF NOT EXISTS custode.witness (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    started_at timestamptz NOT NULL,
    database oid NOT NULL,
    relation oid NOT NULL,
    pending text CHECK (pending ~ '^[a-z]+$'),
    seq bigint NOT NULL DEFAULT 0
);

-- Why the database is locked, in a word; '' if it is open. A server in recovery commits nothing,
-- and has another start than the one it follows.
CREATE OR REPLACE FUNCTION custode.locked_because() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT CASE
            WHEN w.pending IS NOT NULL THEN w.pending
            WHEN w.relation <> 'custode.witness'::regclass OR w.database <>
                (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
                THEN 'copied'
            WHEN w.started_at <> pg_postmaster_start_time() AND NOT pg_is_in_recovery()
                THEN 'started'
            ELSE '' END
        FROM custode.witness AS w), 'unknown')
$$;

CREATE OR REPLACE FUNCTION custode.require_vouched() RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    why text := custode.locked_because();
BEGIN
    IF why <> '' THEN
        RAISE EXCEPTION 'gate locked: %', why USING ERRCODE = 'CU010',
            HINT = 'After a restore: manage.py reconcile_restore. After a start the signer opens.';
    END IF;
END $$;

-- Declared IMMUTABLE so that the planner evaluates it: once a statement, also one without rows.
CREATE OR REPLACE FUNCTION custode.must_be_vouched() RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM custode.require_vouched();
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION custode.refuse_locked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- current_user is the owner here, by audit.append; who connected as the owner reconciles.
    IF session_user <> current_user THEN
        PERFORM custode.require_vouched();
    END IF;
    RETURN NULL;
END $$;

-- The signer's word that the log goes on from what it signed: it heals a new start, nothing else.
CREATE OR REPLACE FUNCTION custode.vouch() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user <> 'custode_signer' THEN
        RAISE EXCEPTION 'only the signer vouches' USING ERRCODE = '42501';
    END IF;
    UPDATE custode.witness SET started_at = pg_postmaster_start_time()
    WHERE custode.locked_because() = 'started';
    RETURN custode.locked_because();
END $$;

-- Up to which line of the ledger this database has told and knows: a backup says where it starts.
CREATE OR REPLACE FUNCTION custode.told(number bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE custode.witness SET seq = greatest(seq, number)
$$;

-- The owner's word that this is the database in use. With the rights of the caller: nobody else
-- may write the row.
CREATE OR REPLACE FUNCTION custode.adopt() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO custode.witness AS w (started_at, database, relation)
    SELECT pg_postmaster_start_time(), d.oid, 'custode.witness'::regclass
    FROM pg_database AS d WHERE d.datname = current_database()
    ON CONFLICT (is_only) DO UPDATE SET started_at = EXCLUDED.started_at,
        database = EXCLUDED.database, relation = EXCLUDED.relation, pending = NULL
$$;
"""
LOG = """
CREATE OR REPLACE TRIGGER unlocked BEFORE INSERT ON audit.entry
FOR EACH STATEMENT EXECUTE FUNCTION custode.refuse_locked();
ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER unlocked;
"""
FIRST = "SELECT custode.adopt() WHERE NOT EXISTS (SELECT FROM custode.witness)"
HAS_POLICY = "SELECT 1 FROM pg_policy WHERE polrelid = %s::regclass AND polname = 'unlocked'"
# Never dropped to be made again: in between the table would be open.
POLICIES = {
    False: "CREATE POLICY unlocked ON {table} AS RESTRICTIVE TO {roles} USING ({expression})",
    True: "ALTER POLICY unlocked ON {table} TO {roles} USING ({expression})",
}
LOCKED = """
SELECT c.relname FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
WHERE p.polname = 'unlocked' AND NOT p.polpermissive AND p.polcmd = '*'
  AND pg_get_expr(p.polqual, c.oid) = %s
"""


def apply(cursor: Any, tables: list[str]) -> None:
    """Lock these tables and the log; adopt the database where that was never done."""
    cursor.execute(FUNCTIONS)
    roles = sql.SQL(", ").join(map(sql.Identifier, SERVICES))
    for table in tables:
        name = sql.Identifier(table)
        cursor.execute(HAS_POLICY, [name.as_string(None)])
        statement = POLICIES[cursor.fetchone() is not None]
        cursor.execute(
            sql.SQL(statement).format(table=name, roles=roles, expression=sql.SQL(EXPRESSION))
        )
    cursor.execute(LOG)
    cursor.execute(FIRST)


def locked_tables(using: str = "default") -> set[str]:
    """Return the tables that no service reads while the database is locked."""
    return {name for (name,) in rows(LOCKED, [EXPRESSION], using=using)}


def locked_because(using: str = "default") -> str:
    """Return why the database is locked, in a word; empty if it is open."""
    ((why,),) = rows("SELECT custode.locked_because()", using=using)
    return str(why)


def told(using: str = "default") -> int:
    """Return up to which line of the ledger this database has told, for the owner."""
    ((seq,),) = rows("SELECT seq FROM custode.witness", using=using)
    return int(seq)


def suspect(word: str, using: str = "default") -> None:
    """Lock the database until it is reconciled; the owner's, of one that was restored."""
    with connections[using].cursor() as cursor:
        cursor.execute("UPDATE custode.witness SET pending = %s", [word])


def adopt(using: str = "default") -> None:
    """Open the database where it is now; the owner's, after what was lost is repeated."""
    rows("SELECT custode.adopt()", using=using)
