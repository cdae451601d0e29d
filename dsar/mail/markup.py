"""The words of a page, for letters that come as HTML alone. Pure, and linear in what it reads."""

import html
import re

LONGEST = 500_000
UNSEEN = re.compile(r"<(script|style|head|title|template)\b[^<>]*>", re.IGNORECASE)
LINES = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr|/?h[1-6]|/?blockquote)\b[^<>]*>", re.IGNORECASE)
QUOTED = re.compile(r"<blockquote\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")


def text_of(page: str) -> str:
    """Return what a reader of the page would see; a quoted letter is marked as mail does."""
    page = _without_comments(page[:LONGEST])
    low, kept, at = page.lower(), [], 0
    while found := UNSEEN.search(page, at):
        kept.append(page[at : found.start()])
        close = low.find(f"</{found[1].lower()}", found.end())
        at = low.find(">", close) + 1 if close >= 0 else len(page)
        if at == 0:
            at = len(page)
    kept.append(page[at:])
    seen = QUOTED.sub("\n> ", "".join(kept))
    lines = TAG.sub("", LINES.sub("\n", " ".join(seen.split(" ")))).splitlines()
    text = "\n".join(" ".join(html.unescape(line).split()) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _without_comments(page: str) -> str:
    kept, at = [], 0
    while (start := page.find("<!--", at)) >= 0:
        kept.append(page[at:start])
        end = page.find("-->", start)
        if end < 0:
            return "".join(kept)
        at = end + 3
    kept.append(page[at:])
    return "".join(kept)
