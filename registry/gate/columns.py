"""Which columns a query reads: what it selects, compares, computes with and orders by.

An answer to `order_by("total")` or `filter(total__gt=100)` tells of a total without showing one.
So the columns of a query are asked for like attributes, those of joins and subqueries included.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Col, OrderBy, Subquery
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

Column = tuple[type[Model], str]


def used_by(query: Query, *, rows: bool = False) -> Iterator[Column]:
    """Yield the columns that a query reads, besides those of the rows it returns.

    Arguments
    ---------
    rows : it returns rows of its model, whose columns the caller looks at itself
    """
    model: Any = query.model  # None in a query of values alone, which names no column
    if not rows:
        yield from _of_all(query.select)
    yield from _of_all(query.annotations.values())
    yield from _of(query.where)
    for word in query.order_by:
        yield from _named(model, word)
    yield from _joined(model, query.select_related)
    for combined in query.combined_queries:
        yield from used_by(combined, rows=rows)


def named_in(model: type[Model], expressions: Iterable[Any]) -> Iterator[Column]:
    """Yield the columns that expressions name which are not part of a query yet."""
    for expression in expressions:
        parts = expression.flatten() if hasattr(expression, "flatten") else [expression]
        for part in parts:
            if isinstance(part, F):
                yield from _named(model, getattr(part, "name", ""))  # the stubs do not know it


def _of_all(expressions: Iterable[Any]) -> Iterator[Column]:
    for expression in expressions:
        yield from _of(expression)


def _of(expression: Any) -> Iterator[Column]:
    match expression:
        case Col():
            yield expression.target.model, expression.target.name
        case Query():
            yield from used_by(expression)
        case Subquery():
            yield from used_by(expression.query)
        case WhereNode():
            yield from _of_all(expression.children)
        case _ if hasattr(expression, "get_source_expressions"):
            yield from _of_all(expression.get_source_expressions())
            right = getattr(expression, "rhs", None)  # of a comparison with a subquery
            if isinstance(right, Query):
                yield from used_by(right)


def _named(model: type[Model], word: Any) -> Iterator[Column]:
    if isinstance(word, OrderBy):
        word = word.expression
    if not isinstance(word, str):
        yield from named_in(model, [word])
        return
    at: Any = model
    for step in word.lstrip("-+").split(LOOKUP_SEP):
        try:
            field = at._meta.get_field("pk" if step == "pk" else step)
        except FieldDoesNotExist:
            return  # an annotation, which is looked at by itself
        yield at, field.name
        if field.related_model is None:
            return
        at = field.related_model


def _joined(model: type[Model], wanted: Any) -> Iterator[Column]:
    """Yield all columns of the rows that `select_related` brings along."""
    if not isinstance(wanted, dict):
        return
    for name, further in wanted.items():
        joined = model._meta.get_field(name).related_model
        if joined is not None and not isinstance(joined, str):
            yield from ((joined, field.name) for field in joined._meta.concrete_fields)
            yield from _joined(joined, further)
