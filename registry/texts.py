"""Where people write sentences: what is noted when they do, and which rows wait to be read.

Free text is known from the data map. A row is noted in the transaction that writes it, so that no
text is kept that nobody will read, and `registry.findings` reads what was noted within a minute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from registry.datamap import data_map
from registry.models import SubjectRow, WaitingText


@dataclass(frozen=True)
class Texts:
    """A model in which people write sentences, and the attributes they write them in."""

    place: str
    model: type[SubjectRow]
    attributes: tuple[str, ...]


@cache
def all_texts() -> tuple[Texts, ...]:
    """Return every model with free text, in the order in which it is read."""
    found = []
    for holding in data_map().answered():
        model = holding.model_class
        attributes = tuple(n for n, d in holding.personal().items() if d.free_text)
        if attributes and issubclass(model, SubjectRow):
            found.append(Texts(holding.model, model, attributes))
    return tuple(sorted(found, key=lambda texts: texts.place))


@cache
def by_model() -> dict[type, Texts]:
    """Return the same by model."""
    return {texts.model: texts for texts in all_texts()}


def sets_text(row: Any) -> bool:
    """Say whether free text of a row was set and is not sealed yet."""
    found = by_model().get(type(row))
    return found is not None and any(row.pending.get(name) for name in found.attributes)


def note(controller: UUID, rows: Iterable[tuple[Any, Mapping[str, Any]]], *, now: datetime) -> None:
    """Note rows whose free text was written, changed or emptied.

    Parameters
    ----------
    rows : each with what was set of it
    """
    waiting = [
        WaitingText(controller_id=controller, place=texts.place, row=row.pk, noted_at=now)
        for row, changed in rows
        if (texts := by_model().get(type(row))) and not changed.keys().isdisjoint(texts.attributes)
    ]
    if waiting:
        WaitingText.objects.bulk_create(waiting, batch_size=2000)
