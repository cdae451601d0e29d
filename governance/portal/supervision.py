"""Pages of supervision: sources and findings."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from governance.policy.vocabulary import Duty
from governance.portal import words
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from governance.portal.worklist import quarantined
from registry import labels, operations
from registry.models import DataSource, Finding
from registry.questioning import Question

# Sources


def source_context(request: HttpRequest, source: DataSource | None) -> dict[str, Any]:
    """Return how many people wait for a source; asked inside an open access."""
    if source is None:
        return {}
    waiting = quarantined(source)
    can = may(request.user, Page.SOURCES) >= May.CHANGE and not source.from_subject
    return {
        "source": source,
        "waiting": waiting,
        "may_verify": can and source.verified_at is None,
    }


@require_POST
@page(Page.SOURCES, level=May.CHANGE)
def verify_source(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Mark a source as verified."""
    staff = staff_of(request)
    source = get_object_or_404(DataSource, pk=object_id, controller_id=staff.controller_id)
    released = operations.verify_source(source=source, by=staff, now=timezone.now())
    said = ngettext(
        "Verified. %(n)d person left quarantine.",
        "Verified. %(n)d people left quarantine.",
        released,
    )
    messages.success(request, said % {"n": released})
    return redirect("admin:registry_datasource_change", object_id)


# Findings


@page(Page.FINDINGS, duty=Duty.SUPERVISION)
def finding(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one question of discovery."""
    row = get_object_or_404(
        Finding.objects.select_related("answered_by"),
        pk=object_id,
        controller_id=staff_of(request).controller_id,
    )
    context = {
        **portal.each_context(request),
        "title": row.place,
        "row": row,
        "category_text": words.category(row.category),
        "kind_text": labels.FINDING_KIND.get(row.kind, row.kind),
        "answer_text": labels.FINDING_ANSWER[row.answer],
        "why_text": words.remembered(row) if row.kind == Question.REMEMBERED else "",
        "answers": row.kind == Question.REMEMBERED,
        "may_answer": not row.answer and may(request.user, Page.FINDINGS) >= May.CHANGE,
    }
    return TemplateResponse(request, "portal/finding.html", context)


@require_POST
@page(Page.FINDINGS, level=May.CHANGE)
def answer_finding(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Answer one question."""
    staff = staff_of(request)
    row = get_object_or_404(Finding, pk=object_id, controller_id=staff.controller_id)
    operations.answer_finding(
        finding=row, answer=request.POST.get("answer", ""), by=staff, now=timezone.now()
    )
    messages.success(request, _("Answered."))
    return redirect("admin:registry_finding_changelist")
