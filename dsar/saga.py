"""Carrying out an erasure: taken up under a lease, step by step, whoever dies in between.

Follows docs/spec/erasure.md, section 2. The row of the erasure is the job. Whoever takes it gets
a lease and the next number of the fence; each step is one access of the gate, in which the row is
locked, the fence compared, and the effect committed together with its marker. So a worker that
dies is followed by one that goes on after the last marker, and one that was only slow writes
nothing. Messages of Celery only wake it up: lost, doubled or late, they change nothing.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError

from audit.errors import LogBehindError
from dsar import completion, erasure_right
from dsar.errors import ErasureBusyError, ErasureStateError, PlanStaleError
from dsar.models import Erasure
from dsar.steps import AFTERWARDS, STEPS, Job, Result, Step, Wait, is_restricted
from governance.policy.actors import system
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access

LEASE = timedelta(minutes=10)
SOON = timedelta(minutes=1)  # the supervisor comes every minute
UNDER_WAY = ("approved", "running", "waiting", "partial")
DONE = ("certified", "closed")
OF_THE_SERVER = (OperationalError, InterfaceError, LogBehindError)


@dataclass(frozen=True)
class _Clock:
    """The time that was given, and what has passed since."""

    given: datetime
    started: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.given + timedelta(seconds=time.monotonic() - self.started)


def carry_out(erasure_id: UUID, *, controller: UUID, now: datetime) -> Erasure:
    """Carry out an approved erasure from wherever it stopped, as far as it goes now.

    What it returns says how far: `certified`, or `waiting` or `partial` with a reason.

    Raises
    ------
    RequestNotFoundError, ErasureStateError
    RequestStateError
        the request was closed before the person was frozen
    ErasureBusyError
        another worker holds the lease, or has taken it from this one
    PlanStaleError
        rows were added that nobody approved; a new plan waits for approval
    """
    clock = _Clock(now)
    while (job := _take(erasure_id, controller, clock())) and _work(job, clock):
        pass  # something differed from the plan: the next pass
    with gate.duty(system(controller), Duty.ERASING, reference=erasure_id, now=clock()) as access:
        return erasure_right.get(access, erasure_id)


def due(controller: UUID, *, now: datetime) -> list[UUID]:
    """Return the ids of erasures that somebody should take up now."""
    with gate.duty(system(controller), Duty.ERASING, reference=controller, now=now):
        rows = Erasure.objects.filter(not_before__isnull=False, not_before__lte=now)
        return list(rows.order_by("not_before").values_list("pk", flat=True))


def wake(access: Access, subject: UUID) -> None:
    """Let what a hold or a restriction kept go: it was lifted in the open access."""
    Erasure.objects.filter(subject=subject, state__in=(*DONE, "waiting", "partial")).update(
        not_before=access.now
    )


def _take(erasure_id: UUID, controller: UUID, now: datetime) -> Job | None:
    """Take the lease; None when there is nothing to do now."""
    with gate.duty(system(controller), Duty.ERASING, reference=erasure_id, now=now) as access:
        erasure = erasure_right.get(access, erasure_id)
        if erasure.lease_until and erasure.lease_until > now:
            raise ErasureBusyError
        if erasure.state not in (*UNDER_WAY, *DONE) or erasure.request_id is None:
            raise ErasureStateError(state=erasure.state)
        if not _is_ready(access, erasure):
            erasure.save()
            return None
        is_done = erasure.state in DONE
        stale = {} if is_done else _unapproved(access, erasure)
        if is_done or (erasure.approval and not stale):
            return _leased(access, erasure)
        # Also where the approval is of a release that did not keep its entry.
        erasure_right.decide(access, erasure)
        erasure.reason, erasure.difference = "plan_differs", stale
        erasure.save(update_fields=["reason", "difference"])
    raise PlanStaleError


def _is_ready(access: Access, erasure: Erasure) -> bool:
    """Whether there is something to do: begin the next round or pass where one is due."""
    if erasure.state in DONE:
        return _begins_round(access, erasure) or (
            erasure.state == "certified" and (erasure.not_before or access.now) <= access.now
        )
    erasure_right.still_asked(access, erasure)
    if erasure.reason == "restricted":
        if is_restricted(erasure.subject_id, now=access.now):
            return False
        erasure.pass_no += 1  # what was kept by it is in the plan of the next
    if erasure.state == "running" and erasure.attempts >= completion.MAX_ATTEMPTS:
        erasure.state, erasure.reason, erasure.not_before = "partial", "stalled", None
        return False
    return True


def _begins_round(access: Access, erasure: Erasure) -> bool:
    if not completion.releasable(access, erasure):
        if erasure.state == "closed":
            erasure.not_before = None
        return False
    erasure.round, erasure.pass_no = erasure.round + 1, 1
    erasure.state = "running"
    return True


def _unapproved(access: Access, erasure: Erasure) -> dict[str, int]:
    """Return rows that would go and nobody approved; in later rounds they are left to retention."""
    is_frozen = erasure.markers.filter(step="frozen").exists()
    if erasure.round > 1 or not is_frozen or completion.marker(erasure, "planned"):
        return {}
    return completion.uncovered(access, erasure)


def _leased(access: Access, erasure: Erasure) -> Job:
    is_certified = erasure.state == "certified"
    erasure.fence += 1
    erasure.lease_until = erasure.not_before = access.now + LEASE
    if not is_certified:
        erasure.state, erasure.reason = "running", ""
        erasure.attempts += 1
    erasure.save()
    return Job(
        id=erasure.pk, controller=access.controller, subject=erasure.subject_id,
        round=erasure.round, pass_no=erasure.pass_no, fence=erasure.fence,
        plan=completion.plan_of_pass(access, erasure), is_certified=is_certified,
    )  # fmt: skip


def _work(job: Job, clock: _Clock) -> bool:
    """Do the steps that are not marked; return whether another pass follows at once."""
    try:
        for step in (AFTERWARDS,) if job.is_certified else STEPS:
            for name in step.names(job.plan):
                outcome = _do(job, step, name, clock())
                if isinstance(outcome, Wait):
                    return False
                if outcome == "differs":
                    return True
    except (ErasureBusyError, PlanStaleError) as error:
        if isinstance(error, PlanStaleError):
            _replan(job, clock())
        raise
    except OF_THE_SERVER:
        _pause(job, Wait("server", SOON), clock())
    except Exception:
        _pause(job, None, clock())
        raise
    return False


def _do(job: Job, step: Step, name: str, now: datetime) -> str | Wait:
    """Do one step and mark it, in one transaction; return its marker, or why it waits."""
    with gate.duty(
        system(job.controller), step.duty, subjects=job.subject, reference=job.id, now=now
    ) as access:
        erasure = _mine(access, job)
        if _is_marked(erasure, step, name):
            return name
        if step.destroys and is_restricted(job.subject, now=now):
            outcome: Result | Wait = Wait("restricted", None)
        else:
            outcome = step.effect(access, job, erasure, name.partition(":")[2])
        if isinstance(outcome, Wait):
            _wait(erasure, outcome, now)
            return outcome
        marker = str(outcome.pop("marker", name))
        here = erasure.pass_no
        erasure.pass_no = job.pass_no
        completion.mark(access, erasure, marker, outcome)
        erasure.pass_no = here
        _went_forward(erasure, job, outcome, now)
        if erasure.state == "partial":
            return Wait(erasure.reason, None, state="partial")  # people are shown, and asked
    return marker


def _mine(access: Access, job: Job) -> Erasure:
    """Lock the job, and make sure that nobody else has taken it meanwhile."""
    erasure = erasure_right.get(access, job.id)
    if erasure.fence != job.fence:
        raise ErasureBusyError
    return erasure


def _is_marked(erasure: Erasure, step: Step, name: str) -> bool:
    if step.once:
        return erasure.markers.filter(step=name).exists()
    return completion.marker(erasure, name) is not None


def _went_forward(erasure: Erasure, job: Job, outcome: Result, now: datetime) -> None:
    """Renew the lease; a later pass counts as an attempt until something goes in it."""
    if job.pass_no == 1 or outcome.get("erased") or outcome.get("destroyed"):
        erasure.attempts = 0
    if erasure.state == "running" and erasure.pass_no == job.pass_no:
        erasure.lease_until = erasure.not_before = now + LEASE
    if erasure.state == "closed":
        erasure.lease_until = None
    erasure.save()


def _wait(erasure: Erasure, wait: Wait, now: datetime) -> None:
    erasure.state, erasure.reason, erasure.lease_until = wait.state, wait.reason, None
    erasure.not_before = now + wait.after if wait.after else None
    erasure.attempts = max(0, erasure.attempts - 1)
    erasure.save()


def _pause(job: Job, wait: Wait | None, now: datetime) -> None:
    """Give the lease back after an error; without a server it ends by itself."""
    try:
        with gate.duty(
            system(job.controller), Duty.ERASING, subjects=job.subject, reference=job.id, now=now
        ) as access:
            erasure = _mine(access, job)
            if wait:
                # What is certified stays so, whatever happens to the server afterwards.
                _wait(erasure, Wait("", SOON, state="certified") if job.is_certified else wait, now)
                return
            is_stalled = erasure.attempts >= completion.MAX_ATTEMPTS
            erasure.lease_until = None
            erasure.not_before = None if is_stalled else now + SOON
            if is_stalled:
                erasure.state, erasure.reason = "partial", "stalled"
            erasure.save()
    except (ErasureBusyError, *OF_THE_SERVER):
        return


def _replan(job: Job, now: datetime) -> None:
    with gate.duty(
        system(job.controller), Duty.ERASING, subjects=job.subject, reference=job.id, now=now
    ) as access:
        erasure_right.decide(access, _mine(access, job))
