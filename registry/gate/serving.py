"""What a role reaches only where it serves somebody: single rows, and categories of a person.

Whoever goes to people sees the orders they go for and no others, and where somebody lives only
while they have to go there (Art. 5(1)(c), 25(2)). The register says which categories a role may
use at all; the app that knows who serves whom enters a rule here when it starts, and each access
of the role is narrowed by it. A role without a rule is not narrowed, and a connected system that
nobody stands behind serves nobody.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.vocabulary import Role
from registry.models import SubjectRow

M = TypeVar("M", bound=SubjectRow)


@dataclass(frozen=True)
class Rule:
    """What a role serves.

    Attributes
    ----------
    ids : function of a member of staff and a moment that returns ids, as a queryset nobody has
        evaluated: of what the columns of `rows` hold, or of the people of `category`
    rows : by model, the column by which its rows are served
    category : a category that is opened of these people alone
    """

    role: Role
    ids: Callable[[UUID, datetime], QuerySet[Any, Any]]
    rows: Mapping[type[SubjectRow], str] = field(default_factory=dict)
    category: Category | None = None


RULES: list[Rule] = []


class Served:
    """What one actor serves now; everything where no rule names the role."""

    def __init__(self) -> None:
        self._rows: dict[type, tuple[str, frozenset[UUID]]] = {}
        self._people: dict[Category, set[UUID]] = {}

    def add(self, rule: Rule, ids: Iterable[UUID]) -> None:
        """Narrow to what a rule found."""
        found = frozenset(ids)
        self._rows |= {model: (column, found) for model, column in rule.rows.items()}
        if rule.category is not None:
            self._people[rule.category] = set(found)

    def add_people(self, ids: Iterable[UUID]) -> None:
        """Open the categories of people who are new in this access: it writes them itself."""
        new = set(ids)
        for people in self._people.values():
            people.update(new)

    def of_nobody(self, people: Iterable[UUID]) -> frozenset[Category]:
        """Return the categories that are opened of none of these people."""
        among = set(people)
        return frozenset(c for c, served in self._people.items() if not among & served)

    def narrows(self, model: type) -> bool:
        """Whether not all rows of a model are served."""
        return model in self._rows

    def among(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return the rows that are served."""
        if rows.model not in self._rows:
            return rows
        column, ids = self._rows[rows.model]
        return rows.filter(**{f"{column}__in": ids})

    def has(self, row: Any) -> bool:
        """Whether a row is served."""
        if type(row) not in self._rows:
            return True
        column, ids = self._rows[type(row)]
        return getattr(row, column) in ids

    def opens(self, category: str, subject: UUID) -> bool:
        """Whether a category of a person is open."""
        return subject in self._people.get(Category(category), {subject})


def of(actor: Actor, *, now: datetime) -> Served:
    """Return what an actor serves; asked inside the transaction of the access."""
    served = Served()
    for rule in RULES:
        if rule.role is actor.role:
            served.add(rule, rule.ids(actor.staff, now) if actor.staff else ())
    return served
