"""Receiving a request and steering it: received → identified → fulfilled or refused.

Every right enters here and is put on the clock of Art. 12(3), whoever writes it down and on
whichever channel it came. What the law wants at once happens at once: an objection to direct
marketing (Art. 21(3)) and a withdrawal of consent (Art. 7(3)) take effect in the transaction
that records them; the month is only for the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from audit import log
from audit.actions import Action, Outcome
from dsar import clock, correspondence, drafts, effects, ladder, letter, proposals, signs, twins
from dsar.errors import (
    ContactMissingError,
    LateWithoutReasonError,
    NothingSaidError,
    PartOnlyError,
    RefusalIncompleteError,
    RequestNotFoundError,
    RequestStateError,
    UnknownChannelError,
    UnknownIdentityLevelError,
    UnknownLanguageError,
    UnknownRightError,
)
from dsar.identity import OnBehalf, Requester, candidates, sharing
from dsar.models import (
    AddressCheck,
    Attachment,
    AttachmentPart,
    ConnectedRequest,
    Correspondence,
    IdentityCode,
    IdentityEvidence,
    IdentityProof,
    Proposal,
    Reading,
    RefusedAttempt,
    Representation,
    RequestPause,
    StatusCallback,
    SubjectRequest,
)
from governance.crypto.ids import uuid7
from governance.policy import deadlines
from governance.policy.actors import Actor
from governance.policy.deadlines import ClockState
from governance.policy.identity import AT_A_POINT, Means
from governance.policy.refusals import NEED_TWO, RefusalGround, leaves_the_rest
from governance.policy.vocabulary import (
    Channel,
    Duty,
    Right,
    SubjectKind,
)
from registry import consent, one_person
from registry.gate import opening as gate
from registry.gate.access import Access
from registry.models import Controller

PURPOSE = "duty:answering"
OPEN_STATES = ("received", "identified")
AMBIGUOUS = "ambiguous"  # several persons may be meant; `attach` decides
FILE: tuple[type[Any], ...] = (
    Correspondence, Proposal, RequestPause, AddressCheck, IdentityProof, RefusedAttempt,
    IdentityCode, IdentityEvidence, Representation,
    Attachment, ConnectedRequest,
)  # fmt: skip
"""What hangs on a request, and goes with it to the person whose it is."""
CLOSED_WITH = (
    Correspondence, Proposal, Reading, RequestPause, IdentityProof, IdentityEvidence,
    Representation, Attachment, ConnectedRequest,
)  # fmt: skip
"""What is kept as long as its request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One right a person asks for, with what they say about it.

    Attributes
    ----------
    details : in their words; None for those of the requester
    reference : the one they were already given on the public page
    objects_to : of an objection, one of `OBJECTED_TO`; "" where nobody asked
    """

    right: str
    details: str | None = None
    reference: str = ""
    objects_to: str = ""


@dataclass(frozen=True)
class _Said:
    """What was said on receipt, checked, before anything is written."""

    asked: list[Asked]
    channel: Channel
    language: str
    received_on: date


def new_reference() -> str:
    """Return a reference nobody can guess: 80 random bits in four groups."""
    return signs.at_random(16)


def receive(actor: Actor, *, right: str, **said: Any) -> SubjectRequest:
    """Record a request for one right and start its clock; see `receive_all`."""
    return receive_all(actor, rights=[right], **said)[0]


def receive_all(
    actor: Actor,
    *,
    rights: Sequence[str | Asked],
    channel: str,
    received_at: datetime,
    language: str,
    requester: Requester,
    subject: UUID | None = None,
    now: datetime,
    evidence: str = "",
    reference: str | None = None,
    also: Callable[[Access, list[SubjectRequest]], None] | None = None,
) -> list[SubjectRequest]:
    """Record what a person asks for, one request for each right, and start their clocks.

    Several rights in one message become linked requests: each has its own answer, and `family`
    names the first.

    Parameters
    ----------
    rights : each once; an `Asked` where more is known than the right
    received_at : when it reached any of our channels; an earlier day needs `evidence`
    subject : the person, if known; else they are looked for by e-mail and phone. When nobody
        is found the requester becomes a subject of their own, so that the file has a key, and
        the answer will be that nothing is held
    evidence : what shows an earlier arrival: a postmark, a message id
    reference : the one the person was already given on the public page
    also : what else is written about the requests in the same access

    Raises
    ------
    UnknownRightError, UnknownChannelError, UnknownLanguageError, ContactMissingError
    ReceiptRefusedError
        received in the future, or on an earlier day without evidence (Art. 12(3))
    """
    said = _Said(
        asked=_each_once(rights),
        channel=_channel(channel),
        language=_language(language),
        received_on=deadlines.receipt_date(received_at, entered_at=now, evidence=evidence),
    )
    if subject is None and not requester.has_contact:
        raise ContactMissingError
    if not said.asked:
        raise UnknownRightError
    made = [
        SubjectRequest(
            id=uuid7(),
            controller_id=actor.controller,
            reference=one.reference or (reference if number == 0 else "") or new_reference(),
            right=one.right,
            objects_to=one.objects_to,
            channel=said.channel,
            language=said.language,
            received_at=received_at,
            received_on=said.received_on,
            collected_at=now,
        )
        for number, one in enumerate(said.asked)
    ]
    first = made[0]
    with gate.duty(actor, Duty.ANSWERING, reference=first.pk, now=now) as access:
        found = {subject} if subject else candidates(actor.controller, requester)
        if len(found) > 1:  # files of one person are one person
            found = one_person.lead_of(found)
        # Who asks for another may name anybody: a person decides whom they mean.
        is_open = requester.is_for_another and subject is None
        _place(access, first, found, is_open=is_open)
        reached = found | sharing(actor.controller, requester)
        for request, one in zip(made, said.asked, strict=True):
            request.family = first.pk if len(made) > 1 else None
            request.subject_id, request.is_held = first.subject_id, first.is_held
            request.identity = first.identity
            details = requester.details if one.details is None else one.details
            _fill(request, requester, details, evidence)
            request.save()
            if requester.on_behalf is not None:
                claim(request, requester.on_behalf)
            if not is_open and ladder.lets_stop(access, request):
                effects.at_once(access, request, subjects=reached, requester=requester)
            record(access, Action.REQUEST_RECEIVED, request, reason=request.right)
            make_twins(access, request)
        if also is not None:
            also(access, made)
    return made


def make_twins(access: Access, request: SubjectRequest) -> None:
    """Let the other files of the person, if they have several, be answered about too."""
    if request.is_held and request.identity != AMBIGUOUS:
        for twin in twins.make(access, request):
            record(access, Action.REQUEST_RECEIVED, twin, reason=twin.right)


def _each_once(rights: Sequence[str | Asked]) -> list[Asked]:
    asked = [one if isinstance(one, Asked) else Asked(one) for one in rights]
    return [replace(one, right=_right(one.right)) for one in {a.right: a for a in asked}.values()]


def _right(word: str) -> Right:
    if word not in set(Right):
        raise UnknownRightError
    return Right(word)


def _channel(word: str) -> Channel:
    if word not in set(Channel):
        raise UnknownChannelError
    return Channel(word)


def _language(code: str) -> str:
    if code not in dict(settings.LANGUAGES):
        raise UnknownLanguageError
    return code


def claim(request: SubjectRequest, on_behalf: OnBehalf) -> Representation:
    """Note for whom it is asked; that they may is still to be shown."""
    row = Representation(
        controller_id=request.controller_id, subject_id=request.subject_id, request=request,
        behalf=on_behalf.kind, collected_at=request.collected_at,
    )  # fmt: skip
    for name in ("name", "relation"):
        if said := getattr(on_behalf, name):
            setattr(row, name, said)
    row.save()
    return row


def _place(
    access: Access, request: SubjectRequest, found: set[UUID], *, is_open: bool = False
) -> None:
    """Give the request its subject: the one found, or a new one that only asks.

    Arguments
    ---------
    is_open : a person decides whose it is, also where one alone was found
    """
    request.is_held = len(found) > 0
    if len(found) == 1 and not is_open:
        request.subject_id = next(iter(found))
        return
    if found:
        request.identity = AMBIGUOUS
    stranger = access.new_subject(kind=SubjectKind.REQUESTER, source=None)
    request.subject_id = stranger.pk


def _fill(request: SubjectRequest, requester: Requester, details: str, evidence: str) -> None:
    due = clock.first_deadline(
        Controller.objects.get(pk=request.controller_id), request.received_on
    )
    request.due_on, request.internal_on = due.due_on, due.internal_target_on
    request.requester_name = requester.name.strip()
    request.requester_email = requester.email.strip()
    request.requester_phone = requester.phone.strip()
    request.details = details.strip()
    request.evidence = evidence.strip()


def identify(
    request_id: UUID,
    means: str,
    *,
    by: Actor,
    now: datetime,
    point: bytes = b"",
    reason: str = "",
    is_first: bool = False,
) -> SubjectRequest:
    """Record one sign that it is they (Art. 12(6)); with enough of them it counts as identified.

    Arguments
    ---------
    point : the contact point on file it came by; the one they wrote from where none is named
    reason : in words, which a decision needs
    is_first : whether it counts only where nobody was identified yet; else it is added

    Raises
    ------
    UnknownIdentityLevelError
        no such way, or a code, which no person can vouch for
    NothingSaidError
        a decision without a reason
    RequestNotFoundError, RequestStateError
    """
    if means not in set(Means) - {Means.CODE}:
        raise UnknownIdentityLevelError
    if means == Means.DECISION and not reason.strip():
        raise NothingSaidError
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = get(access, request_id, states=(*OPEN_STATES, "fulfilled"))
        if request.identity == AMBIGUOUS:
            raise RequestStateError(because=AMBIGUOUS)
        if is_first and request.state != "received":
            return request
        if means in AT_A_POINT:
            point = point or ladder.point_of(access, request)
        ladder.prove(access, request, Means(means), point=point, reason=reason)
        record(access, Action.REQUEST_IDENTIFIED, request, reason=means)
    return request


def refuse(
    request_id: UUID, *, ground: str, reasons: str, by: Actor, now: datetime, draft: str = ""
) -> SubjectRequest:
    """Refuse a request, with reasons and the ways to complain (Art. 12(4)).

    The text for the person is kept with the request and sent; complaint to the supervisory
    authority and judicial remedy are part of it, always. On a ground of `NEED_TWO` the refusal
    is only proposed, and the request stays open until somebody else has decided.

    Arguments
    ---------
    draft : name of the text of the house that the reasons were made of

    Raises
    ------
    RefusalIncompleteError
        not a ground of the law, or no reasons in words
    DraftUnfinishedError
    PartOnlyError
        what protects others leaves a part out, and does not refuse the whole
    """
    if ground not in set(RefusalGround) or not reasons.strip():
        raise RefusalIncompleteError
    reasons = drafts.finished(reasons)
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = get(access, request_id, states=OPEN_STATES)
        if leaves_the_rest(Right(request.right), RefusalGround(ground)):
            raise PartOnlyError
        if ground in NEED_TWO:
            proposals.propose(
                access, request, act="refuse", ground=ground, words=reasons, draft=draft
            )
        else:
            refuse_now(access, request, ground=ground, reasons=reasons, draft=draft)
    return request


def refuse_now(
    access: Access, request: SubjectRequest, *, ground: str, reasons: str, draft: str = ""
) -> None:
    """Refuse a request in an open access, and post the letter that says so."""
    request.decision = letter.refusal_text(request, ground=ground, reasons=reasons.strip())
    request.refusal_ground = ground
    if request.identified_at is None:
        effects.undo(access, request)
    correspondence.post(
        access, request, kind="refusal", subject_line=letter.subject_line(request),
        body=request.decision, draft=draft,
    )  # fmt: skip
    close(request, "refused", by=access.actor, now=access.now)
    record(access, Action.REQUEST_REFUSED, request, reason=ground)


def get(access: Access, request_id: UUID, *, states: tuple[str, ...] = ()) -> SubjectRequest:
    """Return a request of the open access, locked, in one of `states` if any are given.

    Raises
    ------
    RequestNotFoundError, RequestStateError
    """
    rows = access.rows(SubjectRequest).select_for_update(of=("self",))
    request = rows.select_related("controller").filter(pk=request_id).first()
    if request is None:
        raise RequestNotFoundError
    if states and request.state not in states:
        raise RequestStateError(state=request.state)
    return request


def alone(access: Access, request_id: UUID, *, states: tuple[str, ...] = ()) -> SubjectRequest:
    """Return a request as `get`, after which the access is for its person alone.

    A row of anybody else would raise.

    Raises
    ------
    RequestNotFoundError, RequestStateError
    """
    request = get(access, request_id, states=states)
    access.admitted = {request.subject_id}
    return request


def close(request: SubjectRequest, state: str, *, by: Actor, now: datetime) -> None:
    """Set the end of a request, from which its retention runs, and save it.

    Raises
    ------
    LateWithoutReasonError
        it is late and nobody said why; a machine closes what people had approved
    """
    today = timezone.localdate(now)
    if clock.state_of(request, today) is ClockState.LATE:
        if not request.late_ground and by.kind != "system":
            raise LateWithoutReasonError
        request.late_since = clock.deadline_of(request).binding_on + timedelta(days=1)
    request.state, request.closed_at, request.closed_on = state, now, today
    request.handled_by_id = by.staff or request.handled_by_id
    columns = ["state", "closed_at", "closed_on", "handled_by", "refusal_ground", "late_since"]
    request.save(update_fields=[*columns, *request.pending])
    for model in CLOSED_WITH:
        model.objects.filter(request=request).update(closed_on=request.closed_on)
    closed = {"closed_on": request.closed_on}
    AttachmentPart.objects.filter(attachment__request=request).update(**closed)
    StatusCallback.objects.filter(connected__request=request).update(**closed)
    consent.prove(request.pk)


def record(
    access: Access,
    action: Action,
    request: SubjectRequest,
    *,
    reason: str,
    outcome: Outcome = Outcome.DONE,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Write the entry of what was done to a request."""
    event = log.Event(
        action=action,
        purpose=PURPOSE,
        outcome=outcome,
        subjects=(request.subject_id,),
        object_type="request",
        object_id=request.pk,
        reason=reason,
        counts=counts or {},
    )
    log.record(access.actor, event, now=access.now)
