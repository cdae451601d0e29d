"""One page of rows about many people, newest first, and whom the gate is asked about for it.

The ids of rows hold the time they were made, so a page is those before an id. Whoever may not be
used is left out of the page and counted; the next page begins where this one ends, whoever was on
it.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from api.pagination import Page
from crm.chosen import people_of
from registry.gate.access import Access
from registry.models import SubjectRow

M = TypeVar("M", bound=SubjectRow)


@dataclass(frozen=True)
class Window(Generic[M]):
    """The rows of a list that a page of it shows.

    Attributes
    ----------
    rows : of everybody the list is about, not evaluated
    """

    rows: "QuerySet[M]"
    page: Page

    def people(self) -> QuerySet[Any, UUID]:
        """Return whom the rows are about, for the gate."""
        return people_of(self._chosen())

    def read(self, access: Access) -> tuple["QuerySet[M]", tuple[str, ...]]:
        """Return the rows that may be shown, and the position after them where more follow."""
        chosen = list(self._chosen().values_list("pk", flat=True))
        mine = chosen[: self.page.size]
        last = (str(mine[-1]),) if len(chosen) > len(mine) else ()
        return access.rows(self.rows.model).filter(pk__in=mine).order_by("-pk"), last

    def _chosen(self) -> "QuerySet[M]":
        rows = self.rows.order_by("-pk")
        if self.page.after:
            rows = rows.filter(pk__lt=UUID(self.page.after[0]))
        return rows[: self.page.size + 1]
