"""Programmes: drafted by one person, approved by another, one in force at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from audit import log
from audit.actions import Action
from crm.loyalty.errors import ProgrammeInvalidError, ProgrammeMissingError
from crm.models import LoyaltyProgramme, WebForm
from crm.workflows.versions import Titles, require_approvable
from governance.policy.loyalty import faults
from governance.policy.vocabulary import LawfulBasis
from governance.policy.workflows import VersionState
from registry import activities
from registry.models import Controller, Purpose, Staff
from registry.operations import KEEPING


@dataclass(frozen=True, slots=True)
class NewProgramme:
    """What is drafted: the purpose of the register it runs under, its rules and its terms."""

    titles: Titles
    purpose: str
    definition: Any
    terms: Titles


@transaction.atomic
def draft(new: NewProgramme, *, by: Staff, now: datetime) -> LoyaltyProgramme:
    """Draft the next version of the programme in place of an earlier draft.

    Raises
    ------
    ProgrammeInvalidError
        its rules, or its purpose: one of direct marketing or on consent would make who joins
        agree to more than the programme
    """
    _check(new, by, now=now)
    Controller.objects.select_for_update(no_key=True).get(pk=by.controller_id)
    rows = LoyaltyProgramme.objects.filter(controller=by.controller)
    released = rows.exclude(state=VersionState.DRAFT).aggregate(last=Max("number"))["last"]
    purpose = Purpose.objects.get(controller=by.controller, key=new.purpose)
    made, _is_new = rows.update_or_create(
        controller=by.controller, number=(released or 0) + 1,
        defaults={
            "title_it": new.titles.it, "title_en": new.titles.en, "purpose": purpose,
            "definition": new.definition, "terms_it": new.terms.it, "terms_en": new.terms.en,
            "drafted_by": by,
        },
    )  # fmt: skip
    _record(by, Action.RULE_DRAFTED, made, now=now)
    return made


def _check(new: NewProgramme, by: Staff, *, now: datetime) -> None:
    wrong = [(one.where, one.code) for one in faults(new.definition)]
    in_force = activities.in_force(by.controller_id, new.purpose, at=now)
    terms = in_force.terms if in_force else None
    if terms is None or terms.is_marketing or terms.basis is not LawfulBasis.CONTRACT:
        wrong.append(("#/purpose", "purpose"))
    if not new.terms.it.strip() or not new.terms.en.strip():
        wrong.append(("#/terms", "missing"))
    slug = new.definition.get("referral_form") if not wrong else ""
    forms = WebForm.objects.filter(controller=by.controller, state=VersionState.APPROVED)
    if slug and not forms.filter(slug=slug).exists():
        wrong.append(("#/referral_form", "unknown"))
    if wrong:
        raise ProgrammeInvalidError(faults=wrong)


@transaction.atomic
def approve(programme: UUID, *, by: Staff, now: datetime) -> LoyaltyProgramme:
    """Put a draft in force in place of the version before, whose members go on under it.

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    """
    rows = LoyaltyProgramme.objects.select_for_update(of=("self",))
    found = rows.get(pk=programme, controller=by.controller)
    require_approvable(found, by)
    before = LoyaltyProgramme.objects.filter(controller=by.controller, state=VersionState.APPROVED)
    before.update(state=VersionState.RETIRED)
    found.state, found.approved_by, found.approved_at = VersionState.APPROVED, by, now
    found.save(update_fields=["state", "approved_by", "approved_at"])
    _record(by, Action.RULE_APPROVED, found, now=now)
    return found


def in_force(controller: UUID) -> LoyaltyProgramme | None:
    """Return the programme in force, or None."""
    rows = LoyaltyProgramme.objects.filter(controller=controller, state=VersionState.APPROVED)
    return rows.select_related("purpose").first()


def require_in_force(controller: UUID) -> LoyaltyProgramme:
    """Return the programme in force.

    Raises
    ------
    ProgrammeMissingError
    """
    found = in_force(controller)
    if found is None:
        raise ProgrammeMissingError
    return found


def _record(by: Staff, action: Action, programme: LoyaltyProgramme, *, now: datetime) -> None:
    event = log.Event(
        action=action, purpose=KEEPING, object_type="loyalty_programme", object_id=programme.pk
    )
    log.record(by.actor(), event, now=now)
