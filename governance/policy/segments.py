"""Who belongs to a segment: a closed language of conditions over declared variables.

A definition is plain JSON:

    {"all": [{"field": "area", "is": ["lombardia"]},
             {"field": "orders", "from": 3},
             {"not": {"field": "last_order_on", "within_days": 90}}]}

`all`, `any` and `not` join conditions, at most five deep. A condition names one variable and asks
one thing of it. What is not known of a person meets no condition, and so meets its `not`.
`crm.segments.compiling` says the same in SQL; a property test keeps the two alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum, unique
from typing import Any

from governance.policy.categories import SPECIAL, Category

DEEPEST, MOST_CONDITIONS, MOST_WORDS, LONGEST_AGO = 5, 40, 60, 36500
LARGEST = 10**12


@unique
class VariableKind(StrEnum):
    """What can be asked of a variable."""

    WORD = "word"  # is: one of several words
    NUMBER = "number"  # from, to: both included
    DAY = "day"  # within_days, before_days: counted back from today
    LIST = "list"  # any_of: at least one of several words


ASKED: Mapping[VariableKind, frozenset[str]] = {
    VariableKind.WORD: frozenset({"is"}),
    VariableKind.NUMBER: frozenset({"from", "to"}),
    VariableKind.DAY: frozenset({"within_days", "before_days"}),
    VariableKind.LIST: frozenset({"any_of"}),
}
"""By kind, what a condition may ask; at least one of it."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A field of the data map by which people are told apart, and its category."""

    kind: VariableKind
    category: Category


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a definition: where, as a JSON pointer, and a word for it."""

    where: str
    code: str


def faults(
    definition: Any, variables: Mapping[str, Variable], *, allowed: frozenset[Category]
) -> list[Fault]:
    """Return what is wrong with a definition, in the order of reading; nothing where it is good.

    Arguments
    ---------
    variables : all there are, by name: fields of the data map
    allowed : categories that the purpose of the segment may use
    """
    found = list(_faults(definition, variables, allowed, where="#", depth=0))
    if not found and sum(1 for _one in conditions(definition)) > MOST_CONDITIONS:
        found.append(Fault("#", "too_many"))
    return found


def _faults(
    one: Any,
    variables: Mapping[str, Variable],
    allowed: frozenset[Category],
    *,
    where: str,
    depth: int,
) -> Iterator[Fault]:
    if not isinstance(one, dict):
        yield Fault(where, "not_a_condition")
        return
    if depth > DEEPEST:
        yield Fault(where, "too_deep")
        return
    word = next(iter(one), "") if len(one) == 1 else ""
    if word in {"all", "any"}:
        parts = one[word]
        if not isinstance(parts, list) or not parts:
            yield Fault(f"{where}/{word}", "empty")
            return
        for number, part in enumerate(parts):
            yield from _faults(
                part, variables, allowed, where=f"{where}/{word}/{number}", depth=depth + 1
            )
    elif word == "not":
        yield from _faults(one["not"], variables, allowed, where=f"{where}/not", depth=depth + 1)
    else:
        yield from _of_condition(one, variables, allowed, where=where)


def _of_condition(
    one: dict[str, Any],
    variables: Mapping[str, Variable],
    allowed: frozenset[Category],
    *,
    where: str,
) -> Iterator[Fault]:
    name = one.get("field")
    variable = variables.get(name) if isinstance(name, str) else None
    if variable is None:
        yield Fault(f"{where}/field", "undeclared")
        return
    if variable.category not in allowed or variable.category in SPECIAL:
        yield Fault(f"{where}/field", "category_not_covered")
        return
    asked = set(one) - {"field"}
    if not asked or not asked <= ASKED[variable.kind]:
        yield Fault(where, "not_asked_of_it")
        return
    for word in sorted(asked):
        if not _is_value(variable.kind, one[word]):
            yield Fault(f"{where}/{word}", "value")


def _is_value(kind: VariableKind, value: Any) -> bool:
    if kind in {VariableKind.WORD, VariableKind.LIST}:
        is_list = isinstance(value, list) and 0 < len(value) <= MOST_WORDS
        return is_list and all(isinstance(word, str) and word for word in value)
    if kind is VariableKind.DAY:
        return type(value) is int and 0 <= value <= LONGEST_AGO
    return type(value) in {int, float} and -LARGEST < value < LARGEST


def conditions(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the conditions of a good definition."""
    for word in ("all", "any"):
        for part in definition.get(word, ()):
            yield from conditions(part)
    if "not" in definition:
        yield from conditions(definition["not"])
    if "field" in definition:
        yield definition


def used(definition: dict[str, Any]) -> list[str]:
    """Return the variables that a good definition uses, by name."""
    return sorted({one["field"] for one in conditions(definition)})


def matches(definition: dict[str, Any], values: Mapping[str, Any], *, today: date) -> bool:
    """Whether somebody with these values belongs to a segment.

    Arguments
    ---------
    definition : a good one, see `faults`
    values : by the name of the variable; None and "" are not known
    """
    if "all" in definition:
        return all(matches(part, values, today=today) for part in definition["all"])
    if "any" in definition:
        return any(matches(part, values, today=today) for part in definition["any"])
    if "not" in definition:
        return not matches(definition["not"], values, today=today)
    value = values.get(definition["field"])
    if value is None or value == "":
        return False
    return all(
        _meets(word, value, asked, today) for word, asked in definition.items() if word != "field"
    )


def _meets(word: str, value: Any, asked: Any, today: date) -> bool:
    match word:
        case "is":
            return value in asked
        case "any_of":
            return bool(set(value) & set(asked))
        case "from":
            return bool(value >= number(asked))
        case "to":
            return bool(value <= number(asked))
        case "within_days":
            return bool(today - timedelta(days=asked) <= value <= today)
        case _:
            return bool(value < today - timedelta(days=asked))


def number(said: float) -> Decimal:
    """Return a number as it was written, so that 0.1 is a tenth."""
    return Decimal(str(said))
