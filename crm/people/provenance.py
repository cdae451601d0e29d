"""Where each attribute of a person came from, and when.

A row says it for all its fields; a field that another source, or our staff, changed later says it
for itself. So a change of one field does not claim the others for its source.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.models import Account, Contact, ContactPoint, FieldOrigin, Membership
from crm.models.base import CrmRow
from registry.datamap import Origin, data_map
from registry.gate.access import Access
from registry.models import DataSource

MASTER: tuple[type[CrmRow], ...] = (Contact, ContactPoint, Account, Membership)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that is held.

    Arguments
    ---------
    name : `crm.Contact.given_name`
    source : name of the source in the register, "" where our staff wrote it
    at : when the value was collected
    origin : provided by the person, observed, or inferred
    """

    row: UUID
    name: str
    source: str
    at: datetime
    origin: Origin


def of(access: Access, subject: UUID) -> list[Attribute]:
    """Return the attributes of a person that the access may show, each with source and date."""
    own = {
        (origin.row, origin.field): origin
        for origin in access.rows(FieldOrigin).filter(subject=subject).select_related("source")
    }
    found: list[Attribute] = []
    for model in MASTER:
        rows = access.rows(model).filter(subject=subject).select_related("source")
        for row in rows.order_by("collected_at", "pk"):
            found += _attributes(access, row, own)
    return found


def _attributes(
    access: Access, row: CrmRow, own: dict[tuple[UUID, str], FieldOrigin]
) -> Iterable[Attribute]:
    holding = data_map()[type(row)]
    for name, value in access.values(row).items():
        if value is None or value == "":
            continue
        said: CrmRow = own.get((row.pk, name), row)
        yield Attribute(
            row.pk,
            f"{holding.model}.{name}",
            said.source.name if said.source else "",
            said.collected_at,
            holding.personal()[name].origin,
        )


def note(
    access: Access,
    changed: Iterable[tuple[CrmRow, Collection[str]]],
    *,
    source: DataSource | None,
) -> None:
    """Note where the new values of fields came from: from a source, or without one from staff."""
    origins = [
        FieldOrigin(
            controller_id=access.controller, subject_id=row.subject_id, row=row.pk, field=name,
            source=source, noted_by_id=None if source else access.actor.staff,
            collected_at=access.now,
        )
        for row, names in changed
        for name in names
    ]  # fmt: skip
    rows = FieldOrigin.objects.filter(row__in={origin.row for origin in origins})
    stale = {(o.row, o.field): o.pk for o in rows}
    gone = [stale[o.row, o.field] for o in origins if (o.row, o.field) in stale]
    FieldOrigin.objects.filter(pk__in=gone).delete()
    FieldOrigin.objects.bulk_create(origins, batch_size=2000)
