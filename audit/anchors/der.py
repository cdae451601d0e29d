"""As much of DER (X.690) as time-stamps need: values of known tags, definite lengths."""

from collections.abc import Sequence
from dataclasses import dataclass

INTEGER, BIT_STRING, OCTETS, NULL, OID = 0x02, 0x03, 0x04, 0x05, 0x06
TIME, SEQUENCE, SET = 0x18, 0x30, 0x31
BOOLEAN = 0x01
LONG = 0x80  # the length has a length


class DerError(ValueError):
    """Bytes are not the one DER encoding of what is expected."""


@dataclass(frozen=True)
class Value:
    """A tag, its content, and both as they were read."""

    tag: int
    content: bytes
    raw: bytes

    def items(self) -> list["Value"]:
        """Return the values inside."""
        found, rest = [], self.content
        while rest:
            value = _first(rest)
            found.append(value)
            rest = rest[len(value.raw) :]
        return found

    def require(self, tag: int) -> "Value":
        """Return the value itself; `DerError` where it is something else."""
        if self.tag != tag:
            msg = f"a value of tag {tag:#x} is expected, {self.tag:#x} is there"
            raise DerError(msg)
        return self


def read(data: bytes) -> Value:
    """Return the one value that bytes are.

    Raises
    ------
    DerError
    """
    value = _first(data)
    if len(value.raw) != len(data):
        msg = "something follows the value"
        raise DerError(msg)
    return value


def write(tag: int, *parts: bytes) -> bytes:
    """Return the encoding of a value whose content is `parts`, one after the other."""
    content = b"".join(parts)
    size = len(content)
    if size < LONG:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, LONG | len(length)]) + length + content


def integer(number: int) -> bytes:
    """Return the encoding of a number that is not negative."""
    return write(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Return the encoding of an object identifier."""
    first, second, *rest = map(int, dotted.split("."))
    parts = [bytes([first * 40 + second])]
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F | 0x80)
        parts.append(bytes(reversed(digits)))
    return write(OID, *parts)


def only(values: Sequence[Value], tag: int) -> Value | None:
    """Return the value of a tag, or None."""
    return next((value for value in values if value.tag == tag), None)


def _first(data: bytes) -> Value:
    if len(data) < 2 or data[0] & 0x1F == 0x1F:  # noqa: PLR2004 - tag and length; long tags
        msg = "it ends too early"
        raise DerError(msg)
    size, start = data[1], 2
    if size & LONG:
        start += size & ~LONG
        size = int.from_bytes(data[2:start], "big")
        if start == 2 or size < LONG or data[2] == 0:  # noqa: PLR2004 - indefinite, or not shortest
            msg = "a length is not written in the shortest form"
            raise DerError(msg)
    if len(data) < start + size:
        msg = "it ends too early"
        raise DerError(msg)
    return Value(data[0], data[start : start + size], data[: start + size])
