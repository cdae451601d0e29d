"""The catalogue of offers at the desk: drafted by one person, approved by another, taken out."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.console.desk import Desk, page
from crm.models import Offer, Product
from crm.offers import operations
from crm.offers.errors import OfferInvalidError, OfferStateError
from crm.offers.operations import NewOffer
from crm.workflows.versions import MAY_APPROVE, Titles
from governance.policy.errors import GovernanceError
from governance.policy.offering import OfferKind
from governance.policy.vocabulary import Role
from governance.policy.workflows import VersionState
from registry.labels import titled

SEE = frozenset({Role.MARKETING, Role.MANAGER, Role.SALES, Role.AGENT})
PLAN = frozenset({Role.MARKETING, Role.MANAGER})
KINDS = {
    OfferKind.SALE: pgettext_lazy("offer", "To be sold"),
    OfferKind.GIFT: pgettext_lazy("offer", "A birthday gift"),
}
STATES = {
    VersionState.DRAFT: _("Draft"),
    VersionState.APPROVED: pgettext_lazy("offer", "In the catalogue"),
    VersionState.RETIRED: pgettext_lazy("offer", "Taken out"),
}
NAMES = ("title_it", "title_en", "text_it", "text_en", "kind", "needs", "product", "margin",
         "starts_on", "ends_on", "from_orders", "not_within_days")  # fmt: skip
USUAL = {"margin": "0", "from_orders": "0", "not_within_days": "0", "kind": OfferKind.SALE.value}
MOST = 200


@page(roles=SEE, needs_purpose=False)
def offers(desk: Desk) -> HttpResponse:
    """List the offers, each with the needs it answers."""
    rows = Offer.objects.filter(controller=desk.staff.controller_id).select_related("product")
    context = {
        "title": _("Offers"), "may_plan": desk.role in PLAN,
        "offers": [_line(desk, row) for row in rows.order_by("state", "key")[:MOST]],
    }  # fmt: skip
    return desk.render("console/offers.html", context)


def _line(desk: Desk, row: Offer) -> dict[str, Any]:
    is_other = row.drafted_by_id != desk.staff.pk
    return {
        "row": row, "title": titled(row.title_it, row.title_en),
        "text": titled(row.text_it, row.text_en), "state": STATES[VersionState(row.state)],
        "kind": KINDS[OfferKind(row.offer_kind)],
        "may_approve": row.state == VersionState.DRAFT and desk.role in MAY_APPROVE and is_other,
        "may_retire": row.state == VersionState.APPROVED and desk.role in PLAN,
    }  # fmt: skip


@page(roles=PLAN, needs_purpose=False)
def new(desk: Desk) -> HttpResponse:
    """Draft an offer."""
    said = desk.request.POST
    typed = {name: said.get(name, USUAL.get(name, "")).strip() for name in NAMES}
    if desk.request.method != "POST":
        return _form(desk, typed | {"starts_on": desk.now.date().isoformat()})
    try:
        operations.draft(_read(said), by=desk.staff, now=desk.now)
    except (OfferInvalidError, OfferStateError) as error:
        return _form(desk, typed, error)
    messages.success(desk.request, _("Kept as a draft. Somebody else approves it."))
    return redirect("desk:offers")


def _read(said: QueryDict) -> NewOffer:
    """Return what was typed as an offer.

    Raises
    ------
    OfferInvalidError
        a number or a day is none
    """
    typed = {name: said.get(name, "").replace("\x00", "").strip() for name in NAMES}
    try:
        return NewOffer(
            slugify(typed["title_en"])[:40],
            Titles(typed["title_it"][:120], typed["title_en"][:120]),
            typed["needs"].split(","), date.fromisoformat(typed["starts_on"]),
            date.fromisoformat(typed["ends_on"]) if typed["ends_on"] else None,
            OfferKind(typed["kind"]), Titles(typed["text_it"][:300], typed["text_en"][:300]),
            typed["product"], _money(typed["margin"]), int(typed["from_orders"][:4] or "0"),
            int(typed["not_within_days"][:4] or "0"),
        )  # fmt: skip
    except (ValueError, InvalidOperation):
        raise OfferInvalidError from None


def _money(said: str) -> Decimal:
    found = Decimal((said or "0").replace(",", "."))
    if not found.is_finite() or abs(found) >= 10**9 or found != round(found, 2):
        raise OfferInvalidError
    return found


def _form(desk: Desk, typed: dict[str, str], error: GovernanceError | None = None) -> HttpResponse:
    products = Product.objects.filter(controller=desk.staff.controller_id).order_by("name")
    context = {
        "title": _("New offer"), "typed": typed, "error": error,
        "kinds": [(kind.value, text) for kind, text in KINDS.items()],
        "products": [(one.code, one.name) for one in products[:MOST]],
    }  # fmt: skip
    status = 200 if error is None else 422 if error.status < 409 else error.status  # noqa: PLR2004
    return desk.render("console/offer_new.html", context, status=status)


@page(roles=PLAN, needs_purpose=False)
def act(desk: Desk, offer: UUID) -> HttpResponse:
    """Approve a draft that somebody else made, or take an offer out."""
    if desk.request.method == "POST":
        _act(desk, offer, desk.request.POST.get("do", ""))
    return redirect("desk:offers")


def _act(desk: Desk, offer: UUID, said: str) -> None:
    rows = Offer.objects.filter(controller=desk.staff.controller_id)
    if not rows.filter(pk=offer).exists():
        raise OfferStateError
    if said == "approve":
        operations.approve(offer, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Approved: it is in the catalogue."))
    if said == "retire":
        operations.retire(offer, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Taken out of the catalogue."))
