"""Queries that ask the open access for the columns they read."""

from collections.abc import Set as AbstractSet
from typing import Any, cast

from django.db.models.sql import Query

from registry.gate import columns, context

ALWAYS = frozenset({"id", "controller", "subject", "scope"})
"""What the access itself asks of each row; without it a row would be fetched to fetch it."""


class AskingQuery(Query):
    """A query that asks the open access for its columns, whichever way it is sent.

    Rows, columns, `count`, `exists`, `explain` and unions are all compiled; what stands inside
    another query is looked at with that one. Without an access row-level security answers.
    """

    def get_compiler(
        self, using: str | None = None, connection: Any = None, elide_empty: bool = True
    ) -> Any:
        """Ask for the columns, and leave those out of rows that the access withholds."""
        if context.is_open() and not self.subquery:
            access = context.current()
            access.took(columns.used_by(self, rows=self.default_cols))
            if self.default_cols:
                self._leave_out(access.withheld(cast(Any, self.model)))
        return super().get_compiler(using, connection, elide_empty)

    def get_aggregation(self, using: str, aggregate_exprs: dict[str, Any]) -> dict[str, Any]:
        """Ask for what is computed with, which another query may hold when it is compiled."""
        if context.is_open():
            asked: Any = self.clone()
            for name, said in aggregate_exprs.items():
                computed = said.resolve_expression(asked, allow_joins=True, summarize=True)
                asked.append_annotation_mask([name])
                asked.annotations[name] = computed
            context.current().took(columns.used_by(asked, rows=self.default_cols))
        return super().get_aggregation(using, aggregate_exprs)

    def _leave_out(self, withheld: AbstractSet[str]) -> None:
        """Add to the columns that are left out, or take from those that are named (`only`)."""
        query: Any = self
        names, are_left_out = query.deferred_loading
        kept = names | withheld if are_left_out else names - withheld | ALWAYS
        query.deferred_loading = (frozenset(kept), are_left_out)
