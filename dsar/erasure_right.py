"""Art. 17: planned, shown, approved by the DPO, carried out step by step, verified, certified.

    planned → approved → running → certified
                            └────→ partial (something is left; carried out again)

What goes and what stays is decided by `retention.disposal` alone; this module leads a request
through it. Carrying out is a saga: each step is one transaction in which the effect and its
mark are committed together, so a worker that dies anywhere is followed by one that skips what
is marked and repeats nothing visible. Keys live in another database and are destroyed before
they are marked; destroying them again is harmless. There is one certificate, or none.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar import access_right, certificate, memory, requests
from dsar.errors import (
    ApproverError,
    ErasureBusyError,
    ErasureStateError,
    NotConfirmedError,
    PlanStaleError,
    RequestNotFoundError,
)
from dsar.models import AccessPackage, Erasure
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor, system
from governance.policy.vocabulary import Duty, Right, Role
from registry.gate import opening as gate
from registry.gate.access import Access
from retention import disposal
from retention.disposal import ErasurePlan
from retention.plans import ERASED, VERIFIED

LEASE = timedelta(minutes=10)
COPIES = AccessPackage._meta.db_table
ONCE = ("frozen", "remembered")  # what was read before the rows went cannot be read again
RESUMABLE = ("approved", "running", "partial")


@dataclass(frozen=True)
class _Job:
    """One erasure while it is carried out."""

    id: UUID
    controller: UUID
    subject: UUID
    request: UUID
    plan: ErasurePlan
    plan_hash: str
    now: datetime


# Planning and approving


def plan(request_id: UUID, actor: Actor, now: datetime) -> Erasure:
    """Plan the erasure a request asks for, store the plan with its hash, destroy nothing.

    Made again, it replaces a plan that nobody approved yet.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    ErasureStateError
        an approved erasure of this request is under way
    """
    with gate.duty(actor, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.alone(access, request_id, states=requests.OPEN_STATES)
        access_right.may_be_answered(request, Right.ERASURE)
        erasure = _draft(access, request_id, request.subject_id)
        _decide(access, erasure)
        _record(access, Action.ERASURE_PLANNED, erasure, erasure.plan_hash[:16])
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
    elif erasure.state not in {"planned", "partial"}:
        raise ErasureStateError(state=erasure.state)
    return erasure


def _decide(access: Access, erasure: Erasure) -> None:
    made = _planned(access, erasure.subject_id)
    erasure.plan, erasure.plan_hash = made.to_json(), made.hash()
    erasure.state, erasure.planned_at, erasure.steps = "planned", access.now, {}
    erasure.approved_by_id = erasure.approved_at = erasure.lease_until = None
    erasure.save()


def _planned(access: Access, subject: UUID) -> ErasurePlan:
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
    PlanStaleError
        rows changed since; a new plan is stored, to be read first
    """
    if by.role is not Role.DPO:
        raise ApproverError
    with gate.duty(by, Duty.ERASING, reference=erasure_id, now=now) as access:
        erasure = _get(access, erasure_id)
        if typed is not None and (erasure.request is None or typed != erasure.request.reference):
            raise NotConfirmedError
        if erasure.state != "planned":
            raise ErasureStateError(state=erasure.state)
        _still_asked(access, erasure)
        if shown != erasure.plan_hash:
            raise PlanStaleError  # another plan was made since: nobody approves it unread
        is_fresh = _same(_planned(access, erasure.subject_id), erasure.plan)
        if is_fresh:
            erasure.state, erasure.approved_at, erasure.approved_by_id = "approved", now, by.staff
            erasure.save(update_fields=["state", "approved_at", "approved_by"])
            _record(access, Action.ERASURE_APPROVED, erasure, erasure.plan_hash[:16])
        else:
            _decide(access, erasure)
    if not is_fresh:
        raise PlanStaleError
    return erasure


def _same(fresh: ErasurePlan, shown: dict[str, Any]) -> bool:
    """Whether a plan made now decides as the one that was shown; the day itself may differ."""
    return bool(fresh.to_json()["holdings"] == shown["holdings"])


# Carrying out


def carry_out(erasure_id: UUID, *, controller: UUID, now: datetime) -> Erasure:
    """Carry out an approved erasure from wherever it stopped, to its certificate.

    Raises
    ------
    RequestNotFoundError, ErasureStateError
    ErasureBusyError
        another worker holds the lease
    PlanStaleError
        rows were added between approval and start; a new plan waits for approval
    """
    job = _take(erasure_id, controller, now)
    if job is not None:
        _step(job, "frozen", _freeze)
        _step(job, "remembered", _remember, duty=Duty.ANSWERING)
        _step(job, f"rows:{COPIES}", _erase_copies)
        for table in job.plan.tables():
            if table != COPIES:
                _step(job, f"rows:{table}", _erase(table))
        _step(job, "keys", _destroy_keys)
        _finish(job)
    with gate.duty(system(controller), Duty.ERASING, reference=erasure_id, now=now) as access:
        return _get(access, erasure_id)


