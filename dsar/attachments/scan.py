"""Whether a file may be kept: by its content, and never by its name.

Nothing here opens a file as an office program would, decodes a picture or follows a link. What is
read is bounded before it is read, so that the answer comes within two seconds and 200 MB whatever
was sent. The standard library alone: a bomb is not shown to a larger parser.

A file is one thing. What is a picture and an archive at once is refused, because the program that
checks and the program that opens would not see the same.
"""

import re
from typing import IO

from dsar.attachments import archives, images, papers
from dsar.attachments.limits import LARGEST, Refused, ScanError, Scanned, Type

HEAD = 4096
TAIL = 66_000  # an archive's end record and its longest comment
ZIP_START, ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
ARCHIVES = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd",
            b"MSCF", b"ZIPX", b"PK\x07\x08")  # fmt: skip
OLE = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Word and Excel before 2007: macros can not be told apart
)
RUNS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", b"<?php",
        b"L\x00\x00\x00\x01\x14\x02\x00", b"!<arch>", b"%!PS", b"{\\rtf")  # fmt: skip
MARKUP = re.compile(
    rb"<\s*(?:script|html|svg|!doctype\s+html|iframe|body|head|\?php)", re.IGNORECASE
)
SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # OID 1.2.840.113549.1.7.2
TEXT_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\x0c\x1b")


def scan(file: IO[bytes], *, size: int) -> Scanned:
    """Return what a file is, or why it is refused.

    Arguments
    ---------
    file : open for reading, and it can be wound back
    size : its length in bytes
    """
    try:
        return Scanned(type=_type(file, size, is_inside=False))
    except ScanError as refusal:
        return Scanned(refused=refusal.reason)


def _type(file: IO[bytes], size: int, *, is_inside: bool) -> Type:
    if size <= 0:
        raise ScanError(Refused.EMPTY)
    if size > LARGEST:
        raise ScanError(Refused.TOO_LARGE)
    file.seek(0)
    head = file.read(HEAD)
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    if head.startswith(ZIP_START):
        if is_inside:
            raise ScanError(Refused.NESTED)
        _require_nothing_else(head, b"%PDF-", b"GIF8", b"\x89PNG")
        return archives.type_of(file, size, inside=lambda inner, n: _type(inner, n, is_inside=True))
    if head[:1] == b"\x30" and SIGNED_DATA in head[:32]:
        return Type.SIGNED
    if ZIP_END in tail:
        raise ScanError(Refused.POLYGLOT)
    return _without_archive(head, tail, file, size, is_inside=is_inside)


def _without_archive(
    head: bytes, tail: bytes, file: IO[bytes], size: int, *, is_inside: bool
) -> Type:
    if any(head.startswith(start) for start in ARCHIVES) or head[257:262] == b"ustar":
        raise ScanError(Refused.NESTED if is_inside else Refused.TYPE)
    if head.startswith(OLE):
        raise ScanError(Refused.MACROS)
    if head.startswith(RUNS):
        raise ScanError(Refused.TYPE)
    if picture := images.type_of(head):
        _require_nothing_else(head, b"%PDF-")
        if MARKUP.search(head) or MARKUP.search(tail[-HEAD:]):
            raise ScanError(Refused.POLYGLOT)
        images.require_bounded(picture, file, size)
        return picture
    if b"%PDF-" in head[:1024]:
        papers.require_quiet_pdf(file, head, tail, size)
        return Type.PDF
    return papers.text_or_xml(file, size, head, markup=MARKUP, controls=TEXT_CONTROLS)


def _require_nothing_else(head: bytes, *others: bytes) -> None:
    if any(other in head[:1024] for other in others):
        raise ScanError(Refused.POLYGLOT)
