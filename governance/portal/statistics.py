"""The figures of a year of requests: a page, and the same as a sheet."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from dsar import labels as dsar_labels
from dsar import statistics
from dsar.sheets import sheet
from dsar.statistics import Line, Year
from governance.policy.vocabulary import Channel, Duty, Right
from governance.portal.guard import page, under_duty
from governance.portal.roles import Page
from governance.portal.site import portal
from registry import labels
from registry.gate.access import Access

OUTCOMES = {
    statistics.OPEN: gettext_lazy("open"),
    statistics.FULFILLED: gettext_lazy("answered"),
    statistics.IN_PART: gettext_lazy("answered in part"),
    statistics.REFUSED: gettext_lazy("refused"),
}
TIMINGS = {
    statistics.ON_TIME: gettext_lazy("in the first month"),
    statistics.EXTENDED: gettext_lazy("within the extended time"),
    statistics.LATE: gettext_lazy("late"),
}
Row = tuple[str, list[object]]
YEAR = re.compile(r"20\d\d", re.ASCII)


@page(Page.REQUESTS)
def show(request: HttpRequest) -> HttpResponse:
    """Show the figures of a year, or hand them over as a sheet."""
    now = timezone.localdate()
    said = request.GET.get("year", "")
    year = int(said) if YEAR.fullmatch(said) else now.year

    def view(access: Access) -> HttpResponse:
        found = statistics.of_year(access, year)
        return _as_sheet(found) if "csv" in request.GET else _as_page(request, found)

    return under_duty(request, view, duty=Duty.SUPERVISION)


def _as_page(request: HttpRequest, found: Year) -> HttpResponse:
    context = {
        **portal.each_context(request),
        "title": _("Requests of %(year)s") % {"year": found.year},
        "year": found,
        "heads": [str(head) for head in _heads()],
        "rows": _rows(found),
        "lists": [(title, rows) for title, rows in _lists(found) if rows],
    }
    return TemplateResponse(request, "portal/statistics.html", context)


def _as_sheet(found: Year) -> HttpResponse:
    lines: list[list[object]] = [[title, *figures] for title, figures in _rows(found)]
    for title, rows in _lists(found):
        lines += [[f"{title}: {name}", *figures] for name, figures in rows]
    lines.append([_("Complaints to the Garante"), found.complaints])
    width = max(len(line) for line in lines)
    padded = [line + [None] * (width - len(line)) for line in lines]
    content = sheet([f"{_('Requests')} {found.year}", *(str(head) for head in _heads())], padded)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="requests-{found.year}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _heads() -> list[Any]:
    return [
        pgettext("requests of a year", "received"), *OUTCOMES.values(), *TIMINGS.values(),
        _("open and late"), _("median days"), _("most days"),
    ]  # fmt: skip


def _rows(found: Year) -> list[Row]:
    rights = [
        (f"{labels.text(Right, Right(right))} (art. {labels.ARTICLE_OF_RIGHT[Right(right)]})", line)
        for right, line in found.rights.items()
    ]
    return [(title, _figures(line)) for title, line in [*rights, (_("All"), found.total)]]


def _figures(line: Line) -> list[object]:
    return [
        line.received,
        *(line.outcomes.get(outcome, 0) for outcome in OUTCOMES),
        *(line.timings.get(timing, 0) for timing in TIMINGS),
        line.open_late,
        _days(line.median_days),
        line.longest_days,
    ]


def _days(number: float | None) -> object:
    return int(number) if number is not None and number == int(number) else number


def _lists(found: Year) -> list[tuple[str, list[Row]]]:
    grounds, delays = dsar_labels.GROUNDS, dsar_labels.LATE
    return [
        (_("By channel"),
         [(labels.text(Channel, Channel(c)), [n]) for c, n in sorted(found.channels.items())]),
        (_("Refused, by ground"), _worded(grounds, found.refusals)),
        (_("Left out, by ground"), _worded(grounds, found.parts)),
        (_("Late, by reason"), _worded(delays, found.delays)),
    ]  # fmt: skip


def _worded(words: Mapping[str, Any], found: Mapping[str, int]) -> list[Row]:
    return [
        (capfirst(str(words.get(key, key))) if key else _("no reason recorded"), [number])
        for key, number in sorted(found.items())
    ]
