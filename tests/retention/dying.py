"""A worker that carries a run out and is killed at one point of it, as by `kill -9`.

    python -m tests.retention.dying RUN NOW STEP MOMENT

A step is known by the statement that writes its effect: it dies `before` it is sent, `inside` the
transaction after it, or `after` the commit. The step `statement` has the number of a statement as
its moment. A worker that is still alive at the end says so by its exit code.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import django

STEPS = {
    "taken": ('UPDATE "retention_retentionrun"', '"attempts"'),
    "rows": ('DELETE FROM "crm_order"',),  # its lines went in the batch before
    "marked": ('UPDATE "registry_datasubject"', "'erasing'"),
    "counted": ('UPDATE "retention_retentionrun"', '"rows_erased"'),
    "passed": ('UPDATE "retention_retentionrun"', '"cursor"'),
    "ordered": ('INSERT INTO "retention_keyorder"',),
    "destroyed": ('UPDATE "registry_datasubject"', "'erased'"),  # the keys are gone elsewhere
    "ended": ('DELETE FROM "retention_keyorder"',),
    "released": ('UPDATE "retention_retentionrun"', '"finished_at"'),
}
MOMENTS = ("before", "inside", "after")
ROWS_IN_BATCH = 3  # of five rows of each person


class Injector:
    """Looks at every statement of the main database."""

    def __init__(self, step: str, moment: str) -> None:
        self._step, self._moment = step, moment
        self._count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, *more: Any) -> Any:
        self._count += 1
        if self._step == "statement":
            if self._count == int(self._moment):
                die()
            return execute(sql, params, *more)
        is_here = self._is_here(sql, params)
        if is_here and self._moment == "before":
            die()
        found = execute(sql, params, *more)
        if is_here:
            self._die_later() if self._moment == "after" else die()
        return found

    def _is_here(self, sql: Any, params: Any) -> bool:
        text = sql if isinstance(sql, str) else sql.as_string(None)
        start, *named = STEPS[self._step]
        said = text + repr(params)
        return text.startswith(start) and all(word in said for word in named)

    def _die_later(self) -> None:
        from django.db import transaction

        transaction.on_commit(die)


def die() -> None:
    """Give nothing a chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(run: str, now: str, step: str, moment: str) -> None:
    """Carry a run out until it dies."""
    django.setup()
    from django.db import connection

    from retention import operations, sweep

    sweep.ROWS_IN_BATCH = ROWS_IN_BATCH
    with connection.execute_wrapper(Injector(step, moment)):
        operations.carry_out(UUID(run), now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:5])
