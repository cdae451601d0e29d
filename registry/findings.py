"""Raising findings: discovery looks, and the DPO is asked.

Two occasions. Before an import lands, its columns are asked about: what was refused, and what
looks personal although no field takes it. Afterwards the stored free text is read, batch by
batch, under the duty of discovery: people write things into notes that no form asked for.

A finding is a question. It names a place and a row, shows a shape and never a value, and is
asked once: whoever answered is not asked the same again. Answering it is
`registry.operations.answer_finding`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from functools import cache
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit import log
from audit.actions import Action
from governance.crypto import normalise
from governance.crypto.errors import KeyDestroyedError, UnsealError
from governance.policy.actors import Actor, system
from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from governance.policy.vocabulary import Duty
from registry.datamap import Lookup, data_map
from registry.discovery import freetext
from registry.discovery.mask import mask, mask_secret
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Finding, SubjectRow, TextScan

PURPOSE = "duty:discovery"
BATCH = 500
EXPECTED = frozenset(
    {Category.EMAIL, Category.PHONE, Category.POSTAL_ADDRESS, Category.ONLINE_IDENTIFIER}
)
"""What people write so that they can be answered; asking about it would bury the rest."""
SALUTATIONS = frozenset(
    "gentile gentilissimo gentilissima egregio egregia caro cara spettabile dear".split()  # noqa: SIM905 - a list of words
)
"""Words before a name that a letter begins with; some of them are surnames too."""
_PLACE, _SAMPLE, _REASON = 200, 80, 200  # lengths of the columns of Finding


@unique
class Question(StrEnum):
    """What a finding asks."""

    UNDECLARED_COLUMN = "undeclared_column"  # looks personal, and no field takes it
    REFUSED_COLUMN = "refused_column"  # a secret, refused before anything was written
    SPECIAL_CATEGORY = "special_category"  # Art. 9, 10
    FREE_TEXT = "free_text"  # personal data in a note, beyond addresses
    MENTION = "mention"  # a note names somebody other than whose it is
    REMEMBERED = "remembered"  # somebody brings a person of the memory of deletions


@dataclass(frozen=True)
class SeenColumn:
    """A column of a file that raises a question.

    Attributes
    ----------
    title : its header
    kind : what discovery calls it, for instance "iban"
    values : the sample that was looked at; only the shape of one of them is kept
    """

    title: str
    category: Category
    question: Question
    kind: str
    values: Sequence[str] = field(repr=False)


def from_columns(actor: Actor, place: str, columns: Iterable[SeenColumn], *, now: datetime) -> int:
    """Raise a finding for each column that discovery has a question about.

    Parameters
    ----------
    place : where the file comes from, as the register names it
    columns : the questionable columns

    Returns
    -------
    int
        How many questions are new.
    """
    asked = [
        Finding(
            controller_id=actor.controller,
            place=f"{place} › {column.title}"[-_PLACE:],
            category=column.category,
            kind=column.question,
            reason=column.kind[:_REASON],
            masked_sample=_sample(column)[:_SAMPLE],
            count=sum(bool(value.strip()) for value in column.values),
            raised_at=now,
        )
        for column in columns
    ]
    with transaction.atomic():
        return _raise(actor, asked, now=now)


def _sample(column: SeenColumn) -> str:
    """Return the shape of the first value, of secrets and special categories nothing at all."""
    value = next((value.strip() for value in column.values if value.strip()), "")
    hidden = column.category in NEVER_STORED | SPECIAL
    return mask_secret(value) if hidden else mask(value)


def scan_stored(
    controller: UUID,
    *,
    now: datetime,
    actor: Actor | None = None,
    progress: Callable[[TextScan], None] = lambda _scan: None,
) -> TextScan:
    """Read all stored free text of a controller to its end, and return the finished scan.

    A scan that was left in the middle goes on from its last batch.
    """
    scan = begin(controller, now=now)
    while scan_batch(scan.pk, actor=actor or system(controller), now=now):
        scan.refresh_from_db()
        progress(scan)
    scan.refresh_from_db()
    return scan


def begin(controller: UUID, *, now: datetime) -> TextScan:
    """Return the controller's unfinished scan, or a new one."""
    scan, _made = TextScan.objects.get_or_create(
        controller_id=controller, finished_at=None, defaults={"started_at": now}
    )
    return scan


