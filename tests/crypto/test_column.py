"""A frame opens in its place under its key, and nowhere else; every mismatch looks the same."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from governance.crypto.column import FIRST, NEWEST, Column, padded
from governance.crypto.envelope import Place, derive, seal_blob
from governance.crypto.errors import UnsealError

ROOT = bytes(range(32))
COMMITMENT = derive(ROOT, "custode/commit/v1")
KEY = AESGCM(derive(ROOT, "custode/field/v1|name"))
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
PLAIN = b'{"given_name":"Anna"}'
FRAMES = st.dictionaries(st.sampled_from(["name", "email", "phone"]), st.binary(max_size=50))


def sealed(plain: bytes = PLAIN, place: Place = PLACE) -> bytes:
    column = Column.empty(COMMITMENT)
    return column.with_sealed(KEY, place, plain, commitment=COMMITMENT).stored()


def first_format(plain: bytes = PLAIN) -> bytes:
    """What version 0.1.0 wrote."""
    blob = b"\x01\x01" + seal_blob(KEY, PLACE.associated_data(1, 1), plain.ljust(32))
    return b"\x01\x04name" + len(blob).to_bytes(4) + blob


def opened(stored: bytes, *, place: Place = PLACE, commitment: bytes = COMMITMENT) -> bytes | None:
    return Column.parse(stored).open(KEY, place, commitment=commitment)


@given(st.binary(max_size=3000).filter(lambda b: not b.endswith(b" ")))
def test_what_was_sealed_opens(plain: bytes) -> None:
    assert (opened(sealed(plain)) or b"").rstrip(b" ") == plain


def test_lengths_tell_little() -> None:
    lengths = [len(padded(b"x" * n)) for n in range(1, 5000)]
    assert set(lengths[:32]) == {32}
    for n, length in enumerate(lengths, 1):
        assert n <= length < n + max(32, n / 8 + 1)
    assert len({n for n in lengths if 1024 <= n < 2048}) <= 16


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert len({sealed() for _ in range(100)}) == 100


@pytest.mark.parametrize("moved", sorted(MOVES))
@pytest.mark.parametrize("stored", [sealed(), first_format()], ids=["newest", "first"])
def test_a_frame_moved_elsewhere_does_not_open(moved: str, stored: bytes) -> None:
    elsewhere = replace(PLACE, **{moved: MOVES[moved]})
    column = Column.parse(stored)
    column = replace(column, frames={elsewhere.category: column.frames["name"]})
    with pytest.raises(UnsealError):
        column.open(KEY, elsewhere, commitment=COMMITMENT)


def damaged(stored: bytes) -> Iterator[bytes]:
    """Every cut, and every bit turned."""
    yield from (stored[:n] for n in range(1, len(stored)))
    for at, byte in enumerate(stored):
        for bit in range(8):
            yield stored[:at] + bytes((byte ^ (1 << bit),)) + stored[at + 1 :]


@pytest.mark.parametrize("stored", [sealed(), first_format()], ids=["newest", "first"])
def test_every_flipped_bit_and_every_cut_is_refused_alike(stored: bytes) -> None:
    """Refused with one error; or the category is another, and this one is not there."""
    said, count = set(), 0
    for bad in damaged(stored):
        count += 1
        try:
            assert opened(bad) is None
        except UnsealError as error:
            said.add((type(error), error.code, str(error), error.__cause__, error.__context__))
    assert count == len(stored) * 9 - 1
    assert len(said) == 1


def test_another_version_does_not_open() -> None:
    column = Column.parse(sealed())
    for other in (replace(column, key_version=2), replace(column, format=FIRST)):
        with pytest.raises(UnsealError):
            other.open(KEY, PLACE, commitment=COMMITMENT)


def test_another_key_does_not_open_although_its_tag_is_right() -> None:
    """GCM does not commit to its key; the column does."""
    column, other = Column.parse(sealed()), derive(bytes(32), "custode/commit/v1")
    with pytest.raises(UnsealError):
        column.open(KEY, PLACE, commitment=other)
    with pytest.raises(UnsealError):
        column.with_sealed(KEY, PLACE, b"{}", commitment=other)
    with pytest.raises(UnsealError):
        column.open(AESGCM(bytes(32)), PLACE, commitment=COMMITMENT)


def test_the_first_format_is_read_and_written_on() -> None:
    column = Column.parse(first_format())
    assert column.open(KEY, PLACE, commitment=COMMITMENT) == PLAIN.ljust(32)
    changed = column.with_sealed(KEY, PLACE, b'{"given_name":"Ada"}', commitment=COMMITMENT)
    assert changed.stored()[0] == FIRST
    assert opened(changed.stored()) == b'{"given_name":"Ada"}'.ljust(32)
    assert sealed()[0] == NEWEST


@given(FRAMES)
def test_frames_are_stored_and_read(frames: dict[str, bytes]) -> None:
    column = replace(Column.empty(COMMITMENT), frames=frames)
    assert not frames or Column.parse(column.stored()) == column
    assert bool(column.stored()) == bool(frames)


@given(st.binary(min_size=1, max_size=60))
def test_a_damaged_column_is_refused_as_a_whole_or_says_what_was_stored(bad: bytes) -> None:
    for whole in (bad, b"\x01" + bad, b"\x02\x01" + COMMITMENT + bad):
        try:
            column = Column.parse(whole)
        except UnsealError:
            continue
        assert not column.frames or column.stored() == whole


def test_repeated_and_unsorted_categories_are_refused() -> None:
    def frame(name: bytes) -> bytes:
        return bytes((len(name),)) + name + (1).to_bytes(4) + b"x"

    for names in ([b"name", b"name"], [b"name", b"email"]):
        for start in (b"\x01", b"\x02\x01" + COMMITMENT):
            with pytest.raises(UnsealError):
                Column.parse(start + b"".join(map(frame, names)))
    for unknown in (b"\x03", b"\x00", b""):
        with pytest.raises(UnsealError):
            Column.parse(unknown + b"\x01" + COMMITMENT + frame(b"name"))
