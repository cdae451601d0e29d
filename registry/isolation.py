"""Row-level security, the freeze of people and grants, derived from the data map.

Follows docs/spec/gate.md, section 4, and docs/spec/erasure.md, section 4.

Applied by `manage.py prepare` with the owner's connection after every migration, so that a
new model needs no line of SQL. Applying it again changes nothing.
"""

from typing import Any

from django.db import connections
from psycopg import sql

from registry import history, narrowing, outbox, protection, vouching
from registry.datamap import data_map

FUNCTIONS = """
CREATE SCHEMA IF NOT EXISTS custode;

CREATE OR REPLACE FUNCTION custode.open_controller() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said text := current_setting('custode.controller', true);
BEGIN
    IF said IS NULL OR said = '' THEN
        RAISE EXCEPTION 'gate closed' USING ERRCODE = '42501',
            HINT = 'Personal data is read and written through an access with a purpose.';
    END IF;
    RETURN said::uuid;
END $$;

-- Declared IMMUTABLE so that the planner evaluates it: a query that would touch no row raises too.
CREATE OR REPLACE FUNCTION custode.gate_must_be_open() RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM custode.open_controller();
    RETURN true;
END $$;

-- A person is frozen by their status. All people of the statement are locked, not only those who
-- are frozen: an erasure that has not committed yet is waited for, and seen.
CREATE OR REPLACE FUNCTION custode.require_alive(people uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    frozen bigint;
BEGIN
    -- What is kept of somebody is also sealed anew when its format or key is rotated (security).
    IF current_setting('custode.duty', true) IN ('answering', 'erasing', 'security') THEN
        RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE person.status IN ('erasing', 'erased')) INTO frozen
    FROM (SELECT s.status FROM registry_datasubject AS s
          WHERE s.id = ANY(people) ORDER BY s.id FOR KEY SHARE) AS person;
    IF frozen > 0 THEN
        RAISE EXCEPTION 'the person is being erased' USING ERRCODE = 'CU011',
            HINT = 'Nothing is written about somebody who is being erased or was.';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION custode.refuse_frozen_insert() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM custode.require_alive(ARRAY(SELECT DISTINCT subject_id FROM written));
    RETURN NULL;
END $$;

-- Also whose row it was: it must not be moved out of the way of an erasure.
CREATE OR REPLACE FUNCTION custode.refuse_frozen_update() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM custode.require_alive(
        ARRAY(SELECT subject_id FROM written UNION SELECT subject_id FROM before));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION custode.refuse_thaw() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'an erasure is not taken back' USING ERRCODE = 'CU011';
END $$;

REVOKE ALL ON SCHEMA custode FROM PUBLIC;
"""
FREEZE = {
    "insert": "NEW TABLE AS written",
    "update": "OLD TABLE AS before NEW TABLE AS written",
}
THAW = """
CREATE OR REPLACE TRIGGER only_forward BEFORE UPDATE OF status ON registry_datasubject FOR EACH ROW
WHEN (OLD.status IN ('erasing', 'erased') AND NEW.status NOT IN ('erasing', 'erased'))
EXECUTE FUNCTION custode.refuse_thaw()
"""
POLICY = (
    "CREATE POLICY gate ON {table} USING (custode.gate_must_be_open()"
    " AND {column} = (SELECT custode.open_controller()))"
)
APP, PORTAL, AUDITOR = "custode_app", "custode_portal", "custode_auditor"
SEQUENCER, SIGNER = "custode_sequencer", "custode_signer"
KEYS, WITNESS = "custode_keys", "custode_keys_witness"
# What each role of the keystore may call; what is not named here is called by these alone.
KEY_TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
KEY_FUNCTIONS = {
    KEYS: (
        "create_subject_keys",
        "create_controller_key",
        "create_next_keys",
        "create_next_controller_key",
        "destroy_controller_key",
        "destroy",
        "stop",
        "release",
        "move_stops",
        "note",
        "locked_because",
        "must_be_vouched",
    ),
    WITNESS: ("witness", "locked_because", "vouch"),
}
TREE = (
    "audit.queue, audit.leaf, audit.tile, audit.head, audit.checkpoint, audit.signing_key,"
    " audit.anchoring, audit.pruned"
)


def apply(using: str = "default") -> list[str]:
    """Create the gate's functions, policies and grants; return the isolated tables."""
    tables = sorted(h.table for h in data_map().isolated())
    with connections[using].cursor() as cursor:
        cursor.execute(FUNCTIONS)
        for table in tables:
            _isolate(cursor, table)
        for table in frozen_tables():
            _freeze(cursor, table)
        cursor.execute(THAW)
        cursor.execute("ALTER TABLE registry_datasubject ENABLE ALWAYS TRIGGER only_forward")
        _isolate_log(cursor)
        narrowing.apply(cursor, data_map().isolated(), role=APP)
        vouching.apply(cursor, tables)
        outbox.apply(cursor)
        protection.apply(cursor)
        _grant(cursor)
        history.apply(cursor, role=APP)
    return tables


