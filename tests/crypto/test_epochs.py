"""Keys die with their epoch (docs/spec/field-encryption.md, sections 3 and 5)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import ProgrammingError, connections, transaction

from governance.crypto import epochs, keystore, root
from governance.crypto.envelope import unwrap
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.vocabulary import Scope
from tests.builders import NOW
from tests.crypto.destroying import destroy_subject_keys
from tests.databases import Run

KEYS = "SELECT epoch, slot, wrapped FROM crypto_wrapped WHERE slot <> %s ORDER BY epoch, slot"
CONTROLLER = uuid4()
PATIENCE = 120
# Steps of a rotation in their order; killed inside one is killed before the next.
KILLS = [("begin", "before"), *((step, "inside") for step in ("begin", "_fill", "_check", "_swap"))]
KILLED = """
import os, signal, sys
import django
django.setup()
from governance.crypto import epochs
step, when = sys.argv[1:]
does = getattr(epochs, step)
def dying(*args):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = does(*args)
    if when == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
    return found
setattr(epochs, step, dying)
if step == "_fill":
    epochs.BATCH = 7
epochs.rotate()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def keys(fresh_database: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The keystore, past every rule."""
    with Run.current.server.connect(Run.current.names.keys) as connection:
        yield connection


def some_keys(count: int) -> dict[UUID, bytes]:
    people = [uuid4() for _ in range(count)]
    keystore.create_subject_keys(CONTROLLER, people, scopes=[Scope.ORDINARY])
    return living(people)


def living(people: list[UUID]) -> dict[UUID, bytes]:
    found = keystore.subject_keys(CONTROLLER, people, scopes=[Scope.ORDINARY])
    return {subject: key for (subject, _), key in found.items()}


def destroy(subject: UUID) -> int:
    return destroy_subject_keys(
        CONTROLLER, subject, scopes=[Scope.ORDINARY], ordered_by=uuid4(), now=NOW
    )


def as_owner(*words: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "CUSTODE_DATABASE_ROLE": "owner"}
    return subprocess.run(
        [sys.executable, *words], env=variables, capture_output=True, text=True, check=False
    )


def rotated() -> str:
    done = as_owner("manage.py", "rotate_keys", "--now")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_application_creates_and_destroys_and_changes_nothing(db: None) -> None:
    for statement in (
        "INSERT INTO crypto_wrapped VALUES (1, gen_random_uuid(), '')",
        "UPDATE crypto_wrapped SET wrapped = ''",
        "DELETE FROM crypto_wrapped",
        "UPDATE crypto_subjectkey SET destroyed_at = NULL",
        "DELETE FROM crypto_subjectkey",
        "INSERT INTO crypto_epoch (n, state) VALUES (7, 'active')",
        "TRUNCATE crypto_controllerkey",
        "DROP TABLE crypto_wrapped_e1",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(using="keys"):
            connections["keys"].cursor().execute(statement)


def test_no_key_is_made_for_somebody_whose_key_was_destroyed(db: None) -> None:
    (anna,) = some_keys(1)
    assert destroy(anna) == 1
    assert destroy(anna) == 0
    never = uuid4()
    assert destroy(never) == 0
    keystore.create_subject_keys(CONTROLLER, [anna, never], scopes=[Scope.ORDINARY])
    assert living([anna, never]) == {}
    assert keystore.closed_scopes(CONTROLLER, never) == {"ordinary"}


def test_a_destroyed_controller_key_does_not_come_back(db: None) -> None:
    key = keystore.controller_key(CONTROLLER, "staging:x", create=True)
    assert keystore.controller_key(CONTROLLER, "staging:x") == key
    keystore.destroy_controller_key(CONTROLLER, "staging:x")
    with pytest.raises(KeyDestroyedError):
        keystore.controller_key(CONTROLLER, "staging:x", create=True)


def test_a_wrapped_key_opens_for_its_owner_and_epoch_alone(db: None) -> None:
    (anna,) = some_keys(1)
    epoch = epochs.active()
    with connections["keys"].cursor() as cursor:
        cursor.execute(
            "SELECT wrapped FROM crypto_wrapped AS w JOIN crypto_subjectkey AS s ON s.id = w.slot"
            " WHERE s.subject_id = %s",
            [anna],
        )
        wrapped = bytes(cursor.fetchone()[0])
    right = (epoch.n, CONTROLLER.hex, anna.hex, "ordinary")
    outer = epoch.cipher
    assert unwrap(outer, wrapped, epochs.context(*right)) == living([anna])[anna]
    for n, *owner in (
        (epoch.n + 1, *right[1:]), (right[0], uuid4().hex, *right[2:]),
        (*right[:2], uuid4().hex, right[3]), (*right[:3], "fiscal"), (*right[:2], right[3]),
    ):  # fmt: skip
        with pytest.raises(UnsealError):
            unwrap(outer, wrapped, epochs.context(n, *owner))
    with pytest.raises(UnsealError):
        unwrap(AESGCM(root.load().reveal()), wrapped, epochs.context(*right))


def test_rotation_keeps_living_keys_and_leaves_nothing_of_destroyed_ones(
    keys: psycopg.Connection[tuple[object, ...]],
) -> None:
    before = some_keys(30)
    gone, *kept = before
    wrapped = {bytes(w) for _, _, w in keys.execute(KEYS, [epochs.OWN]).fetchall()}  # type: ignore[arg-type]  # bytea
    destroy(gone)
    (path,) = keys.execute("SELECT pg_relation_filepath('crypto_wrapped_e1')").fetchone() or ("",)
    said = rotated()
    assert "epoch 2" in said
    assert living(list(before)) == {subject: before[subject] for subject in kept}
    after = keys.execute(KEYS, [epochs.OWN]).fetchall()
    assert {n for n, _, _ in after} == {2}
    assert not wrapped & {bytes(w) for _, _, w in after}  # type: ignore[arg-type]  # bytea
    assert keys.execute("SELECT to_regclass('crypto_wrapped_e1')").fetchone() == (None,)
    keys.execute("CHECKPOINT")
    (folder,) = keys.execute("SHOW data_directory").fetchone() or ("",)
    left = Path(str(folder)) / str(path)
    assert not left.exists() or left.stat().st_size == 0, "the old table is on the disk"
    assert keystore.controller_key(CONTROLLER, "index", create=True)  # and it goes on


def test_physical_time_is_told_when_it_is_true(
    keys: psycopg.Connection[tuple[object, ...]],
) -> None:
    (anna,) = some_keys(1)
    assert keystore.removed_at(CONTROLLER, anna) is None
    destroy(anna)
    assert keystore.removed_at(CONTROLLER, anna) is None
    assert epochs.is_due()
    rotated()
    gone = keystore.removed_at(CONTROLLER, anna)
    (swapped,) = keys.execute("SELECT active_at FROM crypto_epoch WHERE n = 2").fetchone() or (
        None,
    )
    assert gone == swapped
    assert not epochs.is_due()
    done = as_owner("manage.py", "rotate_keys")
    assert "nothing to do" in done.stdout


@pytest.mark.parametrize(("step", "when"), KILLS)
def test_a_rotation_that_was_killed_goes_on(
    step: str, when: str, keys: psycopg.Connection[tuple[object, ...]]
) -> None:
    before = some_keys(20)
    gone = next(iter(before))
    destroy(gone)
    died = as_owner("-c", KILLED, step, when)
    assert died.returncode == -signal.SIGKILL, died.stderr
    late, *kept = list(before)[1:]
    assert living(list(before)) == {s: before[s] for s in (late, *kept)}
    destroy(late)
    more = some_keys(3)
    rotated()
    assert living([*before, *more]) == {s: before[s] for s in kept} | more
    tables = keys.execute(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'crypto_wrapped'::regclass"
    ).fetchone()
    assert tables == (1,)


def test_a_key_that_is_being_destroyed_is_waited_for(
    keys: psycopg.Connection[tuple[object, ...]],
) -> None:
    """Not copied into the next epoch while its end is not committed yet."""
    anna, berta = some_keys(2)
    rotation = threading.Thread(target=rotated)
    with transaction.atomic(using="keys"):
        destroy(anna)
        rotation.start()
        time.sleep(8)  # it has begun, and waits
        assert keys.execute(
            "SELECT max(n) FROM crypto_epoch WHERE state = 'active'"
        ).fetchone() == (1,)
    rotation.join(PATIENCE)
    assert set(living([anna, berta])) == {berta}
    held = {slot for n, slot, _ in keys.execute(KEYS, [epochs.OWN]).fetchall() if n == 2}
    slots = keys.execute("SELECT id FROM crypto_subjectkey WHERE subject_id = %s", [anna])
    assert not held & {slot for (slot,) in slots.fetchall()}


def test_statistics_hold_no_key(keys: psycopg.Connection[tuple[object, ...]]) -> None:
    some_keys(50)
    keys.execute("ANALYZE")
    found = keys.execute(
        "SELECT tablename FROM pg_stats WHERE tablename LIKE 'crypto_wrapped%' AND attname = 'wrapped'"
    ).fetchall()
    assert found == []
    assert keys.execute("SELECT count(*) > 0 FROM pg_stats WHERE attname = 'slot'").fetchone() == (
        True,
    )


def test_keys_are_read_made_and_destroyed_beside_a_rotation(
    keys: psycopg.Connection[tuple[object, ...]], is_long: bool
) -> None:
    some_keys(20_000 if is_long else 500)
    failures: list[Exception] = []
    ended = threading.Event()
    made: dict[UUID, bytes] = {}
    dead: list[UUID] = []

    def work(seed: int) -> None:
        try:
            own: dict[UUID, bytes] = {}
            while not ended.is_set():
                own |= some_keys(2)
                if len(own) > 4:
                    subject, _ = own.popitem()
                    assert destroy(subject) == 1
                    dead.append(subject)
                assert living(list(own)) == own
            made.update(own)
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5 if is_long else 2):
        time.sleep(0.5)
        rotated()
    ended.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert failures == []
    assert made
    assert dead
    assert living(list(made)) == made
    assert living(dead) == {}
    left = {slot for _, slot, _ in keys.execute(KEYS, [epochs.OWN]).fetchall()}
    slots = keys.execute(
        "SELECT id FROM crypto_subjectkey WHERE subject_id = ANY(%s)", [dead]
    ).fetchall()
    assert not left & {slot for (slot,) in slots}
