"""The page of one version of an activity: approval, a new draft, and what changed in words."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.policy.categories import Category
from governance.policy.vocabulary import (
    ActivityState,
    LawfulBasis,
    Operation,
    RecordClass,
    Role,
    SubjectKind,
)
from governance.portal.guard import page
from governance.portal.roles import May, Page, may, staff_of
from registry import labels, operations
from registry.models import ActivityVersion

WORDS: dict[str, Any] = {
    "categories": Category,
    "subject_kinds": SubjectKind,
    "roles": Role,
    "operations": Operation,
}
TEXTS = (
    "title_it", "title_en", "basis_reference", "context", "transfers", "measures", "special_ground",
)  # fmt: skip
LEADING = {"retention_rules": gettext_lazy("retention rules")}


@dataclass(frozen=True)
class Change:
    """One difference to the version before.

    Attributes
    ----------
    field : its label
    added, removed : values that are new, values that are gone
    """

    field: str
    added: list[str]
    removed: list[str]


def changes(before: ActivityVersion, after: ActivityVersion) -> list[Change]:
    """Return the differences between two versions in words, in the order of the form."""
    found: list[Change] = []
    if before.basis != after.basis:
        found.append(
            Change(
                _label("basis"),
                [labels.text(LawfulBasis, after.basis)],
                [labels.text(LawfulBasis, before.basis)],
            )
        )
    for name in TEXTS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found.append(Change(_label(name), [new] if new else [], [old] if old else []))
    if before.profiling != after.profiling:
        yes_no = {True: _("yes"), False: _("no")}
        found.append(
            Change(_label("profiling"), [yes_no[after.profiling]], [yes_no[before.profiling]])
        )
    found += _changes_of_lists(before, after)
    return found


def _changes_of_lists(before: ActivityVersion, after: ActivityVersion) -> list[Change]:
    pairs = {
        name: (
            {labels.text(words, value) for value in getattr(before, name)},
            {labels.text(words, value) for value in getattr(after, name)},
        )
        for name, words in WORDS.items()
    }
    for name in ("sources", "recipients"):
        pairs[name] = (
            {row.name for row in getattr(before, name).all()},
            {row.name for row in getattr(after, name).all()},
        )
    pairs["retention_rules"] = (_rules(before), _rules(after))
    return [
        Change(_label(name), sorted(new - old), sorted(old - new))
        for name, (old, new) in pairs.items()
        if old != new
    ]


def _rules(version: ActivityVersion) -> set[str]:
    return {
        f"{labels.text(RecordClass, rule.record_class)}: "
        f"{labels.period_from(rule.period, rule.anchor)} ({rule.legal_reference})"
        + "".join(f", {labels.text(Category, name)}" for name in rule.categories)
        for rule in version.retention_rules.all()
    }


def _label(name: str) -> str:
    if name in LEADING:
        return str(LEADING[name])
    return str(ActivityVersion._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # no relation among them


def context_of(request: HttpRequest, version: ActivityVersion | None) -> dict[str, Any]:
    """Return what the page of a version shows beside the form."""
    if version is None:
        return {}
    staff = staff_of(request)
    before = (
        ActivityVersion.objects.filter(activity=version.activity_id, number__lt=version.number)
        .order_by("-number")
        .first()
    )
    is_draft = version.state == ActivityState.DRAFT
    missing = operations.missing_parts(version) if is_draft else []
    may_change = may(staff, Page.REGISTER) >= May.CHANGE
    has_draft = ActivityVersion.objects.filter(
        activity=version.activity_id, state=ActivityState.DRAFT
    ).exists()
    return {
        "version": version,
        "state_text": labels.text(ActivityState, version.state),
        "before": before,
        "changes": changes(before, version) if before else [],
        "missing": [_missing_label(name) for name in missing],
        "is_own_draft": is_draft and version.drafted_by_id == staff.pk,
        "may_approve": is_draft
        and may_change
        and version.drafted_by_id != staff.pk
        and not missing,
        "may_redraft": not is_draft and may_change and not has_draft,
        "rules": [
            (labels.text(RecordClass, r.record_class), labels.period_from(r.period, r.anchor), r)
            for r in version.retention_rules.all()
        ],
        "is_draft": is_draft,
    }


def _missing_label(name: str) -> str:
    return _label(name)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def approve(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Put a draft in force."""
    version = _version(request, object_id)
    operations.approve(version=version, by=staff_of(request), now=timezone.now())
    messages.success(request, _("Approved: this version is in force from now on."))
    return redirect("admin:registry_activityversion_change", object_id)


@require_POST
@page(Page.REGISTER, level=May.CHANGE)
def redraft(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Start a new draft from a version."""
    version = _version(request, object_id)
    copied = operations.redraft(version=version, by=staff_of(request), now=timezone.now())
    messages.success(request, _("This is the new draft. The version in force is unchanged."))
    return redirect("admin:registry_activityversion_change", copied.pk)


def _version(request: HttpRequest, object_id: UUID) -> ActivityVersion:
    return get_object_or_404(
        ActivityVersion, pk=object_id, controller_id=staff_of(request).controller_id
    )
