"""Files that somebody sends to do harm, each made here by code; and ordinary ones beside them."""

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable

from dsar.attachments.limits import LARGEST, Refused, Type

MIB = 1 << 20
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
CONTENT_TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    b'content-types"><Override PartName="/%s" ContentType="application/vnd.openxmlformats-'
    b'officedocument.%s.main+xml"/></Types>'
)
BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
    )
    + b"]><x>&j;</x>"
)  # fmt: skip


def zipped(files: dict[str, bytes], *, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return out.getvalue()


def docx(**parts: bytes) -> bytes:
    types = CONTENT_TYPES % (b"word/document.xml", b"wordprocessingml.document")
    document = b"<w:document><w:body>Ciao</w:body></w:document>"
    said = {name.replace("__", "/").replace("_DOT_", "."): part for name, part in parts.items()}
    return zipped({"[Content_Types].xml": types, "word/document.xml": document, **said})


def xlsx(sheet: bytes = b"<worksheet/>", types: bytes = b"") -> bytes:
    types = types or CONTENT_TYPES % (b"xl/workbook.xml", b"spreadsheetml.sheet")
    return zipped({"[Content_Types].xml": types, "xl/worksheets/sheet1.xml": sheet})


def odt() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.oasis.opendocument.text"
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", "<office:document-content/>")
    return out.getvalue()


def png(width: int = 4, height: int = 3, *, after: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        whole = kind + body
        return struct.pack(">L", len(body)) + whole + struct.pack(">L", zlib.crc32(whole))

    head = struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 100)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
        + after
    )  # fmt: skip


def jpeg(width: int = 4, height: int = 3, *, after: bytes = b"") -> bytes:
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00" + b"\x01\x01" + b"\x00" * 7
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + app + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9" + after


def gif(width: int = 4, height: int = 3) -> bytes:
    return b"GIF89a" + struct.pack("<2H", width, height) + b"\x00\x00\x00\x3b"


def webp(width: int = 4, height: int = 3) -> bytes:
    body = b"VP8X" + struct.pack("<L", 10) + b"\x00" * 4
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<L", len(body) + 4) + b"WEBP" + body


def with_mode(name: str, mode: int, target: bytes = b"/etc/passwd") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, mode << 16
        archive.writestr(info, target)
    return out.getvalue()


