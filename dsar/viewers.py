"""Who looked at a person's data, when and why, from the audit log.

The log calls a person by another pseudonym each month; the person's key gives all of them. A
person is told the role and the purpose, not the member of staff (CJEU C-579/21: the identity
only where it is indispensable and the rights of the staff allow it).
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection

from governance.crypto import keystore
from governance.policy.vocabulary import Scope

QUERY = """
    SELECT e.at, e.action, e.outcome, e.entry
    FROM audit.access_member m JOIN audit.entry e ON e.id = m.entry_id
    WHERE m.pseudonym = ANY(%s) AND e.month = ANY(%s)
    ORDER BY e.at, e.id
"""


@dataclass(frozen=True)
class Look:
    """One entry of the log in which the person is a member.

    Attributes
    ----------
    action, operation, outcome : words of the log
    role : of whoever acted
    purpose : key of a purpose of the register, or `duty:...`
    """

    at: datetime
    action: str
    operation: str
    outcome: str
    role: str
    purpose: str


def looks(controller: UUID, subject: UUID, *, since: datetime, now: datetime) -> list[Look]:
    """Return what the log says about a person, oldest first; asked inside an open access."""
    keys = keystore.subject_keys(controller, [subject], scopes=[Scope.AUDIT])
    key = keys.get((subject, Scope.AUDIT))
    if key is None:
        return []
    months = _months(since.astimezone(UTC).date(), now.astimezone(UTC).date())
    names = [bytes.fromhex(keystore.pseudonym(key, f"{m:%Y-%m}")) for m in months]
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [names, months])
        return [_look(*found) for found in cursor.fetchall()]


def _look(at: datetime, action: str, outcome: str, entry: memoryview) -> Look:
    body = json.loads(bytes(entry).split(b"\n", 1)[0])
    return Look(
        at=at,
        action=action,
        operation=body.get("operation", ""),
        outcome=outcome,
        role=body["actor"]["role"],
        purpose=body["purpose"],
    )


def _months(first: date, last: date) -> list[date]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
