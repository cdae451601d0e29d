"""Versions of workflows: drafted in the closed vocabulary, approved by another person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import yaml
from django.db import transaction
from django.db.models import Max

from audit import log
from audit.actions import Action
from crm.models import (
    Campaign,
    LoyaltyProgramme,
    MessageTemplate,
    Offer,
    Segment,
    WebForm,
    Workflow,
)
from crm.trade import templates
from crm.workflows.errors import (
    DefinitionInvalidError,
    DraftChangedError,
    RuleApprovalError,
    WorkflowNotFoundError,
)
from governance.policy.vocabulary import Role
from governance.policy.workflows import VersionState, Words, faults
from registry import activities
from registry.models import Controller, Purpose, Staff
from registry.operations import KEEPING

Draft = Workflow | WebForm | Segment | Campaign | LoyaltyProgramme | Offer
MAY_APPROVE = frozenset({Role.MANAGER, Role.DPO, Role.LEGAL})


@dataclass(frozen=True)
class Titles:
    """What a workflow is called in both languages."""

    it: str
    en: str


@transaction.atomic
def draft(key: str, titles: Titles, definition: Any, *, by: Staff, now: datetime) -> Workflow:
    """Draft the next version of a workflow; an earlier draft of it is replaced.

    Raises
    ------
    DefinitionInvalidError
    """
    found = faults(definition, words_of(by.controller, definition, now=now))
    if found:
        raise DefinitionInvalidError(faults=[(one.where, one.code) for one in found])
    Controller.objects.select_for_update(no_key=True).get(pk=by.controller_id)
    versions = Workflow.objects.filter(controller=by.controller, key=key)
    released = versions.exclude(state=VersionState.DRAFT).aggregate(last=Max("number"))["last"]
    made, _is_new = versions.update_or_create(
        number=(released or 0) + 1, controller=by.controller, key=key,
        defaults={
            "title_it": titles.it, "title_en": titles.en, "definition": definition,
            "drafted_by": by,
        },
    )  # fmt: skip
    _record(by, Action.RULE_DRAFTED, made, now=now)
    return made


@transaction.atomic
def approve(workflow: Workflow, *, by: Staff, now: datetime, shown: str | None = None) -> Workflow:
    """Put a draft in force in place of the version before; its runs go on to their end.

    Arguments
    ---------
    shown : the fingerprint of the draft that `by` has read; None where no page showed one

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    DraftChangedError
        it is not what was shown any more
    DefinitionInvalidError
        a purpose or text it names is gone since
    """
    found = Workflow.objects.select_for_update().get(pk=workflow.pk, controller=by.controller)
    require_approvable(found, by, shown=shown)
    wrong = faults(found.definition, words_of(by.controller, found.definition, now=now))
    if wrong:
        raise DefinitionInvalidError(faults=[(one.where, one.code) for one in wrong])
    retire(found.controller, found.key)
    found.state, found.approved_by, found.approved_at = VersionState.APPROVED, by, now
    found.save(update_fields=["state", "approved_by", "approved_at"])
    _record(by, Action.RULE_APPROVED, found, now=now)
    return found


def require_approvable(draft: Draft, by: Staff, *, shown: str | None = None) -> None:
    """Let a draft be approved by somebody else than its drafter, who may, and as they read it.

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    DraftChangedError
        it is not what was shown any more
    """
    if not may_approve(draft, by):
        raise RuleApprovalError
    if shown is not None and shown != draft.fingerprint:
        raise DraftChangedError


def may_approve(draft: Draft, by: Staff) -> bool:
    """Whether somebody may approve what another one drafted."""
    is_draft = draft.state == VersionState.DRAFT
    return is_draft and draft.drafted_by_id != by.pk and by.role in MAY_APPROVE


@transaction.atomic
def stop(workflow: Workflow, *, by: Staff, now: datetime) -> None:
    """End a version in force without another in its place; runs under way go on."""
    if retire(by.controller, workflow.key):
        _record(by, Action.RULE_STOPPED, workflow, now=now)


def id_of(text: str) -> UUID:
    """Return the id of a version that an address names.

    Raises
    ------
    WorkflowNotFoundError
        it is none
    """
    try:
        return UUID(text)
    except ValueError:
        raise WorkflowNotFoundError from None


def key_of(controller: UUID, title_it: str, otherwise: str) -> str:
    """Return under which key a workflow of a name is kept, so that a version follows the last."""
    named = Workflow.objects.filter(controller=controller, title_it=title_it).order_by("-number")
    return named.values_list("key", flat=True).first() or otherwise


def retire(controller: Controller, key: str) -> int:
    """End the version in force: it starts no run any more. Return whether there was one."""
    in_force = Workflow.objects.filter(controller=controller, key=key, state=VersionState.APPROVED)
    return in_force.update(state=VersionState.RETIRED)


def words_of(controller: Controller, definition: Any, *, now: datetime) -> Words:
    """Return the words that a definition may use at a controller."""
    purpose = definition.get("purpose") if isinstance(definition, Mapping) else None
    in_force = (
        activities.in_force(controller.pk, purpose, at=now) if isinstance(purpose, str) else None
    )
    keys = Purpose.objects.filter(controller=controller).values_list("key", flat=True)
    texts = MessageTemplate.objects.filter(controller=controller).select_related("purpose")
    roles = frozenset(in_force.terms.roles) if in_force else frozenset()
    said = {one.key: (one.purpose.key, one.kind == templates.SERVICE) for one in texts}
    return Words(frozenset(keys), said, roles)


def load_recipes(*, by: Staff, now: datetime) -> list[Workflow]:
    """Draft the workflows that Custode ships, with their texts, for somebody else to approve."""
    text = files("crm.workflows").joinpath("recipes.yaml").read_text(encoding="utf-8")
    shipped = yaml.safe_load(text)
    for one in shipped["templates"]:
        words = templates.Text(one["topic_it"], one["topic_en"], one["body_it"], one["body_en"])
        purpose = Purpose.objects.get(controller=by.controller, key=one["purpose"])
        templates.keep(one["key"], words, kind=one["kind"], purpose=purpose, by=by, now=now)
    return [
        draft(
            one["key"], Titles(one["title_it"], one["title_en"]), one["definition"], by=by, now=now
        )
        for one in shipped["workflows"]
    ]


def _record(by: Staff, action: Action, workflow: Workflow, *, now: datetime) -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="workflow", object_id=workflow.pk,
        counts={"number": workflow.number},
    )  # fmt: skip
    log.record(by.actor(), event, now=now)
