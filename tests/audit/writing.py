"""Writers as the product has them: an entry and a row of business in one transaction.

    python -m tests.audit.writing URL SEED COUNT

Prints a receipt for every transaction that was committed, after it was: `id leaf`. Of the
transactions 5 % are rolled back, 5 % stay open for a while, some roll back to a savepoint.
"""

import hashlib
import random
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import rfc8785

from tests.audit.history import id_at

CONTROLLER = UUID("0190a000-0000-7000-8000-00000000000a")
RECORDS = [f"0190a000-0000-7000-8000-{n:012x}" for n in range(8)]
ROLLED_BACK, LONG, SAVED = 0.05, 0.10, 0.20  # cumulated shares of the transactions
APPEND = "SELECT audit.append(%s, %s::bytea[])"


def body(chance: random.Random) -> tuple[UUID, bytes, list[bytes]]:
    """An entry's id, body and members; every third is a change of a record many write to."""
    now = datetime.now(UTC)
    entry_id = id_at(now)
    said = {
        "act": "data.read", "actor": {"k": "staff", "role": "agent"}, "outcome": "done",
        "controller": str(CONTROLLER), "id": str(entry_id), "month": f"{now:%Y-%m}",
        "purpose": "support", "v": 2,
    }  # fmt: skip
    members = []
    if chance.random() < 1 / 3:
        record = chance.choice(RECORDS)
        said |= {"act": "request.answered", "mut": True, "obj": {"id": record, "t": "request"}}
    else:
        members = [secrets.token_bytes(16) for _ in range(chance.randrange(4))]
        if members:
            digest = hashlib.sha256(b"".join(sorted(members))).hexdigest()
            said["subj"] = [m.hex() for m in members]
            said["members"] = {"digest": digest, "n": len(members), "unnamed": 0}
    return entry_id, rfc8785.dumps(said), members


def written(
    connection: psycopg.Connection[tuple[object, ...]], seed: int, *, count: int, pause: float
) -> Iterator[tuple[UUID, str]]:
    """Write `count` transactions; yield the receipt of each that was committed.

    Arguments
    ---------
    pause : seconds a long transaction stays open after its entry
    """
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.random()
        entry_id, said, members = body(chance)
        with connection.transaction() as transaction:
            if LONG <= kind < SAVED:
                with connection.transaction() as savepoint:
                    _, undone, people = body(chance)
                    connection.execute(APPEND, [undone, people])
                    raise psycopg.Rollback(savepoint)
            row = connection.execute(APPEND, [said, members]).fetchone()
            assert row
            leaf = bytes(row[0]).hex()  # type: ignore[call-overload]  # bytea
            if ROLLED_BACK <= kind < LONG:
                time.sleep(pause)
            if kind < ROLLED_BACK:
                raise psycopg.Rollback(transaction)
        if kind >= ROLLED_BACK:
            yield entry_id, leaf


def main() -> None:
    url, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with psycopg.connect(url, autocommit=True) as connection:
        for entry_id, leaf in written(connection, seed, count=count, pause=0.05):
            sys.stdout.write(f"{entry_id} {leaf}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
