"""The portfolio of customers: who comes, stays, slows down and may grow, and what each costs.

Counts alone, small ones hidden, also on the page: who works with figures sees no people here. Whom
to look after first is a list of people, for the roles that may find them again.
"""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from crm.analysis import nightly
from crm.analysis.extract import MAY_RELINK
from crm.console import sheets
from crm.console.campaign_results import NONE, NOT_SHOWN, count, money, percent, share
from crm.console.desk import Desk, page
from crm.console.plots import Plot, Point, Words, plot
from crm.models import Product
from crm.portfolio import goals
from crm.portfolio import overview as computing
from crm.portfolio.cohorts import Cohort
from crm.portfolio.drift import Pace
from crm.portfolio.errors import GoalRefusedError
from crm.portfolio.goals import MAY_SET, Measured
from crm.portfolio.keeping import Span
from crm.portfolio.overview import CURRENCY, Overview
from crm.service import reports
from governance.policy.campaigns import rate
from governance.policy.goals import COSTS, SHARES, Measure
from governance.policy.vocabulary import Operation, Role
from registry.gate.opening import Subjects

SEE = frozenset({Role.MARKETING, Role.ANALYST, Role.MANAGER})
USUAL = timedelta(days=364)
MOST_COHORTS, MOST_SAVED = 24, 20
MEASURES: dict[Measure, Promise] = {
    Measure.NEW_CUSTOMERS: _("New customers"),
    Measure.ACQUISITION_COST: _("Cost of a new customer"),
    Measure.REPEAT_RATE: _("New customers who bought again"),
    Measure.RETENTION_RATE: _("Customers kept"),
    Measure.RETENTION_COST: _("Cost of a customer kept"),
}


class PeriodForm(forms.Form):
    """From when to when."""

    since = forms.DateField(label=_("From"))
    until = forms.DateField(label=_("To"))


def _people(_desk: Desk) -> Subjects:
    return computing.people()


@page(Operation.LIST, people=_people, roles=SEE)
def portfolio(desk: Desk) -> HttpResponse:
    """Show the portfolio in a period, or hand out its cohorts as a sheet."""
    span = _span(desk)
    purpose = desk.purpose.key if desk.purpose else ""
    found = computing.overview(desk.access, purpose, span, since=nightly.since(desk.now))
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    if desk.request.GET.get("as") == sheets.SHEET:
        rows = [(one.month, *_cells(one, smallest)) for one in found.cohorts]
        return sheets.sheet("cohorts", ("month", "came", "ordered", "repeated", "lapsed"), rows)
    context = {
        "title": _("Portfolio of customers"), "span": span, "smallest": smallest,
        "tiles": _tiles(found, smallest), "plots": _plots(found, smallest),
        "cohorts": [
            (date_format(one.month, "M Y"), [count(n) for n in _cells(one, smallest)])
            for one in reversed(found.cohorts[-MOST_COHORTS:])
        ],
        "measures": [_measured(one, found, smallest) for one in found.measured],
        "choices": MEASURES.items(), "may_set": desk.role in MAY_SET,
        "adopters": _adopters(desk, found, smallest),
        "to_save": _to_save(desk, found), "shows_people": desk.role in MAY_RELINK,
        "excluded": count(reports.part_of(found.excluded, found.excluded, smallest=smallest)),
    }  # fmt: skip
    return desk.render("console/portfolio.html", context)


def _span(desk: Desk) -> Span:
    form = PeriodForm(desk.request.GET)
    if form.is_valid() and form.cleaned_data["since"] <= form.cleaned_data["until"]:
        return Span(form.cleaned_data["since"], form.cleaned_data["until"])
    today = timezone.localdate(desk.now)
    return Span(today - USUAL, today)


def _cells(one: Cohort, smallest: int) -> tuple[int | None, ...]:
    """Return a cohort with each part hidden that is small, or whose rest is."""
    wholes = (one.acquired, one.acquired, one.ordered, one.ordered)
    parts = (one.acquired, one.ordered, one.repeated, one.lapsed)
    return tuple(
        reports.part_of(whole, part, smallest=smallest)
        for whole, part in zip(wholes, parts, strict=True)
    )


def _tiles(found: Overview, smallest: int) -> list[tuple[Words, Words]]:
    kept, whole = found.retention, found.people

    def part(number: int) -> int | None:
        return reports.part_of(whole, number, smallest=smallest)

    return [
        (_("Customers looked at"), count(part(whole))),
        (
            _("Kept, of those of the period before"),
            share(reports.part_of(kept.before, kept.kept, smallest=smallest), kept.before),
        ),
        (_("Buy less often than they used to"), count(part(found.paces[Pace.SLOWER]))),
        (_("Buy more often than they used to"), count(part(found.paces[Pace.FASTER]))),
        (_("Buy often and for little: may grow"), count(part(found.growing))),
        (_("Not kept, and worth a call"), count(part(len(found.to_save)))),
    ]


