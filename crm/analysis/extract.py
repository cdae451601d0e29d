"""The analytic extract: drawn out of operational data for one purpose, without names (A1).

    draw      draws it anew: whom the gate admits, by the categories that the purpose declares
    figures   yields its rows under pseudonyms
    relink    finds the people behind pseudonyms, which takes the epoch's key and a permission

Who objected, is restricted or gave no consent is not in it after the next drawing, and not read
from it before. A pseudonym is HMAC-SHA256(epoch's key, subject), of 16 bytes. It is computed when
it is read and stored nowhere; the key of an epoch is destroyed when the next is drawn, so that
figures that were handed out earlier lead to nobody (docs/adr/0024).
"""

import hmac
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from crm.analysis import drawing
from crm.analysis.errors import (
    ExtractMissingError,
    ExtractNotKeptError,
    PseudonymEndedError,
    RelinkRefusedError,
)
from crm.chosen import people_of
from crm.models import AnalyticExtract, AnalyticRow
from governance.crypto import keystore
from governance.policy.actors import Actor
from governance.policy.vocabulary import Operation, RecordClass, Role, SubjectKind
from registry import activities
from registry.datamap import data_map
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject, Purpose, RetentionRule

MAY_RELINK = frozenset({Role.MARKETING, Role.MANAGER, Role.SYSTEM})
LENGTH = 16  # bytes of a pseudonym


def draw(
    actor: Actor, purpose: str, *, since: date, currency: str = "EUR", now: datetime
) -> AnalyticExtract:
    """Draw the extract of a purpose anew, in place of the one before; one access for all people.

    Arguments
    ---------
    since : orders before it say nothing any more
    currency : orders in another one are counted out: sums of different currencies say nothing

    Raises
    ------
    ExtractNotKeptError
        the purpose is none for an analysis: no rule of its says how long figures are kept
    GateRefusedError
        the purpose is not in force, or not for this actor
    """
    _require_kept(actor.controller, purpose, now=now)
    held = DataSubject.objects.filter(controller=actor.controller).exclude(
        kind=SubjectKind.EMPLOYEE
    )
    everybody = held.values_list("pk", flat=True)
    with gate.open(actor, purpose, Operation.UPDATE, subjects=everybody, now=now) as access:
        extract = _next(access, purpose, since=since, currency=currency)
        keystore.controller_key(access.controller, key_use(extract), create=True)
        extract.people = drawing.fill(access, extract)
        extract.left_out = {str(code): n for code, n in access.excluded.items()}
        extract.save()
    for epoch in range(max(1, extract.epoch - 2), extract.epoch):
        keystore.destroy_controller_key(extract.controller_id, key_use(extract, epoch=epoch))
    return extract


def _require_kept(controller: UUID, purpose: str, *, now: datetime) -> None:
    """Refuse a purpose that knows no figures: people did not expect an analysis under it."""
    in_force = activities.in_force(controller, purpose, at=now)
    rules = RetentionRule.objects.filter(record_class=RecordClass.PURCHASE_DETAIL)
    if in_force and not rules.filter(version=in_force.version_id).exists():
        raise ExtractNotKeptError


def _next(access: Access, purpose: str, *, since: date, currency: str) -> AnalyticExtract:
    """Return the extract of a purpose at its next epoch, locked against another drawing."""
    key = Purpose.objects.get(controller=access.controller, key=purpose)
    AnalyticExtract.objects.get_or_create(
        controller_id=access.controller, purpose=key,
        defaults={"drawn_at": access.now, "since": since},
    )  # fmt: skip
    found = AnalyticExtract.objects.select_for_update(of=("self",)).get(
        controller=access.controller, purpose=key
    )
    found.epoch += 1
    found.drawn_at, found.since, found.currency = access.now, since, currency
    found.categories = sorted(access.categories)
    return found


def key_use(extract: AnalyticExtract, *, epoch: int | None = None) -> str:
    """Return the name of the key of an epoch in the keystore."""
    return f"extract:{extract.pk.hex}:{extract.epoch if epoch is None else epoch}"


def of_purpose(controller: UUID, purpose: str) -> AnalyticExtract:
    """Return the extract of a purpose.

    Raises
    ------
    ExtractMissingError
    """
    found = AnalyticExtract.objects.filter(controller=controller, purpose__key=purpose).first()
    if found is None or not found.epoch:
        raise ExtractMissingError
    return found


def people(extract: AnalyticExtract) -> "QuerySet[DataSubject, UUID]":
    """Return the people in an extract, for whom an access is opened."""
    return people_of(AnalyticRow.objects.filter(extract=extract).order_by())


def columns(access: Access) -> list[str]:
    """Return the columns of an extract that an access may read."""
    held = data_map()[AnalyticRow].personal().items()
    return [name for name, declared in held if declared.category in access.categories]


def figures(access: Access, extract: AnalyticExtract) -> Iterator[dict[str, Any]]:
    """Yield the rows of an extract under `pseudonym`, without the ids of people.

    Rows come in the order of their pseudonyms, which is no order of anything else.
    """
    key = _key(extract)
    names = columns(access)
    rows = access.rows(AnalyticRow).filter(extract=extract).values_list("subject_id", *names)
    told = ((_pseudonym(key, subject), values) for subject, *values in rows)
    for pseudonym, values in sorted(told, key=lambda row: row[0]):
        yield {"pseudonym": pseudonym, **dict(zip(names, values, strict=True))}


def relink(
    actor: Actor, extract: AnalyticExtract, pseudonyms: Iterable[str], *, now: datetime
) -> dict[str, UUID]:
    """Return the people behind pseudonyms of an extract, of those the gate still admits.

    Raises
    ------
    RelinkRefusedError
        the role of the actor works with figures alone
    PseudonymEndedError
        a pseudonym is not of the present epoch
    GateRefusedError
    """
    if actor.role not in MAY_RELINK:
        raise RelinkRefusedError
    wanted, key = set(pseudonyms), _key(extract)
    with gate.open(
        actor, extract.purpose.key, Operation.SEARCH, subjects=people(extract), now=now
    ) as access:
        rows = AnalyticRow.objects.filter(extract=extract).values_list("subject_id", flat=True)
        found = {_pseudonym(key, subject): subject for subject in rows}
        if not wanted <= found.keys():
            raise PseudonymEndedError
        admitted = access.among(found.values())
        return {one: found[one] for one in wanted if found[one] in admitted}


def _key(extract: AnalyticExtract) -> bytes:
    return keystore.controller_key(extract.controller_id, key_use(extract))


def _pseudonym(key: bytes, subject: UUID) -> str:
    return hmac.digest(key, subject.bytes, "sha256")[:LENGTH].hex()
