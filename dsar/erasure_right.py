"""Art. 17: planned, shown, approved by the DPO. It is carried out by `dsar.saga`.

    planned → approved → running → certified → closed
                │           └────→ waiting, partial
                └── stale: planned anew

What goes and what stays is decided by `retention.disposal` alone; this module leads a request
to the approval of a plan, exactly as it was shown.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar import answers, clock, ladder, proposals, requests
from dsar.errors import (
    ApproverError,
    ErasureStateError,
    LateWithoutReasonError,
    NotConfirmedError,
    PlanStaleError,
    ProposalOpenError,
    RequestNotFoundError,
)
from dsar.models import AccessPackage, Erasure
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor
from governance.policy.deadlines import ClockState
from governance.policy.identity import Act
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from retention import disposal
from retention.disposal import ErasurePlan
from retention.plans import ERASED

COPIES = AccessPackage._meta.db_table


def plan(request_id: UUID, actor: Actor, now: datetime) -> Erasure:
    """Plan the erasure a request asks for, store the plan with its hash, destroy nothing.

    Made again, it replaces a plan that nobody approved yet.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    ErasureStateError
        an approved erasure of this request is under way
    """
    with (
        ladder.pressing(request_id, by=actor, now=now),
        gate.duty(actor, Duty.ANSWERING, reference=request_id, now=now) as access,
    ):
        request = requests.alone(access, request_id, states=requests.OPEN_STATES)
        answers.may_be_answered(access, request, Right.ERASURE)
        erasure = _draft(access, request_id, request.subject_id)
        decide(access, erasure)
        record(access, Action.ERASURE_PLANNED, erasure, f"plan.{erasure.plan_hash[:16]}")
    return erasure


def _draft(access: Access, request_id: UUID, subject: UUID) -> Erasure:
    rows = access.rows(Erasure).select_for_update()
    erasure = rows.filter(request=request_id).first()
    if erasure is None:
        # Saved before it is planned: the plan must know the file it is kept in.
        erasure = Erasure(
            id=uuid7(), controller_id=access.controller, subject_id=subject, plan={},
            request_id=request_id, planned_at=access.now, collected_at=access.now,
        )  # fmt: skip
        erasure.save()
    elif erasure.state not in {"planned", "partial"} or _is_held(erasure, access.now):
        raise ErasureStateError(state=erasure.state)
    return erasure


def _is_held(erasure: Erasure, now: datetime) -> bool:
    return erasure.lease_until is not None and erasure.lease_until > now


def decide(access: Access, erasure: Erasure) -> None:
    """Store a plan made now, which waits for its approval; whatever was approved is so no more."""
    made = planned(access, erasure.subject_id)
    erasure.plan, erasure.plan_hash = made.to_json(), made.hash()
    erasure.state, erasure.planned_at = "planned", access.now
    erasure.approved_by_id = erasure.approved_at = erasure.approval = None
    erasure.second_by_id = erasure.second_at = erasure.second_approval = None
    erasure.lease_until = erasure.not_before = None
    erasure.save()


def planned(access: Access, subject: UUID) -> ErasurePlan:
    """Return the plan of the engine, except that copies handed over go with what they copy."""
    made = disposal.plan(access, subject, today=timezone.localdate(access.now))
    return replace(
        made,
        holdings=tuple(
            replace(holding, decision=ERASED, ground="", law="", until=None)
            if holding.table == COPIES
            and holding.ground != "17(3)(e)"
            and not holding.ground.startswith("18(")
            else holding
            for holding in made.holdings
        ),
    )


def approve(
    erasure_id: UUID, by: Actor, *, shown: str, typed: str | None = None, now: datetime
) -> Erasure:
    """Let a plan be carried out, exactly as it was shown.

    Arguments
    ---------
    shown : the hash of the plan that was read
    typed : what a person typed to confirm, which is the reference of the request; None where
        nobody was asked

    Raises
    ------
    ApproverError
        `by` is not the DPO
    NotConfirmedError
    RequestNotFoundError, ErasureStateError
    ProposalOpenError
        a refusal waits for a second person
    LateWithoutReasonError
    NotIdentifiedError
        something has come to light since the plan was made
    PlanStaleError
        rows changed since; a new plan is stored, to be read first
    """
    if by.role is not Role.DPO:
        raise ApproverError
    with gate.duty(by, Duty.ANSWERING, reference=erasure_id, now=now) as access:
        erasure = get(access, erasure_id)
        if typed is not None and (erasure.request is None or typed != erasure.request.reference):
            raise NotConfirmedError
        if erasure.state != "planned":
            raise ErasureStateError(state=erasure.state)
        still_asked(access, erasure)
        if erasure.request is not None:
            ladder.require(access, erasure.request, Act.ERASE)
        _require_reason_of_delay(access, erasure)
        if shown != erasure.plan_hash:
            raise PlanStaleError  # another plan was made since: nobody approves it unread
        is_fresh = same(planned(access, erasure.subject_id), erasure.plan)
        if is_fresh:
            _approve(access, erasure)
        else:
            decide(access, erasure)
    if not is_fresh:
        raise PlanStaleError
    return erasure


def _require_reason_of_delay(access: Access, erasure: Erasure) -> None:
    """A machine closes what is approved here, so this is where people say why it is late."""
    if erasure.request_id is None:
        return
    request = requests.get(access, erasure.request_id)
    is_late = clock.state_of(request, timezone.localdate(access.now)) is ClockState.LATE
    if is_late and not request.late_ground and request.state in requests.OPEN_STATES:
        raise LateWithoutReasonError


def approve_again(erasure_id: UUID, by: Actor, *, shown: str, now: datetime) -> Erasure:
    """Approve what somebody else has approved, where one word is not enough.

    Accepted until the keys are destroyed; a job that was waiting for it goes on.

    Raises
    ------
    ApproverError
        `by` is neither DPO nor lawyer, or has approved it before
    RequestNotFoundError, ErasureStateError
    PlanStaleError
        it is not the plan that was approved
    """
    if by.role not in {Role.DPO, Role.LEGAL}:
        raise ApproverError
    with gate.duty(by, Duty.ANSWERING, reference=erasure_id, now=now) as access:
        erasure = get(access, erasure_id)
        here = erasure.markers.filter(round=erasure.round, pass_no=erasure.pass_no, step="keys")
        if erasure.state not in {"approved", "running", "waiting", "partial"} or here.exists():
            raise ErasureStateError(state=erasure.state)
        if shown != erasure.plan_hash:
            raise PlanStaleError
        if by.staff is None or by.staff == erasure.approved_by_id:
            raise ApproverError
        said = f"plan.{erasure.plan_hash[:16]}"
        erasure.second_approval = record(access, Action.ERASURE_APPROVED, erasure, said).id
        erasure.second_by_id, erasure.second_at = by.staff, now
        if erasure.lease_until is None:
            erasure.not_before = now
        erasure.save()
    return erasure


def _approve(access: Access, erasure: Erasure) -> None:
    said = f"plan.{erasure.plan_hash[:16]}"
    erasure.approval = record(access, Action.ERASURE_APPROVED, erasure, said).id
    erasure.approved_at, erasure.approved_by_id = access.now, access.actor.staff
    if erasure.markers.filter(round=erasure.round, pass_no=erasure.pass_no).exists():
        erasure.pass_no += 1  # of a plan that was approved before: every step is done anew
    erasure.state, erasure.not_before = "approved", access.now
    erasure.attempts, erasure.reason, erasure.difference = 0, "", {}
    erasure.save()


def same(fresh: ErasurePlan, shown: dict[str, Any]) -> bool:
    """Whether a plan made now decides as the one that was shown; the day itself may differ."""
    return bool(fresh.to_json()["holdings"] == shown["holdings"])


def still_asked(access: Access, erasure: Erasure) -> None:
    """Raise unless the request stands open: one that was refused erases nobody (Art. 12(4)).

    Nor does one whose refusal is proposed. Asked until the person is frozen, after which there is
    no way back.
    """
    is_frozen = erasure.markers.filter(step="frozen").exists()
    if erasure.request_id is not None and not is_frozen:
        request = requests.get(access, erasure.request_id, states=requests.OPEN_STATES)
        if proposals.open_of(access, request).exists():
            raise ProposalOpenError


def get(access: Access, erasure_id: UUID) -> Erasure:
    """Return an erasure of the open access, locked.

    Raises
    ------
    RequestNotFoundError
    """
    rows = access.rows(Erasure).select_for_update(of=("self",)).select_related("controller")
    erasure = rows.filter(pk=erasure_id).first()
    if erasure is None:
        raise RequestNotFoundError
    return erasure


def record(access: Access, action: Action, erasure: Erasure, reason: str) -> log.Receipt:
    """Append an entry about an erasure to the audit log."""
    event = log.Event(
        action=action,
        purpose="duty:erasing",
        subjects=(erasure.subject_id,),
        object_type="erasure",
        object_id=erasure.pk,
        reason=reason,
    )
    return log.record(access.actor, event, now=access.now)
