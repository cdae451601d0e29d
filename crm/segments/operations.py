"""Drafting a segment, counting it while it is made, and freezing it when somebody else approves.

A count says how many of whom the definition finds the gate admits for the purpose of the segment,
and why not the others. Approval writes down who was in it; who withdraws, objects or is restricted
later is left out whenever the members are used, for the gate is asked again then.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from audit import log
from audit.actions import Action
from crm.analysis import extract
from crm.chosen import people_of
from crm.models import AnalyticExtract, AnalyticRow, Segment, SegmentMember
from crm.segments.compiling import condition, variables
from crm.segments.errors import SegmentInvalidError, SegmentStateError
from crm.workflows.versions import Titles, require_approvable
from governance.policy.actors import Actor, system
from governance.policy.decisions import Refusal
from governance.policy.segments import Variable, faults, used
from governance.policy.vocabulary import Operation, RecordClass, Role, scope_of
from governance.policy.workflows import VersionState
from registry import activities
from registry.gate import counting
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.gate.counting import Counted
from registry.gate.errors import GateRefusedError
from registry.models import Controller, DataSubject, Purpose, Staff
from registry.operations import KEEPING

FREEZE = """
INSERT INTO crm_segmentmember (id, controller_id, subject_id, scope, collected_at, sealed,
    segment_id, segment_key, frozen_on)
SELECT gen_random_uuid(), %(controller)s, person, %(scope)s, %(now)s, '', %(segment)s, %(key)s,
    %(today)s FROM unnest(%(people)s::uuid[]) AS person
ON CONFLICT (controller_id, segment_id, subject_id) DO NOTHING
"""
People = QuerySet[DataSubject, UUID]


def usable(controller: UUID, purpose: str, role: Role, *, now: datetime) -> dict[str, Variable]:
    """Return the variables by which a purpose and a role may tell people apart.

    Raises
    ------
    GateRefusedError
        the purpose is not in force
    """
    in_force = activities.in_force(controller, purpose, at=now)
    if in_force is None:
        raise GateRefusedError(Refusal.NO_ACTIVE_ACTIVITY)
    granted = in_force.terms.usable_by(role)
    return {name: one for name, one in variables().items() if one.category in granted}


def check(definition: Any, purpose: str, by: Actor, *, now: datetime) -> None:
    """Refuse a definition that is outside the language, the data map or the purpose.

    Raises
    ------
    SegmentInvalidError
        `details["faults"]` says where, `details["usable"]` what there is instead
    """
    mine = usable(by.controller, purpose, by.role, now=now)
    allowed = frozenset(one.category for one in mine.values())
    if found := faults(definition, variables(), allowed=allowed):
        raise SegmentInvalidError(
            faults=[(one.where, one.code) for one in found], usable=sorted(mine)
        )


def found(source: AnalyticExtract, definition: dict[str, Any], *, now: datetime) -> People:
    """Return the people whom a good definition finds in an extract; nobody has evaluated it."""
    rows = AnalyticRow.objects.filter(extract=source)
    return people_of(rows.filter(condition(definition, today=timezone.localdate(now))).order_by())


def count(actor: Actor, purpose: str, definition: Any, *, now: datetime) -> Counted:
    """Return how many a definition finds, and how many of them may be used.

    Raises
    ------
    SegmentInvalidError, ExtractMissingError, GateRefusedError
    """
    check(definition, purpose, actor, now=now)
    source = extract.of_purpose(actor.controller, purpose)
    return counting.count(
        actor, purpose, Operation.LIST, subjects=found(source, definition, now=now), now=now
    )


@dataclass(frozen=True, slots=True)
class NewSegment:
    """What is drafted: its name, what it is called, for what it is used, and who is meant."""

    key: str
    titles: Titles
    purpose: str
    definition: Any


@transaction.atomic
def draft(new: NewSegment, *, by: Staff, now: datetime) -> Segment:
    """Draft the next version of a segment; an earlier draft of it is replaced.

    Raises
    ------
    SegmentInvalidError, GateRefusedError
    """
    check(new.definition, new.purpose, by.actor(), now=now)
    Controller.objects.select_for_update(no_key=True).get(pk=by.controller_id)
    versions = Segment.objects.filter(controller=by.controller, key=new.key)
    released = versions.exclude(state=VersionState.DRAFT).aggregate(last=Max("number"))["last"]
    made, _is_new = versions.update_or_create(
        number=(released or 0) + 1, controller=by.controller, key=new.key,
        defaults={
            "title_it": new.titles.it, "title_en": new.titles.en, "definition": new.definition,
            "purpose": Purpose.objects.get(controller=by.controller, key=new.purpose),
            "variables": used(new.definition), "drafted_by": by,
        },
    )  # fmt: skip
    _record(by, Action.RULE_DRAFTED, made, now=now)
    return made


def approve(segment: UUID, *, by: Staff, now: datetime, shown: str | None = None) -> Segment:
    """Approve a draft, and write down who is in it now, in place of the version before.

    Arguments
    ---------
    shown : the fingerprint of the draft that `by` has read; None where no page showed one

    Raises
    ------
    RuleApprovalError
        `by` drafted it or may not approve, or it is no draft
    DraftChangedError
        it is not what was shown any more
    SegmentInvalidError, ExtractMissingError, GateRefusedError
    """
    said = Segment.objects.select_related("purpose").get(pk=segment, controller=by.controller)
    require_approvable(said, by, shown=shown)
    actor, purpose = system(by.controller_id), said.purpose.key
    check(said.definition, purpose, actor, now=now)
    people = found(extract.of_purpose(by.controller_id, purpose), said.definition, now=now)
    with gate.open(actor, purpose, Operation.UPDATE, subjects=people, now=now) as access:
        draft = Segment.objects.select_for_update(of=("self",)).get(pk=segment)
        require_approvable(draft, by, shown=shown)
        if draft.definition != said.definition:
            raise SegmentStateError
        before = Segment.objects.filter(
            controller=by.controller, key=draft.key, state=VersionState.APPROVED
        )
        before.update(state=VersionState.RETIRED)
        draft.state, draft.approved_by, draft.approved_at = VersionState.APPROVED, by, now
        draft.reached = _freeze(access, draft)
        draft.left_out = {str(code): n for code, n in access.excluded.items()}
        draft.save()
        _record(by, Action.RULE_APPROVED, draft, now=now)
    return draft


def _freeze(access: Access, segment: Segment) -> int:
    access.writes_at_large()
    with connection.cursor() as cursor:
        cursor.execute(
            FREEZE,
            {
                "controller": access.controller, "people": sorted(access.admitted or ()),
                "scope": scope_of(RecordClass.PURCHASE_DETAIL), "now": access.now,
                "today": timezone.localdate(access.now), "segment": segment.pk, "key": segment.key,
            },
        )  # fmt: skip
        return int(cursor.rowcount)


def members(segment: Segment) -> People:
    """Return who was in a segment when it was approved; the gate is asked again with each use.

    Raises
    ------
    SegmentStateError
        it is not approved
    """
    if segment.state == VersionState.DRAFT:
        raise SegmentStateError
    return people_of(SegmentMember.objects.filter(segment=segment).order_by())


def count_members(segment: Segment, *, by: Actor, now: datetime) -> Counted:
    """Return how many of the members may still be used for the purpose of the segment."""
    return counting.count(
        by, segment.purpose.key, Operation.LIST, subjects=members(segment), now=now
    )


def _record(by: Staff, action: Action, segment: Segment, *, now: datetime) -> None:
    event = log.Event(action=action, purpose=KEEPING, object_type="segment", object_id=segment.pk)
    log.record(by.actor(), event, now=now)
