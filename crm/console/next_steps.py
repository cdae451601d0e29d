"""What to do next for a person: proposals with their reasons, taken or left by somebody.

The proposals are made under the purpose that the scores were computed for, the task is given under
the purpose that somebody works for. So there are two accesses, one after the other, each with its
entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.console.desk import Desk, page
from crm.models import Score, ScoreRun
from crm.offers import ranking
from crm.sales import todo
from crm.scores import influence, next_best
from crm.scores.words import ACTIONS, KINDS, LOGICS, PARTS, REASONS
from governance.policy.next_best import NextAction, Proposal
from governance.policy.scores import ScoreKind, read
from governance.policy.vocabulary import Channel, Operation
from registry import labels
from registry.gate import opening as gate
from registry.gate.access import Access

DO_WITHIN = timedelta(days=7)
SHARE = ScoreKind.CHURN


@dataclass(frozen=True)
class Shown:
    """A score as the page tells it."""

    kind: str | Promise
    value: str
    logic: str | Promise
    parts: Sequence[tuple[str | Promise, str]]
    expires_on: Any


def _run_for(desk: Desk) -> ScoreRun | None:
    """Return the newest run, if its purpose is one that the role acts for."""
    run = next_best.newest_run(desk.staff.controller_id)
    keys = {purpose.key for purpose in desk.offered}
    return run if run is not None and run.purpose.key in keys else None


@page()
def proposals(desk: Desk, person: UUID) -> HttpResponse:
    """Show the scores of a person, and what is proposed."""
    run = _run_for(desk)
    context: dict[str, Any] = {"title": _("What to do next"), "person": person, "run": run}
    if run is not None:
        with gate.open(
            desk.actor, run.purpose.key, Operation.READ, subjects=person, now=desk.now
        ) as access:
            held = next_best.scores(access, person, run)
            found = next_best.proposed(access, person, run, held)
            context["scores"] = [_shown(score) for score in held]
            context["proposals"] = [_line(one) for one in found]
            context |= _offers(access, person, found)
            context["influence"] = influence.of(access, person)
    return desk.render("console/next.html", context)


def _offers(access: Access, person: UUID, found: Sequence[Proposal]) -> dict[str, Any]:
    """Return which offers go with the proposal to offer something, where it is made (ST3)."""
    last = next_best.newest_run(access.controller, ScoreKind.OFFER)
    if last is None or NextAction.OFFER not in {one.action for one in found}:
        return {}
    made, _left_out = ranking.proposed(access, person, last)
    return {
        "offers": [
            {
                "title": labels.titled(offer.title_it, offer.title_en),
                "text": labels.titled(offer.text_it, offer.text_en),
                "reasons": [REASONS[code] for code in one.reasons],
            }
            for offer, one in made
        ],
        "replay": last.quality,
    }


@page()
def choose(desk: Desk, person: UUID) -> HttpResponse:
    """Take a proposal, which gives a task, or leave it."""
    run, action = _run_for(desk), desk.request.POST.get("action", "")
    if desk.request.method == "POST" and run is not None and action in set(NextAction):
        takes = desk.request.POST.get("choice") == "accept"
        _choose(desk, person, run, NextAction(action), takes=takes)
        said = _("Taken: the task is on your list.") if takes else _("Left, and recorded.")
        messages.success(desk.request, said)
    return redirect("desk:next", person=person)


def _choose(desk: Desk, person: UUID, run: ScoreRun, action: NextAction, *, takes: bool) -> None:
    purpose, task = run.purpose.key, None
    if takes:
        with gate.open(
            desk.actor, purpose, Operation.READ, subjects=person, now=desk.now
        ) as access:
            next_best.require(access, person, run, action)
        with desk.open(Operation.CREATE, subjects=person) as access:
            duty = todo.Duty(
                title=str(ACTIONS[action]),
                do_by=timezone.localdate(desk.now) + DO_WITHIN,
                assignee=desk.staff.pk,
            )
            task = todo.give(access, person, duty)
    with gate.open(desk.actor, purpose, Operation.CREATE, subjects=person, now=desk.now) as access:
        next_best.choose(access, person, action, by=desk.staff.pk, task=task)


def _line(one: Proposal) -> dict[str, Any]:
    channels = [labels.text(Channel, Channel(way.channel)) for way in one.ways if way.channel]
    return {
        "action": one.action.value,
        "name": ACTIONS[one.action],
        "expected": one.expected,
        "channels": channels,
        "reasons": [REASONS[code] for code in one.reasons],
    }


def _shown(score: Score) -> Shown:
    if score.score_kind == SHARE:
        value = f"{100 * score.value:.0f} %"
    elif score.low is None or score.high is None:
        value = f"{score.value:.0f}"
    else:
        value = f"{score.value:.0f} ({score.low:.0f}–{score.high:.0f})"
    parts = [(PARTS[one.name], f"{one.points:+.2f}") for one in read(score.contributions or "")]
    return Shown(KINDS[score.score_kind], value, LOGICS[score.logic], parts, score.expires_on)
