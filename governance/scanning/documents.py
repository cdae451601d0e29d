"""Documents as pieces: PDF, JSON, mails and plain text, of strangers, within limits."""

import io
import json
import logging
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from dsar.mail import message
from governance.policy.errors import GovernanceError
from governance.scanning.errors import (
    AttachmentNotReadError,
    BrokenDocumentError,
    FileTooLargeToScanError,
    LockedDocumentError,
    NoTextError,
)
from governance.scanning.pieces import (
    LONGEST_CELL,
    LONGEST_TEXT,
    Piece,
    Table,
    Text,
    Unread,
    text_of,
)

MOST_BYTES = 64 << 20
MOST_PAGES = 2_000
Found = dict[str, list[dict[str, str]]]
LONGEST_NAME = 200
DEEPEST = 30  # levels of a JSON document
_PLAIN = frozenset({".txt", ".md", ".log"})


def read(name: str, content: bytes) -> Iterator[Piece]:
    """Yield what a document holds, by the end of its name and its first bytes.

    Raises
    ------
    ScanError
        it is broken, locked or too large
    """
    if len(content) > MOST_BYTES:
        raise FileTooLargeToScanError
    suffix = PurePath(name).suffix.lower()
    if content.startswith(b"%PDF"):
        yield from _pdf(name, content)
    elif suffix in {".json", ".jsonl", ".ndjson"}:
        yield from _json(name, content, by_line=suffix != ".json")
    elif suffix == ".eml":
        yield from _mail(name, content)
    elif suffix in _PLAIN:
        yield text_of(name, content.decode("utf-8", "replace"))
    else:
        raise BrokenDocumentError


def is_document(name: str, head: bytes) -> bool:
    """Say whether a file is read here; tables are read row by row elsewhere."""
    suffix = PurePath(name).suffix.lower()
    return head.startswith(b"%PDF") or suffix in _PLAIN | {".json", ".jsonl", ".ndjson", ".eml"}


# PDF


def _pdf(name: str, content: bytes) -> Iterator[Text]:
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import LimitReachedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings may quote the document
    pages: list[str] = []
    is_cut = False
    try:
        reader = PdfReader(io.BytesIO(content))
        is_locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
        for number, page in enumerate(() if is_locked else reader.pages):
            if number >= MOST_PAGES or sum(map(len, pages)) > LONGEST_TEXT:
                is_cut = True
                break
            pages.append(page.extract_text())
    except LimitReachedError:
        raise FileTooLargeToScanError from None
    except Exception as error:  # a parser of strangers' files fails in every way there is
        raise BrokenDocumentError from error
    if is_locked:
        raise LockedDocumentError
    text = "\n".join(pages)
    if not text.strip():
        raise NoTextError
    yield Text(name, text[:LONGEST_TEXT], is_whole=not is_cut and len(text) <= LONGEST_TEXT)


# JSON


def _json(name: str, content: bytes, *, by_line: bool) -> Iterator[Table]:
    """Read objects as rows: each list of objects is a table, named by the way to it."""
    found: Found = defaultdict(list)
    try:
        text = content.decode("utf-8-sig")
        if by_line:
            _collect([json.loads(line) for line in text.splitlines() if line.strip()], "", found)
        else:
            _collect(json.loads(text), "", found)
    except (ValueError, RecursionError):  # a broken encoding is a ValueError, too
        raise BrokenDocumentError from None
    for way, objects in found.items():
        header = tuple(dict.fromkeys(key for one in objects for key in one))
        rows = tuple(tuple(one.get(key, "") for key in header) for one in objects)
        yield Table(f"{name}{way}", header, rows, total=len(rows))


def _collect(node: Any, way: str, found: Found, depth: int = 0) -> None:
    """Take rows out of a node of JSON: objects as they are, other things as a "value"."""
    if depth > DEEPEST:
        raise BrokenDocumentError
    if isinstance(node, list):
        for one in node:
            _collect(one, way, found, depth + 1)
    elif isinstance(node, dict):
        row: dict[str, str] = {}
        for names, value in _leaves(node, (), depth):
            name = ".".join(names)[:LONGEST_NAME]
            if isinstance(value, list):
                _collect(value, f"{way} › {name}", found, depth + len(names))
            else:
                row[name] = _cell(value)
        if row:
            found[way].append(row)
    else:
        found[way].append({"value": _cell(node)})


def _leaves(
    node: dict[str, Any], names: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield what an object holds, objects within it opened, each under its names."""
    if depth + len(names) > DEEPEST:
        raise BrokenDocumentError
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*names, key), depth)
        else:
            yield (*names, key), value


def _cell(value: object) -> str:
    return "" if value is None else str(value)[:LONGEST_CELL]


# Mail


def _mail(name: str, content: bytes) -> Iterator[Piece]:
    mail = message.parse(content)
    sender = f"{mail.sender_name} <{mail.sender_address}>" if mail.sender_address else ""
    text = "\n".join(part for part in (sender, mail.subject_line, mail.body) if part.strip())
    yield Text(name, text[:LONGEST_TEXT], is_whole=mail.is_whole)
    for number, enclosed in enumerate(mail.enclosed, start=1):
        # Named by its number: the name that a sender gives a file often names a person.
        called = f"{name} › {number}{PurePath(enclosed.name).suffix.lower()[:8]}"
        yield from _enclosed(called, enclosed.content)


def _enclosed(name: str, content: bytes) -> Iterator[Piece]:
    if not is_document(name, content[:8]) or name.endswith(".eml"):
        yield Unread(name, AttachmentNotReadError())
        return
    try:
        yield from read(name, content)
    except GovernanceError as error:
        yield Unread(name, error)
