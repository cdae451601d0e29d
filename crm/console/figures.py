"""The figures of service at the desk, and as a sheet without small counts."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.service import queries, reports, words
from governance.policy.vocabulary import Operation
from registry.gate.opening import Subjects

USUAL = timedelta(days=29)
SHEET = "sheet"


class PeriodForm(forms.Form):
    """From when to when."""

    since = forms.DateField(label=_("From"))
    until = forms.DateField(label=_("To"))


def _people(desk: Desk) -> Subjects:
    return queries.people(desk.purpose.key if desk.purpose else "", only_open=False)


@page(Operation.LIST, people=_people)
def figures(desk: Desk) -> HttpResponse:
    """Show the figures of a period, or hand them out as a sheet."""
    since, until = _period(desk)
    purpose = desk.purpose.key if desk.purpose else ""
    found = reports.figures(desk.access, purpose, since=since, until=until)
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    if desk.request.GET.get("as") == SHEET:
        sheet = reports.sheet(found, smallest=smallest)
        answer = HttpResponse(sheet, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="service.csv"'
        return answer
    context: dict[str, Any] = {
        "title": _("Figures of service"),
        "lines": [(words.KIND.get(one.kind, _("All")), one) for one in found],
        "since": since,
        "until": until,
        "smallest": smallest,
    }
    return desk.render("console/figures.html", context)


def _period(desk: Desk) -> tuple[date, date]:
    form = PeriodForm(desk.request.GET)
    if form.is_valid():
        return form.cleaned_data["since"], form.cleaned_data["until"]
    today = timezone.localdate(desk.now)
    return today - USUAL, today
