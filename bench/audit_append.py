"""Appending to the audit log, against a plain INSERT and against a hash chain under a lock.

Three sides, each append in a durable transaction of its own, with 1, 4 and 16 writers:

- ours: `audit.append`, which stamps the entry, hashes it, and refuses what is malformed, into
  the partitioned table with its refusing triggers;
- a plain INSERT of the same bytes into a table with the same columns and indexes;
- the usual hash chain: an advisory lock, the hash of the last row, an INSERT that commits to it.
  In one function and so one round trip, which is kinder than most that are in use.

There is no sequencer and no checkpoint yet: what is measured is the entry with its leaf hash,
not the tree above it.
"""

import argparse
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from support import figures, ground

from governance.crypto.ids import uuid7

ROUNDS = 5
WRITERS = (1, 4, 16)
APPENDS = 480  # per side and round, shared by its writers
CONTROLLER = uuid.uuid4()

PEERS = r"""
CREATE SCHEMA bench;
CREATE TABLE bench.plain (LIKE audit.entry INCLUDING DEFAULTS);
ALTER TABLE bench.plain ADD PRIMARY KEY (month, id);
CREATE INDEX ON bench.plain (at);
CREATE INDEX ON bench.plain (action, at);
CREATE TABLE bench.chain (LIKE bench.plain INCLUDING ALL);
ALTER TABLE bench.chain ADD COLUMN seq bigserial UNIQUE, ADD COLUMN previous bytea NOT NULL;

CREATE FUNCTION bench.append_to_chain(entry_id uuid, entry bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(7);
    SELECT c.leaf_hash INTO previous FROM bench.chain c ORDER BY seq DESC LIMIT 1;
    previous := coalesce(previous, '\x'::bytea);
    INSERT INTO bench.chain
        (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash, previous)
    VALUES (entry_id, date_trunc('month', now())::date, now(), NULL, 'data.read', 'done', 'staff',
            entry, sha256(previous || entry), previous);
END $$;
GRANT USAGE ON SCHEMA bench TO custode_app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA bench TO custode_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA bench TO custode_app;
"""
OURS = "SELECT audit.append(%(body)s)"
PLAIN = """
INSERT INTO bench.plain (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash)
VALUES (%(id)s, date_trunc('month', now())::date, now(), NULL, 'data.read', 'done', 'staff',
        %(body)s, %(id)s::text::bytea)
"""
CHAIN = "SELECT bench.append_to_chain(%(id)s, %(body)s)"
SIDES = {"ours": OURS, "plain": PLAIN, "chain": CHAIN}
COUNTS = {"ours": "audit.entry", "plain": "bench.plain", "chain": "bench.chain"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten times as many appends")
    appends = APPENDS * (10 if parser.parse_args().full else 1)
    with ground.installation() as superuser:
        superuser.execute(PEERS)
        bench = Bench(superuser)
        for writers in WRITERS:
            taken = [bench.round(writers, appends) for _ in range(ROUNDS + 1)][1:]
            title = f"G3 audit.append, {writers} writer{'s' if writers > 1 else ''}"
            figures.show(
                f"{title} / plain INSERT", [t["plain"] / t["ours"] for t in taken], goal=0.95
            )
            figures.show(
                f"{title} / hash chain under a lock",
                [t["chain"] / t["ours"] for t in taken],
                goal=7 if writers == max(WRITERS) else None,
            )
        bench.check_chain()
    figures.end()


class Bench:
    """The three sides in one database, each written to as the application's role."""

    def __init__(self, superuser: ground.Superuser) -> None:
        from django.db import connection

        self.superuser = superuser
        self.parameters = connection.get_connection_params()

    def round(self, writers: int, appends: int) -> dict[str, float]:
        """Let each side append as often, and return the seconds each took."""
        return {side: self._side(side, writers, appends // writers) for side in SIDES}

    def check_chain(self) -> None:
        """See that the peer did its work: every row commits to the one before it."""
        broken = self.superuser.execute(
            "SELECT count(*) FROM (SELECT previous, lag(leaf_hash, 1, ''::bytea)"
            " OVER (ORDER BY seq) AS before FROM bench.chain) AS c WHERE previous <> before"
        ).fetchone()
        if broken != (0,):
            raise SystemExit(f"the chain is broken in {broken} places")

    def _side(self, side: str, writers: int, each: int) -> float:
        before = self._count(side)
        started = threading.Barrier(writers + 1)
        threads = [
            threading.Thread(target=self._write, args=(SIDES[side], each, started.wait))
            for _ in range(writers)
        ]
        for thread in threads:
            thread.start()
        started.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        if self._count(side) - before != writers * each:
            raise SystemExit(f"{side} did not append what it was given")
        return seconds

    def _write(self, statement: str, each: int, wait: Callable[[], Any]) -> None:
        with psycopg.connect(**_plain(self.parameters), autocommit=True) as connection:
            cursor = connection.cursor(binary=True)
            wait()
            for _ in range(each):
                entry_id = uuid7()
                cursor.execute(statement, {"id": entry_id, "body": _body(entry_id)})

    def _count(self, side: str) -> int:
        row = self.superuser.execute(f"SELECT count(*) FROM {COUNTS[side]}").fetchone()
        return int(str(row[0])) if row else 0


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return libpq's parameters among Django's."""
    return {
        n: parameters[n] for n in ("dbname", "user", "password", "host", "port") if n in parameters
    }


def _body(entry_id: uuid.UUID) -> bytes:
    """Return an entry as `audit.log` writes it for the read of one person."""
    return (
        b'{"act":"data.read","activity":"order_management.v1","actor":{"k":"staff","p":'
        b'"9f86d081884c7d659a2feaa0c55ad015","role":"agent"},"basis":"contract","controller":"%b",'
        b'"fields":["crm.Contact.family_name","crm.Contact.given_name","crm.ContactPoint.email"],'
        b'"id":"%b","members":{"digest":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",'
        b'"n":1,"unnamed":0},"month":"2026-11","operation":"read","outcome":"done",'
        b'"purpose":"order_management","subj":["486ea46224d1bb4fb680f34f7c9ad96a"],"v":1}'
    ) % (str(CONTROLLER).encode(), str(entry_id).encode())


if __name__ == "__main__":
    main()
