"""Art. 15: the copy is made, kept sealed for thirty days, and its disclosure is recorded."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.utils import timezone, translation

from audit import log
from audit.actions import Action
from dsar import (
    activities,
    answers,
    elsewhere,
    ladder,
    letter,
    package,
    proposals,
    requests,
    viewers,
    withholding,
)
from dsar.errors import PackageDamagedError, PackageExpiredError, RequestNotFoundError
from dsar.gathering import Gathered, gather
from dsar.letter import Letter
from dsar.models import AccessPackage, SubjectRequest
from dsar.redaction import copy as redaction
from dsar.redaction.copy import Redacted
from governance.crypto.ids import uuid7
from governance.policy.actors import Actor
from governance.policy.identity import Act
from governance.policy.vocabulary import Duty, Right
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import DataSubject, Disclosure

KEPT_FOR = timedelta(days=30)


def fulfil(request_id: UUID, actor: Actor, now: datetime) -> AccessPackage:
    """Make the copy and its letter, and answer that they are ready.

    One transaction: what is copied is what was held at one moment, and the log says that it
    was read. The same request is never answered twice.

    Raises
    ------
    RequestNotFoundError, RequestStateError, NotIdentifiedError, SeveralPeopleError
    ProposalOpenError
        a refusal, whole or in part, waits for a second person
    OthersWaitError
        somebody has to read first what it says of other people
    """
    with (
        ladder.pressing(request_id, by=actor, now=now),
        gate.duty(actor, Duty.ANSWERING, reference=request_id, now=now) as access,
    ):
        request = answers.taken_up(access, request_id, Right.ACCESS)
        with translation.override(request.language):
            held, shown = copied(access, request)
            redacted = redaction.redact(access, request, held, shown.groups)
            told, content = _made(access, request, held, redacted)
        copy = AccessPackage(
            id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
            request=request, made_at=now, collected_at=now,
            expires_on=timezone.localdate(now + KEPT_FOR), digest=sha256(content).hexdigest(),
        )  # fmt: skip
        copy.content = package.sealed_copy(access, request.subject_id, copy.pk, content)
        copy.save()
        facts = {"told": told, "copy": copy}
        answers.give(access, request, lambda: facts, counts=redacted.counts)
    return copy


def copied(access: Access, request: SubjectRequest) -> tuple[Gathered, Gathered]:
    """Return what is held of a person, and what of it a copy shows."""
    held = gather(access, request.subject_id)
    return held, withholding.shown(held, proposals.refused_parts(access, request))


def _made(
    access: Access, request: SubjectRequest, held: Gathered, redacted: Redacted
) -> tuple[Letter, bytes]:
    subject: UUID = request.subject_id
    now = access.now
    person = DataSubject.objects.get(pk=subject)
    gathered = replace(held, groups=redacted.groups)
    left_out = withholding.of(proposals.refused_parts(access, request), held.groups)
    concerns = activities.concerning(access.controller, subject, now=now)
    ends = activities.ends(access.controller, subject, now=now)
    looks = viewers.looks(access.controller, subject, since=person.created_at, now=now)
    disclosures = access.rows(Disclosure).filter(subject=subject).select_related("recipient")
    written = letter.write(
        request=request, gathered=gathered, concerns=concerns, ends=ends, looks=looks,
        disclosures=list(disclosures), elsewhere=elsewhere.look(access, request, ends),
        is_known=held.is_known, withheld=left_out, redacted=redacted, now=now,
    )  # fmt: skip
    content = package.pack(
        written=written, gathered=gathered, concerns=concerns, ends=ends, looks=looks, now=now
    )
    return written, content


def disclose(package_id: UUID, actor: Actor, now: datetime) -> bytes:
    """Return the zip to hand over, recorded before it leaves.

    Raises
    ------
    RequestNotFoundError
        there is no such copy
    NotIdentifiedError
        something has come to light since it was made
    PackageExpiredError, PackageDamagedError
    """
    with gate.duty(actor, Duty.ANSWERING, reference=package_id, now=now) as access:
        copy = access.rows(AccessPackage).filter(pk=package_id).select_related("request").first()
        if copy is None:
            raise RequestNotFoundError
        ladder.require(access, copy.request, Act.RELEASE)
        if copy.expires_on < timezone.localdate(now):
            raise PackageExpiredError
        content = package.opened_copy(access, copy.subject_id, copy.pk, copy.content or "")
        if sha256(content).hexdigest() != copy.digest:
            raise PackageDamagedError
        record(access, Action.PACKAGE_DISCLOSED, copy, reason="downloaded")
    return content


def remove_expired(controller: UUID, *, now: datetime) -> int:
    """Remove copies whose time is over; return how many."""
    from governance.policy.actors import system

    with gate.duty(system(controller), Duty.RETENTION, now=now) as access:
        old = AccessPackage.objects.filter(expires_on__lt=timezone.localdate(now))
        subjects = tuple(old.values_list("subject_id", flat=True))
        count, _by_model = old.delete()
        if count:
            event = log.Event(
                action=Action.RETENTION_SWEPT,
                purpose="duty:retention",
                subjects=subjects,
                object_type="access_package",
                counts={"removed": count},
            )
            log.record(access.actor, event, now=now)
    return count


def record(access: Access, action: Action, copy: AccessPackage, *, reason: str) -> None:
    """Append an entry about a copy to the audit log."""
    event = log.Event(
        action=action,
        purpose=requests.PURPOSE,
        subjects=(copy.subject_id,),
        object_type="access_package",
        object_id=copy.pk,
        reason=reason,
    )
    log.record(access.actor, event, now=access.now)
