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

_C1 = range(0x80, 0xA0)
_TO_BYTE: dict[str, int] = {chr(code): code for code in range(0x100)} | {
    bytes([code]).decode("cp1252"): code
    for code in _C1
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
"""Windows-1252 as programs really apply it: what it leaves undefined stays a control code."""

_FROM_BYTE: dict[int, str] = {code: char for char, code in _TO_BYTE.items()}

_CONTINUATION = re.escape("".join(_FROM_BYTE[code] for code in range(0x80, 0xC0)))
_UTF8_TRACES = re.compile(
    f"[Â-ß][{_CONTINUATION}]|[à-ï][{_CONTINUATION}]{{2}}|[ð-ô][{_CONTINUATION}]{{3}}"
)
_DOS_TRACES = re.compile(r"[\x81\x8d\x8f\x90\x9d]|(?<=[^\W\d_])[‚„”‡ˆ‰•](?=[^\W\d_])|(?<=[a-z])Š")

MAX_TURNS = 3
"""Accidents in a row that are undone; more than three were never seen."""


def _to_bytes(text: str) -> bytes | None:
    """Return the bytes that Windows-1252 would have read as this text, if there are any."""
    codes = [_TO_BYTE.get(char) for char in text]
    return None if None in codes else bytes(code for code in codes if code is not None)


def _from_bytes(raw: bytes) -> str:
    return "".join(_FROM_BYTE.get(code, chr(code)) for code in raw)


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
        same = _from_bytes(repaired.encode("utf-8"))
    elif _DOS_TRACES.search(text):
        repaired = raw.decode("cp850")
        same = _from_bytes(repaired.encode("cp850"))
        if not all(char.isascii() or char.isalpha() for char in repaired):
            return text
    else:
        return text
    return repaired if _to_bytes(same) == raw else text


def repair_mojibake(text: str) -> str:
    """Return the text as it was meant, or exactly as given where that is not certain."""
    for _turn in range(MAX_TURNS):
        repaired = _undo(text)
        if repaired == text:
            break
        text = repaired
    return text


def has_mojibake(text: str) -> bool:
    """Say whether any word of the text would be changed by `repair_mojibake`."""
    if text.isascii() or not (_UTF8_TRACES.search(text) or _DOS_TRACES.search(text)):
        return False
    return any(repair_mojibake(word) != word for word in text.split() if not word.isascii())
