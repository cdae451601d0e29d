"""Legal holds: erasure suspended for one person, with a reason, until somebody else lifts it.

A hold names the classes of records it needs, or all, and of these the categories of data, or all;
what it does not name goes on as before. It keeps at once, and somebody else approves it.
Placing one waits for a batch of retention that has locked the person, and the other way round.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum, unique
from uuid import UUID

from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.crypto.ids import uuid7
from governance.policy.categories import Category
from governance.policy.errors import GovernanceError
from governance.policy.vocabulary import Duty, RecordClass, Role
from registry import one_person, released, stopping
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject, Staff
from retention import stops
from retention.errors import (
    HoldApprovalError,
    HoldLiftingError,
    HoldPlacingError,
    SubjectNotHeldError,
)
from retention.models import LegalHold

MAY_DECIDE = frozenset({Role.DPO, Role.LEGAL})
Find = Callable[[Access], UUID | None]


@unique
class HoldGround(StrEnum):
    """Why data must not be destroyed; closed, so that it can be counted."""

    LEGAL_CLAIM = "legal_claim"  # Art. 17(3)(e): establishment, exercise or defence
    COURT_PROCEEDINGS = "court_proceedings"  # the same, pending
    AUTHORITY_ORDER = "authority_order"  # Art. 17(3)(b), 58(1)


def place(
    by: Staff,
    whose: UUID | Find,
    *,
    ground: HoldGround,
    reason: str,
    review_on: date,
    record_classes: Collection[RecordClass] = (),
    categories: Collection[Category] = (),
    matter: str = "",
    now: datetime,
) -> UUID:
    """Place a hold, so that nothing it names is destroyed until it is lifted; return its id.

    Of somebody who has several files each gets one, which is lifted by itself.

    Arguments
    ---------
    whose : the person, or how one is found among all, so that finding and holding are one access
    reason : in words, sealed with the request files
    review_on : a later day, on which somebody asks whether it is still needed
    record_classes : what it names; empty means everything about the person
    categories : of data in these records that it needs; empty means all. The row stays whatever it
        names; other categories in it end as they would
    matter : the case or file it belongs to, sealed like the reason

    Raises
    ------
    HoldPlacingError, SubjectNotHeldError
    """
    today = timezone.localdate(now)
    if by.role not in MAY_DECIDE or not reason.strip() or review_on <= today:
        raise HoldPlacingError
    hold = uuid7()
    known = whose if isinstance(whose, UUID) else None
    with gate.duty(by.actor(), Duty.ANSWERING, subjects=known, reference=hold, now=now) as access:
        subject = whose if isinstance(whose, UUID) else whose(access)
        if subject is None or not DataSubject.objects.filter(pk=subject).exists():
            raise SubjectNotHeldError
        files = one_person.reach(access, [subject]).get(subject, [])
        for number, file in enumerate([subject, *files]):
            row = LegalHold(
                id=uuid7() if number else hold,
                controller_id=access.controller,
                subject_id=file,
                ground=ground,
                record_classes=sorted(record_classes),
                categories=sorted(categories),
                placed_at=now,
                placed_by=by,
                review_on=review_on,
                collected_at=now,
            )
            row.reason, row.matter = reason, matter.strip()
            _hold(access, row)
    return hold


def _hold(access: Access, row: LegalHold) -> None:
    """Keep what a hold names of one file, and record it."""
    gone = stopping.stop(access, row.pk, row.subject_id, stops.scopes_of(row.record_classes))
    row.save()
    event = log.Event(
        action=Action.HOLD_PLACED,
        purpose="duty:answering",
        subjects=(row.subject_id,),
        object_type="legal_hold",
        object_id=row.pk,
        reason=str(row.ground),
        counts=Counter(gone),  # scopes whose keys were destroyed before
    )
    log.record(access.actor, event, now=access.now)


def approve(hold: UUID, *, by: Staff, now: datetime) -> None:
    """Approve a hold that somebody else has placed, and that keeps already.

    Raises
    ------
    HoldApprovalError
        `by` placed it, has not the role, or it was approved or lifted
    """
    with _standing(hold, by, HoldApprovalError, now=now) as (access, row):
        if row.placed_by_id == by.pk or row.approved_at is not None:
            raise HoldApprovalError
        row.approved_at, row.approved_by = now, by
        row.save(update_fields=["approved_at", "approved_by"])
        _record(access, row, Action.HOLD_APPROVED)


def review(hold: UUID, *, by: Staff, review_on: date, now: datetime) -> None:
    """Record that a hold is still needed, until a later day of review.

    Raises
    ------
    HoldApprovalError
        `by` has not the role, the hold does not stand, or the day is not to come
    """
    with _standing(hold, by, HoldApprovalError, now=now) as (access, row):
        if review_on <= timezone.localdate(now):
            raise HoldApprovalError
        row.review_on = review_on
        row.save(update_fields=["review_on"])
        _record(access, row, Action.HOLD_REVIEWED)


@contextmanager
def _standing(
    hold: UUID, by: Staff, refusal: type[GovernanceError], *, now: datetime
) -> Iterator[tuple[Access, LegalHold]]:
    """Lock a hold that stands, for somebody who may decide about it; else refuse."""
    if by.role not in MAY_DECIDE:
        raise refusal
    with gate.duty(by.actor(), Duty.ANSWERING, reference=hold, now=now) as access:
        row = LegalHold.objects.select_for_update().filter(pk=hold).first()
        if row is None or row.lifted_at is not None:
            raise refusal
        yield access, row


def _record(access: Access, row: LegalHold, action: Action) -> log.Receipt:
    event = log.Event(
        action=action,
        purpose="duty:answering",
        subjects=(row.subject_id,),
        object_type="legal_hold",
        object_id=row.pk,
    )
    return log.record(access.actor, event, now=access.now)


def lift(hold: UUID, *, by: Staff, now: datetime) -> None:
    """Lift a hold; what it kept goes when nothing else keeps it.

    Raises
    ------
    HoldLiftingError
        `by` placed it, has not the role, or it does not stand
    """
    with _standing(hold, by, HoldLiftingError, now=now) as (access, row):
        if row.placed_by_id == by.pk:
            raise HoldLiftingError
        row.lifted_at, row.lifted_by = now, by
        row.save(update_fields=["lifted_at", "lifted_by"])
        receipt = _record(access, row, Action.HOLD_LIFTED)
        stopping.note(access, hold, receipt.id, is_lift=True)
        released.tell(access, row.subject_id)
