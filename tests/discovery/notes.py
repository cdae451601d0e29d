"""Read texts with marked spans: plain texts, and the spans that must be found in them."""

import re
from pathlib import Path

Span = tuple[str, int, int]

HERE = Path(__file__).parent
SETS = ("italian_open", "italian_held_out", "english_open", "english_held_out")

_MARK = re.compile(r"\{([A-Z_]+)\|([^}]*)\}")


def read(name: str = "italian_notes.txt") -> list[tuple[str, list[Span]]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [_plain(line) for line in lines if line and not line.startswith("#")]


def read_set(name: str) -> list[tuple[str, list[Span]]]:
    return read(f"sets/{name}.txt")


def _plain(line: str) -> tuple[str, list[Span]]:
    text, last = "", 0
    spans: list[Span] = []
    for mark in _MARK.finditer(line):
        text += line[last : mark.start()]
        spans.append((mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        last = mark.end()
    return text + line[last:], spans
