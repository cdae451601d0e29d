"""What a person makes of a mail: requests, a letter in the file of one, or nothing of ours.

Accepted, however late, it counts from the moment our own server took it (Art. 12(3)). Two
transactions make requests of it, and the reference that the mail was given at its receipt keeps
whoever repeats the second from repeating the first.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum, unique
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from audit import log
from audit.actions import Action
from dsar import attaching, correspondence, requests
from dsar.attachments import keeping
from dsar.identity import Requester
from dsar.mail.errors import DeclineReasonError, MailNotFoundError, MailStateError
from dsar.models import Attachment, AttachmentPart, Correspondence, InboundMail, SubjectRequest
from dsar.values import DATED_BY
from governance.policy.actors import Actor, system
from governance.policy.vocabulary import Channel, Duty, SubjectKind
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject

KEPT = timedelta(days=30)  # what was set aside, in case it was a request after all
MAIL_KIND = "mail"


@unique
class Reason(StrEnum):
    """What a mail is, where it is no request."""

    BUSINESS = "business"  # an order, a parcel, an invoice: for another office
    ADVERTISING = "advertising"
    AUTOMATIC = "automatic"  # an absence, a bounce, a receipt
    DUPLICATE = "duplicate"
    OTHER = "other"


def accept(
    mail_id: UUID,
    *,
    rights: Sequence[str],
    language: str,
    requester: Requester,
    by: Actor,
    now: datetime,
) -> list[SubjectRequest]:
    """Make requests of a mail, received when the mail was.

    Arguments
    ---------
    requester : who asks; without details these are the words of the mail

    Raises
    ------
    MailNotFoundError, MailStateError
    UnknownRightError, UnknownLanguageError, ContactMissingError
    """
    with gate.duty(by, Duty.ANSWERING, reference=mail_id, now=now) as access:
        mail = _waiting(access, mail_id)
        evidence = evidence_of(mail)
        reference, received_at = mail.reference, mail.received_at
        asked = replace(requester, details=requester.details or mail.body or "")
    try:
        made = requests.receive_all(
            by, rights=rights, channel=Channel.EMAIL, received_at=received_at, language=language,
            requester=asked, evidence=evidence, reference=reference,
            now=now,
        )  # fmt: skip
    except IntegrityError as error:  # somebody accepted it before and got no further
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        made = []
    return _file(mail_id, reference=reference, by=by, now=now) or made


def _file(mail_id: UUID, *, reference: str, by: Actor, now: datetime) -> list[SubjectRequest]:
    """Put a mail and its files into the file of the request with its reference."""
    with gate.duty(by, Duty.ANSWERING, reference=mail_id, now=now) as access:
        first = access.rows(SubjectRequest).select_related("controller").get(reference=reference)
        stranger = _move(access, _waiting(access, mail_id), first)
        asked = Q(pk=first.pk) | Q(family=first.pk)
        made = list(access.rows(SubjectRequest).filter(asked).order_by("pk"))
    _forget(stranger, first.subject_id, reference=mail_id, by=by, now=now)
    return made


def file_with(mail_id: UUID, request_id: UUID, *, by: Actor, now: datetime) -> SubjectRequest:
    """Put a mail into the file of a request that there is, as a letter of the person.

    Raises
    ------
    MailNotFoundError, MailStateError, RequestNotFoundError
    """
    with gate.duty(by, Duty.ANSWERING, reference=mail_id, now=now) as access:
        request = requests.get(access, request_id)
        stranger = _move(access, _waiting(access, mail_id), request)
    _forget(stranger, request.subject_id, reference=mail_id, by=by, now=now)
    return request


def _move(access: Access, mail: InboundMail, request: SubjectRequest) -> UUID:
    """Make a letter of a mail; return whose it was until now."""
    correspondence.take_in(
        access, request, channel=Channel.EMAIL, at=mail.received_at,
        subject_line=mail.subject_line or "", body=mail.body or "",
        address=mail.sender_address or "",
    )  # fmt: skip
    keeping.move(access, access.rows(Attachment).filter(mail=mail), request)
    whose: UUID = mail.subject_id
    _record(access, Action.MAIL_ACCEPTED, mail, reason=request.right)
    mail.delete()
    return whose


def _forget(stranger: UUID, person: UUID, *, reference: UUID, by: Actor, now: datetime) -> None:
    """Close the subject a mail had until it was known whose it is."""
    if stranger == person:
        return
    with gate.duty(by, Duty.ANSWERING, reference=reference, now=now):
        kind = DataSubject.objects.filter(pk=stranger).values_list("kind", flat=True).first()
    if kind == SubjectKind.REQUESTER:
        attaching.forget(stranger, reference=reference, controller=by.controller, now=now)


def decline(mail_id: UUID, reason: str, *, by: Actor, now: datetime) -> None:
    """Set a mail aside that is no request; it can be taken back for thirty days.

    Raises
    ------
    DeclineReasonError, MailNotFoundError, MailStateError
    """
    if reason not in set(Reason):
        raise DeclineReasonError
    with gate.duty(by, Duty.ANSWERING, reference=mail_id, now=now) as access:
        mail = _waiting(access, mail_id)
        mail.state, mail.reason, mail.decided_by_id = "declined", reason, by.staff
        _close(access, mail, timezone.localdate(now))
        _record(access, Action.MAIL_DECLINED, mail, reason=reason)


def take_back(mail_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let a mail that was set aside wait again; a wrong no is not the person's loss.

    Raises
    ------
    MailNotFoundError
    """
    with gate.duty(by, Duty.ANSWERING, reference=mail_id, now=now) as access:
        mail = access.rows(InboundMail).select_for_update(of=("self",)).filter(pk=mail_id).first()
        if mail is None:
            raise MailNotFoundError
        mail.state, mail.reason = "waiting", ""
        _close(access, mail, None)
        _record(access, Action.MAIL_RECEIVED, mail, reason="taken_back")


