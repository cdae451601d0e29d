"""Emergency access in the portal: to declare one, to read while it lasts, to review it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsar import gathering
from dsar.labels import FIELDS
from governance.policy.vocabulary import Duty, RecordClass
from governance.portal.guard import page, under_duty
from governance.portal.roles import Page, answers, staff_of
from governance.portal.site import portal
from governance.templatetags.days import day, moment
from registry import search
from registry.gate import emergency
from registry.gate.access import Access
from registry.models import EmergencyAccess, Staff

VERDICT: dict[str, Promise] = {
    "justified": _("Justified"),
    "unjustified": _("Not justified"),
}


class DeclareForm(forms.Form):
    """Who, and why it cannot wait."""

    who = forms.CharField(
        label=_("Person"),
        max_length=200,
        help_text=_("E-mail address, phone, customer number or name: exactly one person."),
    )
    reason = forms.CharField(
        label=_("What happens if you wait?"),
        max_length=1000,
        min_length=emergency.SHORTEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The DPO reads it at once; somebody else reviews what you did."),
    )


class ReviewForm(forms.Form):
    """Whether it was justified, and why."""

    verdict = forms.ChoiceField(
        label=_("Was it justified?"),
        choices=lambda: list(VERDICT.items()),
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=1000,
        min_length=emergency.SHORTEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page(Page.EMERGENCY)
def declare(request: HttpRequest) -> HttpResponse:
    """Open an emergency access for one person, where the register allows the role to."""
    staff, now = staff_of(request), timezone.now()
    form = DeclareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["who"].replace("\x00", "")
        opened = emergency.declare(
            by=staff, who=search.subjects_matching(staff.controller_id, text),
            reason=form.cleaned_data["reason"], now=now,
        )  # fmt: skip
        messages.warning(request, gettext("Opened. The DPO sees it now."))
        return redirect("admin:emergency", opened.pk)
    context = {
        **portal.each_context(request),
        "title": _("Emergency access"),
        "form": form,
        "is_permitted": emergency.is_permitted(staff, now=now),
    }
    return TemplateResponse(request, "portal/emergency_new.html", context)


@page(Page.EMERGENCY)
def show(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show the person's data to who opened it, while it lasts; each look is an entry."""
    with emergency.reading(by=staff_of(request), opened=object_id, now=timezone.now()) as access:
        (subject,) = access.admitted or set()
        context = {
            **portal.each_context(request),
            "title": _("Emergency access"),
            "groups": _groups(access, subject),
        }
        response = TemplateResponse(request, "portal/emergency.html", context).render()
    response["Cache-Control"] = "no-store"
    return response


def _groups(access: Access, subject: UUID) -> list[dict[str, Any]]:
    """Return what may be seen of the person, who they are first, in words."""
    groups = gathering.gather(access, subject).groups
    order = list(RecordClass)
    shown = []
    for group in sorted(groups, key=lambda group: order.index(group.record_class)):
        rows = [
            [(FIELDS.get(cell.name, cell.name), _read(cell.value)) for cell in row.cells
             if cell.category]
            for row in group.rows
        ]  # fmt: skip
        if any(rows):
            shown.append({"title": group.title, "rows": [row for row in rows if row]})
    return shown


def _read(value: gathering.Value) -> gathering.Value:
    """Return a value as people read it: days and moments in their language."""
    text = str(value)
    try:
        read = parse_datetime(text) if "T" in text else parse_date(text)
    except ValueError:
        return value
    if isinstance(read, datetime):
        return moment(read)
    return day(read) if read else value


@page(Page.EMERGENCY)
def review(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show what was opened and why to those who answer people, and file their review."""
    staff = staff_of(request)
    if not answers(staff):
        raise PermissionDenied
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        emergency.review(
            opened=object_id, by=staff, verdict=form.cleaned_data["verdict"],
            note=form.cleaned_data["note"], now=timezone.now(),
        )  # fmt: skip
        messages.success(request, gettext("Reviewed."))
        return redirect("admin:index")
    return under_duty(
        request,
        lambda _access: _to_review(request, staff, object_id, form),
        duty=Duty.ANSWERING,
        reference=object_id,
    )


def _to_review(request: HttpRequest, staff: Staff, opened: UUID, form: ReviewForm) -> HttpResponse:
    rows = EmergencyAccess.objects.select_related("staff", "reviewed_by")
    row = get_object_or_404(rows, pk=opened)
    context = {
        **portal.each_context(request),
        "title": _("Emergency access"),
        "row": row,
        "reason": row.reason,
        "review": row.review,
        "verdict_text": VERDICT.get(row.verdict, ""),
        "form": form,
        "may_review": row.reviewed_at is None and row.staff_id != staff.pk,
    }
    return TemplateResponse(request, "portal/emergency_review.html", context)