def scan_batch(scan_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Read one batch: one access, its questions and its progress in one transaction.

    Returns
    -------
    bool
        Whether there is more to read. False also while somebody else reads the same scan.
    """
    with gate.duty(actor, Duty.DISCOVERY, reference=scan_id, now=now) as access:
        unfinished = TextScan.objects.filter(pk=scan_id, finished_at=None)
        scan = unfinished.select_for_update(skip_locked=True).first()
        if scan is None:
            return False
        texts = _texts_at(scan.place)
        if texts is None:
            scan.finished_at = now
        else:
            rows = _next_rows(access, texts, scan.cursor)
            scan.raised += _raise(actor, _ask(access, texts, rows, scan), now=now, scan=scan)
            _advance(scan, texts, rows)
        scan.save()
    return scan.finished_at is None


@dataclass(frozen=True)
class _Texts:
    """A model in which people write sentences, and the attributes they write them in."""

    place: str
    model: type[SubjectRow]
    attributes: tuple[str, ...]


@cache
def _all_texts() -> tuple[_Texts, ...]:
    """Return every model with free text, in the order in which it is read."""
    found = []
    for holding in data_map().answered():
        model = holding.model_class
        attributes = tuple(n for n, d in holding.personal().items() if d.free_text)
        if attributes and issubclass(model, SubjectRow):
            found.append(_Texts(holding.model, model, attributes))
    return tuple(sorted(found, key=lambda texts: texts.place))


def _texts_at(place: str) -> _Texts | None:
    """Return what is to be read: the first that does not come before `place`."""
    return next((texts for texts in _all_texts() if texts.place >= place), None)


def _next_rows(access: Access, texts: _Texts, cursor: UUID | None) -> list[SubjectRow]:
    after = Q(pk__gt=cursor) if cursor else Q()
    return list(access.rows(texts.model).filter(after).order_by("pk")[:BATCH])


def _advance(scan: TextScan, texts: _Texts, rows: Sequence[SubjectRow]) -> None:
    scan.rows_read += len(rows)
    if len(rows) == BATCH:
        scan.place, scan.cursor = texts.place, rows[-1].pk
        return
    # A space sorts after the name itself and before every longer or other name.
    scan.place, scan.cursor = f"{texts.place} ", None


@dataclass(frozen=True)
class _Note:
    row: SubjectRow
    attribute: str
    text: str = field(repr=False)


def _ask(
    access: Access, texts: _Texts, rows: Sequence[SubjectRow], scan: TextScan
) -> list[Finding]:
    """Return the questions about the notes of some rows."""
    notes: list[_Note] = []
    for row in rows:
        try:
            notes += _notes(row, texts.attributes)
        except (KeyDestroyedError, UnsealError):
            scan.rows_unreadable += 1  # one bad row never stops a run
    results = freetext.scan_many([note.text for note in notes])
    seen = [
        (note, [f for f in found if f.category not in EXPECTED])
        for note, found in zip(notes, results, strict=True)
    ]
    seen = _still_there(access, texts, [(note, found) for note, found in seen if found])
    own = _own_names(access, {note.row.subject_id for note, _found in seen})
    return [
        question
        for note, found in seen
        for question in _questions(texts.place, note, found, own[note.row.subject_id], access.now)
    ]


def _notes(row: SubjectRow, names: Iterable[str]) -> list[_Note]:
    found = [_Note(row, name, getattr(row, name) or "") for name in names]
    return [note for note in found if note.text.strip()]


def _still_there(
    access: Access, texts: _Texts, seen: list[tuple[_Note, list[freetext.TextFinding]]]
) -> list[tuple[_Note, list[freetext.TextFinding]]]:
    """Lock the people, and leave out rows erased meanwhile: no shape may outlive its row."""
    access.prepare(note.row for note, _found in seen)
    wanted = [note.row.pk for note, _found in seen]
    rows = texts.model._base_manager.filter(pk__in=wanted)
    alive = set(rows.values_list("pk", flat=True))
    return [(note, found) for note, found in seen if note.row.pk in alive]


def _own_names(access: Access, subjects: set[UUID]) -> dict[UUID, set[str]]:
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
        grouped[one.category, _question(one.category)].append(one)
    return [
        Finding(
            controller_id=note.row.controller_id,
            place=f"{place}.{note.attribute}",
            category=category,
            kind=question,
            reason=", ".join(sorted({one.entity for one in ones}))[:_REASON],
            masked_sample=ones[0].masked[:_SAMPLE],
            count=len(ones),
            row=note.row.pk,
            raised_at=now,
        )
        for (category, question), ones in grouped.items()
    ]


def _question(category: Category) -> Question:
    if category in SPECIAL:
        return Question.SPECIAL_CATEGORY
    return Question.MENTION if category is Category.NAME else Question.FREE_TEXT


def _raise(
    actor: Actor, asked: Sequence[Finding], *, now: datetime, scan: TextScan | None = None
) -> int:
    """Store the questions that were never asked, and record how many of each category."""
    rows = Q(row__in=[f.row for f in asked if f.row]) if scan else Q(row=None)
    before = Finding.objects.filter(
        rows, controller_id=actor.controller, place__in={finding.place for finding in asked}
    )
    known = set(before.values_list("place", "category", "kind", "row"))
    new = [f for f in asked if (f.place, f.category, f.kind, f.row) not in known]
    if not new:
        return 0
    Finding.objects.bulk_create(new, ignore_conflicts=True)
    event = log.Event(
        action=Action.FINDING_RAISED,
        purpose=PURPOSE,
        object_type="scan" if scan else "import",
        object_id=scan.pk if scan else None,
        counts=Counter(str(finding.category) for finding in new),
    )
    log.record(actor, event, now=now)
    return len(new)
