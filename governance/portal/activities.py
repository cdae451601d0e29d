"""The pages of an activity: approval of a draft, its history, and the verbs of its versions."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.policy.impact import BLOCKING, Criterion, Standing
from governance.policy.vocabulary import ActivityState, RecordClass
from governance.portal import effects
from governance.portal.forms import ConfirmForm
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import impact, labels, operations, validator
from registry.admin import title_of
from registry.differences import changes, label
from registry.models import ActivityVersion, Staff

CHANGE = "admin:registry_activityversion_change"


def context_of(request: HttpRequest, version: ActivityVersion | None) -> dict[str, Any]:
    """Return what the page of a version shows beside the form."""
    if version is None:
        return {}
    versions = ActivityVersion.objects.filter(activity=version.activity_id)
    before = versions.filter(number__lt=version.number).order_by("-number").first()
    is_draft = version.state == ActivityState.DRAFT
    return {
        "version": version,
        "state_text": labels.text(ActivityState, version.state),
        "before": before,
        "changes": changes(before, version) if before else [],
        "letters": validator.letters(version),
        "rules": [
            (labels.text(RecordClass, r.record_class), labels.period_from(r.period, r.anchor), r)
            for r in version.retention_rules.all()
        ],
        "is_draft": is_draft,
        **_risk(version),
        **effects.context_of(version, staff_of(request), now=timezone.now()),
        **_steps(staff_of(request), version, is_draft=is_draft),
    }


def _risk(version: ActivityVersion) -> dict[str, Any]:
    """Return where the version stands with its impact assessment."""
    found = impact.standing_of(version, today=timezone.localdate())
    met = sorted(impact.criteria_of(version), key=list(Criterion).index)
    return {
        "standing": labels.text(Standing, found),
        "is_blocked": found in BLOCKING,
        "criteria": [labels.text(Criterion, criterion) for criterion in met],
        "assessment": impact.latest(version.activity),
    }


def _steps(staff: Staff, version: ActivityVersion, *, is_draft: bool) -> dict[str, Any]:
    """Return what this member of staff may do with the version, and what is missing for it."""
    missing = validator.missing_parts(version) if is_draft else []
    may_change = may(staff, Page.REGISTER) >= May.CHANGE
    is_own = is_draft and staff.pk in version.drafters
    has_draft = ActivityVersion.objects.filter(
        activity=version.activity_id, state=ActivityState.DRAFT
    ).exists()
    in_force = version.state == ActivityState.APPROVED
    return {
        "missing": [label(name) for name in missing],
        "is_own_draft": is_own,
        "may_approve": is_draft and may_change and not is_own and not missing,
        "may_redraft": not is_draft and may_change and not has_draft,
        "may_discard": is_draft and may_change,
        "may_retire": in_force and may_change,
    }


@page(Page.REGISTER)
def history(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show every version of an activity, the newest first, with what changed in each."""
    version = _version(request, object_id)
    rows = (
        ActivityVersion.objects.filter(activity=version.activity_id)
        .select_related("activity__purpose", "drafted_by", "approved_by")
        .prefetch_related("retention_rules", "sources", "recipients")
        .order_by("-number")
    )
    versions = list(rows)
    steps = [(new, changes(old, new)) for new, old in pairwise(versions)]
    context = {
        **portal.each_context(request),
        "title": _("History of %(activity)s") % {"activity": title_of(version)},
        "activity": version.activity,
        "steps": [
            (row, labels.text(ActivityState, row.state), found)
            for row, found in [*steps, (versions[-1], [])]
        ],
    }
    return TemplateResponse(request, "portal/history.html", context)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def approve(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Put a draft in force, as it was read."""
    shown = parse_datetime(request.POST.get("shown", ""))
    if shown is None:
        raise operations.ApprovalError
    version = _version(request, object_id)
    if staff_of(request).pk not in version.drafters:  # who is refused by the approval itself
        effects.require_shown(version, now=timezone.now())
    operations.approve(version=version, by=staff_of(request), now=timezone.now(), shown=shown)
    messages.success(request, _("Approved: this version is in force from now on."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def redraft(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Start a new draft from a version."""
    version = _version(request, object_id)
    copied = operations.redraft(version=version, by=staff_of(request), now=timezone.now())
    messages.success(request, _("This is the new draft. The version in force is unchanged."))
    return redirect(CHANGE, copied.pk)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def discard(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    version = _version(request, object_id)
    operations.discard(version=version, by=staff_of(request), now=timezone.now())
    messages.success(request, _("The draft is gone. What is in force is unchanged."))
    return redirect("admin:registry_activityversion_changelist")


@page(Page.REGISTER, level=May.CHANGE)
def retire(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Take a version out of force, once the name of its purpose was typed."""
    version = _version(request, object_id)
    form = ConfirmForm(request.POST or None, expected=version.activity.purpose.key)
    if request.method == "POST" and form.is_valid():
        operations.retire(version=version, by=staff_of(request), now=timezone.now())
        messages.success(request, _("Out of force: for this purpose nothing may be used any more."))
        return redirect(CHANGE, object_id)
    context = {
        **portal.each_context(request),
        "title": _("Take out of force: %(activity)s") % {"activity": title_of(version)},
        "lead": _("At once nobody reads or uses data for this purpose, and its rules keep nothing."
                  " Only a new version, approved by somebody else, puts it in force again."),
        "form": form,
        "button": _("Take out of force"),
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/step.html", context, status=status)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def review(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record that a version in force is still right."""
    version = _version(request, object_id)
    operations.review(version=version, by=staff_of(request), now=timezone.now())
    messages.success(request, _("Reviewed. The next review is in the list of what is due."))
    return redirect(CHANGE, object_id)


def _version(request: HttpRequest, object_id: UUID) -> ActivityVersion:
    rows = ActivityVersion.objects.select_related("activity__purpose")
    return get_object_or_404(rows, pk=object_id, controller_id=staff_of(request).controller_id)
