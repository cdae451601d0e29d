"""Rows that name somebody of the memory of deletions and objections, set aside as questions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from uuid import UUID

from crm.imports.outcomes import Outcome
from crm.imports.typed import TypedRow
from registry import consent, returns, suppression
from registry.datamap import Lookup
from registry.gate.access import Access
from registry.models import DataSource, Objection
from registry.suppression import Door, Verdict

COLUMNS = {
    Lookup.EMAIL: ("email", "email_work", "email_alternate"),
    Lookup.PHONE: ("phone", "mobile", "phone_work", "fax"),
    Lookup.FISCAL_CODE: ("fiscal_code",),
}
SUPPRESSED = "suppressed"


def identifiers(row: TypedRow) -> dict[Lookup, list[str]]:
    """Return the identifiers of a row that may be remembered."""
    return {
        lookup: [str(row.values[name]) for name in names if row.values.get(name)]
        for lookup, names in COLUMNS.items()
    }


class Returning:
    """Asks the memory about a chunk: which of its rows may land."""

    def __init__(
        self,
        access: Access,
        source: DataSource,
        rows: Sequence[TypedRow],
        held: Mapping[bytes, UUID],
    ) -> None:
        self._access, self._source = access, source
        self._records = {
            row.line: returns.Record(
                identifiers(row), row.origin.hex(), held.get(row.origin), row.line
            )
            for row in rows
        }
        self._desk = returns.Desk(access, Door.IMPORT, source, list(self._records.values()))

    def admitted(self, rows: Iterable[TypedRow], outcome: Outcome) -> list[TypedRow]:
        """Set aside, with a question each, the rows that nobody may bring back."""
        admitted = []
        for row in rows:
            record = self._records[row.line]
            verdict = self._desk.decide(record)
            if verdict is Verdict.QUESTION:
                outcome.reject(row, SUPPRESSED)
                continue
            if verdict is Verdict.FORGET:
                suppression.forget(self._access, record.said, why="came_back")
            admitted.append(row)
        returns.raise_questions(
            self._access.actor, self._source, self._desk.asked, now=self._access.now
        )
        return admitted

    def stop_marketing(self, landed: Iterable[tuple[TypedRow, UUID]]) -> None:
        """Let an objection that is remembered for an address hold for whoever has it now."""
        days = {
            subject: day
            for row, subject in landed
            if (day := self._desk.memory.objected_on(self._records[row.line].said))
        }
        objecting = Objection.objects.filter(subject__in=days, to_marketing=True, channel="")
        silent = set(days) - set(objecting.values_list("subject_id", flat=True))
        for day in sorted({days[subject] for subject in silent}):
            consent.object_all(
                self._access, sorted(s for s in silent if days[s] == day),
                at=datetime.combine(day, time.min, tzinfo=UTC), source=self._source,
            )  # fmt: skip
