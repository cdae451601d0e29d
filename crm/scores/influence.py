"""What people like by their own word, and whom they brought: nothing that others say of them (A24).

Influence is counted from links that people passed on and that somebody came by, and from nothing
else: no followers, no profiles of networks, no messages of others. Who came is not known. It is a
conclusion about a person: only a purpose that reaches them for profiling opens it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from crm.chosen import people_of
from crm.models import ReferralLink
from crm.offers.ranking import declared
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access

NEEDS = frozenset({Category.BEHAVIOUR, Category.PREFERENCES})


@dataclass(frozen=True, slots=True)
class Standing:
    """Tastes that a person declared, and how many came by their links."""

    tastes: tuple[str, ...]
    brought: int


def of(access: Access, subject: UUID) -> Standing | None:
    """Return how one person stands; None where the purpose may not profile."""
    if not access.categories >= NEEDS:
        return None
    rows = access.rows(ReferralLink).filter(subject=subject)
    brought = rows.aggregate(sum=Sum("arrivals", default=0))["sum"]
    return Standing(tuple(sorted(declared(access, subject))), brought)


def graph(actor: Actor, purpose: str, *, now: datetime) -> dict[UUID, int]:
    """Return how many came by the links of each whom the purpose reaches; of nobody else.

    Raises
    ------
    GateRefusedError
        the purpose is not in force, not for this actor, or may not use what it needs
    """
    people = people_of(ReferralLink.objects.filter(arrivals__gt=0).order_by())
    with gate.open(
        actor, purpose, Operation.LIST, subjects=people, categories=NEEDS, now=now
    ) as access:
        access.took([(ReferralLink, "arrivals")])
        rows = access.rows(ReferralLink).filter(arrivals__gt=0).order_by("subject_id")
        counted = rows.values_list("subject_id").annotate(sum=Sum("arrivals"))
        return dict(counted)
