"""Sales as they come in: today beside yesterday, and the last thirty days.

The numbers are in the page that the server sends, so that it is read without a script; with one,
they are fetched anew every half minute. Who works here sees single orders too, and so every number;
in the sheet, which leaves the house, small ones are left out.
"""

from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from crm.console import sheets
from crm.console.campaign_results import money
from crm.console.desk import Desk, page
from crm.console.plots import Point, plot
from crm.sales import figures
from crm.service import reports
from governance.policy.vocabulary import Operation, Role
from registry.gate.opening import Subjects

SEE = frozenset({Role.AGENT, Role.SALES, Role.MANAGER})
DAYS = timedelta(days=29)
EVERY = 30  # seconds


def _people(desk: Desk) -> Subjects:
    return figures.people(timezone.localdate(desk.now) - DAYS)


@page(Operation.LIST, people=_people, roles=SEE)
def sales(desk: Desk) -> HttpResponse:
    """Show the orders of the last thirty days, or hand them out as a sheet."""
    today = timezone.localdate(desk.now)
    found = figures.sales(desk.access, since=today - DAYS, until=today)
    if desk.request.GET.get("as") == sheets.SHEET:
        return _sheet(desk, found)
    total = sum((day.total for day in found.days), found.days[0].total * 0)
    tiles = [
        (_("Orders today"), found.days[-1].orders),
        (_("Sold today"), money(found.days[-1].total, found.currency)),
        (_("Orders yesterday"), found.days[-2].orders),
        (_("Sold in thirty days"), money(total, found.currency)),
    ]
    points = [
        Point(date_format(day.on, "j M"), day.total, money(day.total, found.currency))
        for day in found.days
    ]
    context = {
        "title": _("Sales as they come in"), "tiles": tiles, "every": EVERY,
        "plots": [
            plot(
                "sold", _("Sold, day by day"),
                _("One bar for each of the last thirty days, up to today."),
                (_("Day"), _("Sold")), points,
            )
        ],
        "others": sorted(found.others.items()), "read_at": desk.now,
    }  # fmt: skip
    return desk.render("console/sales.html", context)


def _sheet(desk: Desk, found: figures.Sales) -> HttpResponse:
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    rows = []
    for day in found.days:
        is_small = reports.is_small(day.orders, smallest=smallest)
        rows.append(
            (day.on, *((None, None) if is_small else (day.orders, day.total)), found.currency)
        )
    return sheets.sheet("sales", ("day", "orders", "total", "currency"), rows)
