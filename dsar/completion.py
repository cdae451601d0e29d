"""The plan of a pass, and how it ends: verified and certified, or different from what was planned.

Follows docs/spec/erasure.md, section 2. Every pass has a plan of its own, in its marker `planned`:
what the approval covers and nothing keeps now. A difference that verification finds ends the pass;
what the approval covers begins the next one by itself, anything else waits for another approval.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from audit.actions import Action
from audit.verifier.certificate import digest
from dsar import answers, certificate, erasure_letter, erasure_right, requests
from dsar.models import Erasure, ErasureCertificate, ErasureStep, SubjectRequest
from registry import backups
from registry.gate.access import Access
from registry.models import Restriction
from retention import disposal
from retention.models import Notification
from retention.plans import CANNOT_TELL, ERASED, KEPT, VERIFIED, ErasurePlan, Verification

if TYPE_CHECKING:
    from dsar.steps import Job

MAX_ATTEMPTS = 5
AGAIN = timedelta(minutes=10)
DAILY = timedelta(days=1)


def covered(erasure: Erasure) -> frozenset[UUID]:
    """Return the rows whose erasure was approved: now, or when what keeps them has ended.

    A restriction that was placed in the middle goes with what it kept.
    """
    restrictions = Restriction.objects.filter(subject=erasure.subject_id)
    return frozenset(restrictions.values_list("pk", flat=True)) | frozenset(
        row
        for holding in ErasurePlan.from_json(erasure.plan).holdings
        if holding.decision == ERASED or _is_suspended(holding.ground)
        for row in holding.rows
    )


def _is_suspended(ground: str) -> bool:
    return ground == "17(3)(e)" or ground.startswith("18(")


def uncovered(access: Access, erasure: Erasure) -> dict[str, int]:
    """Return, by table, how many rows would go now that nobody approved."""
    approved = covered(erasure)
    fresh = erasure_right.planned(access, erasure.subject_id)
    found = Counter({table: len(fresh.erased(table) - approved) for table in fresh.tables()})
    return dict(+found)


def releasable(access: Access, erasure: Erasure) -> bool:
    """Whether rows are left that were approved, were kept, and are kept no more."""
    approved = covered(erasure)
    fresh = erasure_right.planned(access, erasure.subject_id)
    return any(fresh.erased(table) & approved for table in fresh.tables())


def plan_of_pass(access: Access, erasure: Erasure) -> ErasurePlan:
    """Return the plan of the pass the job is in; the first time it is made and marked."""
    marked = marker(erasure, "planned")
    if marked:
        return ErasurePlan.from_json(marked.result["plan"])
    plan = ErasurePlan.from_json(erasure.plan)
    if erasure.markers.filter(step="frozen").exists():
        fresh = erasure_right.planned(access, erasure.subject_id)
        plan = fresh.limited(covered(erasure))
    mark(access, erasure, "planned", {"plan": plan.to_json(), "hash": plan.hash()})
    return plan


def marker(erasure: Erasure, step: str) -> ErasureStep | None:
    """Return the marker of a step in the pass the job is in."""
    return erasure.markers.filter(round=erasure.round, pass_no=erasure.pass_no, step=step).first()


def mark(access: Access, erasure: Erasure, step: str, result: dict[str, Any]) -> None:
    """Write a marker, once: a second one of the same step and pass is refused by the database."""
    ErasureStep.objects.create(
        controller_id=access.controller, erasure=erasure, round=erasure.round,
        pass_no=erasure.pass_no, step=step, at=access.now, fence=erasure.fence, result=result,
    )  # fmt: skip


def verify(access: Access, job: "Job", erasure: Erasure, _table: str) -> dict[str, Any]:
    """Search everything; close the request and certify, or say what differs."""
    is_later = erasure.round > 1
    approved = covered(erasure) if is_later else None
    found = disposal.verify(access, job.plan, job.subject, of=approved)
    erasure_right.record(access, Action.ERASURE_VERIFIED, erasure, f"plan.{found.result}")
    if found.result == VERIFIED:
        return _certify(access, job, erasure, found)
    went = any(
        done.result.get("erased") or done.result.get("destroyed")
        for done in erasure.markers.filter(round=erasure.round, pass_no=erasure.pass_no)
    )
    if found.result == CANNOT_TELL:
        unread = dict.fromkeys(found.unproved, 0)
        return differs(access, erasure, unread, went=False, reason="cannot_tell")
    return differs(access, erasure, dict(found.surplus), went=went)


def differs(
    access: Access,
    erasure: Erasure,
    difference: dict[str, int],
    *,
    went: bool,
    reason: str = "plan_differs",
) -> dict[str, Any]:
    """End the pass; the next begins at once where something went, else people are shown why not.

    Arguments
    ---------
    difference : rows that make it, by table
    """
    erasure.pass_no += 1
    erasure.lease_until, erasure.difference = None, difference
    if went:
        erasure.not_before = access.now
    else:
        erasure.state, erasure.reason = "partial", reason
        is_stalled = erasure.attempts >= MAX_ATTEMPTS
        erasure.not_before = None if is_stalled else access.now + AGAIN
    return {"marker": "differs", "reason": reason, "difference": difference}


def _certify(access: Access, job: "Job", erasure: Erasure, found: Verification) -> dict[str, Any]:
    """Write the one certificate of the round, in the transaction that verified it."""
    if erasure.request_id is None:
        msg = "an erasure without a request is not certified"
        raise ValueError(msg)
    request = requests.get(access, erasure.request_id)
    if request.state in requests.OPEN_STATES:
        answers.give(access, request, lambda: _answer(access, erasure))
    erasure.state, erasure.certified_at = "certified", access.now
    erasure.lease_until, erasure.not_before = None, access.now + DAILY
    erasure.reason, erasure.difference = "", {}
    erasure.save()
    # Planned once more: the file is closed now, so that its own end is known.
    after = disposal.plan(access, job.subject, today=timezone.localdate(access.now))
    body = certificate.body(_facts(erasure, request, after=after, found=found))
    receipt = erasure_right.record(access, Action.SUBJECT_ERASED, erasure, certificate.reason(body))
    ErasureCertificate.objects.create(
        controller_id=access.controller, erasure=erasure, round=erasure.round, body=body,
        receipt=str(receipt),
    )  # fmt: skip
    return {"result": found.result}


def _answer(access: Access, erasure: Erasure) -> dict[str, Any]:
    """Return what the letter tells at the end of the first round."""
    after = disposal.plan(access, erasure.subject_id, today=timezone.localdate(access.now))
    marked = list(erasure.markers.filter(round=erasure.round).order_by("pass_no", "at"))
    gone, _held, _addresses = _told(erasure, marked, after)
    return erasure_letter.facts(gone, after, told=len(_recipients(erasure)))


def _facts(
    erasure: Erasure, request: SubjectRequest, *, after: ErasurePlan, found: Verification
) -> certificate.CertificateFacts:
    """Return what the certificate of a round is made of; `after` is the plan at its end."""
    marked = list(erasure.markers.filter(round=erasure.round).order_by("pass_no", "at"))
    plan, held, addresses = _told(erasure, marked, after)
    approvers = [by for by in (erasure.approved_by, erasure.second_by) if by]
    former = erasure.certificates.order_by("-round").first()
    committed = [m for m in marked if m.step == "remembered" and m.result.get("commitment")]
    gone = sum(m.result.get("erased", 0) for m in marked if m.step.split(":")[0] == "rows")
    return certificate.CertificateFacts(
        erasure=erasure.pk, round=erasure.round, reference=request.reference,
        controller=erasure.controller.name, received_on=request.received_on,
        planned_at=erasure.planned_at, approved_at=erasure.approved_at,
        approved_by=tuple(by.role for by in approvers),
        certified_at=erasure.certified_at or timezone.now(), plan_hash=erasure.plan_hash,
        shown=plan, held=held, after=after, found=found, addresses=addresses,
        logical_at=erasure.logical_at, stores={"database": gone}, recipients=_recipients(erasure),
        commitment=committed[0].result["commitment"] if committed else None,
        remembered_until=_remembered_until(marked),
        backups=certificate.Backups(holds_kept=_is_backed_up(marked)),
        former=digest(former.body) if former else "",
    )  # fmt: skip


def _remembered_until(marked: list[ErasureStep]) -> date | None:
    """Return the last day of what this round put into the memory of deletions."""
    days = [m.result.get("until") for m in marked if m.step == "remembered"]
    return max((date.fromisoformat(day) for day in days if day), default=None)


def _is_backed_up(marked: list[ErasureStep]) -> bool | None:
    """Whether a backup holds what was sealed anew in this round; None where nothing was."""
    moments = [m.at for m in marked if m.step == "kept" and m.result["resealed"]]
    return backups.is_there_since(max(moments)) if moments else None


def _recipients(erasure: Erasure) -> dict[str, int]:
    """Return the recipients who are told of what went in this round, with the number of notices."""
    notices = Notification.objects.filter(job=erasure.pk, round_no=erasure.round)
    return dict(Counter(notices.values_list("recipient__name", flat=True)))


def _told(
    erasure: Erasure, marked: list[ErasureStep], after: ErasurePlan
) -> tuple[ErasurePlan, list[list[str]], int]:
    """Put the passes of a round together: what was planned and is not there any more went.

    Returns
    -------
    The plan they amount to, for each of its holdings the fields that had a value, and how many
    addresses went into the memory of deletions.
    """
    there = {row for holding in after.holdings for row in holding.rows}
    holdings, held, addresses = [], [], 0
    by_pass = {(m.pass_no, m.step): m for m in marked}
    for pass_no in sorted({m.pass_no for m in marked}):
        remembered = by_pass.get((pass_no, "remembered"))
        if remembered is None:
            continue
        plan = ErasurePlan.from_json(by_pass[pass_no, "planned"].result["plan"])
        addresses += remembered.result["addresses"]
        for holding, names in zip(plan.holdings, remembered.result["held"], strict=True):
            told = replace(holding, rows=_unseen(holding.rows, there), count=0)
            told = replace(told, count=len(told.rows))
            if holding.decision == KEPT or told.rows:
                holdings.append(holding if holding.decision == KEPT else told)
                held.append(names)
            there |= set(told.rows) if holding.decision == ERASED else set()
    plan = replace(ErasurePlan.from_json(erasure.plan), holdings=tuple(holdings))
    return plan, held, addresses


def _unseen(rows: tuple[UUID, ...], seen: Collection[UUID]) -> tuple[UUID, ...]:
    return tuple(row for row in rows if row not in seen)
