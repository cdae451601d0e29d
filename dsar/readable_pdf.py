"""Our own offline pages as PDF that a screen reader reads aloud (PDF/UA-1, ISO 14289-1).

A PDF says exactly what the page says: it is set from the page, not from a second template. The
fonts are those inside typst; nothing is read from the machine but the one template, and nothing
from the network. Only the elements our own pages use are known: another stops with an error, so
that none is left out in silence.
"""

import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

TEMPLATE = Path(__file__).parent / "templates" / "dsar" / "readable.typ"
SPACE = re.compile(r"[ \t\r\n\f]+")
# What the fonts inside typst have, by whole ranges; ISO 14289-1, 7.21.4.1 forbids the rest.
FOREIGN = re.compile(
    r"[^\n\x20-\x7e\xa0-\u02e4\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"
    r"\u0400-\u045f\u0490-\u0493\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u10d0-\u10f6"
    r"\u1e80-\u1e85\u1ea0-\u1ef9\u2010-\u2015\u2018-\u2022\u2026\u202f\u2030\u2032\u2033"
    r"\u2039\u203a\u2074\u2080-\u2089\u20ac\u2116\u2122\u2190-\u2193\u2212\u2260\u2264\u2265]"
)
CONTAINERS = {"html", "body", "main", "section", "div", "article", "thead", "tbody"}
BLOCKS = {"h1", "h2", "h3", "p", "li", "dt", "dd", "th", "td"}
SPANS = {"strong": "strong", "small": "soft", "span": "soft", "a": ""}
LISTS = {"ul", "dl", "table", "tr"}
UNSAID = {"head", "nav"}  # the table of contents of a PDF is made from its headings

Span = list[str]  # its style, and its text


def pdf(page: str) -> bytes:
    """Return one of our own pages as a tagged PDF; the same page gives the same bytes."""
    import typst

    read = _Page()
    read.feed(page)
    read.close()
    said = {"language": read.language, "title": read.title, "blocks": read.blocks}
    if read.has_foreign:
        with translation.override(read.language):
            note = _(
                "Characters that the fonts of this document do not have are written by their "
                "number, such as [U+65E5]. The page index.html and the file data.json have them."
            )
        said["blocks"] = [*read.blocks, {"kind": "note", "text": [["", note]]}]
    return typst.compile(
        TEMPLATE, root=TEMPLATE.parent, format="pdf", ignore_system_fonts=True,
        sys_inputs={"page": json.dumps(said, ensure_ascii=False)},
        pdf_standards="ua-1", timestamp=0,
    )  # fmt: skip


class _Page(HTMLParser):
    """Reads a page into blocks: headings, paragraphs, lists, pairs of names and values, tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[dict[str, Any]] = []
        self.language, self.title, self.has_foreign = "it", "", False
        self._unsaid = 0
        self._is_title = False
        self._text: list[Span] = []
        self._styles = [""]
        self._keeps_lines = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "html":
            self.language = said.get("lang") or "it"
        if tag == "title":
            self._is_title = True
        if tag in UNSAID:
            self._unsaid += 1
        if self._unsaid:
            return
        if tag in BLOCKS:
            self._text, self._keeps_lines = [], tag == "dd"
            self._styles = ["soft" if said.get("class") in {"note", "from"} else ""]
        elif tag in SPANS:
            self._styles.append(SPANS[tag] or self._styles[-1])
        elif tag == "br":
            self._text.append(["br", ""])
        elif tag in LISTS:
            self._begin(tag)
        elif tag not in CONTAINERS:
            raise ValueError(tag)

    def _begin(self, tag: str) -> None:
        match tag:
            case "ul":
                self.blocks.append({"kind": "list", "items": []})
            case "dl":
                self.blocks.append({"kind": "pairs", "pairs": []})
            case "table":
                self.blocks.append({"kind": "table", "head": [], "cells": []})

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._is_title = False
        if tag in UNSAID:
            self._unsaid -= 1
        elif self._unsaid:
            return
        elif tag in SPANS:
            self._styles.pop()
        elif tag in BLOCKS:
            self._end(tag, self._trimmed())

    def _end(self, tag: str, text: list[Span]) -> None:
        last = self.blocks[-1] if self.blocks else {}
        match tag:
            case "h1" | "h2" | "h3":
                self.blocks.append({"kind": "heading", "level": int(tag[1]), "text": text})
            case "p":
                self.blocks.append({"kind": "text", "text": text})
            case "li":
                last["items"].append(text)
            case "dt":
                last["pairs"].append([text, []])
            case "dd":
                last["pairs"][-1][1] = text
            case "th":
                last["head"].append(text)
            case "td":
                last["cells"].append(text)

    def handle_data(self, data: str) -> None:
        if self._is_title:
            self.title += self._written(data)
        if self._unsaid:
            return
        parts = data.replace("\r\n", "\n").split("\n") if self._keeps_lines else [data]
        for number, part in enumerate(parts):
            if number:
                self._text.append(["br", ""])
            if text := SPACE.sub(" ", part):
                self._text.append([self._styles[-1], self._written(text)])

    def _written(self, text: str) -> str:
        # A letter and its accent apart are one letter; an accent that no letter takes is foreign.
        whole = unicodedata.normalize("NFC", text)
        found, count = FOREIGN.subn(lambda m: f"[U+{ord(m[0]):04X}]", whole)
        self.has_foreign = self.has_foreign or bool(count)
        return found

    def _trimmed(self) -> list[Span]:
        text = self._text
        while text and not text[0][1].strip(" "):
            text = text[1:]
        while text and not text[-1][1].strip(" "):
            text = text[:-1]
        self._text = []
        return text
