"""Rows of a file as typed values: the mapping and the conventions of each column applied."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.columns import Mapping as ColumnMap
from crm.imports.errors import RowProblem
from crm.imports.origins import Origins
from crm.imports.parsed import Conventions
from crm.imports.reading import Row
from crm.imports.targets import TARGETS
from crm.imports.values import infer_conventions, parse_value
from governance.policy.categories import Category


@dataclass(frozen=True)
class TypedRow:
    """One row: its line in the file, typed values by target, its origin key, or its problem."""

    line: int
    cells: tuple[str, ...]
    values: Mapping[str, Any]
    origin: bytes = b""
    problem: RowProblem | None = None


class RowReader:
    """Reads rows under a mapping limited to the categories an activity covers.

    Refusals (`opted out`, `do not call`) are read whatever the activity: a "no" is kept
    whoever brings it (Art. 21(3)).
    """

    def __init__(
        self,
        mapping: ColumnMap,
        sample: Sequence[Row],
        *,
        covered: frozenset[Category],
        origins: Origins,
        latest_year: int,
    ) -> None:
        self.entity = mapping.entity
        self._origins = origins
        targets = TARGETS[mapping.entity]
        allowed = covered | {Category.CONSENT}
        self._columns = {
            name: column
            for name, column in mapping.targets().items()
            if targets[name].category is None or targets[name].category in allowed
        }
        self.uncovered = sorted(set(mapping.targets()) - set(self._columns))
        self._conventions = {
            name: self._infer(sample, column.index, latest_year)
            for name, column in self._columns.items()
        }

    @staticmethod
    def _infer(sample: Sequence[Row], index: int, latest_year: int) -> Conventions:
        cells = [row.values[index] for row in sample if index < len(row.values)]
        return infer_conventions(cells, latest_year=latest_year, region="IT")

    def read(self, rows: Iterable[Row]) -> Iterable[TypedRow]:
        """Yield typed rows; a cell that cannot be understood makes the whole row a problem."""
        for row in rows:
            yield self._typed(row)

    def _typed(self, row: Row) -> TypedRow:
        if row.problem:
            return TypedRow(row.number, row.values, {}, problem=row.problem)
        values: dict[str, Any] = {}
        for name, column in self._columns.items():
            target = TARGETS[self.entity][name]
            parsed = parse_value(
                target.type,
                row.values[column.index],
                column=column.header,
                conventions=self._conventions[name],
            )
            if parsed.problem:
                return TypedRow(row.number, row.values, {}, problem=parsed.problem)
            if parsed.value is not None and parsed.value != "":
                values[name] = parsed.value if _is_typed(parsed.value) else parsed.text.strip()
        return TypedRow(row.number, row.values, values, origin=self._origin(values))

    def _origin(self, values: Mapping[str, Any]) -> bytes:
        entity = self.entity
        if external := values.get("external_id"):
            return self._origins.key(entity, str(external))
        return self._origins.of_row(entity, [str(values[name]) for name in sorted(values)])


def _is_typed(value: object) -> bool:
    """Dates and numbers are kept as understood, texts as written."""
    return not isinstance(value, str)
