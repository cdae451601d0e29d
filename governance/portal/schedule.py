"""What ends when: the calendar of retention, the age of what is held, and rows one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.policy.categories import Category
from governance.policy.decisions import duty_allows
from governance.policy.vocabulary import Anchor, Duty, RecordClass, RetentionAction, Role
from governance.portal.guard import page
from governance.portal.retention import COLOURS, OUTCOMES, REASONS, table_title
from governance.portal.roles import May, Page, may, staff_of
from governance.portal.site import portal
from governance.templatetags.days import day
from registry import labels
from registry.models import Purpose
from retention import forecast, looking, queries
from retention.forecast import Ages, Coming, Forecast
from retention.looking import Asked, Found
from retention.models import RetentionRun
from retention.schedule import Outcome

REVIEW = "review"
LISTS = {
    "indeterminate": gettext_lazy("Rows whose start date is missing"),
    "uncovered": gettext_lazy("Rows that no rule covers"),
    REVIEW: gettext_lazy("Rows to be looked at"),
    "due": gettext_lazy("Rows whose time is over"),
    "held": gettext_lazy("Rows that are frozen"),
    "kept": gettext_lazy("Rows that are kept"),
}
MEND = {
    "indeterminate": gettext_lazy(
        "A period that counts from an event can not end while the event has no date. Enter the"
        " date on the record, or let the rule count from an event that is recorded."
    ),
    "uncovered": gettext_lazy(
        "Nothing here ends by itself. Add a rule for this class of records to the activity that"
        " needs it."
    ),
    REVIEW: gettext_lazy(
        "The rule asks a person to look before anything goes. What is still needed gets a longer"
        " period in the register; for what is not, let the rule erase."
    ),
}


@dataclass(frozen=True)
class Bar:
    """One bar of a plot: its words, its number, and its length in hundredths of the longest."""

    label: str
    number: int
    length: int
    marked: int = 0
    marked_length: int = 0


@page(Page.RETENTION)
def show(request: HttpRequest) -> HttpResponse:
    """Show what ends when, by the latest preview."""
    staff = staff_of(request)
    run = queries.latest(staff.controller_id)
    context: dict[str, Any] = {
        **portal.each_context(request),
        "title": _("What ends when"),
        "run": run,
        "may_preview": duty_allows(Role(staff.role), Duty.RETENTION),
    }
    if run is not None:
        found = queries.forecast(run)
        context |= {
            "rules": _rules(found, purposes(staff.controller_id)),
            "months": _months(found),
            "ages": [_ages(one) for one in found.ages],
            "lists": _lists(run),
        }
    return TemplateResponse(request, "portal/schedule.html", context)


def purposes(controller: UUID) -> dict[str, str]:
    """Return what the purposes of a company are called, by key."""
    rows = Purpose.objects.filter(controller=controller)
    return {row.key: labels.titled(row.text_it, row.text_en) for row in rows}


def _rules(found: Forecast, titles: dict[str, str]) -> list[dict[str, Any]]:
    """Return a line for each rule and category: due now, in 30 and 90 days, and in a year."""
    return [
        {
            "record": table_title(one.table),
            "table": one.table,
            "what": what(one),
            "purpose": titles.get(one.purpose, one.purpose),
            "law": one.law,
            "action": labels.text(RetentionAction, one.action),
            "list": REVIEW if one.action == RetentionAction.REVIEW else "due",
            "counts": [one.counts[place] for place in found.horizons()],
        }
        for one in found.coming
    ]


def what(one: Coming) -> str:
    """Return what of a record goes: its class, or the one category of it."""
    if one.category:
        return labels.text(Category, one.category)
    return labels.text(RecordClass, one.record_class)


def _months(found: Forecast) -> list[Bar]:
    """Return what becomes due by the end of each month ahead, what is due today first."""
    days = forecast.months_from(found.days[0])
    totals = [sum(one.counts[found.on(day)] for one in found.coming) for day in days]
    new = [totals[0], *(after - before for before, after in pairwise(totals))]
    names = [_("due today"), *(day(one) for one in days[1:])]
    return _bars(list(zip(names, new, strict=True)))


def _ages(ages: Ages) -> dict[str, Any]:
    top = max(ages.rows.values())
    return {
        "title": labels.text(RecordClass, ages.record_class),
        "bars": [
            Bar(
                _age(years), number, _share(number, top),
                ages.due.get(years, 0), _share(ages.due.get(years, 0), top),
            )
            for years, number in sorted(ages.rows.items())
        ],
    }  # fmt: skip


def _age(years: int) -> str:
    if years == forecast.NO_DATE:
        return _("no date")
    if years == forecast.OLDEST:
        return _("%(n)d years and more") % {"n": years}
    return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}


def _bars(numbers: Sequence[tuple[str, int]]) -> list[Bar]:
    top = max((number for _label, number in numbers), default=0)
    return [Bar(str(label), number, _share(number, top)) for label, number in numbers]


def _share(number: int, top: int) -> int:
    """Return a length in hundredths; what is there at all is seen."""
    return max(1, round(100 * number / top)) if number and top else 0


def _lists(run: RetentionRun) -> list[tuple[str, str, int]]:
    totals = run.preview["totals"]
    numbers = {
        "indeterminate": totals["indeterminate"],
        "uncovered": totals["uncovered"],
        REVIEW: run.preview["to_review"],
        "held": totals["held"],
    }
    return [(name, str(LISTS[name]), number) for name, number in numbers.items()]


@page(Page.RETENTION, duty=Duty.SUPERVISION)
def rows(request: HttpRequest, which: str) -> HttpResponse:
    """Show rows with one outcome, why, and how to mend what can be mended."""
    if which not in LISTS:
        raise Http404
    staff, now = staff_of(request), timezone.now()
    table = request.GET.get("table", "")
    outcome = Outcome.DUE if which == REVIEW else Outcome(which)
    found = looking.rows(
        staff.controller_id, Asked(outcome, table, is_for_review=which == REVIEW),
        after=_after(request), today=timezone.localdate(now), now=now,
    )  # fmt: skip
    titles = purposes(staff.controller_id)
    may_meet = may(request.user, Page.PEOPLE) >= May.VIEW
    context = {
        **portal.each_context(request),
        "title": LISTS[which],
        "which": which,
        "table": table,
        "table_title": table_title(table) if table else "",
        "mend": MEND.get(which, ""),
        "colour": COLOURS[outcome.value],
        "outcome": OUTCOMES[outcome],
        "rows": [_row(one, staff.controller_id, titles) for one in found.rows],
        "after": found.after,
        "may_meet": may_meet,
    }
    return TemplateResponse(request, "portal/retention_rows.html", context)


def _after(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        raise Http404 from None


def _row(found: Found, controller: UUID, titles: dict[str, str]) -> dict[str, Any]:
    one, table = found.decided, found.decided.row.table
    return {
        "record": table_title(table.name),
        "id": one.row.id,
        "person": found.subject,
        "part": labels.text(Category, found.category) if found.category else "",
        "sealed": [labels.text(Category, category) for category in sorted(table.sealed)],
        "reason": REASONS[one.reason],
        "otherwise": OUTCOMES[one.otherwise] if one.otherwise else "",
        "until": one.until,
        "missing": [labels.text(Anchor, anchor) for anchor in found.missing],
        "endings": [
            {
                "purpose": titles.get(e.activity.rsplit(".v", 1)[0], e.activity),
                "version": looking.version_of(controller, e.activity),
                "law": e.law,
                "period": labels.period_from(e.period, e.anchor),
                "start": e.start,
                "end": e.end,
            }
            for e in found.endings
        ],
    }
