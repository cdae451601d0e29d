"""Retention in the portal: the preview by class, rule and reason, approval, and what came of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from governance.crypto import destruction
from governance.policy.categories import Category
from governance.policy.decisions import duty_allows
from governance.policy.vocabulary import Duty, RecordClass, RetentionAction, Role
from governance.portal.forms import ConfirmForm, PortionForm
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from governance.templatetags.days import day
from registry import labels
from registry.datamap import data_map
from registry.models import DataSubject
from retention import admin, operations, queries, tasks
from retention.models import RetentionRun
from retention.schedule import Line, Outcome, Reason

CHANGE = "admin:retention_retentionrun_change"
OUTCOMES: dict[Outcome, Promise] = {
    Outcome.DUE: _("Time is over"),
    Outcome.KEPT: _("Kept"),
    Outcome.HELD: _("Frozen"),
    Outcome.INDETERMINATE: _("Start date missing"),
    Outcome.UNCOVERED: _("No rule covers it"),
}
COLOURS = {
    "due": "bad",
    "kept": "good",
    "held": "warn",
    "indeterminate": "warn",
    "uncovered": "bad",
}
REASONS: dict[Reason, Promise] = {
    Reason.PERIOD_OVER: _("the period has run out"),
    Reason.BASIS_ENDED: _("the basis has ended (Art. 17(1))"),
    Reason.PERIOD_RUNNING: _("the period is running"),
    Reason.IN_ARCHIVE: _("in the archive, for duties alone"),
    Reason.REFERRED_TO: _("a record that stays refers to it"),
    Reason.RELIED_ON: _("evidence for decisions on data that stays"),
    Reason.LEGAL_HOLD: _("legal hold"),
    Reason.RESTRICTION: _("restriction (Art. 18)"),
    Reason.OPEN_REQUEST: _("an open request of the person"),
    Reason.NO_DATE: _("the rule's start event has no date"),
    Reason.NO_RULE: _("no retention rule in the register"),
}


@dataclass(frozen=True)
class Shown:
    """One line of a preview in words."""

    record: str
    record_class: str
    part: str
    outcome: str
    colour: str
    reason: str
    action: str
    activity: str
    law: str
    count: int
    sample: tuple[str, ...]


def run_page(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Show one run: what it would do, or did."""
    run = _run(request, object_id)
    total, now = queries.going(run), timezone.now()
    context: dict[str, Any] = {
        **portal.each_context(request),
        "title": gettext("Retention as of %(day)s") % {"day": day(run.today)},
        "run": run,
        "state_text": admin.STATES[run.state],
        "lines": [_shown(line) for line in queries.lines(run)] if "lines" in run.preview else [],
        "totals": [
            (OUTCOMES[outcome], COLOURS[outcome], run.preview.get("totals", {}).get(outcome, 0))
            for outcome in Outcome
        ],
        "to_erase": run.preview.get("to_erase", 0),
        "parts": run.preview.get("parts_to_erase", 0),
        "parts_erased": sum(run.result.get("parts", {}).values()),
        "to_confirm": total,
        "to_review": run.preview.get("to_review", 0),
        "to_archive": run.preview.get("to_archive", 0),
        "to_anonymise": run.preview.get("to_anonymise", 0),
        "archived": sum(run.result.get("archived", {}).values()),
        "people": run.preview.get("people", 0),
        "emptied": run.preview.get("people_emptied", 0),
        "set_aside": queries.set_aside(run)[:50],
        "confirm_form": ConfirmForm(expected=str(total)),
        "may_approve": run.state == "previewed" and may(request.user, Page.RETENTION) >= May.CHANGE,
        "may_approve_again": _asks_second(run)
        and operations.may_approve_again(run, staff_of(request), now=now),
        "asks_second": _asks_second(run),
        "may_decline": operations.may_decline(run, staff_of(request), now=now),
        "is_new": _is_new(run),
        "portion_form": PortionForm(),
        "progress": _progress(run),
        "needs_anew": operations.needs_anew(run, now=now),
        "bulk_from": destruction.bulk_from(),
        "stopped": run.result.get("stopped", ""),
    }
    return TemplateResponse(request, "portal/retention_run.html", context)


def _is_new(run: RetentionRun) -> bool:
    """Whether a second approval is asked for because its rules are new, and none was given."""
    waits = run.state == "waiting" and not run.rows_erased
    return waits or (run.state == "previewed" and operations.needs_two(run))


