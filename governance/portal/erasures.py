"""The erasure of a person in the portal: the plan as it will be, then the certificate."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dsar import certificate, erasure_right
from dsar import labels as dsar_labels
from dsar.errors import NotConfirmedError
from dsar.models import Erasure
from governance.crypto import keystore
from governance.policy.categories import Category
from governance.policy.decisions import duty_allows
from governance.policy.vocabulary import Duty, RecordClass, Role, Scope
from governance.portal.guard import page, under_duty
from governance.portal.roles import May, Page, staff_of
from registry import labels
from registry.gate.access import Access
from registry.models import Staff
from retention.plans import ErasurePlan, HoldingPlan

CHANGE = "admin:dsar_subjectrequest_change"
STATES = {
    "planned": gettext_lazy("Planned, waits for approval"),
    "approved": gettext_lazy("Approved, to be carried out"),
    "running": gettext_lazy("Being carried out"),
    "certified": gettext_lazy("Carried out and verified"),
    "partial": gettext_lazy("Carried out in part: look at the certificate"),
    "failed": gettext_lazy("Failed: nothing more is done by itself"),
}
RESULTS = {
    "verified": gettext_lazy("Verified: a search of every table found nothing but what is kept"),
    "partial": gettext_lazy("Something is left that should be gone"),
    "cannot_tell": gettext_lazy("Not every table could be searched"),
}
COLOURS = {"certified": "good", "partial": "bad", "failed": "bad"}


@dataclass(frozen=True)
class Line:
    """What happens to the rows of one kind, and to each of their fields."""

    title: str
    record_class: str
    count: int
    is_kept: bool
    ground: str
    law: str
    until: date | None
    fields: list[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """An erasure as the page shows it."""

    row: Erasure
    state: str
    colour: str
    erased: list[Line]
    kept: list[Line]
    certificate: dict[str, Any]
    result: str
    scopes: list[tuple[str, date | None]]


def may_erase(staff: Staff) -> bool:
    """Whether the role may erase at all."""
    return duty_allows(Role(staff.role), Duty.ERASING)


def shown(erasure: Erasure) -> Shown:
    """Return the plan and the certificate of an erasure for the page."""
    plan = ErasurePlan.from_json(erasure.plan)
    said = erasure.certificate.get("verification", {})
    lines = [_line(holding) for holding in plan.holdings if not holding.is_derived]
    return Shown(
        row=erasure,
        state=str(STATES[erasure.state]),
        colour=COLOURS.get(erasure.state, "plain"),
        erased=[line for line in lines if not line.is_kept],
        kept=[line for line in lines if line.is_kept],
        certificate=erasure.certificate,
        result=str(RESULTS.get(said.get("result", ""), "")),
        scopes=[
            (labels.text(Scope, scope["scope"]), parse_date(scope["until"] or ""))
            for scope in erasure.certificate.get("scopes", [])
        ],
    )


def _line(holding: HoldingPlan) -> Line:
    return Line(
        title=labels.titled(holding.title_it, holding.title_en),
        record_class=labels.text(RecordClass, holding.record_class),
        count=holding.count,
        is_kept=holding.decision == "kept",
        ground=holding.ground,
        law=holding.law,
        until=holding.until,
        fields=[
            (dsar_labels.word(dsar_labels.FIELDS, name), labels.text(Category, category))
            for name, category in holding.fields
        ],
    )


@page(Page.REQUESTS)
def certificate_page(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Hand over the certificate as a page that stands alone; it holds no value of anybody."""

    def view(access: Access) -> HttpResponse:
        erasure = access.rows(Erasure).filter(pk=erasure_id, request=object_id).first()
        if erasure is None or not erasure.certificate:
            raise Http404
        language = "en" if get_language() == "en" else "it"
        proof = certificate.proof(erasure.certificate)
        gone_at = keystore.removed_at(access.controller, erasure.subject_id)
        page = certificate.page(
            erasure.certificate, language=language, proof=proof, gone_at=gone_at
        )
        return HttpResponse(page)

    response = under_duty(request, view)
    response["Content-Disposition"] = f'attachment; filename="certificate-{erasure_id}.html"'
    return response


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def plan(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Make the plan, which destroys nothing."""
    erasure_right.plan(object_id, staff_of(request).actor(), timezone.now())
    messages.success(request, _("This is the plan. Nothing has been erased yet."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def approve(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Approve the plan after a typed confirmation, and carry it out."""
    actor, now = staff_of(request).actor(), timezone.now()
    shown, typed = request.POST.get("plan_hash", ""), request.POST.get("typed", "").strip()
    try:
        erasure_right.approve(erasure_id, actor, shown=shown, typed=typed, now=now)
    except NotConfirmedError as error:
        messages.error(request, str(error.message))
        return redirect(CHANGE, object_id)
    erasure_right.carry_out(erasure_id, controller=actor.controller, now=now)
    messages.success(request, _("Carried out. The certificate is below."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def carry_out(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Carry out an approved erasure that was not finished."""
    controller = staff_of(request).controller_id
    erasure_right.carry_out(erasure_id, controller=controller, now=timezone.now())
    messages.success(request, _("Carried out. The certificate is below."))
    return redirect(CHANGE, object_id)
