"""Wrapped and derived keys; key material does not show itself."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.crypto.envelope import derive, derive_all, unwrap, wrap
from governance.crypto.errors import UnsealError
from governance.crypto.root import Secret


def test_wrapped_keys_are_bound_to_their_owner() -> None:
    root, key = bytes(32), bytes(range(32))
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