def apply_keys(using: str = "keys") -> None:
    """Grant the keystore's roles what they need: to read, and to call what they may."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public, keystore TO {KEYS}, {WITNESS}")
        # By name: a partition does not ask the policy of its parent, so nobody reads one.
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {KEYS}")
        cursor.execute(KEY_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"GRANT SELECT ON {table} TO {KEYS}")
        cursor.execute(f"GRANT SELECT ON crypto_checkpoint TO {WITNESS}")
        cursor.execute(
            "SELECT oid::regprocedure::text, proname FROM pg_proc"
            " WHERE pronamespace = 'keystore'::regnamespace"
        )
        for signature, name in cursor.fetchall():
            for role, names in KEY_FUNCTIONS.items():
                verb, word = ("GRANT", "TO") if name in names else ("REVOKE", "FROM")
                cursor.execute(f"{verb} EXECUTE ON FUNCTION {signature} {word} {role}")


def admit_owner(using: str = "default") -> None:
    """Let the owner's migrations past row-level security, until `apply` forces it again.

    A new table that refers to people is checked by a query on theirs, which a forced policy would
    refuse. The owner alone is admitted: policies bind every other role all the while.
    """
    tables = sorted(isolated_tables(using))
    with connections[using].cursor() as cursor:
        for table in tables:
            statement = sql.SQL("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(statement.format(table=sql.Identifier(table)))


def isolated_tables(using: str = "default") -> set[str]:
    """Return the tables whose row-level security is enabled, forced and has the gate's policy."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polname = 'gate'"
            " AND pg_get_expr(p.polqual, c.oid) LIKE '%%gate_must_be_open%%'"
        )
        return {name for (name,) in cursor.fetchall()}


def _isolate(cursor: Any, table: str) -> None:
    name = sql.Identifier(table)
    column = sql.Identifier("controller_id")
    for statement in (
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        "DROP POLICY IF EXISTS gate ON {table}",
        POLICY,
    ):
        cursor.execute(sql.SQL(statement).format(table=name, column=column))


def frozen_tables() -> list[str]:
    """Return the tables in which nothing is written about somebody who is being erased."""
    isolated = [h for h in data_map().about_people() if h.isolated]
    unguarded = [h.model for h in isolated if h.subject_column not in {"subject_id", "id"}]
    if unguarded:
        msg = f"no trigger guards the subject of {', '.join(unguarded)}"
        raise TypeError(msg)
    return sorted(h.table for h in isolated if h.subject_column == "subject_id")


def _freeze(cursor: Any, table: str) -> None:
    name = sql.Identifier(table)
    for event, tables in FREEZE.items():
        create = (
            f"CREATE OR REPLACE TRIGGER frozen_{event} AFTER {event} ON {{table}} REFERENCING"
            f" {tables} FOR EACH STATEMENT EXECUTE FUNCTION custode.refuse_frozen_{event}()"
        )
        enable = f"ALTER TABLE {{table}} ENABLE ALWAYS TRIGGER frozen_{event}"
        for statement in (create, enable):
            cursor.execute(sql.SQL(statement).format(table=name))


def _isolate_log(cursor: Any) -> None:
    """The application reads the entries of the open controller; the auditor reads all."""
    for table in ("audit.entry",):
        cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        cursor.execute(f"DROP POLICY IF EXISTS gate ON {table}")
        cursor.execute(f"DROP POLICY IF EXISTS auditor ON {table}")
        cursor.execute(
            f"CREATE POLICY gate ON {table} FOR SELECT TO {APP} USING"
            " (controller_id = (SELECT custode.open_controller()))"
        )
        cursor.execute(f"CREATE POLICY auditor ON {table} FOR SELECT TO {AUDITOR} USING (true)")


def _grant(cursor: Any) -> None:
    for statement in (
        # Functions of triggers need no grant, and PostgreSQL gives everybody one.
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public, custode, audit TO {APP}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA custode TO {APP}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APP}",
        f"REVOKE UPDATE ON registry_consentevent FROM {APP}",  # the ledger is append-only:
        f"GRANT UPDATE (sealed, scope) ON registry_consentevent TO {APP}",  # sealed anew
        f"REVOKE UPDATE, DELETE ON registry_provision FROM {APP}",  # law changes by a new row
        f"GRANT USAGE ON SCHEMA audit TO {AUDITOR}, {SEQUENCER}, {SIGNER}",
        f"GRANT SELECT ON audit.entry, audit.access_member TO {APP}, {AUDITOR}",
        f"GRANT SELECT ON {TREE} TO {APP}, {AUDITOR}",
        f"GRANT EXECUTE ON FUNCTION audit.append(bytea, bytea[]) TO {APP}",
        f"GRANT EXECUTE ON FUNCTION audit.ensure_months(integer) TO {APP}",
        f"GRANT EXECUTE ON FUNCTION audit.prune(uuid, date, integer) TO {APP}",
        f"GRANT EXECUTE ON FUNCTION audit.is_prunable(text) TO {AUDITOR}",
        f"GRANT INSERT ON audit.anchoring TO {APP}",
        f"GRANT SELECT, DELETE ON audit.queue TO {SEQUENCER}",
        f"GRANT SELECT, INSERT ON audit.leaf TO {SEQUENCER}",
        f"GRANT SELECT, INSERT, UPDATE ON audit.tile TO {SEQUENCER}",
        f"GRANT SELECT, UPDATE (size, root, drained_at) ON audit.head TO {SEQUENCER}",
        f"GRANT SELECT ON audit.head, audit.tile, audit.checkpoint, audit.signing_key TO {SIGNER}",
        f"GRANT INSERT ON audit.checkpoint, audit.signing_key TO {SIGNER}",
        f"GRANT EXECUTE ON FUNCTION audit.halt(text) TO {SIGNER}",
        f"GRANT USAGE ON SCHEMA custode TO {SIGNER}",  # vouch
        f"GRANT USAGE ON SCHEMA public TO {PORTAL}",
        f"GRANT INSERT ON dsar_intake TO {PORTAL}",
    ):
        cursor.execute(statement)
