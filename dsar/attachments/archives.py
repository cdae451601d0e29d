"""ZIP archives, and the office documents that are ones, read by their table.

The table is read here and not by `zipfile`, which would first make a million objects of a million
entries. Each entry must lie where the table says, under the same name, and beside the others
without overlapping (the bombs of David Fifield are entries that share their bytes).
"""

import io
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from dsar.attachments import papers
from dsar.attachments.limits import (
    BLOCK,
    HIGHEST_RATIO,
    LARGEST,
    LARGEST_DIRECTORY,
    LARGEST_INSIDE,
    MIB,
    MOST_ENTRIES,
    Refused,
    ScanError,
    Type,
)

END = struct.Struct("<4s4H2LH")
ENTRY = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED = 0, 8
MANY, FAR = 0xFFFF, 0xFFFFFFFF  # what ZIP64 writes in the place of a larger number
ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
LONGEST_COMMENT = 256
DESCRIPTOR = 24  # bytes of a data descriptor at most, the only thing between two entries
KINDS = 0xF000
LINK_OR_DEVICE = frozenset({0x1000, 0x2000, 0x6000, 0xA000, 0xC000})
OFFICE = {
    b"wordprocessingml.document.main+xml": Type.DOCX,
    b"spreadsheetml.sheet.main+xml": Type.XLSX,
    b"presentationml.presentation.main+xml": Type.PPTX,
}
OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": Type.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Type.ODS,
}
MACROS = re.compile(
    r"vbaproject|vbadata|(?:^|/)basic/|(?:^|/)scripts/|activex|macrosheets", re.IGNORECASE
)
EMBEDDED = re.compile(r"/embeddings/|(?:^|/)object \d+/|oleobject", re.IGNORECASE)
OUTSIDE = re.compile(
    rb"<Relationship\b[^<>]*?/(?:attachedTemplate|oleObject|frame|subDocument|externalLinkPath)\""
    rb"[^<>]*?TargetMode\s*=\s*\"External\""
    rb"|<Relationship\b[^<>]*?TargetMode\s*=\s*\"External\"[^<>]*?/"
    rb"(?:attachedTemplate|oleObject|frame|subDocument|externalLinkPath)\"",
    re.IGNORECASE,
)
ScanInside = Callable[[IO[bytes], int], Type]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table."""

    name: str
    method: int
    packed: int
    size: int
    at: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, which holds nothing."""
        return self.name.endswith("/") and self.size == 0


def type_of(file: IO[bytes], size: int, *, inside: ScanInside) -> Type:
    """Return what an archive is, after every entry was looked at.

    Arguments
    ---------
    inside : looks at one file of an ordinary archive

    Raises
    ------
    ScanError
    """
    entries = _table(file, size)
    names = {entry.name for entry in entries}
    if len(names) < len(entries):
        raise ScanError(Refused.POLYGLOT)  # two files of one name: who opens takes which?
    _require_bounded(entries, size)
    if any(MACROS.search(name) for name in names):
        raise ScanError(Refused.MACROS)
    if "[Content_Types].xml" in names:
        return _office(file, entries)
    if "mimetype" in names and "META-INF/manifest.xml" in names:
        return _open_document(file, entries)
    for entry in entries:
        if not entry.is_folder:
            content = b"".join(_content(file, entry))
            inside(io.BytesIO(content), len(content))
    return Type.ZIP


def _table(file: IO[bytes], size: int) -> list[Entry]:
    count, length, start, end_at = _end(file, size)
    if count > MOST_ENTRIES or length > LARGEST_DIRECTORY:
        raise ScanError(Refused.BOMB)
    if start + length != end_at:
        raise ScanError(Refused.POLYGLOT)
    file.seek(start)
    table, at, entries = file.read(length), 0, []
    for _number in range(count):
        if at + ENTRY.size > len(table):
            raise ScanError(Refused.DAMAGED)
        entry, at = _entry(table, at)
        entries.append(entry)
    if at != len(table):
        raise ScanError(Refused.DAMAGED)
    _require_in_place(file, entries, start)
    return entries


def _end(file: IO[bytes], size: int) -> tuple[int, int, int, int]:
    """Return count, length and start of the table, and where its end record is."""
    from_at = max(0, size - END.size - LONGEST_COMMENT)
    file.seek(from_at)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise ScanError(Refused.DAMAGED)
    if len(tail) - at < END.size:
        raise ScanError(Refused.DAMAGED)
    _sign, disk, first, here, count, length, start, comment = END.unpack_from(tail, at)
    if count == MANY or FAR in {start, length}:
        raise ScanError(Refused.BOMB)  # ZIP64: for more than may be kept
    if disk or first or here != count or len(tail) - at != END.size + comment:
        raise ScanError(Refused.POLYGLOT)
    return count, length, start, from_at + at


def _entry(table: bytes, at: int) -> tuple[Entry, int]:
    (sign, _made, _needs, flags, method, _time, _date, _crc, packed, size, name_length, extra,
     comment, _disk, _internal, external, local) = ENTRY.unpack_from(table, at)  # fmt: skip
    if sign != b"PK\x01\x02":
        raise ScanError(Refused.DAMAGED)
    raw = table[at + ENTRY.size : at + ENTRY.size + name_length]
    if flags & ENCRYPTED_FLAGS or method == 99:  # noqa: PLR2004 - AES of WinZip
        raise ScanError(Refused.ENCRYPTED)
    if method not in (STORED, DEFLATED):
        raise ScanError(Refused.TYPE)
    name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    _require_safe(name, external >> 16)
    entry = Entry(name, method, packed, size, local)
    return entry, at + ENTRY.size + name_length + extra + comment


