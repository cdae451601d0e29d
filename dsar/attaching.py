"""Giving a request to the person whose it is, where nobody or several people were found."""

from datetime import datetime
from uuid import UUID

from audit.actions import Action
from dsar import effects, ladder, requests
from dsar.errors import RequestStateError
from dsar.identity import UNVERIFIED
from dsar.models import AttachmentPart, InboundMail, Reading, StatusCallback, SubjectRequest
from governance.policy.actors import Actor, system
from governance.policy.vocabulary import Duty, SubjectKind, SubjectStatus
from registry.gate import opening as gate
from registry.models import DataSubject, SubjectRow
from registry.sealed import sealed_attributes


def attach(request_id: UUID, subject: UUID, *, by: Actor, now: datetime) -> SubjectRequest:
    """Move a request to the person whose it is, sealed anew under that person's key.

    For a request nobody was found for, or several people were. Confirming the identity comes
    after it.
    """
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=("received",))
        stranger: UUID = request.subject_id
        kind = DataSubject.objects.get(pk=stranger).kind
        if kind != SubjectKind.REQUESTER or not DataSubject.objects.filter(pk=subject).exists():
            raise RequestStateError(because="not_to_be_moved")
        request.is_held, request.identity = True, UNVERIFIED
        seal_for(request, subject)
        for model in requests.FILE:
            for row in access.rows(model).filter(request=request):
                seal_for(row, subject)
        for part in access.rows(AttachmentPart).filter(attachment__request=request):
            seal_for(part, subject)
        for callback in access.rows(StatusCallback).filter(connected__request=request):
            seal_for(callback, subject)
        access.rows(Reading).filter(request=request).delete()  # of a copy of somebody else
        if ladder.lets_stop(access, request):
            effects.at_once(
                access, request, subjects=[subject], requester=effects.asker(request)
            )  # fmt: skip
        requests.record(access, Action.REQUEST_RECEIVED, request, reason="attached")
        requests.make_twins(access, request)
    forget(stranger, reference=request_id, controller=by.controller, now=now)
    return request


def seal_for(row: SubjectRow, subject: UUID) -> None:
    """Make a row another person's, sealed under their key, and save it."""
    values = {name: getattr(row, name) for name in sealed_attributes(type(row))}
    row.subject_id, row.sealed = subject, b""
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def forget(stranger: UUID, *, reference: UUID, controller: UUID, now: datetime) -> None:
    """Close the subject a moved request leaves behind, after the move was committed.

    Nothing is about them any more. Their keys go with the next run of retention, for keys are
    destroyed by an order that somebody approved and by nothing else.
    """
    with gate.duty(
        system(controller), Duty.ERASING, subjects=stranger, reference=reference, now=now
    ) as access:
        files = (SubjectRequest, InboundMail)
        if not any(access.rows(model).exists() for model in files):
            DataSubject.objects.filter(pk=stranger).update(status=SubjectStatus.ERASING)
