"""Pictures, by what their headers say: the size before anybody unpacks it. Pure."""

import struct
from typing import IO

from dsar.attachments.limits import LONGEST_SIDE, MOST_PIXELS, Refused, ScanError, Type

PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
JPEG, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, T.81 table B.1
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
SCAN_STARTS = 0xDA
MOST_SEGMENTS = 1_000


def type_of(head: bytes) -> Type | None:
    """Return the kind of picture, or None."""
    if head.startswith(PNG):
        return Type.PNG
    if head.startswith(JPEG):
        return Type.JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Type.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Type.WEBP
    return None


def require_bounded(kind: Type, file: IO[bytes], size: int) -> None:
    """Raise for a picture that is too large unpacked, or goes on behind its end.

    Raises
    ------
    ScanError
    """
    file.seek(0)
    read = {Type.PNG: _png, Type.JPEG: _jpeg, Type.GIF: _gif, Type.WEBP: _webp}[kind]
    try:
        width, height = read(file, size)
    except (struct.error, IndexError):
        raise ScanError(Refused.DAMAGED) from None
    if width < 1 or height < 1:
        raise ScanError(Refused.DAMAGED)
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise ScanError(Refused.PIXELS)


def _png(file: IO[bytes], size: int) -> tuple[int, int]:
    head = file.read(24)
    if head[12:16] != b"IHDR":
        raise ScanError(Refused.DAMAGED)
    _require_end(file, size, PNG_END)
    width, height = struct.unpack(">2L", head[16:24])
    return width, height


def _gif(file: IO[bytes], size: int) -> tuple[int, int]:
    head = file.read(10)
    _require_end(file, size, b"\x3b")
    width, height = struct.unpack("<2H", head[6:10])
    return width, height


def _webp(file: IO[bytes], size: int) -> tuple[int, int]:
    head = file.read(30)
    if struct.unpack("<L", head[4:8])[0] + 8 not in {size, size - 1, size + 1}:
        raise ScanError(Refused.POLYGLOT)
    match head[12:16]:
        case b"VP8X":
            return (
                int.from_bytes(head[24:27], "little") + 1,
                int.from_bytes(head[27:30], "little") + 1,
            )
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack("<2H", head[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case _:
            raise ScanError(Refused.DAMAGED)


def _jpeg(file: IO[bytes], _size: int) -> tuple[int, int]:
    """Return the size; what cameras add behind the picture is left, if it is no archive."""
    file.seek(2)
    for _number in range(MOST_SEGMENTS):
        mark, code = file.read(2)
        if mark != 0xFF:  # noqa: PLR2004 - T.81, B.1.1.2
            raise ScanError(Refused.DAMAGED)
        while code == 0xFF:  # noqa: PLR2004 - fill bytes
            (code,) = file.read(1)
        if code in WITHOUT_LENGTH:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if code in SIZES:
            _bits, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        if code == SCAN_STARTS or length < 2:  # noqa: PLR2004 - the length counts itself
            break
        file.seek(length - 2, 1)
    raise ScanError(Refused.DAMAGED)


def _require_end(file: IO[bytes], size: int, end: bytes) -> None:
    file.seek(size - len(end))
    if file.read() != end:
        raise ScanError(Refused.POLYGLOT)
