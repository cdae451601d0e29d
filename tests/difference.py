"""The main database, row by row, before and after: what changed, to the byte."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from governance.policy.vocabulary import Duty, Role
from registry.gate import opening as gate
from tests.builders import NOW, Company

Row = tuple[str, str]
Snapshot = dict[Row, str]
TABLES = """
SELECT c.relname, (
    SELECT string_agg(format('t.%I::text', a.attname), ', ')
    FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
    WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname
"""


@dataclass(frozen=True)
class Difference:
    """Rows as (table, key): gone, new, and those whose bytes are not the same."""

    gone: frozenset[Row]
    new: frozenset[Row]
    changed: frozenset[Row]

    def outside(self, is_known: Callable[[str], bool]) -> "Difference":
        """The difference without the tables that `is_known` names."""
        return Difference(
            *(
                frozenset(row for row in rows if not is_known(row[0]))
                for rows in (self.gone, self.new, self.changed)
            )
        )


def snapshot(company: Company) -> Snapshot:
    """Every row of every table that a company's access reaches, as PostgreSQL writes it, by key."""
    found: Snapshot = {}
    with (
        gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW),
        connection.cursor() as cursor,
    ):
        cursor.execute(TABLES)
        for table, key in cursor.fetchall():
            named = f"concat_ws('|', {key})" if key else "t::text"
            cursor.execute(f'SELECT {named}, t::text FROM public."{table}" AS t')
            found |= {(table, row): text for row, text in cursor.fetchall()}
    return found


def between(before: Snapshot, after: Snapshot) -> Difference:
    """What is different in the second of two snapshots."""
    both = before.keys() & after.keys()
    return Difference(
        frozenset(before.keys() - after.keys()),
        frozenset(after.keys() - before.keys()),
        frozenset(row for row in both if before[row] != after[row]),
    )
