"""Whether the program is used: by role, without ranking anybody who works here (F13).

    by_role    people, active people, cases solved and fields written, of each role
    by_person  the same of each person, for whom the register lets it: in the order of their names

Counted out of the work itself. The log of accesses is not read for it: it is there to protect data,
and measures nobody (art. 4 L. 300/1970). A role of few people is not shown, since its figures
would be those of a person. Looking at single people takes an activity of its own in the register,
which is not shipped: a company that agreed on it with its workers drafts and approves it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from crm.chosen import people_of
from crm.models import Case, FieldOrigin
from governance.policy.actors import Actor
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.opening import Subjects
from registry.models import Staff

BY_PERSON = "adoption_by_person"
"""The purpose under which single people may be looked at, where the register has it."""


@dataclass(frozen=True, slots=True)
class Use:
    """How the program is used by a role, or by a person.

    Attributes
    ----------
    who : the role, or the login name
    people, active : how many there are, and how many of them logged in since the period began
    solved : cases that were solved in the period, by to whom they were given
    written : fields of people that were written in it
    """

    who: str
    people: int
    active: int
    solved: int
    written: int


def people(purpose: str) -> Subjects:
    """Return the customers whose cases and fields are counted."""
    return people_of(Case.objects.filter(purpose=purpose).order_by())


def by_role(access: Access, purpose: str, *, since: datetime) -> list[Use]:
    """Return the use by role since a moment, in the order of the names of the roles."""
    staff = _staff(access.controller)
    solved, written = _done(access, purpose, since=since)
    role_of = dict(staff.values_list("pk", "role"))
    held = Counter(role_of.values())
    active = Counter(staff.filter(last_login__gte=since).values_list("role", flat=True))
    by_solved, by_written = Counter[str](), Counter[str]()
    for one, role in role_of.items():
        by_solved[role] += solved[one]
        by_written[role] += written[one]
    return [
        Use(role, number, active[role], by_solved[role], by_written[role])
        for role, number in sorted(held.items())
    ]


def admitted(actor: Actor, *, now: datetime) -> set[UUID]:
    """Return the members of staff who may be looked at one by one, and record that they are.

    Raises
    ------
    GateRefusedError
        the register has no such activity in force, or not for this role
    """
    everybody = _staff(actor.controller).values_list("subject_id", flat=True)
    with gate.open(actor, BY_PERSON, Operation.LIST, subjects=everybody, now=now) as access:
        found = _staff(actor.controller).filter(subject_id__in=access.among(None))
        return set(found.values_list("pk", flat=True))


def by_person(access: Access, purpose: str, of: set[UUID], *, since: datetime) -> list[Use]:
    """Return the use by each of those who may be looked at, by name and never by a figure."""
    solved, written = _done(access, purpose, since=since)
    rows = _staff(access.controller).filter(pk__in=of).order_by("username")
    return [
        Use(row.username, 1, int(bool(row.last_login and row.last_login >= since)),
            solved[row.pk], written[row.pk])
        for row in rows
    ]  # fmt: skip


def _staff(controller: UUID) -> "QuerySet[Staff]":
    rows: QuerySet[Staff] = Staff.objects.filter(controller=controller, is_active=True)
    return rows


def _done(
    access: Access, purpose: str, *, since: datetime
) -> tuple[Counter[UUID | None], Counter[UUID | None]]:
    """Return cases solved and fields written, by member of staff."""
    cases = access.rows(Case).filter(purpose=purpose, solved_at__gte=since)
    solved = cases.values_list("assigned_to").annotate(Count("pk")).order_by()
    fields = access.rows(FieldOrigin).filter(collected_at__gte=since)
    written = fields.values_list("noted_by").annotate(Count("pk")).order_by()
    return Counter(dict(solved)), Counter(dict(written))
