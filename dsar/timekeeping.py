"""What moves the clock of a request, and nothing else does (docs/spec/legal-clock.md).

An extension counts if its notice was sent in time; the clock stands while the answer to a question
that was sent is awaited; a day of receipt is corrected backwards with evidence. Each is recorded,
and the dates are computed again from the facts.
"""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from audit.actions import Action
from dsar import clock, requests
from dsar.errors import PauseOpenError
from dsar.models import RequestPause, SubjectRequest
from governance.crypto.ids import uuid7
from governance.policy import deadlines
from governance.policy.actors import Actor
from governance.policy.deadlines import ClockState, Pause, PauseGround
from governance.policy.vocabulary import Duty
from registry.calendars import calendar_of
from registry.gate import opening as gate
from registry.gate.access import Access

Change = Callable[[Access, SubjectRequest], str]


def extend(
    request_id: UUID,
    *,
    ground: str,
    reasons: str,
    notice_sent_on: date | None,
    by: Actor,
    now: datetime,
) -> SubjectRequest:
    """Extend the time limit by two months, once, if the person was told in time (Art. 12(3)).

    Raises
    ------
    ExtensionRefusedError
        `because` says which condition is not met
    """

    def change(_access: Access, request: SubjectRequest) -> str:
        known = clock.deadline_of(request)
        # What is said to have left tomorrow has not left.
        left = notice_sent_on
        if left is not None and left > deadlines.local_date(now):
            left = None
        extension = deadlines.extend(known, ground, reasons=reasons, notice_sent_on=left)
        request.extended_to = known.due_on  # settled below
        request.extension_reasons = f"{extension.notice_sent_on}: {ground}. {extension.reasons}"
        return ground

    return _changed(request_id, Action.REQUEST_EXTENDED, change, by=by, now=now)


def ask(
    request_id: UUID,
    ground: str,
    *,
    question: str,
    sent_on: date | None,
    by: Actor,
    now: datetime,
) -> SubjectRequest:
    """Record a question to the person: the clock stands until the answer (Art. 12(6), recital 63).

    Raises
    ------
    PauseRefusedError
        not one of the two grounds, not sent, in the future, or after the time limit
    PauseOpenError
        another question is waiting for its answer
    """

    def change(access: Access, request: SubjectRequest) -> str:
        if request.paused_since is not None:
            raise PauseOpenError
        left = sent_on
        if not question.strip() or (left and left > deadlines.local_date(now)):
            left = None
        known = deadlines.pause(clock.deadline_of(request), ground, message_sent_on=left)
        pause = RequestPause(
            id=uuid7(), controller_id=access.controller, subject_id=request.subject_id,
            request=request, ground=known.ground, sent_on=known.sent_on, collected_at=now,
        )  # fmt: skip
        pause.question = question.strip()
        pause.save()
        return known.ground

    return _changed(request_id, Action.REQUEST_PAUSED, change, by=by, now=now)


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
            raise deadlines.PauseRefusedError(because="no_answer")
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
        stood = _stood(request)
        request.paused_days, request.paused_since = stood
        clock.settle(request)
        request.save(update_fields=[*COLUMNS, *request.pending])
        requests.record(access, action, request, reason=reason)
    return request


COLUMNS = (
    "received_at", "received_on", "due_on", "internal_on", "extended_to",
    "paused_days", "paused_since",
)  # fmt: skip


def _stood(request: SubjectRequest) -> tuple[int, date | None]:
    """Return the days the clock stood, each once, and since when it stands."""
    pauses = [
        Pause(PauseGround(row.ground), row.sent_on, row.answered_on) for row in request.pauses.all()
    ]
    day = request.received_on
    found = deadlines.deadline(day, calendar_of(request.controller, day), pauses=pauses)
    return found.paused_days, found.paused_since


def is_late(request: SubjectRequest, today: date) -> bool:
    """Whether the last lawful day of an open request is over: a state, not an error."""
    return clock.state_of(request, today) is ClockState.LATE
