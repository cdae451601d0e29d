"""What moves the clock of a request, and nothing else does (docs/spec/legal-clock.md).

An extension counts if its notice was sent in time; the clock stands while the answer to a question
that was sent is awaited; a day of receipt is corrected backwards with evidence. Each is recorded,
and the dates are computed again from the facts.
"""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from audit.actions import Action, Outcome
from dsar import clock, clock_letters, correspondence, drafts, requests
from dsar.correspondence import Effect
from dsar.errors import PauseOpenError
from dsar.models import Correspondence, RequestPause, SubjectRequest
from governance.crypto.ids import uuid7
from governance.policy import deadlines
from governance.policy.actors import Actor
from governance.policy.deadlines import (
    ExtensionRefusedError,
    Pause,
    PauseGround,
    PauseRefusedError,
)
from governance.policy.vocabulary import Duty
from registry.calendars import calendar_of
from registry.gate import opening as gate
from registry.gate.access import Access

EXTENSION = "extension"
KIND_OF_GROUND = {
    PauseGround.IDENTITY_DOUBT: "question_identity",
    PauseGround.SPECIFICATION_ASKED: "question_scope",
}
Change = Callable[[Access, SubjectRequest], str]


# An extension (Art. 12(3))


def announce_extension(
    request_id: UUID, *, ground: str, reasons: str, by: Actor, now: datetime, draft: str = ""
) -> Correspondence:
    """Write the notice of an extension; it extends nothing until it has left.

    Raises
    ------
    ExtensionRefusedError
        `because` says which condition is not met
    DraftUnfinishedError
    """
    reasons = drafts.finished(reasons)
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        today = deadlines.local_date(now)
        wanted = deadlines.extend(
            clock.deadline_of(request), ground, reasons=reasons, notice_sent_on=today
        )
        request.extension_ground, request.extension_reasons = ground, wanted.reasons
        request.save(update_fields=["extension_ground", *request.pending])
        until = clock.deadline_of(request, extension=wanted).binding_on
        subject_line, body = clock_letters.extension(request, reasons=wanted.reasons, until=until)
        return correspondence.post(
            access, request, kind=EXTENSION, subject_line=subject_line, body=body, draft=draft
        )


def extend(
    request_id: UUID,
    *,
    ground: str,
    reasons: str,
    notice_sent_on: date | None,
    by: Actor,
    now: datetime,
) -> SubjectRequest:
    """Extend by two months, once, by a notice that went another way than through here.

    Raises
    ------
    ExtensionRefusedError
        `because` says which condition is not met
    """

    def change(_access: Access, request: SubjectRequest) -> str:
        left = _until_today(notice_sent_on, now)
        _extend(request, ground, reasons=reasons, notice_sent_on=left)
        return ground

    return _changed(request_id, Action.REQUEST_EXTENDED, change, by=by, now=now)


def _extend(
    request: SubjectRequest, ground: str, *, reasons: str, notice_sent_on: date | None
) -> None:
    known = clock.deadline_of(request)
    extension = deadlines.extend(known, ground, reasons=reasons, notice_sent_on=notice_sent_on)
    request.extended_to = clock.deadline_of(request, extension=extension).extended_on
    request.extension_ground = ground
    request.extension_reasons = extension.reasons


def _extend_by(request: SubjectRequest, notice: Correspondence, left: date) -> str:
    del notice  # ground and reasons stand with the request
    reasons = request.extension_reasons or ""
    _extend(request, request.extension_ground, reasons=reasons, notice_sent_on=left)
    return request.extension_ground


# A question to the person (Art. 12(6), recital 63)


def write_question(
    request_id: UUID, ground: str, *, question: str, by: Actor, now: datetime, draft: str = ""
) -> Correspondence:
    """Write a question to the person; the clock stands from the day on which it has left.

    Raises
    ------
    PauseRefusedError, PauseOpenError, DraftUnfinishedError
    """
    question = drafts.finished(question)
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        _pause(request, ground, question=question, sent_on=deadlines.local_date(now))
        subject_line, body = clock_letters.question(
            request, ground=ground, question=question.strip()
        )
        kind = KIND_OF_GROUND[PauseGround(ground)]
        return correspondence.post(
            access, request, kind=kind, subject_line=subject_line, body=body, draft=draft
        )


def ask(
    request_id: UUID,
    ground: str,
    *,
    question: str,
    sent_on: date | None,
    by: Actor,
    now: datetime,
) -> SubjectRequest:
    """Record a question that went another way than through here; the clock stands.

    Raises
    ------
    PauseRefusedError
        not one of the two grounds, not sent, in the future, or after the time limit
    PauseOpenError
        another question is waiting for its answer
    """

    def change(_access: Access, request: SubjectRequest) -> str:
        left = _until_today(sent_on, now)
        pause = _pause(request, ground, question=question, sent_on=left)
        pause.save()
        return pause.ground

    return _changed(request_id, Action.REQUEST_PAUSED, change, by=by, now=now)


