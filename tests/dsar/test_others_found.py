"""What is found of other people in notes, what is missed, and what is taken for somebody wrongly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dsar.redaction import own
from dsar.redaction.own import Known
from registry.discovery import mentions

MARK = re.compile(r"\{(?P<kind>[a-z_]+)\|(?P<other>[^}]*)\}|<(?P<own>[^>]*)>")
ANNA = Known(
    names=frozenset({"anna", "bianchi"}),
    values=frozenset(
        form
        for text in ("anna.bianchi@example.it", "+39 347 123 4567", "BNCNNA80A41F205X",
                     "Via delle Rose 4", "1980-01-01")
        for form in own.forms(text)
    ),
    published=frozenset(),
    published_names=(),
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """A note, the spans of others in it by kind, and those of its own person."""

    language: str
    text: str
    others: list[tuple[str, int, int]]
    own: list[tuple[int, int]]


def notes() -> Iterator[Note]:
    lines = (Path(__file__).parent / "notes_about_others.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            language, _tab, marked = line.partition("\t")
            yield _note(language, marked)


def _note(language: str, marked: str) -> Note:
    text, last = "", 0
    note = Note(language, "", [], [])
    for hit in MARK.finditer(marked):
        text += marked[last : hit.start()]
        words = hit["other"] or hit["own"]
        if hit["other"]:
            note.others.append((hit["kind"], len(text), len(text) + len(words)))
        else:
            note.own.append((len(text), len(text) + len(words)))
        text += words
        last = hit.end()
    return Note(language, text + marked[last:], note.others, note.own)


def measured():
    wanted = list(notes())
    found = mentions.find([note.text for note in wanted])
    missed, lost, extra, number = [], [], [], 0
    for note, here in zip(wanted, found, strict=True):
        spans = [
            (m.start, m.end) for m in here
            if not own.is_not_hidden(note.text, m, ANNA, others=())
        ]  # fmt: skip
        for _kind, start, end in note.others:
            number += 1
            if not all(
                any(a <= i < b for a, b in spans)
                for i in range(start, end)
                if not note.text[i].isspace()
            ):
                missed.append(note.text[start:end])
        for start, end in note.own:
            if any(a < end and start < b for a, b in spans):
                lost.append((note.text[start:end], note.text))
        for a, b in spans:
            if not any(a < end and start < b for _k, start, end in note.others) and not any(
                a < end and start < b for start, end in note.own
            ):
                extra.append(note.text[a:b])
    return number, missed, lost, extra
