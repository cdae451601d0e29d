"""Loyalty at the desk: the programme, planned by one and approved by another; and one member.

What a member has is shown and written under the purpose of the programme, whatever the purpose
somebody works for; a role that does not act for it sees nothing of it.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console import loyalty_form
from crm.console.desk import Desk, page
from crm.loyalty import ledger, membership, programmes, showing
from crm.loyalty.errors import LineNotFoundError, ProgrammeInvalidError
from crm.models import LoyaltyProgramme, WebForm
from crm.workflows.versions import MAY_APPROVE
from governance.policy.loyalty import CorrectedBecause
from governance.policy.vocabulary import Operation, Role
from governance.policy.workflows import VersionState
from registry.gate import opening as gate
from registry.labels import titled

PLAN = frozenset({Role.MARKETING, Role.MANAGER})
STATES = {
    VersionState.DRAFT: _("Draft"),
    VersionState.APPROVED: pgettext_lazy("programme", "In force"),
    VersionState.RETIRED: pgettext_lazy("programme", "Replaced"),
}
MOST = 50


@page(roles=PLAN, needs_purpose=False)
def programme(desk: Desk) -> HttpResponse:
    """Show the versions of the programme, and draft the next one."""
    rows = LoyaltyProgramme.objects.filter(controller=desk.staff.controller_id)
    rows = rows.select_related("purpose").order_by("-number")
    newest = rows.first()
    if desk.request.method == "POST":
        return _draft(desk, list(rows[:MOST]))
    empty = loyalty_form.read(desk.request.POST)
    return _programme(desk, list(rows[:MOST]), loyalty_form.shown(newest) if newest else empty)


def _draft(desk: Desk, rows: list[LoyaltyProgramme]) -> HttpResponse:
    typed = loyalty_form.read(desk.request.POST)
    try:
        _require_offered(desk, typed["purpose"])
        programmes.draft(loyalty_form.programme(typed), by=desk.staff, now=desk.now)
    except ProgrammeInvalidError as error:
        return _programme(desk, rows, typed, error)
    messages.success(desk.request, _("Kept as a draft. Somebody else approves it."))
    return redirect("desk:loyalty")


def _require_offered(desk: Desk, purpose: str) -> None:
    if purpose not in {one.key for one in desk.offered}:
        raise ProgrammeInvalidError(faults=[("#/purpose", "purpose")])


def _programme(
    desk: Desk, rows: list[LoyaltyProgramme], typed: dict[str, Any],
    error: ProgrammeInvalidError | None = None,
) -> HttpResponse:  # fmt: skip
    forms = WebForm.objects.filter(controller=desk.staff.controller_id, state="approved")
    context = {
        "title": _("Loyalty programme"), "typed": typed, "error": error,
        "faults": loyalty_form.explained(error) if error else (),
        "purposes": [(one.key, one.title) for one in desk.offered],
        "forms": [(one.slug, titled(one.title_it, one.title_en)) for one in forms],
        "versions": [
            {
                "row": row, "title": titled(row.title_it, row.title_en),
                "state": STATES[VersionState(row.state)],
                "may_approve": row.state == VersionState.DRAFT and desk.role in MAY_APPROVE
                and row.drafted_by_id != desk.staff.pk,
            }
            for row in rows
        ],
    }  # fmt: skip
    return desk.render("console/loyalty.html", context, status=422 if error else 200)


@page(roles=PLAN, needs_purpose=False)
def approve(desk: Desk, programme: UUID) -> HttpResponse:
    """Put a draft in force."""
    if desk.request.method == "POST":
        _require_own(desk, programme)
        programmes.approve(programme, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Approved: the programme is in force from now on."))
    return redirect("desk:loyalty")


def _require_own(desk: Desk, programme: UUID) -> None:
    rows = LoyaltyProgramme.objects.filter(controller=desk.staff.controller_id)
    if not rows.filter(pk=programme).exists():
        raise LineNotFoundError


def _for_role(desk: Desk) -> LoyaltyProgramme | None:
    """Return the programme in force, if its purpose is one that the role acts for."""
    found = programmes.in_force(desk.staff.controller_id)
    keys = {purpose.key for purpose in desk.offered}
    return found if found is not None and found.purpose.key in keys else None


@page()
def member(desk: Desk, person: UUID) -> HttpResponse:
    """Show the membership of a person, or the terms by which they may join."""
    found = _for_role(desk)
    context: dict[str, Any] = {"title": _("Loyalty"), "person": person, "programme": found}
    if found is not None:
        with gate.open(
            desk.actor, found.purpose.key, Operation.READ, subjects=person, now=desk.now
        ) as access:
            context["mine"] = showing.of(access, person, found)
        context |= {"programme": showing.programme(found), "because": showing.BECAUSE.items()}
    return desk.render("console/member.html", context)


@page()
def act(desk: Desk, person: UUID) -> HttpResponse:
    """Let a person join or leave at their wish, hand out a reward, or correct a line."""
    if desk.request.method == "POST" and _for_role(desk) is not None:
        messages.success(desk.request, _done(desk, person))
    return redirect("desk:member", person=person)


def _done(desk: Desk, person: UUID) -> Any:
    said, by, now = desk.request.POST, desk.actor, desk.now
    match said.get("do", ""):
        case "join":
            membership.join(by, person, accepts=said.get("terms") == "1", now=now)
            return _("They are a member now, and agreed to nothing else by it.")
        case "leave":
            membership.leave(by, person, now=now)
            return _("Their membership has ended.")
        case "redeem":
            line = ledger.redeem(by, person, said.get("reward", ""), now=now)
            return _("Handed out, by the code %(code)s.") % {"code": line.code}
        case _:
            _correct(desk, person)
            return _("Corrected by a line of its own.")


def _correct(desk: Desk, person: UUID) -> None:
    said = desk.request.POST
    try:
        line, points = UUID(said.get("line", "")), int(said.get("points", "")[:8])
        because = CorrectedBecause(said.get("because", ""))
    except ValueError:
        raise LineNotFoundError from None
    ledger.correct(desk.actor, person, line, points, because=because, now=desk.now)
