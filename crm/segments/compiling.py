"""The variables there are, from the data map, and a definition as SQL."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, reduce
from math import ceil, floor
from operator import and_, or_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import AnalyticRow
from governance.policy.segments import Variable, VariableKind, number
from registry.datamap import data_map

KINDS: "tuple[tuple[type[models.Field[Any, Any]], VariableKind], ...]" = (
    (ArrayField, VariableKind.LIST),
    (models.CharField, VariableKind.WORD),
    (models.DateField, VariableKind.DAY),
    (models.DecimalField, VariableKind.NUMBER),
    (models.IntegerField, VariableKind.NUMBER),
)


@cache
def variables() -> Mapping[str, Variable]:
    """Return every variable: the personal fields of the extract, with what can be asked of each."""
    found = {}
    for name, declared in data_map()[AnalyticRow].personal().items():
        field = AnalyticRow._meta.get_field(name)
        kind = next(kind for cls, kind in KINDS if isinstance(field, cls))
        found[name] = Variable(kind, declared.category)
    return found


def condition(definition: dict[str, Any], *, today: date) -> Q:
    """Return a good definition as a condition on rows of the extract."""
    if "all" in definition:
        return _joined(definition["all"], and_, today)
    if "any" in definition:
        return _joined(definition["any"], or_, today)
    if "not" in definition:
        return ~condition(definition["not"], today=today)
    name = definition["field"]
    # Who is unknown meets nothing; Django leaves out a bound that every number of a column meets.
    found = Q(**{f"{name}__isnull": False})
    for word, asked in definition.items():
        if word != "field":
            found &= ASKS[word](name, asked, today)
    return found


def _whole(name: str, asked: float, round_: Callable[[Decimal], int]) -> Decimal | int:
    """Return a bound as the column can be compared with: Django would cut 3.5 down to 3."""
    bound = number(asked)
    is_whole = isinstance(AnalyticRow._meta.get_field(name), models.IntegerField)
    return round_(bound) if is_whole else bound


def _joined(parts: list[dict[str, Any]], how: Callable[[Q, Q], Q], today: date) -> Q:
    return reduce(how, (condition(part, today=today) for part in parts))


ASKS: Mapping[str, Callable[[str, Any, date], Q]] = {
    "is": lambda name, asked, _today: Q(**{f"{name}__in": asked}),
    "any_of": lambda name, asked, _today: Q(**{f"{name}__overlap": asked}),
    "from": lambda name, asked, _today: Q(**{f"{name}__gte": _whole(name, asked, ceil)}),
    "to": lambda name, asked, _today: Q(**{f"{name}__lte": _whole(name, asked, floor)}),
    "within_days": lambda name, asked, today: Q(
        **{f"{name}__range": (today - timedelta(days=asked), today)}
    ),
    "before_days": lambda name, asked, today: Q(**{f"{name}__lt": today - timedelta(days=asked)}),
}
"""By word of the language, what it asks of a column."""
