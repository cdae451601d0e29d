"""The page of all stores: where data rests, and what ends it there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance import ends
from governance.ends import End, How
from governance.policy.vocabulary import RecordClass
from governance.portal.guard import page
from governance.portal.roles import Page, staff_of
from governance.portal.schedule import purposes
from governance.portal.site import portal
from registry import activities, labels
from registry.datamap import Holding, data_map

GROUPS: dict[How, Promise] = {
    How.RULE: gettext_lazy("Ended by a rule of the register"),
    How.TASK: gettext_lazy("Ended by a task of the timetable"),
    How.WITH: gettext_lazy("Gone with other rows"),
    How.STAYS: gettext_lazy("About nobody: kept as what the company decided and works with"),
}
ELSEWHERE: tuple[tuple[Promise, Promise], ...] = (
    (
        gettext_lazy("Files that are uploaded"),
        gettext_lazy("read in memory; what is kept of them is a row of this list"),
    ),
    (
        gettext_lazy("Exports and copies handed over"),
        gettext_lazy("streamed; a copy for a person is a row of this list, with its last day"),
    ),
    (gettext_lazy("Mail"), gettext_lazy("sent from rows; no spool is kept")),
    (
        gettext_lazy("Cache, broker, results of tasks"),
        gettext_lazy("counters and identifiers; no result is kept"),
    ),
    (
        gettext_lazy("Server logs"),
        gettext_lazy(
            "routes and codes, no value of anybody; their life is set where they are kept"
        ),
    ),
    (
        gettext_lazy("Backups"),
        gettext_lazy(
            "each copy is in the ledger of copies until it is gone; keys that ended open none"
        ),
    ),
)


@dataclass(frozen=True)
class Store:
    """One store in words.

    Attributes
    ----------
    rules : what the register says of it, where a rule ends it
    is_open : a rule ought to end it, and none is in force
    """

    title: str
    model: str
    by: str
    task: str
    rules: list[str]
    is_open: bool


@page(Page.RETENTION)
def show(request: HttpRequest) -> HttpResponse:
    """List every store with what ends it."""
    controller, now = staff_of(request).controller_id, timezone.now()
    rules = _rules(controller, now)
    found: dict[How, list[Store]] = {how: [] for how in GROUPS}
    for holding in data_map():
        end = ends.end_of(holding)
        if end is not None:  # the check refuses anything else
            found[end.how].append(_store(holding, end, rules))
    groups = [
        (how.value, GROUPS[how], sorted(stores, key=lambda one: (not one.is_open, one.title)))
        for how, stores in found.items()
    ]
    context: dict[str, Any] = {
        **portal.each_context(request),
        "title": _("Where data rests"),
        "groups": groups,
        "open": sum(one.is_open for stores in found.values() for one in stores),
        "elsewhere": ELSEWHERE,
    }
    return TemplateResponse(request, "portal/stores.html", context)


def _rules(controller: UUID, now: datetime) -> dict[str, list[str]]:
    """Return the rules in force in words, by record class."""
    titles = purposes(controller)
    found: dict[str, list[str]] = {}
    for version in activities.all_in_force(controller, at=now):
        purpose = version.activity.purpose.key
        for rule in version.retention_rules.all():
            said = f"{titles.get(purpose, purpose)}: {labels.period_from(rule.period, rule.anchor)}"
            found.setdefault(rule.record_class, []).append(said)
    return found


def _store(holding: Holding, end: End, rules: dict[str, list[str]]) -> Store:
    said = rules.get(end.by, []) if end.how is How.RULE else []
    by = end.by
    if end.how is How.RULE:
        by = labels.text(RecordClass, end.by)
    elif end.how is How.WITH:
        by = _title(data_map()[apps.get_model(end.by)])
    return Store(
        title=_title(holding), model=holding.model, by=by, task=end.task, rules=said,
        is_open=end.how is How.RULE and not said,
    )  # fmt: skip


def _title(holding: Holding) -> str:
    """Return what the rows are called: to a person, or among staff."""
    if holding.title_it:
        return labels.titled(holding.title_it, holding.title_en)
    return str(capfirst(str(holding.model_class._meta.verbose_name_plural)))
