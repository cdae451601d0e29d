"""What answers teach discovery: which words are no one, and where it is mostly wrong.

A false alarm counts for the same words wherever they are written; they are known by a keyed hash
alone. Where people said "false alarm" nearly always, only what is sure is asked about from then on.
Special categories and secrets are exempt from that: one that is missed weighs more than many asked.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth

from governance.crypto import keystore
from governance.policy.categories import NEVER_STORED, SPECIAL, Category
from registry.discovery.gazetteer import fold
from registry.models import Finding
from registry.questioning import Question

FALSE = "dismissed"
REAL = frozenset({"confirmed", "masked", "removed"})
ENOUGH = 10
"""Answers about one place and category from which on they teach."""
NEARLY_ALWAYS = 0.9
SURE = 0.8
"""The score that is asked about where discovery is nearly always wrong."""
_KEY = "discovery"

Tag = Callable[[Category, Iterable[str]], UUID]


@dataclass(frozen=True)
class Learned:
    """What answers taught.

    Attributes
    ----------
    doubtful : places and categories where discovery was nearly always wrong
    dismissed : keyed hashes of words that somebody called a false alarm
    """

    doubtful: Collection[tuple[str, str]] = frozenset()
    dismissed: Collection[UUID] = frozenset()

    def least_score(self, place: str, category: Category) -> float:
        """Return the score from which on something is asked about."""
        return SURE if (place, category) in self.doubtful else 0.0


@dataclass(frozen=True)
class Precision:
    """How often discovery was right, of what people answered."""

    real: int
    false: int

    @property
    def answered(self) -> int:
        """How many were answered."""
        return self.real + self.false

    @property
    def percent(self) -> int:
        """The share that was right, in percent; 0 where nothing was answered."""
        return round(100 * self.real / self.answered) if self.answered else 0


def _counted(rows: Iterable[tuple[str, int]]) -> Precision:
    counts: Counter[str] = Counter()
    for answer, number in rows:
        counts["false" if answer == FALSE else "real"] += number
    return Precision(counts["real"], counts["false"])


def learned(controller: UUID) -> Learned:
    """Return what the answers of a controller's people taught so far."""
    doubtful = {
        (place, category)
        for (place, category), held in by_place(controller).items()
        if held.answered >= ENOUGH
        and held.false >= NEARLY_ALWAYS * held.answered
        and category not in SPECIAL | NEVER_STORED
    }
    said = _answered(controller).filter(answer=FALSE, words__isnull=False)
    hashes = {words for words in said.values_list("words", flat=True) if words}
    return Learned(frozenset(doubtful), frozenset(hashes))


def by_place(controller: UUID) -> Mapping[tuple[str, str], Precision]:
    """Return how often discovery was right, by place and category."""
    counted = _answered(controller).values_list("place", "category", "answer")
    grouped: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for place, category, answer, number in counted.annotate(number=Count("pk")):
        grouped.setdefault((place, category), []).append((answer, number))
    return {key: _counted(rows) for key, rows in grouped.items()}


def by_month(controller: UUID, *, since: datetime) -> list[tuple[date, Precision]]:
    """Return how often discovery was right, by the month of the answer, the latest first."""
    rows = _answered(controller).filter(answered_at__gte=since)
    counted = rows.annotate(month=TruncMonth("answered_at")).values_list("month", "answer")
    grouped: dict[date, list[tuple[str, int]]] = {}
    for month, answer, number in counted.annotate(number=Count("pk")):
        grouped.setdefault(month.date(), []).append((answer, number))
    return [(month, _counted(grouped[month])) for month in sorted(grouped, reverse=True)]


def _answered(controller: UUID) -> QuerySet[Finding]:
    """Return what people answered; what answered itself teaches nothing."""
    return Finding.objects.filter(
        controller=controller, answered_by__isnull=False, answer__in=REAL | {FALSE}
    ).exclude(kind=Question.REMEMBERED)


def tagging(controller: UUID) -> Tag:
    """Return a function that gives words a name which tells none of them."""
    keys = keystore.controller_keys(controller, _KEY, create=True)
    key = keys[min(keys)]

    def tag(category: Category, words: Iterable[str]) -> UUID:
        said = "\n".join(sorted({fold(one) for one in words}))
        return UUID(bytes=hmac.digest(key, f"words|{category}|{said}".encode(), sha256)[:16])

    return tag
