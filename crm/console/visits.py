"""The page of whoever goes to people: today's visits and those ahead, on a phone and a slow line.

One page, one access: no picture, no script, and the address only from the day before until the
visit is closed. The report is a form with a key of its own, so that sending it twice is sending it
once.
"""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.service import visits
from governance.policy.visits import VisitState
from governance.policy.vocabulary import Operation
from registry.gate.opening import Subjects

OUTCOMES = [(VisitState.DONE.value, _("Done")), (VisitState.NOT_MET.value, _("Nobody was there"))]


class ReportForm(forms.Form):
    """What whoever was there says."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("How it went"), choices=OUTCOMES)
    text = forms.CharField(
        label=_("What was done"), widget=forms.Textarea, max_length=visits.LONGEST_REPORT
    )
    signed_by = forms.CharField(label=_("Signed by"), max_length=120, required=False)
    done = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, lines: int = 100, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = [(str(n), str(n)) for n in range(lines)]
        self.fields["done"].choices = numbers  # type: ignore[attr-defined]  # of its own kind

    def report(self) -> visits.Report:
        """Return what was said."""
        said = self.cleaned_data
        return visits.Report(
            key=said["key"],
            text=said["text"],
            outcome=VisitState(said["outcome"]),
            done=frozenset(said["done"]),
            signed_by=said["signed_by"],
        )


def _visited(desk: Desk) -> Subjects:
    purpose = desk.purpose.key if desk.purpose else ""
    return visits.people(desk.staff.pk, purpose, today=timezone.localdate(desk.now))


def _of_visit(desk: Desk, visit: UUID) -> Subjects:
    return visits.person_of(desk.staff.pk, visit)


@page(Operation.LIST, people=_visited)
def mine(desk: Desk) -> HttpResponse:
    """Show the visits of whoever asks, each with its form."""
    today = timezone.localdate(desk.now)
    purpose = desk.purpose.key if desk.purpose else ""
    shown = visits.mine(desk.access, desk.staff.pk, purpose, today=today)
    context = {
        "title": _("My visits"),
        "outcomes": OUTCOMES,
        "days": [
            ("today", _("Today"), [_line(one) for one in shown if _day(one) == today]),
            ("ahead", _("In the days ahead"), [_line(one) for one in shown if _day(one) > today]),
        ],
    }
    return desk.render("console/visits.html", context)


@page(Operation.UPDATE, people=_of_visit)
def report(desk: Desk, visit: UUID) -> HttpResponse:
    """Keep the report of one visit."""
    form = ReportForm(desk.request.POST)
    if not form.is_valid():
        context = {"title": _("The report was not kept"), "form": form}
        return desk.render("console/visit_wrong.html", context, status=422)
    visits.close(desk.access, visit, form.report(), by=desk.staff.pk)
    messages.success(desk.request, _("The report is kept."))
    return redirect("desk:visits")


def _day(one: visits.Shown) -> Any:
    return timezone.localdate(one.visit.starts_at)


def _line(one: visits.Shown) -> dict[str, Any]:
    visit = one.visit
    return {
        "id": visit.pk,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "topic": visit.topic,
        "name": visit.contact_name,
        "phone": visit.contact_phone,
        "address": one.address,
        "order": one.order,
        "checklist": one.checklist,
        "is_closed": visit.closed_at is not None,
        "key": uuid4(),
    }