def _pause(
    request: SubjectRequest, ground: str, *, question: str, sent_on: date | None
) -> RequestPause:
    """Return the pause that a question begins, not yet saved, if the law lets it begin."""
    if request.paused_since is not None:
        raise PauseOpenError
    sent_on = sent_on if question.strip() else None
    known = deadlines.pause(clock.deadline_of(request), ground, message_sent_on=sent_on)
    pause = RequestPause(
        id=uuid7(), controller_id=request.controller_id, subject_id=request.subject_id,
        request=request, ground=known.ground, sent_on=known.sent_on,
    )  # fmt: skip
    pause.question = question.strip()
    return pause


def _stand_by(request: SubjectRequest, question: Correspondence, left: date) -> str:
    ground = next(g for g, kind in KIND_OF_GROUND.items() if kind == question.kind)
    _pause(request, ground, question=question.body or "", sent_on=left).save()
    return ground


def answered(request_id: UUID, *, answered_on: date, by: Actor, now: datetime) -> SubjectRequest:
    """Let the clock run again from the day the person's answer arrived.

    Raises
    ------
    PauseRefusedError
        no question waits, or the answer is older than the question or not there yet
    """

    def change(_access: Access, request: SubjectRequest) -> str:
        waiting = request.pauses.filter(answered_on=None).first()
        if waiting is None or answered_on > deadlines.local_date(now):
            raise PauseRefusedError(because="no_answer")
        Pause(PauseGround(waiting.ground), waiting.sent_on).resumed(answered_on)
        waiting.answered_on = answered_on
        waiting.save(update_fields=["answered_on"])
        return str(waiting.ground)

    return _changed(request_id, Action.REQUEST_RESUMED, change, by=by, now=now)


def correct_receipt(
    request_id: UUID, *, received_at: datetime, evidence: str, by: Actor, now: datetime
) -> SubjectRequest:
    """Correct the day of receipt: backwards, with evidence, never forwards (Art. 12(3)).

    Raises
    ------
    ReceiptRefusedError
        later than what stands, or without evidence
    """

    def change(_access: Access, request: SubjectRequest) -> str:
        received_on = deadlines.receipt_date(received_at, entered_at=now, evidence=evidence)
        if received_at > request.received_at or not evidence.strip():
            raise deadlines.ReceiptRefusedError(because="only_backwards")
        request.received_at, request.received_on = received_at, received_on
        request.evidence = evidence.strip()
        return "receipt"

    return _changed(request_id, Action.REQUEST_CORRECTED, change, by=by, now=now)


def _changed(
    request_id: UUID, action: Action, change: Change, *, by: Actor, now: datetime
) -> SubjectRequest:
    """Change a fact of an open request, and set its dates to what the facts now give."""
    with gate.duty(by, Duty.ANSWERING, reference=request_id, now=now) as access:
        request = requests.get(access, request_id, states=requests.OPEN_STATES)
        reason = change(access, request)
        _save(request)
        requests.record(access, action, request, reason=reason)
    return request


def _save(request: SubjectRequest) -> None:
    """Set the dates to what the facts give, and save both."""
    request.paused_days, request.paused_since = _stood(request)
    clock.settle(request)
    request.save(update_fields=[*COLUMNS, *request.pending])


def _until_today(day: date | None, now: datetime) -> date | None:
    """Return a day that has come; what is said to have left tomorrow has not left."""
    return day if day and day <= deadlines.local_date(now) else None


COLUMNS = (
    "received_at", "received_on", "due_on", "internal_on", "extended_to",
    "extension_ground", "paused_days", "paused_since",
)  # fmt: skip


def _stood(request: SubjectRequest) -> tuple[int, date | None]:
    """Return the days the clock stood, each once, and since when it stands."""
    pauses = [
        Pause(PauseGround(row.ground), row.sent_on, row.answered_on) for row in request.pauses.all()
    ]
    day = request.received_on
    found = deadlines.deadline(day, calendar_of(request.controller, day), pauses=pauses)
    return found.paused_days, found.paused_since


# What takes effect when a letter has left


By = Callable[[SubjectRequest, Correspondence, date], str]


def _effect_of(action: Action, change: By) -> Effect:
    """Return what a letter does once it has left; what the law no longer lets it do is noted."""

    def effect(access: Access, request: SubjectRequest, letter: Correspondence) -> None:
        if request.state not in requests.OPEN_STATES:
            return  # an answered request has no clock to move
        left, outcome = deadlines.local_date(letter.sent_at or access.now), Outcome.DONE
        try:
            reason = change(request, letter, left)
        except (ExtensionRefusedError, PauseRefusedError, PauseOpenError) as refused:
            reason = str(refused.details.get("because", refused.code))
            outcome = Outcome.REFUSED
        else:
            _save(request)
        requests.record(access, action, request, reason=reason, outcome=outcome)

    return effect


EFFECTS: dict[str, Effect] = {
    EXTENSION: _effect_of(Action.REQUEST_EXTENDED, _extend_by),
    **dict.fromkeys(KIND_OF_GROUND.values(), _effect_of(Action.REQUEST_PAUSED, _stand_by)),
}