def waiting(controller: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of erasures that are approved or were left in the middle."""
    with gate.duty(system(controller), Duty.ERASING, reference=controller, now=now):
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
        rows = Erasure.objects.filter(free, state__in=("approved", "running"))
        return list(rows.order_by("approved_at").values_list("pk", flat=True))


def _take(erasure_id: UUID, controller: UUID, now: datetime) -> _Job | None:
    """Take the lease; None when there is nothing to do any more."""
    with gate.duty(system(controller), Duty.ERASING, reference=erasure_id, now=now) as access:
        erasure = _get(access, erasure_id)
        if erasure.state == "certified":
            return None
        if erasure.state not in RESUMABLE or erasure.request_id is None:
            raise ErasureStateError(state=erasure.state)
        if erasure.lease_until and erasure.lease_until > now:
            raise ErasureBusyError
        _still_asked(access, erasure)
        if erasure.state == "partial":  # whatever was left is looked for again
            erasure.steps = {k: v for k, v in erasure.steps.items() if k in ONCE}
        erasure.state, erasure.lease_until = "running", now + LEASE
        erasure.attempts += 1
        erasure.save(update_fields=["state", "lease_until", "attempts", "steps"])
        return _Job(
            id=erasure.pk, controller=controller, subject=erasure.subject_id,
            request=erasure.request_id, plan=ErasurePlan.from_json(erasure.plan),
            plan_hash=erasure.plan_hash, now=now,
        )  # fmt: skip


Effect = Callable[[Access, _Job], dict[str, Any]]


def _step(job: _Job, name: str, effect: Effect, *, duty: Duty = Duty.ERASING) -> None:
    """Do one step and mark it, in one transaction; a marked step is not done again."""
    try:
        with gate.duty(
            system(job.controller), duty, subjects=job.subject, reference=job.id, now=job.now
        ) as access:
            erasure = _get(access, job.id)
            if name in erasure.steps:
                return
            erasure.steps[name] = {"at": timezone.now().isoformat(), **effect(access, job)}
            erasure.save(update_fields=["steps"])
    except PlanStaleError:
        _replan(job)
        raise


def _freeze(access: Access, job: _Job) -> dict[str, Any]:
    """Refuse writers from now on, then see whether the plan still says everything."""
    disposal.freeze(access, job.subject)
    if not _same(_planned(access, job.subject), job.plan.to_json()):
        raise PlanStaleError  # the freeze is rolled back with it
    return {}


def _replan(job: _Job) -> None:
    with gate.duty(
        system(job.controller), Duty.ERASING, subjects=job.subject, reference=job.id, now=job.now
    ) as access:
        _decide(access, _get(access, job.id))


def _remember(access: Access, job: _Job) -> dict[str, Any]:
    """Note which fields have a value, and put the addresses into the memory of deletions."""
    held, addresses = memory.read(access, job.plan)
    return {"held": held, "addresses": memory.keep(access, addresses)}


def _erase_copies(access: Access, job: _Job) -> dict[str, Any]:
    copies = access.rows(AccessPackage).filter(
        pk__in=job.plan.erased(COPIES) & _planned(access, job.subject).erased(COPIES)
    )
    return {"erased": copies.delete()[0]}


def _erase(table: str) -> Effect:
    def erase(access: Access, job: _Job) -> dict[str, Any]:
        done = disposal.erase_rows(access, job.plan, table)
        return {"erased": done.erased, "kept": done.kept, "failed": len(done.failed)}

    return erase


def _destroy_keys(access: Access, job: _Job) -> dict[str, Any]:
    done = disposal.destroy_keys(access, job.subject)
    return {"destroyed": sorted(done.scopes), "frozen": sorted(done.frozen)}


def _finish(job: _Job) -> None:
    """Verify, close the request, and write the one certificate, all in one transaction."""
    with gate.duty(
        system(job.controller), Duty.ERASING, subjects=job.subject, reference=job.id, now=job.now
    ) as access:
        erasure = _get(access, job.id)
        if erasure.certified_at is not None:
            return
        found = disposal.verify(access, job.plan, job.subject)
        _record(access, Action.ERASURE_VERIFIED, erasure, found.result)
        erasure.lease_until = None
        if found.result != VERIFIED:
            erasure.state = "partial"
            erasure.steps["verified"] = {"result": found.result, "surplus": dict(found.surplus)}
            erasure.save(update_fields=["state", "steps", "lease_until"])
            return
        request = requests.get(access, job.request)
        requests.close(request, "fulfilled", by=access.actor, now=job.now)
        erasure.state, erasure.certified_at = "certified", job.now
        erasure.save(update_fields=["state", "certified_at", "lease_until"])
        # Planned once more: the file is closed now, so that its own end is known.
        after = disposal.plan(access, job.subject, today=timezone.localdate(job.now))
        receipt = _record(access, Action.SUBJECT_ERASED, erasure, "certified")
        erasure.certificate = certificate.issue(
            erasure, request, shown=job.plan, after=after, found=found, receipt=receipt
        )
        erasure.save(update_fields=["certificate"])


def _still_asked(access: Access, erasure: Erasure) -> None:
    """Raise unless the request stands open: one that was refused erases nobody (Art. 12(4))."""
    if erasure.request_id is not None:
        requests.get(access, erasure.request_id, states=requests.OPEN_STATES)


def _get(access: Access, erasure_id: UUID) -> Erasure:
    rows = access.rows(Erasure).select_for_update(of=("self",)).select_related("controller")
    erasure = rows.filter(pk=erasure_id).first()
    if erasure is None:
        raise RequestNotFoundError
    return erasure


def _record(access: Access, action: Action, erasure: Erasure, reason: str) -> log.Receipt:
    event = log.Event(
        action=action,
        purpose="duty:erasing",
        subjects=(erasure.subject_id,),
        object_type="erasure",
        object_id=erasure.pk,
        reason=f"plan.{reason}" if action is not Action.SUBJECT_ERASED else reason,
    )
    return log.record(access.actor, event, now=access.now)