def _plots(found: Overview, smallest: int) -> list[Plot]:
    months = found.cohorts[-MOST_COHORTS:]
    came = []
    for one in months:
        whole, ordered, *_rest = _cells(one, smallest)
        shown = None if whole is None else ordered
        came.append(_share_of(date_format(one.month, "M Y"), shown, one.acquired))
    in_range = []
    for part in found.penetration:
        buyers = reports.part_of(part.customers, part.buyers, smallest=smallest)
        in_range.append(_share_of(part.category, buyers, part.customers))
    return [
        plot(
            "ordered", _("Who came and bought, by month"),
            _("Which share of those who came in each month bought at least once."),
            (_("Month"), _("Share who bought")), came,
        ),
        plot(
            "range", _("What of the range they buy"),
            _("Which share of customers bought in each category. Own orders alone."),
            (_("Category"), _("Share of customers")), in_range,
        ),
    ]  # fmt: skip


def _share_of(label: str, part: int | None, whole: int) -> Point:
    """Return a bar that is a share; none where it is not shown, or there is no whole."""
    return Point(label, None if part is None else rate(part, whole), share(part, whole))


def _measured(one: Measured, found: Overview, smallest: int) -> dict[str, Any]:
    """Return a measure in words; one of few people is not shown, nor whether its goal is met."""
    kept = found.retention
    whole, part = {
        Measure.NEW_CUSTOMERS: (kept.new, kept.new), Measure.ACQUISITION_COST: (kept.new, kept.new),
        Measure.REPEAT_RATE: (kept.new, kept.repeated),
        Measure.RETENTION_RATE: (kept.before, kept.kept),
        Measure.RETENTION_COST: (kept.before, kept.kept),
    }[one.measure]  # fmt: skip
    is_hidden = reports.part_of(whole, part, smallest=smallest) is None
    return {
        "name": MEASURES[one.measure], "target": _value(one.measure, one.target, ""),
        "value": NOT_SHOWN if is_hidden else _value(one.measure, one.value, NONE),
        "is_reached": None if is_hidden else one.is_reached,
    }  # fmt: skip


def _value(measure: Measure, value: Decimal | None, none: Words) -> Words:
    if value is None:
        return none
    if measure in COSTS:
        return money(value, CURRENCY)
    return percent(value) if measure in SHARES else number_format(value, 0)


def _adopters(desk: Desk, found: Overview, smallest: int) -> list[tuple[str, Words]]:
    rows = Product.objects.filter(controller=desk.access.controller, pk__in=list(found.adopters))
    return [
        (name, count(reports.part_of(n, n, smallest=smallest)))
        for pk, name in rows.order_by("-launched_on").values_list("pk", "name")
        for n in [found.adopters[pk]]
    ]


def _to_save(desk: Desk, found: Overview) -> list[dict[str, Any]]:
    """Return whom to look after first, for the roles that work with people."""
    if desk.role not in MAY_RELINK:
        return []
    first = list(found.to_save.items())[:MOST_SAVED]
    return [
        {"person": person, "silent": told.silent, "usual": told.usual,
         "spent": money(Decimal(told.spent), CURRENCY)}
        for person, told in first
    ]  # fmt: skip


@page(roles=SEE)
def goal(desk: Desk) -> HttpResponse:
    """Set a goal for a period."""
    if desk.request.method == "POST":
        said = desk.request.POST
        form = PeriodForm(said)
        if not form.is_valid() or said.get("measure") not in list(Measure):
            raise GoalRefusedError
        measure = Measure(said["measure"])
        span = Span(form.cleaned_data["since"], form.cleaned_data["until"])
        purpose = desk.purpose.key if desk.purpose else ""
        goals.set_goal(
            desk.staff, purpose, measure, _target(measure, said.get("target", "")), span,
            now=desk.now,
        )  # fmt: skip
        messages.success(desk.request, _("The goal is set."))
        shown = urlencode({"since": str(span.since), "until": str(span.until)})
        return redirect(f"{reverse('desk:portfolio')}?{shown}")
    return redirect("desk:portfolio")


def _target(measure: Measure, said: str) -> Decimal:
    """Return what was typed as a number; a share is typed in hundredths."""
    try:
        number = Decimal(said.replace(",", ".").strip())
    except InvalidOperation:
        raise GoalRefusedError from None
    if not number.is_finite() or number >= Decimal(10) ** 8:
        raise GoalRefusedError
    return number / 100 if measure in SHARES else number
