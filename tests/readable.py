"""All that anybody could still read: every plain column, and all that the remaining keys open."""

from collections import defaultdict

from django.db import connection

from governance.crypto.errors import KeyDestroyedError
from governance.policy.vocabulary import Duty, Role
from registry.datamap import data_map
from registry.gate import opening as gate
from tests.builders import NOW, Company


def everything_readable(company: Company) -> dict[str, list[str]]:
    """Texts by place: one per row of every table, and one per value that opens."""
    found: dict[str, list[str]] = defaultdict(list)
    with gate.duty(company.actor(Role.DPO), Duty.DISCOVERY, now=NOW) as access:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_schema, table_name FROM information_schema.tables"
                " WHERE table_schema IN ('public', 'audit') AND table_type = 'BASE TABLE'"
                " AND table_name NOT LIKE 'entry\\_2%'"
            )
            for schema, table in cursor.fetchall():
                cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
                found[table] += [row for (row,) in cursor.fetchall()]
            cursor.execute("SELECT convert_from(entry, 'UTF8') FROM audit.entry")
            found["audit entries"] += [row for (row,) in cursor.fetchall()]
        for holding in data_map().about_people():
            sealed = holding.sealed()
            if not sealed or not holding.isolated:
                continue
            for row in access.rows(holding.model_class):
                for name in sealed:
                    try:
                        value = getattr(row, name)
                    except KeyDestroyedError:
                        continue
                    if value is not None:
                        found[holding.model].append(str(value))
    return found


def places_of(everything: dict[str, list[str]], *values: str) -> dict[str, int]:
    """In which places any of the values stands, and how often."""
    wanted = [value.lower() for value in values]
    counts = {
        place: sum(any(value in text.lower() for value in wanted) for text in texts)
        for place, texts in everything.items()
    }
    return {place: n for place, n in counts.items() if n}
