"""Reading requests: the worklist by legal deadline, one request by its reference."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from dsar import clock
from dsar.errors import RequestNotFoundError
from dsar.models import SubjectRequest
from dsar.requests import OPEN_STATES
from governance.policy.actors import Actor
from governance.policy.deadlines import ClockState
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate


@dataclass(frozen=True)
class Due:
    """One open request, without anything that names the person.

    Attributes
    ----------
    due_on : the day that binds, an extension included
    cautious_on : the earliest day any reading of the law arrives at
    internal_on : our own target
    """

    id: UUID
    reference: str
    right: str
    state: str
    identity: str
    is_held: bool
    received_on: date
    due_on: date
    cautious_on: date
    internal_on: date
    clock: ClockState


@dataclass(frozen=True)
class RequestFile:
    """One request with what the person wrote, for whoever answers it."""

    due: Due
    subject: UUID
    requester_name: str
    requester_email: str
    requester_phone: str
    details: str
    decision: str


def worklist(actor: Actor, *, now: datetime) -> list[Due]:
    """Return the open requests, soonest legal deadline first; no sealed value is opened."""
    with gate.duty(actor, Duty.SUPERVISION, now=now) as access:
        rows = access.rows(SubjectRequest).filter(state__in=OPEN_STATES)
        found = [_due(row, now) for row in rows.select_related("controller")]
    return sorted(found, key=lambda due: (due.due_on, due.received_on, due.reference))


def by_reference(actor: Actor, reference: str, *, now: datetime) -> Due:
    """Return the request with a reference, written in any case, with or without hyphens.

    Raises
    ------
    RequestNotFoundError
    """
    signs = "".join(sign for sign in reference.upper() if sign.isalnum())
    written = "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))
    with gate.duty(actor, Duty.SUPERVISION, now=now) as access:
        rows = access.rows(SubjectRequest).select_related("controller")
        row = rows.filter(reference=written).first()
        if row is None:
            raise RequestNotFoundError
        return _due(row, now)


def open_file(request_id: UUID, actor: Actor, *, now: datetime) -> RequestFile:
    """Return a request with what the person wrote.

    Raises
    ------
    RequestNotFoundError
    """
    with gate.duty(actor, Duty.ANSWERING, reference=request_id, now=now) as access:
        row = access.rows(SubjectRequest).select_related("controller").filter(pk=request_id).first()
        if row is None:
            raise RequestNotFoundError
        return RequestFile(
            due=_due(row, now),
            subject=row.subject_id,
            requester_name=row.requester_name or "",
            requester_email=row.requester_email or "",
            requester_phone=row.requester_phone or "",
            details=row.details or "",
            decision=row.decision or "",
        )


def _due(row: SubjectRequest, now: datetime) -> Due:
    dates = clock.deadline_of(row)
    return Due(
        id=row.pk,
        reference=row.reference,
        right=row.right,
        state=row.state,
        identity=row.identity,
        is_held=row.is_held,
        received_on=row.received_on,
        due_on=dates.binding_on,
        cautious_on=dates.cautious_on,
        internal_on=dates.internal_target_on,
        clock=clock.state_of(row, timezone.localdate(now)),
    )
