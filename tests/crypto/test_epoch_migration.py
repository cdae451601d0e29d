"""The keystore of version 0.1.0, in which keys were wrapped under the root key alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from governance import provision
from governance.crypto import epochs, root, rootkeys
from governance.crypto.envelope import unwrap, wrap
from governance.crypto.ids import uuid7
from tests.databases import Run

CONTROLLER, PEOPLE = uuid4(), [uuid4() for _ in range(5)]
WRAPPED = "SELECT slot, wrapped FROM crypto_wrapped WHERE epoch = 1"
Keystore = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def old(custode_run: Run, django_db_setup: None) -> Iterator[Keystore]:
    """A keystore at the migration of version 0.1.0."""
    names = provision.Names.of(f"old_{os.getpid()}")
    with custode_run.server.connect() as superuser:
        provision.drop_databases(superuser, names)
        provision.make_databases(superuser, names)
    with custode_run.server.connect(names.keys) as connection:
        migrate(custode_run, names, "crypto", "0002")
        yield connection
    with custode_run.server.connect() as superuser:
        provision.drop_databases(superuser, names)


def migrate(run: Run, names: provision.Names, *target: str) -> None:
    done = migrating(run, names, *target)
    assert done.returncode == 0, done.stderr


def migrating(
    run: Run, names: provision.Names, *target: str, **changes: str
) -> "subprocess.CompletedProcess[str]":
    urls = run.server.urls(names)
    variables = {**os.environ, **urls, "CUSTODE_DATABASE_ROLE": "owner", **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "keys", *target],
        env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip


def wrapped_as_before(key: bytes, context: str) -> bytes:
    return wrap(AESGCM(root.load().reveal()), key, f"custode/key/v1|{context}")


def fill(keystore: Keystore) -> dict[UUID, bytes]:
    """Keys of people, one of them destroyed; of a controller, one of them ended."""
    kept = {}
    for at, person in enumerate(PEOPLE):
        slot, key = uuid7(), bytes((at,)) * 32
        box = wrapped_as_before(key, f"{CONTROLLER.hex}|{person.hex}|ordinary")
        keystore.execute(
            "INSERT INTO crypto_subjectkey (id, controller_id, subject_id, scope, created_at, wrapped,"
            " destroyed_at, ordered_by) VALUES (%s, %s, %s, 'ordinary', now(), %s, %s, %s)",
            [slot, CONTROLLER, person, *([box, None, None] if at else [None, "now", uuid4()])],
        )
        kept |= {slot: key} if at else {}
    for use, context in (("index", "index|"), ("staging:1:destroyed", "destroyed|")):
        slot, key = uuid7(), use.encode().ljust(32)
        box = wrapped_as_before(key, f"{CONTROLLER.hex}|{context}")
        keystore.execute(
            "INSERT INTO crypto_controllerkey (id, controller_id, use, created_at, wrapped)"
            " VALUES (%s, %s, %s, now(), %s)",
            [slot, CONTROLLER, use, box],
        )
        kept |= {slot: key} if use == "index" else {}
    return kept


def test_epochs_are_named_after_the_root_key_that_opens_them(
    old: Keystore, custode_run: Run, tmp_path: Path
) -> None:
    names = provision.Names.of(f"old_{os.getpid()}")
    migrate(custode_run, names, "crypto", "0009")
    root.create(tmp_path / "other.key")
    done = migrating(custode_run, names, CUSTODE_ROOT_KEY_FILE=str(tmp_path / "other.key"))
    assert done.returncode == 1
    assert "expected the one that opens epoch 1, found file:" in done.stderr
    migrate(custode_run, names)
    found = old.execute("SELECT n, provider FROM crypto_epoch").fetchall()
    assert found == [(1, rootkeys.present().describe())]


def test_its_keys_are_moved_and_its_bytes_are_gone(old: Keystore, custode_run: Run) -> None:
    kept = fill(old)
    (before,) = old.execute("SELECT pg_relation_filenode('crypto_subjectkey')").fetchone() or (0,)
    migrate(custode_run, provision.Names.of(f"old_{os.getpid()}"))
    top = AESGCM(root.load().reveal())
    found = {slot: bytes(box) for slot, box in old.execute(WRAPPED).fetchall()}  # type: ignore[arg-type]  # bytea
    own = unwrap(top, found.pop(epochs.OWN), "custode/epoch/v1|1")
    owners = {
        slot: (person.hex, "ordinary")
        for slot, person in old.execute("SELECT id, subject_id FROM crypto_subjectkey").fetchall()
    }
    opened = {
        slot: unwrap(
            AESGCM(own), box, epochs.context(1, CONTROLLER.hex, *owners.get(slot, ("index",)))
        )
        for slot, box in found.items()
    }
    assert opened == kept
    assert old.execute(
        "SELECT use FROM crypto_controllerkey WHERE destroyed_at IS NOT NULL"
    ).fetchall() == [("staging:1:destroyed",)]
    (after,) = old.execute("SELECT pg_relation_filenode('crypto_subjectkey')").fetchone() or (0,)
    assert after != before, "the table was not written anew"
