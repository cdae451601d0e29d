"""Start events that concern the whole person: raised by whoever writes a row with their date."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from governance.policy.vocabulary import Anchor
from registry.datamap import data_map

FROM_EVIDENCE = frozenset({Anchor.CONTRACT_END, Anchor.CONSENT_WITHDRAWN})
"""Start events of the whole person that evidence about them tells (`registry.gate.facts`)."""

SUBJECT_ANCHORS = {Anchor.LAST_CONTACT: "last_contact_on", Anchor.LAST_ORDER: "last_order_on"}


def renew(rows: Iterable[Any]) -> None:
    """Raise the last contact and the last order of people to the dates of written rows."""
    latest: dict[str, dict[UUID, Any]] = {}
    for row in rows:
        for anchor, column in data_map()[type(row)].anchors.items():
            if anchor not in SUBJECT_ANCHORS or column in row.get_deferred_fields():
                continue  # deferred: withheld, and so not written
            value = getattr(row, column)
            if value is not None:
                day = value.date() if isinstance(value, datetime) else value
                seen = latest.setdefault(SUBJECT_ANCHORS[anchor], {})
                seen[row.subject_id] = max(day, seen.get(row.subject_id, day))
    for column, days in latest.items():
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE registry_datasubject s SET {column} = greatest(s.{column}, v.day)"  # noqa: S608 - column is ours
                " FROM unnest(%s::uuid[], %s::date[]) AS v(id, day)"
                f" WHERE s.id = v.id AND (s.{column} IS NULL OR s.{column} < v.day)",
                [list(days), list(days.values())],
            )
