"""What an open access says of itself, PostgreSQL keeps: whom it is about, and that it only reads.

Follows docs/spec/gate.md, section 4. The policy of `registry.isolation` lets an access see one
controller. These narrow it further, as the access told the database when it was opened: to one
person (`custode.person`), to what is in use where it is no duty (`custode.duty`), and to reading
(`custode.reads`). They bind raw SQL, counts and sums as they bind the models. Applied by
`manage.py prepare`, derived from the data map.
"""

from collections import Counter
from typing import Any

from psycopg import sql

from governance.rows import rows
from registry.datamap import Holding, data_map
from registry.models import SubjectRow

FUNCTIONS = """
CREATE OR REPLACE FUNCTION custode.is_open_to_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(current_setting('custode.person', true), '') = ''
$$;

CREATE OR REPLACE FUNCTION custode.open_person() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT nullif(current_setting('custode.person', true), '')::uuid
$$;

CREATE OR REPLACE FUNCTION custode.is_duty() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(current_setting('custode.duty', true), '') <> ''
$$;

CREATE OR REPLACE FUNCTION custode.may_write() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('custode.reads', true) = 'on' THEN
        RAISE EXCEPTION 'the access reads only' USING ERRCODE = 'CU013',
            HINT = 'Open an access for an operation that changes data.';
    END IF;
    RETURN true;
END $$;
"""
# Each function is asked once a statement, not once a row. An OR of this form does not let the
# planner believe that every query finds one row.
PERSON = "((SELECT custode.is_open_to_all()) OR {column} = (SELECT custode.open_person()))"
WRITES = "(SELECT custode.may_write())"
IN_USE = "((SELECT custode.is_duty()) OR scope <> 'archive')"
# A lock asks the USING of an UPDATE, and who reads may lock.
POLICIES = {
    "one_person": f"FOR ALL TO {{role}} USING ({PERSON})",
    "in_use": f"FOR ALL TO {{role}} USING ({IN_USE})",
    "inserting": f"FOR INSERT TO {{role}} WITH CHECK ({WRITES})",
    "updating": f"FOR UPDATE TO {{role}} USING (true) WITH CHECK ({WRITES})",
    "deleting": f"FOR DELETE TO {{role}} USING ({WRITES})",
}
# As PostgreSQL writes them: of these it is known whom they hide, and when.
WRITTEN = """
SELECT c.relname, p.polname, coalesce(pg_get_expr(p.polqual, c.oid), ''),
    coalesce(pg_get_expr(p.polwithcheck, c.oid), '')
FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
WHERE p.polname = ANY(%s) AND NOT p.polpermissive
"""
ARCHIVED = "(( SELECT custode.is_duty() AS is_duty) OR ((scope)::text <> 'archive'::text))"
KNOWN = "SELECT polname FROM pg_policy WHERE polrelid = %s::regclass"


def policies_of(holding: Holding) -> list[str]:
    """Return the names of the policies that narrow accesses to a table."""
    asked = {"one_person": holding.has_subject, "in_use": has_archive(holding)}
    return [name for name in POLICIES if asked.get(name, True)]


def has_archive(holding: Holding) -> bool:
    """Whether rows of a table can be in the archive: it seals them, and each says its scope."""
    return holding.has_subject and issubclass(holding.model_class, SubjectRow)


def apply(cursor: Any, holdings: list[Holding], *, role: str) -> None:
    """Narrow what an access of `role` reaches; applying it again changes nothing.

    A policy that exists stays: dropped to be made again, it would leave the table open in between.
    """
    cursor.execute(FUNCTIONS)
    for holding in holdings:
        table = sql.Identifier(holding.table)
        cursor.execute(KNOWN, [table.as_string(None)])
        known = {name for (name,) in cursor.fetchall()}
        column = sql.Identifier(holding.subject_column) if holding.has_subject else sql.SQL("")
        for name in policies_of(holding):
            if name not in known:
                made = f"CREATE POLICY {name} ON {{table}} AS RESTRICTIVE {POLICIES[name]}"
                names = {"table": table, "role": sql.Identifier(role), "column": column}
                cursor.execute(sql.SQL(made).format(**names))


def policies_that_hide_nobody(using: str = "default") -> Counter[str]:
    """Return by table how many of its policies are ours, as they should be, and hide nobody now.

    `one_person` hides all but one in an access that says so, `in_use` hides the archive from all
    but duties. The others refuse, and hide nobody.
    """
    asked = "SELECT NOT custode.is_open_to_all(), custode.is_duty()"
    narrowed, is_duty = rows(asked, using=using)[0]
    columns = {h.table: h.subject_column for h in data_map().isolated() if h.has_subject}
    writes = "( SELECT custode.may_write() AS may_write)"
    expected = {"inserting": ("", writes), "updating": ("true", writes), "deleting": (writes, "")}
    found: Counter[str] = Counter()
    for table, name, reads, checks in rows(WRITTEN, [list(POLICIES)], using=using):
        if name == "in_use":
            found[table] += is_duty and (reads, checks) == (ARCHIVED, "")
        elif name != "one_person":
            found[table] += (reads, checks) == expected[name]
        elif not narrowed:
            found[table] += (reads, checks) == (_one_person(columns.get(table, "")), "")
    return found


def _one_person(column: str) -> str:
    return (
        "(( SELECT custode.is_open_to_all() AS is_open_to_all)"
        f" OR ({column} = ( SELECT custode.open_person() AS open_person)))"
    )
