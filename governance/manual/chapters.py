"""Read a chapter and make it HTML.

A chapter is Markdown with one title, a few words about it, and sections, each behind an anchor
that is the same in every language:

    # Answering a request for access

    The person wants to know what you hold.

    <a id="copy"></a>
    ## Make the copy

    ...

Links go to files, as they do where the text is read without the application: to another chapter
(`erasure.md#plan`, `../operator/imports.md`), or to a document of the repository, which is not
served and becomes its path in print.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import reverse
from markdown_it import MarkdownIt
from markdown_it.token import Token

from governance.manual.contents import BY_NAME, Book
from governance.manual.errors import ChapterError

FOLDER = settings.BASE_DIR / "docs" / "manual"
_SECTION = re.compile(r'^<a id="([a-z-]+)"></a>\n## (.+)$', re.MULTILINE)
_TITLE = re.compile(r"\A# (.+)\n")
_CHAPTER = re.compile(r"(?:\.\./(?P<book>[a-z]+)/)?(?P<name>[a-z-]+)\.md(?:#(?P<anchor>[a-z-]+))?")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Section:
    """One task of a chapter; `html` is safe: the text comes from the repository, tags from here."""

    anchor: str
    title: str
    html: str


@dataclass(frozen=True)
class Chapter:
    """One chapter in one language."""

    book: Book
    name: str
    title: str
    lead: str
    sections: tuple[Section, ...]

    @property
    def anchors(self) -> tuple[str, ...]:
        """What a link can lead to in it."""
        return tuple(section.anchor for section in self.sections)


@cache
def read(language: str, book: str, name: str) -> Chapter:
    """Return a chapter. Raises ChapterError where there is none, or where it has another form."""
    text = source(language, book, name)
    title = _TITLE.match(text)
    if title is None:
        msg = f"{language}/{book}/{name}.md does not begin with its title"
        raise ChapterError(msg)
    lead, *parts = _SECTION.split(text[title.end() :])
    sections = tuple(
        Section(anchor, heading, _html(body, book))
        for anchor, heading, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    )
    return Chapter(BY_NAME[book], name, title[1], _html(lead, book), sections)


def source(language: str, book: str, name: str) -> str:
    """Return the Markdown of a chapter. Raises ChapterError where `contents` names none."""
    if book not in BY_NAME or name not in BY_NAME[book].chapters:
        msg = f"no chapter {book}/{name}"
        raise ChapterError(msg)
    text: str = (FOLDER / language / book / f"{name}.md").read_text(encoding="utf-8")
    return text


def links(text: str) -> Iterator[str]:
    """Every target of a link in Markdown."""
    for token in _tokens(_MARKDOWN.parse(text)):
        if token.type == "link_open":
            yield str(token.attrs["href"])


def chapter_of(href: str, book: str) -> tuple[str, str, str] | None:
    """Return book, chapter and anchor of a link in a chapter of `book`; None for other files."""
    found = _CHAPTER.fullmatch(href)
    there = (found["book"] or book) if found else ""
    if found is None or there not in BY_NAME:
        return None
    return there, found["name"], found["anchor"] or ""


def address(book: str, name: str, anchor: str = "") -> str:
    """Return the address of a place in the manual."""
    path = reverse("manual_chapter", kwargs={"book": book, "name": name})
    return f"{path}#{anchor}" if anchor else path


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])


def _html(text: str, book: str) -> str:
    tokens = _MARKDOWN.parse(text)
    served = True
    for token in _tokens(tokens):
        if token.type == "link_open":
            place = chapter_of(str(token.attrs["href"]), book)
            served = place is not None
            token.attrs = {"href": address(*place)} if place else {}
        if token.type in {"link_open", "link_close"} and not served:
            token.tag = "code"
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
