"""A sweep that removes a fifth of the people, against DELETE by hand in chunks (goal G7).

Our side is an approved run until its rows are gone and the end of keys is ordered: everybody is
decided about, what is due is locked and decided again, and rows go with their search tokens, an
audit entry for each batch. The second figure adds the destruction of the keys, without the time in
which it waits for a signed checkpoint. The peer reads the ids whose day is over and deletes the
same number of rows from four plain tables, 500 in a transaction; it knows no rule, hold, token, key
or audit.
"""

import argparse
import os
import time
from typing import Any
from uuid import UUID

import psycopg
from support import figures, ground, people, processes

ROUNDS = 5
CHUNK = 500  # rows in a transaction, as in a batch of ours
PAUSE = 0.5  # seconds after which the product asks again whether the log is signed
PATIENCE = 120.0
EACH = {"contact": 1, "event": 1, "point": 2, "conversation": 8}  # rows of a person
ROWS = sum(EACH.values())
# Two approve the run here; what the keystore asks beyond that has a test and costs no time of ours.
MANY = "UPDATE crypto_rule SET bulk_from = 1000000"
LONG_AGO = (
    """UPDATE registry_datasubject SET created_at = '2010-01-04 12:00Z',
        last_contact_on = '2010-01-04', last_order_on = '2010-01-04' WHERE id = ANY(%s)""",
    "UPDATE crm_interaction SET occurred_at = '2010-01-04 12:00Z' WHERE subject_id = ANY(%s)",
)
LATELY = "UPDATE registry_datasubject SET last_order_on = '2026-11-20' WHERE id = ANY(%s)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000 of 5,000 people in a round")
    due = 1_000 if parser.parse_args().full else 100
    with ground.installation() as superuser, processes.running():
        Bench(superuser, due).run()
    figures.end()


class Plain:
    """The peer: as many rows of as many people, and the day after which each may go."""

    def __init__(self, superuser: ground.Superuser) -> None:
        self._superuser = superuser
        for name in EACH:
            superuser.execute(
                f"CREATE TABLE bench_{name} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                " person integer NOT NULL, what text NOT NULL, until date NOT NULL)"
            )
            superuser.execute(f"CREATE INDEX ON bench_{name} (person)")
            superuser.execute(f"CREATE INDEX ON bench_{name} (until)")
            superuser.execute(f"GRANT SELECT, DELETE ON bench_{name} TO custode_app")

    def add(self, number: int, until: str) -> None:
        """Add people all of whose rows may go after a day."""
        for name, rows in EACH.items():
            self._superuser.execute(
                f"INSERT INTO bench_{name} (person, what, until)"
                " SELECT n, repeat('parola ', 12), %s::date"
                " FROM generate_series(1, %s) AS n, generate_series(1, %s)",
                [until, number, rows],
            )

    def sweep(self) -> tuple[int, float]:
        """Delete what is over; return the number of rows and the seconds."""
        from django.db import connection

        gone, started = 0, time.perf_counter()
        with connection.cursor() as cursor:
            for name in EACH:
                cursor.execute(f"SELECT id FROM bench_{name} WHERE until < '2026-11-23'")
                ids = [pk for (pk,) in cursor.fetchall()]
                for start in range(0, len(ids), CHUNK):
                    chunk = ids[start : start + CHUNK]
                    marks = ", ".join(["%s"] * len(chunk))
                    cursor.execute(f"DELETE FROM bench_{name} WHERE id IN ({marks})", chunk)
                    gone += cursor.rowcount
        return gone, time.perf_counter() - started


class Bench:
    """People who stay, and in each round some more who go, on both sides."""

    def __init__(self, superuser: ground.Superuser, due: int) -> None:
        self._superuser, self._due = superuser, due
        with psycopg.connect(os.environ["KEYSTORE_OWNER_URL"]) as keys:
            keys.execute(MANY)
        self.actor = people.company()
        superuser.execute(LATELY, [people.with_history(self.actor, 4 * due)])
        self.plain = Plain(superuser)
        self.plain.add(4 * due, "2036-11-20")

    def run(self) -> None:
        rows: list[float] = []
        whole: list[float] = []
        speeds: list[float] = []
        for at in range(ROUNDS + 1):
            self._make_due()
            run = self._approved()
            if at % 2:
                theirs, (ours, keys) = self._peer(), self._sweep(run)
            else:
                (ours, keys), theirs = self._sweep(run), self._peer()
            if at:  # the first warms up
                rows.append(theirs / ours)
                whole.append(theirs / (ours + keys))
                speeds.append(self._due * ROWS / ours)
        of = f"{self._due * ROWS} of {5 * self._due * ROWS} rows"
        figures.show(f"G7 sweep of {of} / DELETE by chunks", rows, goal=0.8)
        figures.show("the same with the keys destroyed", whole, goal=None)
        figures.show(f"a sweep of {of}", speeds, goal=None, unit="rows per second")

    def _make_due(self) -> None:
        made = people.with_history(self.actor, self._due)
        for statement in LONG_AGO:
            self._superuser.execute(statement, [made])
        self.plain.add(self._due, "2020-01-05")
        self._superuser.execute("ANALYZE")

    def _approved(self) -> UUID:
        from registry.models import Staff
        from retention import operations

        dpo, lawyer = (Staff.objects.get(username=name) for name in ("dpo", "legal"))
        run = operations.preview(dpo.actor(), now=people.NOW)
        run = operations.approve(run, dpo, now=people.NOW)
        if run.state == "waiting":
            operations.approve_again(run.pk, lawyer, now=people.NOW)
        return run.pk

    def _peer(self) -> float:
        gone, seconds = self.plain.sweep()
        self._check(gone)
        return seconds

    def _sweep(self, run: UUID) -> tuple[float, float]:
        """Carry a run out; return the seconds until rows are gone, and those of the keys."""
        from retention.models import RetentionRun

        progress, rows = self._carry_out(run)
        keys, deadline = 0.0, time.monotonic() + PATIENCE
        while not progress.is_finished:
            if time.monotonic() > deadline:
                raise SystemExit(f"the run does not end: {progress}")
            time.sleep(PAUSE)
            progress, seconds = self._carry_out(run)
            if not progress.is_waiting:
                keys += seconds
        done = RetentionRun.objects.get(pk=run)
        if (done.state, done.result["people"]) != ("done", self._due):
            raise SystemExit(f"the run ended otherwise: {done.state} {done.result}")
        self._check(done.rows_erased)
        return rows, keys

    def _carry_out(self, run: UUID) -> tuple[Any, float]:
        from retention import operations

        started = time.perf_counter()
        progress = operations.carry_out(run, now=people.NOW)
        return progress, time.perf_counter() - started

    def _check(self, gone: int) -> None:
        if gone != self._due * ROWS:
            raise SystemExit(f"{gone} rows went, {self._due * ROWS} should have")


if __name__ == "__main__":
    main()
