"""A document that shows who somebody is: seen once, then destroyed (Art. 12(6), recital 64).

Nobody asks for one by default. If the person sends one unasked, or staff need one and say why, it
waits sealed until somebody looks at it. Looking destroys it in the same transaction. What nobody
looked at goes by itself: seven days after the request was decided, thirty after it came in.
"""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from audit import log
from audit.actions import Action
from dsar import ladder, requests
from dsar.errors import RequestNotFoundError
from dsar.identity_errors import DocumentRefusedError
from dsar.models import IdentityEvidence
from dsar.models.identity import DOCUMENTS
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor, system
from governance.policy.identity import Means
from governance.policy.vocabulary import Duty
from registry.gate import opening as gate
from registry.gate.access import Access

UNSEEN = timedelta(days=30)
AFTER_DECISION = timedelta(days=7)
LARGEST = 5 << 20


def take_in(
    request_id: UUID,
    kind: str,
    content: bytes,
    *,
    was_asked: bool,
    reason: str = "",
    by: Actor,
    now: datetime,
) -> IdentityEvidence:
    """File a document that came in, sealed, until somebody looks at it.

    Raises
    ------
    DocumentRefusedError
        no such kind, nothing in it, too large; or asked for without a reason
    RequestNotFoundError, RequestStateError
    """
    is_known = kind in DOCUMENTS and 0 < len(content) <= LARGEST
    if not is_known or (was_asked and not reason.strip()):
        raise DocumentRefusedError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        row = IdentityEvidence(
            id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
            request=request, kind=kind, was_asked=was_asked, received_at=now, collected_at=now,
            destroy_on=timezone.localdate(now + UNSEEN),
        )  # fmt: skip
        row.content = b64encode(content).decode()
        if reason.strip():
            row.reason = reason.strip()
        row.save()
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="document_filed")
    return row


def look(document_id: UUID, *, by: Actor, now: datetime) -> bytes:
    """Return a document to look at, once: it is destroyed with that.

    Raises
    ------
    RequestNotFoundError
        there is none, or none any more
    """
    with gate.duty(by, Duty.ANSWERING, reference=document_id, now=now) as access:
        rows = access.rows(IdentityEvidence).select_for_update(of=("self",))
        row = rows.filter(pk=document_id, destroyed_at__isnull=True).first()
        if row is None:
            raise RequestNotFoundError
        content = b64decode(row.content or "")
        row.seen_at, row.seen_by_id = now, by.staff
        _destroy(row, now)
        request = requests.get(access, row.request_id)
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason="document_seen")
    return content


def accept(document_id: UUID, *, by: Actor, now: datetime) -> None:
    """Note that a document that was seen shows who asks.

    Raises
    ------
    RequestNotFoundError
        nobody looked at it
    RequestStateError
    """
    with gate.duty(by, Duty.ANSWERING, reference=document_id, now=now) as access:
        row = access.rows(IdentityEvidence).filter(pk=document_id, seen_at__isnull=False).first()
        if row is None:
            raise RequestNotFoundError
        request = requests.get(access, row.request_id, states=requests.OPEN_STATES)
        ladder.prove(access, request, Means.DOCUMENT)
        requests.record(access, Action.REQUEST_IDENTIFIED, request, reason=Means.DOCUMENT)


def destroy_due(controller: UUID, *, now: datetime) -> int:
    """Destroy the documents whose time is over; return how many."""
    today = timezone.localdate(now)
    with gate.duty(system(controller), Duty.ANSWERING, reference=controller, now=now) as access:
        decided = Q(request__closed_on__lte=today - AFTER_DECISION) | Q(
            request__identified_at__lte=now - AFTER_DECISION
        )
        rows = IdentityEvidence.objects.select_for_update(of=("self",)).filter(
            decided | Q(destroy_on__lte=today), destroyed_at__isnull=True
        )
        gone = list(rows)
        for row in gone:
            _destroy(row, now)
        if gone:
            _log(access, gone)
    return len(gone)


def _destroy(row: IdentityEvidence, now: datetime) -> None:
    row.content, row.destroyed_at = None, now
    row.save(update_fields=["seen_at", "seen_by", "destroyed_at", *row.pending])


def _log(access: Access, gone: list[IdentityEvidence]) -> None:
    event = log.Event(
        action=Action.RETENTION_SWEPT, purpose="duty:answering",
        subjects=tuple({row.subject_id: None for row in gone}), object_type="identity_evidence",
        counts={"destroyed": len(gone)},
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
