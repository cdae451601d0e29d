"""Reading tables of log and keystore, which have no models: one statement, all its rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connections


def rows(
    sql: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, using: str
) -> list[tuple[Any, ...]]:
    """Return the rows of a statement on the connection `using`."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters or None)  # with parameters, a bare % would be one
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
