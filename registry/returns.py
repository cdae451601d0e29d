"""Questions about people of the memory of deletions whom somebody brings in again.

Nothing of the row is stored. The question names the source, why and since when the address is
remembered, and where to look; the DPO looks into the file or system it came from. The answer
stands for that record of that source, which is known by a keyed hash: *another person* may come in
next time, *a mistake* stays out, who *came back* by themselves comes in and ends the memory.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import log
from audit.actions import Action
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.errors import GovernanceError
from registry.datamap import Lookup
from registry.findings import PURPOSE
from registry.gate.access import Access
from registry.models import DataSource, Finding
from registry.questioning import MASKED, Question
from registry.suppression import (
    Door,
    Identifiers,
    Memory,
    Reason,
    Verdict,
    Wish,
    decide,
    record_id,
)

CATEGORY_OF = {
    Lookup.EMAIL: Category.EMAIL,
    Lookup.PHONE: Category.PHONE,
    Lookup.FISCAL_CODE: Category.NATIONAL_ID,
}


@unique
class Answer(StrEnum):
    """What the DPO says of a record that names a remembered address."""

    ANOTHER_PERSON = "another_person"
    MISTAKE = "mistake"
    CAME_BACK = "came_back"


class ContactSuppressedError(GovernanceError):
    """Whom the data is about was erased or has objected; nobody else brings them back.

    Attributes
    ----------
    source, asked : whose data it is and what to ask the DPO, after the access was rolled back
    """

    code = "contact_suppressed"
    article = "21(3)"
    status = 409
    message = _("This person asked not to be kept or contacted.")
    advice = _(
        "Nothing was saved, and the DPO was asked. If it is another person, send the call again"
        " with the same external_id once the DPO has answered. If they came back of their own will,"
        " say when they confirmed it at the address, under a source that is the person."
    )

    def __init__(self, *, source: DataSource | None, asked: Sequence["Asked"]) -> None:
        super().__init__()
        self.source, self.asked = source, asked


@dataclass(frozen=True, slots=True)
class Record:
    """One record that arrives.

    Attributes
    ----------
    key : what its source calls it, the same next time; "" where it has no name
    subject : the person it would change; None for a new one
    place : where to find it: the line of a file, counted from one, or 0
    """

    said: Identifiers
    key: str = ""
    subject: UUID | None = None
    place: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to raise, without a value."""

    row: UUID
    lookup: Lookup
    reason: Reason
    on: date
    place: int


class Desk:
    """Decides about the records of one source that arrive together, in four statements at most."""

    def __init__(
        self, access: Access, door: Door, source: DataSource | None, records: Sequence[Record]
    ) -> None:
        self._access, self._door, self._source = access, door, source
        said: dict[Lookup, set[str]] = {lookup: set() for lookup in CATEGORY_OF}
        for record in records:
            for lookup, values in record.said.items():
                said[lookup].update(values)
        self.memory = Memory(access.controller, said)
        named = {self._row(r) for r in records if self.memory.of(r.said)}
        self._answers = dict(
            Finding.objects.filter(
                controller=access.controller, kind=Question.REMEMBERED, row__in=named
            )
            .exclude(answer="")
            .values_list("row", "answer")
            if named
            else ()
        )
        self.asked: list[Asked] = []

    def _row(self, record: Record) -> UUID:
        # Without a name of its own it is known by what is remembered, and whoever comes is asked.
        key = record.key or f"memory|{self.memory.of(record.said)[0].row}"
        return record_id(self._access.controller, str(self._source.pk) if self._source else "", key)

    def decide(self, record: Record) -> Verdict:
        """Decide about one record; a question is noted in `asked`."""
        reasons = self.memory.reasons(record.said)
        is_held = self.memory.is_held(record.said, record.subject)
        verdict = decide(self._door, Wish.KEEP, reasons=reasons, is_held=is_held)
        if verdict is not Verdict.QUESTION:
            return verdict
        row = self._row(record)
        match self._answers.get(row):
            case Answer.CAME_BACK:
                return Verdict.FORGET
            case Answer.ANOTHER_PERSON if record.key:
                return Verdict.ACCEPT
        first = self.memory.of(record.said)[0]
        self.asked.append(Asked(row, first.lookup, first.reason, first.on, record.place))
        return verdict


def raise_questions(
    actor: Actor, source: DataSource | None, asked: Iterable[Asked], *, now: datetime
) -> int:
    """Store the questions that were never asked; return how many are new."""
    new = {one.row: one for one in asked}
    mine = Finding.objects.filter(controller=actor.controller, row__in=new)
    known = set(mine.values_list("row", flat=True))
    new = {row: one for row, one in new.items() if row not in known}
    place, pk = (source.name[:200], source.pk) if source else ("", None)
    Finding.objects.bulk_create(
        (
            Finding(
                controller_id=actor.controller, place=place, row=one.row, raised_at=now,
                category=CATEGORY_OF[one.lookup], kind=Question.REMEMBERED,
                reason=f"{one.reason} {one.on.isoformat()} {one.place}",
            )
            for one in new.values()
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    if new:
        event = log.Event(
            action=Action.FINDING_RAISED, purpose=PURPOSE, object_type="source" if pk else "",
            object_id=pk, counts={Question.REMEMBERED: len(new)},
        )  # fmt: skip
        log.record(actor, event, now=now)
    return len(new)


def why(finding: Finding) -> tuple[Reason, date, int]:
    """Return why a question was raised: the reason, its day, and the line of the file or 0."""
    reason, day, line = finding.reason.split()
    return Reason(reason), date.fromisoformat(day), int(line)


def answers_of(kind: str) -> Collection[str]:
    """Return the words by which a question of this kind is answered."""
    if kind == Question.REMEMBERED:
        return tuple(Answer)
    rest = ("confirmed", "removed", "dismissed")
    return ("masked", *rest) if kind in MASKED else rest
