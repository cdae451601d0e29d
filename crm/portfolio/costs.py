"""What a new customer cost, and what it cost to keep one (A25), out of campaigns and orders.

A campaign counts in the period in which it was approved, with its messages and its fixed cost. Its
cost is divided as its messages were: one to somebody who had bought nothing yet went into
acquiring, any other into keeping. So nobody says of a campaign what it was for, and the figures of
two campaigns can be added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from crm.models import Campaign, CampaignEvent
from crm.portfolio.keeping import Retention, Span
from crm.scores.history import Day
from governance.policy.campaigns import Response
from registry.gate.access import Access

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Costs:
    """What was spent on each, and on how many.

    Attributes
    ----------
    acquiring, keeping : what was spent
    """

    acquiring: Decimal
    keeping: Decimal
    new: int
    kept: int

    @property
    def of_new(self) -> Decimal | None:
        """The cost of one new customer; None where there is none."""
        return _each(self.acquiring, self.new)

    @property
    def of_kept(self) -> Decimal | None:
        """The cost of one customer kept; None where nobody was."""
        return _each(self.keeping, self.kept)


def _each(spent: Decimal, people: int) -> Decimal | None:
    return (spent / people).quantize(CENT) if people else None


def costs(
    access: Access, bought: Mapping[UUID, Sequence[Day]], kept: Retention, span: Span, *,
    purpose: str, currency: str,
) -> Costs:  # fmt: skip
    """Return the costs of a period.

    Arguments
    ---------
    bought : the whole history, for it says who was new when a message went
    purpose : of the segments of the campaigns, under which their events are kept
    """
    acquiring = keeping = Decimal(0)
    for campaign in _campaigns(access.controller, span, purpose, currency):
        to_new, to_others = _messages(access, campaign, bought)
        total = campaign.spent + campaign.fixed_cost
        if messages := to_new + to_others:
            acquiring += total * to_new / messages
            keeping += total * to_others / messages
    return Costs(acquiring.quantize(CENT), keeping.quantize(CENT), kept.new, kept.kept)


def _campaigns(controller: UUID, span: Span, purpose: str, currency: str) -> list[Campaign]:
    within = Q(approved_at__date__gte=span.since, approved_at__date__lte=span.until)
    mine = Q(controller=controller, segment__purpose__key=purpose, currency=currency)
    return list(Campaign.objects.filter(within & mine).order_by("pk"))


def _messages(
    access: Access, campaign: Campaign, bought: Mapping[UUID, Sequence[Day]]
) -> tuple[int, int]:
    """Return how many messages went to who had bought nothing yet, and to others."""
    sent = access.rows(CampaignEvent).filter(campaign=campaign, response=Response.SENT)
    counts = [0, 0]
    for person, at in sent.values_list("subject_id", "happened_at"):
        counts[_had_bought(bought.get(person, ()), timezone.localdate(at))] += 1
    return counts[0], counts[1]


def _had_bought(days: Sequence[Day], on: date) -> bool:
    return bool(days) and days[0].on < on
