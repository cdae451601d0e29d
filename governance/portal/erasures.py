"""The erasure of a person in the portal: the plan as it will be, then the certificate."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dsar import certificate_page as certificate_text
from dsar import erasure_right, handing, saga, tasks
from dsar import labels as dsar_labels
from dsar.errors import NotConfirmedError
from dsar.models import Erasure
from governance.policy.categories import Category
from governance.policy.decisions import duty_allows
from governance.policy.vocabulary import Duty, RecordClass, Role, Scope
from governance.portal.guard import page, under_duty
from governance.portal.roles import May, Page, staff_of
from registry import labels
from registry.datamap import data_map
from registry.gate.access import Access
from registry.models import Staff
from retention.plans import ErasurePlan, HoldingPlan

CHANGE = "admin:dsar_subjectrequest_change"
STATES = {
    "planned": gettext_lazy("Planned, waits for approval"),
    "approved": gettext_lazy("Approved, to be carried out"),
    "running": gettext_lazy("Being carried out"),
    "waiting": gettext_lazy("Waits, and goes on by itself"),
    "partial": gettext_lazy("Carried out in part"),
    "certified": gettext_lazy("Carried out and verified"),
    "closed": gettext_lazy("Carried out and verified; the bytes of the keys are gone"),
}
REASONS = {
    "log": gettext_lazy("The log has to be signed first."),
    "restricted": gettext_lazy(
        "The data is restricted (Art. 18): nothing is erased until that ends."
    ),
    "backup": gettext_lazy("A backup has to hold what is kept under its new keys first."),
    "server": gettext_lazy("A database can not be reached just now."),
    "plan_differs": gettext_lazy("Something is there that should be gone, or nobody approved."),
    "cannot_tell": gettext_lazy("Not every table could be searched."),
    "log_not_signed": gettext_lazy(
        "The log has not been signed for an hour: no key is destroyed before. Look at its signer."
    ),
    "second_approval": gettext_lazy(
        "So many people are not erased on one word: somebody else has to approve it too."
    ),
    "stalled": gettext_lazy("Tried five times without success. Look at the errors of the worker."),
}
RESULTS = {
    "verified": gettext_lazy("Verified: a search of every table found nothing but what is kept"),
    "partial": gettext_lazy("Something is left that should be gone"),
    "cannot_tell": gettext_lazy("Not every table could be searched"),
}
COLOURS = {"certified": "good", "closed": "good", "waiting": "warn", "partial": "bad"}


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
    reason: str
    difference: list[tuple[str, int]]
    rounds: list[int]
    certificate: dict[str, Any]
    result: str
    scopes: list[tuple[str, date | None]]


def may_erase(staff: Staff) -> bool:
    """Whether the role may erase at all."""
    return duty_allows(Role(staff.role), Duty.ERASING)


def shown(erasure: Erasure) -> Shown:
    """Return the plan and the certificate of an erasure for the page."""
    plan = ErasurePlan.from_json(erasure.plan)
    certified = list(erasure.certificates.order_by("round"))
    newest = certified[-1].body if certified else {}
    said = newest.get("verification", {})
    lines = [_line(holding) for holding in plan.holdings if not holding.is_derived]
    return Shown(
        row=erasure,
        state=str(STATES[erasure.state]),
        colour=COLOURS.get(erasure.state, "plain"),
        erased=[line for line in lines if not line.is_kept],
        kept=[line for line in lines if line.is_kept],
        reason=str(REASONS.get(erasure.reason, "")),
        difference=[(_title(table), number) for table, number in erasure.difference.items()],
        rounds=[one.round for one in certified[:-1]],
        certificate=newest,
        result=str(RESULTS.get(said.get("result", ""), "")),
        scopes=[
            (labels.text(Scope, scope["scope"]), parse_date(scope["until"] or ""))
            for scope in newest.get("scopes", [])
        ],
    )


def _title(table: str) -> str:
    """Return what a person is told that a table is."""
    for holding in data_map().about_people():
        if holding.table == table:
            return labels.titled(holding.title_it, holding.title_en)
    return table


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


def _handed(
    request: HttpRequest,
    object_id: UUID,
    erasure_id: UUID,
    make: Callable[[handing.Issued, str], tuple[bytes, str]],
) -> HttpResponse:
    """Hand over what `make` makes of a certificate, as a file of the kind it says.

    That of the newest round, unless another is asked for.
    """
    kinds = {"html": "text/html; charset=utf-8", "pdf": "application/pdf", "zip": "application/zip"}

    def view(access: Access) -> HttpResponse:
        rows = access.rows(Erasure).select_related("request")
        erasure = rows.filter(pk=erasure_id, request=object_id).first()
        if erasure is None:
            raise Http404
        # In the language of the request: it is for the person who asked.
        language = erasure.request.language if erasure.request else "it"
        wanted = request.GET.get("round", "")
        issued = handing.Issued.of(erasure, round_no=int(wanted) if wanted.isdigit() else None)
        content, kind = make(issued, language)
        response = HttpResponse(content, content_type=kinds[kind])
        name = f"certificate-{erasure_id}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    return under_duty(request, view)


@page(Page.REQUESTS)
def certificate_page(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Hand over the certificate as a page that stands alone; it holds no value of anybody.

    That of the newest round, unless another is asked for.
    """

    def make(issued: handing.Issued, language: str) -> tuple[bytes, str]:
        page = certificate_text.page(issued.certificate, issued.later(), language=language)
        return page.encode(), "html"

    return _handed(request, object_id, erasure_id, make)


@page(Page.REQUESTS)
def certificate_pdf(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Hand over the certificate as a PDF."""

    def make(issued: handing.Issued, language: str) -> tuple[bytes, str]:
        return handing.document(issued, language=language), "pdf"

    return _handed(request, object_id, erasure_id, make)


@page(Page.REQUESTS)
def certificate_archive(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Hand over the certificate with its proof and what verifies it, without the secret."""

    def make(issued: handing.Issued, language: str) -> tuple[bytes, str]:
        return handing.archive(issued, language=language), "zip"

    return _handed(request, object_id, erasure_id, make)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def hand_over(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Hand over what goes to the person, once, with the secret that shows it is theirs."""
    content = handing.hand_over(
        erasure_id, staff_of(request).actor(), request=object_id, now=timezone.now()
    )
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="certificate-{erasure_id}.zip"'
    response["Cache-Control"] = "no-store"
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
    _carry_out(request, erasure_id)
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def approve_again(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Approve what somebody else approved, where one word is not enough, and go on."""
    shown = request.POST.get("plan_hash", "")
    erasure_right.approve_again(
        erasure_id, staff_of(request).actor(), shown=shown, now=timezone.now()
    )
    _carry_out(request, erasure_id)
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REQUESTS, level=May.CHANGE)
def carry_out(request: HttpRequest, object_id: UUID, erasure_id: UUID) -> HttpResponse:
    """Carry out an approved erasure that was not finished."""
    _carry_out(request, erasure_id)
    return redirect(CHANGE, object_id)


def _carry_out(request: HttpRequest, erasure_id: UUID) -> None:
    """Do at once what can be done; a worker goes on when the log is signed."""
    controller = staff_of(request).controller_id
    erasure = saga.carry_out(erasure_id, controller=controller, now=timezone.now())
    if erasure.state == "waiting":
        tasks.wake_erasure(erasure, after=tasks.UNTIL_SIGNED)
        messages.success(request, _("It is being carried out. The certificate will be below."))
    elif erasure.state == "partial":
        messages.error(request, _("Carried out in part; below is why."))
    else:
        messages.success(request, _("Carried out. The certificate is below."))
