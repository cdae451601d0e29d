"""A sweep that removes a fifth of the people, against DELETE by hand in chunks (goal G7).

Our side is an approved run until its rows are gone and the end of keys is ordered: everybody is
decided about, what is due is locked and decided again, and rows go with their search tokens, an
audit entry for each batch. The second figure adds the destruction of the keys, without the time in
which it waits for a signed checkpoint. The peer reads the ids whose day is over and deletes the
same number of rows from four plain tables, 500 in a transaction; it knows no rule, hold, token, key
or audit. A third side has the same plain rows in partitions by the day of their end, and drops
those that are over.

While sweeps run, two clients read contacts over the API; their slowest answers are compared with
those that they had when nothing else was done.
"""

import argparse
import os
import sys
import threading
import time
from typing import Any
from uuid import UUID

sys.path.append(sys.path.pop(0))  # `api` is the product's package, not the program beside

import psycopg
from support import calling, figures, ground, people, processes, serving

ROUNDS = 5
CHUNK = 500  # rows in a transaction, as in a batch of ours
PAUSE = 0.5  # seconds after which the product asks again whether the log is signed
PATIENCE = 120.0
CLIENTS, CALLS, BESIDE = 2, 60, 3  # of a measurement; sweeps beside it
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

    def partitioned(self, stays: int, goes: int) -> float:
        """Hold as many rows by the day of their end, and drop those that are over; the seconds."""
        for name, rows in EACH.items():
            self._superuser.execute(
                f"CREATE TABLE part_{name} (LIKE bench_{name} INCLUDING DEFAULTS)"
                " PARTITION BY RANGE (until);"
                f" CREATE TABLE part_{name}_over PARTITION OF part_{name}"
                " FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
                f" CREATE TABLE part_{name}_rest PARTITION OF part_{name} DEFAULT;"
                f" CREATE INDEX ON part_{name} (id); CREATE INDEX ON part_{name} (person)"
            )
            for number, until in ((stays, "2036-11-20"), (goes, "2020-01-05")):
                self._superuser.execute(
                    f"INSERT INTO part_{name} (person, what, until)"
                    " SELECT n, repeat('parola ', 12), %s::date"
                    " FROM generate_series(1, %s) AS n, generate_series(1, %s)",
                    [until, number, rows],
                )
        started = time.perf_counter()
        for name in EACH:
            self._superuser.execute(f"ALTER TABLE part_{name} DETACH PARTITION part_{name}_over")
            self._superuser.execute(f"DROP TABLE part_{name}_over")
        seconds = time.perf_counter() - started
        for name in EACH:
            self._superuser.execute(f"DROP TABLE part_{name}")
        return seconds

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
        self._stay = people.with_history(self.actor, 4 * due)
        superuser.execute(LATELY, [self._stay])
        self.plain = Plain(superuser)
        self.plain.add(4 * due, "2036-11-20")

    def run(self) -> None:
        rows: list[float] = []
        whole: list[float] = []
        speeds: list[float] = []
        drops: list[float] = []
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
                drops.append(theirs / self.plain.partitioned(4 * self._due, self._due))
        of = f"{self._due * ROWS} of {5 * self._due * ROWS} rows"
        figures.show(f"G7 sweep of {of} / DELETE by chunks", rows, goal=0.8)
        figures.show("the same with the keys destroyed", whole, goal=None)
        figures.show(f"a sweep of {of}", speeds, goal=None, unit="rows per second")
        figures.show("G7 partitions of plain rows dropped / DELETE by chunks", drops, goal=8)
        self._beside_the_api()

    def _beside_the_api(self) -> None:
        """Read contacts over the API with nothing beside, and while a run is carried out."""
        calls = self._reads()
        slower: list[float] = []
        with serving.server() as port:
            for at in range(BESIDE + 1):
                alone = calling.measure(port, _host(), calls, clients=CLIENTS)
                self._make_due()
                run = self._approved()
                swept = threading.Thread(target=self._sweep, args=(run,))
                swept.start()
                beside = calling.measure(port, _host(), calls, clients=CLIENTS)
                swept.join()
                self.plain.sweep()
                if at:
                    slower.append(beside.at(0.99) / alone.at(0.99))
        about = "p99 of a contact read beside a sweep / without one"
        figures.show(about, slower, goal=2.0, is_most=True)

    def _reads(self) -> list[calling.Call]:
        from datetime import timedelta

        from django.utils import timezone

        from api import tokens
        from governance.policy.vocabulary import Role
        from registry.models import Staff

        now = timezone.now()
        secret = tokens.issue(
            by=Staff.objects.get(username="dpo"), role=Role.AGENT, name="bench",
            purposes=["order_management"], expires_at=now + timedelta(days=1), now=now,
        ).secret  # fmt: skip
        head = (("Authorization", f"Bearer {secret}"), ("X-Purpose", "order_management"))
        whose = sorted(self._stay)[:CALLS]
        return [calling.Call("GET", f"/api/v1/contacts/{one}/", head) for one in whose]

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


def _host() -> str:
    from django.conf import settings

    return str(settings.ALLOWED_HOSTS[0])


if __name__ == "__main__":
    main()
