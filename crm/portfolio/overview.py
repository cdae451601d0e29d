"""Everything the page of the portfolio shows, in one access and out of one history of orders."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from crm.chosen import people_of
from crm.models import Contact
from crm.portfolio import cohorts as cohorting
from crm.portfolio import costs, drift, goals, keeping, ranges
from crm.portfolio.cohorts import Cohort
from crm.portfolio.drift import Pace
from crm.portfolio.goals import Measured
from crm.portfolio.keeping import Retention, Span, ToSave
from crm.portfolio.ranges import Penetration
from crm.scores.history import bought
from registry.gate.access import Access
from registry.gate.opening import Subjects

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Overview:
    """The portfolio in a period.

    Attributes
    ----------
    people : customers who were looked at
    growing : how many buy often and lately for little
    adopters : how many bought a product within thirty days of its launch, by product
    excluded : of how many nothing is counted, for the purpose does not reach them
    """

    people: int
    cohorts: list[Cohort]
    retention: Retention
    measured: list[Measured]
    paces: Counter[Pace]
    growing: int
    penetration: list[Penetration]
    adopters: dict[UUID, int]
    to_save: dict[UUID, ToSave]
    excluded: int


def people() -> Subjects:
    """Return whom the figures are about: everybody with a file, of whom the gate admits some."""
    return people_of(Contact.objects.order_by())


def overview(access: Access, purpose: str, span: Span, *, since: date) -> Overview:
    """Compute the portfolio of a period.

    Arguments
    ---------
    since : orders before it say nothing any more
    """
    today = timezone.localdate(access.now)
    history = bought(access, since=since, currency=CURRENCY)
    days = {one: [day.on for day in each] for one, each in history.items()}
    came = access.rows(Contact).values_list("subject_id", "collected_at")
    acquired = {one: timezone.localdate(at) for one, at in came}
    kept = keeping.retention(history, span)
    paid = costs.costs(access, history, kept, span, purpose=purpose, currency=CURRENCY)
    adopters = ranges.early_adopters(access)
    return Overview(
        people=len(history),
        cohorts=cohorting.cohorts(acquired, days, today=today),
        retention=kept,
        measured=goals.measured(access.controller, purpose, kept, paid, span),
        paces=Counter(told.pace for told in drift.drifts(days, today=today).values()),
        growing=len(keeping.growth(history)),
        penetration=ranges.ranges(access, since=since).penetration(),
        adopters={product: len(who) for product, who in adopters.items()},
        to_save=keeping.to_save(history, span),
        excluded=access.excluded.total(),
    )
