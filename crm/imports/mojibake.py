"""Text that was decoded with the wrong table and saved again: CafÃ© for Café.

The characters are valid and say the wrong thing, so no encoding detection sees it.
Two accidents make nearly all of it:

- UTF-8 read as Windows-1252. Undoing it is safe, because the bytes must then *be*
  UTF-8, which ordinary text never is by chance. It may have happened twice.
- A DOS code page (850) read as Windows-1252. Any bytes are valid in that page, so
  validity proves nothing; it is undone only where the text holds a character that
  cannot stand where it stands (a control code, a low quotation mark between two
  letters) and everything becomes a letter.

A repair is offered, never imposed: it must lead back to the exact original when the
accident is repeated, and the original goes on to exist beside it.
"""

import re

_UNDEFINED = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})
_FROM_BYTE: dict[int, str] = {
    code: chr(code) if code in _UNDEFINED else bytes([code]).decode("cp1252")
    for code in range(0x100)
}
"""Windows-1252 as programs really apply it: what it leaves undefined stays a control code."""

_TO_BYTE: dict[str, int] = {chr(code): code for code in range(0x100)} | {
    char: code for code, char in _FROM_BYTE.items()
}
"""The way back, also for programs that took ISO 8859-1 instead and made control codes."""

_CONTINUATION = "\x80-\xbf" + re.escape("".join(_FROM_BYTE[code] for code in range(0x80, 0xA0)))
_UTF8_TRACES = re.compile(
    f"[Â-ß][{_CONTINUATION}]|[à-ï][{_CONTINUATION}]{{2}}|[ð-ô][{_CONTINUATION}]{{3}}"
)
_DOS_TRACES = re.compile(r"[\x81\x8d\x8f\x90\x9d]|(?<=[^\W\d_])[‚„”‡ˆ‰•](?=[^\W\d_])|(?<=[a-z])Š")

_SUSPECTS = re.compile(f"[Â-ô][{_CONTINUATION}]|[\x81\x8d\x8f\x90\x9d‚„”‡ˆ‰•Š]")
"""What every damaged text has, and little else: it decides quickly about whole files."""

MAX_TURNS = 3
"""Accidents in a row that are undone; more than three were never seen."""


def _to_bytes(text: str) -> bytes | None:
    """Return the bytes that Windows-1252 would have read as this text, if there are any."""
    try:
        return bytes(_TO_BYTE[char] for char in text)
    except KeyError:
        return None


def _repeated(raw: bytes) -> tuple[str, str]:
    """Return what the accident makes of bytes, with Windows-1252 and with ISO 8859-1."""
    return "".join(_FROM_BYTE[code] for code in raw), raw.decode("latin-1")


def _undo(text: str) -> str:
    """Undo one accident, or return the text as it is."""
    raw = _to_bytes(text)
    if raw is None:
        return text
    if _UTF8_TRACES.search(text):
        try:
            repaired = raw.decode("utf-8")
        except UnicodeDecodeError:
            return text
        return repaired if text in _repeated(repaired.encode("utf-8")) else text
    if _DOS_TRACES.search(text):
        repaired = raw.decode("cp850")
        are_letters = all(char.isascii() or char.isalpha() for char in repaired)
        return repaired if are_letters and text in _repeated(repaired.encode("cp850")) else text
    return text


def repair_mojibake(text: str) -> str:
    """Return the text as it was meant, or exactly as given where that is not certain."""
    for _turn in range(MAX_TURNS):
        repaired = _undo(text)
        if repaired == text:
            break
        text = repaired
    return text


def has_mojibake(text: str) -> bool:
    """Say whether any word of the text would be changed by `repair_mojibake`.

    The text may be a piece of a file; words end at spaces, tabs and line ends.
    """
    if text.isascii() or not _SUSPECTS.search(text):
        return False
    words = re.split(r"[ \t\r\n]+", text)
    return any(repair_mojibake(word) != word for word in words if not word.isascii())
