"""The board of possible sales: one column a stage, and what it all comes to.

A card is moved by its own small form, which works without scripts; the move is a dated event. What
was won or lost stays on the board for a month, and is not moved any more.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.chosen import people_of
from crm.console.desk import Desk, page
from crm.models import Contact, Opportunity
from crm.sales import opportunities, queries
from governance.policy.categories import Category
from governance.policy.sales import ENDED, Stage
from governance.policy.vocabulary import Operation
from registry.gate.access import Access

SHOWN_FOR = timedelta(days=30)  # after it ended
MOST = 300
STAGES: dict[Stage, Promise] = {
    Stage.NEW: pgettext_lazy("stage", "New"),
    Stage.QUALIFIED: pgettext_lazy("stage", "Looked into"),
    Stage.PROPOSAL: pgettext_lazy("stage", "Offer made"),
    Stage.NEGOTIATION: pgettext_lazy("stage", "Being agreed"),
    Stage.WON: pgettext_lazy("stage", "Won"),
    Stage.LOST: pgettext_lazy("stage", "Lost"),
}


@dataclass(frozen=True)
class Column:
    """One stage, with its cards; `onward` are the stages that a card may go to."""

    name: Promise
    cards: list[dict[str, Any]]
    onward: list[tuple[str, Promise]]


def _people(desk: Desk) -> Any:
    return queries.with_opportunities(since=desk.now - SHOWN_FOR)


@page(Operation.LIST, people=_people)
def board(desk: Desk) -> HttpResponse:
    """Show the possible sales by stage, and their forecast."""
    access = desk.access
    access.require(Category.COMMUNICATIONS)
    access.require(Category.BEHAVIOUR)
    recent = (desk.now - SHOWN_FOR).date()
    rows = access.rows(Opportunity).exclude(stage__in=ENDED, moved_on__lt=recent)
    found = list(rows.order_by("expected_on", "id")[:MOST])
    names = _names(access, found)
    columns = [_column(stage, found, names) for stage in Stage]
    context = {
        "title": _("Possible sales"),
        "columns": columns,
        "forecast": queries.forecast(access),
        "left_out": sum(access.excluded.values()),
    }
    return desk.render("console/board.html", context)


@page()
def move(desk: Desk, opportunity: UUID) -> HttpResponse:
    """Move one possible sale to a stage, and go back to the board."""
    wanted = desk.request.POST.get("stage", "")
    if desk.request.method == "POST" and wanted in set(Stage):
        people = people_of(Opportunity.objects.filter(pk=opportunity))
        with desk.open(Operation.UPDATE, subjects=people) as access:
            if access.admitted:
                opportunities.move(access, opportunity, Stage(wanted), by=desk.staff.pk)
                messages.success(desk.request, _("Moved: the stage and its day are recorded."))
    return redirect("desk:board")


def _column(stage: Stage, rows: list[Opportunity], names: dict[UUID, str]) -> Column:
    cards = [
        {
            "id": row.pk, "title": row.title, "amount": row.amount, "currency": row.currency,
            "probability": row.probability, "expected_on": row.expected_on,
            "person": row.subject_id, "name": names.get(row.subject_id, ""),
        }
        for row in rows
        if row.stage == stage
    ]  # fmt: skip
    onward = [] if stage in ENDED else [(s.value, n) for s, n in STAGES.items() if s != stage]
    return Column(STAGES[stage], cards, onward)


def _names(access: Access, rows: list[Opportunity]) -> dict[UUID, str]:
    if Category.NAME not in access.categories:
        return {}
    people = access.rows(Contact).filter(subject__in={row.subject_id for row in rows})
    return {contact.subject_id: contact.full_name for contact in people}
