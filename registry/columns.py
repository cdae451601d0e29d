"""Columns and filters of the portal's lists, for words and for fields without a title."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import QuerySet
from django.http import HttpRequest


def column(field: str, title: Any) -> Callable[[Any], Any]:
    """Return a column that shows `field` under `title` and sorts by it."""

    def shown(row: Any) -> Any:
        return getattr(row, field)

    shown.__name__ = f"shown_{field}"
    return display(shown, description=title, ordering=field)


NONE = "-"  # in an address, the empty word


def word_filter(field: str, title: Any, texts: Mapping[Any, Any]) -> type[SimpleListFilter]:
    """Return a filter by a field that holds one of the words of `texts`."""

    class WordFilter(SimpleListFilter):
        """By one word."""

        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            """Return words with their texts."""
            del request, model_admin
            return [(str(word) or NONE, text) for word, text in texts.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            """Filter by the chosen word."""
            del request
            if self.value() is None:
                return queryset
            return queryset.filter(**{field: "" if self.value() == NONE else self.value()})

    WordFilter.title = title
    return WordFilter
