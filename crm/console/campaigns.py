"""Campaigns at the desk: planned by one person, approved by another, stopped, and their results.

They are those of the purpose somebody works for: that of the segment, under which results are kept.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.campaigns import operations
from crm.campaigns.errors import (
    CampaignInvalidError,
    CampaignNamesSomebodyError,
    CampaignNotFoundError,
    CampaignPurposeError,
    CampaignStateError,
    OverBudgetError,
)
from crm.campaigns.operations import NewCampaign
from crm.campaigns.results import results
from crm.console import campaign_form, campaign_results, words
from crm.console.campaign_results import count, money
from crm.console.desk import Desk, page
from crm.models import Campaign, Segment
from crm.service import reports
from crm.workflows.versions import may_approve
from governance.policy.campaigns import CHANNELS, CampaignState, planned_cost
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Channel, Operation, Role
from governance.policy.workflows import VersionState
from registry import activities, labels
from registry.labels import titled

SEE = frozenset({Role.MARKETING, Role.ANALYST, Role.MANAGER})
PLAN = frozenset({Role.MARKETING, Role.MANAGER})
STATES: dict[CampaignState, Promise] = {
    CampaignState.DRAFT: _("Draft"),
    CampaignState.APPROVED: pgettext_lazy("campaign", "Running"),
    CampaignState.STOPPED: pgettext_lazy("campaign", "Stopped"),
    CampaignState.ENDED: pgettext_lazy("campaign", "Ended"),
}
BECAUSE: dict[str, Promise] = {
    "person": _("Somebody stopped it."), "budget": _("It stopped, for the budget is spent."),
}  # fmt: skip
MOST = 200


@page(roles=SEE)
def campaigns(desk: Desk) -> HttpResponse:
    """List the campaigns of the purpose somebody works for, the newest first."""
    rows = _rows(desk).order_by("-pk")[:MOST]
    context = {
        "title": _("Campaigns"),
        "may_plan": desk.role in PLAN,
        "campaigns": [_line(desk, row) for row in rows],
    }
    return desk.render("console/campaigns.html", context)


def _rows(desk: Desk) -> Any:
    mine = Campaign.objects.filter(
        controller=desk.staff.controller_id, segment__purpose__key=_purpose(desk)
    )
    return mine.select_related("purpose", "segment__purpose", "drafted_by", "approved_by")


def _purpose(desk: Desk) -> str:
    return desk.purpose.key if desk.purpose else ""


def _line(desk: Desk, row: Campaign) -> dict[str, Any]:
    own = {one.key: one.title for one in desk.offered}
    return {
        "row": row, "title": titled(row.title_it, row.title_en),
        "state": STATES[CampaignState(row.state)],
        "purpose": own.get(row.purpose.key, row.purpose.text),
        "spent": money(row.spent, row.currency), "budget": money(row.budget, row.currency),
    }  # fmt: skip


@page(roles=SEE)
def campaign(desk: Desk, campaign: UUID) -> HttpResponse:
    """Show one campaign: what is said when, to whom, at what cost, and what came of it."""
    row = _found(desk, campaign)
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    figures = None
    if row.state != CampaignState.DRAFT:
        found = results(desk.actor, row, now=desk.now)
        figures = campaign_results.shown(found, row.currency, smallest=smallest)
    context = {
        **_line(desk, row), **_target(row, smallest), "figures": figures, "smallest": smallest,
        "because": BECAUSE.get(row.stopped_because, ""),
        "steps": _steps(row), "channels": _channels(row),
        "fixed": money(row.fixed_cost, row.currency),
        "is_draft": row.state == CampaignState.DRAFT, "may_plan": desk.role in PLAN,
        "may_approve": may_approve(row, desk.staff),
        "may_stop": desk.role in PLAN and row.state == CampaignState.APPROVED,
    }  # fmt: skip
    return desk.render("console/campaign.html", context)


def _found(desk: Desk, campaign: UUID) -> Campaign:
    found: Campaign | None = _rows(desk).filter(pk=campaign).first()
    if found is None:
        raise CampaignNotFoundError
    return found


def _target(row: Campaign, smallest: int) -> dict[str, Any]:
    """Return the segment as it was frozen, and the most that the campaign may cost by it."""
    segment = row.segment
    reached = reports.part_of(segment.reached, segment.reached, smallest=smallest)
    left, _sum = reports.summed(segment.left_out, smallest=smallest)
    planned = planned_cost(row.definition, fixed=row.fixed_cost, people=segment.reached)
    return {
        "segment": titled(segment.title_it, segment.title_en), "reached": count(reached),
        "left_out": [(campaign_results.reason(code), count(n)) for code, n in left.items()],
        "planned": count(None) if reached is None else money(planned, row.currency),
    }  # fmt: skip


def _steps(row: Campaign) -> list[dict[str, Any]]:
    rows = Segment.objects.filter(controller=row.controller_id).order_by("number")
    groups = {one.key: titled(one.title_it, one.title_en) for one in rows}
    return [
        {
            "wait": step["wait_days"],
            "texts": [
                {
                    **one, "in": words.LANGUAGE[one["language"]],
                    "named": groups.get(one["group"], one["group"]),
                }
                for one in step["blocks"]
            ],
        }
        for step in row.definition["steps"]
    ]  # fmt: skip


def _channels(row: Campaign) -> list[tuple[str, str]]:
    costs = row.definition["costs"]
    written = {word: number_format(Decimal(cost), use_l10n=True) for word, cost in costs.items()}
    return [
        (labels.text(Channel, word), f"{written[word]} {row.currency}")
        for word in row.definition["channels"]
    ]


@page(roles=PLAN)
def new(desk: Desk) -> HttpResponse:
    """Plan a campaign: add steps and texts, then keep it as a draft."""
    is_sent = desk.request.method == "POST"
    return _plan(desk, campaign_form.read(desk.request.POST if is_sent else QueryDict()))


@page(roles=PLAN)
def edit(desk: Desk, campaign: UUID) -> HttpResponse:
    """Change a draft; under its own name it is replaced, whoever drafted it."""
    row = _found(desk, campaign)
    if row.state != CampaignState.DRAFT:
        raise CampaignStateError
    if desk.request.method == "POST":
        return _plan(desk, campaign_form.read(desk.request.POST), key=row.key)
    return _form(desk, campaign_form.shown(row))


def _plan(desk: Desk, typed: campaign_form.Typed, *, key: str = "") -> HttpResponse:
    """Show what was typed again, with one more step or text; or keep it as a draft."""
    said = desk.request.POST
    if said.get("do") != "keep":
        campaign_form.more(typed, said.get("do", ""))
        return _form(desk, typed)
    campaign_form.without_empty(typed)
    try:
        meant = campaign_form.campaign(typed)
        meant = replace(meant, key=key) if key else meant
        _require_own(desk, meant)
        kept = operations.draft(meant, by=desk.staff, now=desk.now)
    except (
        CampaignInvalidError, CampaignNamesSomebodyError, CampaignPurposeError,
        CampaignStateError, OverBudgetError,
    ) as error:  # fmt: skip
        return _form(desk, typed, error)
    messages.success(desk.request, _("Kept as a draft. Somebody else approves it."))
    return redirect("desk:campaign", campaign=kept.pk)


def _require_own(desk: Desk, meant: NewCampaign) -> None:
    """Let a campaign be of a purpose of the role, and of a segment of the purpose worked for."""
    mine = Segment.objects.filter(pk=meant.segment, purpose__key=_purpose(desk))
    if meant.purpose not in dict(_purposes(desk)) or not mine.exists():
        raise CampaignPurposeError


def _purposes(desk: Desk) -> list[tuple[str, str]]:
    """Return the purposes of direct marketing that the role may act for."""
    found = []
    for one in desk.offered:
        in_force = activities.in_force(desk.staff.controller_id, one.key, at=desk.now)
        terms = in_force.terms if in_force else None
        if terms and terms.is_marketing and Operation.SEND in terms.operations:
            found.append((one.key, one.title))
    return found


def _form(
    desk: Desk, typed: campaign_form.Typed, error: GovernanceError | None = None
) -> HttpResponse:
    approved = Segment.objects.filter(
        controller=desk.staff.controller_id, state=VersionState.APPROVED
    ).select_related("purpose")
    named = [(one, titled(one.title_it, one.title_en)) for one in approved.order_by("key")]
    mine = _purpose(desk)
    context = {
        "title": _("New campaign"), "typed": typed, "error": error, "spoken": words.LANGUAGE,
        "places": error.places if isinstance(error, CampaignNamesSomebodyError) else (),
        "faults": campaign_form.explained(error) if isinstance(error, CampaignInvalidError) else (),
        "purposes": _purposes(desk), "channels": [(c, labels.text(Channel, c)) for c in CHANNELS],
        "segments": [(str(one.pk), text) for one, text in named if one.purpose.key == mine],
        "groups": [(one.key, text) for one, text in named],
    }  # fmt: skip
    status = 200 if error is None else 422 if error.status < 409 else error.status  # noqa: PLR2004
    return desk.render("console/campaign_new.html", context, status=status)


@page(roles=PLAN)
def act(desk: Desk, campaign: UUID) -> HttpResponse:
    """Approve a draft that somebody else made, or stop what runs."""
    row = _found(desk, campaign)
    said = desk.request.POST.get("do", "")
    if said == "approve":
        operations.approve(
            row.pk, by=desk.staff, now=desk.now, shown=desk.request.POST.get("shown", "")
        )
        messages.success(desk.request, _("Approved. Its messages go when their step comes."))
    if said == "stop":
        operations.stop(row.pk, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Stopped. Nothing of it is sent any more."))
    return redirect("desk:campaign", campaign=row.pk)
