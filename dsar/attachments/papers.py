"""PDF, XML and plain text: what in them would act when they are opened. Pure."""

import re
import zlib
from collections.abc import Iterator
from typing import IO

from dsar.attachments.limits import BLOCK, MIB, Refused, ScanError, Type

PDF_END = re.compile(rb"%%EOF[\r\n\x00 ]*$")
PIECE = 16 * 1024


def _name(word: str) -> str:
    """Return a pattern of a PDF name, each sign of which may be written as `#xx` (7.3.5)."""
    return "/" + "".join(f"(?:{sign}|#{ord(sign):02x}|#{ord(sign):02X})" for sign in word)


# A short name has to be followed by its value: two letters are in every picture by chance.
ACTS = re.compile(
    "|".join(
        [
            *(rf"{_name(word)}\b" for word in ("JavaScript", "Launch", "RichMedia", "SubmitForm",
                                               "ImportData", "GoToE")),
            rf"{_name('JS')}\s*[(<0-9]",
            rf"{_name('XFA')}\s*[\[<0-9]",
        ]
    ).encode()
)  # fmt: skip
FILES = re.compile(rf"{_name('EmbeddedFile')}s?\b".encode())
LOCKED = re.compile(rf"{_name('Encrypt')}\b".encode())
PACKED = re.compile(rb"/ObjStm\b[^\x00]{0,400}?stream\r?\n", re.DOTALL)
MOST_STREAMS, LARGEST_STREAM, LARGEST_STREAMS = 2_000, 4 * MIB, 40 * MIB
DEFINES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def require_quiet_pdf(file: IO[bytes], head: bytes, tail: bytes, size: int) -> None:
    """Raise for a PDF that runs something, carries files, is locked or is something else, too.

    Raises
    ------
    ScanError
    """
    if not head.startswith(b"%PDF-") or not PDF_END.search(tail[-1024:]):
        raise ScanError(Refused.POLYGLOT)
    file.seek(0)
    content = file.read(size)
    for part in (content, *_streams(content)):
        _require_quiet(part)


def _require_quiet(part: bytes) -> None:
    if LOCKED.search(part):
        raise ScanError(Refused.ENCRYPTED)
    if FILES.search(part):
        raise ScanError(Refused.NESTED)
    if ACTS.search(part):
        raise ScanError(Refused.ACTIVE)


def _streams(content: bytes) -> Iterator[bytes]:
    """Yield the objects that are packed in streams, where names would not be seen."""
    whole = 0
    for number, found in enumerate(PACKED.finditer(content)):
        if number >= MOST_STREAMS:
            raise ScanError(Refused.BOMB)
        plain = _unpacked(content, found.end())
        whole += len(plain)
        if whole > LARGEST_STREAMS:
            raise ScanError(Refused.BOMB)
        yield plain


def _unpacked(content: bytes, at: int) -> bytes:
    inflater, plain = zlib.decompressobj(), bytearray()
    try:
        while not inflater.eof and at < len(content):
            plain += inflater.decompress(content[at : at + PIECE], LARGEST_STREAM)
            at += PIECE
            if len(plain) >= LARGEST_STREAM or inflater.unconsumed_tail:
                raise ScanError(Refused.BOMB)
    except zlib.error:
        raise ScanError(Refused.DAMAGED) from None  # packed in another way: nobody can look
    return bytes(plain)


def require_plain_xml(content: bytes) -> None:
    """Raise for XML that defines entities, in whatever encoding.

    Raises
    ------
    ScanError
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:4].count(0) >= 1:
        content = content.replace(b"\x00", b"")  # UTF-16 and UTF-32 of the signs that matter
    if DEFINES.search(content):
        raise ScanError(Refused.ENTITIES)


def text_or_xml(
    file: IO[bytes], size: int, head: bytes, *, markup: re.Pattern[bytes], controls: frozenset[int]
) -> Type:
    """Return TEXT or XML, for a file that is one.

    Raises
    ------
    ScanError
    """
    is_xml = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \r\n\t").startswith((b"<\x00?", b"<?xml"))
    if not is_xml and markup.search(head):
        raise ScanError(Refused.TYPE)
    file.seek(0)
    if is_xml:
        content = file.read(size)
        require_plain_xml(content)
        if markup.search(content[:8192].replace(b"\x00", b"")):
            raise ScanError(Refused.TYPE)
        return Type.XML
    while block := file.read(BLOCK):
        if block.translate(None, bytes(controls)) != block:
            raise ScanError(Refused.TYPE)
    return Type.TEXT