def _require_safe(name: str, mode: int) -> None:
    """Raise for a name that would land elsewhere, and for what is neither file nor folder."""
    if mode & KINDS in LINK_OR_DEVICE:
        raise ScanError(Refused.PATH)
    parts = name.rstrip("/").split("/")
    is_odd = any(unicodedata.category(sign).startswith("C") for sign in name)
    if (
        is_odd
        or not name
        or "\\" in name
        or ":" in name
        or any(p in {"", ".", ".."} for p in parts)
    ):
        raise ScanError(Refused.PATH)


def _require_in_place(file: IO[bytes], entries: list[Entry], table_at: int) -> None:
    """Raise unless the entries lie one after the other from the first byte to the table."""
    if len({entry.at for entry in entries}) < len(entries):
        raise ScanError(Refused.BOMB)
    at = 0
    for entry in sorted(entries, key=lambda one: one.at):
        if entry.at < at:
            raise ScanError(Refused.BOMB)  # it shares bytes with the one before
        if entry.at > at + (DESCRIPTOR if at else 0):
            raise ScanError(Refused.POLYGLOT)
        at = _start_of(file, entry) + entry.packed
    if not at <= table_at <= at + DESCRIPTOR:
        raise ScanError(Refused.BOMB if at > table_at else Refused.POLYGLOT)


def _start_of(file: IO[bytes], entry: Entry) -> int:
    """Return where the bytes of an entry begin, if its own header says the same as the table."""
    file.seek(entry.at)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size:
        raise ScanError(Refused.DAMAGED)
    sign, _needs, flags, method, _t, _d, _crc, _packed, _size, name_length, extra = LOCAL.unpack(
        header
    )
    name = file.read(name_length).decode("utf-8" if flags & 0x800 else "cp437", "replace")
    if flags & ENCRYPTED_FLAGS:
        raise ScanError(Refused.ENCRYPTED)
    if sign != b"PK\x03\x04" or name != entry.name or method != entry.method:
        raise ScanError(Refused.POLYGLOT)
    start: int = entry.at + LOCAL.size + name_length + extra
    return start


def _require_bounded(entries: list[Entry], size: int) -> None:
    whole = sum(entry.size for entry in entries)
    if whole > LARGEST_INSIDE or any(entry.size > LARGEST for entry in entries):
        raise ScanError(Refused.BOMB)
    if whole > MIB and whole > HIGHEST_RATIO * size:
        raise ScanError(Refused.BOMB)


def _content(file: IO[bytes], entry: Entry) -> Iterator[bytes]:
    """Yield what an entry holds, and not a byte more than the table says."""
    file.seek(_start_of(file, entry))
    left, made = entry.packed, 0
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    try:
        while left:
            packed = file.read(min(BLOCK, left))
            if not packed:
                raise ScanError(Refused.DAMAGED)
            left -= len(packed)
            while packed:
                block = inflater.decompress(packed, BLOCK) if inflater else packed
                packed = inflater.unconsumed_tail if inflater else b""
                made += len(block)
                if made > entry.size:
                    raise ScanError(Refused.BOMB)
                yield block
    except zlib.error:
        raise ScanError(Refused.DAMAGED) from None
    if made != entry.size or (inflater is not None and not inflater.eof):
        raise ScanError(Refused.DAMAGED)


def _office(file: IO[bytes], entries: list[Entry]) -> Type:
    """Look at every part of an OOXML document (ECMA-376)."""
    found: Type | None = None
    for entry in entries:
        if EMBEDDED.search(entry.name):
            raise ScanError(Refused.NESTED)
        is_xml = entry.name.lower().endswith((".xml", ".rels", ".vml"))
        if not is_xml:
            _look_at_part(file, entry)
            continue
        content = _xml(file, entry)
        if entry.name == "[Content_Types].xml":
            if b"macroEnabled" in content or b"vbaProject" in content:
                raise ScanError(Refused.MACROS)
            found = next((t for mark, t in OFFICE.items() if mark in content), None)
        if entry.name.endswith(".rels") and OUTSIDE.search(content):
            raise ScanError(Refused.ACTIVE)
    if found is None:
        raise ScanError(Refused.TYPE)
    return found


def _open_document(file: IO[bytes], entries: list[Entry]) -> Type:
    """Look at every part of an ODF document (ISO/IEC 26300)."""
    found: Type | None = None
    for entry in entries:
        if EMBEDDED.search(f"/{entry.name}"):
            raise ScanError(Refused.NESTED)
        if entry.name == "mimetype":
            found = OPEN_DOCUMENT.get(b"".join(_content(file, entry)).strip())
        elif entry.name.lower().endswith((".xml", ".rdf")):
            content = _xml(file, entry)
            if b"encryption-data" in content:
                raise ScanError(Refused.ENCRYPTED)
            if b"<script:event-listener" in content or b"vnd.sun.star.script" in content:
                raise ScanError(Refused.MACROS)
        elif not entry.is_folder:
            _look_at_part(file, entry)
    if found is None:
        raise ScanError(Refused.TYPE)
    return found


def _xml(file: IO[bytes], entry: Entry) -> bytes:
    content = b"".join(_content(file, entry))
    papers.require_plain_xml(content)
    return content


def _look_at_part(file: IO[bytes], entry: Entry) -> None:
    """Look at a part that is no XML: a picture, a font, settings of a printer."""
    start, length = b"", 0
    for block in _content(file, entry):
        start = start or block[:16]
        length += len(block)
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf")):
        raise ScanError(Refused.NESTED)
    if start.startswith((b"MZ", b"\x7fELF")):
        raise ScanError(Refused.TYPE)
