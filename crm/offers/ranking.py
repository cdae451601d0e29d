"""The next-best offer (ST3): eligibility, then affinity, then margin; a person decides.

    run        learns what goes with what, of whom the purpose reaches, and replays how well
    proposed   ranks the offers for one person, and says why the others are not made
    needs      which offers answer the needs that a person declared (ST11)

What is learned are shares of many people, none below a smallest group; nothing is kept about
anybody. Who objected is counted among who was left out, and neither learned from nor offered to.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from crm.chosen import people_of
from crm.models import Contact, Offer, Order, OrderLine, ScoreRun
from crm.offers import operations
from crm.sales.tiers import COUNTED
from governance.policy import analysis, offering
from governance.policy.actors import Actor
from governance.policy.categories import Category
from governance.policy.offering import Buyer, OfferKind, Ranked, Terms, words
from governance.policy.scores import Logic, ScoreKind
from governance.policy.vocabulary import Operation
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Purpose

TOO_FEW = "too_few"


def run(actor: Actor, purpose: str, *, since: date, now: datetime) -> ScoreRun:
    """Learn what goes with what, and keep it with how well it would have done.

    Raises
    ------
    GateRefusedError
        the purpose is not in force, or not for this actor
    """
    people = people_of(Order.objects.order_by())
    with gate.open(actor, purpose, Operation.UPDATE, subjects=people, now=now) as access:
        histories = _histories(access, since=since)
        learned = offering.affinities([frozenset(one) for one in histories.values()])
        replayed = offering.replay(histories.values())
        return ScoreRun.objects.create(
            controller_id=access.controller,
            purpose=Purpose.objects.get(controller=access.controller, key=purpose),
            score_kind=ScoreKind.OFFER, logic=Logic.AFFINITY, ran_at=now, since=since,
            fallback="" if learned else TOO_FEW, people=len(histories),
            left_out={str(code): n for code, n in access.excluded.items()},
            quality=asdict(replayed) if replayed else {},
            parameters={"affinities": [[*pair, share] for pair, share in sorted(learned.items())]},
        )  # fmt: skip


def _histories(access: Access, *, since: date) -> dict[UUID, list[str]]:
    """Return the products of each person, the first bought first, each once."""
    rows = access.rows(OrderLine).filter(
        product__isnull=False, bought_on__gte=since, order__state__in=COUNTED
    )
    access.took([(OrderLine, "bought_on"), (Order, "state")])
    found: dict[UUID, list[str]] = {}
    pairs = rows.order_by("bought_on", "pk").values_list("subject_id", "product__code")
    for subject, code in pairs:
        mine = found.setdefault(subject, [])
        if code not in mine:
            mine.append(code)
    return found


def proposed(
    access: Access, subject: UUID, last: ScoreRun
) -> tuple[list[tuple[Offer, Ranked]], dict[str, str]]:
    """Return at most three offers for a person, the best first, and why the others are not made."""
    today = timezone.localdate(access.now)
    offers = operations.in_force(access.controller, OfferKind.SALE, today=today)
    by_key = {one.key: one for one in offers}
    learned = {(a, b): float(share) for a, b, share in last.parameters.get("affinities", [])}
    found, left_out = offering.ranked(
        (_terms(one) for one in offers), _buyer(access, subject), learned, today=today
    )
    return [(by_key[one.key], one) for one in found], {k: str(v) for k, v in left_out.items()}


def _terms(offer: Offer) -> Terms:
    return Terms(
        offer.key, words(offer.needs), offer.product.code if offer.product else "", offer.margin,
        offer.starts_on, offer.ends_on, offer.from_orders, offer.not_within_days,
    )  # fmt: skip


def _buyer(access: Access, subject: UUID) -> Buyer:
    orders = access.rows(Order).filter(subject=subject, state__in=COUNTED)
    lines = access.rows(OrderLine).filter(order__in=orders, product__isnull=False)
    bought = lines.order_by("bought_on").values_list("product__code", "bought_on")
    return Buyer(declared(access, subject), orders.count(), dict(bought))


def declared(access: Access, subject: UUID) -> frozenset[str]:
    """Return the needs that a person declared, as far as the purpose may know them."""
    if Category.PREFERENCES not in access.categories:
        return frozenset()
    contact = access.rows(Contact).filter(subject=subject).first()
    return words(analysis.interests(contact.interests)) if contact else frozenset()


def needs(access: Access, subject: UUID) -> list[tuple[str, Sequence[Offer]]]:
    """Return each need that a person declared, with the offers that answer it."""
    today = timezone.localdate(access.now)
    offers = operations.in_force(access.controller, OfferKind.SALE, today=today)
    return [
        (need, [one for one in offers if need in words(one.needs)])
        for need in sorted(declared(access, subject))
    ]
