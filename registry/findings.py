"""Raising findings: discovery looks, and the DPO is asked.

Three occasions. Before an import lands, its columns are asked about: what was refused, and what
looks personal although no field takes it. What people write is read under the duty of discovery
within a minute after it was written or changed (`scan_written`): notes hold what no form asked for.
And all stored text is read once, batch by batch, where discovery never was (`scan_stored`).

A finding is a question. It names a place and a row, shows a shape and never a value, and is
asked once: whoever answered is not asked the same again. Answering it is
`registry.operations.answer_finding`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit import log
from audit.actions import Action
from governance.policy.actors import Actor, system
from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from governance.policy.vocabulary import Duty
from registry import asking
from registry.asking import REASON, SAMPLE
from registry.discovery.mask import mask, mask_secret
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Finding, SubjectRow, TextScan, WaitingText
from registry.questioning import ABOUT_TEXT, Question
from registry.texts import Texts, all_texts

PURPOSE = "duty:discovery"
BATCH = 500
_PLACE = 200  # length of a column of Finding


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
            reason=column.kind[:REASON],
            masked_sample=_sample(column)[:SAMPLE],
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
            asked = asking.ask(access, texts, rows)
            scan.rows_unreadable += asked.unreadable
            scan.raised += _raise(actor, asked.questions, now=now, scan=scan)
            _advance(scan, texts, rows)
        scan.save()
    return scan.finished_at is None


def scan_written(controller: UUID, *, now: datetime, actor: Actor | None = None) -> int:
    """Read one batch of the texts that were written since they were last read.

    What was taken is deleted in the transaction of its questions: a worker that is killed leaves
    it to the next, and nobody asks twice. Questions about what is no longer there are answered.

    Returns
    -------
    int
        How many rows were read; 0 where none waits, or others read them already.
    """
    if not WaitingText.objects.filter(controller=controller).exists():
        return 0  # no access is opened, and no entry written, for nothing
    actor = actor or system(controller)
    with gate.duty(actor, Duty.DISCOVERY, now=now) as access:
        waiting = WaitingText.objects.filter(controller=controller).order_by("pk")
        taken = list(waiting.select_for_update(skip_locked=True)[:BATCH])
        for texts in all_texts():
            written = {one.row for one in taken if one.place == texts.place}
            if written:
                _read_written(access, texts, written)
        WaitingText.objects.filter(pk__in=[one.pk for one in taken]).delete()
    return len(taken)


def _read_written(access: Access, texts: Texts, written: set[UUID]) -> None:
    rows = list(access.rows(texts.model).filter(pk__in=written))
    asked = asking.ask(access, texts, rows)
    _settle(access, texts, {row.pk for row in rows}, asked.questions)
    _raise(access.actor, asked.questions, now=access.now, is_text=True)


def _settle(access: Access, texts: Texts, rows: set[UUID], asked: Sequence[Finding]) -> None:
    """Answer open questions about what is no longer in the texts of some rows."""
    stands = {(f.place, f.category, f.kind, f.row) for f in asked}
    places = [f"{texts.place}.{attribute}" for attribute in texts.attributes]
    about = Finding.objects.filter(
        controller=access.controller, row__in=rows, place__in=places, answer="", kind__in=ABOUT_TEXT
    )
    gone = [f for f in about if (f.place, f.category, f.kind, f.row) not in stands]
    if not gone:
        return
    Finding.objects.filter(pk__in=[f.pk for f in gone]).update(
        answer="removed", answered_at=access.now
    )
    event = log.Event(
        action=Action.FINDING_ANSWERED,
        purpose=PURPOSE,
        object_type="scan",
        reason="removed",
        counts=Counter(str(finding.category) for finding in gone),
    )
    log.record(access.actor, event, now=access.now)


def _texts_at(place: str) -> Texts | None:
    """Return what is to be read: the first that does not come before `place`."""
    return next((texts for texts in all_texts() if texts.place >= place), None)


def _next_rows(access: Access, texts: Texts, cursor: UUID | None) -> list[SubjectRow]:
    after = Q(pk__gt=cursor) if cursor else Q()
    return list(access.rows(texts.model).filter(after).order_by("pk")[:BATCH])


def _advance(scan: TextScan, texts: Texts, rows: Sequence[SubjectRow]) -> None:
    scan.rows_read += len(rows)
    if len(rows) == BATCH:
        scan.place, scan.cursor = texts.place, rows[-1].pk
        return
    # A space sorts after the name itself and before every longer or other name.
    scan.place, scan.cursor = f"{texts.place} ", None


def _raise(
    actor: Actor,
    asked: Sequence[Finding],
    *,
    now: datetime,
    scan: TextScan | None = None,
    is_text: bool = False,
) -> int:
    """Store the questions that were never asked, and record how many of each category."""
    rows = Q(row__in=[f.row for f in asked if f.row]) if scan or is_text else Q(row=None)
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
        object_type="scan" if scan or is_text else "import",
        object_id=scan.pk if scan else None,
        counts=Counter(str(finding.category) for finding in new),
    )
    log.record(actor, event, now=now)
    return len(new)
