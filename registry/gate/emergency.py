"""Emergency access: one person's data, with a reason, for a while, reviewed by somebody else.

Follows docs/spec/gate.md, section 6. Off until the register names a role; wider than the
purposes of the role, never wider than what the company may use at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit import log
from audit.actions import Action
from governance.policy import provisions as law
from governance.policy.categories import Category
from governance.policy.provisions import Parameter
from governance.policy.vocabulary import Duty, Operation, SubjectStatus
from registry import activities, provisions, search
from registry.gate import attempt, facts, opening
from registry.gate.access import Access
from registry.gate.errors import EmergencyRefusedError
from registry.models import DataSubject, EmergencyAccess, Staff
from registry.models.emergencies import VERDICTS
from registry.provisions import MAY_ENTER

PURPOSE = "emergency"
SEALING = frozenset({Category.RIGHTS_REQUESTS})  # reason and review
SHORTEST = 10  # signs of a reason
REVIEW = ("reviewed_by", "reviewed_at", "verdict", "review")


def is_permitted(staff: Staff, *, now: datetime) -> bool:
    """Whether the register names the role of a member of staff."""
    said = provisions.value(
        staff.controller_id, Parameter.EMERGENCY_ROLES, on=timezone.localdate(now)
    )
    return staff.is_active and staff.role in law.roles(said or "")


def declare(
    *, by: Staff, who: UUID | QuerySet[Any, Any], reason: str, now: datetime
) -> EmergencyAccess:
    """Open an emergency for one person; the DPO sees it from now on.

    Arguments
    ---------
    who : the person, or a search that has to find exactly one

    Raises
    ------
    EmergencyRefusedError
    """
    event = log.Event(action=Action.EMERGENCY_OPENED, purpose=PURPOSE, object_type="emergency")
    with attempt.attempt(by.actor(), event, now=now) as run:
        _require(by, reason=reason, now=now)
        subject = search.the_one(who)
        if subject is None:
            raise EmergencyRefusedError(because="not_one_person")
        _require_open(subject, now=now)
        run.access = Access(actor=by.actor(), categories=SEALING, admitted={subject}, now=now)
        with attempt.entered(run):
            opened = _begun(by, subject, reason, now)
            run.event = replace(event, object_id=opened.pk)
    return opened


def _begun(by: Staff, subject: UUID, reason: str, now: datetime) -> EmergencyAccess:
    minutes = provisions.value(
        by.controller_id, Parameter.EMERGENCY_MINUTES, on=timezone.localdate(now)
    )
    if minutes is None:
        raise EmergencyRefusedError(because="no_end")
    opened = EmergencyAccess(
        controller_id=by.controller_id, subject_id=subject, staff=by, opened_at=now,
        ends_at=now + timedelta(minutes=law.number(minutes)), collected_at=now,
    )  # fmt: skip
    opened.reason = reason.strip()
    opened.save()
    return opened


def _require(by: Staff, *, reason: str, now: datetime) -> None:
    if len(reason.strip()) < SHORTEST:
        raise EmergencyRefusedError(because="reason")
    if not is_permitted(by, now=now):
        raise EmergencyRefusedError(because="role")
    Staff.objects.select_for_update().get(pk=by.pk)  # two windows are not two people at a time
    if EmergencyAccess.objects.filter(staff=by, ends_at__gt=now).values("pk").exists():
        raise EmergencyRefusedError(because="one_at_a_time")


def _require_open(subject: UUID, *, now: datetime) -> DataSubject:
    """Erasure, quarantine and restriction close an emergency too."""
    person = DataSubject.objects.filter(pk=subject).first()
    if person is None or person.status != SubjectStatus.ACTIVE:
        raise EmergencyRefusedError(because="person")
    if facts.restrictions(now).filter(subject=subject).values("pk").exists():
        raise EmergencyRefusedError(because="restricted")
    return person


@contextmanager
def reading(*, by: Staff, opened: UUID, now: datetime) -> Iterator[Access]:
    """Read the person's data while the emergency lasts; each reading has its entry.

    Raises
    ------
    EmergencyRefusedError
        it is somebody else's, over, or the person or the role is closed by now
    """
    event = log.Event(
        action=Action.DATA_READ, purpose=PURPOSE, operation=Operation.READ,
        object_type="emergency", object_id=opened,
    )  # fmt: skip
    with attempt.attempt(by.actor(), event, reads=True, now=now) as run:
        rows = EmergencyAccess.objects.filter(pk=opened, staff=by, opened_at__lte=now)
        subject = rows.filter(ends_at__gt=now).values_list("subject_id", flat=True).first()
        if subject is None or not is_permitted(by, now=now):
            raise EmergencyRefusedError(because="over")
        person = _require_open(subject, now=now)
        attempt.narrow(subject)
        run.access = Access(
            actor=by.actor(),
            categories=_in_use(person, now=now),
            admitted={subject},
            now=now,
            keeps=frozenset(),
            may_write=False,
            withholds=True,
        )
        run.access.members.add(subject)
        with attempt.entered(run):
            yield run.access


def _in_use(person: DataSubject, *, now: datetime) -> frozenset[Category]:
    """Return the categories that activities in force use for this kind of person.

    Files of their requests stay with those who answer them.
    """
    used: frozenset[Category] = frozenset()
    for version in activities.all_in_force(person.controller_id, at=now):
        terms = activities.terms_of(version)
        if person.kind in terms.subject_kinds:
            used |= terms.usable
    return used - SEALING


def review(*, opened: UUID, by: Staff, verdict: str, note: str, now: datetime) -> EmergencyAccess:
    """Say whether an emergency access was justified: once, and not one's own.

    Raises
    ------
    EmergencyRefusedError
    """
    if by.role not in MAY_ENTER or verdict not in VERDICTS or len(note.strip()) < SHORTEST:
        raise EmergencyRefusedError(because="review")
    with opening.duty(by.actor(), Duty.ANSWERING, reference=opened, now=now) as access:
        row = EmergencyAccess.objects.select_for_update().filter(pk=opened).first()
        if row is None or row.staff_id == by.pk or row.reviewed_at is not None:
            raise EmergencyRefusedError(because="review")
        row.reviewed_by, row.reviewed_at, row.verdict = by, now, verdict
        row.review = note.strip()
        row.save(update_fields=REVIEW)
        event = log.Event(
            action=Action.EMERGENCY_REVIEWED, purpose="duty:answering", reason=verdict,
            subjects=(row.subject_id,), object_type="emergency", object_id=opened,
        )  # fmt: skip
        log.record(access.actor, event, now=now)
    return row
