"""Statements that every access asks: the ORM writes their SQL once, values are put in later.

Writing the SQL of the facts of one person takes ten times as long as running it. So a queryset is
compiled once, with `Given` where a value will stand, and asked again and again. It is the same
queryset as everywhere else: there is no second form of a decision, only one that is not written
anew each time. What is kept is text and names of parameters, no value and no plan: PostgreSQL
plans each statement in the transaction it runs in, where row-level security is asked.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Field, QuerySet

from governance.crypto.sets import NamesNoColumn


class Given(Expression):
    """A value that is not known before the statement is asked."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return a placeholder, with itself in the place of the value."""
        del compiler, connection
        return "%s", (self,)


class GivenRows:
    """People who are not known before: `field__in=GivenRows("people").ids`.

    Given are ids, which are one parameter, or a queryset, whose SQL stands in the statement.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.mark = f"SELECT ids OF {name}"
        self.ids = NamesNoColumn(self.mark, [self])


class Statement:
    """A queryset whose SQL is written once.

    Arguments
    ---------
    rows : with `Given` and `GivenRows` for what is only known when it is asked
    """

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, parameters = compiler.as_sql()
        self._parameters = list(parameters)
        self._model: Any = rows.model
        selected = [column for column, _sql, _alias in compiler.select]
        self._annotated = compiler.annotation_col_map or {}
        columns = (c for at, c in enumerate(selected) if at not in self._annotated.values())
        self._names = [getattr(getattr(c, "target", None), "attname", "") for c in columns]
        self._converters = compiler.get_converters(selected)

    def values(self, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows as tuples, in the order in which the queryset names them."""
        try:
            sql, parameters = self._filled(given)
        except EmptyResultSet:  # a queryset of nobody
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return [self._converted(row) for row in found] if self._converters else found

    def rows(self, **given: Any) -> list[Any]:
        """Return the rows as instances of the model of the queryset, with its annotations."""
        found, width = [], len(self._names)
        for values in self.values(**given):
            row = self._model.from_db(DEFAULT_DB_ALIAS, self._names, values[:width])
            for name, at in self._annotated.items():
                setattr(row, name, values[at])
            found.append(row)
        return found

    def _filled(self, given: dict[str, Any]) -> tuple[str, list[Any]]:
        sql = self._sql
        parameters: list[Any] = []
        for parameter in self._parameters:
            if isinstance(parameter, GivenRows):
                inner, more = _ids(given[parameter.name])
                sql = sql.replace(parameter.mark, inner)
                parameters += more
            else:
                value = given[parameter.name] if isinstance(parameter, Given) else parameter
                parameters.append(value)
        return sql, parameters

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for at, (converters, expression) in self._converters.items():
            for converter in converters:
                values[at] = converter(values[at], expression, connection)
        return tuple(values)


def _ids(people: "Iterable[Any] | QuerySet[Any, Any]") -> tuple[str, Iterable[Any]]:
    if not isinstance(people, QuerySet):
        return "SELECT unnest(%s::uuid[])", [list(people)]
    chosen = people if people.query.has_select_fields else people.values("pk")
    return chosen.query.sql_with_params()
