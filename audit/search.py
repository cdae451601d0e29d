"""Searching the log: by action, outcome, role, time and record, newest first.

Asked inside an open access; row-level security leaves the entries of its controller.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from audit.models import Entry

ROLE = (
    r"convert_from(substring(entry FROM 1 FOR position('\x0a'::bytea IN entry) - 1), 'UTF8')"
    "::json -> 'actor' ->> 'role'"
)
RECORD = ROLE.replace("'actor' ->> 'role'", "'obj' ->> 'id'")


@dataclass(frozen=True)
class Criteria:
    """What is looked for; empty means anything.

    Attributes
    ----------
    action, outcome, role : words of the log
    since, until : local days, both included
    record : id of a request, a run, an activity, an entry
    """

    action: str = ""
    outcome: str = ""
    role: str = ""
    since: date | None = None
    until: date | None = None
    record: UUID | None = None


def find(criteria: Criteria) -> QuerySet[Entry]:
    """Return the entries that match, newest first."""
    found = Entry.objects.order_by("-at", "-id")
    if criteria.action:
        found = found.filter(action=criteria.action)
    if criteria.outcome:
        found = found.filter(outcome=criteria.outcome)
    if criteria.since:
        start = _midnight(criteria.since)
        found = found.filter(at__gte=start, month__gte=_month(start))
    if criteria.until:
        found = found.filter(at__lt=_midnight(criteria.until + timedelta(days=1)))
    if criteria.role:
        found = found.annotate(role=_said(ROLE)).filter(role=criteria.role)
    if criteria.record:
        found = found.annotate(record=_said(RECORD)).filter(record=str(criteria.record))
    return found


def _said(sql: str) -> RawSQL:
    return RawSQL(sql, (), output_field=TextField())  # noqa: S611 - constants of this module


def body_of(entry: Entry) -> dict[str, Any]:
    """Return what the application said in an entry, from the stored bytes."""
    body: dict[str, Any] = json.loads(bytes(entry.entry).split(b"\n", 1)[0])
    return body


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _month(moment: datetime) -> date:
    """Return the partition a moment may be in; one month earlier is allowed for by time zones."""
    return (moment - timedelta(days=1)).date().replace(day=1)
