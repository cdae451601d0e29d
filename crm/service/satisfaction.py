"""What people say of us, by person and month (A20): out of their answers, and nothing else.

No satisfaction is guessed from behaviour, and none is stored as a score of its own: it is computed
from the answers when it is looked at, so that it changes by an answer alone.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from crm.models import AnonymousScore, SurveyAnswer
from governance.policy.cases import SurveyAsks, net_promoter
from registry.gate.access import Access


@dataclass(slots=True)
class Answers:
    """How many gave each score.

    Attributes
    ----------
    satisfied : to how satisfied they are, one to five
    recommend : to whether they would recommend us, zero to ten
    """

    satisfied: Counter[int] = field(default_factory=Counter)
    recommend: Counter[int] = field(default_factory=Counter)

    def add(self, asks: str, score: int | None, number: int = 1) -> None:
        """Count an answer; one in words has no score."""
        if score is not None:
            of = self.satisfied if asks == SurveyAsks.SATISFACTION else self.recommend
            of[score] += number

    @property
    def csat(self) -> float | None:
        """The mean of how satisfied they are; None without an answer."""
        total = self.satisfied.total()
        return sum(s * n for s, n in self.satisfied.items()) / total if total else None

    @property
    def nps(self) -> int | None:
        """Promoters less detractors in hundredths; None without an answer."""
        return net_promoter(self.recommend)


def of_person(access: Access, person: UUID) -> Answers:
    """Return what one person said, in all answers that are kept with them."""
    rows = access.rows(SurveyAnswer).filter(subject=person)
    return _together(rows.values_list("asks", "score"))


def _together(rows: Iterable[tuple[str, int | None]]) -> Answers:
    found = Answers()
    for asks, score in rows:
        found.add(asks, score)
    return found


def trend(access: Access, *, since: date, until: date) -> dict[date, Answers]:
    """Return the answers of each month that has some, by its first day, the anonymous ones too.

    An anonymous answer is of the month in which its week began.
    """
    found: dict[date, Answers] = {}
    within = access.rows(SurveyAnswer).filter(answered_on__gte=since, answered_on__lte=until)
    for asks, score, day in within.values_list("asks", "score", "answered_on"):
        found.setdefault(day.replace(day=1), Answers()).add(asks, score)
    counts = AnonymousScore.objects.filter(
        controller=access.controller, week__gte=since, week__lte=until
    )
    for row in counts:
        month = row.week.replace(day=1)
        found.setdefault(month, Answers()).add(row.asks, row.score, row.answers)
    return dict(sorted(found.items()))
