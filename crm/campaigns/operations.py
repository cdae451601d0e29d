"""Drafting a campaign, and letting it begin when somebody else approves it.

Approval takes the members of the segment whom the gate admits then, holds some out by lot to
compare, and gives each a code for coupons. Nothing is sent here (`crm.campaigns.sending`).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from audit import log
from audit.actions import Action
from crm.campaigns.errors import (
    CampaignInvalidError,
    CampaignNamesSomebodyError,
    CampaignPurposeError,
    CampaignStateError,
    OverBudgetError,
)
from crm.help import checking
from crm.models import Campaign, CampaignRecipient, Segment
from crm.segments import operations as segments
from crm.workflows.versions import Titles, require_approvable
from governance.policy.actors import system
from governance.policy.campaigns import (
    MOST_HELD_OUT,
    CampaignState,
    faults,
    is_held_out,
    planned_cost,
)
from governance.policy.vocabulary import Operation
from governance.policy.workflows import VersionState
from registry import activities
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Purpose, Staff
from registry.operations import KEEPING

AT_ONCE = 2000
LONGEST = 365  # days for which an order is counted for a message


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What is drafted.

    Attributes
    ----------
    purpose : of direct marketing, for which the messages go
    definition : channels in their order, costs, steps (`governance.policy.campaigns`)
    held_out : per cent of the segment who get nothing, to compare
    within_days : how long after a message an order is counted for it
    margin_percent : what is left of a sale before the costs of the campaign
    """

    key: str
    titles: Titles
    purpose: str
    segment: UUID
    definition: Any
    budget: Decimal
    fixed_cost: Decimal = Decimal(0)
    currency: str = "EUR"
    held_out: int = 0
    within_days: int = 30
    margin_percent: int = 100


def draft(new: NewCampaign, *, by: Staff, now: datetime) -> Campaign:
    """Draft a campaign in place of an earlier draft of it.

    Raises
    ------
    CampaignPurposeError, CampaignInvalidError, CampaignNamesSomebodyError, OverBudgetError
    CampaignStateError
        a campaign of this name was approved already
    """
    purpose, segment = _purpose(new, by, now=now), _segment(new, by)
    _check(new, segment, by, now=now)
    with transaction.atomic():
        rows = Campaign.objects.select_for_update().filter(controller=by.controller, key=new.key)
        if rows.exclude(state=CampaignState.DRAFT).exists():
            raise CampaignStateError
        made, _is_new = rows.update_or_create(
            controller=by.controller, key=new.key,
            defaults={
                "title_it": new.titles.it, "title_en": new.titles.en, "purpose": purpose,
                "segment": segment, "definition": new.definition, "budget": new.budget,
                "fixed_cost": new.fixed_cost, "currency": new.currency, "held_out": new.held_out,
                "within_days": new.within_days, "margin_percent": new.margin_percent,
                "drafted_by": by,
            },
        )  # fmt: skip
        _record(by, Action.RULE_DRAFTED, made, now=now)
    return made


def _purpose(new: NewCampaign, by: Staff, *, now: datetime) -> Purpose:
    in_force = activities.in_force(by.controller_id, new.purpose, at=now)
    terms = in_force.terms if in_force else None
    if terms is None or not terms.is_marketing or Operation.SEND not in terms.operations:
        raise CampaignPurposeError
    return Purpose.objects.get(controller=by.controller, key=new.purpose)


def _segment(new: NewCampaign, by: Staff) -> Segment:
    rows = Segment.objects.filter(controller=by.controller, state=VersionState.APPROVED)
    found = rows.filter(pk=new.segment).first()
    if found is None:
        raise CampaignPurposeError
    return found


