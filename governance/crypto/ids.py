"""Identifiers that sort by time: UUID version 7 (RFC 9562 §5.7)."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Return a new UUIDv7: 48 bits of Unix milliseconds, 12 bits of their fraction, 62 random bits.

    The fraction (RFC 9562 §6.2, method 3) keeps the rows that one process makes one after the
    other in order, such as the lines of an invoice.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = milliseconds << 80 | (rest * 4096 // 1_000_000) << 64 | int.from_bytes(os.urandom(8))
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
