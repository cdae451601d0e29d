"""What the two database roles of the public pages can do, asked of the catalogue about everything.

One inserts into one table, the other calls the functions named here. Whatever a later migration
makes is asked about too, since nothing here names a table that must be closed.
"""

import re
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsar import intake
from registry.datamap import data_map
from tests.audit.sealing import connection_of
from tests.builders import Company, a_company
from tests.dsar.test_case import FUNCTIONS, asked
from tests.dsar.test_case_access import confirmed

ROLES = ("custode_portal", "custode_case")
OWN = {"pg_catalog", "information_schema", "pg_toast"}
RELATIONS = """
SELECT c.oid::regclass::text, p.privilege FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
        AS p (privilege)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> ALL (%(own)s)
AND (has_table_privilege(%(role)s, c.oid, p.privilege) OR (p.privilege IN
     ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND
     has_any_column_privilege(%(role)s, c.oid, p.privilege)))
"""
SEQUENCES = """
SELECT c.oid::regclass::text FROM pg_class AS c WHERE CASE WHEN c.relkind = 'S'
    THEN has_sequence_privilege(%(role)s, c.oid, 'USAGE, SELECT, UPDATE') ELSE false END
"""
CALLS = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname <> ALL (%(own)s) AND has_schema_privilege(%(role)s, n.oid, 'USAGE')
AND has_function_privilege(%(role)s, p.oid, 'EXECUTE')
"""
MAKES = """
SELECT n.nspname FROM pg_namespace AS n WHERE has_schema_privilege(%(role)s, n.oid, 'CREATE')
UNION ALL SELECT 'database ' || p.privilege
FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS p (privilege)
WHERE has_database_privilege(%(role)s, current_database(), p.privilege)
UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace
WHERE has_tablespace_privilege(%(role)s, oid, 'CREATE')
UNION ALL SELECT 'member of ' || roleid::regrole::text FROM pg_auth_members
WHERE member = %(role)s::regrole
UNION ALL SELECT 'owner of ' || relname FROM pg_class WHERE relowner = %(role)s::regrole
UNION ALL SELECT 'attribute ' || rolname FROM pg_roles WHERE rolname = %(role)s
AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolinherit)
UNION ALL SELECT 'parameter ' || name FROM pg_settings
WHERE context NOT IN ('internal', 'user') AND has_parameter_privilege(%(role)s, name, 'SET')
UNION ALL SELECT 'large object' FROM pg_largeobject_metadata
"""
# Files of the server; what asks for REPLICATION asks the attribute, which neither role has, and
# the two that PostgreSQL 15 keeps for adminpack 1.0 (`_old`) ask for a superuser themselves.
DANGEROUS = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace
AND has_function_privilege(%(role)s, p.oid, 'EXECUTE')
AND p.proname ~ '^(pg_read_|pg_ls_|pg_stat_file|lo_import|lo_export|pg_rotate_|pg_reload_|pg_promote)'
AND p.proname !~ '_old$'
"""


def rows(superuser: psycopg.Connection[Any], query: str, role: str) -> set[Any]:
    said = {"role": role, "own": list(OWN)}
    found = superuser.execute(query, said).fetchall()  # type: ignore[call-overload]  # queries above
    return {row if len(row) > 1 else row[0] for row in found}


@pytest.mark.parametrize(
    ("role", "tables", "functions"),
    [
        ("custode_portal", {("dsar_intake", "INSERT")}, set()),
        ("custode_case", set(), FUNCTIONS),
    ],
)
def test_a_role_of_the_pages_can_do_what_is_named_here_and_nothing_else(
    db: None,
    superuser: psycopg.Connection[Any],
    role: str,
    tables: set[tuple[str, str]],
    functions: set[str],
) -> None:
    assert rows(superuser, RELATIONS, role) == tables
    assert rows(superuser, CALLS, role) == functions
    assert rows(superuser, SEQUENCES, role) == set()
    assert rows(superuser, MAKES, role) == set()
    assert rows(superuser, DANGEROUS, role) == set()
    # That nothing is found would also hold if nothing were looked for.
    assert len(rows(superuser, RELATIONS, "custode_app")) > 100
    assert len(rows(superuser, CALLS, "custode_owner")) > len(functions)
    assert "database CREATE" in rows(superuser, MAKES, "custode_owner")


