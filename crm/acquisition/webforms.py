"""Public forms: drafted by one person, checked against the register, approved by another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from audit import log
from audit.actions import Action
from crm.acquisition.errors import FormInvalidError, FormNotFoundError
from crm.models import WebForm
from crm.workflows.versions import require_approvable
from governance.policy.acquisition import misfits
from governance.policy.vocabulary import LawfulBasis
from governance.policy.workflows import VersionState
from registry import activities
from registry.models import Controller, Purpose, Staff
from registry.operations import KEEPING


@dataclass(frozen=True)
class Asking:
    """What a form says and asks.

    Attributes
    ----------
    fields, required : names of `governance.policy.acquisition.ASKED`
    boxes : each with a purpose and a channel, and the words in both languages; none is ticked
    """

    title_it: str
    title_en: str
    fields: Sequence[str]
    required: Sequence[str] = ()
    boxes: Sequence[dict[str, str]] = field(default_factory=tuple)


@transaction.atomic
def draft(slug: str, asking: Asking, *, purpose: Purpose, by: Staff, now: datetime) -> WebForm:
    """Draft the next version of a form at an address; an earlier draft of it is replaced.

    Raises
    ------
    FormInvalidError
        a field is of a category that the activity does not use, or a box asks for no consent
    """
    _check(asking.fields, asking.required, asking.boxes, purpose=purpose, now=now)
    Controller.objects.select_for_update(no_key=True).get(pk=by.controller_id)
    versions = WebForm.objects.filter(controller=by.controller, slug=slug)
    released = versions.exclude(state=VersionState.DRAFT).aggregate(last=Max("number"))["last"]
    made, _is_new = versions.update_or_create(
        number=(released or 0) + 1, controller=by.controller, slug=slug,
        defaults={
            "purpose": purpose, "title_it": asking.title_it, "title_en": asking.title_en,
            "fields": list(asking.fields), "required": list(asking.required),
            "boxes": list(asking.boxes), "drafted_by": by,
        },
    )  # fmt: skip
    _record(by, Action.RULE_DRAFTED, made, now=now)
    return made


@transaction.atomic
def approve(form: WebForm, *, by: Staff, now: datetime, shown: str | None = None) -> WebForm:
    """Open a form to the public, in place of the version before.

    Arguments
    ---------
    shown : the fingerprint of the draft that `by` has read; None where no page showed one

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    DraftChangedError
        it is not what was shown any more
    FormInvalidError
        the register has changed since
    """
    found = WebForm.objects.select_for_update().get(pk=form.pk, controller=by.controller)
    require_approvable(found, by, shown=shown)
    _check(found.fields, found.required, found.boxes, purpose=found.purpose, now=now)
    close(found.controller, found.slug)
    found.state, found.approved_by, found.approved_at = VersionState.APPROVED, by, now
    found.save(update_fields=["state", "approved_by", "approved_at"])
    _record(by, Action.RULE_APPROVED, found, now=now)
    return found


@transaction.atomic
def stop(form: WebForm, *, by: Staff, now: datetime) -> None:
    """Close a form that is open, without another in its place."""
    if close(by.controller, form.slug):
        _record(by, Action.RULE_STOPPED, form, now=now)


def close(controller: Controller, slug: str) -> int:
    """Close the form that is open at an address; return whether there was one."""
    rows = WebForm.objects.filter(controller=controller, slug=slug, state=VersionState.APPROVED)
    return rows.update(state=VersionState.RETIRED)


def opened(controller: UUID, slug: str) -> WebForm:
    """Return the form that is open at an address.

    Raises
    ------
    FormNotFoundError
    """
    forms = WebForm.objects.select_related("purpose").filter(controller=controller, slug=slug)
    found = forms.filter(state=VersionState.APPROVED).first()
    if found is None:
        raise FormNotFoundError
    return found


def _check(fields: Any, required: Any, boxes: Any, *, purpose: Purpose, now: datetime) -> None:
    in_force = activities.in_force(purpose.controller_id, purpose.key, at=now)
    consents = [
        version.activity.purpose.key
        for version in activities.all_in_force(purpose.controller_id, at=now)
        if version.basis == LawfulBasis.CONSENT
    ]
    categories = in_force.terms.usable if in_force else frozenset()
    found = misfits(fields, required, boxes, categories=categories, consents=consents)
    if found:
        raise FormInvalidError(misfits=[(one.where, one.code) for one in found])


def _record(by: Staff, action: Action, form: WebForm, *, now: datetime) -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="web_form", object_id=form.pk
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
