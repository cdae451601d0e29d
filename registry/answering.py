"""Questions by group, what to answer, and what an answer does.

A group is what is asked about one place: the same category, the same question. It is answered at
once. Answers are proposed by rule, never given by it: a secret and a special category in a text are
masked, what an activity uses belongs there, and where discovery was mostly wrong it is wrong again.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet, Sum

from audit import log
from audit.actions import Action
from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from registry import activities, learning, operations
from registry.learning import FALSE, Precision
from registry.models import ActivityVersion, Finding, Staff
from registry.operations import KEEPING, FindingAnswerError
from registry.questioning import ABOUT_TEXT, Question
from registry.returns import answers_of

SAMPLES = 3
WRONG_SO_FAR = 5
"""Answers from which on an earlier precision counts for the proposal."""


@dataclass(frozen=True)
class Key:
    """What makes a group: the place, the category, the question."""

    place: str
    category: str
    kind: str


@dataclass(frozen=True)
class Group:
    """Open questions that are answered at once.

    Attributes
    ----------
    questions, times : rows that are asked about, and how often something was found in them
    samples : masked, a few
    precision : of earlier answers about the place and category
    proposed : the answer that seems right
    """

    key: Key
    questions: int
    times: int
    last_at: datetime
    samples: tuple[str, ...]
    precision: Precision
    proposed: str


def open_in(controller: UUID, key: Key) -> QuerySet[Finding]:
    """Return the open questions of a group."""
    return Finding.objects.filter(
        controller=controller, place=key.place, category=key.category, kind=key.kind, answer=""
    )


def groups(controller: UUID, *, now: datetime) -> list[Group]:
    """Return the groups of open questions, secrets and special categories first, then the largest.

    Questions about people of the memory of deletions are answered one by one.
    """
    open_ones = Finding.objects.filter(controller=controller, answer="")
    rows = open_ones.exclude(kind=Question.REMEMBERED).values("place", "category", "kind")
    used = {word for v in activities.all_in_force(controller, at=now) for word in v.categories}
    known = learning.by_place(controller)
    found = []
    for row in rows.annotate(questions=Count("pk"), last=Max("raised_at"), times=Sum("count")):
        key = Key(row["place"], row["category"], row["kind"])
        precision = known.get((key.place, key.category), Precision(0, 0))
        samples = open_in(controller, key).exclude(masked_sample="").order_by("masked_sample")
        shown = samples.values_list("masked_sample", flat=True).distinct()[:SAMPLES]
        found.append(
            Group(
                key, row["questions"], row["times"], row["last"], tuple(shown), precision,
                propose(key, used=used, precision=precision),
            )
        )  # fmt: skip
    return sorted(found, key=lambda g: (not _is_grave(g.key.category), -g.questions, g.key.place))


def _is_grave(category: str) -> bool:
    return category in NEVER_STORED | SPECIAL


def propose(key: Key, *, used: Collection[str], precision: Precision) -> str:
    """Return the answer that seems right to the questions of a group.

    Parameters
    ----------
    used : categories that approved activities use
    precision : of earlier answers about the same place and category
    """
    if precision.answered >= WRONG_SO_FAR and precision.false > precision.real:
        return FALSE
    if key.kind not in ABOUT_TEXT or "›" in key.place:  # a column of a file
        return "removed" if key.kind == Question.REFUSED_COLUMN else "confirmed"
    if key.kind == Question.MENTION:
        return "confirmed"  # people write of others; a copy for one of them leaves the rest out
    return "confirmed" if key.category in used and not _is_grave(key.category) else "masked"


@transaction.atomic
def answer(
    key: Key, word: str, *, by: Staff, now: datetime, rows: Collection[UUID] | None = None
) -> int:
    """Answer the open questions of a group, and a false alarm for the same words everywhere.

    Parameters
    ----------
    rows : of these rows alone; None for all

    Returns
    -------
    int
        How many questions were answered.

    Raises
    ------
    FindingAnswerError
        a word that does not answer this kind of question, or nothing is open
    """
    if key.kind == Question.REMEMBERED or word not in answers_of(key.kind):
        raise FindingAnswerError
    asked = open_in(by.controller_id, key)
    if rows is not None:
        asked = asked.filter(row__in=rows)
    ids = set(asked.select_for_update().values_list("pk", flat=True))
    if not ids:
        raise FindingAnswerError
    if word == FALSE:
        ids |= _same_words(by.controller_id, ids)
    Finding.objects.filter(pk__in=ids).update(answer=word, answered_by=by, answered_at=now)
    event = log.Event(
        action=Action.FINDING_ANSWERED, purpose=KEEPING, object_type="finding", reason=word,
        counts=Counter({key.category: len(ids)}),
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
    return len(ids)


def _same_words(controller: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return open questions elsewhere about the very words of these."""
    words = Finding.objects.filter(pk__in=ids, words__isnull=False).values("words")
    same = Finding.objects.filter(controller=controller, answer="", words__in=words)
    return set(same.select_for_update().values_list("pk", flat=True))


@transaction.atomic
def declare(key: Key, version: ActivityVersion, *, by: Staff, now: datetime) -> ActivityVersion:
    """Confirm a group, and draft a version of an activity that uses its category.

    The draft is approved like any other, by somebody else; until then nothing changes.

    Raises
    ------
    DraftOpenError
        the activity has a draft already
    FindingAnswerError
    """
    answer(key, "confirmed", by=by, now=now)
    drafted = operations.redraft(version=version, by=by, now=now)
    drafted.categories = sorted({*drafted.categories, str(Category(key.category))})
    return operations.draft(version=drafted, by=by, now=now)
