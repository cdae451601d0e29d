"""A blob opens in its place under its key, and nowhere else; every mismatch looks the same."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from governance.crypto.envelope import Place, derive, pack, seal, unpack, unseal, unwrap, wrap
from governance.crypto.errors import UnsealError
from governance.crypto.root import Secret

KEY = AESGCM(bytes(range(32)))
PLACE = Place(
    controller=UUID(int=1),
    table="crm_contact",
    row=UUID(int=2),
    category="name",
    subject=UUID(int=3),
    scope="ordinary",
)
MOVES = {
    "controller": UUID(int=9),
    "table": "crm_order",
    "row": UUID(int=9),
    "category": "email",
    "subject": UUID(int=9),
    "scope": "fiscal",
}


@given(st.binary(max_size=300).filter(lambda b: not b.endswith(b" ")))
def test_what_was_sealed_opens_and_tells_its_length_only_roughly(plain: bytes) -> None:
    blob = seal(KEY, PLACE, plain)
    assert unseal(KEY, PLACE, blob).rstrip(b" ") == plain
    assert (len(blob) - 2 - 12 - 16) % 32 == 0


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert len({seal(KEY, PLACE, b"{}") for _ in range(100)}) == 100


@pytest.mark.parametrize("moved", sorted(MOVES))
def test_a_blob_moved_elsewhere_does_not_open(moved: str) -> None:
    blob = seal(KEY, PLACE, b"{}")
    with pytest.raises(UnsealError):
        unseal(KEY, replace(PLACE, **{moved: MOVES[moved]}), blob)


def test_every_flipped_bit_and_every_cut_is_refused_alike() -> None:
    blob = seal(KEY, PLACE, b'{"given_name":"Anna"}')
    damaged = [blob[:n] for n in range(len(blob))]
    damaged += [
        bytes(b ^ (1 << bit) if i == at else b for i, b in enumerate(blob))
        for at in range(len(blob))
        for bit in range(8)
    ]
    messages = set()
    for bad in damaged:
        with pytest.raises(UnsealError) as error:
            unseal(KEY, PLACE, bad)
        messages.add(error.value.code)
    assert messages == {"unseal_failed"}
    assert len(damaged) == len(blob) * 9


def test_another_key_does_not_open() -> None:
    with pytest.raises(UnsealError):
        unseal(AESGCM(bytes(32)), PLACE, seal(KEY, PLACE, b"{}"))


@given(st.dictionaries(st.sampled_from(["name", "email", "phone"]), st.binary(max_size=50)))
def test_frames_pack_and_unpack(frames: dict[str, bytes]) -> None:
    assert unpack(pack(frames)) == frames


@given(st.binary(min_size=1, max_size=60))
def test_a_damaged_column_is_refused_as_a_whole_or_says_what_was_packed(damaged: bytes) -> None:
    try:
        frames = unpack(damaged)
    except UnsealError:
        return
    assert pack(frames) == damaged or frames == {}


def test_repeated_and_unsorted_categories_are_refused() -> None:
    one = pack({"name": b"x"})[1:]
    for column in (b"\x01" + one + one, b"\x01" + one + pack({"email": b"y"})[1:], b"\x02" + one):
        with pytest.raises(UnsealError):
            unpack(column)


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


def test_key_material_does_not_show_itself() -> None:
    assert repr(Secret(b"hidden")) == "Secret(…)"
