"""Which columns a query reads: what it selects, compares, computes with and orders by.

An answer to `order_by("total")` or `filter(total__gt=100)` tells of a total without showing one.
So the columns of a query are asked for like attributes, those of joins and subqueries included.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Col, RawSQL, Subquery
from django.db.models.sql import Query
from django.db.models.sql.where import ExtraWhere, WhereNode

from governance.crypto.sets import NamesNoColumn
from registry.gate.errors import WordsOfSQLError

Column = tuple[type[Model], str]


def used_by(query: Query, *, rows: bool = False) -> Iterator[Column]:
    """Yield the columns that a query reads, besides those of the rows it returns.

    Arguments
    ---------
    rows : it returns rows of its model, whose columns the caller looks at itself
    """
    model: Any = query.model  # None in a query of values alone, which names no column
    if query.extra or query.extra_tables or query.extra_order_by:
        raise WordsOfSQLError
    if not rows:
        yield from _of_all(query.select)
    yield from _of_all(query.annotations.values())
    yield from _of(query.where)
    yield from _of_all(query.group_by if isinstance(query.group_by, tuple) else ())
    for word in (*query.order_by, *query.distinct_fields):
        yield from _ordered(query, word)
    for join in query.alias_map.values():
        yield from _of(getattr(getattr(join, "filtered_relation", None), "resolved_condition", 0))
    yield from _joined(model, query.select_related, query.max_depth)
    for combined in query.combined_queries:
        yield from used_by(combined, rows=rows)


def of_words() -> Iterator[Column]:
    """Yield the columns that words of SQL read: nobody can say which they are.

    Raises
    ------
    WordsOfSQLError
    """
    raise WordsOfSQLError
    yield


def _of_all(expressions: Iterable[Any]) -> Iterator[Column]:
    for expression in expressions:
        yield from _of(expression)


def _of(expression: Any) -> Iterator[Column]:
    match expression:
        case Col():
            yield expression.target.model, expression.target.name
        case RawSQL() | ExtraWhere() if not isinstance(expression, NamesNoColumn):
            raise WordsOfSQLError
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


def _ordered(query: Query, word: Any) -> Iterator[Column]:
    """Yield the columns of one word or expression of an order, which names them by their paths."""
    if isinstance(word, str):
        yield from _named(query.model, word)
    elif hasattr(word, "resolve_expression"):
        yield from _of(word.resolve_expression(query.clone(), allow_joins=True))


def _named(model: Any, word: str) -> Iterator[Column]:
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


def _joined(model: Any, wanted: Any, depth: int) -> Iterator[Column]:
    """Yield all columns of the rows that `select_related` brings along.

    `wanted` is what it names; True means whatever can not be null, `depth` tables far.
    """
    if wanted is True:
        must = (f for f in model._meta.concrete_fields if f.is_relation and not f.null)
        wanted = {field.name: True for field in must} if depth else False
    if not wanted:
        return
    for name, further in wanted.items():
        joined = model._meta.get_field(name).related_model
        if joined is not None and not isinstance(joined, str):
            yield from ((joined, field.name) for field in joined._meta.concrete_fields)
            yield from _joined(joined, further, depth - 1)
