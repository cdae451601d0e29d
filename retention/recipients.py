"""Telling recipients that data were erased, corrected or restricted (Art. 19).

Follows docs/spec/erasure.md, section 11. `queue` writes notices of an erasure in the transaction in
which the disclosures go, before keys die, and `queue_change` those of what stays;
`retention.delivery` sends them, and `close` ends what a person had to do.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import log
from audit.actions import Action
from governance.crypto import keystore
from governance.crypto.envelope import open_blob, seal_blob
from governance.crypto.ids import uuid7
from governance.policy.categories import Category
from governance.policy.vocabulary import Duty, Scope
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Disclosure, Recipient, Staff
from retention.errors import NoticeStateError
from retention.models import Notification
from retention.plans import KEPT, ErasurePlan

USE = "outbox"
PURPOSE = "duty:erasing"
ERASED = "subject.erased"
RECTIFIED = "subject.rectified"
RESTRICTED = "subject.restricted"


@unique
class Outcome(StrEnum):
    """How a person ended a notice that no machine could deliver."""

    DONE = "done"  # told by letter, mail or phone
    IMPOSSIBLE = "impossible"  # Art. 19, first sentence
    DISPROPORTIONATE = "disproportionate"  # the same


@dataclass
class _Told:
    """What one recipient is told."""

    known_as: set[str] = field(default_factory=set)
    categories: set[str] = field(default_factory=set)


def going(plan: ErasurePlan) -> frozenset[Category]:
    """Return the categories of which nothing is kept: all but those that kept rows may hold."""
    kept = {name for h in plan.holdings if h.decision == KEPT for _field, name in h.fields}
    return frozenset(Category) - {Category(name) for name in kept}


def queue(
    access: Access,
    *,
    job: UUID,
    round_no: int,
    pass_no: int,
    subject: UUID,
    categories: Collection[str],
) -> int:
    """Write one notice for each recipient of something that goes; return how many.

    The disclosures go with it. One that names a category that stays is kept, with what stays
    alone, and is told when that goes.

    Arguments
    ---------
    access : an access that may read `customer_number`: the duty `answering`
    categories : that go in this pass

    Raises
    ------
    CategoryNotGrantedError
        the access may not read what the recipient calls the person
    """
    rows = access.rows(Disclosure).filter(subject=subject, categories__overlap=list(categories))
    told: dict[UUID, _Told] = {}
    gone: list[UUID] = []
    for row in rows.select_for_update(of=("self",)).order_by("pk"):
        one = told.setdefault(row.recipient_id, _Told())
        one.known_as.add(row.external_id or str(subject))
        one.categories |= set(row.categories) & set(categories)
        left = [category for category in row.categories if category not in categories]
        if left:
            _keep(access, row, left)
        else:
            gone.append(row.pk)
    Disclosure.objects.filter(pk__in=gone)._raw_delete(using="default")
    _write(access, told, job=job, round_no=round_no, pass_no=pass_no)
    if told:
        _record_queued(access, job, subject, len(told))
    return len(told)


def _write(
    access: Access,
    told: dict[UUID, _Told],
    *,
    job: UUID,
    round_no: int = 0,
    pass_no: int = 0,
    event: str = ERASED,
) -> None:
    endpoints = dict(Recipient.objects.filter(pk__in=told).values_list("pk", "endpoint"))
    notices = []
    for recipient, one in sorted(told.items()):
        has_endpoint = bool(endpoints[recipient])
        notice = Notification(
            id=uuid7(), controller_id=access.controller, job=job, round_no=round_no,
            pass_no=pass_no, recipient_id=recipient, categories=sorted(one.categories),
            created_at=access.now, state="queued" if has_endpoint else "manual",
            next_at=access.now if has_endpoint else None,
            status="" if has_endpoint else "no_endpoint",
        )  # fmt: skip
        names: object = sorted(one.known_as)
        # A list alone, as before there was anything else to tell, is an erasure.
        said = names if event == ERASED else {"event": event, "known_as": names}
        notice.blob = sealed(notice, "blob", orjson.dumps(said))
        notices.append(notice)
    Notification.objects.bulk_create(notices)


def queue_change(
    access: Access, event: str, *, job: UUID, subject: UUID, categories: Collection[str]
) -> int:
    """Write one notice for each recipient of data that were corrected or restricted.

    Their disclosures stay: what they hold is still the person's. Return how many are told.

    Arguments
    ---------
    event : `RECTIFIED` or `RESTRICTED`
    job : the request
    """
    rows = access.rows(Disclosure).filter(subject=subject, categories__overlap=list(categories))
    told: dict[UUID, _Told] = {}
    for row in rows.order_by("pk"):
        one = told.setdefault(row.recipient_id, _Told())
        one.known_as.add(row.external_id or str(subject))
        one.categories |= set(row.categories) & set(categories)
    _write(access, told, job=job, event=event)
    if told:
        _record_queued(access, job, subject, len(told))
    return len(told)


def _keep(access: Access, row: Disclosure, categories: list[str]) -> None:
    """Leave of a disclosure what stays, out of the reach of the ordinary key, which dies."""
    known_as, row.categories = row.external_id, categories
    if known_as and row.scope == Scope.ORDINARY:
        access.make_key(row.subject_id, Scope.REQUEST)
        row.scope, row.sealed, row.external_id = Scope.REQUEST, b"", known_as
    row.save()


def _record_queued(access: Access, job: UUID, subject: UUID, number: int) -> None:
    event = log.Event(
        action=Action.NOTICE_QUEUED,
        purpose=PURPOSE,
        subjects=(subject,),
        object_type="erasure",
        object_id=job,
        counts={"recipients": number},
    )
    log.record(access.actor, event, now=access.now)


def forget(subjects: Collection[UUID]) -> None:
    """Remove the disclosures of people of whom nothing is left, where nobody is told of it."""
    Disclosure.objects.filter(subject__in=list(subjects))._raw_delete(using="default")


def known_as(notice: Notification) -> list[str]:
    """Return what the recipient calls the person; nothing once there is an answer."""
    return list(_said(notice)["known_as"])


def event_of(notice: Notification) -> str:
    """Return what happened to the data, in the word of the webhook."""
    return str(_said(notice)["event"])


def _said(notice: Notification) -> dict[str, Any]:
    said = orjson.loads(opened(notice, "blob")) if notice.blob else []
    return said if isinstance(said, dict) else {"event": ERASED, "known_as": said}


def close(notice_id: UUID, *, by: Staff, outcome: Outcome, reason: str, now: datetime) -> None:
    """End a notice by hand, and say why.

    Raises
    ------
    GateRefusedError
        the role does not answer people
    NoticeStateError
        it does not wait for a person, or no reason is given
    """
    with gate.duty(by.actor(), Duty.ANSWERING, reference=notice_id, now=now) as access:
        notice = (
            Notification.objects.select_for_update()
            .filter(pk=notice_id, controller=access.controller, state="manual")
            .first()
        )
        if notice is None or not reason.strip():
            raise NoticeStateError
        notice.state, notice.outcome, notice.settled_at = "closed", outcome, now
        notice.closed_by, notice.blob = by, b""
        notice.reason = sealed(notice, "reason", reason.strip().encode())
        notice.save()
        event = log.Event(
            action=Action.NOTICE_CLOSED,
            purpose=PURPOSE,
            object_type="notice",
            object_id=notice.pk,
            reason=outcome,
        )
        log.record(access.actor, event, now=now)


def sealed(notice: Notification, column: str, plain: bytes) -> bytes:
    """Return `plain` sealed for one column of a notice."""
    return seal_blob(_cipher(notice), _bound(notice, column), plain)


def opened(notice: Notification, column: str) -> bytes:
    """Return what `sealed` sealed into a column."""
    return open_blob(_cipher(notice), _bound(notice, column), bytes(getattr(notice, column)))


def _cipher(notice: Notification) -> AESGCM:
    return AESGCM(keystore.controller_key(notice.controller_id, USE, create=True))


def _bound(notice: Notification, column: str) -> bytes:
    return f"custode/notice/v1|{notice.controller_id.hex}|{notice.pk.hex}|{column}".encode()
