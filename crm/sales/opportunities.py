"""Opportunities: opened, moved from stage to stage, each move a dated event that stays (O6).

Each function runs inside an open access that may write. The stage of an opportunity is that of its
last event; both are written together, and the database lets no event be changed.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from crm.models import Opportunity, OpportunityMove
from crm.sales.errors import StageError
from governance.policy import sales
from governance.policy.sales import Stage
from registry.gate.access import Access


@dataclass(frozen=True)
class Hope:
    """What may be sold.

    Attributes
    ----------
    probability : in percent, where somebody knows better than the stage says
    owner : the member of staff who follows it
    """

    title: str
    amount: Decimal
    currency: str = "EUR"
    probability: int | None = None
    expected_on: date | None = None
    owner: UUID | None = None
    note: str = ""


def open_one(access: Access, subject: UUID, hope: Hope, *, by: UUID | None) -> Opportunity:
    """Record an opportunity of a person or an account, at the first stage."""
    found = Opportunity(
        controller_id=access.controller,
        subject_id=subject,
        amount=hope.amount,
        currency=hope.currency,
        probability=sales.probability_of(Stage.NEW, hope.probability),
        expected_on=hope.expected_on,
        moved_on=timezone.localdate(access.now),
        owner_id=hope.owner,
        collected_at=access.now,
    )
    found.title, found.note = hope.title, hope.note
    found.save()
    _note(access, found, by=by)
    return found


def move(
    access: Access,
    opportunity: UUID,
    stage: Stage,
    *,
    by: UUID | None,
    probability: int | None = None,
) -> Opportunity:
    """Move an opportunity to a stage, and write when, and by whom; it stays where it is already.

    Raises
    ------
    StageError
        it has ended
    """
    found = locked(access, opportunity)
    if found.stage == stage:
        return found
    if not sales.may_move(Stage(found.stage), stage):
        raise StageError
    found.stage = stage
    found.probability = sales.probability_of(stage, probability)
    found.moved_on = timezone.localdate(access.now)
    found.save(update_fields=["stage", "probability", "moved_on"])
    _note(access, found, by=by)
    return found


def locked(access: Access, opportunity: UUID) -> Opportunity:
    """Return an opportunity, held against other writers until the access is over."""
    rows = access.rows(Opportunity).select_for_update(of=("self",))
    found: Opportunity = rows.get(pk=opportunity)
    return found


def _note(access: Access, opportunity: Opportunity, *, by: UUID | None) -> None:
    OpportunityMove(
        controller_id=access.controller,
        subject_id=opportunity.subject_id,
        opportunity=opportunity,
        stage=opportunity.stage,
        at=access.now,
        moved_by_id=by,
        collected_at=access.now,
    ).save()
