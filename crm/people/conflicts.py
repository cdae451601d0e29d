"""Where two sources say different things about a person: one is believed, and both are kept (A16).

    settle   decides by rule what an import may change, keeps what does not stand, and logs it
    others   what other sources say about a person, beside what stands

The rule is `governance.policy.sources`: the person, then the house, then a verified source, then
any other; between equals the newer. What staff writes, or a person has corrected, is a decision of
its own and is not ruled: the value before it is gone (Art. 16).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import log
from audit.actions import Action
from crm.models import Contact, FieldOrigin, OtherContact
from governance.policy.sources import Standing, takes_over
from registry.gate.access import Access
from registry.models import DataSource
from registry.operations import KEEPING

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Other:
    """What another source says of one field.

    Attributes
    ----------
    name, value : the attribute of `Contact`, and what it would be
    """

    name: str
    value: Any
    source: str
    at: datetime


def standing_of(source: DataSource | None) -> Standing:
    """Return how much a source is believed; None is our staff."""
    if source is None:
        return Standing.STAFF
    if source.from_subject:
        return Standing.PERSON
    return Standing.VERIFIED if source.verified_at else Standing.TOLD


def settle(
    access: Access, said: Sequence[tuple[Contact, Values]], *, source: DataSource
) -> dict[UUID, dict[str, Any]]:
    """Return by contact the values that a source may set; what does not stand is kept beside.

    Arguments
    ---------
    said : contacts that are locked, and what the source says of each
    """
    held_by = _held_by(access, (contact for contact, _values in said))
    lost: list[tuple[Contact, DataSource | None, str, Any]] = []
    settled: dict[UUID, dict[str, Any]] = {}
    chosen: Counter[str] = Counter()
    for contact, values in said:
        mine = settled[contact.pk] = dict(values)
        for name, value in values.items():
            held, by = (
                getattr(contact, name),
                held_by[contact.pk].get(name, held_by[contact.pk][""]),
            )
            if held in {None, "", value} or (by is not None and by.pk == source.pk):
                continue
            if takes_over(standing_of(by), standing_of(source)):
                lost.append((contact, by, name, held))
                chosen["taken"] += 1
            else:
                lost.append((contact, source, name, mine.pop(name)))
                chosen["kept"] += 1
    if _keep(access, lost, source=source, settled=settled):
        event = log.Event(
            action=Action.VALUE_CHOSEN, purpose=KEEPING, object_type="source",
            object_id=source.pk, counts=dict(chosen),
        )  # fmt: skip
        log.record(access.actor, event, now=access.now)
    return settled


def _held_by(
    access: Access, contacts: Iterable[Contact]
) -> dict[UUID, dict[str, DataSource | None]]:
    """Return the source of each field of contacts; under "" that of all the others."""
    rows = list(contacts)
    sources = DataSource.objects.in_bulk({c.source_id for c in rows if c.source_id})
    found: dict[UUID, dict[str, DataSource | None]] = {
        c.pk: {"": sources[c.source_id] if c.source_id else None} for c in rows
    }
    noted = access.rows(FieldOrigin).filter(row__in=list(found)).select_related("source")
    for origin in noted:
        found[origin.row][origin.field] = origin.source
    return found


def _keep(
    access: Access, lost: Sequence[tuple[Contact, DataSource | None, str, Any]], *,
    source: DataSource, settled: Mapping[UUID, Values],
) -> bool:  # fmt: skip
    """Write down what does not stand, by source; return whether anything of it is new."""
    rows = OtherContact.objects.select_for_update(of=("self",)).filter(row__in=list(settled))
    held = {(row.row, row.source_id): row for row in rows}
    changed: set[tuple[UUID, UUID | None]] = set()
    for contact, by, name, value in lost:
        key = (contact.pk, by.pk if by else None)
        row = held.setdefault(key, _other(access, contact, by))
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed.add(key)
    for (contact_id, source_id), row in held.items():  # what stands now is no other value any more
        stands = settled.get(contact_id, {}) if source_id == source.pk else {}
        for name in stands:
            if getattr(row, name) is not None:
                setattr(row, name, None)
                changed.add((contact_id, source_id))
    for key in changed:
        held[key].collected_at = access.now
        held[key].save()
    return bool(changed)


def _other(access: Access, contact: Contact, source: DataSource | None) -> OtherContact:
    return OtherContact(
        controller_id=access.controller, subject_id=contact.subject_id, row=contact.pk,
        source=source, collected_at=access.now,
    )  # fmt: skip


def others(access: Access, subject: UUID) -> list[Other]:
    """Return what other sources say of a person, of the categories that the access may show."""
    rows = access.rows(OtherContact).filter(subject=subject).select_related("source")
    return [
        Other(name, value, row.source.name if row.source else "", row.collected_at)
        for row in rows.order_by("collected_at", "pk")
        for name, value in access.values(row).items()
        if value not in {None, ""}
    ]
