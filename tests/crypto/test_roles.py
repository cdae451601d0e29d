"""What each role may do in the keystore, and what the signer may tell it."""

import os
import subprocess
import sys
from functools import cache
from itertools import product

import psycopg
import pytest

from audit.verifier import tree
from governance.crypto import destruction
from registry import isolation
from tests.audit.sealing import connection_of
from tests.crypto.ordering import Keys
from tests.databases import Run


def test_the_keystore_proves_inclusion_as_the_verifier_does(keys: Keys) -> None:
    """Every leaf of every tree of up to 130 leaves, with its own proof and with wrong ones."""
    leaves = [tree.leaf_hash(bytes([n])) for n in range(132)]
    node = cache(lambda level, n: tree.root_of(leaves[n << level : (n + 1) << level]))
    tried: list[tuple[bytes, int, int, bytes]] = []
    wanted: list[bool] = []
    roots: list[bytes] = []
    for size in range(1, 131):
        root = tree.root_at(size, node)
        for index in range(size):
            path = tree.inclusion_proof(index, size, node)
            for i, n, hashes in (
                (index, size, path), (index + 1, size, path), (index, size + 1, path),
                (index, size, path[:-1]), (index, size, [*path, bytes(32)]),
            ):  # fmt: skip
                tried.append((leaves[index], i, n, b"".join(hashes)))
                wanted.append(_verifies(leaves[index], i, n, hashes=hashes, root=root))
                roots.append(root)
    found = keys.execute(
        "SELECT keystore.root_over(leaf, i, n, path) FROM unnest(%s::bytea[], %s::bigint[],"
        " %s::bigint[], %s::bytea[]) WITH ORDINALITY AS given(leaf, i, n, path, place)"
        " ORDER BY place",
        [list(column) for column in zip(*tried, strict=True)],
    ).fetchall()
    said = [answer == root for (answer,), root in zip(found, roots, strict=True)]
    assert said == wanted
    assert wanted.count(True) >= 130 * 131 // 2
    assert wanted.count(False) >= 130 * 131


def _verifies(leaf: bytes, index: int, size: int, *, hashes: list[bytes], root: bytes) -> bool:
    try:
        tree.check_inclusion(leaf, index, size, proof=hashes, root=root)
    except tree.ProofError:
        return False
    return True


TABLES = {
    "crypto_subjectkey": "id", "crypto_controllerkey": "id", "crypto_wrapped": "slot",
    "crypto_wrapped_e1": "slot", "crypto_epoch": "n", "crypto_checkpoint": "size",
    "crypto_stop": "scope", "crypto_ledger": "seq", "crypto_rule": "bulk_from",
    "crypto_witness": "pending",
}  # fmt: skip


def test_no_role_changes_a_row_of_the_keystore(keys: Keys) -> None:
    for role, (table, column) in product(("custode_keys", "custode_keys_witness"), TABLES.items()):
        with connection_of(role) as connection:
            for statement in (
                f"INSERT INTO {table} DEFAULT VALUES",
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"DROP TABLE {table}",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)  # type: ignore[call-overload]  # names of this module


def test_each_role_calls_its_own_functions_alone(keys: Keys) -> None:
    allowed = dict(
        keys.execute(
            "SELECT r.rolname, array_agg(DISTINCT p.proname::text) FROM pg_proc AS p, pg_roles AS r"
            " WHERE p.pronamespace = 'keystore'::regnamespace AND NOT r.rolsuper"
            " AND r.rolname <> 'custode_keys_owner'"
            " AND has_function_privilege(r.oid, p.oid, 'EXECUTE') GROUP BY 1"
        ).fetchall()
    )
    own = {"custode_keys", "custode_keys_witness"}
    assert {role: set(names) for role, names in allowed.items() if role in own} == {
        role: set(names) for role, names in isolation.KEY_FUNCTIONS.items()
    }
    witness = {"witness", "vouch"}
    assert set(isolation.KEY_FUNCTIONS["custode_keys_witness"]) == {*witness, "locked_because"}
    assert not witness & set(isolation.KEY_FUNCTIONS["custode_keys"])


def test_the_witness_reads_checkpoints_and_nothing_else(keys: Keys) -> None:
    with connection_of("custode_keys_witness") as connection:
        assert connection.execute("SELECT count(*) FROM crypto_checkpoint").fetchone() == (0,)
        for table in ("crypto_subjectkey", "crypto_wrapped", "crypto_wrapped_e1", "crypto_ledger"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT 1 FROM {table}")  # type: ignore[call-overload]  # names above


def test_prepare_applies_grants_as_often_as_one_likes(keys: Keys) -> None:
    before = keys.execute("SELECT proname, proacl::text FROM pg_proc ORDER BY 1, 2").fetchall()
    owner = Run.current.variables() | {"CUSTODE_DATABASE_ROLE": "owner"}
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"], env={**os.environ, **owner}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    after = keys.execute("SELECT proname, proacl::text FROM pg_proc ORDER BY 1, 2").fetchall()
    assert after == before


# What the signer tells


def _tell(epoch: int, size: int, root: bytes) -> None:
    with connection_of("custode_keys_witness") as connection:
        connection.execute("SELECT keystore.witness(%s, %s, %s)", [epoch, size, root])


def test_a_log_that_went_back_or_forked_is_not_witnessed(keys: Keys) -> None:
    assert destruction.witnessed() is None
    _tell(1, 7, b"a" * 32)
    _tell(1, 7, b"a" * 32)
    for epoch, size, root in ((1, 6, b"b" * 32), (1, 7, b"b" * 32), (0, 9, b"b" * 32)):
        with pytest.raises(psycopg.Error) as error:
            _tell(epoch, size, root)
        assert error.value.sqlstate == "CU022"
    assert destruction.witnessed() == (1, 7, b"a" * 32)
    _tell(2, 3, b"c" * 32)
    assert destruction.witnessed() == (2, 3, b"c" * 32)


def test_checkpoints_are_kept_for_two_days_and_the_newest_for_ever(keys: Keys) -> None:
    for size in (1, 2, 3):
        _tell(1, size, bytes([size]) * 32)
    keys.execute("UPDATE crypto_checkpoint SET seen_at = seen_at - interval '47 hours'")
    keys.execute(
        "UPDATE crypto_checkpoint SET seen_at = seen_at - interval '2 hours' WHERE size <> 2"
    )
    assert destruction.witnessed() == (1, 3, bytes([3]) * 32)
    _tell(1, 3, bytes([3]) * 32)
    assert keys.execute("SELECT size FROM crypto_checkpoint ORDER BY 1").fetchall() == [(2,), (3,)]
