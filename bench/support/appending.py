"""G3: what an audit entry costs, when it counts only once it is sealed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import psycopg

from governance.crypto.ids import uuid7
from support import entries, figures, ground, processes

ROUNDS = 5
CLIENTS = (1, 4, 16)
MORE_CLIENTS = (8, 32)  # for information
LEAD, SECONDS = 0.4, 1.2  # of each side in each round; what is done in the lead does not count
SEALED_WITHIN = 0.5  # seconds from the commit to a checkpoint over it; later ones do not count
COLUMNS = "(id, month, at, controller_id, action, outcome, actor, entry, leaf_hash"

PEERS = r"""
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.plain (LIKE audit.entry INCLUDING DEFAULTS);
ALTER TABLE bench.plain ADD PRIMARY KEY (month, id);
CREATE INDEX ON bench.plain (at);
CREATE INDEX ON bench.plain (action, at);
CREATE TABLE bench.locked (LIKE bench.plain INCLUDING ALL);
ALTER TABLE bench.locked ADD COLUMN seq bigserial UNIQUE, ADD COLUMN previous bytea NOT NULL;
CREATE TABLE bench.triggered (LIKE bench.locked INCLUDING ALL);
ALTER TABLE bench.triggered ALTER COLUMN seq DROP DEFAULT;

CREATE FUNCTION bench.link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(8);
    SELECT c.leaf_hash, c.seq + 1 INTO NEW.previous, NEW.seq
    FROM bench.triggered c ORDER BY seq DESC LIMIT 1;
    NEW.previous := coalesce(NEW.previous, '\x'::bytea);
    NEW.seq := coalesce(NEW.seq, 0);
    NEW.leaf_hash := sha256(NEW.previous || NEW.entry);
    RETURN NEW;
END $$;
CREATE TRIGGER link BEFORE INSERT ON bench.triggered FOR EACH ROW EXECUTE FUNCTION bench.link();

CREATE TABLE bench.account (id integer PRIMARY KEY, balance bigint NOT NULL) WITH (fillfactor = 50);
INSERT INTO bench.account SELECT n, 0 FROM generate_series(0, 3199) AS n;
GRANT USAGE ON SCHEMA bench TO custode_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA bench TO custode_app;
GRANT UPDATE ON bench.account TO custode_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA bench TO custode_app;
"""
VALUES = (
    "VALUES (%(id)s, date_trunc('month', now())::date, now(), NULL, 'data.read', 'done', 'staff',"
    " %(body)s"
)
OURS = "SELECT audit.append(%(body)s)"
PLAIN = f"INSERT INTO bench.plain {COLUMNS}) {VALUES}, %(id)s::text::bytea)"
TRIGGERED = f"INSERT INTO bench.triggered {COLUMNS}) {VALUES}, '')"
LOCK = "SELECT pg_advisory_xact_lock(7)"
LAST = "SELECT leaf_hash FROM bench.locked ORDER BY seq DESC LIMIT 1"
LOCKED = (
    f"INSERT INTO bench.locked {COLUMNS}, previous)"
    f" {VALUES}, sha256(%(previous)s::bytea || %(body)s::bytea), %(previous)s)"
)
BUSINESS = "UPDATE bench.account SET balance = balance + 1 WHERE id = %(account)s"

Step = Callable[[psycopg.Cursor[Any], dict[str, Any]], None]


def _statement(sql: str) -> Step:
    def step(cursor: psycopg.Cursor[Any], values: dict[str, Any]) -> None:
        cursor.execute(sql, values)

    return step


def _chain(cursor: psycopg.Cursor[Any], values: dict[str, Any]) -> None:
    """Append to a hash chain as an application does: a lock, the last hash, the new row."""
    cursor.execute(LOCK)
    last = cursor.execute(LAST).fetchone()
    cursor.execute(LOCKED, values | {"previous": last[0] if last else b""})


def _nothing(_cursor: psycopg.Cursor[Any], _values: dict[str, Any]) -> None:
    pass


ENTRY: dict[str, Step] = {
    "ours": _statement(OURS),
    "plain": _statement(PLAIN),
    "locked": _chain,
    "triggered": _statement(TRIGGERED),
}
BESIDE_BUSINESS: dict[str, Step] = {"none": _nothing, **ENTRY}


@dataclass
class Taken:
    """What one side did in one round: a second's transactions, and the lags of ours to the seal."""

    rate: float
    lags: list[float] = field(default_factory=list)