def _progress(run: RetentionRun) -> tuple[int, int] | None:
    """Return how many people a run under way has looked at, and of how many."""
    if run.state != "running":
        return None
    everybody = DataSubject.objects.filter(controller=run.controller_id)
    seen = everybody.filter(pk__lte=run.cursor).count() if run.cursor else 0
    return seen, everybody.count()


def _asks_second(run: RetentionRun) -> bool:
    """Whether two have to approve: the keystore has asked, or will for so many people."""
    if run.second_approval or run.state not in {"previewed", *operations.UNDER_WAY}:
        return False
    if _is_new(run):
        return True
    many = run.preview.get("people_emptied", 0) >= destruction.bulk_from()
    return many or run.state == "waiting"


def _shown(line: Line) -> Shown:
    return Shown(
        record=table_title(line.table),
        record_class=labels.text(RecordClass, line.record_class),
        part=labels.text(Category, line.category) if line.category else "",
        outcome=str(OUTCOMES[Outcome(line.outcome)]),
        colour=COLOURS[line.outcome],
        reason=str(REASONS[Reason(line.reason)]),
        action=labels.text(RetentionAction, line.action) if line.action else "",
        activity=line.activity,
        law=line.law,
        count=line.count,
        sample=line.sample,
    )


def table_title(table: str) -> str:
    """Return what the rows of a table are called, from the data map."""
    for holding in data_map().about_people():
        if holding.table == table:
            return labels.titled(holding.title_it, holding.title_en)
    return table


def list_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the list of runs shows at the top."""
    staff = staff_of(request)
    return {"may_preview": duty_allows(Role(staff.role), Duty.RETENTION)}


@require_POST
@page(Page.RETENTION, level=May.CHANGE)
def preview(request: HttpRequest) -> HttpResponse:
    """Make a preview, which destroys nothing."""
    run = operations.preview(staff_of(request).actor(), now=timezone.now())
    messages.success(request, gettext("This is the preview. Nothing has been erased."))
    return redirect(CHANGE, run.pk)


@require_POST
@page(Page.RETENTION, level=May.CHANGE)
def approve(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Approve a run after a typed confirmation, and wake the worker."""
    run = _run(request, object_id)
    total = queries.going(run)
    form = ConfirmForm(request.POST, expected=str(total))
    if total and not form.is_valid():
        messages.error(request, gettext("The number was not typed as shown. Nothing was approved."))
        return redirect(CHANGE, object_id)
    portion = PortionForm(request.POST)
    if not portion.is_valid():
        messages.error(
            request, gettext("The number of people is not a number. Nothing was approved.")
        )
        return redirect(CHANGE, object_id)
    run = operations.approve(
        run, staff_of(request), now=timezone.now(), most_people=portion.cleaned_data["most_people"]
    )
    if run.state == "waiting":
        messages.success(request, gettext("Approved. Now somebody else has to approve."))
        return redirect(CHANGE, object_id)
    _wake(request, run)
    messages.success(request, gettext("Approved. It is carried out in the background."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.RETENTION)
def approve_again(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Approve a run that somebody else has approved; whoever sees the page may be asked."""
    run = operations.approve_again(
        _run(request, object_id).pk, staff_of(request), now=timezone.now()
    )
    if run.second_approval:
        _wake(request, run)
        messages.success(request, gettext("Approved by two. It goes on in the background."))
    else:
        messages.success(request, gettext("Approved anew. Now somebody else has to approve."))
    return redirect(CHANGE, object_id)


@require_POST
@page(Page.RETENTION)
def decline(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Close a run that somebody else has approved, instead of approving it too."""
    operations.decline(_run(request, object_id).pk, staff_of(request), now=timezone.now())
    messages.success(request, gettext("Closed. Nothing has been erased."))
    return redirect(CHANGE, object_id)


def _wake(request: HttpRequest, run: RetentionRun) -> None:
    try:
        tasks.wake_retention.delay(str(run.pk))
    except OperationalError:  # the row is the job: the timetable wakes it as well
        messages.warning(
            request, gettext("The worker does not answer; the run starts when it does.")
        )


def _run(request: HttpRequest, object_id: UUID) -> RetentionRun:
    controller = staff_of(request).controller_id
    return get_object_or_404(
        RetentionRun.objects.select_related("approved_by", "second_by"),
        pk=object_id,
        controller_id=controller,
    )
