"""What will be due when: the decision of today made again for later days, and the age of rows.

There is no second rule of what is due. A later day is decided by `decide_person` with that day;
what freezes a person and which bases hold is taken as it is today. So what is due stays due, and
two days with the same rows due have them due on every day between: the days are halved until
nothing differs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self

from governance.policy.periods import Period
from governance.policy.vocabulary import RetentionAction
from retention.people import Person
from retention.rules import RuleBook
from retention.schedule import Decided, Outcome, decide_person

SOON, LATER = 30, 90  # days
MONTHS = 12
OLDEST = 10  # years; what is older is counted with it
DAYS_OF_A_YEAR = 365.2425
NO_DATE = -1

_Key = tuple[str, str, str, str, str, str]
_NAMES = ("table", "record_class", "category", "action", "activity", "law")
_Thing = tuple[Any, str]  # the id of a row, and a category where it goes alone


def days_ahead(today: date) -> list[date]:
    """Return the days that are decided for: today, in 30 and 90 days, and each of twelve months."""
    return sorted({*months_from(today), today + timedelta(SOON), today + timedelta(LATER)})


def months_from(today: date) -> list[date]:
    """Return today and the same day of each of the next twelve months."""
    return [Period(months=number).after(today) for number in range(MONTHS + 1)]


@dataclass(frozen=True, slots=True)
class Coming:
    """What one rule makes due in one table, or of one category of its rows.

    Attributes
    ----------
    category : of data that alone goes; "" where whole rows are meant
    activity : reference of the rule's activity, as in `newsletter.v2`
    law : the legal reference of the rule
    counts : rows that are due by each day of the forecast; never fewer than the day before
    """

    table: str
    record_class: str
    category: str
    action: str
    activity: str
    law: str
    counts: tuple[int, ...]

    @property
    def purpose(self) -> str:
        """The purpose of the activity, whichever version it is."""
        return self.activity.rsplit(".v", 1)[0]


@dataclass(frozen=True, slots=True)
class Ages:
    """How old the rows of one class are.

    Attributes
    ----------
    rows, due : number of rows by age in whole years, 0 to `OLDEST` and more; `NO_DATE` without
    """

    record_class: str
    rows: Mapping[int, int]
    due: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is due today and will be on later days, by rule, and how old everything is."""

    days: tuple[date, ...]
    coming: tuple[Coming, ...]
    ages: tuple[Ages, ...]

    def on(self, day: date) -> int:
        """Return the place of a day among the days, for `Coming.counts`."""
        return self.days.index(day)

    def horizons(self) -> tuple[int, int, int, int]:
        """Return the places of today, of the days in 30 and 90 days, and of the last."""
        soon, later = (self.on(self.days[0] + timedelta(days)) for days in (SOON, LATER))
        return 0, soon, later, len(self.days) - 1

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "days": [day.isoformat() for day in self.days],
            "coming": [[*(getattr(c, n) for n in _NAMES), list(c.counts)] for c in self.coming],
            "ages": [[a.record_class, *map(_pairs, (a.rows, a.due))] for a in self.ages],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Return the value of a JSON form."""
        return cls(
            tuple(date.fromisoformat(day) for day in said["days"]),
            tuple(_coming(*line) for line in said["coming"]),
            tuple(Ages(name, dict(rows), dict(due)) for name, rows, due in said["ages"]),
        )


def _coming(*said: Any) -> Coming:
    table, record_class, category, action, activity, law, counts = said
    return Coming(table, record_class, category, action, activity, law, tuple(counts))


def _pairs(counts: Mapping[int, int]) -> list[list[int]]:
    return [[years, number] for years, number in sorted(counts.items())]


@dataclass(slots=True)
class Foreseeing:
    """Counts people into a forecast.

    Attributes
    ----------
    days : that are decided for, today first
    """

    book: RuleBook
    days: Sequence[date]
    _counts: dict[_Key, list[int]] = field(default_factory=dict)
    _rows: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    _due: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, person: Person, decided: Sequence[Decided]) -> None:
        """Count one person.

        Arguments
        ---------
        decided : the decision of today about them
        """
        found = {0: _due(decided), len(self.days) - 1: self._on(person, len(self.days) - 1)}
        self._halve(person, found, 0, len(self.days) - 1)
        for place, things in found.items():
            for key in things.values():
                self._counts.setdefault(key, [0] * len(self.days))[place] += 1
        for one in decided:
            years = _years(one, self.days[0])
            self._rows[one.row.table.record_class][years] += 1
            self._due[one.row.table.record_class][years] += one.outcome is Outcome.DUE

    def result(self) -> Forecast:
        """Return what was counted."""
        coming = (
            Coming(*key, counts=tuple(counts)) for key, counts in sorted(self._counts.items())
        )
        ages = (Ages(name, rows, +self._due[name]) for name, rows in sorted(self._rows.items()))
        return Forecast(tuple(self.days), tuple(coming), tuple(ages))

    def _on(self, person: Person, place: int) -> dict[_Thing, _Key]:
        return _due(decide_person(person, self.book, today=self.days[place]))

    def _halve(
        self, person: Person, found: dict[int, dict[_Thing, _Key]], first: int, last: int
    ) -> None:
        """Fill in what is due on the days between two that are known."""
        if last - first < 2:  # noqa: PLR2004 - nothing is between
            return
        if found[first] == found[last]:
            found.update(dict.fromkeys(range(first + 1, last), found[first]))
            return
        middle = (first + last) // 2
        found[middle] = self._on(person, middle)
        self._halve(person, found, first, middle)
        self._halve(person, found, middle, last)


def _due(decided: Iterable[Decided]) -> dict[_Thing, _Key]:
    """Return what is due, by row and category."""
    found: dict[_Thing, _Key] = {}
    for one in decided:
        if one.outcome is Outcome.DUE:
            found[one.row.id, ""] = _key(one, "")
        else:
            parts = ((c, part) for c, part in one.parts if part.outcome is Outcome.DUE)
            found |= {(one.row.id, category): _key(part, category) for category, part in parts}
    return found


def _key(one: Decided, category: str) -> _Key:
    table, rule = one.row.table, one.rule
    action = one.action or RetentionAction.ERASE
    return (
        table.name, table.record_class.value, category, action.value,
        rule.activity if rule else "", rule.legal_reference if rule else "",
    )  # fmt: skip


def _years(one: Decided, today: date) -> int:
    """Return the age of a row in whole years since its first date; `NO_DATE` without one."""
    dates = [day for day in one.row.dates.values() if day is not None]
    if not dates:
        return NO_DATE
    return min(max(int((today - min(dates)).days / DAYS_OF_A_YEAR), 0), OLDEST)
