"""The mapping itself: a value that is proposed, changed by a person, saved and used again.

A mapping that comes back from storage or from a form is not believed. It is checked for
what `propose` and `with_override` could have made, and the refusal of secrets and of
special categories is decided again from the headers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, unique
from typing import Self

from crm.imports import headers
from crm.imports.errors import (
    ForbiddenColumnError,
    MappingError,
    MappingMismatchError,
    UnknownColumnError,
    UnknownTargetError,
)
from crm.imports.targets import TARGETS, Entity
from governance.policy.categories import NEVER_STORED, SPECIAL, Category

FORBIDDEN = NEVER_STORED | SPECIAL
"""Categories that are never mapped, whoever asks."""


@unique
class Reason(StrEnum):
    """What a column's place in the mapping rests on."""

    HEADER = "header"
    IDENTITY = "identity"
    VALUES = "values"
    DISCOVERY = "discovery"
    PERSON = "person"
    NOTHING = "nothing"


@unique
class Dropped(StrEnum):
    """Why a column is not imported."""

    SECRET = "secret"  # noqa: S105 - the word, not one
    SPECIAL = "special category"
    NO_TARGET = "no target"
    TAKEN = "target already filled"
    PERSON = "left out by a person"


@dataclass(frozen=True)
class ColumnMapping:
    """The place of one column.

    Attributes
    ----------
    index : position in the row, from 0
    header : name of the column
    target : field of the entity, or None where the column is dropped
    reason : what the choice rests on
    confidence : between 0 and 1; 1 where a person chose
    category : category of personal data, or None where it is unknown or none
    dropped_because : why there is no target; None exactly where there is one
    """

    index: int
    header: str
    target: str | None
    reason: Reason
    confidence: float
    category: Category | None
    dropped_because: Dropped | None = None


@dataclass(frozen=True)
class Mapping:
    """All columns of a file, each with its field or the reason why it has none."""

    entity: Entity
    columns: tuple[ColumnMapping, ...]

    def targets(self) -> dict[str, ColumnMapping]:
        """Return the columns that are imported, by field."""
        return {column.target: column for column in self.columns if column.target is not None}

    def dropped(self) -> tuple[ColumnMapping, ...]:
        """Return the columns that are not imported."""
        return tuple(column for column in self.columns if column.target is None)

    def pick(self, values: Sequence[str]) -> dict[str, str]:
        """Return the cells of one row by field; what is dropped goes no further than here."""
        return {target: values[column.index] for target, column in self.targets().items()}

    def with_override(self, column: int, target: str | None) -> Self:
        """Return the mapping with one column placed by a person.

        A field that another column had is taken from it.

        Parameters
        ----------
        column : position of the column, from 0
        target : field of the entity, or None to leave the column out

        Raises
        ------
        UnknownColumnError, UnknownTargetError, ForbiddenColumnError
        """
        if not 0 <= column < len(self.columns):
            raise UnknownColumnError
        if target is not None and target not in TARGETS[self.entity]:
            raise UnknownTargetError
        chosen = self.columns[column]
        if target is not None and _forbidden(chosen) is not None:
            raise ForbiddenColumnError
        columns = [_vacated(other) if other.target == target else other for other in self.columns]
        if target is not None:
            category = TARGETS[self.entity][target].category
            columns[column] = replace(
                chosen, target=target, reason=Reason.PERSON, confidence=1.0,
                category=category, dropped_because=None,
            )  # fmt: skip
        elif _forbidden(chosen) is None:
            columns[column] = replace(
                chosen, target=None, reason=Reason.PERSON, confidence=1.0,
                dropped_because=Dropped.PERSON,
            )  # fmt: skip
        else:
            columns[column] = chosen
        return replace(self, columns=tuple(columns))

    def matches(self, header: Sequence[str]) -> bool:
        """Say whether the mapping was made for a file with exactly these columns."""
        return [column.header for column in self.columns] == list(header)

    def to_json(self) -> str:
        """Return the mapping as JSON, with sorted keys, to be stored beside the import."""
        columns = [
            {
                "index": column.index,
                "header": column.header,
                "target": column.target,
                "reason": column.reason,
                "confidence": column.confidence,
                "category": column.category,
                "dropped_because": column.dropped_because,
            }
            for column in self.columns
        ]
        return json.dumps(
            {"entity": self.entity, "columns": columns}, sort_keys=True, ensure_ascii=False
        )

    @classmethod
    def from_json(cls, text: str, *, header: Sequence[str] | None = None) -> Self:
        """Return a saved mapping, checked as if a person had just made it.

        Parameters
        ----------
        text : what `to_json` returned
        header : columns of the file it is to be used for, or None to leave that unchecked

        Raises
        ------
        MappingError where it is no mapping, UnknownTargetError, ForbiddenColumnError,
        MappingMismatchError
        """
        try:
            data = json.loads(text)
            mapping = cls(Entity(data["entity"]), tuple(map(_column_from, data["columns"])))
        except (ValueError, KeyError, TypeError):
            raise MappingError from None
        _check(mapping)
        if header is not None and not mapping.matches(header):
            raise MappingMismatchError
        return mapping


def _column_from(data: dict[str, object]) -> ColumnMapping:
    """Return a column as `to_json` wrote it; ValueError, KeyError or TypeError where it is none."""
    index, confidence, header, target = (
        data[key] for key in ("index", "confidence", "header", "target")
    )
    if not isinstance(index, int) or not isinstance(confidence, int | float):
        raise TypeError
    if not isinstance(header, str) or not isinstance(target, str | None):
        raise TypeError
    category, dropped = data["category"], data["dropped_because"]
    return ColumnMapping(
        index=index,
        header=header,
        target=target,
        reason=Reason(str(data["reason"])),
        confidence=float(confidence),
        category=None if category is None else Category(str(category)),
        dropped_because=None if dropped is None else Dropped(str(dropped)),
    )


def _check(mapping: Mapping) -> None:
    """Refuse a mapping that `propose` and `with_override` could not have made."""
    chosen = [column for column in mapping.columns if column.target is not None]
    if [column.index for column in mapping.columns] != list(range(len(mapping.columns))):
        raise MappingError
    if len({column.target for column in chosen}) != len(chosen):
        raise MappingError
    for column in mapping.columns:
        if (column.target is None) is (column.dropped_because is None):
            raise MappingError
    if any(column.target not in TARGETS[mapping.entity] for column in chosen):
        raise UnknownTargetError
    if any(_forbidden(column) is not None for column in chosen):
        raise ForbiddenColumnError


def _forbidden(column: ColumnMapping) -> Category | None:
    """Return the category for which a column is refused, by its header or as recorded."""
    recorded = column.category if column.category in FORBIDDEN else None
    return recorded or headers.forbidden_category(column.header)


def _vacated(column: ColumnMapping) -> ColumnMapping:
    """Return a column whose field was given to another; one that had none stays as it is."""
    if column.target is None:
        return column
    return replace(column, target=None, dropped_because=Dropped.TAKEN)
