"""A process that carries an erasure out and stops at one point, to be killed there.

    python -m tests.dsar.dying KIND COMMAND ID POINT

It says where it is by a line with the number of its database session, and goes on when it reads
one; who sends none kills it. A point is a step and a moment of its transaction, as its statements
show it: `before` the effect (the job is locked, the marker was looked for), `inside` (effect and
marker are written, nothing is committed), `after` the commit; or `statement:N`, at which it kills
itself.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django

BEFORE = {"planned": "dsar_subjectrequest", "approved": "dsar_erasure"}  # what is locked first


class Injector:
    """Looks at every statement of the main database."""

    def __init__(self, step: str, moment: str) -> None:
        self._step, self._moment = step, moment
        self._count = 0
        self.is_done = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, *more: Any) -> Any:
        self._count += 1
        if self._step == "statement" and self._count == int(self._moment):
            os.kill(os.getpid(), signal.SIGKILL)
        found = execute(sql, params, *more)
        if not self.is_done and isinstance(sql, str) and self._is_here(sql, params):
            self._stop()
        return found

    def _is_here(self, sql: str, params: Any) -> bool:
        if self._moment == "before":
            return self._begins(sql, params)
        return self._is_written(sql, params)

    def _begins(self, sql: str, params: Any) -> bool:
        if self._step in BEFORE:
            return "FOR UPDATE" in sql and f'FROM "{BEFORE[self._step]}"' in sql
        asks = sql.startswith("SELECT") and '"dsar_erasurestep"."step" =' in sql
        return asks and self._is_named(params)

    def _is_written(self, sql: str, params: Any) -> bool:
        if self._step in BEFORE:
            return sql.startswith(("INSERT", "UPDATE")) and '"dsar_erasure"' in sql
        return sql.startswith('INSERT INTO "dsar_erasurestep"') and self._is_named(params)

    def _is_named(self, params: Any) -> bool:
        names = [str(value).partition(":")[0] for value in params or ()]
        return self._step in names

    def _stop(self) -> None:
        self.is_done = True
        if self._moment == "after":
            from django.db import transaction

            transaction.on_commit(wait)
        else:
            wait()


def wait() -> None:
    """Say where the database is, and wait to be killed or told to go on."""
    from django.db import connection

    print(connection.connection.info.backend_pid, flush=True)  # noqa: T201 - to the test
    sys.stdin.readline()


def main(kind: str, command: str, subject: str, point: str) -> None:
    """Do one thing of an erasure, as the application or as a worker does it."""
    django.setup()
    from django.db import connection
    from django.utils import timezone

    from dsar import erasure_right, saga, tasks
    from governance.policy.vocabulary import Role
    from tests.builders import a_company

    company, identifier, now = a_company(), UUID(subject), timezone.now()
    dpo = company.actor(Role.DPO)
    step, _, moment = point.partition(":")
    with connection.execute_wrapper(Injector(step, moment)):
        if command == "plan":
            erasure_right.plan(identifier, dpo, now)
        elif command == "approve":
            erasure_right.approve(identifier, dpo, shown=sys.argv[5], now=now)
        elif kind == "worker":
            tasks.carry_out_erasure(str(dpo.controller), subject)
        else:
            saga.carry_out(identifier, controller=dpo.controller, now=now)


if __name__ == "__main__":
    main(*sys.argv[1:5])
