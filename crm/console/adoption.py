"""Whether the program is used, by role; and by person, where the register lets it."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from crm.console import sheets
from crm.console.campaign_results import NOT_SHOWN
from crm.console.desk import Desk, page
from crm.service import adoption as counting
from crm.service import reports
from crm.service.adoption import Use
from governance.policy.vocabulary import Operation, Role
from registry import labels
from registry.gate.opening import Subjects

SEE = frozenset({Role.MANAGER})
PERIOD = timedelta(days=30)
HEAD = ("role", "people", "active", "solved", "written")


def _people(desk: Desk) -> Subjects:
    return counting.people(_purpose(desk))


def _purpose(desk: Desk) -> str:
    return desk.purpose.key if desk.purpose else ""


@page(Operation.LIST, people=_people, roles=SEE)
def adoption(desk: Desk) -> HttpResponse:
    """Show the use by role in the last thirty days, or hand it out as a sheet."""
    found = counting.by_role(desk.access, _purpose(desk), since=desk.now - PERIOD)
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    lines = [(labels.text(Role, one.who), *_cells(one, smallest)) for one in found]
    if desk.request.GET.get("as") == sheets.SHEET:
        rows = [(one.who, *_cells(one, smallest)) for one in found]
        return sheets.sheet("adoption", HEAD, rows)
    context: dict[str, Any] = {
        "title": _("Whether the program is used"), "smallest": smallest,
        "lines": [[NOT_SHOWN if cell is None else cell for cell in line] for line in lines],
    }  # fmt: skip
    return desk.render("console/adoption.html", context)


def _cells(one: Use, smallest: int) -> tuple[int | None, ...]:
    """Return the figures of a role; none of a role of few people, for they would be a person's."""
    if reports.is_small(one.people, smallest=smallest):
        return (None, None, None, None)
    return (one.people, one.active, one.solved, one.written)


@page(roles=SEE)
def adoption_by_person(desk: Desk) -> HttpResponse:
    """Show the use by person, by name: where the register has an activity for it."""
    of = counting.admitted(desk.actor, now=desk.now)
    with desk.open(Operation.LIST, subjects=_people(desk)) as desk.access:
        found = counting.by_person(desk.access, _purpose(desk), of, since=desk.now - PERIOD)
    context = {
        "title": _("Use of the program, person by person"), "is_by_person": True,
        "lines": [(one.who, one.people, one.active, one.solved, one.written) for one in found],
    }  # fmt: skip
    return desk.render("console/adoption.html", context)
