"""Which encoding the bytes of a text file are in.

UTF-8 proves itself: text in any other encoding is almost never valid UTF-8, so a file
that decodes strictly from end to end is UTF-8. UTF-16 shows itself by its mark or by
its zero bytes. The 8-bit encodings prove nothing, because nearly all bytes mean
something in all of them; there the question is which of them makes *words*. Exports
come from Windows first, from old Macs and DOS programs sometimes, so those are scored
by where their letters fall; only text in other alphabets goes to a statistical guess.

Every answer is checked by decoding the whole file once, a block at a time.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from charset_normalizer import from_bytes

from crm.imports.errors import (
    BinaryFileError,
    EmptyFileError,
    MixedEncodingError,
    NulBytesError,
    UnknownEncodingError,
    WrongEncodingError,
)

BLOCK = 1 << 20
HEAD = 1 << 16
MAX_SAMPLE = 1 << 16
"""Bytes of lines with non-ASCII characters that the choice of an 8-bit encoding rests on."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_MAGIC = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"PAR1", "Parquet"),
    (b"{\\rtf", "RTF"),
)

_CONTROLS = bytes(
    code for code in range(1, 32) if code not in b"\t\n\x0b\x0c\r\x1a\x1b\x1c\x1d\x1e\x1f"
)
MAX_CONTROLS = 0.02
"""Share of control characters (NUL aside) above which the head of a file is no text."""


@dataclass(frozen=True)
class Detected:
    """The encoding of a file: a codec name, and what a person should know about it."""

    encoding: str
    notes: tuple[str, ...] = ()


@dataclass
class _Scan:
    """What one pass over the bytes saw."""

    size: int = 0
    nul_at: int | None = None
    line: int = 1
    is_blank: bool = True
    is_utf8: bool = True
    sample: bytearray = field(default_factory=bytearray)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _scan(path: Path) -> _Scan:
    """Look at every byte once, with bounded memory."""
    scan = _Scan()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for block in _blocks(path):
        if scan.nul_at is None and b"\0" in block:
            scan.nul_at = scan.line + block.count(b"\n", 0, block.index(b"\0"))
        scan.is_blank = scan.is_blank and not block.strip()
        if not block.isascii() and len(scan.sample) < MAX_SAMPLE:
            _collect(block, scan.sample)
        if scan.is_utf8:
            scan.is_utf8 = _decodes_next(decoder, block)
        scan.size += len(block)
        scan.line += block.count(b"\n")
    scan.is_utf8 = scan.is_utf8 and _decodes_next(decoder, b"", final=True)
    return scan


def _collect(block: bytes, sample: bytearray) -> None:
    """Add to the sample the lines of a block that are not ASCII."""
    for line in block.splitlines(keepends=True):
        if not line.isascii():
            sample += line[:MAX_SAMPLE]
            if len(sample) >= MAX_SAMPLE:
                return