def locked() -> bytes:
    """A ZIP whose flags say that it is encrypted."""
    made = bytearray(zipped({"a.txt": b"secret"}))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def overlapping(entries: int) -> bytes:
    """Every line of the table names the same bytes, as in the bomb that grows 42 KB to gigabytes."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = 10 * MIB
    packed = kernel.compress(b"\x00" * size) + kernel.flush()
    name = b"a"
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), size, 1, 0)
    body = local + name + packed
    lines = b""
    for number in range(entries):
        own = b"%06d" % number
        lines += struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(packed), size,
            len(own), 0, 0, 0, 0, 0, 0,
        ) + own  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, len(lines), len(body), 0)
    return body + lines + end


def a_million_entries() -> bytes:
    count = 1_000_000
    line = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 6, *[0] * 3, 1, *[0] * 4, 0, 0) + b"a"
    lines = line * (count // 64)  # the table may say what it likes: it is not believed
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(lines), 30, 0)
    return b"PK\x03\x04" + b"\x00" * 26 + lines + end


def grows(size: int, *, says: int) -> bytes:
    """One entry that holds `size` bytes and says another number."""
    made = bytearray(zipped({"a.txt": b"\x00" * size}))
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", made, made.index(sign) + at, says)
    return bytes(made)


def other_name() -> bytes:
    """The table says one name and the entry another: who opens believes which?"""
    made = zipped({"harmless.txt": b"x" * 50})
    return made.replace(b"harmless.txt", b"../../../etc", 1)


def twice() -> bytes:
    made = zipped({"a.txt": b"one", "b.txt": b"two"})
    return made.replace(b"b.txt", b"a.txt")


def with_object_stream(inside: bytes) -> bytes:
    packed = zlib.compress(inside)
    stream = b"2 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    return PDF.replace(b"trailer", stream + packed + b"\nendstream\nendobj\ntrailer")


def small_in(name: str, content: bytes) -> bytes:
    return zipped({"note.txt": b"ciao", name: content})


FINE: dict[str, tuple[Callable[[], bytes], Type]] = {
    "pdf": (lambda: PDF, Type.PDF),
    "pdf with packed objects": (
        lambda: with_object_stream(b"1 0 << /Type /Page >>"),
        Type.PDF,
    ),
    "png": (png, Type.PNG),
    "jpeg": (jpeg, Type.JPEG),
    "jpeg with a camera's own data behind it": (lambda: jpeg(after=b"SEFH\x6b\x00"), Type.JPEG),
    "gif": (gif, Type.GIF),
    "webp": (webp, Type.WEBP),
    "docx": (docx, Type.DOCX),
    "docx with a link to a page": (
        lambda: docx(
            word___rels__document_DOT_xml_DOT_rels=(
                b'<Relationships><Relationship Type="http://x/hyperlink" Target="https://a.example"'
                b' TargetMode="External"/></Relationships>'
            )
        ),
        Type.DOCX,
    ),
    "xlsx": (xlsx, Type.XLSX),
    "odt": (odt, Type.ODT),
    "text": ("Perché no? È così.".encode, Type.TEXT),
    "text of the nineties": (lambda: "Perché no?".encode("cp1252"), Type.TEXT),
    "xml": (lambda: b'<?xml version="1.0"?><postacert><dati/></postacert>', Type.XML),
    "zip": (lambda: zipped({"a/b.txt": b"ciao", "c.pdf": PDF, "d.png": png()}), Type.ZIP),
    "zip of zeros that are few": (lambda: zipped({"a.txt": b" " * 100_000}), Type.ZIP),
    "signed": (
        lambda: b"\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + b"\x00" * 60,
        Type.SIGNED,
    ),
}
"""What people send."""

HOSTILE: dict[str, tuple[Callable[[], bytes], Refused]] = {
    "nothing": (lambda: b"", Refused.EMPTY),
    "60 MB": (lambda: b" " * (60 * 1000 * 1000), Refused.TOO_LARGE),
    "one byte too much": (lambda: b" " * (LARGEST + 1), Refused.TOO_LARGE),
    "zip slip": (lambda: zipped({"../../etc/cron.d/x": b"x"}), Refused.PATH),
    "zip slip of Windows": (lambda: zipped({"..\\..\\x.txt": b"x"}), Refused.PATH),
    "absolute": (lambda: zipped({"/etc/passwd": b"x"}), Refused.PATH),
    "drive": (lambda: zipped({"C:/x.txt": b"x"}), Refused.PATH),
    "control in the name": (lambda: zipped({"a\u202efdp.exe": b"x"}), Refused.PATH),
    "symlink": (lambda: with_mode("a", stat.S_IFLNK | 0o777), Refused.PATH),
    "device": (lambda: with_mode("a", stat.S_IFCHR | 0o666), Refused.PATH),
    "nested": (lambda: small_in("b.zip", zipped({"a.txt": b"x"})), Refused.NESTED),
    "nested under another name": (
        lambda: small_in("b.jpg", zipped({"a.txt": b"x"})), Refused.NESTED,
    ),
    "gzip in gzip": (lambda: gzip.compress(gzip.compress(b"\x00" * MIB)), Refused.TYPE),
    "gzip in zip": (lambda: small_in("b.gz", gzip.compress(b"x")), Refused.NESTED),
    "overlapping entries": (lambda: overlapping(5), Refused.BOMB),
    "42 KB to gigabytes": (lambda: overlapping(500), Refused.BOMB),
    "a million entries": (a_million_entries, Refused.BOMB),
    "many entries": (lambda: zipped({f"{n}.txt": b"" for n in range(1_500)}), Refused.BOMB),
    "10 MB of zeros": (lambda: zipped({"a.txt": b"\x00" * (10 * MIB)}), Refused.BOMB),
    "more than it says": (lambda: grows(400_000, says=10), Refused.BOMB),
    "less than it says": (lambda: grows(10, says=400), Refused.DAMAGED),
    "another name in the entry": (other_name, Refused.POLYGLOT),
    "two of one name": (twice, Refused.POLYGLOT),
    "encrypted": (locked, Refused.ENCRYPTED),
    "a program in a zip": (lambda: small_in("b.pdf", b"MZ\x90\x00" + b"\x00" * 90), Refused.TYPE),
    "a page in a zip": (lambda: small_in("b.txt", b"<html><script>x</script>"), Refused.TYPE),
    "too long a comment": (lambda: zipped({"a.txt": b"x"}, comment=b"x" * 300), Refused.DAMAGED),
    "something before the zip": (lambda: jpeg() + zipped({"a.txt": b"x"}), Refused.POLYGLOT),
    "something between": (
        lambda: zipped({"a.txt": b"x"}).replace(b"PK\x01\x02", b"y" * 40 + b"PK\x01\x02"),
        Refused.POLYGLOT,
    ),
    "cut zip": (lambda: zipped({"a.txt": b"x" * 99})[:-30], Refused.DAMAGED),
    "entities in xlsx": (lambda: xlsx(BILLION), Refused.ENTITIES),
    "entities in docx, UTF-16": (
        lambda: docx(word__styles_DOT_xml=b"\xff\xfe" + BILLION.decode().encode("utf-16-le")),
        Refused.ENTITIES,
    ),
    "entities in xml": (lambda: BILLION, Refused.ENTITIES),
    "entities in xml, UTF-16": (lambda: BILLION.decode().encode("utf-16"), Refused.ENTITIES),
    "docm": (lambda: docx(word__vbaProject_DOT_bin=b"\x00" * 50), Refused.MACROS),
    "xlsm": (
        lambda: xlsx(types=b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"),
        Refused.MACROS,
    ),
    "macros of ODF": (
        lambda: odt().replace(b"content.xml", b"Basic/a.xml"),
        Refused.MACROS,
    ),
    "Word before 2007": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, Refused.MACROS),
    "template from elsewhere": (
        lambda: docx(
            word___rels__settings_DOT_xml_DOT_rels=(
                b'<Relationships><Relationship Type="http://schemas.openxmlformats.org/'
                b'officeDocument/2006/relationships/attachedTemplate" Target="https://evil.example"'
                b' TargetMode="External"/></Relationships>'
            )
        ),
        Refused.ACTIVE,
    ),
    "a document in a document": (
        lambda: docx(word__embeddings__a_DOT_xlsx=xlsx()), Refused.NESTED,
    ),
    "program": (lambda: b"MZ\x90\x00" + b"\x00" * 500, Refused.TYPE),
    "script": (lambda: b"#!/bin/sh\nrm -rf /\n", Refused.TYPE),
    "page": (lambda: b"<!doctype html><html><script>alert(1)</script>", Refused.TYPE),
    "svg": (
        lambda: b'<?xml version="1.0"?><svg onload="alert(1)"></svg>', Refused.TYPE,
    ),
    "tar": (lambda: b"\x00" * 257 + b"ustar" + b"\x00" * 300, Refused.TYPE),
    "bytes without a meaning": (lambda: bytes(range(256)) * 40, Refused.TYPE),
    "pixel flood, png": (lambda: png(50_000, 50_000), Refused.PIXELS),
    "pixel flood, jpeg": (lambda: jpeg(65_000, 65_000), Refused.PIXELS),
    "pixel flood, gif": (lambda: gif(65_535, 65_535), Refused.PIXELS),
    "pixel flood, webp": (lambda: webp(16_384 * 4, 16_384 * 4), Refused.PIXELS),
    "pixel flood in a zip": (lambda: small_in("b.png", png(50_000, 50_000)), Refused.PIXELS),
    "png and zip": (lambda: png(after=zipped({"a.txt": b"x"})), Refused.POLYGLOT),
    "gif and script": (
        lambda: gif()[:-1] + b"<script>alert(1)</script>\x3b", Refused.POLYGLOT,
    ),
    "pdf and zip": (lambda: PDF + zipped({"a.txt": b"x"}), Refused.POLYGLOT),
    "pdf in a comment of jpeg": (lambda: jpeg()[:20] + PDF + jpeg()[20:], Refused.POLYGLOT),
    "text and zip": (lambda: b"ciao\n" + zipped({"a.txt": b"x"}), Refused.POLYGLOT),
    "pdf not at the start": (lambda: b"x\n" + PDF, Refused.POLYGLOT),
    "pdf with a script": (
        lambda: PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"),
        Refused.ACTIVE,
    ),
    "pdf with a script in another spelling": (
        lambda: PDF.replace(b"/Catalog", b"/Catalog /AA << /S /J#61va#53cript >>"), Refused.ACTIVE,
    ),
    "pdf with a packed script": (
        lambda: with_object_stream(b"1 0 << /S /JavaScript /JS (app.alert) >>"), Refused.ACTIVE,
    ),
    "pdf that starts a program": (
        lambda: PDF.replace(b"/Catalog", b"/Catalog /Launch"), Refused.ACTIVE,
    ),
    "pdf that carries a file": (
        lambda: PDF.replace(b"/Catalog", b"/Catalog /Names << /EmbeddedFiles 3 0 R >>"),
        Refused.NESTED,
    ),
    "pdf that is locked": (
        lambda: PDF.replace(b"/Root", b"/Encrypt 5 0 R /Root"), Refused.ENCRYPTED,
    ),
    "pdf bomb": (lambda: with_object_stream(b" " * (50 * MIB)), Refused.BOMB),
    "cut png": (lambda: png()[:30], Refused.POLYGLOT),
    "png without a size": (lambda: png(0, 0), Refused.DAMAGED),
    "cut jpeg": (lambda: jpeg()[:22], Refused.DAMAGED),
}  # fmt: skip
"""What is refused, and for which reason."""

SLOW: dict[str, Callable[[], bytes]] = {
    "20 MB of #41": lambda: b"%PDF-" + b"#41" * (LARGEST // 3 - 20) + b"\n%%EOF",
    "20 MB of streams": lambda: b"%PDF-" + b"/ObjStm stream\n" * (LARGEST // 15 - 9) + b"\n%%EOF",
    "20 MB of tags": lambda: b'<?xml version="1.0"?>' + b"<" * (LARGEST - 30),
    "20 MB of text": lambda: b"a" * LARGEST,
    "20 MB of relationships": lambda: zipped(
        {
            "[Content_Types].xml": CONTENT_TYPES % (b"x", b"wordprocessingml.document"),
            "_rels/.rels": b"<Relationship " * 30_000,
        }
    ),
    "archive as large as it may be": lambda: zipped(
        {f"{n}.txt": bytes(range(32, 127)) * 200_000 for n in range(3)}
    ),
    "jpeg of empty segments": lambda: b"\xff\xd8" + b"\xff\xe0\x00\x02" * 4_000_000,
}
"""What could take long, whatever is said of it."""
