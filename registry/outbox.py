"""What the ledger has to tell besides destroyed keys, written in the transaction of the act.

Follows docs/spec/erasure.md, section 9. Triggers write it, for an act must not be forgotten because
it came another way: through the gate, by an import, by SQL. A line holds the row without what is
sealed. `registry.relaying` takes the lines to the keystore within a minute.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from psycopg import sql

from registry.models import OutboxLine

# By table, what kind of line a row makes.
TABLES = {
    "registry_objection": "CASE WHEN NEW.overruled_at IS NULL THEN 'objected' ELSE 'overruled' END",
    "registry_restriction": "CASE WHEN NEW.lifted_at IS NULL THEN 'restricted' ELSE 'lifted' END",
    "registry_consentevent": "CASE NEW.state WHEN 'given' THEN 'granted' ELSE NEW.state END",
    "retention_legalhold": "CASE WHEN NEW.lifted_at IS NULL THEN 'held' ELSE 'lifted' END",
}
FUNCTION = """
CREATE OR REPLACE FUNCTION custode.tell_{table}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF coalesce(current_setting('custode.repeating', true), '') <> 'on' THEN
        INSERT INTO registry_outbox (controller_id, kind, body)
        VALUES (NEW.controller_id, {kind}, jsonb_build_object(
            'table', TG_TABLE_NAME, 'row', to_jsonb(NEW) - 'sealed'));
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER told AFTER INSERT OR UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION custode.tell_{table}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER told;
"""


def apply(cursor: Any) -> None:
    """Let every act of these tables leave a line."""
    for table, kind in TABLES.items():
        cursor.execute(
            sql.SQL(FUNCTION).format(table=sql.SQL(table), kind=sql.SQL(kind))  # names of ours
        )


def swept(controller: UUID, table: str, ids: Collection[UUID]) -> None:
    """Tell that rows were removed at the end of their period; in the transaction that does it."""
    if ids:
        OutboxLine.objects.create(
            controller_id=controller,
            kind="swept",
            body={"table": table, "rows": sorted(map(str, ids))},
        )


def emptied(controller: UUID, table: str, parts: Mapping[UUID, Collection[str]]) -> None:
    """Tell which parts of rows that stay were removed; in the transaction that does it.

    Arguments
    ---------
    parts : categories of data by row
    """
    if parts:
        OutboxLine.objects.create(
            controller_id=controller,
            kind="emptied",
            body={"table": table, "parts": {str(row): sorted(some) for row, some in parts.items()}},
        )
