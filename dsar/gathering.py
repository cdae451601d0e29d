"""Everything that is held about one person, as plain values, by way of the data map.

No model is named here: a new table is part of every answer from the day it is declared. Rows
of derived holdings repeat others and are left out. Of columns that say nothing about anybody,
words of closed lists go along for context (a channel, a state); links to members of staff,
keys and ciphertext do not.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import get_language

from governance.policy.categories import Category
from governance.policy.vocabulary import RecordClass, SubjectKind, SubjectStatus
from registry.datamap import BASE_FIELDS, Holding, NotPersonal, Personal, data_map
from registry.gate.access import Access
from registry.models import (
    DataSource,
    DataSubject,
    PrivacyNotice,
    Purpose,
    Recipient,
    SubjectRow,
)

CONTEXT = (models.CharField, models.TextField, models.BooleanField)
Value = str | bool | int


@dataclass(frozen=True)
class Cell:
    """One value of a row; `category` is None for a word of context or a link.

    `hidden` counts the passages about others that a mark stands for.
    """

    name: str
    value: Value
    category: Category | None
    hidden: int = 0


@dataclass(frozen=True)
class Row:
    """One row about the person.

    Attributes
    ----------
    source : name of the source in the register; "" when it was recorded by our own staff
    """

    id: UUID
    source: str
    from_subject: bool
    collected_at: datetime | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """All rows of one holding."""

    record: str
    title: str
    record_class: RecordClass
    rows: tuple[Row, ...]

    @property
    def categories(self) -> list[Category]:
        """Categories that some row really holds, in the order of the taxonomy."""
        held = {cell.category for row in self.rows for cell in row.cells if cell.category}
        return [category for category in Category if category in held]


@dataclass(frozen=True)
class Gathered:
    """What is held about one person at one moment."""

    subject: UUID
    kind: SubjectKind
    status: SubjectStatus
    since: datetime
    groups: tuple[Group, ...]

    @property
    def is_known(self) -> bool:
        """Whether anything is held besides files of requests (Art. 15(1): yes or no)."""
        return any(g.rows for g in self.groups if g.record_class is not RecordClass.REQUEST_FILE)


def gather(access: Access, subject: UUID) -> Gathered:
    """Return every row about `subject` in every holding that answers list."""
    person = DataSubject.objects.get(pk=subject)
    groups = [_group(access, holding, subject) for holding in data_map().answered()]
    return Gathered(
        subject=subject,
        kind=SubjectKind(person.kind),
        status=SubjectStatus(person.status),
        since=person.created_at,
        groups=tuple(group for group in groups if group.rows),
    )


def _group(access: Access, holding: Holding, subject: UUID) -> Group:
    model: Any = holding.model_class
    rows = model._default_manager.filter(**{holding.subject_column: subject})
    if issubclass(model, SubjectRow):
        named = [
            field.name
            for field in model._meta.fields
            if field.related_model in (Purpose, DataSource, Recipient, PrivacyNotice)
        ]
        rows = rows.select_related(*named).order_by("collected_at", "pk")
    return Group(
        record=holding.model,
        title=holding.title_it if _is_italian() else holding.title_en,
        record_class=RecordClass(holding.record_class or RecordClass.MASTER_DATA),
        rows=tuple(_row(access, holding, row) for row in rows),
    )


def _row(access: Access, holding: Holding, row: Any) -> Row:
    source = getattr(row, "source", None)
    return Row(
        id=row.pk,
        source=source.name if source else "",
        from_subject=bool(source and source.from_subject),
        collected_at=getattr(row, "collected_at", None),
        cells=tuple(_cells(access, holding, row)),
    )


def _cells(access: Access, holding: Holding, row: Any) -> list[Cell]:
    values = access.values(row)
    cells = []
    for name, declaration in holding.fields.items():
        if isinstance(declaration, Personal):
            value, category = values.get(name), declaration.category
        elif name in BASE_FIELDS or not holding.isolated:
            continue
        else:
            value, category = _context(row, name, declaration), None
        if value is not None and value != "":
            cells.append(Cell(name, _plain(value), category))
    return cells


def _context(row: Any, name: str, _declared: NotPersonal) -> Any:
    """Return a word, the name of what the register has, or the id of the person's other row."""
    field = row._meta.get_field(name)
    if isinstance(field, models.ForeignKey):
        related = field.related_model
        if related is Purpose:
            purpose = getattr(row, name)
            return purpose and (purpose.text_it if _is_italian() else purpose.text_en)
        if related is Recipient:
            return getattr(row, name).name
        if related is PrivacyNotice:
            return getattr(row, name).reference
        is_row = isinstance(related, type) and issubclass(related, SubjectRow)
        return getattr(row, field.attname) if is_row else None
    return getattr(row, name) if isinstance(field, CONTEXT) else None


def _plain(value: Any) -> Value:
    match value:
        case bool() | int():
            return value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes():  # of a file: as whoever opens the copy can open it
            return f"data:application/octet-stream;base64,{b64encode(value).decode('ascii')}"
        case _:
            return str(value)


def _is_italian() -> bool:
    return (get_language() or "it").startswith("it")
