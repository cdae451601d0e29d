"""Entries of the past: written by a superuser as `audit.append` would have, had it been then.

The clock of PostgreSQL can not be moved by a test; the bytes can be those it would have stamped.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import rfc8785

from audit.sequencer import drain
from audit.signer import Signer
from audit.signing import Folder
from audit.verifier import note
from audit.witnessing import Witness
from tests.audit.sealing import connection_of, url_of
from tests.databases import Run


def id_at(at: datetime) -> UUID:
    """A UUIDv7 of a moment."""
    milliseconds = int(at.timestamp() * 1000).to_bytes(6, "big")
    tail = secrets.token_bytes(10)
    return UUID(
        bytes=milliseconds + bytes([0x70 | tail[0] & 15, tail[1], 0x80 | tail[2] & 63]) + tail[3:]
    )


def an_old_entry(
    superuser: psycopg.Connection[Any], controller: UUID, *, at: datetime,
    act: str = "data.read", members: tuple[bytes, ...] = (), **more: Any,
) -> UUID:  # fmt: skip
    """Append an entry that was stamped at `at`, with its place in the queue."""
    month = at.astimezone(UTC).date().replace(day=1)
    superuser.execute(
        f"CREATE TABLE IF NOT EXISTS audit.entry_{month:%Y_%m} PARTITION OF audit.entry"
        f" FOR VALUES FROM ('{month}') TO ('{(month + timedelta(days=31)).replace(day=1)}')"
    )
    entry_id = id_at(at)
    (wseq,) = superuser.execute("SELECT nextval('audit.writer_sequence')").fetchone()
    body: dict[str, Any] = {
        "v": 2, "id": str(entry_id), "controller": str(controller), "month": f"{at:%Y-%m}",
        "act": act, "outcome": "done", "purpose": "access_logging",
        "actor": {"k": "staff", "role": "agent"}, **more,
    }  # fmt: skip
    if members:
        digest = hashlib.sha256(b"".join(sorted(members))).hexdigest()
        body["subj"] = [m.hex() for m in members[:20]]
        body["members"] = {"n": len(members), "unnamed": 0, "digest": digest}
    env = {"at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "db_user": "custode_app",
           "wseq": wseq, "xid": "1"}  # fmt: skip
    entry = rfc8785.dumps(body) + b"\n" + rfc8785.dumps(env)
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    superuser.execute(
        "INSERT INTO audit.entry (id, month, at, controller_id, action, outcome, actor, entry, leaf_hash)"
        " VALUES (%s, %s, %s, %s, %s, 'done', 'staff', %s, %s)",
        [entry_id, month, at, controller, act, entry, leaf],
    )
    superuser.execute(
        "INSERT INTO audit.queue (id, month, leaf_hash, at, wseq) VALUES (%s, %s, %s, %s, %s)",
        [entry_id, month, leaf, at, wseq],
    )
    for member in members:
        superuser.execute("INSERT INTO audit.access_member VALUES (%s, %s)", [entry_id, member])
    return entry_id


def seal(folder: Path, *, at: datetime | None = None) -> note.Checkpoint | None:
    """Sequence all that waits, sign it as if it were `at`, and tell the keystore."""
    with connection_of("custode_sequencer") as sequencer:
        drain(sequencer)
    with connection_of("custode_signer") as connection:
        signer = Signer(Folder(folder), connection, name="acme.example")
        signed = signer.tick(at or datetime.now(UTC))
        witness = Witness(lambda: psycopg.connect(url_of("custode_keys_witness"), autocommit=True))
        if signer.is_public():
            witness.tell(signer.state)
        witness.close()
        return signed


def seal_here() -> note.Checkpoint | None:
    """Seal as the signer of this test's databases."""
    return seal(folder_here())


def folder_here() -> Path:
    """The folder of a signer that belongs to the databases of this test."""
    with connection_of("custode_signer") as connection:
        (oid,) = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    return Run.current.state.path / "signers" / str(oid)