class Appending:
    """All sides in one database, written to as the application's role."""

    def __init__(self, superuser: ground.Superuser, watch: processes.Watch, scale: int) -> None:
        self.superuser = superuser
        self.watch = watch
        self.seconds = SECONDS * scale
        superuser.execute(PEERS)

    def run(self) -> None:
        """Measure and print all figures."""
        for clients in CLIENTS:
            self._alone(clients, is_goal=True)
            self._beside_business(clients)
        for clients in MORE_CLIENTS:
            self._alone(clients, is_goal=False)
        self._check_chains()

    def _alone(self, clients: int, *, is_goal: bool) -> None:
        taken = self._rounds(ENTRY, clients, is_business=False)
        title = f"G3 append, sealed, {_clients(clients)}"
        goals = {"plain": 0.95, "locked": 7, "triggered": 3}
        for peer, name in (
            ("plain", "plain INSERT"),
            ("locked", "hash chain under a lock"),
            ("triggered", "hash chain in a trigger"),
        ):
            counts = is_goal and (peer == "plain" or clients == max(CLIENTS))
            figures.show(
                f"{title} / {name}",
                [t["ours"].rate / t[peer].rate for t in taken],
                goal=goals[peer] if counts else None,
            )
        for side in ENTRY:
            rates = [t[side].rate for t in taken]
            figures.show(f"{side}, {_clients(clients)}, a second", rates, goal=None, unit="rate")
        cuts = [quantiles(t["ours"].lags, n=100) for t in taken]
        name = f"seal lag, {_clients(clients)}"
        figures.show(f"G3 {name}, p50", [c[49] for c in cuts], goal=None, unit="seconds")
        figures.show(
            f"G3 {name}, p99",
            [c[98] for c in cuts],
            goal=SEALED_WITHIN if is_goal else None,
            is_most=True,
            unit="seconds",
        )

    def _beside_business(self, clients: int) -> None:
        taken = self._rounds(BESIDE_BUSINESS, clients, is_business=True)
        title = f"G3 audited transaction, sealed, {_clients(clients)}"
        for peer, name in (
            ("none", "without audit"),
            ("plain", "with a plain INSERT"),
            ("locked", "with a hash chain under a lock"),
            ("triggered", "with a hash chain in a trigger"),
        ):
            figures.show(
                f"{title} / {name}",
                [t["ours"].rate / t[peer].rate for t in taken],
                goal=0.95 if peer == "plain" else None,
            )

    def _rounds(
        self, sides: dict[str, Step], clients: int, *, is_business: bool
    ) -> list[dict[str, Taken]]:
        return [
            {side: self._side(side, step, clients, is_business) for side, step in sides.items()}
            for _ in range(ROUNDS + 1)
        ][1:]

    def _side(self, side: str, step: Step, clients: int, is_business: bool) -> Taken:
        self.watch.settle(self.superuser)
        size = self.watch.sizes[-1]
        done: list[tuple[Any, float]] = []
        ends = time.perf_counter() + LEAD + self.seconds

        def work(connection: psycopg.Connection[Any], number: int) -> None:
            cursor, count = connection.cursor(binary=True), 0
            while time.perf_counter() < ends:
                count += 1
                entry_id = uuid7()
                values = {"id": entry_id, "body": entries.body(entry_id)}
                with connection.transaction():
                    if is_business:
                        cursor.execute(BUSINESS, {"account": number * 100 + count % 100})
                    step(cursor, values)
                done.append((entry_id, time.perf_counter()))

        entries.together(clients, work)
        counted = [(entry, at) for entry, at in done if ends - self.seconds <= at < ends]
        if side != "ours":
            return Taken(len(counted) / self.seconds)
        lags = self._lags(counted, size)
        return Taken(sum(lag <= SEALED_WITHIN for lag in lags) / self.seconds, lags)

    def _lags(self, counted: list[tuple[Any, float]], size: int) -> list[float]:
        """Return the seconds from each commit to the checkpoint over it, as a client sees both."""
        self.watch.settle(self.superuser)
        found = self.superuser.execute("SELECT id, seq FROM audit.leaf WHERE seq >= %s", [size])
        places = {entry: int(str(seq)) for entry, seq in found}
        lags = []
        for entry, at in counted:
            sealed = self.watch.sealed_at(places[entry])
            if sealed is None:
                raise SystemExit("an entry is under no checkpoint")
            lags.append(max(sealed - at, 0.0))
        return lags

    def _check_chains(self) -> None:
        """See that the peers did their work: every row commits to the one before it."""
        for table in ("locked", "triggered"):
            broken = self.superuser.execute(
                "SELECT count(*) FROM (SELECT previous, lag(leaf_hash, 1, ''::bytea)"
                f" OVER (ORDER BY seq) AS before FROM bench.{table}) AS c WHERE previous <> before"
            ).fetchone()
            if broken != (0,):
                raise SystemExit(f"the chain {table} is broken in {broken} places")


def _clients(count: int) -> str:
    return f"{count} client{'s' if count > 1 else ''}"
