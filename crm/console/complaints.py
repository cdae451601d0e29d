"""Complaints at the desk: how many, where they jump, how satisfied people are, what is done.

Whoever sees a rate that is too high begins an improvement from it: with an owner and a day, and the
rate as it is. It is closed with the rate as it is then.
"""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from crm.console import sheets
from crm.console.campaign_results import NOT_SHOWN
from crm.console.desk import Desk, page
from crm.console.plots import Plot, Point, Words, plot
from crm.models import ComplaintTheme, ImprovementAction, Product
from crm.service import complaints as counting
from crm.service import improvements, reports, satisfaction
from crm.service.errors import ImprovementOpenError
from crm.service.improvements import NewImprovement
from governance.policy.vocabulary import Operation, Role
from registry import labels
from registry.gate.opening import Subjects
from registry.models import Staff

SEE = frozenset({Role.AGENT, Role.MANAGER})
WEEKS = 12
MEASURED = timedelta(weeks=7)  # and the one that runs: the rate before, and the one after


class ImprovementForm(forms.Form):
    """What is to be done better."""

    title = forms.CharField(label=_("What is done"), max_length=200)
    theme = forms.SlugField(required=False, max_length=40)
    product = forms.UUIDField(required=False)
    owner = forms.UUIDField(label=_("Who does it"))
    due_on = forms.DateField(label=_("By when"))


def _people(desk: Desk, **_parameters: Any) -> Subjects:
    return counting.people(_purpose(desk))


def _purpose(desk: Desk) -> str:
    return desk.purpose.key if desk.purpose else ""


@page(Operation.LIST, people=_people, roles=SEE)
def complaints(desk: Desk) -> HttpResponse:
    """Show complaints by week, product and theme, with what is unusual, or hand out a sheet."""
    today, purpose = timezone.localdate(desk.now), _purpose(desk)
    since = today - timedelta(weeks=WEEKS - 1)
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    if desk.request.GET.get("as") == sheets.SHEET:
        return _sheet(desk, smallest)
    found = counting.counted(desk.access, purpose, since=since, until=today)
    answers = satisfaction.trend(desk.access, since=today - timedelta(days=365), until=today)
    names = _Names(desk, found)
    context = {
        "title": _("Complaints and satisfaction"),
        "plots": [_by_week(found, today), *_trends(answers, smallest)],
        "spikes": [
            (names.of(one.product, one.theme), one)
            for one in counting.spikes(found, counting.monday(today))
        ],
        "causes": names.causes(found), "smallest": smallest,
        "improvements": [
            (row, names.of(row.product_id, row.theme))
            for row in improvements.of_purpose(desk.staff.controller_id, purpose)[:50]
        ],
        "themes": names.themes, "products": names.products,
        "owners": Staff.objects.filter(
            controller=desk.staff.controller_id, is_active=True
        ).order_by("username").values_list("pk", "username"),
        "today": today,
    }  # fmt: skip
    return desk.render("console/complaints.html", context)


class _Names:
    """What products and themes are called."""

    def __init__(self, desk: Desk, found: Counter[Any]) -> None:
        here = desk.staff.controller_id
        rows = ComplaintTheme.objects.filter(controller=here).order_by("key")
        self.themes = {row.key: labels.titled(row.title_it, row.title_en) for row in rows}
        of = {product for (product, _theme), _week in found}
        of |= set(
            ImprovementAction.objects.filter(controller=here).values_list("product", flat=True)
        )
        named = Product.objects.filter(controller=here, pk__in=of - {None}).order_by("name")
        self.products = dict(named.values_list("pk", "name"))

    def of(self, product: UUID | None, theme: str) -> list[Words]:
        """Return the name of a product, of a theme, or of both."""
        named: list[Words] = [self.products.get(product, "")] if product else []
        return [*named, self.themes.get(theme, theme)] if theme else named

    def causes(self, found: Counter[Any]) -> list[tuple[list[Words], int]]:
        """Return what complaints are about, most first."""
        together: Counter[Any] = Counter()
        for (key, _week), number in found.items():
            together[key] += number
        return [
            (self.of(*key) or [_("Nobody said what about")], n)
            for key, n in together.most_common(15)
        ]


