"""Questions about what people wrote: which texts speak of what, and what is worth asking.

A question names a row and shows a shape; addresses are expected, and one's own name is no mention.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from governance.crypto import normalise
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.categories import Category
from registry.datamap import Lookup, data_map
from registry.discovery import freetext
from registry.learning import Learned, Tag, learned, tagging
from registry.models import Finding, SubjectRow
from registry.questioning import Question, question_about
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
    taught, tag = learned(access.controller), tagging(access.controller)
    questions = [
        question
        for note, found in seen
        for question in _questions(
            f"{texts.place}.{note.attribute}", note,
            _without_own_name(note, found, own[note.row.subject_id]),
            taught=taught, tag=tag, now=access.now,
        )
    ]  # fmt: skip
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


def _without_own_name(
    note: _Note, found: Iterable[freetext.TextFinding], own: set[str]
) -> list[freetext.TextFinding]:
    def is_own(one: freetext.TextFinding) -> bool:
        words = set(normalise.name_words(note.text[one.start : one.end])) - SALUTATIONS
        return one.category is Category.NAME and own.issuperset(words)

    return [one for one in found if not is_own(one)]


def _questions(
    place: str,
    note: _Note,
    found: Iterable[freetext.TextFinding],
    *,
    taught: Learned,
    tag: Tag,
    now: datetime,
) -> Iterator[Finding]:
    """Yield one question for each category that a note speaks of, unless answers taught better."""
    grouped: dict[tuple[Category, Question], list[freetext.TextFinding]] = defaultdict(list)
    for one in found:
        if one.score >= taught.least_score(place, one.category):
            grouped[one.category, question_about(one.category)].append(one)
    for (category, question), ones in grouped.items():
        words = tag(category, (note.text[one.start : one.end] for one in ones))
        if words in taught.dismissed:
            continue
        yield Finding(
            controller_id=note.row.controller_id,
            place=place,
            category=category,
            kind=question,
            reason=", ".join(sorted({one.entity for one in ones}))[:REASON],
            masked_sample=ones[0].masked[:SAMPLE],
            count=len(ones),
            row=note.row.pk,
            words=words,
            raised_at=now,
        )
