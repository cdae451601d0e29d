"""Two shares of three give a secret back: Shamir's scheme with threshold 2, over GF(2^8).

Each byte s of the secret is where a line s + a·x meets x = 0, with a slope a of its own, drawn at
random; share x is the points at x. Two points give the line. Through one point there is a line
from every s, and each is equally likely: one share tells nothing (A. Shamir, "How to share a
secret", Communications of the ACM 22(11), 1979). The field is that of AES (FIPS 197, §4).

Nothing here branches on a secret, or looks one up in a table.
"""

import secrets
from collections.abc import Mapping

POLYNOMIAL = 0x11B  # x^8 + x^4 + x^3 + x + 1
SHARES = (1, 2, 3)
NEEDED = 2


def multiply(a: int, b: int) -> int:
    """Return the product of two elements of the field, each 0 to 255 (FIPS 197, §4.2)."""
    product = 0
    for _ in range(8):
        product ^= a & -(b & 1)  # -(bit) is a mask: all ones, or none
        a = a << 1 ^ POLYNOMIAL & -(a >> 7)
        b >>= 1
    return product


def inverse(a: int) -> int:
    """Return the inverse of an element that is not 0, as a^254: a^255 is 1 (FIPS 197, §4.4)."""
    power, product = a, 1
    for _ in range(7):
        power = multiply(power, power)
        product = multiply(product, power)
    return product


def point(secret: bytes, slope: bytes, x: int) -> bytes:
    """Return share `x` (1 to 255) of `secret`, on lines with the slopes given, one for each byte.

    The slopes are as secret as the secret itself; `split` draws them.
    """
    return bytes(s ^ multiply(a, x) for s, a in zip(secret, slope, strict=True))


def split(secret: bytes) -> dict[int, bytes]:
    """Return three shares of `secret`, by their x; each has its length in bytes."""
    # Uniform over all 256, 0 too: without 0 a share would exclude one value of the secret.
    slope = secrets.token_bytes(len(secret))
    return {x: point(secret, slope, x) for x in SHARES}


def combine(shares: Mapping[int, bytes]) -> bytes:
    """Return the secret that two shares, by their x, are of.

    Any two shares give something: whether it is the secret, the caller has to find out.

    Raises
    ------
    ValueError
        there are not exactly two shares, an x is none of 1, 2, 3, or they differ in length
    """
    if len(shares) != NEEDED or not set(shares) <= set(SHARES):
        msg = "two shares of 1, 2 and 3 are needed"
        raise ValueError(msg)
    (x, of_x), (z, of_z) = shares.items()
    # Lagrange at 0: s = (y·z + w·x) / (x + z); to add is XOR, and so is to subtract.
    to_y, to_w = (multiply(n, inverse(x ^ z)) for n in (z, x))
    return bytes(multiply(y, to_y) ^ multiply(w, to_w) for y, w in zip(of_x, of_z, strict=True))
