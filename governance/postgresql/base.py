"""The database backend: Django's own, but for how it finds out that a kept connection is dead.

Django sends `SELECT 1` before the first statement of every request, on each of its databases. A
server that was restarted, or that ended the connection, has closed its socket, which the kernel
knows without asking anybody: there is something to read where nothing was asked. Only then is the
server asked. A server that has gone without a word is noticed by the first statement, as it would
be by the `SELECT 1`.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

DEAD = select.POLLERR | select.POLLHUP | select.POLLNVAL


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def is_usable(self) -> bool:
        """Tell whether statements can be sent; the server is asked if the socket says anything."""
        kept: Any = self.connection
        if kept is None or kept.closed or kept.info.transaction_status == TransactionStatus.INERROR:
            return False
        look = select.poll()
        look.register(kept.fileno(), select.POLLIN | DEAD)
        if not look.poll(0):
            return True
        usable: bool = super().is_usable()
        return usable