def _close(access: Access, mail: InboundMail, day: date | None) -> None:
    mail.closed_on = day
    mail.save(update_fields=["state", "reason", "decided_by", "closed_on"])
    files = access.rows(Attachment).filter(mail=mail)
    AttachmentPart.objects.filter(attachment__in=files).update(closed_on=day)
    files.update(closed_on=day)


def remove_declined(controller: UUID, *, now: datetime) -> int:
    """Remove mails that were set aside a month ago, with their files; return how many."""
    with gate.duty(system(controller), Duty.RETENTION, now=now) as access:
        before = timezone.localdate(now) - KEPT
        old = InboundMail.objects.filter(state="declined", closed_on__lt=before)
        owners = dict(old.values_list("pk", "subject_id"))
        if not owners:
            return 0
        InboundMail.objects.filter(pk__in=owners).delete()
        strangers = DataSubject.objects.filter(pk__in=owners.values(), kind=SubjectKind.REQUESTER)
        left = list(strangers.values_list("pk", flat=True))
        event = log.Event(
            action=Action.RETENTION_SWEPT, purpose="duty:retention",
            subjects=tuple(set(owners.values())), object_type=MAIL_KIND,
            counts={"removed": len(owners)},
        )  # fmt: skip
        log.record(access.actor, event, now=now)
    for stranger in left:
        attaching.forget(stranger, reference=stranger, controller=controller, now=now)
    return len(owners)


def evidence_of(mail: InboundMail) -> str:
    """Return what shows when a mail came, for the file of the request (Art. 5(2))."""
    said = DATED_BY[mail.dated_by]
    at = timezone.localtime(mail.received_at).isoformat(timespec="seconds")
    return _("E-mail %(id)s, received %(at)s (%(how)s)") % {
        "id": mail.message_id or "—", "at": at, "how": said,
    }  # fmt: skip


def answered_request(access: Access, mail: InboundMail) -> SubjectRequest | None:
    """Return the request whose letter a mail answers."""
    if mail.letter is None:
        return None
    letter = access.rows(Correspondence).filter(pk=mail.letter).select_related("request").first()
    return letter.request if letter else None


def _waiting(access: Access, mail_id: UUID) -> InboundMail:
    rows = access.rows(InboundMail).select_for_update(of=("self",))
    mail = rows.filter(pk=mail_id).first()
    if mail is None:
        raise MailNotFoundError
    if mail.state != "waiting":
        raise MailStateError
    return mail


def _record(access: Access, action: Action, mail: InboundMail, *, reason: str) -> None:
    event = log.Event(
        action=action, purpose=requests.PURPOSE, subjects=(mail.subject_id,),
        object_type=MAIL_KIND, object_id=mail.pk, reason=reason,
    )  # fmt: skip
    log.record(access.actor, event, now=access.now)