def _check(new: NewCampaign, segment: Segment, by: Staff, *, now: datetime) -> None:
    approved = Segment.objects.filter(controller=by.controller, state=VersionState.APPROVED)
    wrong = [
        (one.where, one.code)
        for one in faults(new.definition, groups=set(approved.values_list("key", flat=True)))
    ]
    numbers = {
        "#/budget": new.budget > 0 and new.fixed_cost >= 0,
        "#/held_out": 0 <= new.held_out <= MOST_HELD_OUT,
        "#/within_days": 0 <= new.within_days <= LONGEST,
        "#/margin_percent": 0 <= new.margin_percent <= 100,  # noqa: PLR2004 - per cent
        "#/currency": len(new.currency) == 3 and new.currency.isupper(),  # noqa: PLR2004 - ISO 4217
    }
    wrong += [(where, "value") for where, is_right in numbers.items() if not is_right]
    if wrong:
        raise CampaignInvalidError(faults=wrong)
    planned = planned_cost(new.definition, fixed=new.fixed_cost, people=segment.reached)
    if planned > new.budget:
        raise OverBudgetError(planned=str(planned), budget=str(new.budget))
    for step in new.definition["steps"]:
        for block in step["blocks"]:
            named = checking.places(by.controller_id, block["topic"], block["body"], now=now)
            if named:
                raise CampaignNamesSomebodyError(places=named)


def approve(campaign: UUID, *, by: Staff, now: datetime, shown: str | None = None) -> Campaign:
    """Let a campaign begin: its people are taken from the segment, as the gate admits them now.

    Arguments
    ---------
    shown : the fingerprint of the draft that `by` has read; None where no page showed one

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    DraftChangedError
        it is not what was shown any more
    CampaignPurposeError
        its segment is not approved any more
    """
    said = Campaign.objects.select_related("segment__purpose").get(
        pk=campaign, controller=by.controller
    )
    require_approvable(said, by, shown=shown)
    if said.segment.state != VersionState.APPROVED:
        raise CampaignPurposeError
    with gate.open(
        system(by.controller_id), said.segment.purpose.key, Operation.UPDATE,
        subjects=segments.members(said.segment), now=now,
    ) as access:  # fmt: skip
        draft = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign)
        require_approvable(draft, by, shown=shown)
        draft.state, draft.approved_by, draft.approved_at = CampaignState.APPROVED, by, now
        draft.spent = draft.fixed_cost
        draft.save()
        _enrol(access, draft)
        _record(by, Action.RULE_APPROVED, draft, now=now)
    return draft


def _enrol(access: Access, campaign: Campaign) -> None:
    people = sorted(access.admitted or ())
    first = access.now + timedelta(days=campaign.definition["steps"][0]["wait_days"])
    for start in range(0, len(people), AT_ONCE):
        CampaignRecipient.objects.bulk_create(
            CampaignRecipient(
                controller_id=access.controller, subject_id=subject, campaign=campaign,
                campaign_key=campaign.key, entered_at=access.now, collected_at=access.now,
                is_held_out=(out := is_held_out(campaign.pk, subject, campaign.held_out)),
                state="done" if out else "waiting", wake_at=None if out else first,
                code=secrets.token_hex(5).upper(),
            )
            for subject in people[start : start + AT_ONCE]
        )  # fmt: skip


def stop(campaign: UUID, *, by: Staff, now: datetime) -> Campaign:
    """Stop a campaign: nothing of it is sent from now on.

    Raises
    ------
    CampaignStateError
    """
    with transaction.atomic():
        found = Campaign.objects.select_for_update().get(pk=campaign, controller=by.controller)
        if found.state != CampaignState.APPROVED:
            raise CampaignStateError
        found.state, found.stopped_because = CampaignState.STOPPED, "person"
        found.save(update_fields=["state", "stopped_because"])
        _record(by, Action.RULE_STOPPED, found, now=now)
    return found


def _record(by: Staff, action: Action, campaign: Campaign, *, now: datetime) -> None:
    event = log.Event(action=action, purpose=KEEPING, object_type="campaign", object_id=campaign.pk)
    log.record(by.actor(), event, now=now)