def _by_week(found: Counter[Any], today: Any) -> Plot:
    by_week: Counter[Any] = Counter()
    for (_key, week), number in found.items():
        by_week[week] += number
    weeks = [counting.monday(today) - counting.WEEK * n for n in reversed(range(WEEKS))]
    return plot(
        "complaints", _("Complaints, week by week"),
        _("One bar for each of the last twelve weeks; the last one still runs."),
        (_("Week from"), _("Complaints")),
        [Point(date_format(week, "j M"), by_week[week], str(by_week[week])) for week in weeks],
    )  # fmt: skip


def _trends(answers: dict[Any, satisfaction.Answers], smallest: int) -> list[Plot]:
    """Return satisfaction by month; a month with few answers is not shown."""

    def points(name: str, of: str, digits: int) -> list[Point]:
        found = []
        for month, told in answers.items():
            value, number = getattr(told, name), getattr(told, of).total()
            if value is None:
                continue
            is_small = reports.is_small(number, smallest=smallest)
            text = NOT_SHOWN if is_small else number_format(round(value, digits), digits)
            found.append(Point(date_format(month, "M Y"), None if is_small else value, text))
        return found

    return [
        plot(
            "csat", _("Satisfaction, one to five"), _("The mean of the answers of each month."),
            (_("Month"), _("Mean")), points("csat", "satisfied", 1), top=Point("", 5, "5"),
        ),
        plot(
            "nps", _("Would they recommend us"),
            _("Of a hundred: who would less who would not; less than zero is drawn as zero."),
            (_("Month"), _("Promoters less detractors")), points("nps", "recommend", 0),
            top=Point("", 100, "100"),
        ),
    ]  # fmt: skip


def _sheet(desk: Desk, smallest: int) -> HttpResponse:
    today = timezone.localdate(desk.now)
    since = today - timedelta(weeks=WEEKS - 1)
    weeks = counting.weekly(desk.access, _purpose(desk), since=since, until=today)
    codes = dict(
        Product.objects.filter(controller=desk.access.controller).values_list("pk", "code")
    )
    rows = []
    for week in weeks:
        is_small = reports.is_small(week.complaints, smallest=smallest)
        shown = (None, None, None) if is_small else (week.complaints, week.sold, week.rate)
        rows.append((codes[week.product] if week.product else "", week.week, *shown))
    return sheets.sheet("complaints", ("product", "week", "complaints", "sold", "rate"), rows)


@page(roles=SEE)
def theme(desk: Desk) -> HttpResponse:
    """Add a theme to the taxonomy."""
    if desk.request.method == "POST":
        said = desk.request.POST
        counting.name_theme(
            desk.staff, title_it=said.get("title_it", ""), title_en=said.get("title_en", "")
        )
        messages.success(desk.request, _("The theme can be chosen from now on."))
    return redirect("desk:complaints")


@page(Operation.LIST, people=_people, roles=SEE)
def improve(desk: Desk) -> HttpResponse:
    """Begin an improvement, with the rate of complaints as it is now."""
    form = ImprovementForm(desk.request.POST or None)
    if desk.request.method == "POST":
        said = form.cleaned_data if form.is_valid() else {}
        if not said:
            messages.error(desk.request, _("Say what is done, who does it, and by when."))
            return redirect("desk:complaints")
        new = NewImprovement(_purpose(desk), **said)
        rate = _rate(desk, new.theme, new.product)
        begun = NewImprovement(_purpose(desk), **said, before=rate)
        improvements.begin(begun, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Begun, with the rate of complaints as it is now."))
    return redirect("desk:complaints")


@page(Operation.LIST, people=_people, roles=SEE)
def close(desk: Desk, improvement: UUID) -> HttpResponse:
    """Close an improvement, with the rate of complaints as it is now."""
    if desk.request.method == "POST":
        mine = ImprovementAction.objects.filter(controller=desk.staff.controller_id)
        row = mine.filter(pk=improvement).first()
        if row is None:
            raise ImprovementOpenError
        after = _rate(desk, row.theme, row.product_id)
        improvements.close(row.pk, after=after, by=desk.staff, now=desk.now)
        messages.success(desk.request, _("Closed, with the rate before and after it."))
    return redirect("desk:complaints")


def _rate(desk: Desk, theme: str, product: UUID | None) -> Any:
    today = timezone.localdate(desk.now)
    return counting.rate(
        desk.access, _purpose(desk), theme=theme, product=product, since=today - MEASURED,
        until=today,
    )  # fmt: skip
