"""Count what was found, missed and made up, by type; precision, recall and F1 of the counts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from governance.policy import categories
from tests.discovery.notes import Span

SPECIAL = frozenset(category.value.upper() for category in categories.SPECIAL)
ENOUGH = 0.5
"""The least share of the joint length of two spans that both must cover to be the same."""


@dataclass
class Count:
    """Hits, misses and false alarms of one type; `exact` of the hits end where they should."""

    hit: int = 0
    missed: int = 0
    false: int = 0
    exact: int = 0

    def add(self, other: "Count") -> None:
        self.hit += other.hit
        self.missed += other.missed
        self.false += other.false
        self.exact += other.exact

    @property
    def precision(self) -> float | None:
        """None where nothing was reported: there is nothing to be precise about."""
        return self.hit / (self.hit + self.false) if self.hit + self.false else None

    @property
    def recall(self) -> float | None:
        return self.hit / (self.hit + self.missed) if self.hit + self.missed else None

    @property
    def f1(self) -> float:
        wanted = 2 * self.hit + self.false + self.missed
        return 2 * self.hit / wanted if wanted else 1.0


def count(wanted: Iterable[Sequence[Span]], found: Iterable[Sequence[Span]]) -> dict[str, Count]:
    """Compare texts span by span: the type must be the same, each span counts once."""
    counts: dict[str, Count] = defaultdict(Count)
    for right, got in zip(wanted, found, strict=True):
        left = list(got)
        for span in right:
            best = max(left, key=lambda g: _overlap(span, g), default=None)
            if best is None or _overlap(span, best) < ENOUGH:
                counts[span[0]].missed += 1
                continue
            left.remove(best)
            counts[span[0]].hit += 1
            counts[span[0]].exact += best == span
        for span in left:
            counts[span[0]].false += 1
    return dict(counts)


def _overlap(one: Span, other: Span) -> float:
    """Return the share of the joint length that both cover; 0 for two types."""
    if one[0] != other[0]:
        return 0.0
    both = min(one[2], other[2]) - max(one[1], other[1])
    if one[0] in SPECIAL and both > 0:
        return 1.0  # where the word begins matters little: it is asked about
    return max(0, both) / (max(one[2], other[2]) - min(one[1], other[1]))


def total(counts: Iterable[Count]) -> Count:
    whole = Count()
    for one in counts:
        whole.add(one)
    return whole


def macro_f1(counts: Iterable[Count]) -> float:
    """Return the mean of the F1 of types, each as heavy as the other."""
    values = [one.f1 for one in counts]
    return sum(values) / len(values) if values else 0.0
