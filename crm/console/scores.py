"""Runs of scores at the desk: what was computed, how well, who was left out; and computing anew.

They are of the purpose somebody works for. Nobody's score is shown here; counts below the smallest
that the register sets are hidden.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.analysis import nightly
from crm.console.campaign_results import count, reason
from crm.console.desk import Desk, page
from crm.models import ScoreRun
from crm.offers import ranking
from crm.scores import running
from crm.scores.words import KINDS, LOGICS
from crm.service import reports
from governance.policy.scores import ScoreKind
from governance.policy.vocabulary import Role

SEE = frozenset({Role.MARKETING, Role.ANALYST, Role.MANAGER})
RUN: Mapping[ScoreKind, Callable[..., ScoreRun]] = {
    ScoreKind.CHURN: running.run_churn, ScoreKind.LIFETIME_VALUE: running.run_worth,
    ScoreKind.LEAD: running.run_leads, ScoreKind.OFFER: ranking.run,
}  # fmt: skip
QUALITY: Mapping[str, Promise] = {
    "auc": _("AUC: one half says nothing, one is always right"),
    "brier": _("Brier score: the smaller, the better"),
    "hits": _("Bought last, and among the three proposed"),
    "baseline": pgettext_lazy("score", "The same without looking at anybody"),
}
BECAUSE: Mapping[str, Promise] = {
    "too_few": _("Too few people stand behind any pair of products yet."),
    "too_few_events": _("Too little has happened to learn from: a rule is used."),
    "analysis_not_installed": _("The mathematics is not installed: a rule is used."),
}


@page(roles=SEE)
def scores(desk: Desk) -> HttpResponse:
    """Show the newest run of each kind, of the purpose somebody works for."""
    smallest = reports.smallest_cell(desk.staff.controller_id, now=desk.now)
    rows = ScoreRun.objects.filter(
        controller=desk.staff.controller_id, purpose__key=desk.purpose.key if desk.purpose else ""
    )
    newest = {
        row.score_kind: row for row in rows.order_by("score_kind", "-ran_at").distinct("score_kind")
    }
    context = {
        "title": _("Scores"), "smallest": smallest,
        "kinds": [
            {"kind": kind.value, "title": KINDS[kind], **_told(newest.get(kind), smallest)}
            for kind in ScoreKind
        ],
    }  # fmt: skip
    return desk.render("console/scores.html", context)


def _told(run: ScoreRun | None, smallest: int) -> dict[str, Any]:
    """Return a run in words; nothing where there was none."""
    if run is None:
        return {"run": None}
    left, _sum = reports.summed(run.left_out, smallest=smallest)
    quality = [
        (text, number_format(round(run.quality[name], 3), 3, use_l10n=True))
        for name, text in QUALITY.items()
        if name in run.quality
    ]
    return {
        "run": run, "logic": LOGICS[run.logic],
        "people": count(reports.part_of(run.people, run.people, smallest=smallest)),
        "left_out": [(reason(code), count(n)) for code, n in left.items()],
        "quality": quality, "because": BECAUSE.get(run.fallback, run.fallback),
    }  # fmt: skip


@page(roles=SEE)
def compute(desk: Desk) -> HttpResponse:
    """Compute one kind anew for everybody whom the purpose reaches; each night it is done again."""
    kind = desk.request.POST.get("kind", "")
    if desk.request.method == "POST" and desk.purpose and kind in set(ScoreKind):
        since = nightly.since(desk.now)
        RUN[ScoreKind(kind)](desk.actor, desk.purpose.key, since=since, now=desk.now)
        messages.success(desk.request, _("Computed. From now on it is computed anew every night."))
    return redirect("desk:scores")
