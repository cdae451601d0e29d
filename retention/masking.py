"""Masking what a question of discovery is about in texts that are stored, when the DPO says so.

Beside erasing, and under the same holds: what somebody may need in court is left as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from governance.policy.categories import Category
from governance.policy.vocabulary import Duty
from registry import answering, screening
from registry.answering import Key
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Staff
from registry.operations import FindingAnswerError
from registry.returns import answers_of
from registry.texts import Texts, all_texts
from retention.models import LegalHold

BATCH = 500


@dataclass(frozen=True)
class Masked:
    """What masking did: questions answered by it, and rows that a legal hold keeps as they are."""

    answered: int
    held: int


def mask(key: Key, *, by: Staff, now: datetime) -> Masked:
    """Put dots in place of what the open questions of a group are about, and answer them.

    Each batch is one access and one transaction; what is masked can not be brought back.

    Raises
    ------
    FindingAnswerError
        the questions are about no text, or nothing is open
    """
    texts = next((t for t in all_texts() if key.place.startswith(f"{t.place}.")), None)
    attribute = key.place.rpartition(".")[2]
    if "masked" not in answers_of(key.kind) or texts is None or attribute not in texts.attributes:
        raise FindingAnswerError
    answered, held = 0, set[UUID]()
    while rows := _next(key, by, without=held):
        with gate.duty(by.actor(), Duty.DISCOVERY, now=now) as access:
            kept = _mask_rows(access, texts, attribute, Category(key.category), rows)
            held |= kept
            if done := set(rows) - kept:
                answered += answering.answer(key, "masked", by=by, now=now, rows=done)
    if not answered and not held:
        raise FindingAnswerError
    return Masked(answered, len(held))


def _next(key: Key, by: Staff, *, without: set[UUID]) -> list[UUID]:
    asked = answering.open_in(by.controller_id, key).exclude(row__in=without)
    rows = asked.order_by("row").values_list("row", flat=True).distinct()[:BATCH]
    return [row for row in rows if row]


def _mask_rows(
    access: Access, texts: Texts, attribute: str, category: Category, ids: Iterable[UUID]
) -> set[UUID]:
    """Mask a category in rows; return those that a hold keeps as they are."""
    rows = list(access.rows(texts.model).filter(pk__in=list(ids)))
    access.prepare(rows)  # locked: a hold is waited for, and seen
    held = _under_hold(access, texts, {row.subject_id for row in rows})
    changed = []
    for row in rows:
        if row.subject_id in held:
            continue
        text = getattr(row, attribute) or ""
        masked, found = screening.masked_text(text, frozenset({category}))
        if found:
            setattr(row, attribute, masked)
            changed.append(row)
    if changed:
        cast(Any, texts.model)._default_manager.bulk_update(changed, [attribute])
    return {row.pk for row in rows if row.subject_id in held}


def _under_hold(access: Access, texts: Texts, subjects: set[UUID]) -> set[UUID]:
    named = data_map()[texts.model].record_class
    holds = access.rows(LegalHold).filter(subject_id__in=subjects, lifted_at__isnull=True)
    return {
        hold.subject_id for hold in holds if not hold.record_classes or named in hold.record_classes
    }
