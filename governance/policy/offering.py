"""Which offer to propose to somebody: who may be offered it, what fits, what it brings.

In this order (ST3): eligibility leaves out, affinity ranks, margin weighs. Affinity is how often
customers who bought what this person bought went on to buy the product of the offer; a need that
the person declared counts as much as the strongest of these. Nothing is concluded about anybody
that they did not buy or say.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum, unique

MOST = 3
FEWEST_TOGETHER = 5  # people behind an affinity; below it would tell of single people


@unique
class OfferKind(StrEnum):
    """What an offer is."""

    SALE = "sale"
    GIFT = "gift"  # for a birthday


@unique
class NotOffered(StrEnum):
    """Why somebody is not offered something."""

    NOT_NOW = "not_now"
    TOO_FEW_ORDERS = "too_few_orders"
    BOUGHT_LATELY = "bought_lately"
    NO_AFFINITY = "no_affinity"


@dataclass(frozen=True, slots=True)
class Terms:
    """An offer as it is ranked."""

    key: str
    needs: frozenset[str]
    product: str
    margin: Decimal
    starts_on: date
    ends_on: date | None = None
    from_orders: int = 0
    not_within_days: int = 0


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of somebody: declared needs, orders, and when each product was last bought."""

    needs: frozenset[str] = frozenset()
    orders: int = 0
    bought: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An offer that fits: what it is expected to bring, and why (codes)."""

    key: str
    affinity: float
    expected: Decimal
    reasons: Sequence[str]


Affinities = Mapping[tuple[str, str], float]
"""By (bought, goes on to buy), the share of those who bought the first."""


def words(said: Iterable[str]) -> frozenset[str]:
    """Return needs as they are compared."""
    return frozenset(" ".join(one.split()).casefold() for one in said if one.strip())


def not_offered(offer: Terms, buyer: Buyer, *, today: date) -> NotOffered | None:
    """Return why somebody may not be offered something, or None."""
    if offer.starts_on > today or (offer.ends_on is not None and offer.ends_on < today):
        return NotOffered.NOT_NOW
    if buyer.orders < offer.from_orders:
        return NotOffered.TOO_FEW_ORDERS
    last = buyer.bought.get(offer.product) if offer.product else None
    if last is not None and last > today - timedelta(days=offer.not_within_days):
        return NotOffered.BOUGHT_LATELY
    return None


def ranked(
    offers: Iterable[Terms], buyer: Buyer, affinities: Affinities, *, today: date
) -> tuple[list[Ranked], dict[str, NotOffered]]:
    """Return at most three offers, the most valuable first, and why the others are not made."""
    found, left_out = [], {}
    for offer in offers:
        why = not_offered(offer, buyer, today=today)
        affinity, reasons = _affinity(offer, buyer, affinities)
        if why is None and not affinity:
            why = NotOffered.NO_AFFINITY
        if why is not None:
            left_out[offer.key] = why
            continue
        expected = round(offer.margin * Decimal(str(affinity)), 2)
        found.append(Ranked(offer.key, affinity, expected, reasons))
    found.sort(key=lambda one: (-one.expected, -one.affinity, one.key))
    return found[:MOST], left_out


def _affinity(
    offer: Terms, buyer: Buyer, affinities: Affinities
) -> tuple[float, list[str]]:  # fmt: skip
    bought = [affinities.get((one, offer.product), 0.0) for one in buyer.bought]
    strongest, reasons = max(bought, default=0.0), []
    if strongest:
        reasons.append("bought_together")
    if met := offer.needs & buyer.needs:
        reasons.append("declared_need")
        strongest = max(strongest, *affinities.values(), 0.0) if affinities else 1.0
    return (strongest, reasons) if met or strongest else (0.0, [])


def affinities(histories: Iterable[AbstractSet[str]]) -> dict[tuple[str, str], float]:
    """Return how often who bought one product bought another, where enough people stand behind."""
    alone: dict[str, int] = {}
    both: dict[tuple[str, str], int] = {}
    for bought in histories:
        for one in bought:
            alone[one] = alone.get(one, 0) + 1
            for other in bought - {one}:
                both[one, other] = both.get((one, other), 0) + 1
    return {
        pair: count / alone[pair[0]] for pair, count in both.items() if count >= FEWEST_TOGETHER
    }


@dataclass(frozen=True, slots=True)
class Replay:
    """How ranking would have done: of people with a next product, how often it was proposed.

    Attributes
    ----------
    hits : share for whom the product they went on to buy was among the three proposed
    baseline : the same for the three products that were bought most, for everybody alike
    """

    people: int
    hits: float
    baseline: float


def replay(histories: Iterable[Sequence[str]]) -> Replay | None:
    """Replay the last purchase of everybody by what was known before; None where nobody had one.

    Arguments
    ---------
    histories : products of each person, the first bought first, each product once
    """
    tested = [(frozenset(one[:-1]), one[-1]) for one in histories if len(one) > 1]
    if not tested:
        return None
    learned = affinities([before for before, _last in tested])
    often: dict[str, int] = {}
    for before, _last in tested:
        for one in before:
            often[one] = often.get(one, 0) + 1
    usual = sorted(often, key=lambda one: (-often[one], one))
    hits = popular = 0
    for before, last in tested:
        score = {
            then: max(learned.get((one, then), 0.0) for one in before)
            for then in {pair[1] for pair in learned} - before
        }
        best = sorted((t for t in score if score[t]), key=lambda t: (-score[t], t))[:MOST]
        hits += last in best
        popular += last in [one for one in usual if one not in before][:MOST]
    return Replay(len(tested), hits / len(tested), popular / len(tested))
