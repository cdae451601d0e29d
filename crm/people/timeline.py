"""One timeline of a person: whatever registers a kind of entry is on it, in one order of time.

    KINDS.append(Kind("visit", FieldVisit, "begins_at", Category.COMMUNICATIONS))

is all that another area writes. Each kind is read by keyset, one page and one row more, so that a
page costs one statement for each kind, however long the history is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Q
from django.utils import timezone

from crm.models import Case, Interaction, Opportunity, Order, StageEvent
from governance.policy.categories import Category
from registry.datamap import Personal, data_map
from registry.gate.access import Access
from registry.models import ConsentEvent, Objection, Sending, SubjectRow


@dataclass(frozen=True, slots=True)
class Kind:
    """What happens with people: a model, the column of its moment, what it takes to see it.

    `shows` are the fields that say what it was, no more than one line wants (Art. 5(1)(c)); none
    where whoever shows the timeline has a form of their own for it.
    """

    name: str
    model: type[SubjectRow]
    at: str
    category: Category
    shows: tuple[str, ...] = ()

    @property
    def is_a_day(self) -> bool:
        """Whether the moment is a day, which stands for its first moment in local time."""
        return not isinstance(self.model._meta.get_field(self.at), DateTimeField)


KINDS: list[Kind] = [
    Kind("order", Order, "ordered_on", Category.PURCHASES),
    Kind("interaction", Interaction, "occurred_at", Category.COMMUNICATIONS),
    Kind("case", Case, "opened_at", Category.COMMUNICATIONS, ("number", "kind", "state", "topic")),
    Kind("sending", Sending, "at", Category.COMMUNICATIONS, ("channel",)),
    Kind("opportunity", Opportunity, "collected_at", Category.BEHAVIOUR, ("stage", "title")),
    Kind("stage", StageEvent, "at", Category.BEHAVIOUR, ("stage", "came_from", "ground")),
    Kind("consent", ConsentEvent, "at", Category.CONSENT, ("state", "channel")),
    Kind("objection", Objection, "at", Category.CONSENT, ("to_marketing",)),
]


@dataclass(frozen=True, slots=True)
class Position:
    """Before which entry a page starts: older than `at`, or as old with a smaller id."""

    at: datetime
    row: UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    kind: str
    at: datetime
    row: Any


def granted(access: Access, wanted: Collection[str] = ()) -> list[Kind]:
    """Return the kinds that the access may show, or those of `wanted`."""
    return [
        kind
        for kind in KINDS
        if kind.category in access.categories and (not wanted or kind.name in wanted)
    ]


def page(
    access: Access, *, size: int, before: Position | None = None, kinds: Collection[str] = ()
) -> tuple[list[Entry], Position | None]:
    """Return the next entries of the people of an access, newest first, and where to go on."""
    found = [
        entry for kind in granted(access, kinds) for entry in _entries(access, kind, before, size)
    ]
    found.sort(key=lambda entry: (entry.at, entry.row.pk), reverse=True)
    shown = found[:size]
    last = Position(shown[-1].at, shown[-1].row.pk) if len(found) > size else None
    return shown, last


def details(access: Access, entry: Entry) -> dict[str, Any]:
    """Return the fields that say what an entry was, as far as the access may show them."""
    kind = next(kind for kind in KINDS if kind.name == entry.kind)
    holding, shown = data_map()[kind.model], {}
    for name in kind.shows:
        said = holding.declaration(name)
        if isinstance(said, Personal):
            if said.category not in access.categories:
                continue
            access.fields.add(f"{holding.model}.{name}")
        shown[name] = getattr(entry.row, name)
    return shown


def _entries(access: Access, kind: Kind, before: Position | None, size: int) -> list[Entry]:
    rows = access.rows(kind.model).order_by(f"-{kind.at}", "-pk")
    if before is not None:
        rows = rows.filter(_older(kind, before))
    return [Entry(kind.name, _moment(getattr(row, kind.at)), row) for row in rows[: size + 1]]


def _older(kind: Kind, before: Position) -> Q:
    if not kind.is_a_day:
        return Q(**{f"{kind.at}__lt": before.at}) | Q(**{kind.at: before.at, "pk__lt": before.row})
    day = timezone.localdate(before.at)
    same = Q(**{kind.at: day})
    if _moment(day) == before.at:
        same &= Q(pk__lt=before.row)
    return Q(**{f"{kind.at}__lt": day}) | same


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    return timezone.make_aware(datetime.combine(value, time.min))
