"""What became of the rows of a file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from crm.imports.typed import TypedRow


@dataclass(frozen=True)
class Rejection:
    """A row that did not land: the row, why, and the column at fault."""

    row: TypedRow
    code: str
    column: str = ""


@dataclass
class Outcome:
    """Counts of one chunk, and what was rejected."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def reject(self, row: TypedRow, code: str, column: str = "") -> None:
        """Set a row aside."""
        self.rejected.append(Rejection(row, code, column))


@dataclass
class Report:
    """What an import did, or in a dry run would do."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    uncovered: list[str] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    findings: int = 0

    @property
    def rejected(self) -> int:
        """How many rows were set aside."""
        return sum(self.reasons.values())

    def add(self, outcome: Outcome, rows: Iterable[TypedRow]) -> None:
        """Add one chunk."""
        self.read += len(list(rows))
        self.created += outcome.created
        self.updated += outcome.updated
        self.unchanged += outcome.unchanged
        self.reasons.update(rejection.code for rejection in outcome.rejected)
