"""The catalogue: offers drafted by one person, approved by another, and taken out again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit import log
from audit.actions import Action
from crm.help import checking
from crm.models import Offer, Product
from crm.offers.errors import OfferInvalidError, OfferStateError
from crm.workflows.versions import Titles, require_approvable
from governance.policy.offering import OfferKind, words
from governance.policy.workflows import VersionState
from registry.models import Staff
from registry.operations import KEEPING

LONGEST_NEED = 40
NO_TEXT = Titles("", "")


@dataclass(frozen=True, slots=True)
class NewOffer:
    """What is drafted.

    Attributes
    ----------
    needs : words as customers declare them among their interests
    margin : what is left of one sale, by which offers are weighed
    from_orders : fewer orders, and it is not proposed
    not_within_days : since the same product was bought
    """

    key: str
    titles: Titles
    needs: Sequence[str]
    starts_on: date
    ends_on: date | None = None
    kind: OfferKind = OfferKind.SALE
    texts: Titles = NO_TEXT
    product: str = ""
    margin: Decimal = Decimal(0)
    from_orders: int = 0
    not_within_days: int = 0


@transaction.atomic
def draft(new: NewOffer, *, by: Staff, now: datetime) -> Offer:
    """Draft an offer in place of an earlier draft of it.

    Raises
    ------
    OfferInvalidError
    OfferStateError
        an offer of this name was approved already
    """
    product = _check(new, by, now=now)
    rows = Offer.objects.select_for_update().filter(controller=by.controller, key=new.key)
    if rows.exclude(state=VersionState.DRAFT).exists():
        raise OfferStateError
    made, _is_new = rows.update_or_create(
        controller=by.controller, key=new.key,
        defaults={
            "title_it": new.titles.it, "title_en": new.titles.en, "text_it": new.texts.it,
            "text_en": new.texts.en, "offer_kind": new.kind, "needs": sorted(words(new.needs)),
            "product": product, "margin": new.margin, "starts_on": new.starts_on,
            "ends_on": new.ends_on, "from_orders": new.from_orders,
            "not_within_days": new.not_within_days, "drafted_by": by,
        },
    )  # fmt: skip
    _record(by, Action.RULE_DRAFTED, made, now=now)
    return made


def _check(new: NewOffer, by: Staff, *, now: datetime) -> Product | None:
    product = Product.objects.filter(controller=by.controller, code=new.product).first()
    texts = (new.titles.it, new.titles.en, new.texts.it, new.texts.en)
    is_good = (
        new.key and new.titles.it.strip() and new.titles.en.strip()
        and (product is not None or not new.product)
        and (new.kind is OfferKind.GIFT or bool(words(new.needs)))
        and all(len(one) <= LONGEST_NEED for one in words(new.needs))
        and new.margin >= 0 and new.from_orders >= 0 and new.not_within_days >= 0
        and (new.ends_on is None or new.ends_on >= new.starts_on)
    )  # fmt: skip
    if not is_good or checking.places(
        by.controller_id, "\n".join(texts[:2]), "\n".join(texts[2:]), now=now
    ):
        raise OfferInvalidError
    return product


@transaction.atomic
def approve(offer: UUID, *, by: Staff, now: datetime) -> Offer:
    """Put a draft in force.

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    """
    found = Offer.objects.select_for_update(of=("self",)).get(pk=offer, controller=by.controller)
    require_approvable(found, by)
    found.state, found.approved_by, found.approved_at = VersionState.APPROVED, by, now
    found.save(update_fields=["state", "approved_by", "approved_at"])
    _record(by, Action.RULE_APPROVED, found, now=now)
    return found


@transaction.atomic
def retire(offer: UUID, *, by: Staff, now: datetime) -> Offer:
    """Take an offer out of the catalogue.

    Raises
    ------
    OfferStateError
    """
    found = Offer.objects.select_for_update(of=("self",)).get(pk=offer, controller=by.controller)
    if found.state != VersionState.APPROVED:
        raise OfferStateError
    found.state = VersionState.RETIRED
    found.save(update_fields=["state"])
    _record(by, Action.RULE_STOPPED, found, now=now)
    return found


def in_force(controller: UUID, kind: OfferKind, *, today: date) -> list[Offer]:
    """Return the offers of a kind that are made on a day, by name."""
    rows = Offer.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), controller=controller,
        state=VersionState.APPROVED, offer_kind=kind, starts_on__lte=today,
    )  # fmt: skip
    return list(rows.select_related("product").order_by("key"))


def _record(by: Staff, action: Action, offer: Offer, *, now: datetime) -> None:
    event = log.Event(action=action, purpose=KEEPING, object_type="offer", object_id=offer.pk)
    log.record(by.actor(), event, now=now)
