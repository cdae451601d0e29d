"""Any two of three shares give the secret; one tells nothing (spec field-encryption.md §10)."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.crypto import shamir

SECRET = bytes.fromhex("00010203 7f80fdfe ff531a2b c3d4e5f6 deadbeef 00112233 44556677 8899aabb")
SLOPE = bytes.fromhex("a5000180 ff53ca3c 1b8d0e57 9980c6d2 00ff00ff 13579bdf 2468ace0 fedcba98")
# Computed by logarithms to the base 3, which neither this file nor the code uses.
FIXED = {
    1: bytes.fromhex("a5010383 80d337c2 e4de147c 5a542324 de52be10 1346b9ec 603dca97 76451023"),
    2: bytes.fromhex("51010018 9a267286 c9520685 eacf7249 de48be0a 26bf0f96 0c8525ac 6f3ac590"),
    3: bytes.fromhex("f4010198 6575b8ba d2df08d2 734fb49b deb7bef5 35e89449 28ed894c 91e67f08"),
}
KEYS = st.binary(min_size=32, max_size=32)


def naive(a: int, b: int) -> int:
    """The product of two polynomials over GF(2), then the remainder of a long division."""
    product = [0] * 15
    for i in range(8):
        for j in range(8):
            product[i + j] ^= (a >> i & 1) & (b >> j & 1)
    for top in range(14, 7, -1):
        if product[top]:
            for term in (8, 4, 3, 1, 0):
                product[top - 8 + term] ^= 1
    return sum(bit << i for i, bit in enumerate(product[:8]))


def test_the_field_is_the_one_of_aes() -> None:
    assert shamir.multiply(0x57, 0x83) == 0xC1  # FIPS 197, §4.2
    assert shamir.multiply(0x57, 0x13) == 0xFE  # FIPS 197, §4.2.1
    every = range(256)
    assert all(shamir.multiply(a, b) == naive(a, b) for a in every for b in every)
    assert all(naive(a, shamir.inverse(a)) == 1 for a in range(1, 256))


def test_fixed_vectors() -> None:
    for x, share in FIXED.items():
        assert bytes(s ^ naive(a, x) for s, a in zip(SECRET, SLOPE, strict=True)) == share
        assert shamir.point(SECRET, SLOPE, x) == share
    for x, z in permutations(FIXED, 2):
        assert shamir.combine({x: FIXED[x], z: FIXED[z]}) == SECRET


@given(KEYS)
def test_any_two_of_three_give_the_secret(secret: bytes) -> None:
    shares = shamir.split(secret)
    assert set(shares) == {1, 2, 3}
    for pair in permutations(shares.items(), 2):
        assert shamir.combine(dict(pair)) == secret


@given(st.integers(0, 255), st.sampled_from([1, 2, 3]))
def test_one_share_is_uniformly_distributed(secret: int, x: int) -> None:
    """Each value of a share byte comes from exactly one random byte, whatever the secret is."""
    seen = [shamir.point(bytes([secret]), bytes([slope]), x)[0] for slope in range(256)]
    assert sorted(seen) == list(range(256))


def test_slopes_are_drawn_from_all_bytes_and_anew() -> None:
    zeros = bytes(1 << 16)
    one, other = shamir.split(zeros), shamir.split(zeros)
    assert set(one[1]) == set(range(256))  # of zeros, share 1 is the slopes
    assert all(one[x] != other[x] for x in one)


def test_a_wrong_share_gives_another_secret() -> None:
    for x, z in combinations(FIXED, 2):
        wrong = bytes([FIXED[x][0] ^ 1]) + FIXED[x][1:]
        assert shamir.combine({x: wrong, z: FIXED[z]}) != SECRET


@pytest.mark.parametrize(
    "shares",
    [
        {},
        {1: FIXED[1]},
        dict(FIXED),
        {0: FIXED[1], 2: FIXED[2]},
        {1: FIXED[1], 4: FIXED[2]},
        {1: FIXED[1], 2: FIXED[2][1:]},
    ],
    ids=["none", "one", "three", "at the secret itself", "beyond three", "lengths"],
)
def test_anything_but_two_shares_is_refused(shares: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match=r"."):
        shamir.combine(shares)
