"""Segments at the desk: told apart by the variables of a purpose, counted while they are made.

The figures behind them are drawn here for the first time, and every night from then on.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.analysis import extract, nightly
from crm.console import segment_form
from crm.console.desk import Desk, page
from crm.models import AnalyticExtract, Segment
from crm.segments import operations
from crm.segments.errors import SegmentInvalidError
from crm.segments.operations import NewSegment
from crm.service import reports
from crm.workflows.versions import Titles, may_approve
from governance.policy.decisions import Refusal
from governance.policy.workflows import VersionState
from registry.gate.counting import Counted
from registry.gate.errors import REFUSALS
from registry.labels import titled

STATES = {
    VersionState.DRAFT: _("Draft"), VersionState.APPROVED: pgettext_lazy("segment", "Approved"),
    VersionState.RETIRED: _("Replaced"),
}  # fmt: skip
MOST = 200


@page()
def segments(desk: Desk) -> HttpResponse:
    """List the segments of the purpose somebody works for, and say when figures were drawn."""
    mine = {"controller": desk.staff.controller_id, "purpose__key": _purpose(desk)}
    source = AnalyticExtract.objects.filter(**mine).first()
    drawn = source.people if source else 0
    rows = Segment.objects.filter(**mine).order_by("key", "-number")[:MOST]
    smallest = _smallest(desk)
    context = {
        "title": _("Segments"), "smallest": smallest,
        "source": source, "people": reports.part_of(drawn, drawn, smallest=smallest),
        "segments": [
            {
                "row": row, "title": titled(row.title_it, row.title_en),
                "state": STATES[VersionState(row.state)],
                "by": [segment_form.NAMES.get(name, name) for name in row.variables],
                **_counts(row, smallest), "may_approve": may_approve(row, desk.staff),
            }
            for row in rows
        ],
    }  # fmt: skip
    return desk.render("console/segments.html", context)


def _smallest(desk: Desk) -> int:
    return reports.smallest_cell(desk.staff.controller_id, now=desk.now)


def _counts(row: Segment, smallest: int) -> dict[str, int | None]:
    """Return how many were reached and left out; None for what is small, or gives it away."""
    return {
        "reached": reports.part_of(row.reached, row.reached, smallest=smallest),
        "left_out": reports.summed(row.left_out, smallest=smallest)[1],
    }


def _purpose(desk: Desk) -> str:
    return desk.purpose.key if desk.purpose else ""


@page()
def draw(desk: Desk) -> HttpResponse:
    """Draw the figures of the purpose anew, and go back to the segments."""
    if desk.request.method == "POST":
        extract.draw(desk.actor, _purpose(desk), since=nightly.since(desk.now), now=desk.now)
        messages.success(desk.request, _("Drawn. From now on it is drawn anew every night."))
    return redirect("desk:segments")


@page()
def new(desk: Desk) -> HttpResponse:
    """Make a segment: count whom it finds, or keep it as a draft."""
    said = desk.request.POST
    variables = operations.usable(desk.staff.controller_id, _purpose(desk), desk.role, now=desk.now)
    context: dict[str, Any] = {
        "title": _("New segment"), "parts": segment_form.parts(variables, said), "said": said,
        "is_any": said.get("how") == "any",
    }  # fmt: skip
    if desk.request.method != "POST":
        return desk.render("console/segment_new.html", context)
    meant = segment_form.definition(variables, said)
    try:
        if said.get("do") == "keep":
            kept = _keep(desk, meant)
            return redirect("desk:segments") if kept else _wrong(desk, context, "titles")
        counted = operations.count(desk.actor, _purpose(desk), meant, now=desk.now)
    except SegmentInvalidError as error:
        return _wrong(desk, context, _place(error))
    return desk.render("console/segment_new.html", context | _shown(counted, _smallest(desk)))


def _keep(desk: Desk, meant: dict[str, Any]) -> bool:
    said = desk.request.POST
    titles = Titles(said.get("title_it", "").strip()[:120], said.get("title_en", "").strip()[:120])
    key = slugify(titles.it)[:40]
    if not (titles.it and titles.en and key):
        return False
    operations.draft(NewSegment(key, titles, _purpose(desk), meant), by=desk.staff, now=desk.now)
    messages.success(desk.request, _("Kept as a draft. Somebody else approves it."))
    return True


def _place(error: SegmentInvalidError) -> str:
    """Return which kind of mistake the first one is, as the page says it."""
    faults: Any = error.details.get("faults")
    return "empty" if faults and faults[0][1] == "empty" else "value"


def _wrong(desk: Desk, context: dict[str, Any], wrong: str) -> HttpResponse:
    return desk.render("console/segment_new.html", context | {"wrong": wrong}, status=422)


def _shown(counted: Counted, smallest: int) -> dict[str, Any]:
    """Return who was found, and of them who is left out; without what is small."""
    parts = {"": counted.admitted}
    parts |= {code.value: number for code, number in counted.excluded.most_common()}
    shown, chosen = reports.summed(parts, smallest=smallest)
    admitted = shown.pop("")
    return {
        "is_counted": True, "admitted": admitted, "chosen": chosen, "smallest": smallest,
        "excluded": [
            (*REFUSALS[Refusal(code)][:2], number) for code, number in shown.items()
        ],
    }  # fmt: skip


@page()
def act(desk: Desk, segment: UUID) -> HttpResponse:
    """Approve a draft that somebody else made: who is in it is written down now."""
    if desk.request.method == "POST" and desk.request.POST.get("do") == "approve":
        shown = desk.request.POST.get("shown", "")
        operations.approve(segment, by=desk.staff, now=desk.now, shown=shown)
        messages.success(desk.request, _("Approved, and frozen as it is now."))
    return redirect("desk:segments")
