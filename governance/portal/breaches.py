"""The pages of a breach: its clock, what is known, what was told, and the next lawful step."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.policy.breaches import (
    BreachRisk,
    Cause,
    Exception34,
    Nature,
    Step,
    Told,
    next_step,
)
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, SubjectKind
from governance.portal.breach_forms import DecideForm, DescribeForm, NewBreachForm, NotifyForm
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from registry import breaches, labels
from registry.models import Breach, BreachDecision, BreachNotification, BreachReport

DETAIL = "admin:registry_breach_change"
STEPS = {
    Step.ASSESS: "describe",
    Step.TELL_CONTROLLER: "notify",
    Step.NOTIFY: "notify",
    Step.DECIDE: "decide",
    Step.TELL: "notify",
    Step.SUPPLEMENT: "notify",
    Step.COMPLETE: "describe",
}
"""By step, the page on which it is done."""


@page(Page.BREACHES, duty=Duty.SUPERVISION)
def detail(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show a breach with all that was recorded of it, the newest first."""
    breach = _breach(request, object_id)
    now, due, known = timezone.now(), breaches.due_at(breach), breaches.facts(breach)
    step = next_step(known)
    context = {
        **portal.each_context(request),
        "title": _("Breach %(number)s") % {"number": breach},
        "breach": breach,
        "due": due,
        "is_late": due is not None and now > due,
        "left": labels.hours_left(due - now) if due else "",
        "step_text": labels.text(Step, step),
        "step_page": f"admin:breach_{STEPS[step]}" if step in STEPS else "",
        "untold": breaches.untold(breach),
        "may_decide_again": known.risk is BreachRisk.HIGH and known.is_decided,
        "has_report": known.risk is not None,
        "reports": [_report(row) for row in breach.reports.order_by("-number")],
        "notifications": [_notification(row) for row in breach.notifications.order_by("-sent_at")],
        "decisions": [_decision(row) for row in breach.decisions.order_by("-said_at")],
        "may_change": may(request.user, Page.BREACHES) >= May.CHANGE,
    }
    return TemplateResponse(request, "portal/breach.html", context)


def _report(row: BreachReport) -> dict[str, Any]:
    return {
        "row": row,
        "nature": labels.texts(Nature, row.nature),
        "cause": labels.text(Cause, row.cause),
        "categories": labels.texts(Category, row.categories),
        "subject_kinds": labels.texts(SubjectKind, row.subject_kinds),
        "risk": labels.text(BreachRisk, row.risk),
        "words": breaches.words_of(row),
        "activities": [activity.purpose.text for activity in row.activities.all()],
        "processors": [str(processor) for processor in row.processors.all()],
        "principals": [str(principal) for principal in row.principals.all()],
    }


def _notification(row: BreachNotification) -> dict[str, Any]:
    return {"row": row, "told": labels.text(Told, row.told), "words": breaches.words_of(row)}


def _decision(row: BreachDecision) -> dict[str, Any]:
    said = labels.text(Exception34, row.exception) if row.exception else ""
    return {"row": row, "exception": said, "words": breaches.words_of(row)}


@page(Page.BREACHES, level=May.CHANGE)
def new(request: HttpRequest) -> HttpResponse:
    """Record a breach."""
    form = NewBreachForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        breach = breaches.record(**form.cleaned_data, by=staff_of(request), now=timezone.now())
        messages.success(request, _("Recorded. The clock runs: describe what is known."))
        return redirect(DETAIL, breach.pk)
    return _form_page(request, form, title=_("New breach"), button=_("Record the breach"))


@page(Page.BREACHES, level=May.CHANGE)
def describe(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Add a report of what is known now."""

    def act(breach: Breach, form: DescribeForm) -> None:
        breaches.describe(
            breach=breach, known=form.known(), by=staff_of(request), now=timezone.now()
        )

    form = DescribeForm(request.POST or None, staff=staff_of(request))
    title, button = _("What is known now"), _("Add this report")
    return _step(request, object_id, form, act, title=title, button=button)


@page(Page.BREACHES, level=May.CHANGE)
def notify(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Record who was told."""

    def act(breach: Breach, form: NotifyForm) -> None:
        said = {**form.cleaned_data, "told": Told(form.cleaned_data["told"])}
        breaches.notify(breach=breach, **said, by=staff_of(request), now=timezone.now())

    form = NotifyForm(request.POST or None, staff=staff_of(request))
    title, button = _("Who was told"), _("Record it")
    return _step(request, object_id, form, act, title=title, button=button)


@page(Page.BREACHES, level=May.CHANGE)
def decide(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Decide whether people are told."""

    def act(breach: Breach, form: DecideForm) -> None:
        word, reasons = form.cleaned_data["exception"], form.cleaned_data["reasons"]
        breaches.decide(
            breach=breach, exception=Exception34(word) if word else None, reasons=reasons,
            by=staff_of(request), now=timezone.now(),
        )  # fmt: skip

    form = DecideForm(request.POST or None)
    title, button = _("Decide whether people are told"), _("Record the decision")
    return _step(request, object_id, form, act, title=title, button=button)


def _step(
    request: HttpRequest,
    object_id: UUID,
    form: Any,
    act: Callable[[Breach, Any], None],
    *,
    title: str,
    button: str,
) -> HttpResponse:
    breach = _breach(request, object_id)
    if request.method == "POST" and form.is_valid():
        act(breach, form)
        messages.success(request, _("Recorded. What was recorded before stays as it was."))
        return redirect(DETAIL, object_id)
    return _form_page(request, form, title=f"{title} · {breach}", button=button)


def _form_page(request: HttpRequest, form: forms.Form, *, title: str, button: str) -> HttpResponse:
    context = {**portal.each_context(request), "title": title, "form": form, "button": button}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "portal/step.html", context, status=status)


def _breach(request: HttpRequest, object_id: UUID) -> Breach:
    rows = Breach.objects.select_related("recorded_by")
    return get_object_or_404(rows, pk=object_id, controller_id=staff_of(request).controller_id)
