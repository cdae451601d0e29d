"""Wrapped and derived keys; key material does not show itself."""

import multiprocessing
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from governance.crypto.envelope import NONCE, derive, derive_all, seal_blob, unwrap, wrap
from governance.crypto.errors import UnsealError
from governance.crypto.root import Secret


def test_wrapped_keys_are_bound_to_their_owner() -> None:
    root, key = AESGCM(bytes(32)), bytes(range(32))
    wrapped = wrap(root, key, "a|b|ordinary")
    assert unwrap(root, wrapped, "a|b|ordinary") == key
    for context in ("a|b|fiscal", "a|c|ordinary"):
        with pytest.raises(UnsealError):
            unwrap(root, wrapped, context)


def test_derived_keys_differ_by_use() -> None:
    key = uuid4().bytes * 2
    assert len({derive(key, f"custode/field/v1|{c}") for c in ("name", "email", "phone")}) == 3


@given(st.binary(min_size=32, max_size=32), st.lists(st.text(max_size=40), max_size=5))
def test_many_keys_are_derived_as_one_by_one(key: bytes, infos: list[str]) -> None:
    assert derive_all(key, infos) == [derive(key, info) for info in infos]


def test_key_material_does_not_show_itself() -> None:
    assert repr(Secret(b"hidden")) == "Secret(…)"


def nonces(count: int) -> bytes:
    cipher = AESGCM(bytes(32))
    return b"".join(seal_blob(cipher, b"", b"")[:NONCE] for _ in range(count))


def test_nonces_never_repeat_in_forked_workers(is_long: bool) -> None:
    """In eight workers that were one process a moment ago; ten million with --long."""
    each = 1_250_000 if is_long else 25_000
    with multiprocessing.get_context("fork").Pool(8) as pool:
        found = pool.map(nonces, [each] * 8)
    seen = {part[i : i + NONCE] for part in found for i in range(0, len(part), NONCE)}
    assert len(seen) == 8 * each
