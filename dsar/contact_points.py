"""The contact points of a person that we knew before they asked, as the data map tells.

A point is told apart by a keyed hash, which is what is stored of it. Its value is read inside an
access for the duty of answering, to send a code to it or to ring it, never to show it whole.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from governance.crypto import keystore, normalise
from governance.policy.identity import Given, Point
from governance.policy.lookalikes import are_alike
from governance.policy.vocabulary import RecordClass
from registry import search
from registry.datamap import Holding, Lookup, Sign, data_map
from registry.gate.access import Access
from registry.models import DataSubject

USE = "cases"
REACHED_BY = (Lookup.EMAIL, Lookup.PHONE)
NORMAL = {Lookup.EMAIL: normalise.email, Lookup.PHONE: normalise.phone}
TOGETHER = timedelta(days=1)  # a contact detail that came with the person is as old as they are


@dataclass(frozen=True)
class OnFile:
    """One contact point on file: what is decided about it, and its value."""

    point: Point
    lookup: Lookup
    value: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The value as it may be shown: enough to recognise it, too little to use it."""
        if self.lookup is Lookup.PHONE:
            return f"••• {self.value[-3:]}"
        local, _at, domain = self.value.partition("@")
        return f"{local[:1]}•••@{domain}"


def of(access: Access, subject: UUID) -> list[OnFile]:
    """Return the contact points of a person, each once, e-mail addresses first."""
    known_since = DataSubject.objects.values_list("created_at", flat=True).get(pk=subject)
    values: dict[bytes, tuple[Lookup, str]] = {}
    found: dict[bytes, list[tuple[date | None, bool]]] = defaultdict(list)
    for lookup, value, row, holding in _values(access, subject):
        if key := key_of(access.controller, lookup, value):
            values.setdefault(key, (lookup, value))
            found[key].append((_changed_on(row, holding, known_since), _is_lost(row, holding)))
    has_left = _has_left(access, subject)
    points = []
    for key, (lookup, value) in values.items():
        told = found[key]
        others = set(search.subjects_with(access.controller, lookup, value)) - {subject}
        points.append(
            OnFile(
                Point(
                    key, is_shared=bool(others), is_lost=all(lost for _day, lost in told),
                    is_former=has_left and lookup is Lookup.EMAIL,
                    # Known by one old row, however many new ones repeat it.
                    changed_on=min(day or date.min for day, _lost in told),
                ),
                lookup, value,
            )
        )  # fmt: skip
    return sorted(points, key=lambda one: one.lookup)


def _values(access: Access, subject: UUID) -> Iterator[tuple[Lookup, str, Any, Holding]]:
    for holding in data_map().answered():
        names = {n: d.lookup for n, d in holding.personal().items() if d.lookup in REACHED_BY}
        if not names or holding.record_class is not RecordClass.MASTER_DATA:
            continue
        model: Any = holding.model_class
        for row in access.rows(model).filter(subject=subject).order_by("collected_at", "pk"):
            for name, value in access.values(row).items():
                if value and (lookup := names.get(name)):
                    yield lookup, str(value), row, holding


def _changed_on(row: Any, holding: Holding, known_since: datetime) -> date | None:
    changed = getattr(row, holding.signs.get(Sign.CHANGED, ""), None)
    added = row.collected_at if row.collected_at > known_since + TOGETHER else None
    latest = max((at for at in (changed, added) if at), default=None)
    return timezone.localdate(latest) if latest else None


def _is_lost(row: Any, holding: Holding) -> bool:
    return getattr(row, holding.signs.get(Sign.BOUNCED, ""), None) is not None


def _has_left(access: Access, subject: UUID) -> bool:
    """Whether they left a company and are in none."""
    today = timezone.localdate(access.now)
    ends: list[date | None] = []
    for holding in data_map().answered():
        if column := holding.signs.get(Sign.ENDED):
            model: Any = holding.model_class
            ends += access.rows(model).filter(subject=subject).values_list(column, flat=True)
    return bool(ends) and all(end is not None and end < today for end in ends)


def key_of(controller: UUID, lookup: Lookup, value: str) -> bytes:
    """Return what stands for a contact point; empty where the text is none."""
    normal = NORMAL[lookup](value)
    if normal is None:
        return b""
    key = keystore.controller_key(controller, USE, create=True)
    return hmac.digest(key, f"{lookup}|{normal}".encode(), "sha256")


def given(controller: UUID, points: list[OnFile], *, email: str, phone: str) -> Given:
    """Return what the address is to us that an answer would go to."""
    said: dict[Lookup, str] = {Lookup.EMAIL: email.strip(), Lookup.PHONE: phone.strip()}
    lookup = next((one for one in REACHED_BY if said[one]), None)
    if lookup is None:
        return Given.NONE
    by_kind: dict[Lookup, list[OnFile]] = defaultdict(list)
    for one in points:
        by_kind[one.lookup].append(one)
    key = key_of(controller, lookup, said[lookup])
    if key and any(one.point.key == key for one in by_kind[lookup]):
        return Given.ON_FILE
    if lookup is Lookup.EMAIL and any(
        are_alike(said[lookup], one.value) for one in by_kind[lookup]
    ):
        return Given.LOOK_ALIKE
    return Given.UNKNOWN