ATTEMPTS = (
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/custode-out'",
    "CREATE TEMP TABLE mine (x integer)",
    "CREATE TABLE mine (x integer)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION portal.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION dblink",
    "SET ROLE custode_app",
    "SET SESSION AUTHORIZATION custode_app",
    "SET session_replication_role = replica",
    "SELECT * FROM audit.entry",
    "SELECT audit.append('x', ARRAY[]::bytea[])",
    "SELECT custode.open_controller()",
    "SELECT count(*) FROM registry_datasubject",
    "INSERT INTO dsar_intake (id) VALUES (gen_random_uuid()) RETURNING blob",
    "DELETE FROM dsar_portalcount",
    "TABLE django_session",
    "DO $$ BEGIN PERFORM * FROM dsar_subjectrequest; END $$",
)


@pytest.mark.parametrize("role", ROLES)
def test_what_a_compromised_page_would_try_is_refused(db: None, role: str) -> None:
    with connection_of(role) as connection:
        for statement in ATTEMPTS:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[call-overload]  # a list above


def test_opening_the_gate_by_hand_shows_the_role_of_cases_nothing(db: None) -> None:
    """A setting opens rows to whoever may read the table, and these roles may read none."""
    with connection_of("custode_case") as connection:
        connection.execute(
            "SELECT set_config('custode.controller', gen_random_uuid()::text, false)"
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM dsar_preferencelink")


# What a page runs


@pytest.fixture
def acme(fresh_database: None) -> Company:
    company = a_company(now=timezone.now())
    intake.publish_key(company.controller.pk, now=timezone.now())
    return company


TABLE = re.compile(r'(?:FROM|JOIN|INTO|UPDATE)\s+"?([a-z_.]+)"?')


def test_what_a_public_request_runs_in_the_database(acme: Company) -> None:
    """The whole flow, by each role: one insert, functions by hash, and what the company says."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    case = confirmed(client, acme)
    wrong = {"reference": case[0], "code": case[0] * 3}
    ran: dict[str, set[str]] = {}
    aliases = ("default", "portal", "case", "keys", "auditor")
    with ExitStack() as stack:
        traces = {a: stack.enter_context(CaptureQueriesContext(connections[a])) for a in aliases}
        for path in ("", "request/", "help/", "privacy/", "accessibility/", "case/"):
            assert client.get(f"/c/acme/{path}").status_code == 200
        asked(client, email="stranger@example.it")
        client.post("/c/acme/case/", wrong)
        client.post("/c/acme/case/copy/", wrong)
        client.post("/c/acme/case/address/", wrong | {"token": "AAAA-BBBB"})
        for kind in ("preferences", "unsubscribe", "confirm"):
            assert client.get(f"/c/acme/{kind}/{'x' * 43}/").status_code == 404
        ran = {alias: {str(query["sql"]) for query in trace} for alias, trace in traces.items()}
    statements = {sql.split("(")[0] for sql in ran["portal"]}
    assert statements == {"BEGIN", 'INSERT INTO "dsar_intake" ', "COMMIT"}
    functions = {sql.split("portal.")[1].split("(")[0] for sql in ran["case"]}
    assert functions == {"counted", "case_document", "case_package", "link"}
    assert ran["keys"] == ran["auditor"] == set()
    tables = {name for sql in ran["default"] for name in TABLE.findall(sql)}
    assert "registry_controller" in tables
    assert tables & {holding.table for holding in data_map().isolated()} == set()
    assert not [sql for sql in ran["default"] if "custode.controller" in sql]  # no gate was opened
