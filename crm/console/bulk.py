"""Doing one thing to many conversations: first who is left out, and why; then the thing itself.

The gate decides about all of them in one statement. What it leaves out is counted by its reason.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.console import mass
from crm.console.desk import Desk, page
from crm.conversations import operations
from crm.models import Conversation
from governance.policy.vocabulary import Operation
from registry.gate.errors import REFUSALS

MOST = 500
DEEDS: dict[str, Promise] = {
    "take": _("Take them over"),
    "close": _("Close them"),
    "write": _("Write to them"),
}


@dataclass(frozen=True)
class Preview:
    """Who would be reached, and who not, by reason."""

    chosen: int
    reached: list[Conversation]
    excluded: list[tuple[str | Promise, str | Promise, int]]
    beside: int

    @property
    def left_out(self) -> int:
        """How many are left out."""
        return self.chosen - len(self.reached)


@page()
def bulk(desk: Desk) -> HttpResponse:
    """Show what a deed would do to the conversations that were chosen, or do it."""
    said = desk.request.POST
    chosen = _ids(said.getlist("conversation"))
    deed = said.get("do", "")
    if desk.request.method != "POST" or not chosen or deed not in DEEDS:
        if desk.request.method == "POST":
            messages.error(desk.request, _("Choose conversations and what to do with them."))
        return redirect("desk:inbox")
    if deed == "write":
        return mass.write(desk, chosen)
    rows = Conversation.objects.filter(pk__in=chosen)
    whom = rows.order_by().values_list("subject_id", flat=True).distinct()
    does = Operation.UPDATE if "sure" in said else Operation.LIST
    with desk.open(does, subjects=whom) as desk.access:
        preview = _preview(desk, chosen)
        if "sure" in said:
            for row in preview.reached:
                _do(desk, row.pk, deed)
            answer: HttpResponse = redirect("desk:inbox")
        else:
            context = {"title": DEEDS[deed], "preview": preview, "deed": deed, "chosen": chosen}
            answer = desk.render("console/bulk.html", context)
    if "sure" in said:
        messages.success(desk.request, _done(preview))
    return answer


def _ids(said: list[str]) -> list[UUID]:
    found = []
    for text in said[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _preview(desk: Desk, chosen: list[UUID]) -> Preview:
    """Return what is reached: not whom the gate leaves out, nor what is closed already."""
    reached = list(
        desk.access.rows(Conversation).filter(pk__in=chosen).exclude(state="closed").order_by("pk")
    )
    held_back: Counter[Any] = desk.access.excluded
    excluded: list[tuple[str | Promise, str | Promise, int]] = [
        (REFUSALS[refusal][0], REFUSALS[refusal][1], number)
        for refusal, number in held_back.most_common()
    ]
    closed = desk.access.rows(Conversation).filter(pk__in=chosen, state="closed").count()
    return Preview(len(chosen), reached, excluded, closed)


def _do(desk: Desk, conversation: UUID, deed: str) -> None:
    if deed == "take":
        operations.assign(desk.access, conversation, to=desk.staff.pk)
    else:
        operations.close(desk.access, conversation)


def _done(preview: Preview) -> str:
    done = len(preview.reached)
    told = ngettext("%(n)d conversation done", "%(n)d conversations done", done) % {"n": done}
    out = preview.left_out
    return told + (", " + ngettext("%(n)d left out.", "%(n)d left out.", out) % {"n": out})
