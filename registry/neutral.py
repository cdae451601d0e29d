"""Texts in cells that no spreadsheet takes for a formula, and that come back as they were.

A text that could begin a formula gets one apostrophe in front, and so does one that begins with an
apostrophe. Spreadsheets also split a sheet at another separator than its own, where their country
writes another: what would then begin a cell inside a text gets one too (ASVS 5.0 1.2.10).
"""

import re

MARK = "'"
# What spreadsheets read as the start of a formula or command, full-width forms included.
RISKY = frozenset("=+-@|%\t\r\n＝＋－＠")
# Spaces that `str.lstrip` leaves, and spreadsheets may take away.
UNSEEN = "\x00\ufeff\u200b\u2060"
_SPLIT = re.compile(rf"([,;\t\r\n])(?=[{UNSEEN}]*[=+\-@|%＝＋－＠'])")
_MARKED = re.compile(r"([,;\t\r\n])'")


def neutral(text: str) -> str:
    """Return `text` so that no spreadsheet executes it; `restored` undoes it."""
    start = text.lstrip().lstrip(UNSEEN).lstrip()[:1] or text[:1]
    is_risky = start in RISKY or text[:1] in RISKY or text.startswith(MARK)
    return (MARK if is_risky else "") + _SPLIT.sub(r"\1'", text)


def restored(cell: str) -> str:
    """Return the value of a cell that `neutral` made."""
    return _MARKED.sub(r"\1", cell.removeprefix(MARK))
