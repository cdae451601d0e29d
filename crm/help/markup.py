"""What an article may look like: headings, paragraphs and lists, and nothing else.

    ## a heading
    a paragraph
    - a step
    - another step

Blocks are values; the template writes them, and so everything is escaped.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """One part of an article: `heading`, `paragraph` or `list`."""

    kind: str
    lines: tuple[str, ...]


def blocks(body: str) -> list[Block]:
    """Return the parts of a body, in order."""
    found: list[Block] = []
    for piece in body.replace("\r\n", "\n").split("\n\n"):
        for line in filter(None, (one.strip() for one in piece.split("\n"))):
            if line.startswith("## "):
                found.append(Block("heading", (line[3:],)))
            elif line.startswith("- "):
                steps = found.pop().lines if found and found[-1].kind == "list" else ()
                found.append(Block("list", (*steps, line[2:])))
            else:
                found.append(Block("paragraph", (line,)))
    return found


def beginning(body: str, most: int = 160) -> str:
    """Return the first words of a body, for a list."""
    words = " ".join(line for block in blocks(body) for line in block.lines)
    return words if len(words) <= most else words[:most].rsplit(" ", 1)[0] + "…"
