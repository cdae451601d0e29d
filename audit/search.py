"""Searching the log: by action, outcome, role, purpose, time, record and people, newest first.

Asked inside an open access; row-level security leaves the entries of its controller. People are
found by what the log called them in each month (docs/spec/audit-log.md, section 3).
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from audit import status
from audit.models import Entry
from governance.crypto import keystore
from governance.policy.vocabulary import Scope

BODY = (
    r"convert_from(substring(entry FROM 1 FOR position('\x0a'::bytea IN entry) - 1), 'UTF8')"
    "::json"
)
ROLE = f"{BODY} -> 'actor' ->> 'role'"
RECORD = f"{BODY} -> 'obj' ->> 'id'"
PURPOSE = f"{BODY} ->> 'purpose'"
ABOUT = "SELECT entry_id FROM audit.access_member WHERE pseudonym = ANY(%s)"
ACCESSES = ("data.", "duty.performed", "package.")
"""What a person is told of: their data was read, changed or handed on."""


@dataclass(frozen=True)
class Criteria:
    """What is looked for; empty means anything.

    Attributes
    ----------
    action, outcome, role : words of the log
    purpose : a purpose key of the register or `duty:...`
    since, until : local days, both included
    record : id of a request, a run, an activity, an entry
    subject : whom an entry is about
    actor : who did it, as a data subject
    """

    action: str = ""
    outcome: str = ""
    role: str = ""
    purpose: str = ""
    since: date | None = None
    until: date | None = None
    record: UUID | None = None
    subject: UUID | None = None
    actor: UUID | None = None


@dataclass(frozen=True)
class Seen:
    """That somebody looked at a person's data, as the person may know it (Art. 15).

    When, what, for which purpose and in which role; not who (CJEU C-579/21, Pankki S).
    """

    at: datetime
    action: str
    purpose: str
    role: str


def find(criteria: Criteria, *, controller: UUID) -> QuerySet[Entry]:
    """Return the entries of a controller that match, newest first."""
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
    if criteria.purpose:
        found = found.annotate(purpose=_said(PURPOSE)).filter(purpose=criteria.purpose)
    if criteria.record:
        found = found.annotate(record=_said(RECORD)).filter(record=str(criteria.record))
    if criteria.subject:
        found = _about(found, controller, criteria.subject)
    if criteria.actor:
        found = found.filter(actor__in=[n.hex() for n in names_of(controller, criteria.actor)])
    return found


def accesses_of(controller: UUID, subject: UUID, *, now: datetime) -> list[Seen]:
    """Return who looked at a person's data, oldest first: moments, purposes and roles.

    As long as the log keeps such entries, and as long as the person's key exists.
    """
    found = _about(Entry.objects.filter(at__lte=now).order_by("at", "id"), controller, subject)
    bodies = [(entry, body_of(entry)) for entry in found if entry.action.startswith(ACCESSES)]
    return [
        Seen(entry.at, entry.action, body["purpose"], body["actor"]["role"])
        for entry, body in bodies
    ]


def names_of(controller: UUID, subject: UUID) -> list[bytes]:
    """Return what the log calls a person in each month it has entries of; none without a key."""
    ends = Entry.objects.aggregate(first=Min("month"), last=Max("month"))
    keys = keystore.subject_keys(controller, [subject], scopes=[Scope.AUDIT]).values()
    if ends["first"] is None or not keys:
        return []
    (key,) = keys
    months = range(_number(ends["first"]), _number(ends["last"]) + 1)
    return [bytes.fromhex(keystore.pseudonym(key, f"{n // 12}-{n % 12 + 1:02}")) for n in months]


def _number(month: date) -> int:
    return month.year * 12 + month.month - 1


def _about(found: QuerySet[Entry], controller: UUID, subject: UUID) -> QuerySet[Entry]:
    names = names_of(controller, subject)
    return found.filter(id__in=RawSQL(ABOUT, (names,)))  # noqa: S611 - a constant of this module


def get(entry_id: UUID) -> Entry | None:
    """Return one entry, looked for around the month its id says."""
    around = status.moment_of(entry_id)
    return Entry.objects.filter(
        id=entry_id, month__gte=_month(around), month__lte=around + timedelta(days=1)
    ).first()


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