def _decodes_next(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _decodes(path: Path, encoding: str) -> bool:
    """Say whether every byte of the file means something in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    return all(_decodes_next(decoder, block) for block in _blocks(path)) and _decodes_next(
        decoder, b"", final=True
    )


def _first_nul_line(path: Path, encoding: str) -> int | None:
    """Return the line of the first NUL character in the decoded text, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for block in _blocks(path):
        text = decoder.decode(block)
        if "\0" in text:
            return line + text.count("\n", 0, text.index("\0"))
        line += text.count("\n")
    return None


def detect(path: Path, *, encoding: str | None = None) -> Detected:
    """Return the encoding of a text file, or say why it has none.

    Parameters
    ----------
    path : the file
    encoding : what a person says it is, or None to find out

    Raises
    ------
    EmptyFileError, BinaryFileError, NulBytesError, MixedEncodingError,
    UnknownEncodingError, WrongEncodingError
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    scan = _scan(path)
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if scan.is_blank or (marked is not None and scan.size <= len(codecs.BOM_UTF32_LE)):
        raise EmptyFileError
    found = marked or _wide(head)
    if found is None and encoding is None:
        _refuse_binary(head)
        if scan.nul_at is not None:
            raise NulBytesError(line=scan.nul_at)
        return Detected("utf-8") if scan.is_utf8 else _eight_bit(path, bytes(scan.sample))
    if encoding is not None:
        found = _chosen(path, encoding, found=found)
    elif found is None or not _decodes(path, found):
        raise UnknownEncodingError
    if (line := _first_nul_line(path, found)) is not None:
        raise NulBytesError(line=line)
    return Detected(found, ("utf8_bom",) if found == "utf-8-sig" else ())


def _chosen(path: Path, encoding: str, *, found: str | None) -> str:
    """Return the encoding that a person chose, if we know it and it fits the bytes."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise WrongEncodingError from None
    if name == "utf-8" and found == "utf-8-sig":
        name = found
    if name not in SUPPORTED or not _decodes(path, name):
        raise WrongEncodingError
    return name


def _refuse_binary(head: bytes) -> None:
    """Raise where the first bytes are those of a known format, or mostly control codes."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise BinaryFileError(kind=kind)
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > MAX_CONTROLS * len(head):
        raise BinaryFileError(kind="binary")


def _wide(head: bytes) -> str | None:
    """Return UTF-16 without a mark where every second byte is nearly always zero."""
    if len(head) < len("ab") * 2:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    most, least = 0.6, 0.05
    if odd > most and even < least:
        return "utf-16-le"
    if even > most and odd < least:
        return "utf-16-be"
    return None


# --- 8-bit encodings ---------------------------------------------------------------------

_WESTERN = ("cp1252", "mac-roman", "cp850", "iso-8859-1")
"""In the order of preference where two make equally good words."""

_WEIGHT: dict[str, float] = {
    letter: weight
    for letters, weight in (
        ("èéàòù", 1.0),
        ("ì", 0.95),
        ("áóíúüöäçñ", 0.9),
        ("ãßêøæå", 0.8),
        ("ëôâœ", 0.7),
        ("îïõûýÿ", 0.5),
    )
    for letter in letters
}
"""How usual a letter is in exports from Western Europe, from Italy first."""

_WORDS_OF_ONE = frozenset("èéàòÈÉÀÒ")
_SIGNS = frozenset("€£§°ºª«»“”‘’„–—…·•©®™½¼¾²³µ¿¡´\xa0")
_APOSTROPHES = frozenset("’´")
LONG_RUN = 3
"""Non-ASCII letters in a row that Western words do not have; other alphabets have little else."""

ACCEPTED = 1 / 3
"""Score from which text is taken to be words of a Western language."""
BIAS = 0.04
MARGIN = 0.2
"""What separates two readings, below which the choice is said to be a guess."""

_STATISTICAL = frozenset(
    {
        "cp1250", "iso8859_2", "cp1251", "iso8859_5", "koi8_r", "cp1253", "iso8859_7",
        "cp1254", "iso8859_9", "cp1257", "cp932", "shift_jis", "euc_jp", "gb18030", "gbk",
        "big5", "cp949", "euc_kr",
    }
)  # fmt: skip
"""Encodings that a statistical guess may answer; a rarer answer is more often wrong than right."""

SUPPORTED = frozenset(
    codecs.lookup(name).name
    for name in (
        *_WESTERN, *_STATISTICAL, "cp437", "iso-8859-15", "utf-8", "utf-8-sig",
        "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    )
)  # fmt: skip
"""Every encoding that a person may name."""


def _judge(char: str, before: str, after: str) -> float:
    """Say how well one non-ASCII character stands between its neighbours, from -2 to 1."""
    inside = before.isalpha() and after.isalpha()
    if char in _SIGNS:
        if char in _APOSTROPHES and inside:
            return 0.9
        return -1.0 if inside else 0.5
    weight = _WEIGHT.get(char.lower())
    if weight is None:
        return -0.5 if char.isalpha() else -2.0
    if not (before.isalpha() or after.isalpha()):
        return 0.8 if char in _WORDS_OF_ONE else 0.0
    if char.isupper():
        is_odd = before.islower() or (before.isupper() and after.islower())
        return -1.0 if is_odd else weight - 0.05
    return -1.0 if after.isupper() else weight


def _score(sample: bytes, encoding: str) -> float | None:
    """Return how well a sample reads in a Western encoding, at most 1; None for not at all."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return None
    total = count = run = foreign = 0.0
    for index, char in enumerate(text):
        if char.isascii():
            run = 0
            continue
        count += 1
        total += _judge(char, text[index - 1 : index], text[index + 1 : index + 2])
        run = run + 1 if char.isalpha() else 0
        foreign += run >= LONG_RUN
    if not count or foreign / count > 1 / 5:
        return None
    return total / count


def _eight_bit(path: Path, sample: bytes) -> Detected:
    """Choose among the encodings in which every byte is a character."""
    _refuse_mixed(path, sample)
    scores = {name: score for name in _WESTERN if (score := _score(sample, name)) is not None}
    ranked = sorted(
        (name for name in scores if scores[name] > ACCEPTED and _decodes(path, name)),
        key=lambda name: -round(scores[name] + (BIAS if name == "cp1252" else 0.0), 2),
    )
    if ranked:
        best, text = ranked[0], sample.decode(ranked[0])
        # ISO 8859-1 is no rival: where it differs, it has control codes for the signs of cp1252.
        rivals = [name for name in ranked[1:] if name != "iso-8859-1"]
        rivals = [name for name in rivals if scores[name] > scores[best] - MARGIN]
        is_close = any(sample.decode(name) != text for name in rivals)
        return Detected(best, ("encoding_guessed",) if is_close else ())
    guess = from_bytes(sample, cp_isolation=sorted(_STATISTICAL)).best()
    if guess is not None and guess.encoding in _STATISTICAL and _decodes(path, guess.encoding):
        return Detected(guess.encoding, ("encoding_guessed",))
    raise UnknownEncodingError


def _refuse_mixed(path: Path, sample: bytes) -> None:
    """Raise where the non-ASCII lines are UTF-8 except for a few."""
    lines = sample.splitlines()
    bad = sum(not _is_utf8(line) for line in lines)
    if len(lines) - bad > 4 * max(bad, 1):
        with path.open("rb") as file:
            number = next(i for i, line in enumerate(file, start=1) if not _is_utf8(line))
        raise MixedEncodingError(line=number)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
