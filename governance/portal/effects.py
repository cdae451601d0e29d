"""What a draft would change about what is due: shown before it is approved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.policy.decisions import duty_allows
from governance.policy.vocabulary import ActivityState, Duty, Role
from governance.portal import schedule
from governance.portal.guard import page
from governance.portal.retention import table_title
from governance.portal.roles import May, Page, staff_of
from registry.models import ActivityVersion, Staff
from retention import operations, queries, rules
from retention.errors import EffectNotShownError
from retention.forecast import Forecast

HERE = "admin:registry_activityversion_change"


@dataclass(frozen=True)
class Change:
    """Rows of one table and purpose, or a category of them: due by the rules of now, and then."""

    record: str
    what: str
    purpose: str
    pairs: tuple[tuple[int, int], ...]


def context_of(version: ActivityVersion, staff: Staff, *, now: datetime) -> dict[str, Any]:
    """Return what the page of a draft shows of its effect; nothing where no rule changes."""
    if version.state != ActivityState.DRAFT or not rules.are_changed_by(version, at=now):
        return {}
    run = queries.effect(version)
    return {
        "asks_effect": True,
        "effect_run": run,
        "effect": _changes(queries.forecast(run, "before"), queries.forecast(run), version)
        if run
        else [],
        "may_show_effect": duty_allows(Role(staff.role), Duty.RETENTION),
    }


def require_shown(version: ActivityVersion, *, now: datetime) -> None:
    """Refuse a changed rule whose effect nobody has looked at.

    Raises
    ------
    EffectNotShownError
    """
    if rules.are_changed_by(version, at=now) and queries.effect(version) is None:
        raise EffectNotShownError


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def show_effect(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Preview the rules with a draft in the place of what is in force; destroy nothing."""
    staff, now = staff_of(request), timezone.now()
    drafts = ActivityVersion.objects.filter(controller=staff.controller_id)
    draft = get_object_or_404(drafts, pk=object_id, state=ActivityState.DRAFT)
    operations.preview(staff.actor(), now=now, draft=draft)
    messages.success(request, _("This is the effect. Nothing has been erased."))
    return redirect(HERE, object_id)


def _changes(before: Forecast, after: Forecast, version: ActivityVersion) -> list[Change]:
    """Return the lines that differ on some day, those that make most due first."""
    titles = schedule.purposes(version.controller_id)
    found: dict[tuple[str, str, str], tuple[list[int], list[int]]] = {}
    for side, said in enumerate((before, after)):
        for one in said.coming:
            counts = found.setdefault(
                (table_title(one.table), schedule.what(one), one.purpose), ([0] * 4, [0] * 4)
            )
            for column, place in enumerate(said.horizons()):
                counts[side][column] += one.counts[place]
    changed = [
        Change(record, what, titles.get(purpose, purpose), tuple(zip(*sides, strict=True)))
        for (record, what, purpose), sides in found.items()
        if sides[0] != sides[1]
    ]
    return sorted(changed, key=lambda one: -sum(after - before for before, after in one.pairs))
