"""Questions about what people wrote: which texts speak of what, and what is worth asking.

A question names a row and shows a shape; addresses are expected, and one's own name is no mention.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import TYPE_CHECKING
from uuid import UUID

from governance.crypto import normalise
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.categories import SPECIAL, Category
from registry.datamap import Lookup, data_map
from registry.discovery import freetext
from registry.models import Finding, SubjectRow
from registry.texts import Texts

if TYPE_CHECKING:  # the gate masks by this module before it writes
    from registry.gate.access import Access

logger = logging.getLogger(__name__)

EXPECTED = frozenset(
    {Category.EMAIL, Category.PHONE, Category.POSTAL_ADDRESS, Category.ONLINE_IDENTIFIER}
)
"""What people write so that they can be answered; asking about it would bury the rest."""
SALUTATIONS = frozenset(
    "gentile gentilissimo gentilissima egregio egregia caro cara spettabile dear".split()  # noqa: SIM905 - a list of words
)
"""Words before a name that a letter begins with; some of them are surnames too."""
SAMPLE, REASON = 80, 200
"""Lengths of the columns of Finding."""


@unique
class Question(StrEnum):
    """What a finding asks."""

    UNDECLARED_COLUMN = "undeclared_column"  # looks personal, and no field takes it
    REFUSED_COLUMN = "refused_column"  # a secret, refused before anything was written
    SPECIAL_CATEGORY = "special_category"  # Art. 9, 10
    FREE_TEXT = "free_text"  # personal data in a note, beyond addresses
    MENTION = "mention"  # a note names somebody other than whose it is
    REMEMBERED = "remembered"  # somebody brings a person of the memory of deletions


ABOUT_TEXT = (Question.SPECIAL_CATEGORY, Question.FREE_TEXT, Question.MENTION)
"""Questions about what a text says."""


@dataclass(frozen=True)
class _Note:
    row: SubjectRow
    attribute: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """Questions about the texts of some rows, and how many rows could not be read."""

    questions: list[Finding]
    unreadable: int


def ask(access: "Access", texts: Texts, rows: Sequence[SubjectRow]) -> Asked:
    """Return the questions about the notes of some rows."""
    notes: list[_Note] = []
    unreadable = 0
    for row in rows:
        try:
            notes += _notes(row, texts.attributes)
        except (KeyDestroyedError, UnsealError):
            unreadable += 1  # one bad row never stops a run
    results, failed = _scanned(notes)
    seen = [
        (note, [f for f in found if f.category not in EXPECTED])
        for note, found in zip(notes, results, strict=True)
    ]
    seen = _still_there(access, texts, [(note, found) for note, found in seen if found])
    own = _own_names(access, {note.row.subject_id for note, _found in seen})
    questions = [
        question
        for note, found in seen
        for question in _questions(texts.place, note, found, own[note.row.subject_id], access.now)
    ]
    return Asked(questions, unreadable + failed)


def _scanned(notes: Sequence[_Note]) -> tuple[list[list[freetext.TextFinding]], int]:
    """Scan all notes at once; where one of them breaks a recogniser, each by itself."""
    try:
        return freetext.scan_many([note.text for note in notes]), 0
    except Exception as error:  # noqa: BLE001 - a text that nobody foresaw stops no other
        logger.error("free text broke a recogniser: %s", type(error).__name__)  # noqa: TRY400 - its words may quote the text
    results: list[list[freetext.TextFinding]] = []
    failed = 0
    for note in notes:
        try:
            results.append(freetext.scan(note.text))
        except Exception:  # noqa: BLE001 - counted, and logged above
            results.append([])
            failed += 1
    return results, failed


def _notes(row: SubjectRow, names: Iterable[str]) -> list[_Note]:
    found = [_Note(row, name, getattr(row, name) or "") for name in names]
    return [note for note in found if note.text.strip()]


def _still_there(
    access: "Access", texts: Texts, seen: list[tuple[_Note, list[freetext.TextFinding]]]
) -> list[tuple[_Note, list[freetext.TextFinding]]]:
    """Lock the people, and leave out rows erased meanwhile: no shape may outlive its row."""
    access.prepare(note.row for note, _found in seen)
    wanted = [note.row.pk for note, _found in seen]
    rows = texts.model._base_manager.filter(pk__in=wanted)
    alive = set(rows.values_list("pk", flat=True))
    return [(note, found) for note, found in seen if note.row.pk in alive]


def _own_names(access: "Access", subjects: set[UUID]) -> dict[UUID, set[str]]:
    """Return the words by which each person is held, so that their signature is no mention."""
    own: dict[UUID, set[str]] = defaultdict(set)
    for holding in data_map().answered():
        model = holding.model_class
        names = [n for n, d in holding.personal().items() if d.lookup is Lookup.NAME]
        if not subjects or not names or not issubclass(model, SubjectRow):
            continue
        for row in access.rows(model).filter(subject_id__in=subjects):
            for name in names:
                own[row.subject_id].update(normalise.name_words(getattr(row, name) or ""))
    return own


def _questions(
    place: str,
    note: _Note,
    found: Iterable[freetext.TextFinding],
    own: set[str],
    now: datetime,
) -> list[Finding]:
    """Return one question for each category that a note speaks of."""
    grouped: dict[tuple[Category, Question], list[freetext.TextFinding]] = defaultdict(list)
    for one in found:
        words = normalise.name_words(note.text[one.start : one.end])
        if one.category is Category.NAME and own.issuperset(set(words) - SALUTATIONS):
            continue
        grouped[one.category, question_about(one.category)].append(one)
    return [
        Finding(
            controller_id=note.row.controller_id,
            place=f"{place}.{note.attribute}",
            category=category,
            kind=question,
            reason=", ".join(sorted({one.entity for one in ones}))[:REASON],
            masked_sample=ones[0].masked[:SAMPLE],
            count=len(ones),
            row=note.row.pk,
            raised_at=now,
        )
        for (category, question), ones in grouped.items()
    ]


def question_about(category: Category) -> Question:
    """Return what is asked where a text speaks of a category."""
    if category in SPECIAL:
        return Question.SPECIAL_CATEGORY
    return Question.MENTION if category is Category.NAME else Question.FREE_TEXT
